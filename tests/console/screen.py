"""What a seat does at the screen, in its own words."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.console.hall import PASSWORD, USER


async def log_in(page: Page, name: str = USER, password: str = PASSWORD) -> None:
    await page.goto("/")
    await page.locator("input[name=name]").fill(name)
    await page.locator("input[name=password]").fill(password)
    await page.keyboard.press("Enter")


async def at_work(page: Page) -> None:
    """Signed in and ready: a caller may come."""
    await log_in(page)
    await connected(page)
    await shows(page, "signed_out")
    await page.keyboard.press("F2")
    await shows(page, "not_ready")
    await page.keyboard.press("F2")
    await shows(page, "ready")


async def shows(page: Page, state: str) -> None:
    await expect(page.get_by_test_id("seat-state")).to_have_attribute("data-state", state)


async def connected(page: Page) -> None:
    await expect(page.get_by_test_id("link")).to_contain_text("连接正常", timeout=20_000)


async def saved(page: Page) -> None:
    await expect(page.get_by_test_id("saved")).to_contain_text("已保存")
    await expect(page.get_by_test_id("saved")).to_have_attribute("data-save", "clean")
