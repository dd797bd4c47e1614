-- A caller asks for a seat.  The same question again gets the same answer; a new one takes the best free seat or queues.
-- ARGV: call id, node, channel, groups (JSON list), priority, waiting since (epoch ms, 0 = now), card (JSON),
-- woken (1: a waker has fetched this caller; else 0)
-- Result: {'reserved', seat, fence, has screen (0/1)} or {'waiting', callers ahead, waiting since}.
--@include matching
local id, since, priority = ARGV[1], tonumber(ARGV[6]), tonumber(ARGV[5])
local groups = cjson.decode(ARGV[4])
if since == 0 then since = NOW end
local call = open_call(id)

-- The question of a caller who hung up while it was on its way must not queue a ghost.  Should the caller live after
-- all, the next round's question is taken.
if not call and NOW - tonumber(redis.call('ZSCORE', ENDED, id) or '0') < GONE_MS then
  return {'waiting', 0, string.format('%d', since)}
end

local function reserved_answer()
  local seat = open_seat(call.seat)
  return {'reserved', call.seat, string.format('%d', call.fence), has_screen(seat) and 1 or 0}
end

if call and (call.state == 'reserved' or call.state == 'ringing') then
  if call.state == 'reserved' and call.waker_fence == call.fence then
    if ARGV[8] ~= '1' then
      -- A waker is on its way to fetch this caller.  Dialling now, the fetching would cut off the ringing phone.
      return {'waiting', 0, string.format('%d', call.since_ms)}
    end
    call.waker_fence = 0
    touch(call)
    commit()
  elseif not call.claimed then
    call.claimed = true
    redis.call('ZADD', LEASES, NOW + RESERVE_MS, 'call:' .. id)
    touch(call)
    commit()
  end
  return reserved_answer()
end

if call then
  -- Whoever asks is not talking: the talk is over, whether or not anybody said so.
  detach(call)
  unlist_call(call)
  unlease(call)
  call.state = ''
  call.seat = ''
  call.since_ms = math.min(call.since_ms, since)
  call.node, call.channel, call.groups, call.priority = ARGV[2], ARGV[3], groups, priority
else
  redis.call('ZREM', ENDED, id)
  call = new_call(id, ARGV[2], ARGV[3], groups, priority, since)
end
redis.call('HSET', CARDS, id, ARGV[7])

-- The common case, nobody waits anywhere and a seat is free, spares the caller's way through the queue.
if redis.call('ZCARD', WAITING) == 0 then
  for _, group in ipairs(groups) do
    local seat = first_seat(group)
    if seat then
      reserve(call, seat, true)
      commit()
      return reserved_answer()
    end
  end
end

queue_call(call)
for _, group in ipairs(groups) do match_group(group, call) end
commit()
if call.state == 'reserved' then return reserved_answer() end
local ahead
for _, group in ipairs(groups) do
  local count = redis.call('ZLEXCOUNT', WAITING, '[' .. group .. '|', '(' .. call_entry(call, group))
  if not ahead or count < ahead then ahead = count end
end
return {'waiting', ahead, string.format('%d', call.since_ms)}
