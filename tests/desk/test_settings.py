"""Settings that a leader edits: groups, routing rules, not-ready reasons.  In force at once, audited."""

from __future__ import annotations

import asyncio
from typing import Any

from crm import audit, groups
from hotline_app.desk import acd_rules
from seats import Strategy
from tests.desk.browser import Answer, Browser
from tests.desk.conftest import OpenBrowser, OpenDesk, OwnRedis
from tests.desk.standing import Standing

GROUP: dict[str, Any] = {
    "name": "蒙古语专席",
    "strategy": "least_calls",
    "capacity": 12,
    "overflow_group": "general",
    "overflow_after_s": 20,
    "hours": [{"days": [1, 2, 3, 4, 5], "from": "08:30", "to": "17:30"}],
    "empty_rule": "overflow",
    "full_rule": "callback",
    "wrap_up_s": 45,
    "wrap_up_extension_s": 30,
    "service_s": 10,
    "announce_every_s": 25,
    "callback_after_s": None,
    "active": True,
}
RULE: dict[str, Any] = {
    "position": 50,
    "line": None,
    "origin": "carrier",
    "region": "150402",
    "language": "mn",
    "groups": [{"group": "general", "after_s": 0}],
    "priority": 3,
    "active": True,
}


async def _put(browser: Browser, path: str, body: Any, etag: str = "") -> Answer:
    return await browser.send("PUT", path, body, {"If-Match": etag} if etag else {})


async def test_a_group_is_made_once_and_the_acd_knows_it_at_once(desk: Standing, browse: OpenBrowser) -> None:
    leader, key = await browse(desk, "leader"), {"Idempotency-Key": "g1"}
    made = await leader.post("/groups-config", {"code": "mongolian", **GROUP}, key)
    again = await leader.post("/groups-config", {"code": "mongolian", **GROUP}, key)
    assert (made.status, again.body) == (201, made.body)
    assert {name: made.body[name] for name in GROUP} == GROUP
    assert made.headers["Location"] == "/api/v1/groups-config/mongolian"
    rules = (await desk.acd.group_rules())["mongolian"]
    assert (rules.strategy, rules.capacity) == (Strategy.LEAST_CALLS, 12)
    assert (rules.wrap_up_s, rules.wrap_up_extension_s, rules.service_s) == (45, 30, 10)
    taken = await leader.post("/groups-config", {"code": "mongolian", **GROUP})
    assert (taken.problem, taken.body["field"]) == ("invalid", "code")
    (row,) = await audit.trail(desk.store, target="mongolian")
    assert (row.actor, row.action) == ("leader", "group.put")


async def test_an_edit_changes_the_strategy_without_a_restart(desk: Standing, browse: OpenBrowser) -> None:
    leader, admin = await browse(desk, "leader"), await browse(desk, "admin")
    read = await leader.get("/groups-config/general")
    form = {name: value for name, value in read.body.items() if name not in ("code", "version")}
    changed = await _put(
        leader, "/groups-config/general", form | {"strategy": "highest_skill"}, read.headers["ETag"]
    )
    assert changed.body["version"] == read.body["version"] + 1
    assert (await desk.acd.group_rules())["general"].strategy is Strategy.HIGHEST_SKILL
    late = await _put(admin, "/groups-config/general", form, read.headers["ETag"])
    assert late.problem == "changed" and late.headers["ETag"] == changed.headers["ETag"]
    assert (await _put(admin, "/groups-config/general", form)).problem == "precondition"
    assert (await _put(admin, "/groups-config/nothing", form, '"1"')).problem == "not-found"
    off = await _put(leader, "/groups-config/general", form | {"active": False}, changed.headers["ETag"])
    assert (off.problem, off.body["field"]) == ("invalid", "active")


async def test_of_two_who_edit_at_once_one_is_told(desk: Standing, browse: OpenBrowser) -> None:
    leader, admin = await browse(desk, "leader"), await browse(desk, "admin")
    read = await leader.get("/groups-config/general")
    form = {name: value for name, value in read.body.items() if name not in ("code", "version")}
    answers = await asyncio.gather(
        _put(leader, "/groups-config/general", form | {"service_s": 10}, read.headers["ETag"]),
        _put(admin, "/groups-config/general", form | {"service_s": 20}, read.headers["ETag"]),
    )
    assert sorted(answer.status for answer in answers) == [200, 412]
    (won,) = (answer for answer in answers if answer.status == 200)
    assert (await desk.acd.group_rules())["general"].service_s == won.body["service_s"]


