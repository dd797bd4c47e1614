"""Whose seat it is: a person works the buttons of one's own, a leader those of everybody."""

from __future__ import annotations

from hotline_app.desk.problems import Problem, forbidden
from hotline_app.desk.roles import LEADERS
from hotline_app.desk.sessions import Session


def own(who: Session, ext: str) -> None:
    """Only the person at the seat works its buttons."""
    if who.seat != ext:
        raise forbidden(f"坐席 {ext} 不是您的坐席")


def own_or_led(who: Session, ext: str) -> None:
    if who.seat != ext and who.role not in LEADERS:
        raise forbidden(f"坐席 {ext} 不是您的坐席")


def seat_of(who: Session, purpose: str) -> str:
    """The seat at whose phone this happens.  Raises the 409 problem for a person without one."""
    if who.seat is None:
        raise Problem(
            "conflict",
            f"您的账号没有绑定分机，不能{purpose}",
            field="seat",
            remedy="请系统管理员为您的账号绑定一个分机",
        )
    return who.seat
