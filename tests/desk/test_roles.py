"""Who may do what: every role at every kind of door."""

from __future__ import annotations

import pytest

from hotline_app.desk import routes
from tests.desk.conftest import OpenBrowser
from tests.desk.standing import USERS, Standing

ALL = set(USERS)
OUTSIDE = {"unit", "county", "subcenter"}
CENTRE = ALL - OUTSIDE
SEATED = {"seat1", "seat2", "leader", "supervisor", "admin"}
WRITERS = SEATED | {"dispatcher"}
LED = {"leader", "supervisor", "admin"}
DIRECTORS = {"supervisor", "admin"}
REVIEWERS = LED | {"quality", "auditor"}
LISTENERS = SEATED | {"quality", "auditor"}

# The table is written out by hand: a role that is let in by mistake must not move the test with it.
DOORS = [
    ("GET", "/me", ALL),
    ("GET", "/lines", ALL),
    ("GET", "/regions", ALL),
    ("GET", "/units", ALL),
    ("GET", "/reasons", ALL),
    ("GET", "/calls", CENTRE),
    ("GET", "/calls/node1-1.1", CENTRE),
    ("GET", "/calls/node1-1.1/recording/caller", SEATED | {"quality", "auditor"}),
    ("POST", "/calls/node1-1.1/reveal", SEATED),
    ("POST", "/calls/node1-1.1/hangup", SEATED),
    ("GET", "/seats", CENTRE),
    ("GET", "/seats/1001", CENTRE),
    ("POST", "/seats/1009/sign-in", set()),
    ("POST", "/seats/1009/ready", set()),
    ("POST", "/seats/1009/wrap-up-done", set()),
    ("POST", "/seats/1009/sign-out", {"leader", "supervisor", "admin"}),
    ("POST", "/seats/1009/not-ready", {"leader", "supervisor", "admin"}),
    ("POST", "/seats/1009/wrap-up-extend", LED),
    ("POST", "/seats/1009/listen", LED),
    ("POST", "/seats/1009/whisper", LED),
    ("POST", "/seats/1009/barge", LED),
    ("POST", "/seats/1009/stop-listening", LED),
    ("POST", "/seats/1009/take-over", LED),
    ("POST", "/seats/1009/force-sign-out", LED),
    ("POST", "/seats/1009/force-ready", LED),
    ("POST", "/seats/1009/force-not-ready", LED),
    ("POST", "/seats/1009/message", LED),
    ("GET", "/seats/1009/messages", set()),
    ("POST", f"/seats/1009/messages/{'0' * 32}/read", set()),
    ("POST", "/messages", LED),
    ("POST", "/calls", SEATED),
    ("POST", "/calls/node1-1.1/pull", LED),
    ("POST", "/calls/node1-1.1/move", LED),
    ("POST", "/calls/node1-1.1/record-pause", SEATED),
    ("POST", "/calls/node1-1.1/record-resume", SEATED),
    ("GET", "/board", LED),
    ("GET", "/wallboard", CENTRE),
    ("GET", "/groups", CENTRE),
    ("GET", "/status", CENTRE),
    ("GET", "/tickets", CENTRE),
    ("GET", "/tickets/20261123000001", CENTRE),
    ("POST", "/tickets", WRITERS),
    ("POST", "/tickets/search", WRITERS),
    ("PATCH", "/tickets/20261123000001", WRITERS),
    ("POST", "/tickets/20261123000001/register", WRITERS),
    ("GET", "/callbacks", CENTRE),
    ("GET", "/callbacks/counts", CENTRE),
    ("GET", "/callbacks/m-1", CENTRE),
    ("POST", "/callbacks/m-1/claim", SEATED),
    ("POST", "/callbacks/m-1/dial", SEATED),
    ("POST", "/callbacks/m-1/result", SEATED),
    ("POST", "/callbacks/m-1/cancel", LED),
    ("GET", "/recordings", LISTENERS),
    ("POST", "/recordings/search", LISTENERS),
    ("GET", "/recordings/node1-1.1/export?reason=why", REVIEWERS),
    ("POST", "/recordings/node1-1.1/hold", DIRECTORS),
    ("POST", "/recordings/node1-1.1/release", DIRECTORS),
    ("GET", "/restrictions", REVIEWERS),
    ("POST", "/restrictions", SEATED),
    ("POST", "/restrictions/1/review", DIRECTORS),
    ("POST", "/restrictions/1/end", DIRECTORS),
    ("GET", "/surges", REVIEWERS),
    ("GET", "/surges/suggestions", REVIEWERS),
    ("POST", "/surges", LED),
    ("PATCH", "/surges/1", LED),
    ("POST", "/surges/1/end", LED),
    ("GET", "/measures?from=2026-11-23&to=2026-11-24", REVIEWERS),
    ("GET", "/measures.csv?from=2026-11-23&to=2026-11-24", REVIEWERS),
    ("GET", "/groups-config", REVIEWERS),
    ("GET", "/groups-config/none", REVIEWERS),
    ("POST", "/groups-config", LED),
    ("PUT", "/groups-config/none", LED),
    ("GET", "/routing-rules", REVIEWERS),
    ("GET", "/routing-rules/try", REVIEWERS),
    ("POST", "/routing-rules", LED),
    ("PUT", "/routing-rules/1", LED),
    ("DELETE", "/routing-rules/1", LED),
    ("GET", "/not-ready-reasons", REVIEWERS),
    ("POST", "/not-ready-reasons", LED),
    ("PUT", "/not-ready-reasons/none", LED),
    ("GET", "/events", CENTRE),
]
NAMES = {
    "{id}": "node1-1.1",
    "{no}": "20261123000001",
    "{code}": "none",
    "{num}": "1",
    "{task}": "m-1",
    "{message}": "0" * 32,
}
BODIES = {
    "/seats/1009/not-ready": {"reason": "break"},
    "/seats/1009/message": {"text": "请注意"},
    "/messages": {"text": "请注意"},
    "/calls": {"number": "13904760001"},
    "/calls/node1-1.1/move": {"groups": ["general"], "language": "zh"},
    "/tickets/search": {"caller": "13904760001"},
    "/calls/node1-1.1/reveal": {},
}


