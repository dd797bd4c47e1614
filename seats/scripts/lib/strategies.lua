-- Who comes first, as numbers that sort as text: each strategy is one line.  tests/seats/reference.py is its mirror.
-- A seat's figures of an earlier day count for less than any of today, so nothing has to be reset at midnight.
local SEAT_ORDER = {
  longest_idle = function(seat, level) return seat.idle_since_ms, level end,
  highest_skill = function(seat, level) return level, seat.idle_since_ms end,
  least_calls = function(seat) return seat.stats_day * 100000 + seat.calls, seat.idle_since_ms end,
  least_talk = function(seat) return seat.stats_day * 100000000 + seat.talk_ms, seat.idle_since_ms end,
}

-- The lesser rank is served first.  A band is a head start, no wall: whoever has waited longer than the greatest head
-- start is before every newcomer, so nobody starves.
local function call_rank(call)
  return math.max(0, call.since_ms - (HEAD_START_MS[call.priority] or 0))
end
