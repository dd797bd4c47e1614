"""The live board (班长席) and the wallboard (大屏)."""

from __future__ import annotations

from hotline_app.desk.board_shapes import BoardOut, WallOut
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Nothing
from hotline_app.desk.roles import CENTRE, LEADERS

_TAG = "看板"


async def board(ask: Ask[Nothing, Nothing]) -> BoardOut:
    """Everything a shift leader sees, in one answer; events tell when to read it again."""
    return await ask.deps.board.board()


async def wallboard(ask: Ask[Nothing, Nothing]) -> WallOut:
    return await ask.deps.board.wall()


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint("GET", "/board", "班长看板", board, BoardOut, LEADERS, errors=("redis-away",), tag=_TAG),
    Endpoint("GET", "/wallboard", "大屏", wallboard, WallOut, CENTRE, errors=("redis-away",), tag=_TAG),
]
