--@include moves
-- The end of a transition: lists, documents and events, each written once.
-- A document as it is answered: what commit() has written, not encoded a second time.
local function text_of(document)
  return texts[document] or cjson.encode(document)
end

local function commit()
  flush_lists()
  if request_in_hand then redis.call('ZADD', REQUESTS, NOW, request_in_hand) end
  for _, document in ipairs(touched) do
    if document.state == 'ended' then
      redis.call('HDEL', CALLS, document.call_id)
      redis.call('HDEL', CARDS, document.call_id)
      redis.call('ZADD', ENDED, NOW, document.call_id)
      document.state = document.last_state
      document.last_state = nil
      publish('call.ended', document.seat, document.call_id, cjson.encode(document))
    elseif document.priority then
      local data = cjson.encode(document)
      texts[document] = data
      redis.call('HSET', CALLS, document.call_id, data)
      publish('call.changed', document.seat, document.call_id, data)
    else
      local data = cjson.encode(document)
      texts[document] = data
      redis.call('HSET', SEATS, document.seat, data)
      publish('seat.changed', document.seat, document.call_id, data)
    end
  end
  for group in pairs(touched_groups) do publish_group(group) end
end
