"""A process is known again only when id, start time and command line agree."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from hotline_app.processes import Process, remembered
from tests.hotline_app.running import alive

SLEEP = ("/bin/sleep", "60")


def started(tmp_path: Path) -> Process:
    process = Process("sleeper", tmp_path / "sleeper.json")
    process.spawn(SLEEP, env=dict(os.environ), output=tmp_path / "out", cwd=tmp_path)
    return process


async def test_a_process_is_adopted_waited_for_and_stopped_by_another_keeper(tmp_path: Path) -> None:
    first = started(tmp_path)
    assert first.record is not None
    second = Process("sleeper", tmp_path / "sleeper.json")
    assert second.running
    assert second.record == first.record
    await second.stop(patience_s=5)
    await first.ended()
    assert not alive(first.record.pid)
    assert not (tmp_path / "sleeper.json").exists()


async def test_one_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    process = Process("deaf", tmp_path / "deaf.json")
    deaf = ("/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
    process.spawn(deaf, env=dict(os.environ), output=tmp_path / "out", cwd=tmp_path)
    assert process.record is not None
    pid = process.record.pid
    await process.stop(patience_s=0.5)
    assert not alive(pid)


async def test_a_stranger_that_got_the_same_id_is_left_alone(tmp_path: Path) -> None:
    process = started(tmp_path)
    assert process.record is not None
    file = tmp_path / "sleeper.json"
    written = json.loads(file.read_text())
    for change in ({"started": written["started"] + 1}, {"argv": ["/bin/sleep", "61"]}):
        file.write_text(json.dumps(written | change))
        assert remembered(file) is None
    file.write_text("{half a fi")
    assert remembered(file) is None
    assert alive(process.record.pid)
    await process.stop(patience_s=5)


async def test_a_death_is_noticed_at_once_also_of_a_process_that_is_not_our_child(tmp_path: Path) -> None:
    first = started(tmp_path)
    assert first.record is not None
    adopted = Process("sleeper", tmp_path / "sleeper.json")
    os.kill(first.record.pid, signal.SIGKILL)
    await adopted.ended()
    await first.ended()
    assert not adopted.running
