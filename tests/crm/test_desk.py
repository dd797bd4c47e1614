"""What the desk asks and changes: pages, a call's detail, the ticket's form, people, audit, figures."""

import asyncio
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text, update

from crm import (
    CallNotFound,
    CursorInvalid,
    FieldInvalid,
    IllegalTransition,
    LoginRefused,
    Mark,
    Outcome,
    People,
    Role,
    Store,
    TicketNotFound,
    UserExists,
    UserNotFound,
    VersionConflict,
    audit,
    calls,
    now_ms,
    tickets,
)
from crm.models import Session
from tests.crm.conftest import OpenLedger, arrival

FORM: dict[str, Any] = {
    "field": "公共服务", "kind": "咨询", "title": "供暖何时开始", "content": "第一段\n第二段'\"${x}",
    "region_code": "150402",
}  # fmt: skip


async def test_pages_by_cursor_hold_each_call_once_while_new_ones_arrive(
    store: Store, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(store)
    # Three calls share each millisecond: the cursor must not lose those.
    await asyncio.gather(*(ledger.open(arrival(f"c{i:02}", at=1000 + i // 3)) for i in range(25)))
    seen: list[str] = []
    cursor = None
    while True:
        page = await calls.page(store, cursor=cursor, limit=4, until=10_000)
        seen += [row.id for row in page.items]
        await ledger.open(arrival(at=20_000))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"c{i:02}" for i in range(24, -1, -1)]


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WzEsMl0", "\0", "😀"])
async def test_a_foreign_cursor_is_named(store: Store, cursor: str) -> None:
    with pytest.raises(CursorInvalid, match="翻页标记无效"):
        await calls.page(store, cursor=cursor)
    with pytest.raises(CursorInvalid):
        await tickets.page(store, cursor=cursor)


async def test_live_and_ended_calls_and_filters(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    await ledger.open(arrival("live", at=1_000))
    await ledger.open(arrival("ended", at=2_000, line="12366"))
    await ledger.close("ended", Outcome.NOTICE, 3_000, 16, seat="1001")
    await ledger.flush()

    async def found(**options: Any) -> list[str]:
        return [row.id for row in (await calls.page(store, **options)).items]

    assert await found(state="live") == ["live"]
    assert await found(state="ended") == ["ended"]
    assert await found(line="12366") == ["ended"]
    assert await found(seat="1001") == ["ended"]
    assert await found(since=2_000) == ["ended"]
    assert await found() == ["ended", "live"]


async def test_a_callers_history_is_found_by_number_not_by_line(
    store: Store, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(store)
    first = await ledger.open(arrival("a", caller="13904760001"))
    await ledger.open(arrival("b", caller="13904760002"))
    again = await ledger.open(arrival("c", caller="+86 139 0476 0001"))
    hidden = await ledger.open(arrival("d", caller="anonymous"))
    await ledger.open(arrival("e", caller=None))
    detail = await calls.detail(store, "c")
    assert [row.no for row in detail.history] == [first.ticket_no]
    assert detail.ticket is not None and detail.ticket.no == again.ticket_no
    assert (await calls.detail(store, "d")).history == [], "withheld callers are not one person"
    assert await calls.caller_number(store, "d") == ""
    page = await tickets.page(store, caller="0086-13904760001")
    assert {row.no for row in page.items} == {first.ticket_no, again.ticket_no}
    assert hidden.caller_masked == "未知号码"


async def test_an_unknown_call_or_ticket_is_named(store: Store) -> None:
    with pytest.raises(CallNotFound):
        await calls.detail(store, "none")
    with pytest.raises(CallNotFound):
        await calls.caller_number(store, "none")
    with pytest.raises(TicketNotFound):
        await tickets.get(store, "none")


async def test_the_form_is_edited_under_its_version_and_registered(
    store: Store, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(store)
    no = (await ledger.open(arrival())).ticket_no or ""
    edited = await tickets.edit(store, no, FORM | {"caller_name": "张三"}, version=1, actor="1001")
    assert (edited.version, edited.caller_name, edited.content) == (2, "张三", FORM["content"])
    with pytest.raises(VersionConflict) as conflict:
        await tickets.edit(store, no, {"title": "别的"}, version=1, actor="1002")
    assert conflict.value.current == 2
    registered = await tickets.register(store, no, actor="1001", version=2)
    assert (registered.state, registered.version) == ("registered", 3)
    assert registered.registered_at is not None
    with pytest.raises(IllegalTransition, match="已登记"):
        await tickets.register(store, no, actor="1001")
    told = await tickets.events(store, no)
    assert [(event.kind, event.actor) for event in told] == [
        ("created", "system"), ("edited", "1001"), ("registered", "1001"),
    ]  # fmt: skip
    assert "张三" not in str(told)


async def test_of_two_edits_at_once_one_is_told_to_reload(store: Store, open_ledger: OpenLedger) -> None:
    no = (await (await open_ledger(store)).open(arrival())).ticket_no or ""
    results = await asyncio.gather(
        *(tickets.edit(store, no, {"title": f"第{i}个"}, version=1, actor="x") for i in range(6)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, VersionConflict) for result in results) == 5
    assert sum(isinstance(result, tickets.Ticket) for result in results) == 1


@pytest.mark.parametrize(
    ("missing", "label"),
    [
        ("field", "诉求领域"),
        ("kind", "诉求类型"),
        ("title", "标题"),
        ("content", "诉求内容"),
        ("region_code", "所属旗县区"),
    ],
)
async def test_registering_names_the_missing_field(store: Store, missing: str, label: str) -> None:
    form = {name: value for name, value in FORM.items() if name != missing}
    ticket = await tickets.create(store, form, actor="1001", source="web")
    with pytest.raises(FieldInvalid, match=label) as refused:
        await tickets.register(store, ticket.no, actor="1001")
    assert refused.value.field == missing
    assert (await tickets.get(store, ticket.no)).state == "draft"


@pytest.mark.parametrize(
    ("form", "field", "says"),
    [
        ({"kind": "抱怨"}, "kind", "诉求类型"),
        ({"field": 3}, "field", "诉求领域"),
        ({"region_code": "110101"}, "region_code", "所属旗县区"),
        ({"urgent": "yes"}, "urgent", "紧急"),
        ({"title": "长" * 201}, "title", "最多 200 字"),
        ({"state": "closed"}, "state", "没有可填写的字段"),
    ],
)
async def test_a_wrong_value_is_named(store: Store, form: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(FieldInvalid, match=says) as refused:
        await tickets.create(store, form, actor="1001")
    assert refused.value.field == field


async def test_tickets_made_by_people_and_by_calls_share_one_sequence(
    store: Store, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(store)
    form = {"title": "\0坏\ud800字"}
    opened, created = await asyncio.gather(
        asyncio.gather(*(ledger.open(arrival()) for _ in range(10))),
        asyncio.gather(*(tickets.create(store, form, actor="web", source="web") for _ in range(10))),
    )
    numbers = {one.ticket_no for one in opened} | {one.no for one in created}
    assert len(numbers) == 20
    page = await tickets.page(store, limit=15)
    rest = await tickets.page(store, limit=15, cursor=page.next_cursor)
    assert {row.no for row in page.items + rest.items} == numbers and rest.next_cursor is None


def people(store: Store, **options: Any) -> People:
    # The cheapest argon2: these tests are about who gets in, not about how long a guess takes.
    return People(store, hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1), **options)


async def test_login_session_and_logout(store: Store) -> None:
    desk = people(store)
    await desk.add("li.si", "correct horse", Role.SEAT, seat="1001")
    with pytest.raises(UserExists):
        await desk.add("li.si", "correct horse", Role.SEAT)
    for name, password in (("li.si", "wrong horse"), ("nobody", "correct horse"), ("\0", "\ud800")):
        with pytest.raises(LoginRefused):
            await desk.login(name, password)
    login = await desk.login("li.si", "correct horse")
    person = await desk.session(login.token)
    assert person is not None and (person.role, person.seat, person.csrf) == (
        Role.SEAT, "1001", login.person.csrf,
    )  # fmt: skip
    async with store.read() as connection:
        stored = str((await connection.execute(text("SELECT * FROM sessions"))).all())
        hashed = str(await connection.scalar(text("SELECT password_hash FROM users")))
    assert login.token not in stored and hashed.startswith("$argon2id$")
    await desk.logout(login.token)
    assert await desk.session(login.token) is None
    assert [row.action for row in await audit.trail(store, target="li.si")] == [
        "login", "login.refused", "user.add",
    ]  # fmt: skip


async def test_a_session_ends_in_time_with_a_new_password_and_with_the_user(store: Store) -> None:
    desk = people(store)
    await desk.add("li.si", "correct horse", "seat")
    token = (await desk.login("li.si", "correct horse")).token
    async with store.write() as connection:
        await connection.execute(update(Session).values(expires_at=now_ms() - 1))
    assert await desk.session(token) is None
    token = (await desk.login("li.si", "correct horse")).token
    await desk.set_password("li.si", "battery staple", actor="admin")
    assert await desk.session(token) is None
    token = (await desk.login("li.si", "battery staple")).token
    await desk.disable("li.si", actor="admin")
    assert await desk.session(token) is None
    assert await desk.all() == []
    with pytest.raises(LoginRefused):
        await desk.login("li.si", "battery staple")
    with pytest.raises(UserNotFound):
        await desk.disable("nobody", actor="admin")


@pytest.mark.parametrize(
    ("name", "password", "role", "field"),
    [
        ("", "long enough", "seat", "name"),
        ("a", "short", "seat", "password"),
        ("a", "long enough", "king", "role"),
    ],
)
async def test_a_bad_user_is_named(store: Store, name: str, password: str, role: str, field: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        await people(store).add(name, password, role)
    assert refused.value.field == field


async def test_tokens_for_scripts(store: Store) -> None:
    desk = people(store)
    token = await desk.issue_token("report", Role.AUDITOR)
    old = await desk.issue_token("old", Role.ADMIN, expires_at=now_ms() - 1)
    person = await desk.bearer(token)
    assert person is not None and person.role is Role.AUDITOR and person.token
    assert await desk.bearer(old) is None
    assert await desk.bearer("hl_x\ud800") is None
    assert await desk.revoke_token("report", actor="admin") == 1
    assert await desk.bearer(token) is None


async def test_figures_are_recomputed_from_the_ledger(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    empty = await calls.figures(store, 0, 10)
    assert empty.answer_rate is None and empty.in_15s_rate is None, (
        "nothing to count is no value, never 100 %"
    )
    for call_id, waited in (("a", 5_000), ("b", 15_000), ("c", 15_001)):
        await ledger.open(arrival(call_id, at=1_000))
        await ledger.mark(Mark(call_id, "offered", 10_000))
        await ledger.mark(Mark(call_id, "answered", 10_000 + waited, seat="1001"))
        await ledger.close(call_id, Outcome.ANSWERED, 99_000, 16)
    await ledger.open(arrival("d", at=1_000))
    await ledger.mark(Mark("d", "offered", 10_000))
    await ledger.close("d", Outcome.ABANDONED_QUEUE, 99_000, 16)
    await ledger.open(arrival("e", at=1_000))
    await ledger.open(arrival("f", at=2_000))
    await ledger.flush()
    found = await calls.figures(store, 1_000, 2_000)
    assert (found.arrived, found.live, found.offered, found.answered) == (5, 1, 4, 3)
    assert found.by_outcome == {"answered": 3, "abandoned_queue": 1}
    assert (found.answer_rate, found.in_15s_rate, found.tickets) == (0.75, 2 / 3, 5)
    with pytest.raises(FieldInvalid):
        await calls.figures(store, 2, 2)
