"""`status`: one look at everything."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict

from hotline_app.cli import place


def options(command: argparse.ArgumentParser) -> None:
    """--state and --json."""
    place.options(command, config=False)
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")


def run(given: argparse.Namespace) -> int:
    """0 when a call would be answered, 1 when not."""
    import logging

    from hotline_app import logs
    from hotline_app.reporting import report

    runtime = place.running(given)
    logs.configure(None, level=logging.CRITICAL)  # what is away is in the report
    found = asyncio.run(report(runtime))
    if given.json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=1))
        return 0 if found.ready else 1
    print(f"{'可以接听 / ready' if found.ready else '不能接听 / not ready'}  {runtime.web_url}")
    for name, pid in found.parts.items():
        print(f"  {name:16} {pid if pid else '没有运行 / not running'}")
    for name, node in found.nodes.items():
        state = "已连接 / linked" if node["link"] else "连不上 / no link"
        print(f"  节点 {name}：{state}，通道 {node['channels']}")
    print(f"  Redis {_word(found.redis)}，数据库 {_word(found.database)}")
    for seat in found.seats:
        registered = {True: "已注册", False: "未注册", None: "注册情况未知"}[seat["registered"]]
        print(f"  座席 {seat['seat']}：{seat['state']} {seat['reason']} {registered}")
    for group in found.groups:
        print(f"  队列 {group['group']}：{group['waiting']} 人等候，最长 {group['longest_wait_s']} 秒")
    shown = "查不到 / unknown" if found.unexplained is None else str(found.unexplained)
    print(f"  未解释的通话 / unexplained calls：{shown}")
    return 0 if found.ready else 1


def _word(up: bool) -> str:
    return "正常" if up else "不可用"
