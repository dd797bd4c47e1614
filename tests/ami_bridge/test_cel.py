"""Asterisk's CEL file: followed through rotations, damage and restarts, and turned into calls."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami_bridge import CelReader
from ami_bridge import actions as act
from ami_bridge import events as ev
from ami_bridge.cel import tail
from ami_bridge.cel.record import CelRecord, MalformedRecord, parse_record

from .asterisk import Asterisk
from .conftest import MakeConsumer, until


def line(kind: str, at: float, call: str = "c-1", *, leg: str = "", **more: str) -> str:
    """One record as Asterisk writes it. `leg`: the uniqueid, the caller's own when empty."""
    columns = [kind, f"{at:.6f}", leg or call, call]
    columns += [
        more.get(name, "")
        for name in ("channel", "context", "exten", "app", "data", "num", "name", "peer", "field", "extra")
    ]
    return ",".join('"' + column.replace('"', '""') + '"' for column in columns) + "\n"


def call_of(call: str, at: float) -> list[str]:
    start = line(
        "CHAN_START", at, call, channel="PJSIP/carrier-1", context="from-carrier", exten="12345",
        num="13904760001", name="乌兰",
    )  # fmt: skip
    seat = {"leg": f"{call}-seat", "channel": "PJSIP/1001-00000002"}
    end = json.dumps({"hangupcause": 16, "hangupsource": "PJSIP/carrier-1", "dialstatus": "ANSWER"})
    return [
        start,
        line("ANSWER", at + 0.1, call, channel="PJSIP/carrier-1"),
        line("CHAN_START", at + 5, call, **seat),
        line("ANSWER", at + 8, call, **seat),
        line("HANGUP", at + 60, call, extra=end),
        line("CHAN_END", at + 60, call),
        line("LINKEDID_END", at + 60.1, call),
    ]


def write(path: Path, *lines: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(lines))


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # The wait for a late writer is tested by itself.
    monkeypatch.setattr(tail, "_LINGER_S", 0.0)
    return tmp_path / "hotline.csv"


def test_a_call_is_summed_up_when_it_has_ended(path: Path) -> None:
    *running, end = call_of("c-1", 100.0)
    reader = CelReader(path)
    assert reader.read().records == ()
    write(path, *running)
    batch = reader.read()
    assert (len(batch.records), batch.ended) == (6, ())
    assert reader.live["c-1"].seat == "1001"
    write(path, end)
    (call,) = reader.read().ended
    assert (call.line, call.caller, call.caller_name, call.context) == (
        "12345", "13904760001", "乌兰", "from-carrier",
    )  # fmt: skip
    assert (call.arrived_at, call.answered_at, call.ended_at) == (100.0, 108.0, 160.1)
    assert (call.seat, call.cause, call.via_plain, call.cut) == ("1001", 16, False, False)
    assert "13904760001" not in repr(call)
    assert reader.live == {}


def test_a_plain_queue_is_seen(path: Path) -> None:
    start, *_, end = call_of("c-1", 100.0)
    write(path, start, line("APP_START", 101.0, app="Queue", data="hl-plain"), end)
    (call,) = CelReader(path).read().ended
    assert (call.via_plain, call.queued_at, call.answered_at, call.seat) == (True, 101.0, None, None)


def test_a_partial_last_line_waits_for_its_rest(path: Path) -> None:
    whole = call_of("c-1", 100.0)[0]
    cut = len(whole) // 2
    write(path, whole[:cut])
    reader = CelReader(path)
    assert reader.read().records == ()
    write(path, whole[cut:])
    assert [record.kind for record in reader.read().records] == ["CHAN_START"]


