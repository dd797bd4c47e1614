-- The groups' rules, all of them.  Free seats of a group whose strategy changed get their new places; seldom run, and
-- its cost is theirs alone.
-- ARGV: rules (JSON: group -> "strategy|capacity|wrap up|extension|service", milliseconds)
-- Result: how many groups changed.
--@include matching
local wanted, standing = cjson.decode(ARGV[1]), {}
local stored = redis.call('HGETALL', GROUPS)
for place = 1, #stored, 2 do standing[stored[place]] = stored[place + 1] end

local changed, seats = {}, {}
for group, rules in pairs(wanted) do
  if standing[group] ~= rules then changed[group] = rules end
end
for group in pairs(standing) do
  if not wanted[group] then changed[group] = false end
end

local count = 0
for group in pairs(changed) do
  count = count + 1
  -- '/' follows '.' in ASCII: all lanes of the group.
  for _, entry in ipairs(redis.call('ZRANGE', IDLE, '[' .. group .. '.', '(' .. group .. '/', 'BYLEX')) do
    seats[name_in(entry)] = true
  end
end
for name in pairs(seats) do unlist_seat(open_seat(name)) end
for group, rules in pairs(changed) do
  if rules then redis.call('HSET', GROUPS, group, rules) else redis.call('HDEL', GROUPS, group) end
  rules_read[group] = nil
end
for name in pairs(seats) do list_seat(open_seat(name)) end
commit()
return count
