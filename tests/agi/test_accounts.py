"""What only Asterisk's own record tells: messages that nobody followed, callbacks that rang in vain."""

from __future__ import annotations

from pathlib import Path

import pytest

from agi.accounts import Accounts
from agi.legs import callback_of, voicemail_of
from agi.voicemail import Voicemails
from ami_bridge.cel import tail
from crm import calls
from tests.agi.conftest import NODE, Hotline
from tests.ami_bridge.test_cel import line, write

AT = 1_764_000_000
CALL = f"{NODE}-{AT}.7"


@pytest.fixture
def cel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tail, "_LINGER_S", 0.0)  # the wait for a late writer is tested by itself
    return tmp_path / "cel.csv"


def accounts(hotline: Hotline, cel: Path) -> Accounts:
    messages = Voicemails(hotline.recordings, shortest_s=2)
    bookmark = cel.with_suffix(".bookmark")
    return Accounts(node=NODE, cel=cel, bookmark=bookmark, ledger=hotline.ledger, voicemails=messages)


def ended(call_id: str, exten: str) -> list[str]:
    """A call that came and went, and that no seat answered."""
    first = {"channel": "PJSIP/carrier-1", "context": "from-carrier", "exten": exten, "num": "13904760001"}
    kinds = (
        ("CHAN_START", 0.0),
        ("ANSWER", 0.1),
        ("HANGUP", 30.0),
        ("CHAN_END", 30.0),
        ("LINKEDID_END", 30.1),
    )
    return [line(kind, AT + after, call_id, **first) for kind, after in kinds]


async def test_a_message_that_was_left_while_nobody_followed_is_found(hotline: Hotline, cel: Path) -> None:
    file = hotline.recordings / voicemail_of(CALL)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\0" * (44 + 5 * 16_000))
    write(cel, *ended(CALL, "12345"))
    assert await accounts(hotline, cel).settle() == 1
    await hotline.ledger.flush()
    detail = await calls.detail(hotline.store, CALL)
    assert detail.row.outcome == "voicemail"
    assert [dict(mark.data) for mark in detail.marks if mark.kind == "voicemail"] == [
        {"path": voicemail_of(CALL), "seconds": 5.0}
    ]


async def test_a_callback_that_rang_in_vain_is_no_call(hotline: Hotline, cel: Path) -> None:
    write(cel, *ended(callback_of(CALL), "s"))
    assert await accounts(hotline, cel).settle() == 0
    await hotline.ledger.flush()
    assert (await calls.page(hotline.store)).items == []


async def test_a_callback_that_was_picked_up_is_explained_like_any_call(hotline: Hotline, cel: Path) -> None:
    picked_up = hotline.call(origin="callback")
    picked_up.variables["HL_CALL"] = callback_of(CALL)
    await picked_up.asks("callback")
    await hotline.ledger.flush()
    write(cel, *ended(callback_of(CALL), "s"))
    assert await accounts(hotline, cel).settle() == 1
    outcome, _ = await hotline.told(picked_up)
    assert outcome is not None
    row = (await calls.detail(hotline.store, callback_of(CALL))).row
    assert row.origin == "callback"
