-- A caller asks for a seat.  The same question again gets the same answer; a new one takes the best free seat or queues.
-- ARGV: call id, node, channel, groups (names, blanks between), language, priority, waiting since (epoch ms, 0 = now),
-- widen ("after_ms:group.language …", soonest first), last seat ('' = none), card (JSON),
-- woken (1: a waker has fetched this caller; else 0)
-- Result: {'reserved', seat, fence, has screen (0/1), seat's node, kind},
-- {'waiting', callers ahead, waiting since, expected ms (-1 = unknown), seats signed in} or {'full', groups, seats signed in}.
--@include matching
local id, node, channel, priority, since = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[6]), tonumber(ARGV[7])
if since == 0 or since > NOW then since = NOW end
local call = open_call(id)

-- The question of a caller who hung up while it was on its way must not queue a ghost.  Should the caller live after
-- all, the next round's question is taken.
if not call and NOW - tonumber(redis.call('ZSCORE', ENDED, id) or '0') < GONE_MS then
  return {'waiting', 0, string.format('%d', since), -1, 0}
end

local function reserved_answer()
  local seat = open_seat(call.seat)
  return {'reserved', call.seat, string.format('%d', call.fence), has_screen(seat) and 1 or 0, seat.node, call.kind}
end

if call and call.kind == 'callback' and call.channel == '' then
  -- The citizen has taken the call: from here on a caller like any other.
  unlist_call(call)
  call.channel, call.node, call.waker_fence = channel, node, 0
  redis.call('HSET', CARDS, id, ARGV[10])
  touch(call)
end

if call and (call.state == 'reserved' or call.state == 'ringing') then
  if call.state == 'reserved' and call.waker_fence == call.fence then
    if ARGV[11] ~= '1' then
      -- A waker is on its way to fetch this caller.  Dialling now, the fetching would cut off the ringing phone.
      return {'waiting', 0, string.format('%d', call.since_ms), -1, 1}
    end
    call.waker_fence = 0
    touch(call)
  elseif not call.claimed then
    call.claimed = true
    lease(call)
    touch(call)
  end
  commit()
  return reserved_answer()
end

local known_before, freed = call ~= nil, nil
if call then
  -- Whoever asks is not talking: the talk is over, whether or not anybody said so.
  freed = detach(call)
  unlist_call(call)
  unlease(call)
  call.state = ''
  call.seat = ''
  call.since_ms = math.min(call.since_ms, since)
  call.node, call.channel = node, channel
else
  call = new_call(id, node, channel, priority, since)
end
-- A leader's word on where it waits outlasts the caller's own rounds; a callback has its place already.
if call.kind ~= 'callback' then
  call.kind, call.priority = 'call', priority
  if call.moved_by == '' then route_call(call, ARGV[4], ARGV[5], ARGV[8]) end
end
widen_call(call)
local nobody_waits = redis.call('ZCARD', WAITING) == 0

local function staffed()
  local seats = 0
  for _, lane in ipairs(call.lanes) do seats = seats + count_of(STAFFED, lane) end
  return seats
end

-- A seat that is free for this call, and for which nobody waits with a better claim.
local function free_for_us(seat, lane)
  if not seat or not is_free(seat) or not serves(seat, lane) then return false end
  if nobody_waits then return true end
  local best, _, rank = best_for(seat)
  return not best or string.sub(call_entry(call, lane), #lane + 2) < rank
end

local function taken(seat, lane)
  reserve(call, seat, lane, true)
  redis.call('ZREM', ENDED, id)
  redis.call('HSET', CARDS, id, ARGV[10])
  if freed then match_seat(freed) end
  commit()
  return reserved_answer()
end

local function room()
  local full = {}
  for _, group in ipairs(call.groups) do
    local capacity = group_rules(group).capacity
    if capacity == 0 or count_of(AGES, group .. '|call') < capacity then return true end
    full[#full + 1] = group
  end
  return false, full
end

-- The common case, a free seat that nobody else has a claim to, spares the caller's way through the queue.
if ARGV[9] ~= '' then
  local seat = open_seat(ARGV[9])
  for _, lane in ipairs(call.lanes) do
    if free_for_us(seat, lane) then return taken(seat, lane) end
  end
end
for _, lane in ipairs(call.lanes) do
  local seat = first_seat(lane)
  if free_for_us(seat, lane) then return taken(seat, lane) end
end

-- Who is in the house already keeps the place.
if not known_before then
  local has_room, full = room()
  if not has_room then return {'full', table.concat(full, ' '), staffed()} end
end

redis.call('ZREM', ENDED, id)
redis.call('HSET', CARDS, id, ARGV[10])
queue_call(call)
match_call(call, call)
if freed then match_seat(freed) end
commit()
if call.state == 'reserved' then return reserved_answer() end
local ahead, expected
for _, lane in ipairs(call.lanes) do
  local before = redis.call('ZLEXCOUNT', WAITING, '[' .. lane .. '|', '(' .. call_entry(call, lane))
  local waits = expected_ms(lane, before)
  if not ahead or before < ahead then ahead = before end
  if waits and (not expected or waits < expected) then expected = waits end
end
return {'waiting', ahead, string.format('%d', call.since_ms), math.floor(expected or -1), staffed()}
