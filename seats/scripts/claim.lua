-- A waker takes a pending reservation for execution, exactly once; the lease begins anew.
-- ARGV: call id, request id
-- Result: {seat, fence, has screen (0/1), card, channel, node, seat's node, kind}, or {} when there is nothing to do.
--@include calls
local call = open_call(ARGV[1])
if not call or call.state ~= 'reserved' then return {} end
if not done_before(ARGV[2]) then
  if call.claimed then return {} end
  call.claimed = true
  call.waker_fence = call.fence -- the caller is about to be fetched: see offer.lua
  lease(call)
  touch(call)
  commit()
end
local seat = open_seat(call.seat)
return {call.seat, string.format('%d', call.fence), has_screen(seat) and 1 or 0,
  redis.call('HGET', CARDS, call.call_id) or '{}', call.channel, call.node, seat.node, call.kind}
