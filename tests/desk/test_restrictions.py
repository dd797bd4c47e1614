"""Harassing callers: a seat proposes from the call, a supervisor decides, and it ends."""

from __future__ import annotations

from crm import Outcome, audit, restrictions
from tests.desk.conftest import OpenBrowser
from tests.desk.standing import Standing

CALL = "node1-17.1"
FORM = {"call_id": CALL, "kind": "throttle", "reason": "一小时内反复拨打辱骂", "days": 3}


async def test_from_a_call_to_a_restriction_that_works(desk: Standing, browse: OpenBrowser) -> None:
    await desk.call(CALL, seat="1001", outcome=Outcome.ANSWERED)
    one, supervisor = await browse(desk, "seat1"), await browse(desk, "supervisor")
    key = {"Idempotency-Key": "p1"}
    made = await one.post("/restrictions", FORM, key)
    assert (await one.post("/restrictions", FORM, key)).body == made.body
    assert (made.status, made.body["state"], made.body["caller_masked"]) == (201, "proposed", "139****0001")
    assert "caller_key" not in made.body
    assert await restrictions.active(desk.store) == {}
    path, etag = f"/restrictions/{made.body['id']}", {"If-Match": made.headers["ETag"]}
    assert (await supervisor.post(f"{path}/review", {"agree": True})).problem == "precondition"
    assert (await supervisor.post(f"{path}/review", {"agree": False}, etag)).body["field"] == "note"
    agreed = await supervisor.post(f"{path}/review", {"agree": True, "days": 2}, etag)
    assert (agreed.body["state"], agreed.body["days"]) == ("active", 2)
    assert len(await restrictions.active(desk.store)) == 1
    assert (await supervisor.post(f"{path}/review", {"agree": True}, etag)).problem == "changed"
    etag = {"If-Match": agreed.headers["ETag"]}
    assert (await supervisor.post(f"{path}/review", {"agree": True}, etag)).problem == "conflict"
    ended = await supervisor.post(f"{path}/end", {"reason": "误报"}, etag)
    assert (ended.body["state"], ended.body["ended_by"]) == ("ended", "supervisor")
    assert await restrictions.active(desk.store) == {}
    actions = [row.action for row in await audit.trail(desk.store, target=str(made.body["id"]))]
    assert actions == ["restriction.end", "restriction.review", "restriction.propose"]


async def test_nobody_reviews_what_is_ones_own(desk: Standing, browse: OpenBrowser) -> None:
    await desk.call(CALL, seat="1001", outcome=Outcome.ANSWERED)
    supervisor, admin = await browse(desk, "supervisor"), await browse(desk, "admin")
    made = await supervisor.post("/restrictions", FORM)
    etag = {"If-Match": made.headers["ETag"]}
    path = f"/restrictions/{made.body['id']}/review"
    refused = await supervisor.post(path, {"agree": True}, etag)
    assert refused.problem == "invalid" and "另一位" in refused.body["remedy"]
    refused = await admin.post(path, {"agree": False, "note": "证据不足"}, etag)
    assert refused.body["state"] == "refused"


async def test_faults_are_named(desk: Standing, browse: OpenBrowser) -> None:
    await desk.call(CALL, seat="1001", outcome=Outcome.ANSWERED)
    await desk.call("node1-17.2", caller="")
    one = await browse(desk, "seat1")
    assert (await one.post("/restrictions", FORM | {"call_id": "node1-9.9"})).problem == "not-found"
    hidden = await one.post("/restrictions", FORM | {"call_id": "node1-17.2"})
    assert (hidden.problem, hidden.body["field"]) == ("invalid", "call_id")
    for wrong, field in (({"days": 400}, "days"), ({"reason": ""}, "reason"), ({"kind": "ban"}, "kind")):
        assert (await one.post("/restrictions", FORM | wrong)).body["field"] == field


async def test_the_list_pages_by_state(desk: Standing, browse: OpenBrowser) -> None:
    one, quality = await browse(desk, "seat1"), await browse(desk, "quality")
    made = []
    for n in range(3):
        await desk.call(f"node1-17.{n}", caller=f"1390476000{n}", seat="1001", outcome=Outcome.ANSWERED)
        made.append((await one.post("/restrictions", FORM | {"call_id": f"node1-17.{n}"})).body["id"])
    page = (await quality.get("/restrictions?state=proposed&limit=2")).body
    rest = (await quality.get(f"/restrictions?state=proposed&cursor={page['next_cursor']}")).body
    assert [row["id"] for row in page["items"] + rest["items"]] == made[::-1]
    assert (await quality.get("/restrictions?state=active")).body["items"] == []
