"""The bench's smaller things: messages, the wrap-up's extension, dialling out, pausing the recording."""

import pytest
from playwright.async_api import Page, expect

from seats.messages import Messages
from tests.console.hall import EXT, Hall
from tests.console.screen import at_work, connected, shows
from tests.desk.floor import owner_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_message_stays_until_it_is_read(page: Page, hall: Hall) -> None:
    await at_work(page)
    messages = Messages(hall.redis.call)
    await messages.say(["1002"], "给别人的话", sender="liban", to="1002")
    await messages.say([EXT], "请留意停水来电", sender="liban", to=EXT)
    bar = page.get_by_test_id("messages")
    await expect(bar).to_contain_text("请留意停水来电")
    await expect(bar).to_contain_text("liban")
    await expect(bar).not_to_contain_text("给别人的话")
    await page.reload()
    await connected(page)
    await expect(bar).to_contain_text("请留意停水来电")
    await messages.say([EXT], "全体注意", sender="liban", group="general")
    await expect(bar.get_by_role("button")).to_have_count(2)
    await bar.get_by_role("button").first.click()
    await expect(bar).not_to_contain_text("停水")
    await expect(bar).to_contain_text("全体注意")
    await bar.get_by_role("button").click()
    await expect(bar).to_be_hidden()
    assert await messages.unread(EXT) == []


async def test_a_wrap_up_counts_down_and_is_extended_once(page: Page, hall: Hall) -> None:
    await at_work(page)
    caller = await (await (await hall.caller("13904760001")).queues()).pops()
    await (await caller.rings()).talks()
    await caller.hangs_up()
    await shows(page, "wrap_up")
    state = page.get_by_test_id("seat-state")
    await expect(state).to_contain_text("秒后就绪")
    before = (await hall.acd.seat(EXT)).wrap_up_until_ms
    more = page.get_by_test_id("seat").get_by_role("button", name="延长")
    await more.click()
    await expect(more).to_be_hidden()
    after = (await hall.acd.seat(EXT)).wrap_up_until_ms
    assert before is not None and after is not None and after > before


async def test_the_recording_is_paused_while_talking(page: Page, hall: Hall) -> None:
    await at_work(page)
    caller = await (await (await hall.caller("13904760001")).queues()).pops()
    await expect(page.get_by_test_id("record")).to_be_hidden()
    await (await caller.rings()).talks()
    button = page.get_by_test_id("record")
    async with owner_of(hall.redis, hall.acd) as owner:
        await button.click()
        await expect(button).to_contain_text("录音已暂停")
        await hall.mark(caller.call_id, "recording_paused")
        await hall.ledger.flush()
        await page.reload()
        await expect(button).to_contain_text("录音已暂停")
        await button.click()
        await expect(button).to_have_text("暂停录音")
    assert [order.name for order in owner.did] == ["record-pause", "record-resume"]


async def test_a_seat_dials_out_when_it_is_free(page: Page, hall: Hall) -> None:
    await at_work(page)
    form = page.get_by_test_id("dial")
    await form.locator("input").fill("139 0476 0002")
    await form.get_by_role("button").click()
    await expect(page.get_by_text("话机没有注册")).to_be_visible()
    await hall.phone(EXT)
    async with owner_of(hall.redis, hall.acd) as owner:
        await form.get_by_role("button").click()
        await expect(page.get_by_text("正在呼叫 139****0002")).to_be_visible()
        await expect(form.locator("input")).to_have_value("")
    assert [order.name for order in owner.did] == ["dial-out"]
    caller = await (await (await hall.caller("13904760001")).queues()).pops()
    await (await caller.rings()).talks()
    await form.locator("input").fill("110")
    await expect(form.get_by_role("button")).to_be_disabled()
