"""The link breaks, parts go away, and come back: the seat is told and loses nothing."""

import re

import pytest
from playwright.async_api import Page, expect

from crm import tickets
from seats import SeatState
from tests.console.hall import EXT, Hall
from tests.console.screen import at_work, connected, saved, shows

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_restarted_desk_is_found_again_and_nothing_typed_meanwhile_is_lost(
    page: Page, hall: Hall
) -> None:
    await at_work(page)
    caller = await (await (await hall.caller("13904760001")).queues()).pops()
    await (await caller.rings()).talks()
    await shows(page, "talking")
    await hall.stop_desk()
    await expect(page.get_by_test_id("link")).to_contain_text("连接断开")
    await expect(page.get_by_text("与服务器的连接已断开")).to_be_visible()
    await page.locator("input[name=title]").fill("断线时写下的标题")
    await expect(page.get_by_test_id("saved")).to_contain_text("尚未保存")
    await caller.hangs_up()  # its event comes later, from the stream
    await hall.start_desk()
    await connected(page)
    await shows(page, "wrap_up")
    await saved(page)
    assert (await tickets.get(hall.store, caller.ticket_no)).title == "断线时写下的标题"


async def test_a_seat_that_the_server_forgot_signs_in_again_as_it_was(page: Page, hall: Hall) -> None:
    await at_work(page)
    await hall.redis.call.flushall()
    await hall.stop_desk()
    await hall.start_desk()
    await connected(page)
    await expect(page.get_by_text("已为您重新签入")).to_be_visible()
    await shows(page, "ready")
    view = await hall.acd.seat(EXT)
    assert (view.state, view.groups) == (SeatState.READY, {"general": 1})


async def test_the_title_calls_a_seat_that_looks_elsewhere(page: Page, hall: Hall) -> None:
    await at_work(page)
    await page.evaluate("Object.defineProperty(document, 'hasFocus', { value: () => false })")
    caller = await (await (await hall.caller("13904760001")).queues()).pops()
    await expect(page).to_have_title(re.compile(r"^【来电】139\*{4}0001"))
    await (await caller.rings()).talks()
    await expect(page).to_have_title("12345 坐席工作台")
