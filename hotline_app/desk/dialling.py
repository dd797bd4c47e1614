"""A seat calls somebody: the number goes sealed to the owner of the node at which the seat's phone is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from crm import Number, NumberKind
from hotline_app.desk.deps import Deps
from hotline_app.desk.problems import Problem
from hotline_app.number_seal import NumberSeal

_CHINA = "+86"


@dataclass(frozen=True, slots=True)
class Dialled:
    call_id: str
    ticket_no: str | None


async def dial(deps: Deps, *, seat: str, number: Number, by: str, request_id: str | None) -> Dialled:
    """Rings the seat's own phone first, then the number.  Audit before you call this.

    Raises the problems of an order; the 409 problem when the seat's phone is nowhere."""
    view = await deps.acd.seat(seat)
    if not view.node:
        raise Problem(
            "conflict", "您的话机没有注册，不能外呼", field="seat", value=seat, remedy="请先让话机上线"
        )
    data = {
        "seat": seat,
        "seat_node": view.node,
        "number": NumberSeal(deps.store.vault).seal(as_dialled(number)),
    }
    answer = await deps.ordering.ask(view.node, "dial-out", data, by=by, request_id=request_id)
    return Dialled(str(answer["call_id"]), answer.get("ticket_no"))


def as_dialled(number: Number) -> str:
    """Digits as they are dialled from here: 13904760001, 04768200001, 4001234567, 110."""
    digits = number.lookup.removeprefix("+")
    if number.kind is NumberKind.FOREIGN:
        return f"00{digits}"
    if not number.lookup.startswith(_CHINA):
        return digits
    national = number.lookup.removeprefix(_CHINA)
    return f"0{national}" if number.kind is NumberKind.FIXED else national


def request_of(who: str, key: str | None) -> str | None:
    """The order's id for an Idempotency-Key: the same request rings nobody twice."""
    return None if not key else hashlib.sha256(f"{who}\0{key}".encode()).hexdigest()