def test_damage_is_reported_and_costs_only_itself(path: Path) -> None:
    first, second = call_of("c-1", 100.0)[:2]
    damage = ['"CHAN_START","100.0","half\n', "\x00\x01 garbage\n", '"ANSWER","100.0","a"\n', "\n"]
    write(path, damage[0], first, *damage[1:], second)
    with path.open("ab") as file:
        file.write(b'"ANSWER","1.0","\xff\xfe\n')
    write(path, *call_of("c-2", 200.0))
    batch = CelReader(path).read()
    assert [record.kind for record in batch.records][:2] == ["CHAN_START", "ANSWER"]
    assert [call.call_id for call in batch.ended] == ["c-2"]
    assert len(batch.faults) == 5
    assert all("half" not in fault.reason and "garbage" not in fault.reason for fault in batch.faults)


def test_a_line_break_within_a_value_belongs_to_the_record(path: Path) -> None:
    write(path, line("CHAN_START", 1.0, name='two\nlines, "quoted"'), line("LINKEDID_END", 2.0))
    batch = CelReader(path).read()
    assert batch.records[0].caller_name == 'two\nlines, "quoted"'
    assert batch.faults == ()


def test_rotation_by_rename_loses_nothing(path: Path) -> None:
    *running, end = call_of("c-1", 100.0)
    reader = CelReader(path)
    write(path, *running[:2])
    reader.read()
    path.rename(path.with_name("hotline.csv.1"))
    # A writer that had opened it before the rename, and a day without a reader: two more rotations.
    write(path.with_name("hotline.csv.1"), *running[2:])
    write(path, *call_of("c-2", 200.0))
    path.rename(path.with_name("hotline.csv.2"))
    write(path, end)
    batch = reader.read()
    assert [call.call_id for call in batch.ended] == ["c-2", "c-1"]
    assert batch.faults == ()


def test_the_file_before_is_left_only_when_nobody_can_write_it_any_more(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "_LINGER_S", 60.0)
    lines = call_of("c-1", 100.0)
    reader = CelReader(path)
    write(path, *lines[:2])
    reader.read()
    path.rename(path.with_name("hotline.csv.1"))
    write(path, *lines[3:])
    assert reader.read().records == ()
    write(path.with_name("hotline.csv.1"), lines[2])
    assert len(reader.read().records) == 1
    monkeypatch.setattr(tail, "_LINGER_S", 0.0)
    assert [call.call_id for call in reader.read().ended] == ["c-1"]


def test_a_restarted_reader_reads_open_calls_again_in_full(path: Path) -> None:
    *running, end = call_of("c-2", 150.0)
    write(path, *call_of("c-1", 100.0), running[0], *call_of("c-3", 200.0), *running[1:4])
    first = CelReader(path).read()
    path.rename(path.with_name("hotline.csv.1"))
    write(path, *running[4:], end)
    batch = CelReader(path, first.offset).read()
    ended = {call.call_id: call for call in batch.ended}
    assert set(ended) == {"c-2", "c-3"}  # c-3 a second time; c-1 lay before
    assert ended["c-2"].line == "12345"
    done = CelReader(path, batch.offset).read()
    assert done.records == ()


def test_a_file_that_is_gone_or_cut_short_is_reported(path: Path) -> None:
    write(path, *call_of("c-1", 100.0))
    reader = CelReader(path)
    offset = reader.read().offset
    os.truncate(path, 0)
    write(path, call_of("c-2", 200.0)[0])
    cut = reader.read()
    assert [fault.reason for fault in cut.faults] == ["the file was cut short"]
    assert len(cut.records) == 1
    path.unlink()
    keep = path.with_name("other")
    keep.touch()  # keeps the inode's number from being given out again
    write(path, *call_of("c-3", 300.0))
    gone = CelReader(path, offset.replace(offset.split(":")[0], "1")).read()
    assert [fault.reason for fault in gone.faults] == ["the file read last is gone"]
    assert [call.call_id for call in gone.ended] == ["c-3"]


