"""A hall with one seat, and a browser that looks at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from asterisk_conf.obtain import Programs
from tests.console.hall import CONSOLE, EXT, NAME, USER, Hall

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


# One event loop and one browser for all: starting a browser is most of such a test's time.
fixture = partial(pytest_asyncio.fixture, loop_scope="session")


@fixture
async def hall(redis_url: str, tmp_path: Path) -> AsyncIterator[Hall]:
    if not (CONSOLE / "index.html").is_file():
        pytest.fail(
            "the console is not built: `./hotline test` does it, or `npm ci && npm run build` in console/"
        )
    hall = await Hall.open(redis_url, tmp_path)
    await hall.redis.call.flushall()
    await hall.seat(EXT, USER, NAME)
    yield hall
    await hall.close()


@fixture(scope="session")
async def browser(programs: Programs) -> AsyncIterator[Browser]:
    command, env = programs.argv("chromium"), programs.env("chromium")
    async with async_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        browser = await playwright.chromium.launch(
            executable_path=command[0], args=[*command[1:], *FLAGS], env={k: str(v) for k, v in env.items()}
        )
        yield browser
        await browser.close()


@fixture
async def page(browser: Browser, hall: Hall) -> AsyncIterator[Page]:
    """A fresh page at the hall's address; a script error on it fails the test."""
    context = await browser.new_context(
        base_url=hall.url,
        viewport={"width": 1440, "height": 900},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    page = await context.new_page()
    page.set_default_timeout(8_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await context.close()
    assert not errors, errors
