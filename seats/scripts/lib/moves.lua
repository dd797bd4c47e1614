--@include documents
-- Moves: how a seat changes its state (by the table of seats/states.py), and the two lists that follow from states.
local ENGAGED = {INUSE = true, BUSY = true, ONHOLD = true, RINGING = true, RINGINUSE = true,
  UNAVAILABLE = true, INVALID = true}

-- A seat stands in IDLE exactly while this holds, so nothing needs to remember whether it does.
local function is_free(seat)
  return seat.state == 'ready' and seat.registered ~= 'no' and not ENGAGED[seat.device]
end

local function unlist_seat(seat)
  if not is_free(seat) then return end
  for group, level in pairs(seat.groups) do
    redis.call('ZREM', IDLE, string.format('%s|%d|%013d|%s', group, level, seat.idle_since_ms, seat.seat))
  end
end

local function list_seat(seat)
  if not is_free(seat) then return end
  for group, level in pairs(seat.groups) do
    redis.call('ZADD', IDLE, 0, string.format('%s|%d|%013d|%s', group, level, seat.idle_since_ms, seat.seat))
  end
end

local function call_entry(call, group)
  return string.format('%s|%d|%013d|%s', group, call.priority, call.since_ms, call.call_id)
end

local function unlist_call(call)
  if call.state ~= 'waiting' then return end
  for _, group in ipairs(call.groups) do
    redis.call('ZREM', WAITING, call_entry(call, group))
    touched_groups[group] = true
  end
end

local function list_call(call)
  for _, group in ipairs(call.groups) do
    redis.call('ZADD', WAITING, 0, call_entry(call, group))
    touched_groups[group] = true
  end
end

local function has_screen(seat)
  local beat = redis.call('ZSCORE', BEATS, seat.seat)
  return beat and NOW - beat < BEAT_MS or false
end

local function may_move(seat, event)
  return MOVES[event .. '/' .. seat.state] ~= nil
end

-- Refusals come before any write of their script.
local function move_seat(seat, event, reason)
  local target = MOVES[event .. '/' .. seat.state]
  if not target then
    error({err = 'REFUSED ' .. seat.seat .. ' ' .. seat.state .. ' ' .. event})
  end
  unlist_seat(seat)
  if seat.state == 'wrap_up' then
    redis.call('ZREM', LEASES, 'wrap:' .. seat.seat)
    seat.wrap_up_until_ms = 0
  end
  -- A seat that a call left again keeps its place among the idle.
  if target == 'ready' and event ~= 'release' then seat.idle_since_ms = NOW end
  if seat.state ~= target then seat.since_ms = NOW end
  seat.state = target
  seat.reason = reason or ''
  list_seat(seat)
  touch(seat)
end

local function let_go(seat)
  seat.call_id = ''
  seat.fence = 0
end

-- After a call: to the break that was asked for, or ready, if its phone is there.
local function rest_over(seat)
  if seat.after ~= '' then
    local reason = seat.after
    seat.after = ''
    move_seat(seat, 'break_due', reason)
  elseif seat.registered == 'no' then
    move_seat(seat, 'unregistered', 'unregistered')
  else
    move_seat(seat, 'wrap_up_over')
  end
end

local function stop_talking(seat)
  let_go(seat)
  if seat.user == '' then
    move_seat(seat, 'end_unsigned')
    return
  end
  move_seat(seat, 'end')
  if WRAP_UP_MS > 0 then
    seat.wrap_up_until_ms = NOW + WRAP_UP_MS
    redis.call('ZADD', LEASES, seat.wrap_up_until_ms, 'wrap:' .. seat.seat)
  else
    rest_over(seat)
  end
end

local function release(seat)
  let_go(seat)
  move_seat(seat, 'release')
  if seat.registered == 'no' then move_seat(seat, 'unregistered', 'unregistered') end
end
