-- Which seat is the call's at the moment; changes nothing.
-- ARGV: call id
-- Result: {seat, fence, has screen (0/1), card, channel, node, seat's node, kind}, or {} when none is reserved or ringing.
--@include commit
local call = open_call(ARGV[1])
if not call or (call.state ~= 'reserved' and call.state ~= 'ringing') then return {} end
local seat = open_seat(call.seat)
return {call.seat, string.format('%d', call.fence), has_screen(seat) and 1 or 0,
  redis.call('HGET', CARDS, call.call_id) or '{}', call.channel, call.node, seat.node, call.kind}
