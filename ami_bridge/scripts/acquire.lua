-- Takes the node if nobody owns it; each owner gets a number greater than all before.
-- KEYS 1 the owner  2 the last number
-- ARGV 1 who        2 lease in ms
-- Result: the fencing number, or 0 when somebody owns it.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
local fence = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. fence, 'PX', ARGV[2])
return fence