@pytest.mark.parametrize("name", sorted(ALL))
async def test_each_role_comes_through_its_doors_and_no_other(
    name: str, desk: Standing, browse: OpenBrowser
) -> None:
    browser = await browse(desk, name)
    entered = set()
    for method, path, _ in DOORS:
        body = BODIES.get(path, {} if method in ("POST", "PATCH", "PUT") else None)
        if path.startswith("/measures.csv"):
            async with browser.http.get(f"{browser.url}/api/v1{path}") as table:
                if table.status != 403:
                    entered.add((method, path))
            continue
        answer = await browser.send(method, path, body)
        assert answer.status not in (401, 500), (method, path, answer)
        if answer.status != 403:
            entered.add((method, path))
        else:
            assert answer.problem == "forbidden"
    assert entered == {(method, path) for method, path, who in DOORS if name in who}


async def test_nobody_comes_in_without_a_login(desk: Standing, browse: OpenBrowser) -> None:
    browser = await browse(desk)
    for method, path, _ in DOORS:
        assert (await browser.send(method, path)).problem == "not-signed-in", path


def test_the_table_above_knows_every_route() -> None:
    known = {(method, path.partition("?")[0]) for method, path, _ in DOORS}
    for endpoint in routes.ENDPOINTS:
        shape = endpoint.path
        for name, value in NAMES.items():
            shape = shape.replace(name, value)
        paths = {shape.replace("{ext}", ext) for ext in ("1001", "1009")}
        public = endpoint.roles is None or endpoint.path == "/logout"
        assert public or any((endpoint.method, path) in known for path in paths), endpoint.path


async def test_a_seats_buttons_are_its_own(desk: Standing, browse: OpenBrowser) -> None:
    one, two = await browse(desk, "seat1"), await browse(desk, "seat2")
    leader = await browse(desk, "leader")
    assert (await one.post("/seats/1001/sign-in")).body["state"] == "not_ready"
    for verb in ("sign-in", "ready", "wrap-up-done", "sign-out"):
        assert (await two.post(f"/seats/1001/{verb}")).problem == "forbidden"
    assert (await leader.post("/seats/1001/ready")).problem == "forbidden"
    assert (await one.post("/seats/1001/ready")).body["state"] == "ready"
    assert (await leader.post("/seats/1001/not-ready", {"reason": "meeting"})).body["reason"] == "meeting"
    assert (await leader.post("/seats/1001/sign-out")).body["state"] == "signed_out"


async def test_a_move_the_state_does_not_allow_names_the_state(desk: Standing, browse: OpenBrowser) -> None:
    one = await browse(desk, "seat1")
    refused = await one.post("/seats/1001/ready")
    assert refused.problem == "conflict" and refused.body["value"] == "signed_out"
    assert "未签入" in refused.body["detail"]
    assert (await one.post("/seats/1001/not-ready", {"reason": "no_answer"})).body["field"] == "reason"
    assert (await one.post("/seats/1001/not-ready", {})).problem == "invalid"


async def test_the_seat_list_holds_seats_at_which_nobody_sits(desk: Standing, browse: OpenBrowser) -> None:
    one = await browse(desk, "seat1")
    await one.post("/seats/1001/sign-in")
    seats = {seat["seat"]: seat for seat in (await one.get("/seats")).body["items"]}
    assert {ext: seat["state"] for ext, seat in seats.items()} == {
        "1001": "not_ready", "1002": "signed_out", "1003": "signed_out",
    }  # fmt: skip
    assert seats["1001"]["user"] == "seat1" and seats["1001"]["groups"] == {"general": 1}
    assert "secret" not in str(seats)
    assert (await one.get("/seats/abc")).problem == "not-found"
