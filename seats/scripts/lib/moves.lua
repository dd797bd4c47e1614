--@include groups
-- Moves: how a seat changes its state (by the table of seats/states.py), and the lists that follow from states.

local function has_phone(seat)
  return seat.registered ~= 'no' and not UNREACHABLE[seat.device]
end

-- A seat stands in IDLE exactly while this holds, so nothing needs to remember whether it does.
local function is_free(seat)
  return seat.state == 'ready' and has_phone(seat) and not ENGAGED[seat.device]
end

-- Listing waits until somebody reads the list (or the end): most seats that become free are matched at once.
local function unlist_seat(seat)
  if not is_free(seat) then return end
  if to_list[seat] then to_list[seat] = nil else remove(IDLE, idle_entries(seat)) end
end

local function list_seat(seat)
  if is_free(seat) then to_list[seat] = true end
end

local function flush_lists()
  for seat in pairs(to_list) do add(IDLE, idle_entries(seat)) end
  to_list = {}
end

local function has_screen(seat)
  local beat = redis.call('ZSCORE', BEATS, seat.seat)
  return beat and NOW - beat < BEAT_MS or false
end

local function may_move(seat, event)
  return MOVES[event .. '/' .. seat.state] ~= nil
end

local function refuse(seat, event)
  error({err = 'REFUSED ' .. seat.seat .. ' ' .. seat.state .. ' ' .. event})
end

-- Refusals come before any write of their script.  by: who else than the seat's user wanted it.
local function move_seat(seat, event, reason, by)
  local target = MOVES[event .. '/' .. seat.state]
  if not target then refuse(seat, event) end
  unlist_seat(seat)
  if seat.state == 'wrap_up' then
    redis.call('ZREM', LEASES, 'wrap:' .. seat.seat)
    seat.wrap_up_until_ms = 0
    seat.extension_ms = 0
  end
  -- A seat that a call left again keeps its place among the idle.
  if target == 'ready' and event ~= 'release' then seat.idle_since_ms = NOW end
  if seat.state ~= target then seat.since_ms, seat.device_told = NOW, false end
  seat.state = target
  seat.reason = reason or ''
  seat.by = by or ''
  list_seat(seat)
  touch(seat)
end

local function hold(seat, call)
  seat.call_id = call.call_id
  seat.fence = call.fence
  seat.kind = call.kind
end

local function let_go(seat)
  seat.call_id = ''
  seat.fence = 0
  seat.kind = ''
  seat.dialled_in_wrap_up = false
  seat.supervised_by = ''
  seat.supervision = ''
end

-- The seat has nobody any more.  Comes before the user's name is taken off, for the lanes are the user's.
local function vacate(seat, by)
  move_seat(seat, 'sign_out', by, by)
  remove(STAFFED, staff_entries(seat))
  seat.user = ''
  seat.name = ''
  seat.after = ''
  seat.leaving_by = ''
  seat.has_screen = false
end

-- After a call: to the break that was asked for, or ready, if its phone is there.
local function rest_over(seat)
  if seat.after ~= '' then
    local reason = seat.after
    seat.after = ''
    move_seat(seat, 'break_due', reason)
  elseif not has_phone(seat) then
    move_seat(seat, 'unregistered', 'unregistered')
  else
    move_seat(seat, 'wrap_up_over')
  end
end

local function begin_wrap_up(seat, rules)
  if rules.wrap_up_ms > 0 then
    seat.wrap_up_until_ms = NOW + rules.wrap_up_ms
    seat.extension_ms = rules.extension_ms
    redis.call('ZADD', LEASES, seat.wrap_up_until_ms, 'wrap:' .. seat.seat)
  else
    rest_over(seat)
  end
end

-- Only while the seat is not listed as free: its place in the lists hangs on these figures.
local function count_today(seat, calls, talk_ms)
  local today = math.floor((NOW + DAY_BEGINS_MS) / 86400000)
  if seat.stats_day ~= today then
    seat.stats_day, seat.calls, seat.talk_ms = today, 0, 0
  end
  seat.calls = seat.calls + calls
  seat.talk_ms = seat.talk_ms + math.max(0, talk_ms)
end

-- call: with whom it talked, if that is known; its group says how long the wrap-up is.
local function stop_talking(seat, call)
  let_go(seat)
  if seat.user == '' then
    move_seat(seat, 'end_unsigned')
    return
  end
  count_today(seat, 0, NOW - seat.since_ms)
  move_seat(seat, 'end')
  if seat.leaving_by ~= '' then
    vacate(seat, seat.leaving_by)
    return
  end
  local group = call and (call.lane ~= '' and group_of(call.lane) or call.groups[1]) or DEFAULT_GROUP
  begin_wrap_up(seat, group_rules(group))
end

-- A call leaves the seat before they talked: back to where the seat was.
local function release(seat)
  local dialled_in_wrap_up = seat.dialled_in_wrap_up
  let_go(seat)
  if seat.leaving_by ~= '' then
    vacate(seat, seat.leaving_by)
  elseif dialled_in_wrap_up then
    move_seat(seat, 'release_to_wrap_up')
    begin_wrap_up(seat, group_rules(DEFAULT_GROUP))
  elseif seat.after ~= '' then
    local reason = seat.after
    seat.after = ''
    move_seat(seat, 'release_to_break', reason)
  else
    move_seat(seat, 'release')
    if not has_phone(seat) then move_seat(seat, 'unregistered', 'unregistered') end
  end
end
