"""Messages on the disk: long enough is kept, too short is removed, and asking twice changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from agi.legs import voicemail_of
from agi.live import Memory, explain
from agi.voicemail import Message, Voicemails
from crm import Outcome

CALL = "node1-1764000000.12"


def recorded(folder: Path, seconds: float) -> Path:
    file = folder / voicemail_of(CALL)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\0" * (44 + round(seconds * 16_000)))
    return file


async def test_a_message_is_found_with_its_length(tmp_path: Path) -> None:
    file = recorded(tmp_path, 4.25)
    messages = Voicemails(tmp_path, shortest_s=2)
    found = Message(f"20251124/{CALL}-voicemail.wav", 4.2)
    assert await messages.of(CALL) == found
    assert await messages.of(CALL) == found
    assert file.exists()


@pytest.mark.parametrize("seconds", [0.0, 1.9])
async def test_one_that_is_too_short_is_removed(tmp_path: Path, seconds: float) -> None:
    file = recorded(tmp_path, seconds)
    assert await Voicemails(tmp_path, shortest_s=2).of(CALL) is None
    assert not file.exists()


async def test_an_empty_file_and_none_at_all_are_no_message(tmp_path: Path) -> None:
    messages = Voicemails(tmp_path, shortest_s=2)
    assert await messages.of(CALL) is None
    recorded(tmp_path, 0).write_bytes(b"")
    assert await messages.of(CALL) is None


def test_who_hangs_up_in_the_message_is_explained_by_what_was_left() -> None:
    seen = Memory(voicemail=True)
    assert explain(seen, None, 0, message=Message("x", 3)) is Outcome.VOICEMAIL
    assert explain(seen, None, 0) is Outcome.ABANDONED_QUEUE
    talked = Memory(answered_by="1001", voicemail=True)
    assert explain(talked, None, 0, message=Message("x", 3)) is Outcome.ANSWERED
