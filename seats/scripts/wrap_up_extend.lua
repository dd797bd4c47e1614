-- The wrap-up gets the extension that the group's rules allow, once.
-- ARGV: seat, request id
-- Result: the seat's document.  Refused outside a wrap-up and the second time.
--@include commit
local seat = open_seat(ARGV[1])
if not done_before(ARGV[2]) then
  if seat.state ~= 'wrap_up' or seat.extension_ms <= 0 then refuse(seat, 'wrap_up_extend') end
  seat.wrap_up_until_ms = seat.wrap_up_until_ms + seat.extension_ms
  seat.extension_ms = 0
  redis.call('ZADD', LEASES, seat.wrap_up_until_ms, 'wrap:' .. seat.seat)
  touch(seat)
  commit()
end
return text_of(seat)
