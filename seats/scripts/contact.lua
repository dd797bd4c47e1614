-- Asterisk says whether the seat's phone is registered.  A seat that only lost its phone is ready again with it.
-- ARGV: seat, yes | no
-- Result: the seat's document.
--@include matching
local seat = open_seat(ARGV[1])
if seat.registered ~= ARGV[2] then
  unlist_seat(seat)
  seat.registered = ARGV[2]
  list_seat(seat)
  touch(seat)
  if ARGV[2] == 'no' and seat.state == 'ready' then
    move_seat(seat, 'unregistered', 'unregistered')
  elseif ARGV[2] == 'yes' and seat.state == 'not_ready' and seat.reason == 'unregistered' then
    move_seat(seat, 'registered')
  end
  match_seat(seat)
  commit()
end
return cjson.encode(seat)
