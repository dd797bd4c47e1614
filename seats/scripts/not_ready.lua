-- A person takes a break, or a leader gives one.  While talking it is a wish, carried out after the wrap-up.
-- ARGV: seat, reason, by ('' = the seat's own user), request id
-- Result: the seat's document.  Refused when signed out.
--@include matching
local seat = open_seat(ARGV[1])
if not done_before(ARGV[4]) then
  if seat.state == 'talking' then
    seat.after = ARGV[2]
    seat.by = ARGV[3]
    touch(seat)
  elseif seat.kind == 'outgoing' then
    seat.after = ARGV[2] -- nobody calls on the seat's behalf: the break begins when the seat's own call is over
    seat.dialled_in_wrap_up = false
    touch(seat)
  else
    move_seat(seat, 'not_ready', ARGV[2], ARGV[3])
    seat.after = ''
    take_call_away(seat)
  end
  commit()
end
return text_of(seat)
