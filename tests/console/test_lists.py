"""Recordings, callbacks and settings on the screen."""

from __future__ import annotations

import asyncio
import hashlib
import wave
from array import array
from math import pi, sin
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from crm import Arrival, Mark, Outcome, Role, audit, groups, now_ms, recordings
from crm import callbacks as tasks
from crm.recordings import Found
from seats import Strategy
from seats.orders import Orders
from tests.console.hall import EXT, Hall
from tests.console.screen import connected, log_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
SECONDS = 90
RATE = 8000


def _tone(path: Path, hertz: int) -> bytes:
    """A track as Asterisk records it: 8 kHz, 16 bit, one channel."""
    path.parent.mkdir(parents=True, exist_ok=True)
    second = array("h", [int(9000 * sin(2 * pi * hertz * n / RATE)) for n in range(RATE)])
    with wave.open(str(path), "wb") as track:
        track.setparams((1, 2, RATE, 0, "NONE", ""))
        track.writeframes(second.tobytes() * SECONDS)
    return path.read_bytes()


async def _recorded(hall: Hall, folder: Path, number: str, *, minutes_ago: int = 0, seat: str = EXT) -> str:
    """A finished call of 90 s with a hold at 30 s, noted and hashed as the upkeep does it."""
    at = now_ms() - (minutes_ago + 5) * 60_000
    call_id = f"node1-{at // 1000}.7"
    await hall.ledger.open(Arrival(call_id, "node1", "carrier", "12345", number, None, at))
    answered = at + 8_000
    for kind, when in (("offered", at + 4_000), ("answered", answered), ("hold", answered + 30_000),
                       ("resume", answered + 45_000)):  # fmt: skip
        data = {"groups": ["general"]} if kind == "offered" else {}
        await hall.ledger.mark(Mark(call_id, kind, when, seat=None if kind == "offered" else seat, data=data))
    paths = {track: f"rec/{call_id}-{track}.wav" for track in ("caller", "seat")}
    end = answered + SECONDS * 1000
    await hall.ledger.close(call_id, Outcome.ANSWERED, end, 16, seat=seat, recording=paths)
    await hall.ledger.flush()
    for hertz, (track, path) in zip((440, 660), paths.items(), strict=True):
        wav = await asyncio.to_thread(_tone, folder / path, hertz)
        await recordings.note(hall.store, [Found(call_id, track, path, len(wav), SECONDS * 1000)])
        digest = hashlib.sha256(wav).hexdigest()
        await recordings.hashed(
            hall.store, call_id, track, digest, bytes_=len(wav), duration_ms=SECONDS * 1000
        )
    return call_id


async def _missed(hall: Hall, number: str, *, minutes_ago: int) -> str:
    at = now_ms() - minutes_ago * 60_000
    call_id = f"node1-{at // 1000}.3"
    await hall.ledger.open(Arrival(call_id, "node1", "carrier", "12345", number, None, at))
    await hall.ledger.mark(Mark(call_id, "offered", at + 2_000))
    await hall.ledger.close(call_id, Outcome.ABANDONED_QUEUE, at + 60_000, 16)
    await hall.ledger.flush()
    return f"m-{call_id}"


async def _plays(hall: Hall, call_id: str) -> list[tuple[str, str]]:
    """Who has heard what of it, by the audit."""
    trail = await audit.trail(hall.store, target=call_id)
    return [(row.actor, row.data["track"]) for row in trail if row.action == "recording.play"]


async def _sound(page: Page, what: str) -> Any:
    return await page.get_by_test_id("player").locator("audio").evaluate(f"sound => sound.{what}")


