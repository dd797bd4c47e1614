--@include calls
-- Matching: in a group the longest idle seat of the best level takes the first caller (priority, then waiting time).
local function next_fence()
  -- Never below the clock, so numbers stay unique even after Redis came back empty.
  local fence = math.max(tonumber(redis.call('GET', FENCE) or '0') + 1, NOW)
  redis.call('SET', FENCE, string.format('%d', fence))
  return fence
end

-- Without a claim the match waits for the node's owner, who is told by the wake stream.
local function reserve(call, seat, claimed)
  change_call(call, 'reserved')
  move_seat(seat, 'reserve')
  call.seat = seat.seat
  call.fence = next_fence()
  call.claimed = claimed
  seat.call_id = call.call_id
  seat.fence = call.fence
  redis.call('ZADD', LEASES, NOW + RESERVE_MS, 'call:' .. call.call_id)
  if not claimed then
    redis.call('XADD', WAKES, 'MAXLEN', '~', WAKES_KEPT, '*', 'call', call.call_id, 'seat', seat.seat,
      'fence', call.fence, 'channel', call.channel, 'node', call.node)
  end
end

-- An entry whose document says otherwise must not stop the others from being served.
local function first_call(group)
  while true do
    local entry = first_of(WAITING, group)
    if not entry then return nil end
    local call = open_call(name_in(entry))
    if call and call.state == 'waiting' then return call, entry end
    redis.call('ZREM', WAITING, entry)
  end
end

local function first_seat(group)
  while true do
    local entry = first_of(IDLE, group)
    if not entry then return nil end
    local seat = open_seat(name_in(entry))
    if is_free(seat) then return seat end
    redis.call('ZREM', IDLE, entry)
  end
end

-- A free seat takes the best caller of all its groups.
-- asking: the call whose caller waits for this script's answer, and so needs no wake.
local function match_seat(seat, asking)
  if not is_free(seat) then return end
  local best, best_rank
  for group in pairs(seat.groups) do
    local call, entry = first_call(group)
    local rank = call and string.sub(entry, #group + 2)
    if rank and (not best_rank or rank < best_rank) then best, best_rank = call, rank end
  end
  if best then reserve(best, seat, best == asking) end
end

local function match_group(group, asking)
  while first_call(group) do
    local seat = first_seat(group)
    if not seat then return end
    match_seat(seat, asking)
  end
end

-- Every group that has somebody waiting: a step a group, whatever the length of the queues.
local function match_all()
  local from = '-'
  while true do
    local entry = redis.call('ZRANGE', WAITING, from, '+', 'BYLEX', 'LIMIT', 0, 1)[1]
    if not entry then return end
    local group = string.match(entry, '^([^|]*)|')
    match_group(group)
    from = '(' .. group .. '}'
  end
end

-- The call goes back to its place and to whoever is free; the seat goes where the event says.
local function take_call_away(seat)
  local call = open_call(seat.call_id)
  let_go(seat)
  if not call or call.seat ~= seat.seat then return end
  queue_call(call)
end
