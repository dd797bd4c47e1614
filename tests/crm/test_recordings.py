"""Recordings: noted, hashed once, found again, deleted when due unless a legal hold protects them."""

import pytest

from crm import (
    FieldInvalid,
    IllegalTransition,
    Ledger,
    Mark,
    Outcome,
    RowNotFound,
    Store,
    VersionConflict,
    audit,
    recordings,
)
from crm.recordings import Found
from tests.crm.conftest import OpenLedger, arrival

AT = 1_764_000_000_000
DAY = 86_400_000
HASH = "0123456789abcdef" * 4


async def recorded(
    ledger: Ledger, call_id: str, *, at: int = AT, seat: str = "1001", caller: str = "13904760001",
    group: str = "general", line: str = "12345",
) -> None:  # fmt: skip
    await ledger.open(arrival(call_id, at=at, caller=caller, line=line))
    await ledger.mark(Mark(call_id, "offered", at + 1, data={"groups": [group]}))
    await ledger.mark(Mark(call_id, "answered", at + 2, seat=seat, key="1"))
    tracks = {"caller": f"{call_id}/caller.wav", "seat": f"{call_id}/seat.wav"}
    await ledger.close(call_id, Outcome.ANSWERED, at + 60_000, 16, seat=seat, recording=tracks)
    await ledger.flush()


async def noted(store: Store, call_id: str, *, at: int = AT, duration_ms: int = 60_000) -> None:
    files = [
        Found(call_id, track, f"{call_id}/{track}.wav", 1_000, duration_ms) for track in ("caller", "seat")
    ]
    await recordings.note(store, files, at=at)


async def test_what_is_recorded_is_noted_then_hashed_once(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    await recorded(ledger, "a")
    ((call_id, tracks),) = await recordings.unnoted(store, since=AT, until=AT + DAY)
    assert (call_id, tracks["seat"]) == ("a", "a/seat.wav")
    await noted(store, "a")
    assert await recordings.unnoted(store, since=AT, until=AT + DAY) == []
    await recordings.note(store, [Found("a", "seat", "a/seat.wav", 2_000, 61_000)], at=AT + 9)
    await recordings.note(store, [Found("a", "seat", "a/seat.wav", 1_500, 1)], at=AT + 9)
    seat = (await recordings.tracks(store, "a"))[1]
    assert (seat.bytes, seat.duration_ms, seat.noted_at) == (2_000, 61_000, AT), "it had grown"
    assert [track.track for track in await recordings.unhashed(store, before=AT + 1)] == ["caller", "seat"]
    for told in (HASH, "f" * 64):
        await recordings.hashed(store, "a", "seat", told, bytes_=2_002, duration_ms=61_001)
    await recordings.note(store, [Found("a", "seat", "elsewhere.wav", 9_999, 1)], at=AT + 9)
    seat = (await recordings.tracks(store, "a"))[1]
    assert (seat.sha256, seat.bytes, seat.path) == (HASH, 2_002, "a/seat.wav"), "the first hash stays"
    assert await recordings.kept(store) == recordings.Kept(2, 3_002, 1, 0)
    with pytest.raises(FieldInvalid, match="64 位"):
        await recordings.hashed(store, "a", "seat", "abc", bytes_=1, duration_ms=1)
    with pytest.raises(RowNotFound):
        await recordings.hashed(store, "none", "seat", HASH, bytes_=1, duration_ms=1)
    for path in ("/etc/passwd", "../x.wav", "a/../../x", ""):
        with pytest.raises(FieldInvalid, match="录音目录"):
            await recordings.note(store, [Found("a", "x", path, 1, 1)])


async def test_recordings_are_found_by_all_that_people_ask_for(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    for i in range(7):
        await recorded(
            ledger, f"c{i}", at=AT + i // 3, seat=f"100{i % 2}", caller=f"1390476000{i % 3}",
            group="other" if i == 4 else "general", line="12366" if i == 5 else "12345",
        )  # fmt: skip
        await noted(store, f"c{i}", duration_ms=1_000 * i)
    await ledger.open(arrival("unrecorded", at=AT))
    seen: list[str] = []
    cursor = None
    while True:
        page = await recordings.page(store, cursor=cursor, limit=2)
        seen += [row.call_id for row in page.items]
        assert all(len(row.tracks) == 2 for row in page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"c{i}" for i in range(6, -1, -1)]

    async def found(**wanted: object) -> list[str]:
        return [row.call_id for row in (await recordings.page(store, **wanted)).items]  # type: ignore[arg-type]

    assert await found(seat="1001") == ["c5", "c3", "c1"]
    assert await found(group="other") == ["c4"]
    assert await found(line="12366") == ["c5"]
    assert await found(caller="+86 139 0476 0001") == ["c4", "c1"]
    assert await found(least_ms=5_000) == ["c6", "c5"]
    assert await found(since=AT + 1, until=AT + 2) == ["c5", "c4", "c3"]
    assert await found(outcome="abandoned_queue") == []


async def test_files_are_due_by_age_and_a_legal_hold_protects_them(
    store: Store, open_ledger: OpenLedger
) -> None:
    await noted(store, "old", at=AT - 91 * DAY)
    await noted(store, "new", at=AT - 89 * DAY)
    with pytest.raises(FieldInvalid, match="原因"):
        await recordings.hold(store, "old", "seat", on=True, reason="", actor="主管", version=1)
    with pytest.raises(VersionConflict):
        await recordings.hold(store, "old", "seat", on=True, reason="诉讼", actor="主管", version=9)
    held = await recordings.hold(store, "old", "seat", on=True, reason="诉讼", actor="主管", version=1)
    assert [(track.call_id, track.track) for track in await recordings.due(store, days=90, at=AT)] == [
        ("old", "caller")
    ]
    gone = [("old", "caller"), ("old", "seat")]
    assert await recordings.deleted(store, gone, actor="upkeep", reason="retention") == 1
    assert await recordings.deleted(store, gone, actor="upkeep", reason="retention") == 0
    assert await recordings.deleted(store, [], actor="upkeep", reason="retention") == 0
    first, second = await recordings.tracks(store, "old")
    assert first.deleted_at is not None and first.path == "old/caller.wav", "only the sound is forgotten"
    assert second.deleted_at is None
    with pytest.raises(IllegalTransition, match="已按期删除"):
        await recordings.hold(
            store, "old", "caller", on=True, reason="x", actor="主管", version=first.version
        )
    lifted = await recordings.hold(
        store, "old", "seat", on=False, reason="结案", actor="主管", version=held.version
    )
    assert not lifted.hold and len(await recordings.due(store, days=90, at=AT)) == 1
    actions = [row.action for row in await audit.trail(store)]
    assert actions == ["recording.hold", "recording.deleted", "recording.deleted", "recording.hold"]
