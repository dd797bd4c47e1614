-- The reserved seat's phone rings from now on.
-- ARGV: call id, fence
-- Result: 1, or 0 when the reservation is no longer this one.
--@include calls
local call = open_call(ARGV[1])
if not call or call.fence ~= tonumber(ARGV[2]) then return 0 end
if call.state == 'ringing' then return 1 end
if call.state ~= 'reserved' then return 0 end
local seat = open_seat(call.seat)
move_seat(seat, 'ring')
change_call(call, 'ringing')
call.claimed = true
redis.call('ZADD', LEASES, NOW + RING_MS, 'call:' .. call.call_id)
commit()
return 1
