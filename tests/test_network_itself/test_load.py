"""Many calls: each arrives, is answered, ends, and leaves nothing behind."""

from __future__ import annotations

import pytest

from tests.network.load import Plan

from .conftest import EXTS, Exchange

pytestmark = pytest.mark.live


async def test_forty_calls_at_twenty_a_second_to_sixty_seats(exchange: Exchange) -> None:
    net = exchange.net
    seats = await net.seats({ext: f"secret-{ext}" for ext in EXTS}, speaks=False)
    for seat in seats:
        seat.answers(after=0.1, talks=1.0)

    legs = await net.load(calls=40, per_second=20, number="12341", plan=Plan(lasts_s=20))

    assert len(legs) == 40
    assert [leg for leg in legs if leg.answered_at is None] == []
    assert [leg for leg in legs if not leg.cut_off] == [], "the seats hang up, not the callers"
    placed = [leg.placed_at for leg in legs if leg.placed_at is not None]
    assert 1.5 < placed[-1] - placed[0] < 6
    rung = [leg for seat in seats for leg in seat.calls]
    assert sorted(leg.caller for leg in rung) == sorted(Plan().caller(n) for n in range(40))
    assert await net.channels() == []
    assert net.exchange.legs == []
