"""Serves the built console at /; every page address of the console is its one index.html."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from hotline_app.desk.problems import not_found

_UNBUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>12345 热线</title>
<body><h1>控制台尚未构建</h1><p>接口已在 <code>/api/v1</code> 提供服务。请运行 <code>./hotline up</code>
（会自动构建），或在 <code>console/</code> 目录执行 <code>npm ci &amp;&amp; npm run build</code>
后刷新本页。</p></body></html>"""


class Console:
    """`root`: the built console.  Files with a hash in their name are cached for ever, index.html never."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["path"]
        if name.startswith(("api/", "metrics/")) or "\\" in name or "\0" in name:
            raise not_found("地址", "/" + name)
        parts = [part for part in name.split("/") if part]
        if any(part.startswith(".") for part in parts):
            raise not_found("地址", "/" + name)
        target = self._root.joinpath(*parts)
        found: bool = await asyncio.to_thread(_is_file, target)
        if parts and found:
            lasting = parts[0] == "assets"
            cache = "public, max-age=31536000, immutable" if lasting else "no-cache"
            return web.FileResponse(target, headers={"Cache-Control": cache})
        if parts and "." in parts[-1]:
            raise not_found("文件", "/" + name)
        index = self._root / "index.html"
        built: bool = await asyncio.to_thread(_is_file, index)
        if not built:
            return web.Response(text=_UNBUILT, content_type="text/html", status=503)
        return web.FileResponse(index, headers={"Cache-Control": "no-cache"})


def _is_file(path: Path) -> bool:
    return path.is_file()
