-- The seat did not take the call: the seat is not ready for that reason, the call keeps its place at the front.
-- The caller's own next offer() finds another seat, or the sweep does.
-- ARGV: call id, fence, reason
-- Result: 1, or 0 when the reservation is no longer this one.
--@include calls
local call = open_call(ARGV[1])
if not call or call.fence ~= tonumber(ARGV[2]) then return 0 end
if call.state ~= 'reserved' and call.state ~= 'ringing' then return 0 end
local seat = open_seat(call.seat)
seat.after = ''
move_seat(seat, 'miss', ARGV[3])
let_go(seat)
give_back(call)
commit()
return 1
