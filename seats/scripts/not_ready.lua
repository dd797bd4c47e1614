-- A person takes a break.  While talking it is a wish, carried out after the wrap-up.
-- ARGV: seat, reason, request id
-- Result: the seat's document.  Refused when signed out.
--@include matching
local seat = open_seat(ARGV[1])
if not done_before(ARGV[3]) then
  if seat.state == 'talking' then
    seat.after = ARGV[2]
    touch(seat)
  else
    move_seat(seat, 'not_ready', ARGV[2])
    take_call_away(seat)
    seat.after = ''
    match_all()
  end
  commit()
end
return cjson.encode(seat)
