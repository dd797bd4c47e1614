-- An alarm stands from now on, or at another level; told as an event only when something changes.
-- ARGV: id, alarm (JSON)
-- Result: 1, or 0 when it stands at this level already.
--@include documents
local alarm = cjson.decode(ARGV[2])
alarm.raised_ms = NOW
local standing = redis.call('HGET', ALARMS, ARGV[1])
if standing then
  local before = cjson.decode(standing)
  if before.level == alarm.level then return 0 end
  alarm.raised_ms = before.raised_ms
end
local data = cjson.encode(alarm)
redis.call('HSET', ALARMS, ARGV[1], data)
publish('alarm', '', '', data)
return 1
