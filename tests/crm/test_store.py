"""The schema on both databases, and what is in it from the start."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from crm import (
    Store,
    StoreUnavailable,
    Vault,
    audit,
    calls,
    catalogue,
    groups,
    measures,
    migrate,
    profile,
    seed,
)
from crm.directory import Directory
from crm.models import Base, Line


async def test_migrations_and_models_say_the_same(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    async with store.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_database_of_the_first_release_keeps_what_it_holds(
    url: str, vault: Vault, tmp_path: Path
) -> None:
    scheme, rest = url.split("://", 1)
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql+asyncpg": "postgresql+asyncpg"}[scheme]
    engine = create_async_engine(f"{driver}://{rest}")
    async with engine.begin() as connection:
        await connection.run_sync(migrate.upgrade, "0001")
        await connection.execute(
            text(
                "INSERT INTO calls (call_id, node, origin, line, line_name, department, caller_key,"
                " caller_masked, place, source, arrived_at, answered_at, seat, ended_at, outcome)"
                " VALUES ('old', 'n', 'carrier', '12345', '', '', 'k', 'm', '', 'journey', 1, 2, '1001', 3,"
                " 'answered')"
            )
        )
        await connection.execute(
            text("INSERT INTO callers VALUES ('k', :number, 'm', '', 'mobile', 1, 1)"),
            {"number": vault.seal("+8613904760001", "number")},
        )
    await engine.dispose()
    store = await Store.open(url, vault=vault, state_dir=tmp_path)
    assert (await calls.detail(store, "old")).row.skill_group is None
    assert (await profile.read(store, "k", timeout_s=10)).known
    (figures,) = await measures.calls(store, 0, 10)
    assert (figures.answered, figures.talk_ms, figures.hold_ms) == (1, 1, 0)
    assert len(await groups.groups(store)) == 11, "what is new is seeded"
    await store.close()


async def test_an_empty_database_may_be_opened_by_several(url: str, vault: Vault, tmp_path: Path) -> None:
    stores = await asyncio.gather(*(Store.open(url, vault=vault, state_dir=tmp_path) for _ in range(4)))
    assert len(await catalogue.annex(stores[0])) == 36
    await asyncio.gather(*(store.close() for store in stores))


async def test_all_36_rows_are_kept_and_8820813_is_one_line(store: Store) -> None:
    rows = await catalogue.annex(store)
    assert len(rows) == 36
    assert [row.seq for row in rows if row.number == "8820813"] == [6, None]
    assert {mode: sum(row.mode == mode for row in rows) for mode in ("整体并入", "双号并行", "设分中心")} == {
        "整体并入": 24,
        "双号并行": 10,
        "设分中心": 2,
    }
    async with store.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(Line)) == 36  # 35 numbers and 12345
    directory = Directory()
    await directory.refresh(store)
    line = directory.find("8820813")
    assert line.shared and "户政" in line.name and "治安" in line.name


@pytest.mark.parametrize("dialled", ["8820813", "04768820813", "+864768820813", "0476-8820813"])
def test_a_line_is_known_in_every_spelling(dialled: str) -> None:
    assert Directory().find(dialled).number == "8820813"


def test_an_unknown_line_is_answered_all_the_same() -> None:
    assert Directory().find("5550000").name == ""
    assert Directory().find("${X}\n").number == "${X}"


async def test_a_second_opening_leaves_edits_alone(store: Store, url: str, tmp_path: Path) -> None:
    assert len(await catalogue.regions(store)) == 12
    units = {unit.name: unit for unit in await catalogue.units(store)}
    assert units["宁城县热线工作站"].region_code == "150429"
    assert units["税务局"].kind == "subcenter"
    async with store.write() as connection:
        await connection.execute(text("UPDATE lines SET mode = '整体并入' WHERE number = '12366'"))
    again = await Store.open(url, vault=store.vault, state_dir=tmp_path)
    assert {line.number: line.mode for line in await catalogue.lines(again)}["12366"] == "整体并入"
    await again.close()


async def test_seats_get_sealed_phone_passwords_once(store: Store) -> None:
    first = await catalogue.ensure_seats(store, ["1001", "1002"])
    again = await catalogue.ensure_seats(store, ["1002", "1003"])
    assert [seat.ext for seat in again] == ["1001", "1002", "1003"]
    assert again[:2] == first
    assert len({seat.secret for seat in again}) == 3
    assert again[0].secret not in repr(again[0])
    async with store.read() as connection:
        stored = (await connection.scalars(text("SELECT secret FROM seats"))).all()
    assert not any(again[0].secret.encode() in sealed for sealed in stored)


@pytest.mark.parametrize("table", ["marks", "ticket_events", "audit"])
@pytest.mark.parametrize("change", ["UPDATE {} SET at = 0", "DELETE FROM {}"])
async def test_events_cannot_be_changed_or_removed(store: Store, table: str, change: str) -> None:
    await audit.note(store, "tester", "looked", "x")
    async with store.write() as connection:
        await connection.execute(text("INSERT INTO marks VALUES ('c', 'k', '', 1, NULL, '{}')"))
        await connection.execute(
            text(
                "INSERT INTO ticket_events (ticket_no, at, actor, kind, data) VALUES ('1', 1, 'a', 'k', '{}')"
            )
        )
    with pytest.raises(DBAPIError, match="append-only"):
        async with store.write() as connection:
            await connection.execute(text(change.format(table)))


async def test_a_database_that_is_away_is_named(vault: Vault, tmp_path: Path) -> None:
    away = f"postgresql://hotline@/none?host={tmp_path}"
    with pytest.raises(StoreUnavailable, match="数据库暂时不可用"):
        await Store.open(away, vault=vault, state_dir=tmp_path)
    store = await Store.open(away, vault=vault, state_dir=tmp_path, tolerate_away=True)
    assert not store.ready
    await store.close()


def test_the_shipped_lists_are_whole() -> None:
    assert len(seed.annex()) == 36
    assert len({line["number"] for line in seed.lines()}) == 36
