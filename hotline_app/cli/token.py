"""`token`: a bearer token for a script, shown once."""

from __future__ import annotations

import argparse
import asyncio

from hotline_app.cli import place


def options(command: argparse.ArgumentParser) -> None:
    """`--role R [--name N] [--days D]`."""
    command.add_argument("--role", required=True, metavar="R", help="令牌的角色 / role")
    command.add_argument("--name", default="script", metavar="N", help="令牌的名称，写入审计 / name")
    command.add_argument("--days", type=int, metavar="D", help="有效天数，默认不过期 / days until it expires")
    place.options(command)


def run(given: argparse.Namespace) -> int:
    """Prints the token and nothing else."""
    print(asyncio.run(_issue(given)))
    return 0


async def _issue(given: argparse.Namespace) -> str:
    from crm.people import People
    from crm.types import now_ms
    from hotline_app import wiring

    store = await wiring.open_store(place.configured(given), tolerate_away=False)
    try:
        expires = None if given.days is None else now_ms() + given.days * 86_400_000
        return await People(store).issue_token(given.name, given.role, expires_at=expires)
    finally:
        await store.close()
