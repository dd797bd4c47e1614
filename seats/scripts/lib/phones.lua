--@include matching
-- Phones: which node's word counts, and what a phone that contradicts the seat's state leads to.

-- A phone that leaves takes nobody with it: the caller is back at the front at once, the seat has a break.
local function phone_lost(seat)
  if seat.state == 'ready' then
    move_seat(seat, 'unregistered', 'unregistered')
  elseif (seat.state == 'reserved' or seat.state == 'ringing') and seat.kind ~= 'outgoing' then
    repaired('phone_gone', seat.call_id, seat.seat, seat.state, 'not_ready')
    seat.after = ''
    move_seat(seat, 'miss', 'unregistered')
    take_call_away(seat)
  end
end

local function phone_found(seat)
  if seat.state == 'not_ready' and seat.reason == 'unregistered' then move_seat(seat, 'registered') end
end

-- Only a word that the phone gave after the state began tells anything of it.
local function contradicts(seat)
  if not seat.device_told then return false end
  return seat.device == 'NOT_INUSE' and (seat.state == 'talking' or seat.state == 'ringing')
end

-- The state gives way to the phone: its news was lost.
local function settle_doubt(seat)
  if not contradicts(seat) then return false end
  local call = seat.call_id ~= '' and open_call(seat.call_id) or nil
  if call and call.seat ~= seat.seat then call = nil end
  local was = seat.state
  repaired(was .. '_without_phone', seat.call_id, seat.seat, was, was == 'talking' and 'wrap_up' or 'not_ready')
  if was == 'talking' then
    -- Whether the caller lives only Asterisk knows; until it says so nobody else may be given this caller.
    stop_talking(seat, call)
    if call then
      call.seat = ''
      call.changed_ms = NOW
      touch(call)
    end
    match_seat(seat)
  elseif was == 'ringing' and seat.kind == 'outgoing' then
    if call then end_call(call) else release(seat) end
    match_seat(seat)
  else
    seat.after = ''
    move_seat(seat, 'miss', 'no_answer')
    take_call_away(seat)
  end
  return true
end
