"""Tickets: the form and its version, registering, the same request twice, confidential ones."""

from __future__ import annotations

import asyncio
from typing import Any, get_args

from crm import audit, forms
from hotline_app.desk.shapes import FieldName, Kind
from tests.desk.conftest import OpenBrowser
from tests.desk.standing import Standing

FORM: dict[str, Any] = {
    "caller_name": "张某",
    "region_code": "150402",
    "address": "长青街1号",
    "field": "公共服务",
    "kind": "投诉",
    "title": "路灯不亮",
    "content": "小区东门路灯三天不亮。\n请尽快修理。",
    "urgent": False,
    "confidential": False,
    "language": "zh",
}


def test_the_forms_choices_are_the_ledgers() -> None:
    assert (get_args(FieldName), get_args(Kind)) == (forms.FIELDS, forms.KINDS)


async def test_a_draft_is_filled_in_and_registered(desk: Standing, browse: OpenBrowser) -> None:
    no = await desk.call("node1-1.1")
    one = await browse(desk, "seat1")
    draft = await one.get(f"/tickets/{no}")
    assert draft.body["state"] == "draft"
    early = await one.post(f"/tickets/{no}/register")
    assert early.problem == "invalid" and early.body["field"] == "field"
    filled = await one.patch(f"/tickets/{no}", FORM, {"If-Match": draft.headers["ETag"]})
    assert {name: filled.body[name] for name in FORM} == FORM
    assert filled.headers["ETag"] == f'"{filled.body["version"]}"' != draft.headers["ETag"]
    stale = await one.post(f"/tickets/{no}/register", headers={"If-Match": draft.headers["ETag"]})
    assert stale.problem == "changed"
    done = await one.post(f"/tickets/{no}/register", headers={"If-Match": filled.headers["ETag"]})
    assert done.body["state"] == "registered" and done.body["registered_at"]
    assert (await one.post(f"/tickets/{no}/register")).problem == "conflict"
    assert [row["no"] for row in (await one.get("/tickets?state=registered")).body["items"]] == [no]


async def test_of_two_who_save_at_once_one_is_told(desk: Standing, browse: OpenBrowser) -> None:
    no = await desk.call("node1-1.1")
    one, leader = await browse(desk, "seat1"), await browse(desk, "leader")
    etag = (await one.get(f"/tickets/{no}")).headers["ETag"]
    answers = await asyncio.gather(
        one.patch(f"/tickets/{no}", {"title": "甲"}, {"If-Match": etag}),
        leader.patch(f"/tickets/{no}", {"title": "乙"}, {"If-Match": etag}),
    )
    assert sorted(answer.status for answer in answers) == [200, 412]
    (won,) = (answer for answer in answers if answer.status == 200)
    (lost,) = (answer for answer in answers if answer.status == 412)
    assert lost.problem == "changed" and lost.headers["ETag"] == won.headers["ETag"]
    assert (await one.get(f"/tickets/{no}")).body["title"] == won.body["title"]


async def test_an_edit_without_a_version_is_refused(desk: Standing, browse: OpenBrowser) -> None:
    no = await desk.call("node1-1.1")
    one = await browse(desk, "seat1")
    assert (await one.patch(f"/tickets/{no}", {"title": "甲"})).problem == "precondition"
    for header in ("3", '"x"', "*", '"1", "2"'):
        refused = await one.patch(f"/tickets/{no}", {"title": "甲"}, {"If-Match": header})
        assert (refused.problem, refused.body["field"]) == ("invalid", "If-Match")


