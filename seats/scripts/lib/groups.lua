--@include documents
--@include strategies
-- Groups and lanes: the rules of a group, and the entries under which seats and calls are listed.
local function group_rules(group)
  local rules = rules_read[group]
  if rules then return rules end
  local stored = redis.call('HGET', GROUPS, group)
  if stored then
    local strategy, capacity, wrap_up, extension = string.match(stored, '^([%l_]+)|(%d+)|(%d*)|(%d*)|')
    rules = {
      strategy = strategy, capacity = tonumber(capacity),
      wrap_up_ms = tonumber(wrap_up) or WRAP_UP_MS, extension_ms = tonumber(extension) or EXTENSION_MS,
    }
  else
    rules = {strategy = DEFAULT_STRATEGY, capacity = 0, wrap_up_ms = WRAP_UP_MS, extension_ms = EXTENSION_MS}
  end
  rules_read[group] = rules
  return rules
end

local function group_of(lane)
  return string.match(lane, '^[^.]*')
end

local function name_in(entry)
  return string.match(entry, '^[^|]*|%d+|%d+|(.*)$')
end

local function languages_of(seat)
  return #seat.languages > 0 and seat.languages or {DEFAULT_LANGUAGE}
end

local function speaks(seat, language)
  for _, spoken in ipairs(languages_of(seat)) do
    if spoken == language then return true end
  end
  return false
end

-- Whether the seat is there for that lane, with whatever level.
local function serves(seat, lane)
  local group, language = string.match(lane, '^([^.]*)%.(.*)$')
  return seat.groups[group] ~= nil and speaks(seat, language)
end

local function each_lane(seat, entry_of)
  local entries = {}
  local languages = languages_of(seat)
  for group, level in pairs(seat.groups) do
    local tail = entry_of(group, level)
    for _, language in ipairs(languages) do entries[#entries + 1] = group .. '.' .. language .. tail end
  end
  return entries
end

local function idle_entries(seat)
  return each_lane(seat, function(group, level)
    return string.format('|%013d|%013d|', SEAT_ORDER[group_rules(group).strategy](seat, level)) .. seat.seat
  end)
end

local function staff_entries(seat)
  return each_lane(seat, function() return '|' .. seat.seat end)
end

local function call_entry(call, lane)
  return string.format('%s|%013d|%013d|%s', lane, call_rank(call), call.since_ms, call.call_id)
end

-- A citizen who kept the place and hung up occupies no line, so the two are counted apart.
local function age_entry(call, group)
  local kind = call.kind == 'callback' and call.channel == '' and 'callback' or 'call'
  return string.format('%s|%s|%013d|%s', group, kind, call.since_ms, call.call_id)
end

-- One command for all entries of a document.
local function add(key, entries)
  if #entries == 0 then return end
  local pairs_ = {}
  for place, entry in ipairs(entries) do
    pairs_[2 * place - 1] = 0
    pairs_[2 * place] = entry
  end
  redis.call('ZADD', key, unpack(pairs_))
end

local function remove(key, entries)
  if #entries > 0 then redis.call('ZREM', key, unpack(entries)) end
end
