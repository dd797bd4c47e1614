-- Caller and seat talk: a fact from Asterisk, true whatever was recorded (the plain queue connects people too).
-- Only news that quotes an older fence than the call's present reservation is too late to be believed.
-- ARGV: call id, seat, fence ('' = not from our own dialling), node, group of a call that nobody knows
-- Result: 1, or 0 when the news was too late.
--@include matching
if redis.call('ZSCORE', ENDED, ARGV[1]) then return 0 end
local call, name = open_call(ARGV[1]), ARGV[2]
if not call then
  call = new_call(ARGV[1], ARGV[4], '', 5, NOW)
  route_call(call, ARGV[5], DEFAULT_LANGUAGE, '')
elseif call.state == 'talking' and call.seat == name then
  return 1
elseif call.state ~= 'waiting' then
  if ARGV[3] ~= '' and tonumber(ARGV[3]) ~= call.fence then return 0 end
  if call.seat ~= name then
    repaired('call_found_talking', call.call_id, name, call.state .. ' ' .. call.seat, 'talking')
  end
end
if join(call, open_seat(name)) then match_all() end
commit()
return 1
