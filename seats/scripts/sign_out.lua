-- A person leaves.  A call that was on its way to the seat goes back to its place and on to whoever is free.
-- ARGV: seat, by, forced (1: a leader's order, which while talking is carried out when the talk is over), request id
-- Result: the seat's document.  Refused while talking, unless forced.
--@include matching
local seat = open_seat(ARGV[1])
if not done_before(ARGV[4]) and seat.state ~= 'signed_out' then
  local outgoing = seat.kind == 'outgoing'
  if ARGV[3] == '1' and (seat.state == 'talking' or outgoing) then
    seat.leaving_by = ARGV[2]
    touch(seat)
  else
    if outgoing then refuse(seat, 'sign_out') end
    vacate(seat, ARGV[2])
    take_call_away(seat)
  end
  commit()
end
return text_of(seat)
