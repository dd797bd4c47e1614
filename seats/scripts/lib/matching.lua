--@include calls
--@include rates
-- Matching: a free seat takes the first caller of all its lanes, a lane's first seat is its strategy's choice.
-- No step looks at more than the first entry of a lane, so a match costs O(log n) in calls and seats.
local function next_fence()
  -- Never below the clock, so numbers stay unique even after Redis came back empty.
  local fence = math.max(tonumber(redis.call('GET', FENCE) or '0') + 1, NOW)
  redis.call('SET', FENCE, string.format('%d', fence))
  return fence
end

local function wake(call, by)
  redis.call('XADD', WAKES, 'MAXLEN', '~', WAKES_KEPT, '*', 'call', call.call_id, 'seat', call.seat,
    'fence', call.fence, 'channel', call.channel, 'node', call.node, 'kind', call.kind, 'by', by)
end

local function bind(call, seat, claimed)
  call.seat = seat.seat
  call.fence = next_fence()
  call.claimed = claimed
  hold(seat, call)
  lease(call)
end

-- Without a claim the match waits for the node's owner, who is told by the wake stream.
local function reserve(call, seat, lane, claimed)
  change_call(call, 'reserved')
  move_seat(seat, 'reserve')
  call.lane = lane
  bind(call, seat, claimed)
  count_match(call.lanes)
  if not claimed then wake(call, '') end
end

-- An entry whose document says otherwise must not stop the others from being served.
local function waiting_call(entry)
  local call = open_call(name_in(entry))
  if call and call.state == 'waiting' then return call end
  redis.call('ZREM', WAITING, entry)
  return nil
end

local function someone_waits(lane)
  while true do
    local entry = first_of(WAITING, lane)
    if not entry then return false end
    if waiting_call(entry) then return true end
  end
end

local function first_seat(lane)
  flush_lists()
  while true do
    local entry = first_of(IDLE, lane)
    if not entry then return nil end
    local seat = open_seat(name_in(entry))
    if is_free(seat) then return seat end
    redis.call('ZREM', IDLE, entry)
  end
end

-- The caller whom this seat would take now, the lane, and the rank as text.
local function best_for(seat)
  local languages = languages_of(seat)
  while true do
    local best, best_lane, best_rank
    for group in pairs(seat.groups) do
      for _, language in ipairs(languages) do
        local lane = group .. '.' .. language
        local entry = first_of(WAITING, lane)
        local rank = entry and string.sub(entry, #lane + 2)
        if rank and (not best_rank or rank < best_rank) then best, best_lane, best_rank = entry, lane, rank end
      end
    end
    if not best then return nil end
    local call = waiting_call(best)
    if call then return call, best_lane, best_rank end
  end
end

-- asking: the call whose caller waits for this script's answer, and so needs no wake.
local function match_seat(seat, asking)
  if not is_free(seat) then return end
  local call, lane = best_for(seat)
  if call then reserve(call, seat, lane, call == asking) end
end

local function match_lane(lane, asking)
  while someone_waits(lane) do
    local seat = first_seat(lane)
    if not seat then return end
    match_seat(seat, asking)
  end
end

-- For a call that has just been queued.
local function match_call(call, asking)
  for _, lane in ipairs(call.lanes) do
    if call.state ~= 'waiting' then return end
    match_lane(lane, asking)
  end
end

-- Every lane in which somebody waits: a step a lane, whatever the length of the queues.
local function match_all()
  local from = '-'
  while true do
    local entry = redis.call('ZRANGE', WAITING, from, '+', 'BYLEX', 'LIMIT', 0, 1)[1]
    if not entry then return end
    local lane = string.match(entry, '^([^|]*)|')
    match_lane(lane)
    from = '(' .. lane .. '}'
  end
end

-- The call that is on its way to the seat goes back to its place and to whoever is free.
local function take_call_away(seat)
  local call = open_call(seat.call_id)
  let_go(seat)
  if not call or call.seat ~= seat.seat then return end
  give_back(call)
  match_call(call)
end
