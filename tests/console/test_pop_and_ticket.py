"""A caller comes: pop first, then the form that keeps itself saved."""

import pytest
from playwright.async_api import Page, expect

from crm import tickets
from tests.console.hall import Hall
from tests.console.screen import at_work, connected, saved, shows

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
CITIZEN = "13904760001"


async def test_pop_then_form_then_registered(page: Page, hall: Hall) -> None:
    earlier = await (await hall.caller(CITIZEN)).hangs_up()
    await at_work(page)
    caller = await (await hall.caller(CITIZEN, "8333110", language="mn")).queues()
    await caller.pops()
    pop = page.get_by_test_id("pop")
    await expect(pop).to_contain_text("139****0001")
    await expect(pop).to_contain_text("内蒙古赤峰市")
    await expect(pop).to_contain_text("师德师风投诉举报电话")
    await expect(pop).to_contain_text("教育局")
    await expect(pop).to_contain_text("蒙古语")
    await expect(page.get_by_test_id("history")).to_contain_text(earlier.ticket_no)
    await (await caller.rings()).talks()
    await shows(page, "talking")

    form = page.get_by_test_id("form")
    whole, head = await form.bounding_box(), await form.locator("header").bounding_box()
    assert whole is not None and head is not None and whole["width"] - head["width"] < 4  # no squeezed head
    await page.locator("input[name=title]").fill("路灯连续三天不亮")
    await page.locator("textarea[name=content]").fill("玉龙大街北段，晚上看不清路。")
    await saved(page)
    ticket = await tickets.get(hall.store, caller.ticket_no)
    assert (ticket.title, ticket.content) == ("路灯连续三天不亮", "玉龙大街北段，晚上看不清路。")

    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_test_id("form")).to_contain_text("请选择诉求类型")
    await expect(page.get_by_test_id("form")).to_contain_text("请选择所属旗县区")
    assert (await tickets.get(hall.store, caller.ticket_no)).state == "draft"
    await page.get_by_text("投诉", exact=True).click()
    await page.get_by_text("公共服务", exact=True).click()
    await page.locator("[data-field=region_code] input").click()
    await page.get_by_role("option", name="红山区").click()
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_test_id("registered")).to_contain_text(caller.ticket_no)
    ticket = await tickets.get(hall.store, caller.ticket_no)
    assert (ticket.state, ticket.kind, ticket.field, ticket.region_code) == (
        "registered", "投诉", "公共服务", "150402",
    )  # fmt: skip

    await caller.hangs_up()
    await shows(page, "wrap_up")
    await page.keyboard.press("F8")
    await shows(page, "ready")


async def test_the_number_is_shown_in_full_only_when_asked_for(page: Page, hall: Hall) -> None:
    await at_work(page)
    caller = await (await (await hall.caller(CITIZEN)).queues()).pops()
    await (await caller.rings()).talks()
    await expect(page.locator("body")).not_to_contain_text(CITIZEN)
    await page.get_by_test_id("reveal").click()
    await expect(page.get_by_test_id("caller")).to_have_text(CITIZEN)
    await page.get_by_test_id("reveal").click()
    await expect(page.get_by_test_id("caller")).to_have_text("139****0001")


async def test_a_reload_keeps_the_call_and_every_word(page: Page, hall: Hall) -> None:
    await at_work(page)
    caller = await (await (await hall.caller(CITIZEN)).queues()).pops()
    await (await caller.rings()).talks()
    await page.locator("input[name=title]").fill("小区停水")
    await saved(page)
    await page.locator("textarea[name=content]").fill("还没来得及保存的话")
    await page.reload()
    await shows(page, "talking")
    await expect(page.locator("input[name=title]")).to_have_value("小区停水")
    await expect(page.locator("textarea[name=content]")).to_have_value("还没来得及保存的话")
    await connected(page)
    await expect(page.get_by_test_id("saved")).to_have_attribute("data-save", "clean")
    assert (await tickets.get(hall.store, caller.ticket_no)).content == "还没来得及保存的话"


async def test_two_people_in_one_ticket_lose_nothing(page: Page, hall: Hall) -> None:
    await at_work(page)
    caller = await (await (await hall.caller(CITIZEN)).queues()).pops()
    await (await caller.rings()).talks()
    await page.locator("input[name=title]").fill("我的标题")
    await saved(page)
    now = await tickets.get(hall.store, caller.ticket_no)
    theirs = {"title": "班长的标题", "address": "玉龙大街 3 号"}
    await tickets.edit(hall.store, caller.ticket_no, theirs, version=now.version, actor="leader")

    await page.locator("input[name=title]").fill("我改过的标题")
    panel = page.get_by_test_id("conflict")
    await expect(panel).to_contain_text("班长的标题")
    await expect(panel).to_contain_text("我改过的标题")
    await expect(page.locator("input[name=address]")).to_have_value("玉龙大街 3 号")
    await panel.get_by_test_id("keep-mine").click()
    await expect(panel).to_be_hidden()
    await saved(page)
    ticket = await tickets.get(hall.store, caller.ticket_no)
    assert (ticket.title, ticket.address) == ("我改过的标题", "玉龙大街 3 号")


async def test_an_unfinished_ticket_stays_at_hand_when_the_next_caller_comes(page: Page, hall: Hall) -> None:
    await at_work(page)
    first = await (await (await hall.caller(CITIZEN)).queues()).pops()
    await (await first.rings()).talks()
    await page.locator("input[name=title]").fill("第一件")
    await first.hangs_up()
    await shows(page, "wrap_up")
    await page.keyboard.press("F8")
    await shows(page, "ready")
    second = await (await (await hall.caller("13904760002")).queues()).pops()
    await expect(page.get_by_test_id("ticket-no")).to_have_text(second.ticket_no)
    await page.get_by_role("tab", name="第一件").click()
    await expect(page.get_by_test_id("ticket-no")).to_have_text(first.ticket_no)
    await expect(page.locator("input[name=title]")).to_have_value("第一件")
