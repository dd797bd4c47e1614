-- A person is ready, after a break or before the wrap-up's time is over; may get the next caller at once.
-- ARGV: seat, event (ready | wrap_up_done), by ('' = the seat's own user), request id
-- Result: the seat's document.  Refused in any other state, and without a registered phone.
--@include matching
local seat = open_seat(ARGV[1])
if not done_before(ARGV[4]) and seat.state ~= 'ready' then
  if not has_phone(seat) then refuse(seat, ARGV[2] .. '_unregistered') end
  move_seat(seat, ARGV[2], '', ARGV[3])
  seat.after = ''
  match_seat(seat)
  commit()
end
return text_of(seat)