async def test_a_recording_is_found_played_and_sought_in(page: Page, hall: Hall, tmp_path: Path) -> None:
    call_id = await _recorded(hall, tmp_path, "13904760001")
    await _recorded(hall, tmp_path, "13904760002", minutes_ago=10)
    await hall.person("zhijian", Role.QUALITY)
    await log_in(page, "zhijian")
    await page.get_by_role("link", name="录音").click()
    rows = page.get_by_test_id("recordings").locator("tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("139****0001")
    await expect(rows.first).to_contain_text("01:30")
    await rows.first.focus()
    await page.keyboard.press("ArrowDown")
    await expect(rows.nth(1)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    player = page.get_by_test_id("player")
    await expect(player.get_by_role("button", name="保持")).to_be_visible()
    assert await _plays(hall, call_id) == []

    statuses: list[int] = []
    page.on("response", lambda got: statuses.append(got.status) if "/both" in got.url else None)
    await player.get_by_test_id("play").click()
    await expect(player.locator("audio")).to_have_js_property("duration", SECONDS)
    await expect(player.get_by_test_id("at")).not_to_have_text("00:00")
    await player.get_by_role("button", name="暂停").click()
    box = await player.get_by_test_id("line").bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + 26)
    await expect(player.get_by_test_id("at")).to_have_text("01:07")
    await player.get_by_role("button", name="保持").click()
    await expect(player.get_by_test_id("at")).to_have_text("00:30")
    await player.get_by_test_id("line").focus()
    await page.keyboard.press("ArrowRight")
    await expect(player.get_by_test_id("at")).to_have_text("00:35")
    await player.get_by_role("button", name="1.5×").click()
    assert await _sound(page, "playbackRate") == 1.5
    await player.get_by_role("button", name="坐席", exact=True).click()
    before = await _sound(page, "currentTime")
    await player.get_by_test_id("play").click()
    await page.wait_for_function("then => document.querySelector('audio').currentTime > then + 1", arg=before)
    await player.get_by_role("button", name="暂停").click()
    assert set(statuses) <= {200, 206} and 206 in statuses
    assert await _plays(hall, call_id) == [("zhijian", "both")]


async def test_an_export_asks_why_and_a_broken_file_is_told(page: Page, hall: Hall, tmp_path: Path) -> None:
    call_id = await _recorded(hall, tmp_path, "13904760001")
    await hall.person("zhijian", Role.QUALITY)
    await log_in(page, "zhijian")
    await page.get_by_role("link", name="录音").click()
    await page.get_by_test_id("recordings").locator("tbody tr").first.click()
    await page.get_by_test_id("export").click()
    dialog = page.get_by_test_id("reason")
    await expect(dialog.get_by_role("button", name="导出")).to_be_disabled()
    await dialog.locator("textarea[name=reason]").fill("信访核查，来件 12 号")
    async with page.expect_download() as download:
        await dialog.get_by_role("button", name="导出").click()
    assert (await download.value).suggested_filename == f"recording-{call_id}.zip"
    await expect(dialog).to_be_hidden()

    path = tmp_path / f"rec/{call_id}-seat.wav"
    path.write_bytes(path.read_bytes()[:-2] + b"\x01\x01")
    await page.get_by_test_id("export").click()
    await dialog.locator("textarea[name=reason]").fill("再次核查")
    await dialog.get_by_role("button", name="导出").click()
    await expect(dialog.get_by_test_id("fault")).to_contain_text("校验值不符")
    await expect(dialog.get_by_test_id("fault")).to_contain_text("系统管理员")
    await expect(dialog.locator("textarea[name=reason]")).to_have_value("再次核查")


async def test_the_longest_waiting_is_rung_first_and_leaves_when_reached(page: Page, hall: Hall) -> None:
    second = await _missed(hall, "13904760002", minutes_ago=30)
    first = await _missed(hall, "13904760001", minutes_ago=95)
    await log_in(page)
    await connected(page)
    await page.keyboard.press("F2")
    await page.get_by_role("link", name="未接回拨").click()
    rows = page.get_by_test_id("callbacks").locator("tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_have_attribute("data-task", first)
    await expect(rows.first).to_contain_text("1 小时")
    await rows.first.get_by_test_id("dial").click()
    await expect(page.locator(".el-message").last).to_contain_text("请先让话机上线")

    await hall.acd.contact(EXT, True, node="node1")
    orders = Orders(hall.redis.call, poll=hall.redis.poll)

    async def owner() -> dict[str, Any]:
        async for order in orders.take("node1"):
            await orders.done(order, {"call_id": "node1-1.9", "ticket_no": None})
            return dict(order.data)
        raise AssertionError("no order came")

    told = asyncio.create_task(owner())
    await rows.first.get_by_test_id("dial").click()
    assert (await asyncio.wait_for(told, 8))["seat"] == EXT
    await expect(rows.first).to_contain_text("我在回拨")
    await rows.first.locator("[data-result=no_answer]").click()
    await expect(rows).to_have_count(2)
    later = page.locator(f"[data-task='{first}']")
    await expect(later).to_contain_text("1 次 · 无人接听")
    await expect(later).to_contain_text("后再拨")
    await expect(rows.first).to_have_attribute("data-task", second)  # it rests; the next one is on top

    # The second citizen calls again and is answered elsewhere: nobody has to cross him off.
    caller = await (await hall.caller("13904760002")).queues()
    await hall.mark(caller.call_id, "answered", seat="1002")
    await hall.ledger.flush()
    await hall.acd.ended(caller.call_id)
    await expect(rows).to_have_count(1)
    await expect(page.get_by_test_id("due")).to_have_text("0")
    assert (await tasks.get(hall.store, second)).state == "reached"


async def test_a_groups_strategy_is_changed_in_force_at_once(page: Page, hall: Hall) -> None:
    await hall.person("banzhang", Role.SHIFT_LEADER)
    await log_in(page, "banzhang")
    await page.get_by_role("link", name="管理").click()
    row = page.get_by_test_id("groups").locator("tbody tr", has_text="通用组").first
    await row.focus()
    await page.keyboard.press("Enter")
    form = page.get_by_test_id("group-form")
    await form.get_by_test_id("strategy").click()
    await page.get_by_role("option", name="今日接听最少优先").click()
    await form.get_by_test_id("save").click()
    await expect(form).to_be_hidden()
    await expect(row).to_contain_text("今日接听最少优先")
    assert (await hall.acd.group_rules())["general"].strategy is Strategy.LEAST_CALLS

    # Somebody else was faster: the leader is told and loses no word.
    await row.click()
    await form.locator("input[name=name]").fill("通用组甲")
    now = await groups.get(hall.store, "general")
    await groups.put(hall.store, "general", {"capacity": 50}, version=now.version, actor="admin")
    await form.get_by_test_id("save").click()
    await expect(form.get_by_test_id("fault")).to_contain_text("已被他人修改")
    await expect(form.locator("input[name=name]")).to_have_value("通用组甲")
    assert (await groups.get(hall.store, "general")).name == "通用组"
