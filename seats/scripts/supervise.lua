-- Who listens to the seat's talk, and how; information only, and gone with the talk.
-- ARGV: seat, by ('' = nobody any more), mode (listen | whisper | barge | ''), request id
-- Result: the seat's document.  Refused when the seat does not talk.
--@include commit
local seat = open_seat(ARGV[1])
if not done_before(ARGV[4]) then
  if ARGV[2] ~= '' and seat.state ~= 'talking' then refuse(seat, 'supervise') end
  if seat.supervised_by ~= ARGV[2] or seat.supervision ~= ARGV[3] then
    seat.supervised_by = ARGV[2]
    seat.supervision = ARGV[3]
    touch(seat)
    commit()
  end
end
return text_of(seat)
