-- A seat calls somebody: ringing until the other side answers, then talking as with any call.
-- ARGV: seat, call id, node, channel, request id
-- Result: the seat's document.  Refused while another call is at the seat, when signed out and without a phone.
--@include matching
local seat, id = open_seat(ARGV[1]), ARGV[2]
if not done_before(ARGV[5]) and seat.call_id ~= id then
  if not may_move(seat, 'dial_out') then refuse(seat, 'dial_out') end
  if not has_phone(seat) then refuse(seat, 'dial_out_unregistered') end
  if open_call(id) then refuse(seat, 'dial_out_call_known') end
  local was, reason = seat.state, seat.reason
  local call = new_call(id, ARGV[3], ARGV[4], 5, NOW)
  call.kind, call.seat, call.claimed = 'outgoing', seat.seat, true
  call.fence = next_fence()
  change_call(call, 'ringing')
  move_seat(seat, 'dial_out')
  hold(seat, call)
  -- Afterwards the seat is where it was.
  seat.dialled_in_wrap_up = was == 'wrap_up'
  if was == 'not_ready' then seat.after = reason end
  redis.call('ZREM', ENDED, id)
  redis.call('ZADD', LEASES, NOW + DIAL_OUT_MS, 'call:' .. id)
  commit()
end
return text_of(seat)
