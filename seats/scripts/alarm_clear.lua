-- An alarm stands no longer; told as an event.
-- ARGV: id
-- Result: 1, or 0 when it did not stand.
--@include documents
local standing = redis.call('HGET', ALARMS, ARGV[1])
if not standing then return 0 end
local alarm = cjson.decode(standing)
alarm.cleared = true
redis.call('HDEL', ALARMS, ARGV[1])
publish('alarm', '', '', cjson.encode(alarm))
return 1
