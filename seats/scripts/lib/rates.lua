--@include documents
-- Rates: how many calls of a lane were matched in each of the last minutes, and what that says to those who wait.
local function one_more(stored, minute)
  local newest, count, rest = string.match(stored, '^(%d+):(%d+)(.*)$')
  if newest == minute then return newest .. ':' .. (count + 1) .. rest end
  -- Older minutes are cut off when a new one begins, so the text stays short.
  local kept = {minute .. ':1'}
  for entry in string.gmatch(stored, '%S+') do
    if #kept > RATE_MINUTES then break end
    kept[#kept + 1] = entry
  end
  return table.concat(kept, ' ')
end

local function count_match(lanes)
  if #lanes == 0 then return end
  local minute = string.format('%d', math.floor(NOW / 60000))
  local fields = {}
  for place, stored in ipairs(redis.call('HMGET', RATES, unpack(lanes))) do
    fields[2 * place - 1] = lanes[place]
    fields[2 * place] = one_more(stored or '', minute)
  end
  redis.call('HSET', RATES, unpack(fields))
end

-- Milliseconds until whoever has so many ahead in that lane is matched; nil while nobody was.
local function expected_ms(lane, ahead)
  local oldest = math.floor(NOW / 60000) - RATE_MINUTES
  local matches, since = 0, nil
  for minute, count in string.gmatch(redis.call('HGET', RATES, lane) or '', '(%d+):(%d+)') do
    if tonumber(minute) > oldest then
      matches = matches + tonumber(count)
      since = tonumber(minute) * 60000
    end
  end
  if matches == 0 then return nil end
  -- A service that began two minutes ago is judged by two minutes; less than one says too little.
  return (ahead + 1) * math.max(60000, NOW - since) / matches
end
