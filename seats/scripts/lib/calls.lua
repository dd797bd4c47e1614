--@include moves
-- Calls: into the queue, out of it, and away from a seat.
local function unlease(call)
  redis.call('ZREM', LEASES, 'call:' .. call.call_id)
end

local function change_call(call, state)
  unlist_call(call)
  call.state = state
  call.changed_ms = NOW
  touch(call)
end

-- Back to its original place: the waiting time is never reset.
local function queue_call(call)
  change_call(call, 'waiting')
  call.seat = ''
  call.fence = 0
  call.claimed = false
  unlease(call)
  list_call(call)
end

-- Takes the call from the seat that holds it, if one does; the seat goes on as its state demands.
local function detach(call)
  if call.seat == '' then return nil end
  local seat = open_seat(call.seat)
  if seat.call_id ~= call.call_id then return nil end
  if seat.state == 'talking' then stop_talking(seat) else release(seat) end
  return seat
end

local function end_call(call)
  local seat = detach(call)
  unlist_call(call)
  unlease(call)
  call.last_state = call.state
  call.changed_ms = NOW
  forget_call(call)
  return seat
end

-- Asterisk says that they talk.  Whatever else either of them was recorded with gives way.
-- Returns whether somebody became free by it.
local function join(call, seat)
  local freed = false
  if seat.call_id ~= '' and seat.call_id ~= call.call_id then
    local other = open_call(seat.call_id)
    if other and other.seat == seat.seat then
      if other.state == 'talking' then
        repaired('call_gone', other.call_id, seat.seat, 'talking', 'ended')
        other.seat = ''
        end_call(other)
      else
        repaired('call_requeued', other.call_id, seat.seat, other.state, 'waiting')
        queue_call(other)
        freed = true
      end
    end
  end
  if call.seat ~= seat.seat and detach(call) then freed = true end
  change_call(call, 'talking')
  unlease(call)
  call.seat = seat.seat
  call.claimed = true
  if seat.state ~= 'talking' then
    -- A phone that talks is registered; any other break goes on after the call.
    if seat.state == 'not_ready' and seat.reason ~= 'unregistered' then seat.after = seat.reason end
    move_seat(seat, 'answer')
  else
    touch(seat)
  end
  seat.call_id = call.call_id
  seat.fence = call.fence
  return freed
end
