"""班长席: what a shift leader sees, and each verb within two presses."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from seats import SeatState
from tests.console.hall import EXT, NAME, USER, Hall
from tests.console.screen import connected, log_in
from tests.desk.floor import Owner, owner_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LEADER, PHONE = "liban", "1900"


@pytest_asyncio.fixture(loop_scope="session")
async def led(page: Page, hall: Hall) -> AsyncIterator[Page]:
    """The board in front of a leader, and one seat that is ready."""
    await hall.leader(PHONE, LEADER)
    await hall.acd.sign_in(EXT, user=USER, name=NAME, groups={"general": 1}, languages=["zh"])
    await hall.phone(EXT)
    await hall.acd.ready(EXT)
    await log_in(page, LEADER)
    await connected(page)
    await page.get_by_role("link", name="班长席").click()
    await expect(_card(page)).to_have_attribute("data-state", "ready")
    yield page


@pytest_asyncio.fixture(loop_scope="session")
async def owner(hall: Hall) -> AsyncIterator[Owner]:
    async with owner_of(hall.redis, hall.acd) as owner:
        yield owner


def _card(page: Page, ext: str = EXT) -> Locator:
    return page.get_by_test_id("seats").locator(f"[data-seat='{ext}']")


async def _talk(hall: Hall, number: str = "13904760001") -> str:
    caller = await (await hall.caller(number)).queues()
    await (await caller.rings()).talks()
    await hall.phone(EXT, "INUSE")
    return caller.call_id


async def test_seats_and_queue_follow_the_events(led: Page, hall: Hall) -> None:
    call_id = await _talk(hall)
    card = _card(led)
    await expect(card).to_have_attribute("data-state", "talking")
    await expect(card).to_contain_text("139****0001")
    await expect(card).to_contain_text(NAME)
    queue = led.get_by_test_id("queue")
    await expect(queue).to_contain_text("无人等待")
    second = await (await hall.caller("13904760002")).queues()
    await expect(queue.get_by_role("listitem")).to_contain_text("139****0002")
    await expect(led.get_by_test_id("all-waiting")).to_have_text("1")
    age = queue.locator(".age")
    before = await age.inner_text()
    await expect(age).not_to_have_text(before)
    await second.hangs_up()
    await expect(queue).to_contain_text("无人等待")
    await hall.phone(EXT)
    await hall.acd.ended(call_id)
    await expect(card).to_have_attribute("data-state", "wrap_up")
    await expect(card).to_contain_text("余")


async def test_listen_whisper_barge_and_out_again(led: Page, hall: Hall, owner: Owner) -> None:
    call_id = await _talk(hall)
    await _card(led).click()
    await led.get_by_test_id("dock").get_by_role("button", name="监听").click()
    bar = led.get_by_test_id("spying")
    await expect(bar).to_contain_text("正在呼叫您的话机")
    await hall.acd.supervised(EXT, by=LEADER, mode="listen")  # the leader has picked up
    await expect(bar).to_contain_text(f"正在监听 {EXT} {NAME}")
    await expect(_card(led)).to_contain_text("监听·liban")
    await bar.get_by_role("button", name="耳语").click()
    await hall.acd.supervised(EXT, by=LEADER, mode="whisper")
    await expect(bar).to_contain_text("只有坐席听得到您")
    await led.keyboard.press("3")
    await hall.acd.supervised(EXT, by=LEADER, mode="barge")
    await expect(bar).to_contain_text("正在插话")
    await led.keyboard.press("0")
    await hall.acd.supervised(EXT, by=LEADER, mode=None)
    await expect(bar).to_be_hidden()
    assert [order.name for order in owner.did] == ["listen", "whisper", "barge", "stop-listening"]
    data = {"call_id": call_id, "seat": EXT, "leader": PHONE, "leader_node": "node1"}
    assert owner.did[0].data == data


async def test_what_hurts_asks_twice_and_the_rest_does_not(led: Page, hall: Hall) -> None:
    await _card(led).click()
    dock = led.get_by_test_id("dock")
    await dock.get_by_role("button", name="强制示忙").click()
    await led.get_by_test_id("force-reasons").get_by_text("会议").click()
    await expect(_card(led)).to_contain_text("会议")
    await dock.get_by_role("button", name="强制就绪").click()
    await expect(_card(led)).to_have_attribute("data-state", "ready")
    await dock.get_by_role("button", name="强制签出").click()
    sure = dock.get_by_role("button", name="确认签出")
    await expect(sure).to_be_visible()
    assert (await hall.acd.seat(EXT)).state is SeatState.READY
    await sure.click()
    await expect(dock).to_contain_text("未签入")
    await expect(_card(led)).to_be_hidden()  # nobody works there
    assert (await hall.acd.seat(EXT)).by == LEADER


async def test_a_talk_is_taken_over_with_two_keys(led: Page, hall: Hall) -> None:
    call_id = await _talk(hall)
    await hall.acd.sign_in(PHONE, user=LEADER, name=LEADER, groups={}, languages=[])
    await expect(_card(led)).to_have_attribute("data-state", "talking")
    await _card(led).focus()
    await led.keyboard.press("Enter")
    await expect(led.get_by_test_id("dock")).to_be_visible()
    await led.keyboard.press("j")
    await expect(led.get_by_role("button", name="确认接管")).to_be_visible()
    assert (await hall.acd.seat(EXT)).state is SeatState.TALKING
    await led.keyboard.press("j")
    await expect(_card(led)).to_have_attribute("data-state", "wrap_up")
    assert (await hall.acd.seat(PHONE)).call_id == call_id


async def test_a_caller_is_pulled_or_moved(led: Page, hall: Hall, owner: Owner) -> None:
    await _talk(hall)
    await hall.acd.sign_in(PHONE, user=LEADER, name=LEADER, groups={}, languages=[])
    first = await (await hall.caller("13904760002")).queues()
    second = await (await hall.caller("13904760003")).queues()
    row = led.get_by_test_id("queue").locator(f"[data-call='{second.call_id}']")
    await row.click()
    dock = led.get_by_test_id("call-dock")
    await expect(dock).to_contain_text("139****0003")
    await dock.get_by_text("通用组").click()
    await dock.get_by_text("12315").first.click()
    await dock.get_by_role("button", name="转队").click()
    await expect(led.get_by_text("已转队，等待时间保留")).to_be_visible()
    moved = await hall.acd.call(second.call_id)
    assert moved is not None and moved.groups != ("general",) and moved.moved_by == LEADER
    await led.get_by_test_id("queue").locator(f"[data-call='{first.call_id}']").get_by_text("抢接").click()
    await expect(led.get_by_test_id("queue").locator(f"[data-call='{first.call_id}']")).to_be_hidden()
    assert (await hall.acd.seat(PHONE)).call_id == first.call_id


async def test_a_refusal_says_what_to_do(led: Page, hall: Hall) -> None:
    await _talk(hall)
    await (await hall.caller("13904760002")).queues()
    await led.get_by_text("抢接").first.click()  # the leader has not signed in
    await expect(led.get_by_text("不能这样操作")).to_be_visible()


async def test_alarms_stand_on_top_and_count_on_every_page(led: Page, hall: Hall) -> None:
    alarm = {"id": "no_seat:general", "kind": "no_seat", "object": "general", "level": "bad", "raised_ms": 1,
             "text": "通用组无人签入", "cleared": False}  # fmt: skip
    await _tell(hall, alarm)
    await expect(led.get_by_test_id("alarms")).to_contain_text("通用组无人签入")
    await led.get_by_role("link", name="通话记录").click()
    await expect(led.get_by_role("link", name="班长席")).to_contain_text("1")
    await _tell(hall, alarm | {"cleared": True})
    await expect(led.get_by_role("link", name="班长席")).not_to_contain_text("1")


async def _tell(hall: Hall, alarm: dict[str, object]) -> None:
    fields = {"type": "alarm", "seat": "", "call": "", "data": json.dumps(alarm)}
    await hall.redis.call.xadd("{acd}:events", fields)  # type: ignore[arg-type]


async def test_arrow_keys_and_the_search_find_a_seat(led: Page, hall: Hall) -> None:
    for number in range(4):
        ext = str(1010 + number)
        await hall.acd.sign_in(ext, user=f"u{ext}", name=f"坐席{number}", groups={"general": 1}, languages=[])
    await expect(_card(led, "1013")).to_be_visible()
    await led.keyboard.press("/")
    await led.keyboard.type("坐席2")
    await expect(led.get_by_test_id("seats").locator("[data-seat]")).to_have_count(1)
    await led.keyboard.press("Enter")
    await expect(led.get_by_test_id("dock")).to_have_attribute("data-seat", "1012")
    await led.keyboard.press("Escape")
    await expect(led.get_by_test_id("dock")).to_be_hidden()


async def test_a_seat_has_no_board(page: Page, hall: Hall) -> None:
    await log_in(page)
    await connected(page)
    await expect(page.get_by_role("link", name="班长席")).to_be_hidden()
    await page.goto("/board")
    await expect(page).to_have_url(f"{hall.url}/")
