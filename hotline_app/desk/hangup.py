"""Ends a call from a page.  The desk has no line to Asterisk: it asks the bridges, one of which acts."""

from __future__ import annotations

from redis.asyncio import Redis

from hotline_app.desk.deps import HangUp
from hotline_app.desk.problems import Problem

# pub/sub, "<call id> <who>": a request for now, worth nothing later, so it is not kept.
CHANNEL = "{acd}:hangup"


def by_redis(redis: Redis) -> HangUp:
    """Raises the 503 problem when no bridge listens."""

    async def hang_up(call_id: str, who: str) -> None:
        if not await redis.publish(CHANNEL, f"{call_id} {who}"):
            raise Problem(
                "redis-away",
                "没有桥接进程在线，暂时不能从页面挂断",
                remedy="请用话机挂断；并通知系统管理员检查桥接进程",
            )

    return hang_up
