-- A leader gives a call to one seat, wherever it stands now: pulled from the queue, or taken over from another seat.
-- ARGV: call id, seat, by, request id
-- Result: the call's document, or '' when nobody knows the call.  Refused unless the seat is ready or on a break with a
-- registered phone that is not in use.
--@include matching
local call, seat = open_call(ARGV[1]), open_seat(ARGV[2])
if not call then return '' end
if not done_before(ARGV[4]) then
  if not may_move(seat, 'assign') then refuse(seat, 'assign') end
  if seat.registered ~= 'yes' then refuse(seat, 'assign_unregistered') end
  if ENGAGED[seat.device] or UNREACHABLE[seat.device] then refuse(seat, 'assign_engaged') end
  local left = detach(call)
  if call.kind == 'outgoing' then
    -- Should the new seat not answer, the person waits like any caller.
    call.kind = 'call'
    route_call(call, DEFAULT_GROUP, DEFAULT_LANGUAGE, '')
  end
  change_call(call, 'reserved')
  unlease(call)
  local break_for = seat.state == 'not_ready' and seat.reason or ''
  move_seat(seat, 'assign', '', ARGV[3])
  seat.after = break_for
  call.lane = call.lanes[1]
  call.waker_fence = 0
  bind(call, seat, false)
  wake(call, ARGV[3])
  if left then match_seat(left) end
  commit()
end
return text_of(call)
