-- A callback that is no longer needed leaves the queue; one whose citizen is on the line already is a call and stays.
-- ARGV: callback id
-- Result: the callback's document as it stood, or '' when there is none to drop.
--@include matching
local call = open_call(ARGV[1])
if not call or call.kind ~= 'callback' or call.channel ~= '' then return '' end
local stood = redis.call('HGET', CALLS, ARGV[1])
local seat = end_call(call)
if seat then match_seat(seat) end
commit()
return stood
