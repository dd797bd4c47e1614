"""The OpenAPI 3.1 document, derived from the route declarations; it cannot drift from what is served."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from hotline_app.desk.endpoint import AnyEndpoint, Nothing, RawEndpoint
from hotline_app.desk.problems import KINDS, MEDIA_TYPE, ProblemBody

_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(\w+)(?::[^}]*)?\}")


def document(endpoints: Sequence[AnyEndpoint], raw: Sequence[RawEndpoint], prefix: str) -> dict[str, Any]:
    """The whole document as JSON-able data."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ProblemBody, "serialization")]
    for endpoint in endpoints:
        wanted.append((endpoint.answer, "serialization"))
        if endpoint.has_body:
            wanted.append((endpoint.body, "validation"))
    refs, definitions = models_json_schema(wanted, ref_template=_REF)
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        operation: dict[str, Any] = {
            "summary": endpoint.summary,
            "tags": [endpoint.tag],
            "operationId": endpoint.handler.__name__,
            "parameters": [*_path_parameters(endpoint.path), *_query_parameters(endpoint.query)],
            "responses": {
                str(endpoint.status): {
                    "description": "成功",
                    "content": {"application/json": {"schema": refs[(endpoint.answer, "serialization")]}},
                },
                **_problems(_kinds(endpoint), refs[(ProblemBody, "serialization")]),
            },
        }
        if endpoint.has_body:
            schema = refs[(endpoint.body, "validation")]
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
        if endpoint.etag:
            operation["responses"][str(endpoint.status)]["headers"] = {
                "ETag": {"description": "内容的版本", "schema": {"type": "string"}}
            }
        if endpoint.if_match:
            operation["parameters"].append(_header("If-Match", "最近一次读到的 ETag", required=True))
        if endpoint.idempotency:
            operation["parameters"].append(_header("Idempotency-Key", "同一键只建一次", required=False))
        _guard(operation, endpoint.roles is None, endpoint.method)
        if endpoint.roles is not None:
            operation["x-roles"] = sorted(endpoint.roles)
        paths.setdefault(_plain(prefix + endpoint.path), {})[endpoint.method.lower()] = operation
    for route in raw:
        operation = {
            "summary": route.summary,
            "tags": [route.tag],
            "parameters": [*_path_parameters(route.path), *_query_parameters(route.query)],
            "responses": {
                str(route.status): {"description": "成功", "content": {route.media_type: {}}},
                **_problems(
                    {"not-signed-in", "forbidden", *route.errors}, refs[(ProblemBody, "serialization")]
                ),
            },
            "x-roles": sorted(route.roles),
        }
        _guard(operation, False, "GET")
        paths.setdefault(_plain(prefix + route.path), {})["get"] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "赤峰市12345政务服务便民热线 API", "version": "1"},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "hl_session"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _plain(path: str) -> str:
    return _PARAMETER.sub(r"{\1}", path)


def _guard(operation: dict[str, Any], public: bool, method: str) -> None:
    if public:
        operation["security"] = []
        return
    session: dict[str, list[str]] = {"session": []}
    if method != "GET":
        session["csrf"] = []
    operation["security"] = [session, {"bearer": []}]


def _kinds(endpoint: AnyEndpoint) -> set[str]:
    """The problems a route can answer, as far as its declaration implies them."""
    kinds = {*endpoint.errors, "database-away"}
    if endpoint.roles is not None:
        kinds |= {"not-signed-in", "forbidden"}
        if endpoint.method != "GET":
            kinds.add("csrf")
    if endpoint.has_query:
        kinds.add("invalid")
    if endpoint.has_body:
        kinds |= {"malformed", "too-large", "media-type", "invalid"}
    if "{" in endpoint.path:
        kinds.add("not-found")
    if endpoint.if_match:
        kinds |= {"changed", "precondition"}
    if endpoint.idempotency:
        kinds.add("in-progress")
    return kinds


def _problems(kinds: Iterable[str], schema: Any) -> dict[str, Any]:
    titles: dict[int, list[str]] = {}
    for kind in sorted(kinds):
        status, title = KINDS[kind]
        titles.setdefault(status, []).append(f"{title}({kind})")
    return {
        str(status): {"description": ";".join(names), "content": {MEDIA_TYPE: {"schema": schema}}}
        for status, names in sorted(titles.items())
    }


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(path)
    ]


def _query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    if model is Nothing:
        return []
    schema = model.model_json_schema()
    if "$defs" in schema:
        raise TypeError(f"{model.__name__}: a query holds plain values only")
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": value}
        for name, value in schema["properties"].items()
    ]


def _header(name: str, description: str, *, required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string"},
    }
