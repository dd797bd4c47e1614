-- A person leaves.  A call that was on its way to the seat goes back to its place and on to whoever is free.
-- ARGV: seat, by, request id
-- Result: the seat's document.  Refused while talking.
--@include matching
local seat = open_seat(ARGV[1])
if not done_before(ARGV[3]) and seat.state ~= 'signed_out' then
  move_seat(seat, 'sign_out', ARGV[2])
  take_call_away(seat)
  seat.user = ''
  seat.name = ''
  seat.after = ''
  seat.has_screen = false
  match_all()
  commit()
end
return cjson.encode(seat)
