-- A node's state of the seat's device.  A seat that is on the phone for another reason is passed over; a phone that
-- contradicts the seat's state is believed when it still does so a little later (sweep.lua).
-- ARGV: seat, device state (NOT_INUSE, INUSE, …), node ('' = there is only one)
-- Result: the seat's document.
--@include phones
local seat, device, node = open_seat(ARGV[1]), ARGV[2], ARGV[3]
if node ~= '' and seat.node ~= node then
  -- Every node has a word on every phone; only that of the node where it is registered counts.
  local lost = seat.registered == 'no' or UNREACHABLE[seat.device]
  if UNREACHABLE[device] then
    if seat.node ~= '' then return text_of(seat) end
  elseif seat.node == '' or lost then
    seat.node = node
  else
    return text_of(seat)
  end
end
-- Said again since the state began, an old word is news: see contradicts().
local on_phone = seat.state == 'talking' or seat.state == 'ringing'
if seat.device ~= device or (on_phone and not seat.device_told) then
  unlist_seat(seat)
  seat.device = device
  seat.device_ms, seat.device_told = NOW, true
  list_seat(seat)
  touch(seat)
  if UNREACHABLE[device] then phone_lost(seat) elseif has_phone(seat) then phone_found(seat) end
  if contradicts(seat) then
    redis.call('ZADD', LEASES, NOW + DOUBT_MS, 'doubt:' .. seat.seat)
  else
    redis.call('ZREM', LEASES, 'doubt:' .. seat.seat)
  end
  match_seat(seat)
  commit()
end
return text_of(seat)
