-- A waker takes a pending reservation for execution, exactly once; the lease begins anew.
-- ARGV: call id, request id
-- Result: {seat, fence, has screen (0/1), card, channel, node}, or {} when there is nothing to do.
--@include moves
local call = open_call(ARGV[1])
if not call or call.state ~= 'reserved' then return {} end
if not done_before(ARGV[2]) then
  if call.claimed then return {} end
  call.claimed = true
  call.waker_fence = call.fence -- the caller is about to be fetched: see offer.lua
  redis.call('ZADD', LEASES, NOW + RESERVE_MS, 'call:' .. call.call_id)
  touch(call)
  commit()
end
return {call.seat, string.format('%d', call.fence), has_screen(open_seat(call.seat)) and 1 or 0,
  redis.call('HGET', CARDS, call.call_id) or '{}', call.channel, call.node}
