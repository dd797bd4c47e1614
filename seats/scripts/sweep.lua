-- Time's work: leases that ended, wrap-ups that are over, lanes that open, phones that contradict, silent consoles,
-- callers whom nobody has matched.
-- ARGV: most leases to settle in one run
-- Result: how many things were put right.
--@include phones
local done = 0

local function lease_over(call)
  local seat = open_seat(call.seat)
  repaired('lease_over', call.call_id, call.seat, call.state, call.kind == 'outgoing' and 'ended' or 'waiting')
  if seat.call_id == call.call_id then
    if call.state == 'ringing' and call.kind ~= 'outgoing' then
      let_go(seat)
      seat.after = ''
      move_seat(seat, 'miss', 'no_answer')
    else
      release(seat)
    end
  end
  give_back(call)
end

local DUE = {
  wrap = function(name)
    local seat = open_seat(name)
    if seat.state ~= 'wrap_up' then return false end
    rest_over(seat)
    match_seat(seat)
  end,
  doubt = function(name) return settle_doubt(open_seat(name)) end,
  widen = function(name)
    local call = open_call(name)
    if not call or call.state ~= 'waiting' then return false end
    queue_call(call)
    match_call(call)
  end,
  call = function(name)
    local call = open_call(name)
    if call and (call.state == 'reserved' or call.state == 'ringing') then lease_over(call) end
  end,
}

for _, lease in ipairs(redis.call('ZRANGE', LEASES, '-inf', NOW, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
  local kind, name = string.match(lease, '^(%a+):(.*)$')
  redis.call('ZREM', LEASES, lease)
  if DUE[kind](name) ~= false then done = done + 1 end
end

for _, name in ipairs(redis.call('ZRANGE', BEATS, '-inf', NOW - BEAT_MS, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
  redis.call('ZREM', BEATS, name)
  local seat = open_seat(name)
  if seat.has_screen then
    seat.has_screen = false
    touch(seat)
    if seat.state == 'ready' and seat.registered ~= 'yes' then
      -- Neither a console nor a phone that anybody has seen: there is no one.
      repaired('ready_without_screen', '', name, 'ready', 'not_ready')
      move_seat(seat, 'unregistered', 'unregistered')
    end
    done = done + 1
  end
end

redis.call('ZREMRANGEBYSCORE', REQUESTS, '-inf', NOW - REMEMBER_MS)
redis.call('ZREMRANGEBYSCORE', ENDED, '-inf', NOW - REMEMBER_MS)
match_all()
commit()
return done