async def test_bad_fields_are_named(desk: Standing, browse: OpenBrowser) -> None:
    no = await desk.call("node1-1.1")
    one = await browse(desk, "seat1")
    etag = (await one.get(f"/tickets/{no}")).headers["ETag"]
    for form, field in (
        ({"kind": "闲聊"}, "kind"), ({"field": "体育"}, "field"), ({"urgent": "maybe"}, "urgent"),
        ({"urgent": None}, "urgent"), ({"region_code": "999999"}, "region_code"),
        ({"region_code": "1504"}, "region_code"), ({"title": "长" * 201}, "title"), ({"title": 5}, "title"),
        ({"caller": "139"}, "caller"), ({"state": "registered"}, "state"), ({"version": 9}, "version"),
    ):  # fmt: skip
        answer = await one.patch(f"/tickets/{no}", form, {"If-Match": etag})
        assert (answer.problem, answer.body["field"]) == ("invalid", field), form
    assert (await one.patch(f"/tickets/{no}", {}, {"If-Match": etag})).problem == "invalid"
    assert (await one.patch(f"/tickets/{no}", "不是JSON", {"If-Match": etag})).problem == "malformed"
    assert (await one.get("/tickets/20261123999999")).problem == "not-found"
    assert (await one.get("/tickets/1")).problem == "not-found"
    kept = (await one.get(f"/tickets/{no}")).headers["ETag"]
    assert kept == etag


async def test_the_same_request_twice_makes_one_ticket(desk: Standing, browse: OpenBrowser) -> None:
    one, two = await browse(desk, "seat1"), await browse(desk, "seat2")
    body, key = {**FORM, "source": "visit"}, {"Idempotency-Key": "a1b2"}
    first = await one.post("/tickets", body, key)
    again = await one.post("/tickets", body, key)
    assert first.status == again.status == 201 and first.body == again.body
    assert first.body["source"] == "visit" and first.body["created_by"] == "seat1"
    assert first.headers["Location"] == f"/api/v1/tickets/{first.body['no']}"
    other = await one.post("/tickets", {**body, "title": "另一件"}, key)
    assert (other.problem, other.body["field"]) == ("invalid", "Idempotency-Key")
    assert (await two.post("/tickets", body, key)).body["no"] != first.body["no"]
    assert (await one.post("/tickets", {"kind": "闲聊"}, {"Idempotency-Key": "c3"})).problem == "invalid"
    assert (await one.post("/tickets", {"region_code": "999999"}, {"Idempotency-Key": "d4"})).status == 422
    assert (await one.post("/tickets", {"region_code": "150402"}, {"Idempotency-Key": "d4"})).status == 201
    assert len((await one.get("/tickets")).body["items"]) == 3


async def test_the_same_request_at_the_same_time_makes_one_ticket(
    desk: Standing, browse: OpenBrowser
) -> None:
    one = await browse(desk, "seat1")
    key = {"Idempotency-Key": "at-once"}
    answers = await asyncio.gather(*(one.post("/tickets", {"title": "一件"}, key) for _ in range(6)))
    assert {answer.status for answer in answers} <= {201, 409}
    assert len((await one.get("/tickets")).body["items"]) == 1


async def test_a_confidential_ticket_is_seen_only_on_the_record(desk: Standing, browse: OpenBrowser) -> None:
    no = await desk.call("node1-1.1")
    one, auditor = await browse(desk, "seat1"), await browse(desk, "auditor")
    etag = (await one.get(f"/tickets/{no}")).headers["ETag"]
    await one.patch(f"/tickets/{no}", {"title": "举报某人", "confidential": True}, {"If-Match": etag})
    (row,) = (await auditor.get("/tickets")).body["items"]
    assert row["title"] == "保密工单"
    assert await audit.trail(desk.store, target=no) == []
    assert (await auditor.get(f"/tickets/{no}")).body["title"] == "举报某人"
    assert (await auditor.get("/calls/node1-1.1")).body["ticket"]["title"] == "举报某人"
    assert [row.actor for row in await audit.trail(desk.store, target=no)] == ["auditor", "auditor"]


async def test_a_citizens_tickets_are_found_by_any_spelling_of_the_number(
    desk: Standing, browse: OpenBrowser
) -> None:
    mine = [await desk.call(f"node1-1.{n}", caller="13904760001") for n in range(3)]
    await desk.call("node1-2.1", caller="13904760002")
    one = await browse(desk, "seat1")
    page = (await one.post("/tickets/search", {"caller": "+86 139-0476-0001", "limit": 2})).body
    rest = (await one.post("/tickets/search", {"caller": "13904760001", "cursor": page["next_cursor"]})).body
    assert [row["no"] for row in page["items"] + rest["items"]] == mine[::-1]
