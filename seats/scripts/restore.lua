-- Asterisk's truth about one node's calls replaces what Redis believed.  Seats of other nodes' calls stay untouched.
-- A callback whose citizen has not been called has no channel to be missed.  The one script that reads all calls and
-- seats: it runs when a node gets an owner.
-- ARGV: node, live calls (JSON list of call_id, channel, phase, seat, since_ms, groups, language, priority, kind),
-- snapshot taken at (epoch ms, 0 = now): what changed later is newer than the snapshot and is left alone
-- Result: the repairs (JSON each).
--@include matching
local node, taken_at = ARGV[1], tonumber(ARGV[3])
if taken_at == 0 then taken_at = NOW end
local live, repairs = {}, {}

local function repair(kind, call, seat, was, now)
  repairs[#repairs + 1] = repaired(kind, call, seat, was, now)
end

-- The seat's phone rings for this call, though Redis thought otherwise.
local function found_ringing(call, seat)
  if call.seat == seat.seat and call.state == 'reserved' then
    move_seat(seat, 'ring')
  else
    detach(call)
    move_seat(seat, 'found_ringing')
    call.fence = next_fence()
  end
  change_call(call, 'ringing')
  call.seat = seat.seat
  call.claimed = true
  hold(seat, call)
  redis.call('ZADD', LEASES, NOW + RING_MS, 'call:' .. call.call_id)
end

for _, fact in ipairs(cjson.decode(ARGV[2])) do
  live[fact.call_id] = true
  local call = open_call(fact.call_id)
  local gone = not call and tonumber(redis.call('ZSCORE', ENDED, fact.call_id) or '0') > taken_at
  if not gone and not (call and call.changed_ms > taken_at) then
    local was = call and call.state or ''
    local was_at = call and call.seat or ''
    if not call then
      local since = fact.since_ms > 0 and math.min(fact.since_ms, NOW) or NOW
      call = new_call(fact.call_id, node, fact.channel, fact.priority, since)
      call.kind = fact.kind
      route_call(call, fact.groups, fact.language, '')
    elseif call.channel == '' then
      unlist_call(call)
      call.channel = fact.channel
      if call.state == 'waiting' then list_call(call) end
      touch(call)
    end
    redis.call('ZREM', ENDED, fact.call_id)
    local seat = fact.seat ~= '' and open_seat(fact.seat) or nil
    if fact.phase == 'talking' and seat then
      if was ~= 'talking' or was_at ~= seat.seat or seat.state ~= 'talking' or seat.call_id ~= call.call_id then
        repair('call_found_talking', call.call_id, seat.seat, was, 'talking')
        join(call, seat)
      end
    elseif fact.phase == 'talking' then
      -- Talking with somebody who is no seat, or one that could not be told: only keep it out of the queue.
      if was ~= 'talking' then
        repair('call_found_talking', call.call_id, '', was, 'talking')
        detach(call)
        unlease(call)
        change_call(call, 'talking')
        call.seat = ''
      end
    elseif fact.phase == 'ringing' and seat and was == 'ringing' and was_at == seat.seat then
      seat = nil -- as recorded
    elseif fact.phase == 'ringing' and seat and (may_move(seat, 'found_ringing')
        or (was == 'reserved' and was_at == seat.seat)) then
      repair('call_found_ringing', call.call_id, seat.seat, was, 'ringing')
      found_ringing(call, seat)
    elseif fact.kind == 'outgoing' then
      live[fact.call_id] = call.state ~= '' -- a seat's own call is nobody who waits: in no place, it is not kept
    elseif was ~= 'waiting' and was ~= 'reserved' then
      -- Nobody rings and nobody talks: the caller waits, from the original time on.
      repair('call_requeued', call.call_id, was_at, was, 'waiting')
      detach(call)
      queue_call(call)
    end
  end
end

local calls = redis.call('HVALS', CALLS)
for _, stored in ipairs(calls) do
  local known = cjson.decode(stored)
  local no_channel = known.kind == 'callback' and known.channel == ''
  if known.node == node and not live[known.call_id] and not no_channel and known.changed_ms <= taken_at then
    local call = open_call(known.call_id)
    repair('call_gone', call.call_id, call.seat, call.state, 'ended')
    end_call(call)
  end
end

for _, name in ipairs(redis.call('HKEYS', SEATS)) do
  local seat = open_seat(name)
  list_seat(seat) -- needless, unless a list was lost or an earlier release wrote it in another form
  if seat.user ~= '' then add(STAFFED, staff_entries(seat)) end
  if seat.call_id ~= '' or seat.state == 'talking' then
    local call = seat.call_id ~= '' and open_call(seat.call_id)
    if not call or call.seat ~= seat.seat then
      local was = seat.state
      if was == 'talking' then
        stop_talking(seat, call or nil)
      elseif may_move(seat, 'release') then
        release(seat)
      else
        let_go(seat)
        touch(seat)
      end
      repair('seat_without_call', '', seat.seat, was, seat.state)
    end
  end
end

match_all()
commit()
return repairs
