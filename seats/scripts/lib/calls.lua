--@include commit
-- Calls: into the queue, out of it, and away from a seat.
local function unlist_call(call)
  if call.state ~= 'waiting' then return end
  local entries, ages = {}, {}
  for place, lane in ipairs(call.lanes) do entries[place] = call_entry(call, lane) end
  for place, group in ipairs(call.groups) do
    ages[place] = age_entry(call, group)
    touched_groups[group] = true
  end
  remove(WAITING, entries)
  remove(AGES, ages)
end

local function list_call(call)
  local entries, ages = {}, {}
  for place, lane in ipairs(call.lanes) do entries[place] = call_entry(call, lane) end
  for place, group in ipairs(call.groups) do
    ages[place] = age_entry(call, group)
    touched_groups[group] = true
  end
  add(WAITING, entries)
  add(AGES, ages)
end

local function unlease(call)
  redis.call('ZREM', LEASES, 'call:' .. call.call_id, 'widen:' .. call.call_id)
end

-- How long a match may stay undone: calling a citizen back takes longer than fetching a caller.
local function lease(call)
  local calling = call.kind == 'callback' and call.channel == '' and call.claimed
  redis.call('ZADD', LEASES, NOW + (calling and CALLBACK_MS or RESERVE_MS), 'call:' .. call.call_id)
end

local function change_call(call, state)
  unlist_call(call)
  call.state = state
  call.changed_ms = NOW
  touch(call)
end

local function into_lane(call, group, language)
  local lane = group .. '.' .. language
  for _, known in ipairs(call.lanes) do
    if known == lane then return end
  end
  call.lanes[#call.lanes + 1] = lane
  for _, known in ipairs(call.groups) do
    if known == group then return end
  end
  call.groups[#call.groups + 1] = group
end

-- groups: names with blanks between; widen: "after_ms:group.language …", soonest first.
-- Only while the call is not listed, as its entries hang on its lanes.
local function route_call(call, groups, language, widen)
  call.groups, call.lanes, call.language, call.widen = {}, {}, language, widen
  for group in string.gmatch(groups, '%S+') do into_lane(call, group, language) end
end

-- Takes in the lanes that the call's waiting time has opened; only while it is not listed.
local function widen_call(call)
  while call.widen ~= '' do
    local after, group, language, rest = string.match(call.widen, '^(%d+):([^.]*)%.(%S*) ?(.*)$')
    local due = call.since_ms + tonumber(after)
    if due > NOW then return due end
    into_lane(call, group, language)
    call.widen = rest
  end
  return nil
end

-- Back to its original place: the waiting time is never reset.
local function queue_call(call)
  change_call(call, 'waiting')
  call.seat = ''
  call.fence = 0
  call.claimed = false
  unlease(call)
  local due = widen_call(call)
  if due then redis.call('ZADD', LEASES, due, 'widen:' .. call.call_id) end
  list_call(call)
end

-- Takes the call from the seat that holds it, if one does; the seat goes on as its state demands.
local function detach(call)
  if call.seat == '' then return nil end
  local seat = open_seat(call.seat)
  if seat.call_id ~= call.call_id then return nil end
  if seat.state == 'talking' then stop_talking(seat, call) else release(seat) end
  return seat
end

local function end_call(call)
  local seat = detach(call)
  unlist_call(call)
  unlease(call)
  call.changed_ms = NOW
  forget_call(call)
  return seat
end

-- The call leaves a seat that holds it without having talked: a caller waits again, an outgoing call is over.
local function give_back(call)
  if call.kind == 'outgoing' then
    call.seat = ''
    end_call(call)
  else
    queue_call(call)
  end
end

-- Asterisk says that they talk.  Whatever else either of them was recorded with gives way.
-- Returns whether somebody became free by it.
local function join(call, seat)
  local freed = false
  if seat.call_id ~= '' and seat.call_id ~= call.call_id then
    local other = open_call(seat.call_id)
    if other and other.seat == seat.seat then
      if other.state == 'talking' then
        repaired('call_gone', other.call_id, seat.seat, 'talking', 'ended')
        other.seat = ''
        end_call(other)
      else
        repaired('call_requeued', other.call_id, seat.seat, other.state, 'waiting')
        give_back(other)
        freed = true
      end
    end
  end
  if call.seat ~= seat.seat and detach(call) then freed = true end
  change_call(call, 'talking')
  unlease(call)
  call.seat = seat.seat
  call.claimed = true
  if seat.state ~= 'talking' then
    -- A phone that talks is registered; any other break goes on after the call.
    if seat.state == 'not_ready' and seat.reason ~= 'unregistered' then seat.after = seat.reason end
    move_seat(seat, 'answer')
    count_today(seat, 1, 0)
  else
    touch(seat)
  end
  hold(seat, call)
  seat.dialled_in_wrap_up = false
  return freed
end