def test_calls_of_an_asterisk_that_was_killed_end_with_it(path: Path) -> None:
    write(path, *call_of("c-1", 100.0)[:4], call_of("c-2", 500.0)[0])
    reader = CelReader(path)
    reader.read()
    assert reader.asterisk_restarted(booted_at=400.0, alive={"c-1"}) == ()
    (cut,) = reader.asterisk_restarted(booted_at=400.0)
    assert (cut.call_id, cut.cut, cut.ended_at, cut.seat) == ("c-1", True, 108.0, "1001")
    assert set(reader.live) == {"c-2"}
    write(path, line("HANGUP", 109.0))  # a straggler opens nothing again
    reader.read()
    assert set(reader.live) == {"c-2"}


def test_a_long_backlog_is_read_in_slices(path: Path) -> None:
    write(path, *(text for number in range(50) for text in call_of(f"c-{number}", 100.0 + number)))
    reader, ended, slices = CelReader(path), 0, 0
    while True:
        batch = reader.read(most=40)
        ended += len(batch.ended)
        slices += 1
        if not batch.more:
            break
    assert (ended, slices) == (50, 9)


@given(st.text(max_size=80))
def test_no_line_breaks_the_parser(text: str) -> None:
    try:
        parse_record(text)
    except MalformedRecord as malformed:
        assert text not in str(malformed) or len(text) < 12


@given(st.lists(st.text(st.characters(exclude_characters="\r\n\0"), max_size=20), min_size=12, max_size=12))
def test_what_was_quoted_is_read_back(texts: list[str]) -> None:
    texts[0], texts[1] = "u", "l"
    row = ",".join('"' + text.replace('"', '""') + '"' for text in ["ANSWER", "1.500000", *texts])
    assert parse_record(row) == CelRecord("ANSWER", 1.5, *texts)


async def test_asterisks_own_file_tells_a_plain_call(shared: Asterisk, consumer: MakeConsumer) -> None:
    await shared.ready()
    one = consumer(shared.endpoint())
    await one.link.start()
    await until(lambda: one.link.up)
    await one.link.act(
        act.Originate(
            channel="Local/answer@talk/n", channel_id="cel-1", context="talk", exten="plain",
            caller_id='"赤峰热线" <13904760001>',
        )
    )  # fmt: skip
    reader = CelReader(shared.cel)
    ended = {}

    def cel_1() -> bool:
        batch = reader.read()
        assert batch.faults == ()
        ended.update({call.call_id: call for call in batch.ended})
        return "cel-1" in ended

    await until(lambda: one.of(ev.AgentConnect))
    for channel in one.of(ev.AgentConnect):
        await one.link.act(act.Hangup(channel=channel.channel))  # type: ignore[attr-defined]
    await until(cel_1)
    call = ended["cel-1"]
    assert call.via_plain
    assert call.queued_at is not None
    assert call.ended_at is not None
    assert call.arrived_at <= call.queued_at <= call.ended_at
    assert (call.cause, call.cut) == (16, False)


def test_a_leg_over_another_node_names_its_seat_and_a_call_out_names_its_maker(path: Path) -> None:
    away = {"leg": "c-1-leg", "channel": "PJSIP/node2-00000002", "field": "seat:1007"}
    write(path, *call_of("c-1", 100.0)[:2], line("ANSWER", 108.0, "c-1", **away), *call_of("c-1", 100.0)[4:])
    citizen = {"leg": "o-1-out", "channel": "PJSIP/carrier-00000003"}
    write(
        path,
        line("CHAN_START", 200.0, "o-1", channel="PJSIP/1003-00000004", context="from-seat"),
        line("ANSWER", 201.0, "o-1", channel="PJSIP/1003-00000004"),
        line("CHAN_START", 202.0, "o-1", **citizen),
        line("ANSWER", 209.0, "o-1", **citizen),
        line("LINKEDID_END", 220.0, "o-1"),
    )
    over, out = CelReader(path).read().ended
    assert (over.seat, over.answered_at, over.own_seat) == ("1007", 108.0, None)
    assert (out.seat, out.own_seat, out.other, out.other_answered_at) == (None, "1003", "o-1-out", 209.0)
