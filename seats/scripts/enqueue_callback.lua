-- A callback that the database remembers waits again, at its original place; a known one is left as it is.
-- ARGV: callback id, node, groups (names, blanks between), language, priority, waiting since (epoch ms),
-- widen ("after_ms:group.language …"), card (JSON)
-- Result: the callback's document, or '' when it was dropped or ended a moment ago.
--@include matching
local id = ARGV[1]
local standing = redis.call('HGET', CALLS, id)
if standing then return standing end
if redis.call('ZSCORE', ENDED, id) then return '' end
local callback = new_call(id, ARGV[2], '', tonumber(ARGV[5]), math.min(tonumber(ARGV[6]), NOW))
callback.kind = 'callback'
route_call(callback, ARGV[3], ARGV[4], ARGV[7])
redis.call('HSET', CARDS, id, ARGV[8])
queue_call(callback)
match_call(callback)
commit()
return text_of(callback)
