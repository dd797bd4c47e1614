"""The door, and the seat's own state."""

import pytest
from playwright.async_api import Page, expect

from seats import SeatState
from tests.console.hall import EXT, Hall
from tests.console.screen import at_work, connected, log_in, shows

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_wrong_password_is_told_and_the_right_one_opens(page: Page, hall: Hall) -> None:
    await log_in(page, password="not-the-password")
    await expect(page.get_by_role("alert")).to_contain_text("用户名或密码不正确")
    await expect(page).to_have_url(f"{hall.url}/login")
    await log_in(page)
    await connected(page)
    await expect(page.get_by_test_id("seat-state")).to_contain_text("未签入")


async def test_keys_move_the_seat_through_its_states(page: Page, hall: Hall) -> None:
    await at_work(page)
    assert (await hall.acd.seat(EXT)).state is SeatState.READY
    await page.keyboard.press("F4")
    await page.keyboard.press("2")  # the second reason: 用餐
    await shows(page, "not_ready")
    await expect(page.get_by_test_id("seat-state")).to_contain_text("用餐")
    view = await hall.acd.seat(EXT)
    assert (view.state, view.reason) == (SeatState.NOT_READY, "meal")
    await page.get_by_role("button", name="签出").click()
    await shows(page, "signed_out")
    assert (await hall.acd.seat(EXT)).state is SeatState.SIGNED_OUT


async def test_a_shift_leaders_sign_out_is_seen_and_not_undone(page: Page, hall: Hall) -> None:
    await at_work(page)
    await hall.acd.sign_out(EXT, by="leader")
    await shows(page, "signed_out")
    await page.reload()
    await connected(page)
    await shows(page, "signed_out")


async def test_leaving_signs_out_and_closes_the_door(page: Page, hall: Hall) -> None:
    await at_work(page)
    await page.get_by_text("话务员").click()
    await page.get_by_text("签出并退出登录").click()
    await expect(page).to_have_url(f"{hall.url}/login")
    assert (await hall.acd.seat(EXT)).state is SeatState.SIGNED_OUT
    await page.goto("/")
    await expect(page).to_have_url(f"{hall.url}/login")
