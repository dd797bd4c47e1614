"""What is served beside the API: the console, the figures, the document, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from crm import Outcome
from hotline_app.desk import routes
from hotline_app.desk.app import DEPS
from tests.desk.conftest import OpenBrowser
from tests.desk.schema import faults
from tests.desk.standing import Standing


async def _fetch(desk: Standing, path: str, method: str = "GET") -> tuple[int, str, dict[str, str]]:
    async with aiohttp.ClientSession() as http, http.request(method, desk.url + path) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


@pytest.fixture
def console(tmp_path: Path) -> Path:
    (tmp_path / "dist/assets").mkdir(parents=True)
    (tmp_path / "dist/index.html").write_text("<p>console</p>", encoding="utf-8")
    (tmp_path / "dist/assets/app-1a2b.js").write_text("let a", encoding="utf-8")
    (tmp_path / "dist/.env").write_text("secret", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return tmp_path / "dist"


async def test_the_console_and_its_pages(console: Path, desk: Standing) -> None:
    for page in ("/", "/calls", "/tickets/20261123000001"):
        status, text, headers = await _fetch(desk, page)
        assert (status, text, headers["Cache-Control"]) == (200, "<p>console</p>", "no-cache")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Server"] == "hotline"
    status, text, headers = await _fetch(desk, "/assets/app-1a2b.js")
    assert (status, text) == (200, "let a") and "immutable" in headers["Cache-Control"]


async def test_nothing_else_is_served(console: Path, desk: Standing) -> None:
    up = ("/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/%2e%2e/%2e%2e/secret.txt")
    for path in (*up, "/assets/none.js", "/.env", "/api/v1/nothing", "/api", "/api/v2/me", "/%00"):
        status, text, _ = await _fetch(desk, path)
        assert "secret" not in text or "/secret.txt" in text, path
        assert status == 404 or (status == 200 and text == "<p>console</p>"), (path, status)


async def test_an_unbuilt_console_says_how_to_build_it(desk: Standing) -> None:
    status, text, _ = await _fetch(desk, "/")
    assert status == 503 and "./hotline up" in text


async def test_a_wrong_method_names_the_right_ones(desk: Standing, browse: OpenBrowser) -> None:
    one = await browse(desk, "seat1")
    refused = await one.send("DELETE", "/tickets")
    assert refused.problem == "method" and refused.headers["Allow"] == "GET,POST"
    assert (await one.post("/nothing")).problem == "not-found"


async def test_the_figures(desk: Standing, browse: OpenBrowser) -> None:
    await desk.call("node1-1.1", outcome=Outcome.ABANDONED_QUEUE)
    await desk.call("node1-1.2")
    await desk.call("node1-1.3", arrived_at=1_000_000)  # long ago, and never explained
    one = await browse(desk, "seat1")
    await one.post("/seats/1001/sign-in")
    _, text, _ = await _fetch(desk, "/metrics")
    for line in (
        'hotline_calls_today{outcome="abandoned_queue"} 1.0',
        'hotline_calls_today{outcome="answered"} 0.0',
        "hotline_tickets_today 2.0",
        "hotline_unexplained_calls 1.0",
        'hotline_seats{state="not_ready"} 1.0',
        'hotline_part_up{part="redis"} 1.0',
        'hotline_logins_total{result="accepted"} 1.0',
        'hotline_http_seconds_count{method="POST",route="/api/v1/seats/{ext}/sign-in",status="200"} 1.0',
    ):
        assert line in text.splitlines(), line
    assert "1390476" not in text and "node1-1" not in text
    assert (await one.get("/status")).body["unexplained"] == 1
    status, text, _ = await _fetch(desk, "/healthz")
    assert status == 200 and '"ok"' in text


async def test_the_document_and_the_routes_are_the_same(desk: Standing, browse: OpenBrowser) -> None:
    document = (await browse(desk)).document
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }  # fmt: skip
    app = desk.runner.app
    assert app is not None and app[DEPS].config is desk.config
    served = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/v1/")
    }
    served = {route for route in served if route[0] != "HEAD" and not route[1].endswith("openapi.json")}
    assert described == served
    assert len(described) == len(routes.ENDPOINTS) + len(routes.raw())


async def test_every_reference_in_the_document_leads_somewhere(desk: Standing, browse: OpenBrowser) -> None:
    document = (await browse(desk)).document

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                assert node["$ref"].removeprefix("#/components/schemas/") in document["components"]["schemas"]
            for part in node.values():
                walk(part)
        elif isinstance(node, list):
            for part in node:
                walk(part)

    walk(document)


def test_the_checker_of_answers_finds_faults() -> None:
    document = {"n": {"type": "integer"}}
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {
            "a": {"anyOf": [{"$ref": "#/n"}, {"type": "null"}]},
            "b": {"type": "array", "items": {"enum": ["x"]}},
        },
    }
    assert faults({"a": 1, "b": ["x"]}, schema, document) == faults({"a": None}, schema, document) == []
    wrong: Any
    for wrong in ({}, {"a": "1"}, {"a": True}, {"a": 1, "b": ["y"]}, {"a": 1, "c": 1}, []):
        assert faults(wrong, schema, document), wrong
