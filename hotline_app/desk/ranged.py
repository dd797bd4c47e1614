"""Parts of a file, or of what is made from files: Range, If-Range, If-None-Match (RFC 9110 §13, §14).

aiohttp's own file answer names a file by its time alone and knows If-Range only as a date; ours is named by
the hash that stands in the database, and need not be a file at all.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

from aiohttp import web

from hotline_app.desk.headers import SECURITY
from hotline_app.desk.problems import Problem

_CHUNK = 256 * 1024


class Source(Protocol):
    """Bytes that can be read anywhere.  Methods block: they are called in a thread."""

    @property
    def size(self) -> int:
        """Bytes in all."""

    def read(self, start: int, count: int) -> bytes:
        """`count` bytes from `start` on, fewer at the end.  Raises OSError."""


class FileSource:
    """One file as it lies there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size

    def read(self, start: int, count: int) -> bytes:
        with self._path.open("rb") as opened:
            opened.seek(start)
            return opened.read(count)


async def send(
    request: web.Request,
    source: Source,
    *,
    etag: str,
    media_type: str,
    headers: dict[str, str] | None = None,
) -> web.StreamResponse:
    """The whole, or the part asked for.  `etag`: strong, without quotes; changes whenever a byte does.

    Raises the 416 problem for a part that does not exist."""
    quoted = f'"{etag}"'
    common = {**SECURITY, "ETag": quoted, "Accept-Ranges": "bytes", **(headers or {})}
    if _knows(request.headers.get("If-None-Match", ""), quoted):
        return web.Response(status=304, headers=common)
    start, stop = 0, source.size
    part = request.headers.get("If-Range", quoted) == quoted and "Range" in request.headers
    if part:
        start, stop = _asked(request, source.size)
        common["Content-Range"] = f"bytes {start}-{stop - 1}/{source.size}"
    response = web.StreamResponse(status=206 if part else 200, headers=common)
    response.content_type = media_type
    response.content_length = stop - start
    await response.prepare(request)
    while start < stop and request.method != "HEAD":
        chunk = await asyncio.to_thread(source.read, start, min(_CHUNK, stop - start))
        if not chunk:
            # Cut off below us: the promised length cannot be kept, and the peer must not take it for whole.
            raise ConnectionResetError("the source ended early")
        await response.write(chunk)
        start += len(chunk)
    await response.write_eof()
    return response


def _knows(header: str, quoted: str) -> bool:
    return quoted in [name.strip().removeprefix("W/") for name in header.split(",")]


def _asked(request: web.Request, size: int) -> tuple[int, int]:
    """First byte, and the one after the last."""
    try:
        asked = request.http_range
    except ValueError:
        raise _nowhere(request, size) from None
    start, stop = asked.start or 0, asked.stop
    if start < 0:
        start, stop = max(0, size + start), size
    stop = size if stop is None else min(stop, size)
    if start >= stop:
        raise _nowhere(request, size)
    return start, stop


def _nowhere(request: web.Request, size: int) -> Problem:
    return Problem(
        "range",
        "所要的片段超出录音长度",
        field="Range",
        value=request.headers.get("Range"),
        remedy=f"录音共 {size} 字节",
        headers={"Content-Range": f"bytes */{size}"},
    )
