"""ETag and If-Match: a row's version goes out as a quoted number and comes back with the edit."""

from __future__ import annotations

import re

from aiohttp import web

from hotline_app.desk.problems import Problem

_VERSION = re.compile(r'(?:W/)?"(\d{1,18})"', re.ASCII)


def etag(version: int) -> str:
    return f'"{version}"'


def wanted(request: web.Request) -> int:
    """The version that the edit was made on.  Raises the 428 problem without one, 422 for a strange one."""
    version = given(request)
    if version is None:
        raise Problem(
            "precondition",
            "修改须带上读到的版本号",
            field="If-Match",
            remedy="请在 If-Match 头中送回最近一次读到的 ETag",
        )
    return version


def given(request: web.Request) -> int | None:
    """The version in If-Match, None without the header.  Raises the 422 problem for a strange one."""
    header = request.headers.get("If-Match", "")
    if not header:
        return None
    match = _VERSION.fullmatch(header.strip())
    if match is None:
        raise Problem(
            "invalid", "版本号格式不正确", field="If-Match", value=header, remedy='应为 ETag 原样，如 "3"'
        )
    return int(match[1])
