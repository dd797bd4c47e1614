"""A tiny exchange of another make than the hotline: enough dialplan to know what the parties must hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from asterisk_conf.obtain import Programs
from tests.network import ear
from tests.network.asterisk import PrivateAsterisk
from tests.network.modules import MODULES
from tests.network.network import Network
from tests.network.places import DEPARTMENT, Ports, rtp_range

TEMPLATES = Path(__file__).parent / "templates"
EXTS = tuple(str(1001 + n) for n in range(60))
MORE_MODULES = (
    "res_pjsip_registrar",
    "res_pjsip_endpoint_identifier_user",
    "res_mutestream",
    "app_dial",
    "app_playback",
    "app_confbridge",
    "bridge_builtin_features",
    "func_env",
    "func_sprintf",
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The tiny exchange and the network that calls it."""

    asterisk: PrivateAsterisk
    net: Network
    prompt: ear.Sound


def spoken(seconds: float = 1.5) -> ear.Sound:
    """Something like speech: changing pitch and loudness, the same every time."""
    at = np.arange(int(seconds * ear.RATE_HZ)) / ear.RATE_HZ
    pitch = 180 + 60 * np.sin(7 * at) + 25 * np.sin(23 * at)
    voice = sum(np.sin(np.cumsum(pitch * k) * 2 * np.pi / ear.RATE_HZ) / k for k in range(1, 9))
    return ear.Sound(0.15 * voice * (0.4 + 0.6 * np.abs(np.sin(11 * at))))


@pytest.fixture
async def exchange(programs: Programs) -> AsyncIterator[Exchange]:
    ports = Ports()
    sip = ("127.0.0.1", ports.udp("127.0.0.1"))
    asterisk = PrivateAsterisk(programs, templates=TEMPLATES)
    net = Network(programs, hotline_sip=sip)
    first, last = rtp_range()
    department = net.places[DEPARTMENT]
    ear.write(asterisk.state / "prompt.wav", spoken())
    values = {
        "load": (*MODULES, *MORE_MODULES),
        "port": sip[1],
        "exts": EXTS,
        "department": f"{department.host}:{department.port}",
        "prompt": asterisk.state / "prompt",
        "rtp_first": first,
        "rtp_last": last,
    }
    for template in TEMPLATES.glob("*.j2"):
        asterisk.write(template.stem, values)
    ports.let_go()
    await asterisk.start()
    try:
        async with asyncio.timeout(60), net:
            yield Exchange(asterisk, net, spoken())
    finally:
        await asterisk.stop()
