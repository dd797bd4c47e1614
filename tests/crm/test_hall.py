"""The hall's data: groups, routing, reasons, restrictions, surges, the seats' log, callers' profiles."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from crm import (
    CallNotFound,
    FieldInvalid,
    IllegalTransition,
    Ledger,
    Mark,
    Outcome,
    RowNotFound,
    Store,
    Vault,
    VersionConflict,
    audit,
    groups,
    now_ms,
    profile,
    reasons,
    restrictions,
    routing,
    seat_log,
    seed,
    surges,
)
from crm.models import Restriction
from crm.seat_log import SeatChange
from tests.crm.conftest import OpenLedger, arrival

DAY = 86_400_000


# ---- groups, routing, reasons


async def test_the_first_groups_are_there_and_lines_of_their_own_wait_for_their_date(store: Store) -> None:
    known = {group.code: group for group in await groups.groups(store)}
    assert len(known) == 11 and known["general"].name == "通用组"
    assert (known["line-12333"].overflow_group, known["line-12333"].overflow_after_s) == ("general", 20)
    rules = await routing.rules(store)
    by_line = [rule for rule in rules if rule.line]
    assert len(by_line) == 10 and not any(rule.active for rule in by_line)

    def way(line: str, origin: str) -> Any:
        rule = routing.choose(rules, line=line, origin=origin, region=None, language="zh")
        assert rule is not None
        return rule.priority, [(step.group, step.after_s) for step in rule.groups]

    assert way("12333", "carrier") == (5, [("general", 0)])
    assert way("12345", "emergency") == (0, [("general", 0)])
    assert way("12366", "subcenter") == (2, [("general", 0)])
    own = next(rule for rule in by_line if rule.line == "12333")
    await routing.put(store, own.id, {"active": True}, version=own.version, actor="admin")
    rules = await routing.rules(store, active_only=True)
    assert way("12333", "carrier") == (5, [("line-12333", 0), ("general", 20)])


async def test_a_group_is_edited_under_its_version_and_audited(store: Store) -> None:
    made = await groups.put(store, "night", {"name": "夜间组"}, version=None, actor="admin")
    assert (made.version, made.capacity, made.hours) == (1, None, "always")
    spans = '[{"days":[1,2,3,4,5],"from":"18:00","to":"24:00"}]'
    edited = await groups.put(
        store,
        "night",
        {"hours": spans, "capacity": 30, "overflow_group": "general"},
        version=1,
        actor="admin",
    )
    assert edited.version == 2 and groups.spans(edited.hours) == (
        groups.Span((1, 2, 3, 4, 5), "18:00", "24:00"),
    )
    with pytest.raises(VersionConflict) as conflict:
        await groups.put(store, "night", {"capacity": 1}, version=1, actor="admin")
    assert conflict.value.current == 2
    trail = await audit.trail(store, target="night")
    assert [row.data["version"] for row in trail] == [2, 1] and trail[0].actor == "admin"
    with pytest.raises(RowNotFound):
        await groups.put(store, "none", {"capacity": 1}, version=1, actor="admin")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"strategy": "random"}, "strategy"),
        ({"capacity": -1}, "capacity"),
        ({"capacity": True}, "capacity"),
        ({"overflow_group": "general"}, "overflow_group"),
        ({"overflow_group": "nowhere"}, "overflow_group"),
        ({"hours": "sometimes"}, "hours"),
        ({"hours": '[{"days":[8],"from":"08:00","to":"09:00"}]'}, "hours"),
        ({"hours": "[]"}, "hours"),
        ({"hours": 5}, "hours"),
        ({"name": ""}, "name"),
        ({"active": False}, "active"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_field_of_a_group_is_named(
    sqlite_store: Store, form: dict[str, Any], field: str
) -> None:
    with pytest.raises(FieldInvalid) as wrong:
        await groups.put(sqlite_store, "general", form, version=1, actor="admin")
    assert wrong.value.field == field and wrong.value.detail


async def test_rules_are_made_tried_in_order_and_removed(store: Store) -> None:
    rule = await routing.put(
        store, None,
        {"position": 1, "region": "150429", "language": "mn", "groups": [{"group": "general"}]},
        version=None, actor="admin",
    )  # fmt: skip
    chosen = routing.choose(
        await routing.rules(store), line="12345", origin="carrier", region="150429", language="mn"
    )
    assert chosen == rule
    with pytest.raises(VersionConflict):
        await routing.remove(store, rule.id, version=9, actor="admin")
    await routing.remove(store, rule.id, version=rule.version, actor="admin")
    with pytest.raises(RowNotFound):
        await routing.put(store, rule.id, {"priority": 2}, version=1, actor="admin")
    for wrong in ([], [{"group": "nowhere"}], [{"group": "general", "after_s": 5}], "general"):
        with pytest.raises(FieldInvalid, match="技能组"):
            await routing.put(store, None, {"position": 1, "groups": wrong}, version=None, actor="admin")


async def test_reasons_are_configured_but_the_systems_own_stay(store: Store) -> None:
    assert len(await reasons.reasons(store)) == len(seed.reasons())
    made = await reasons.put(store, "coaching", {"name": "辅导", "productive": True}, version=None, actor="a")
    assert made.selectable and made.productive
    off = await reasons.put(store, "coaching", {"active": False}, version=1, actor="a")
    assert off.code not in {reason.code for reason in await reasons.reasons(store, active_only=True)}
    for form in ({"selectable": True}, {"active": False}):
        with pytest.raises(FieldInvalid, match="系统自动设置"):
            await reasons.put(store, "no_answer", form, version=1, actor="a")


# ---- restrictions


async def proposed(store: Store, ledger: Ledger, call_id: str = "a") -> restrictions.Restriction:
    await ledger.open(arrival(call_id))
    return await restrictions.propose(
        store, call_id, kind="throttle", reason="反复骚扰", days=7, actor="1001"
    )


async def test_a_number_is_restricted_only_after_review_and_for_a_time(
    store: Store, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(store)
    asked = await proposed(store, ledger)
    assert asked.state == "proposed" and await restrictions.active(store) == {}
    with pytest.raises(FieldInvalid, match="自己"):
        await restrictions.review(store, asked.id, agree=True, actor="1001", version=asked.version)
    agreed = await restrictions.review(
        store, asked.id, agree=True, actor="主管", version=asked.version, days=2
    )
    assert agreed.until is not None and agreed.until - now_ms() <= 2 * DAY
    assert {key: one.kind for key, one in (await restrictions.active(store)).items()} == {
        asked.caller_key: "throttle"
    }
    assert await restrictions.active(store, at=agreed.until) == {}
    with pytest.raises(IllegalTransition):
        await restrictions.review(
            store, asked.id, agree=False, actor="主管", version=agreed.version, note="x"
        )
    ended = await restrictions.end(store, asked.id, reason="已道歉", actor="主管", version=agreed.version)
    assert (ended.state, await restrictions.active(store)) == ("ended", {})
    actions = [row.action for row in await audit.trail(store, target=str(asked.id))]
    assert actions == ["restriction.end", "restriction.review", "restriction.propose"]


async def test_the_strictest_restriction_counts_and_an_old_one_is_expired(
    store: Store, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(store)
    first = await proposed(store, ledger)
    second = await restrictions.propose(store, "a", kind="block", reason="辱骂", days=1, actor="1002")
    for one in (second, first):
        await restrictions.review(store, one.id, agree=True, actor="主管", version=1)
    assert [one.kind for one in (await restrictions.active(store)).values()] == ["block"]
    async with store.write() as connection:
        await connection.execute(update(Restriction).where(Restriction.id == second.id).values(until=1))
    assert (await restrictions.get(store, second.id)).state == "expired"
    assert [one.id for one in (await restrictions.page(store, state="expired")).items] == [second.id]
    assert [one.id for one in (await restrictions.page(store, state="active")).items] == [first.id]
    with pytest.raises(IllegalTransition):
        await restrictions.end(store, second.id, reason="x", actor="主管", version=2)


async def test_no_restriction_for_ever_or_of_nobody(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    await ledger.open(arrival("a"))
    await ledger.open(arrival("b", caller=None))
    for days in (0, 31):
        with pytest.raises(FieldInvalid, match="30 天"):
            await restrictions.propose(store, "a", kind="block", reason="x", days=days, actor="1001")
    with pytest.raises(FieldInvalid, match="未显示号码"):
        await restrictions.propose(store, "b", kind="block", reason="x", days=1, actor="1001")
    with pytest.raises(CallNotFound):
        await restrictions.propose(store, "none", kind="block", reason="x", days=1, actor="1001")
    refusable = await restrictions.propose(store, "a", kind="block", reason="x", days=30, actor="1001")
    with pytest.raises(FieldInvalid, match="理由"):
        await restrictions.review(store, refusable.id, agree=False, actor="主管", version=1)


# ---- surges


def notice(**more: Any) -> dict[str, Any]:
    return {"topic": "停水", "text": "红山区停水，正在抢修", "active_until": now_ms() + 3_600_000} | more


async def test_a_surge_is_joined_once_a_call_and_counted_once_a_caller(
    store: Store, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(store)
    surge = await surges.start(store, notice(regions=["150402"]), actor="leader")
    (played,) = await surges.active(store)
    assert played.plays_for("12345", "150402") and not played.plays_for("12345", None)
    joins = [("a", "13904760001"), ("b", "13904760001"), ("c", None), ("d", "13904760002")]
    for i, (call_id, caller) in enumerate(joins):
        joined = Mark(call_id, "surge_joined", now_ms(), data={"surge": surge.id})
        if i == 3:  # told before the call itself is known
            await ledger.mark(joined)
            await ledger.flush()
        await ledger.open(arrival(call_id, caller=caller))
        await ledger.mark(joined)
        await ledger.mark(joined)
        await ledger.close(call_id, Outcome.SURGE, now_ms(), 16)
    await ledger.flush()
    seen = await surges.get(store, surge.id)
    assert (seen.joined, seen.callers) == (4, 3)
    assert {call_id for call_id, _ in await surges.joined(store, surge.id)} == {"a", "b", "c", "d"}
    longer = await surges.edit(
        store, surge.id, {"active_until": now_ms() + 7_200_000}, version=1, actor="leader"
    )
    ended = await surges.end(store, surge.id, version=longer.version, actor="leader")
    assert ended.ended_by == "leader" and await surges.active(store, at=now_ms() + 1) == []
    assert [one.joined for one in (await surges.page(store)).items] == [4]
    with pytest.raises(IllegalTransition):
        await surges.edit(store, surge.id, {"topic": "x"}, version=ended.version, actor="leader")
    for wrong in (
        notice(regions=["999999"]),
        notice(active_until=1),
        notice(active_until=now_ms() + 9 * DAY),
    ):
        with pytest.raises(FieldInvalid):
            await surges.start(store, wrong, actor="leader")


async def test_what_is_unusual_is_suggested(store: Store) -> None:
    now = 1_764_000_000_000 + 400 * DAY

    async def tickets(count: int, at: int, region: str | None, line: str) -> None:
        async with store.write() as connection:
            for i in range(count):
                await connection.execute(
                    text(
                        "INSERT INTO tickets (no, state, source, caller_masked, place, region_code, address,"
                        " field, kind, title, content, urgent, confidential, line, line_name, department,"
                        " created_at, created_by, version)"
                        " VALUES (:no, 'draft', 'phone', '', '', :region, '', '公共服务', '求助', '', '',"
                        " false, false, :line, '', '', :at, 's', 1)"
                    ),
                    {"no": f"{at}-{line}-{i}", "region": region, "line": line, "at": at},
                )

    await tickets(12, now - 60_000, "150402", "12345")
    await tickets(20, now - 90_000, None, "12319")
    for day in range(1, 8):
        await tickets(18, now - day * DAY - 60_000, None, "12319")  # many, as on every day
        await tickets(30, now - day * DAY - 3_600_000, "150402", "12345")  # at another hour
    found = await surges.suggest(store, at=now, at_least=10, factor=2.0)
    assert {(one.region_code, one.kind, one.field, one.line) for one in found} == {
        (None, None, None, "12345"), ("150402", None, "公共服务", None), ("150402", "求助", None, None),
    }  # fmt: skip
    assert {one.count for one in found} == {12} and {one.usual for one in found} == {0}
    assert await surges.suggest(store, at=now, at_least=13, factor=2.0) == []
    usual = await surges.suggest(store, at=now, at_least=20, factor=1.0)
    assert [(one.line, one.count, one.usual) for one in usual] == [("12319", 20, 18.0)]


# ---- the seats' log


def change(event_id: str, at: int, state: str = "ready", seat: str = "1001") -> SeatChange:
    return SeatChange(event_id, at, seat, "u", state, "", None)


async def test_the_seats_log_keeps_each_event_once_in_order(store: Store) -> None:
    assert await seat_log.last(store) is None
    first = [change("5-2", 5), change("5-10", 5, "talking"), change("5-9", 5, "ringing")]
    assert await seat_log.append(store, first) == 3
    assert await seat_log.append(store, [*first, change("7-0", 7, seat="1002")]) == 1
    assert await seat_log.append(store, []) == 0
    assert await seat_log.last(store) == "7-0"
    page = await seat_log.page(store, seat="1001", limit=2)
    assert [row.event_id for row in page.items] == ["5-10", "5-9"]
    rest = await seat_log.page(store, seat="1001", limit=2, cursor=page.next_cursor)
    assert rest.items == [change("5-2", 5)]
    for wrong in ("5", "x-1", "5-100000", "-1-1"):
        with pytest.raises(FieldInvalid, match="事件编号"):
            await seat_log.append(store, [change(wrong, 1)])


@pytest.mark.parametrize("change_", ["UPDATE seat_log SET at = 0", "DELETE FROM seat_log"])
async def test_the_seats_log_cannot_be_changed(store: Store, change_: str) -> None:
    await seat_log.append(store, [change("1-1", 1)])
    with pytest.raises(DBAPIError, match="append-only"):
        async with store.write() as connection:
            await connection.execute(text(change_))


# ---- what is known of a caller


async def test_one_read_tells_what_routing_needs(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    now = now_ms()
    key = store.vault.lookup("+8613904760001")
    assert await profile.read(store, key, timeout_s=10) == profile.Profile()
    assert await profile.read(store, None) == profile.Profile()
    for i, at in enumerate((now - 2 * DAY, now - 3_000, now - 2_000)):
        await ledger.open(arrival(f"m{i}", at=at - 10))
        await ledger.close(f"m{i}", Outcome.ABANDONED_QUEUE, at, 16)
    await ledger.open(arrival("t", at=now - DAY))
    for mark in (
        Mark("t", "language", now - DAY, data={"language": "mn"}),
        Mark("t", "answered", now - DAY + 5, seat="1003", key="2"),
        Mark("t", "answered", now - DAY + 1, seat="1002", key="1"),
    ):
        await ledger.mark(mark)
    await ledger.flush()
    asked = await restrictions.propose(store, "t", kind="throttle", reason="x", days=1, actor="1001")
    await restrictions.review(store, asked.id, agree=True, actor="主管", version=1)
    await profile.remember(store, key, flags={"elder"}, actor="1001")
    seen = await profile.read(store, key, timeout_s=10)
    assert (seen.known, seen.flags, seen.language, seen.last_seat) == (True, ("elder",), "mn", "1003")
    assert (seen.restriction, seen.missed_24h) == ("throttle", 2)
    await profile.remember(store, key, language="zh", actor="1001")
    await ledger.mark(Mark("t", "language", now - 5, key="late", data={"language": "mn"}))
    await ledger.flush()
    assert (await profile.read(store, key, timeout_s=10)).language == "zh", "what was told last sticks"
    assert await profile.key_of(store, "t") == key
    with pytest.raises(FieldInvalid, match="标记"):
        await profile.remember(store, key, flags={"rich"}, actor="1001")
    with pytest.raises(RowNotFound):
        await profile.remember(store, "nobody", flags=set(), actor="1001")


async def test_a_database_that_does_not_answer_in_time_is_an_empty_profile(
    store: Store, vault: Vault, tmp_path: Any
) -> None:
    gone = await profile.read(store, "k", timeout_s=0)
    assert gone == profile.Profile(timely=False)
    away = await Store.open(
        f"postgresql://hotline@/none?host={tmp_path}", vault=vault, state_dir=tmp_path, tolerate_away=True
    )
    assert await profile.read(away, "k", timeout_s=10) == profile.Profile(timely=False)
    await away.close()
    assert (await profile.read(store, "k", timeout_s=10)).timely, "the next read is not the worse for it"
    await asyncio.gather(*(profile.read(store, "k", timeout_s=0) for _ in range(50)))
    assert (await profile.read(store, "k", timeout_s=10)).timely