async def test_faults_in_a_group_are_named(desk: Standing, browse: OpenBrowser) -> None:
    leader = await browse(desk, "leader")
    for wrong, field in (
        ({"strategy": "random"}, "strategy"), ({"capacity": 0}, "capacity"), ({"name": ""}, "name"),
        ({"service_s": 0}, "service_s"), ({"overflow_group": "nowhere"}, "overflow_group"),
        ({"empty_rule": "hang_up"}, "empty_rule"), ({"code": "大写"}, "code"), ({"colour": 1}, "colour"),
        ({"hours": [{"days": [1], "from": "18:00", "to": "08:00"}]}, "hours"),
    ):  # fmt: skip
        refused = await leader.post("/groups-config", {"code": "new", **GROUP, **wrong})
        assert (refused.problem, refused.body["field"]) == ("invalid", field), wrong
    assert not [g for g in (await leader.get("/groups-config")).body["items"] if g["code"] == "new"]


async def test_an_edit_stands_while_redis_is_away_and_is_told_later(
    open_desk: OpenDesk, browse: OpenBrowser, own_redis: OwnRedis
) -> None:
    desk = await open_desk(redis=own_redis.url)
    leader = await browse(desk, "leader")
    read = await leader.get("/groups-config/general")
    form = {name: value for name, value in read.body.items() if name not in ("code", "version")}
    own_redis.kill()
    changed = await _put(leader, "/groups-config/general", form | {"capacity": 7}, read.headers["ETag"])
    assert (changed.status, changed.body["capacity"]) == (200, 7)
    own_redis.start()
    # What a bridge does every few seconds (agi/rulebook.py).
    await desk.acd.configure([acd_rules.rules(await groups.get(desk.store, "general"))])
    assert (await desk.acd.group_rules())["general"].capacity == 7


async def test_routing_rules_are_made_tried_changed_and_taken_away(
    desk: Standing, browse: OpenBrowser
) -> None:
    leader, quality = await browse(desk, "leader"), await browse(desk, "quality")
    key = {"Idempotency-Key": "r1"}
    made = await leader.post("/routing-rules", RULE, key)
    assert (await leader.post("/routing-rules", RULE, key)).body == made.body
    assert {name: made.body[name] for name in RULE} == RULE
    path, etag = f"/routing-rules/{made.body['id']}", made.headers["ETag"]
    fits = await quality.get("/routing-rules/try?region=150402&language=mn")
    assert fits.body["rule"]["id"] == made.body["id"]
    other = await quality.get("/routing-rules/try?region=150403&language=mn")
    assert other.body["rule"]["id"] != made.body["id"]
    changed = await _put(leader, path, RULE | {"active": False}, etag)
    assert changed.status == 200
    fits = await quality.get("/routing-rules/try?region=150402&language=mn")
    assert fits.body["rule"]["id"] != made.body["id"]
    assert (await _put(leader, path, RULE, etag)).problem == "changed"
    assert (await leader.send("DELETE", path, headers={"If-Match": etag})).problem == "changed"
    assert (await leader.send("DELETE", path)).problem == "precondition"
    gone = await leader.send("DELETE", path, headers={"If-Match": changed.headers["ETag"]})
    assert gone.status == 200
    assert (await _put(leader, path, RULE, etag)).problem == "not-found"
    actions = [row.action for row in await audit.trail(desk.store, target=str(made.body["id"]))]
    assert actions == ["rule.remove", "rule.put", "rule.put"]


async def test_faults_in_a_rule_are_named(desk: Standing, browse: OpenBrowser) -> None:
    leader = await browse(desk, "leader")
    for wrong, field in (
        ({"groups": []}, "groups"), ({"groups": [{"group": "nowhere", "after_s": 0}]}, "groups"),
        ({"groups": [{"group": "general", "after_s": 9}]}, "groups"), ({"priority": 10}, "priority"),
        ({"origin": "mars"}, "origin"), ({"region": "1504"}, "region"), ({"position": -1}, "position"),
    ):  # fmt: skip
        refused = await leader.post("/routing-rules", RULE | wrong)
        assert (refused.problem, refused.body["field"]) == ("invalid", field), wrong


async def test_reasons_are_made_and_changed_but_the_systems_stay(desk: Standing, browse: OpenBrowser) -> None:
    leader = await browse(desk, "leader")
    form = {"name": "巡检", "productive": True, "selectable": True, "position": 35, "active": True}
    made = await leader.post("/not-ready-reasons", {"code": "patrol", **form})
    assert (made.status, made.body["system"]) == (201, False)
    codes = [row["code"] for row in (await leader.get("/not-ready-reasons")).body["items"]]
    assert codes[:2] == ["break", "meal"] and "patrol" in codes
    changed = await _put(
        leader, "/not-ready-reasons/patrol", form | {"name": "设备巡检"}, made.headers["ETag"]
    )
    assert changed.body["name"] == "设备巡检"
    assert (await _put(leader, "/not-ready-reasons/patrol", form, made.headers["ETag"])).problem == "changed"
    system = {"name": "无人应答", "productive": False, "selectable": False, "position": 8, "active": False}
    refused = await _put(leader, "/not-ready-reasons/no_answer", system, '"1"')
    assert refused.problem == "invalid"
    renamed = await _put(leader, "/not-ready-reasons/no_answer", system | {"active": True}, '"1"')
    assert (renamed.body["name"], renamed.body["system"]) == ("无人应答", True)
