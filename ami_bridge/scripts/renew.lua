-- Prolongs our own lease, and no other's.
-- KEYS 1 the owner
-- ARGV 1 who and number, as acquire wrote it   2 lease in ms
-- Result: 1, or 0 when it is no longer ours.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
