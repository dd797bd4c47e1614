-- A leader puts a call into other queues; it keeps its original time, and the caller's own rounds change nothing of it.
-- ARGV: call id, groups (names, blanks between), language, by, request id
-- Result: the call's document, or '' when nobody knows the call or it is an outgoing one.
--@include matching
local call = open_call(ARGV[1])
if not call or call.kind == 'outgoing' then return '' end
if not done_before(ARGV[5]) then
  local waits = call.state == 'waiting'
  unlist_call(call)
  route_call(call, ARGV[2], ARGV[3], '')
  call.moved_by = ARGV[4]
  touch(call)
  if waits then
    call.state = ''
    queue_call(call)
    match_call(call)
  end
  commit()
end
return text_of(call)
