-- The caller is gone or the talk is over.  The freed seat may get the next caller at once.
-- ARGV: call id
-- Result: the call's document as it stood, or '' when nobody knew the call.
--@include matching
local call = open_call(ARGV[1])
if not call then
  redis.call('ZADD', ENDED, NOW, ARGV[1])
  return ''
end
local stood = redis.call('HGET', CALLS, ARGV[1])
local seat = end_call(call)
if seat then match_seat(seat) end
commit()
return stood
