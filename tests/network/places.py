"""Where on the loopback net each party of the telephone network lives."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# The hotline tells its trunks apart by these addresses.
CARRIER = "carrier"
EMERGENCY = "emergency"
SUBCENTER = "subcenter"
DEPARTMENT = "department"
SEATS = "seats"

DEFAULT_HOSTS: Mapping[str, str] = {
    CARRIER: "127.0.0.2",
    EMERGENCY: "127.0.0.3",
    SUBCENTER: "127.0.0.4",
    DEPARTMENT: "127.0.0.5",
    SEATS: "127.0.0.6",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A SIP address (UDP) of the network: calls leave from it, and the hotline may dial it."""

    name: str
    host: str
    port: int

    @property
    def digits(self) -> str:
        """The host without its dots: fits into the name of a dialplan variable."""
        return self.host.replace(".", "")


class Ports:
    """Free ports, held until the program that shall have them starts, so that nobody else is given them."""

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def udp(self, host: str, port: int = 0) -> int:
        """A UDP port free on `host`; a given one is only checked.  Raises OSError when it is taken."""
        return self._hold(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), host, port)

    def tcp(self, host: str) -> int:
        """A TCP port free on `host`."""
        return self._hold(socket.socket(socket.AF_INET, socket.SOCK_STREAM), host, 0)

    def let_go(self) -> None:
        """The program may take them now."""
        while self._held:
            self._held.pop().close()

    def _hold(self, sock: socket.socket, host: str, port: int) -> int:
        try:
            sock.bind((host, port))
        except OSError as fault:
            sock.close()
            raise OSError(fault.errno, f"{host}:{port} is taken: {fault.strerror}") from fault
        self._held.append(sock)
        return int(sock.getsockname()[1])


def allot(ports: Ports, hosts: Mapping[str, str], fixed: Mapping[str, int]) -> dict[str, Place]:
    """A place for each host, on a free port unless `fixed` names one.  Raises OSError when it is taken."""
    return {name: Place(name, host, ports.udp(host, fixed.get(name, 0))) for name, host in hosts.items()}


def rtp_range(parties: int = 500) -> tuple[int, int]:
    """First and last RTP port for so many parties, below the ports that systems hand out by themselves.

    Asterisk tries on when a port is taken, so ranges of networks side by side may overlap.
    """
    width = 4 * parties
    first = random.randrange(20000, 32000 - width, 2)
    return first, first + width - 1


@contextlib.contextmanager
def holding() -> Iterator[Ports]:
    """Ports that are let go at the end, whatever happens."""
    ports = Ports()
    try:
        yield ports
    finally:
        ports.let_go()
