-- Gives our own lease up, so that another may take the node at once.
-- KEYS 1 the owner
-- ARGV 1 who and number, as acquire wrote it
-- Result: 1, or 0 when it was not ours.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
