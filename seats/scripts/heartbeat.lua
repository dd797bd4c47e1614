-- The seat's console is alive.  Only the first beat after a silence is an event.
-- ARGV: seat
-- Result: the seat's document.
--@include commit
local seat = open_seat(ARGV[1])
-- Also before the sign-in, so that a seat has its screen from its first call on.
redis.call('ZADD', BEATS, NOW, seat.seat)
if seat.state ~= 'signed_out' and not seat.has_screen then
  seat.has_screen = true
  touch(seat)
  commit()
end
return text_of(seat)
