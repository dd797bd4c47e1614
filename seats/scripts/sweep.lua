-- Time's work: leases that ended, wrap-ups that are over, silent consoles, callers whom nobody has matched.
-- ARGV: most leases to settle in one run
-- Result: how many things were put right.
--@include matching
local done = 0

for _, lease in ipairs(redis.call('ZRANGE', LEASES, '-inf', NOW, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
  local kind, name = string.match(lease, '^(%a+):(.*)$')
  redis.call('ZREM', LEASES, lease)
  done = done + 1
  if kind == 'wrap' then
    local seat = open_seat(name)
    if seat.state == 'wrap_up' then rest_over(seat) end
  else
    local call = open_call(name)
    if call and (call.state == 'reserved' or call.state == 'ringing') then
      local seat = open_seat(call.seat)
      repaired('lease_over', call.call_id, call.seat, call.state, 'waiting')
      if seat.call_id == call.call_id then
        if call.state == 'ringing' then
          let_go(seat)
          move_seat(seat, 'miss', 'no_answer')
        else
          release(seat)
        end
      end
      queue_call(call)
    end
  end
end

for _, name in ipairs(redis.call('ZRANGE', BEATS, '-inf', NOW - BEAT_MS, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
  redis.call('ZREM', BEATS, name)
  local seat = open_seat(name)
  if seat.has_screen then
    seat.has_screen = false
    touch(seat)
    done = done + 1
  end
end

redis.call('ZREMRANGEBYSCORE', REQUESTS, '-inf', NOW - REMEMBER_MS)
redis.call('ZREMRANGEBYSCORE', ENDED, '-inf', NOW - REMEMBER_MS)
match_all()
commit()
return done
