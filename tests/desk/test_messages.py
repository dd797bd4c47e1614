"""A leader's messages: who gets them, that nobody else does, and that they stay until read."""

from __future__ import annotations

from crm import audit
from tests.desk.conftest import OpenBrowser
from tests.desk.floor import seat_ready
from tests.desk.standing import Standing


async def test_a_message_to_one_seat_reaches_that_seat_alone(desk: Standing, browse: OpenBrowser) -> None:
    one, two, leader = await browse(desk, "seat1"), await browse(desk, "seat2"), await browse(desk, "leader")
    async with one.events() as mine, two.events() as other:
        await mine.next()
        await other.next()
        said = await leader.post("/seats/1001/message", {"text": "请到 3 号会议室"})
        assert said.body["seats"] == 1
        told = (await mine.until("message"))["data"]
        assert told == said.body["message"]
        assert (told["from"], told["text"], told["to"]) == ("leader", "请到 3 号会议室", "1001")
        await seat_ready(desk, "1002")
        await other.until("seat.changed")
        assert "message" not in {event["type"] for event in other.seen}


async def test_it_stays_until_it_is_read(desk: Standing, browse: OpenBrowser) -> None:
    one, two, leader = await browse(desk, "seat1"), await browse(desk, "seat2"), await browse(desk, "leader")
    for text in ("第一条", "第二条"):
        await leader.post("/seats/1001/message", {"text": text})
    unread = (await one.get("/seats/1001/messages")).body["items"]
    assert [message["text"] for message in unread] == ["第一条", "第二条"]
    first = f"/seats/1001/messages/{unread[0]['id']}/read"
    assert (await two.get("/seats/1001/messages")).problem == "forbidden"
    assert (await two.post(first)).problem == "forbidden"
    assert (await leader.post(first)).problem == "forbidden"
    assert (await one.post(first)).status == (await one.post(first)).status == 200
    left = (await one.get("/seats/1001/messages")).body["items"]
    assert [message["text"] for message in left] == ["第二条"]
    assert (await one.post("/seats/1001/messages/nonsense/read")).problem == "not-found"


async def test_a_group_or_everybody_who_is_signed_in(desk: Standing, browse: OpenBrowser) -> None:
    leader, one, two = await browse(desk, "leader"), await browse(desk, "seat1"), await browse(desk, "seat2")
    nobody = await leader.post("/messages", {"text": "大家注意"})
    assert nobody.problem == "conflict"
    await seat_ready(desk, "1001", general=1)
    await seat_ready(desk, "1002", **{"line-8333110": 1})
    async with two.events() as stream:
        await stream.next()
        all_of_them = (await leader.post("/messages", {"text": "大家注意"})).body
        assert all_of_them["seats"] == 2
        assert (await stream.until("message"))["data"]["text"] == "大家注意"
    group = (await leader.post("/messages", {"text": "教育线注意", "group": "line-8333110"})).body
    assert (group["seats"], group["message"]["group"]) == (1, "line-8333110")
    assert [m["text"] for m in (await one.get("/seats/1001/messages")).body["items"]] == ["大家注意"]
    texts = [m["text"] for m in (await two.get("/seats/1002/messages")).body["items"]]
    assert texts == ["大家注意", "教育线注意"]
    assert (await leader.post("/messages", {"text": "?", "group": "nobody-there"})).problem == "conflict"


async def test_what_is_said_stands_in_the_audit_with_numbers_masked(
    desk: Standing, browse: OpenBrowser
) -> None:
    leader, one = await browse(desk, "leader"), await browse(desk, "seat1")
    await leader.post("/seats/1001/message", {"text": "请回电 13904760002"})
    (row,) = await audit.trail(desk.store, target="1001")
    assert (row.actor, row.action, row.data["text"]) == ("leader", "seat.message", "请回电 139****0002")
    assert (await one.post("/seats/1002/message", {"text": "你好"})).problem == "forbidden"
    for wrong in ("", "   ", "长" * 301):
        assert (await leader.post("/seats/1001/message", {"text": wrong})).problem == "invalid"
