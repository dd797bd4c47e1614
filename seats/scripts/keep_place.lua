-- A waiting caller becomes a callback with the same place: same time, rank, lanes and widening, but no channel.
-- ARGV: call id, callback id, data (JSON object, added to the card), node
-- Result: the callback's document, or '' when the call does not wait (any more).
--@include matching
local id = ARGV[2]
local standing = redis.call('HGET', CALLS, id)
if standing then return standing end
local call = open_call(ARGV[1])
if not call or call.state ~= 'waiting' or call.kind == 'outgoing' then return '' end

local card = cjson.decode(redis.call('HGET', CARDS, call.call_id) or '{}')
for field, value in pairs(cjson.decode(ARGV[3])) do card[field] = value end
local callback = new_call(id, ARGV[4], '', call.priority, call.since_ms)
callback.kind = 'callback'
for _, field in ipairs({'language', 'groups', 'lanes', 'widen', 'moved_by'}) do callback[field] = call[field] end

call.kept_as = id
end_call(call)
redis.call('ZREM', ENDED, id)
redis.call('HSET', CARDS, id, cjson.encode(card))
queue_call(callback)
match_call(callback)
commit()
return text_of(callback)
