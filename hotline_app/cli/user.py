"""`user add`: people who log in to the console."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys

from hotline_app.cli import place


def options(command: argparse.ArgumentParser) -> None:
    """`add NAME --role R [--unit U] [--seat EXT] --password-stdin`."""
    verbs = command.add_subparsers(dest="verb", required=True, metavar="add")
    add = verbs.add_parser("add", help="新增用户 / add a user")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", required=True, metavar="R", help="seat、shift_leader、admin……")
    add.add_argument("--unit", metavar="U", help="所属单位 / unit")
    add.add_argument("--seat", metavar="EXT", help="座席分机号；没有这个座席就新建 / made if missing")
    add.add_argument("--password-stdin", action="store_true", required=True, help="从标准输入读密码")
    place.options(add)


def run(given: argparse.Namespace) -> int:
    """0 when the user was made.  A seat that is new is taken up by a running Asterisk at once."""
    password = sys.stdin.readline().rstrip("\r\n")
    asyncio.run(_add(given, password))
    return 0


async def _add(given: argparse.Namespace, password: str) -> None:
    from crm import FieldInvalid, catalogue
    from crm.people import People
    from hotline_app import wiring
    from hotline_app.state import holder

    seat: str | None = given.seat
    if seat is not None and not (
        seat.isascii() and seat.isdigit() and 3 <= len(seat) <= 6 and seat[0] != "0"
    ):
        raise FieldInvalid(f"座席分机号应为 3 至 6 位数字，不以 0 开头：{seat}", field="seat", value=seat)
    runtime = place.configured(given)
    store = await wiring.open_store(runtime, tolerate_away=False)
    try:
        known = {found.ext for found in await catalogue.seats(store)}
        person = await People(store).add(given.name, password, given.role, unit=given.unit, seat=seat)
        print(f"已新增用户 {person.name}（{person.role.value}） / user added")
        if seat is not None:
            made = await catalogue.ensure_seats(store, [seat])
            secret = next(found.secret for found in made if found.ext == seat)
            sip = runtime.values.sip
            print(f"话机：用户名 {seat}，密码 {secret}，服务器 {sip.host}:{sip.port} / phone's account")
    finally:
        await store.close()
    supervisor = holder(runtime.state)
    if seat is not None and seat not in known and supervisor is not None:
        os.kill(supervisor, signal.SIGHUP)
