"""Coming in: passwords, cookies, CSRF, tokens, guessing."""

from __future__ import annotations

import asyncio

from crm import People
from tests.desk.conftest import OpenBrowser, OpenDesk
from tests.desk.standing import PASSWORD, USERS, Standing


async def test_a_login_gives_a_cookie_that_no_script_and_no_other_site_can_use(
    desk: Standing, browse: OpenBrowser
) -> None:
    browser = await browse(desk)
    answer = await browser.login("seat1")
    assert answer.body["me"] == {
        "name": "seat1", "role": "seat", "seat": "1001", "unit": None, "csrf": answer.body["csrf"],
    }  # fmt: skip
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    assert (await browser.get("/me")).body == answer.body["me"]


async def test_the_cookie_is_secure_behind_tls(open_desk: OpenDesk, browse: OpenBrowser) -> None:
    desk = await open_desk(secure_cookie=True)
    assert "Secure" in (await (await browse(desk)).login("seat1")).headers["Set-Cookie"]


async def test_wrong_password_and_unknown_name_look_the_same(desk: Standing, browse: OpenBrowser) -> None:
    browser = await browse(desk)
    wrong, unknown = await browser.login("seat1", "not-it-at-all"), await browser.login("nobody")
    assert wrong.problem == unknown.problem == "login-refused"
    assert wrong.body == unknown.body
    assert "not-it-at-all" not in str(wrong.body)


async def test_guessing_is_slowed_down_by_name_and_a_good_login_clears_the_count(
    open_desk: OpenDesk, browse: OpenBrowser
) -> None:
    desk = await open_desk(login_tries=3)
    browser = await browse(desk)
    for _ in range(2):
        assert (await browser.login("seat1", "wrong-password")).status == 401
    assert (await browser.login("seat1")).status == 200
    for _ in range(3):
        assert (await browser.login("seat1", "wrong-password")).status == 401
    refused = await browser.login("seat1", PASSWORD)
    assert refused.problem == "too-many" and 0 < int(refused.headers["Retry-After"]) <= 300
    assert (await browser.login("seat2")).status == 200


async def test_guessing_many_names_is_slowed_down_by_address(
    open_desk: OpenDesk, browse: OpenBrowser
) -> None:
    desk = await open_desk(login_tries=1)
    browser = await browse(desk)
    for name in list(USERS)[1:]:
        assert (await browser.login(name, "wrong-password")).status == 401
    assert (await browser.login("seat1")).problem == "too-many"


async def test_after_a_logout_the_cookie_is_worth_nothing(desk: Standing, browse: OpenBrowser) -> None:
    browser = await browse(desk, "seat1")
    (cookie,) = (c.value for c in browser.http.cookie_jar if c.key == "hl_session")
    assert (await browser.post("/logout")).status == 200
    stolen = await browse(desk)
    assert (await stolen.get("/me", Cookie=f"hl_session={cookie}")).problem == "not-signed-in"
    assert (await browser.get("/me")).problem == "not-signed-in"


async def test_a_write_without_the_pages_token_is_refused(desk: Standing, browse: OpenBrowser) -> None:
    browser = await browse(desk, "seat1")
    browser.csrf = ""
    assert (await browser.post("/seats/1001/sign-in")).problem == "csrf"
    browser.csrf = "某个别的"
    wrong = await browser.send("POST", "/seats/1001/sign-in", headers={"X-CSRF-Token": "wrong"})
    assert wrong.problem == "csrf"
    assert (await desk.acd.seat("1001")).state == "signed_out"


async def test_a_bearer_token_needs_no_page_token(desk: Standing, browse: OpenBrowser) -> None:
    people = People(desk.store)
    token = await people.issue_token("robot", "supervisor")
    browser = await browse(desk)
    bearer = {"Authorization": f"Bearer {token}"}
    made = await browser.post("/tickets", {"title": "路灯不亮"}, bearer)
    assert made.status == 201 and made.body["created_by"] == "robot"
    assert (await browser.get("/me", **bearer)).body["role"] == "supervisor"
    assert (await browser.get("/me", Authorization="Bearer hl_guess")).problem == "not-signed-in"


async def test_a_revoked_token_is_refused_within_seconds(desk: Standing, browse: OpenBrowser) -> None:
    people = People(desk.store)
    token = await people.issue_token("robot", "supervisor")
    browser = await browse(desk)
    assert (await browser.get("/me", Authorization=f"Bearer {token}")).status == 200
    await people.revoke_token("robot", actor="admin")
    await asyncio.sleep(5.2)  # what a desk remembers of a login
    assert (await browser.get("/me", Authorization=f"Bearer {token}")).problem == "not-signed-in"


async def test_what_is_no_login_form_is_told_so(desk: Standing, browse: OpenBrowser) -> None:
    browser = await browse(desk)
    for body, kind, field in (
        ("{", "malformed", None),
        ("[]", "invalid", None),
        ({"name": "seat1"}, "invalid", "password"),
        ({"name": "", "password": "x"}, "invalid", "name"),
        ({"name": "seat1", "password": "x" * 300}, "invalid", "password"),
        ({"name": "seat1", "password": "x", "admin": True}, "invalid", "admin"),
    ):
        answer = await browser.post("/login", body)
        assert (answer.problem, answer.body.get("field")) == (kind, field), body
    form = await browser.post("/login", "name=seat1", {"Content-Type": "application/x-www-form-urlencoded"})
    assert form.problem == "media-type"
    assert (await browser.post("/login", {"name": "a", "password": "x" * 300_000})).problem == "too-large"
