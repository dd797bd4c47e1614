-- Asterisk's state of the seat's device.  A seat that is on the phone for another reason is passed over.
-- ARGV: seat, device state (NOT_INUSE, INUSE, …)
-- Result: the seat's document.
--@include matching
local seat = open_seat(ARGV[1])
if seat.device ~= ARGV[2] then
  unlist_seat(seat)
  seat.device = ARGV[2]
  list_seat(seat)
  touch(seat)
  match_seat(seat)
  commit()
end
return cjson.encode(seat)
