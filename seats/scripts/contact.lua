-- A node says whether the seat's phone is registered there.  A seat that only lost its phone is ready again with it.
-- Nodes at which it is not registered have no say: a phone that moved is told of twice, in any order.
-- ARGV: seat, yes | no, node ('' = there is only one)
-- Result: the seat's document.
--@include phones
local seat, there, node = open_seat(ARGV[1]), ARGV[2], ARGV[3]
local elsewhere = node ~= '' and seat.node ~= '' and seat.node ~= node
if elsewhere and there == 'no' then return text_of(seat) end
local at = there == 'yes' and node or ''
if seat.registered ~= there or seat.node ~= at then
  unlist_seat(seat)
  if there == 'yes' and (elsewhere or UNREACHABLE[seat.device]) then
    seat.device, seat.device_ms = '', NOW -- the old node's word, or an old one
  end
  seat.registered = there
  seat.node = at
  list_seat(seat)
  touch(seat)
  if there == 'no' then phone_lost(seat) else phone_found(seat) end
  match_seat(seat)
  commit()
end
return text_of(seat)
