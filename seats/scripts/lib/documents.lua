-- Documents: a script opens seats and calls, changes them, and commit() writes each once, with one event each.
-- What one call has read and changed; begin() comes before every transition, so nothing outlives it.
local NOW, opened_seats, opened_calls, touched, is_touched, touched_groups, rules_read, request_in_hand
local to_list, texts

local function begin()
  local clock = redis.call('TIME')
  NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)
  opened_seats, opened_calls, rules_read = {}, {}, {}
  touched, is_touched, touched_groups = {}, {}, {}
  to_list, texts = {}, {}
  request_in_hand = nil
end

local function publish(kind, seat, call, data)
  redis.call('XADD', EVENTS, 'MAXLEN', '~', EVENTS_KEPT, '*', 'type', kind, 'seat', seat, 'call', call, 'data', data)
end

local function repaired(kind, call, seat, was, now)
  redis.call('HINCRBY', REPAIRS, kind, 1)
  local data = cjson.encode({kind = kind, call_id = call, seat = seat, was = was, now = now})
  publish('repair', seat, call, data)
  return data
end

-- A document that an earlier release wrote lacks what has come since.
local function completed(document, defaults)
  for field, value in pairs(defaults()) do
    if document[field] == nil then document[field] = value end
  end
  return document
end

local function new_seat(seat)
  return {
    seat = seat, state = 'signed_out', reason = '', user = '', name = '', groups = {}, languages = {},
    since_ms = NOW, idle_since_ms = 0, call_id = '', fence = 0, kind = '', has_screen = false, registered = '',
    node = '', device = '', device_ms = 0, device_told = false, wrap_up_until_ms = 0, extension_ms = 0,
    after = '', leaving_by = '',
    by = '', supervised_by = '', supervision = '', calls = 0, talk_ms = 0, stats_day = 0,
    dialled_in_wrap_up = false,
  }
end

-- A seat that nobody has heard of is a signed-out one; it is stored as soon as something is known of it.
local function open_seat(seat)
  local document = opened_seats[seat]
  if document then return document end
  local stored = redis.call('HGET', SEATS, seat)
  document = stored and cjson.decode(stored) or new_seat(seat)
  if not document.stats_day then completed(document, new_seat) end
  opened_seats[seat] = document
  return document
end

local function new_call(id, node, channel, priority, since)
  local document = {
    call_id = id, kind = 'call', node = node, channel = channel, groups = {}, language = DEFAULT_LANGUAGE,
    lanes = {}, lane = '', widen = '', moved_by = '', kept_as = '', priority = priority, since_ms = since,
    changed_ms = NOW, state = '', seat = '', fence = 0, claimed = false, waker_fence = 0,
  }
  opened_calls[id] = document
  return document
end

local function open_call(id)
  local document = opened_calls[id]
  if document ~= nil then return document or nil end
  local stored = redis.call('HGET', CALLS, id)
  if not stored then return nil end
  document = cjson.decode(stored)
  if not document.lanes then
    completed(document, function() return new_call(id, '', '', 5, NOW) end)
    for place, group in ipairs(document.groups) do document.lanes[place] = group .. '.' .. document.language end
  end
  opened_calls[id] = document
  return document
end

local function touch(document)
  if is_touched[document] then return end
  is_touched[document] = true
  touched[#touched + 1] = document
end

local function forget_call(call)
  touch(call)
  call.last_state = call.state
  call.state = 'ended'
  opened_calls[call.call_id] = false -- its stored document is gone only after commit()
end

-- Entries of one sorted set are bounded by what they begin with: '}' follows '|' in ASCII.
local function first_of(key, prefix)
  return redis.call('ZRANGE', key, '[' .. prefix .. '|', '(' .. prefix .. '}', 'BYLEX', 'LIMIT', 0, 1)[1]
end

local function count_of(key, prefix)
  return redis.call('ZLEXCOUNT', key, '[' .. prefix .. '|', '(' .. prefix .. '}')
end

local function publish_group(group)
  local first = first_of(AGES, group .. '|call')
  publish('group.changed', '', '', cjson.encode({
    group = group,
    waiting = first and count_of(AGES, group .. '|call') or 0,
    callbacks = count_of(AGES, group .. '|callback'),
    longest_since_ms = first and tonumber(string.match(first, '^[^|]*|call|(%d+)|')) or 0,
  }))
end

-- A request that redis-py sends twice after a timeout is carried out once; a refused one is not remembered.
local function done_before(request)
  request_in_hand = request
  return redis.call('ZSCORE', REQUESTS, request) ~= false
end
