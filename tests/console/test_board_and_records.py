"""The hall at a glance, and the calls that are over."""

import wave
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from crm import Mark, now_ms
from tests.console.hall import Hall
from tests.console.screen import at_work, connected, log_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_live_calls_come_age_and_go(page: Page, hall: Hall) -> None:
    await log_in(page)
    await connected(page)
    live = page.get_by_test_id("live")
    await expect(live).to_contain_text("当前没有通话")
    first = await (await hall.caller("13904760001")).queues()
    second = await (await hall.caller("13904760002")).queues()
    await expect(live).to_contain_text("139****0001")
    await expect(live).to_contain_text("139****0002")
    rows = live.get_by_role("listitem")
    await expect(rows.first).to_contain_text("139****0001")  # the longest wait on top
    await expect(page.get_by_test_id("waiting")).to_have_text("2")
    age = rows.first.locator(".age")
    before = await age.inner_text()
    await expect(age).not_to_have_text(before)
    await first.hangs_up()
    await expect(rows).to_have_count(1)
    await second.hangs_up()
    await expect(live).to_contain_text("当前没有通话")
    await expect(page.get_by_test_id("waiting")).to_have_text("0")


async def test_an_ended_call_opens_with_its_marks_and_both_tracks(
    page: Page, hall: Hall, tmp_path: Path
) -> None:
    await at_work(page)
    caller = await (await (await hall.caller("13904760001")).queues()).pops()
    await (await caller.rings()).talks()
    tracks = {track: _silence(tmp_path / f"{track}.wav") for track in ("caller", "seat")}
    await hall.ledger.mark(Mark(caller.call_id, "recording", now_ms(), data=tracks))
    await caller.hangs_up()

    await page.get_by_role("link", name="通话记录").click()
    row = page.get_by_test_id("ended").locator("tbody tr").first
    await expect(row).to_contain_text("139****0001")
    await expect(row).to_contain_text("已接听")
    await row.focus()
    await page.keyboard.press("Enter")
    timeline = page.get_by_test_id("timeline")
    for word in ("来电到达", "播报欢迎语", "进入排队", "坐席振铃", "坐席接听"):
        await expect(timeline).to_contain_text(word)
    player = page.get_by_test_id("player")
    await player.get_by_test_id("play").click()
    await expect(player.locator("audio")).to_have_js_property("duration", 3)


def _silence(path: Path) -> str:
    """Three seconds of nothing, as Asterisk records: 8 kHz, 16 bit, one channel."""
    with wave.open(str(path), "wb") as track:
        track.setparams((1, 2, 8000, 0, "NONE", ""))
        track.writeframes(bytes(2 * 8000 * 3))
    return str(path)
