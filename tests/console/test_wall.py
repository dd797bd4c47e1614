"""大屏: the figures as events move them, and nothing about anybody."""

import asyncio
import json
import re
import time

import pytest
from playwright.async_api import Page, expect

from crm import Outcome, now_ms
from tests.console.hall import EXT, NAME, USER, Hall
from tests.console.screen import log_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def _on_the_wall(page: Page) -> None:
    await page.set_viewport_size({"width": 1920, "height": 1080})
    await log_in(page)
    await expect(page.get_by_test_id("seat-state")).to_be_visible()
    await page.goto("/wall")
    await expect(page.get_by_test_id("wall-link")).to_contain_text("实时")


async def test_figures_move_with_the_events(page: Page, hall: Hall) -> None:
    await _on_the_wall(page)
    figure = page.get_by_test_id
    await expect(figure("wall-waiting")).to_contain_text("0")
    await expect(figure("wall-answer-rate")).to_contain_text("—")  # nothing counted is no value
    await expect(figure("wall-unexplained")).to_have_class("good")
    first = await (await hall.caller("13904760001")).queues()
    await expect(figure("wall-waiting")).to_contain_text("1")
    longest = figure("wall-longest").locator("b")
    before = await longest.inner_text()
    await expect(longest).not_to_have_text(before)  # it ages by itself
    await hall.acd.sign_in(EXT, user=USER, name=NAME, groups={"general": 1}, languages=["zh"])
    await hall.acd.ready(EXT)
    first.reservation = await hall.acd.reservation(first.call_id)
    await (await first.rings()).talks()
    await expect(page.locator("[data-state=talking] b")).to_have_text("1")
    await expect(figure("wall-waiting")).to_contain_text("0")
    await expect(figure("wall-answered")).to_have_text("1")
    await expect(figure("wall-answer-rate")).to_contain_text("100%")
    second = await (await hall.caller("13904760002")).queues()
    await hall.ledger.close(second.call_id, Outcome.ABANDONED_QUEUE, now_ms(), 16)
    await hall.acd.ended(second.call_id)
    await expect(figure("wall-abandoned")).to_have_text("1")
    await expect(figure("wall-answer-rate")).to_contain_text("50.0%")
    await expect(figure("wall-answer-rate")).to_have_class(re.compile("bad"))
    shown = await page.locator("body").inner_text()
    for personal in ("139", "0001", EXT, NAME, "赤峰市红山", "node1"):
        assert personal not in shown, personal


async def test_an_event_is_on_the_wall_within_a_second(page: Page, hall: Hall) -> None:
    await _on_the_wall(page)
    took = []
    for number in range(5):
        await asyncio.sleep(0.13 * number)  # at any place between two readings
        began = time.monotonic()
        caller = await (await hall.caller(f"1390476000{number}")).queues()
        await page.wait_for_function(
            "n => document.querySelector('[data-test=wall-waiting] b').textContent === n",
            arg=str(number + 1),
            polling="raf",
        )
        took.append(time.monotonic() - began)
        assert caller.call_id
    assert sorted(took)[2] < 1.0, took


async def test_alarms_and_unexplained_calls_turn_red(page: Page, hall: Hall) -> None:
    alarm = {
        "id": "disk:recordings",
        "kind": "disk",
        "object": "recordings",
        "level": "bad",
        "raised_ms": now_ms(),
        "text": "录音磁盘将满",
        "cleared": False,
    }
    await hall.redis.call.hset("{acd}:alarms", str(alarm["id"]), json.dumps(alarm))
    lost = await hall.caller("13904760001", arrived_ago_ms=300_000)
    await hall.ledger.flush()
    await _on_the_wall(page)
    await expect(page.get_by_test_id("wall-alarms")).to_contain_text("录音磁盘将满")
    await expect(page.get_by_test_id("wall-unexplained")).to_have_class("bad")
    await hall.ledger.close(lost.call_id, Outcome.FAILED, now_ms(), 16)
    await hall.ledger.flush()
    await hall.redis.call.hdel("{acd}:alarms", str(alarm["id"]))
    fields = {"type": "alarm", "seat": "", "call": "", "data": json.dumps(alarm | {"cleared": True})}
    await hall.redis.call.xadd("{acd}:events", fields)  # type: ignore[arg-type]
    await expect(page.get_by_test_id("wall-alarms")).to_contain_text("没有告警")
    await expect(page.get_by_test_id("wall-unexplained")).to_have_class("good")


async def test_a_desk_that_is_away_is_told_and_found_again(page: Page, hall: Hall) -> None:
    await _on_the_wall(page)
    await hall.stop_desk()
    await expect(page.get_by_test_id("wall-link")).to_contain_text("数据中断")
    await (await hall.caller("13904760001")).queues()
    await hall.start_desk()
    await expect(page.get_by_test_id("wall-link")).to_contain_text("实时", timeout=20_000)
    await expect(page.get_by_test_id("wall-waiting")).to_contain_text("1")


async def test_nobody_sees_it_without_a_login(page: Page, hall: Hall) -> None:
    await page.goto("/wall")
    await expect(page).to_have_url(re.compile("/login"))
