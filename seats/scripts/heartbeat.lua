-- The seat's console is alive.  Only the first beat after a silence is an event.
-- ARGV: seat
-- Result: the seat's document.
--@include moves
local seat = open_seat(ARGV[1])
if seat.state ~= 'signed_out' then
  redis.call('ZADD', BEATS, NOW, seat.seat)
  if not seat.has_screen then
    seat.has_screen = true
    touch(seat)
    commit()
  end
end
return cjson.encode(seat)
