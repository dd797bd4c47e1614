--@include documents
-- Rates: how many calls of a lane were matched in each of the last minutes, and what that says to those who wait.
local function count_match(lane)
  local minute = math.floor(NOW / 60000)
  local stored = redis.call('HGET', RATES, lane) or ''
  local newest, count, rest = string.match(stored, '^(%d+):(%d+)(.*)$')
  if newest == string.format('%d', minute) then
    stored = newest .. ':' .. (count + 1) .. rest
  else
    -- Older minutes are cut off when a new one begins, so the text stays short.
    local kept, fields = {minute .. ':1'}, 0
    for entry in string.gmatch(stored, '%S+') do
      fields = fields + 1
      if fields > RATE_MINUTES then break end
      kept[#kept + 1] = entry
    end
    stored = table.concat(kept, ' ')
  end
  redis.call('HSET', RATES, lane, stored)
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
