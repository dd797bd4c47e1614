-- A person takes a seat.  The same person again (another window, a reload) changes nothing but names and groups.
-- ARGV: seat, user, name, groups (JSON: group -> level), languages (JSON list), request id
-- Result: the seat's document.  Refused while another person's call is at the seat.
--@include matching
local seat = open_seat(ARGV[1])
if not done_before(ARGV[6]) then
  local stays = seat.user == ARGV[2] and seat.state ~= 'signed_out'
  local taken_over_talking = seat.user == '' and seat.state == 'talking'
  if not stays and not taken_over_talking then move_seat(seat, 'sign_in', 'signed_in') end
  unlist_seat(seat)
  if seat.user ~= '' then remove(STAFFED, staff_entries(seat)) end
  if taken_over_talking then seat.after = 'signed_in' end
  if not stays then seat.stats_day, seat.calls, seat.talk_ms = 0, 0, 0 end -- the figures are a person's
  if not stays and not taken_over_talking then seat.after = '' end
  if stays then seat.leaving_by = '' end
  seat.user = ARGV[2]
  seat.name = ARGV[3]
  seat.groups = cjson.decode(ARGV[4])
  seat.languages = cjson.decode(ARGV[5])
  seat.has_screen = has_screen(seat)
  add(STAFFED, staff_entries(seat))
  list_seat(seat)
  touch(seat)
  match_seat(seat)
  commit()
end
return text_of(seat)
