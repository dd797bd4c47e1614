"""`up` on a real Asterisk and Redis: ready, killed and adopted, repaired, refused, stopped.

Slow (some 20 s): each test boots the whole house.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hotline_app.running import Running, alive

pytestmark = pytest.mark.live


@pytest.fixture
def hotline(programs: object) -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="hl-up-", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o755)
        made = Running(Path(place))
        yield made
        made.clean()


def eventually(what: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def test_killed_python_is_replaced_and_asterisk_and_redis_are_adopted(hotline: Running) -> None:
    hotline.up()
    hotline.ready()
    before = hotline.pids()
    assert set(before) == {"asterisk-node1", "redis", "bridge-0", "bridge-1", "desk"}

    second = hotline.command("up", "--config", str(hotline.config))
    assert second.returncode == 1
    assert str(hotline.supervisor) in second.stderr, "it says who holds the directory"
    assert hotline.pids() == before

    hotline.kill_all_python()
    assert alive(before["asterisk-node1"])
    assert alive(before["redis"])

    hotline.up()
    hotline.ready()
    after = hotline.pids()
    assert {name: after[name] for name in ("asterisk-node1", "redis")} == {
        name: before[name] for name in ("asterisk-node1", "redis")
    }
    assert all(after[name] != before[name] for name in ("bridge-0", "bridge-1", "desk"))
    assert "接管" in hotline.said

    status = hotline.command("status", "--json")
    report = json.loads(status.stdout)
    assert (status.returncode, report["ready"], report["unexplained"]) == (0, True, 0), report
    assert report["nodes"] == {"node1": {"link": True, "channels": 0}}

    assert hotline.stop() == 0
    eventually(lambda: not any(alive(pid) for pid in after.values()), 5)


def test_parts_that_die_come_back_and_new_seats_are_taken_up(hotline: Running) -> None:
    hotline.up()
    hotline.ready()
    before = hotline.pids()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    def all_new_and_ready() -> bool:
        after = hotline.pids()
        return (
            all(alive(after[name]) and after[name] != before[name] for name in before)
            and hotline.command("status").returncode == 0
        )

    eventually(all_new_and_ready, 40)
    added = hotline.command(
        "user", "add", "张三", "--role", "seat", "--seat", "1001", "--password-stdin", "--config",
        str(hotline.config), input="correct horse\n",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    pjsip = hotline.state / "nodes/node1/etc/pjsip.conf"
    eventually(lambda: "[1001]" in pjsip.read_text(), 10)
    assert hotline.stop() == 0


def test_two_nodes_are_checked_started_adopted_and_watched(programs: object) -> None:
    with tempfile.TemporaryDirectory(prefix="hl-up-", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o755)
        house = Running(Path(place), nodes=2)
        try:
            _two_nodes(house)
        finally:
            house.clean()


def _two_nodes(house: Running) -> None:
    def sound() -> None:
        checked = house.command("check", "--config", str(house.config))
        assert (checked.returncode, checked.stderr) == (0, ""), checked

    sound()  # both are booted as copies
    house.up()
    house.ready()
    sound()  # both are asked
    before = house.pids()
    nodes = {"asterisk-node1", "asterisk-node2"}
    assert nodes < set(before)
    report = json.loads(house.command("status", "--json").stdout)
    linked = {"link": True, "channels": 0}
    assert (report["ready"], report["nodes"]) == (True, {"node1": linked, "node2": linked})

    house.kill_all_python()
    house.up()
    house.ready()
    after = house.pids()
    assert {name: after[name] for name in nodes} == {name: before[name] for name in nodes}

    os.kill(after["asterisk-node2"], signal.SIGKILL)
    eventually(lambda: house.pids()["asterisk-node2"] != after["asterisk-node2"], 20)
    eventually(lambda: house.command("status").returncode == 0, 20)
    assert house.pids()["asterisk-node1"] == after["asterisk-node1"], "the other goes on"
    pids = house.pids()
    assert house.stop() == 0
    eventually(lambda: not any(alive(pid) for pid in pids.values()), 5)


def test_ports_in_use_are_all_named_before_anything_starts(hotline: Running) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as web,
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as ami,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip,
    ):
        for squatter, port in ((web, hotline.web), (ami, hotline.ami), (sip, hotline.sip)):
            squatter.bind(("127.0.0.1", port))
        web.listen()
        ami.listen()
        refused = hotline.command("up", "--config", str(hotline.config))
    assert refused.returncode == 1
    for key, port in (
        ("web.port", hotline.web),
        ("nodes.node1.port", hotline.ami),
        ("sip.port", hotline.sip),
    ):
        assert f"hotline.toml：{key} = {port}" in refused.stderr
    assert not (hotline.state / "run/redis.json").exists(), "nothing was started"


def test_check_is_content_with_the_defaults_and_names_what_is_not(hotline: Running) -> None:
    sound = hotline.command("check", "--config", str(hotline.config))
    assert (sound.returncode, sound.stderr) == (0, ""), sound
    hotline.config.write_text(hotline.config.read_text() + "[queue]\nring = 3\n")
    faulty = hotline.command("check", "--config", str(hotline.config))
    assert faulty.returncode == 1
    assert "queue.ring = 3" in faulty.stderr
    assert "ring_s" in faulty.stderr
