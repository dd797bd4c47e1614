"""What `hotline.toml` may say.  Every key has a meaning, a range and a default; all are validated here, once.

Reading the file and telling faults is `settings_file.py`'s.  Times are in seconds unless the name says else.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator


def _address(value: str) -> str:
    ip_address(value)
    return value


def _network(value: str) -> str:
    ip_network(value)
    return value


Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
Digits = Annotated[str, Field(pattern=r"^[0-9]{2,20}$")]
Group = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A table of the file: unknown keys are refused, since they are nearly always misspelt ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Web(Section):
    """The console and the API.  Behind a reverse proxy, or with a certificate of its own."""

    host: Address = "127.0.0.1"
    port: Port = 8080
    tls_cert: Path | None = None
    tls_key: Path | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Web:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key belong together")
        return self


class Sip(Section):
    """Where telephones and trunks reach us.  `external_address` is for a server behind a NAT."""

    host: Address = "127.0.0.1"
    port: Port = 5060
    external_address: str = ""
    local_networks: tuple[Network, ...] = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    seat_networks: tuple[Network, ...] = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    max_calls: Annotated[int, Field(ge=0)] = 0


class Rtp(Section):
    """UDP ports of the media, both ends included; four a call."""

    first: Port = 10000
    last: Port = 19999

    @model_validator(mode="after")
    def _in_order(self) -> Rtp:
        if self.last - self.first < 3:
            raise ValueError("last must be at least first + 3")
        return self


class Trunk(Section):
    """A neighbour exchange, told by its address."""

    name: Name
    host: str
    port: Port = 5060
    kind: Literal["carrier", "emergency", "subcenter", "department"]
    match: tuple[Network, ...] = ()
    secret: SecretStr = SecretStr("")
    qualify_s: Annotated[int, Field(ge=0, le=3600)] = 30


class Database(Section):
    """`sqlite:///path` or `postgresql://user:password@host/name`; empty: SQLite in the state directory."""

    url: str = ""

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        if url and url.split(":")[0].split("+")[0] not in ("sqlite", "postgresql"):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return url


class Redis(Section):
    """`redis://host:port/0` or `unix:///path`; empty: a private server in the state directory."""

    url: str = ""

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return url


class Node(Section):
    """An Asterisk node.  `private`: we start it ourselves here; its secret is then made by us.

    `sip_host`, `sip_port`, `rtp_first`, `rtp_last`: where it takes calls, and its media; what is not written
    is [sip] and [rtp] for one private node.  Several need places of their own.
    """

    name: Name = "node1"
    private: bool = True
    host: Address = "127.0.0.1"
    port: Port = 5038
    user: Name = "bridge"
    secret: SecretStr = SecretStr("")
    sip_host: Address | None = None
    sip_port: Port | None = None
    rtp_first: Port | None = None
    rtp_last: Port | None = None

    @model_validator(mode="after")
    def _secret(self) -> Node:
        if not self.private and not self.secret.get_secret_value():
            raise ValueError("a node that is not private needs its secret")
        if (self.rtp_first is None) != (self.rtp_last is None):
            raise ValueError("rtp_first and rtp_last belong together")
        return self


class Route(Section):
    """How a group of outside numbers is dialled."""

    trunk: Name
    prefix: Annotated[str, Field(pattern=r"^[0-9]{0,10}$")] = ""


class Numbers(Section):
    """Outside numbers.  `area_code`: the city's, for local numbers.  `routes`: leading digits → route; what
    fits none is never dialled.  `shown`: our number that people see when we call them."""

    area_code: Annotated[str, Field(pattern=r"^0[0-9]{2,3}$")] = "0476"
    shown: Digits = "12345"
    routes: dict[Annotated[str, Field(pattern=r"^[0-9]{0,20}$")], Route] = {}


class Hours(Section):
    """Office hours of departments (the hotline itself never closes)."""

    timezone: str = "Asia/Shanghai"
    open: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "08:30"
    close: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "17:30"


class Queue(Section):
    """Waiting and ringing."""

    ring_s: Annotated[int, Field(ge=5, le=120)] = 20
    wrap_up_s: Annotated[int, Field(ge=0, le=3600)] = 30
    reserve_lease_s: Annotated[int, Field(ge=2, le=60)] = 6
    heartbeat_s: Annotated[int, Field(ge=5, le=300)] = 15


class Waiting(Section):
    """What callers hear of their place while they wait; how often, and from when on a callback is offered, is
    a matter of each skill group."""

    place: bool = True
    expected: bool = True


class Callback(Section):
    """Calling back a caller who kept the place in the queue; the citizen's telephone rings `ring_s`.
    `automatic`: missed calls too are called back by the queue, not only by seats."""

    enabled: bool = True
    ring_s: Annotated[int, Field(ge=10, le=120)] = 40
    automatic: bool = False


class Voicemail(Section):
    """A message ends after `longest_s`, or `silence_s` of silence; below `shortest_s` it is not kept."""

    longest_s: Annotated[int, Field(ge=10, le=600)] = 120
    silence_s: Annotated[int, Field(ge=2, le=30)] = 5
    shortest_s: Annotated[int, Field(ge=1, le=10)] = 2


class Survey(Section):
    """Five grades by key after the talk, when the seat has hung up and the caller is still there."""

    enabled: bool = True
    key_s: Annotated[int, Field(ge=2, le=15)] = 5


class Recording(Section):
    """Calls are recorded in two tracks, but those of `never_lines` and `never_groups`.  `directory` empty:
    below the state directory.  `free_warn`, `free_bad`: alarms when a smaller share of the disk is free."""

    enabled: bool = True
    directory: Path | None = None
    never_lines: tuple[Digits, ...] = ()
    never_groups: tuple[Group, ...] = ()
    free_warn: Share = 0.15
    free_bad: Share = 0.05

    @model_validator(mode="after")
    def _in_order(self) -> Recording:
        if self.free_bad > self.free_warn:
            raise ValueError("free_bad must not be above free_warn")
        return self


class Retention(Section):
    """How many days things are kept; 0: for ever."""

    recordings_days: Annotated[int, Field(ge=0)] = 1095
    logs_days: Annotated[int, Field(ge=0)] = 180


class Alarms(Section):
    """When the shift leader is alarmed.  The rate is that of calls of the last `service_window_s`, and needs
    `service_least` answered ones.  An alarm is raised after `raise_after_s` of trouble, cleared after
    `clear_after_s` without."""

    wait_warn_s: Annotated[int, Field(ge=5, le=3600)] = 60
    wait_bad_s: Annotated[int, Field(ge=5, le=7200)] = 180
    service_warn: Share = 0.8
    service_bad: Share = 0.6
    service_window_s: Annotated[int, Field(ge=300, le=86400)] = 1800
    service_least: Annotated[int, Field(ge=1, le=10000)] = 20
    raise_after_s: Annotated[int, Field(ge=0, le=600)] = 5
    clear_after_s: Annotated[int, Field(ge=0, le=3600)] = 30

    @model_validator(mode="after")
    def _in_order(self) -> Alarms:
        if self.wait_bad_s < self.wait_warn_s:
            raise ValueError("wait_bad_s must not be below wait_warn_s")
        if self.service_bad > self.service_warn:
            raise ValueError("service_bad must not be above service_warn")
        return self


class Security(Section):
    """Sessions, logins, and the system user that Asterisk and Redis run as when we are started as root."""

    session_hours: Annotated[int, Field(ge=1, le=72)] = 12
    login_tries: Annotated[int, Field(ge=1, le=100)] = 5
    login_window_s: Annotated[int, Field(ge=10, le=86400)] = 300
    run_as: str = "nobody"


class Selftest(Section):
    """A simulated telephone network on loopback addresses may reach us, for `call` and `demo`."""

    enabled: bool = True
    carrier: Address = "127.0.0.2"
    emergency: Address = "127.0.0.3"
    subcenter: Address = "127.0.0.4"
    department: Address = "127.0.0.5"

    @model_validator(mode="after")
    def _loopback(self) -> Selftest:
        for name in ("carrier", "emergency", "subcenter", "department"):
            if not ip_address(getattr(self, name)).is_loopback:
                raise ValueError(f"{name} must be a loopback address")
        return self


class Bridge(Section):
    """The processes that answer the dialplan's questions: process K listens on `port` + K."""

    processes: Annotated[int, Field(ge=1, le=16)] = 2
    host: Address = "127.0.0.1"
    port: Port = 4573

    @field_validator("host")
    @classmethod
    def _not_public(cls, host: str) -> str:
        if not ip_address(host).is_private:
            raise ValueError("FastAGI has no authentication: a loopback or private address only")
        return host


class Values(Section):
    """The whole file."""

    web: Web = Web()
    sip: Sip = Sip()
    rtp: Rtp = Rtp()
    trunks: tuple[Trunk, ...] = ()
    database: Database = Database()
    redis: Redis = Redis()
    nodes: tuple[Node, ...] = (Node(),)
    numbers: Numbers = Numbers()
    hours: Hours = Hours()
    queue: Queue = Queue()
    waiting: Waiting = Waiting()
    callback: Callback = Callback()
    voicemail: Voicemail = Voicemail()
    survey: Survey = Survey()
    recording: Recording = Recording()
    retention: Retention = Retention()
    alarms: Alarms = Alarms()
    security: Security = Security()
    selftest: Selftest = Selftest()
    bridge: Bridge = Bridge()

    @property
    def trunk_names(self) -> tuple[str, ...]:
        """Every trunk that a route may name; the simulated network's are called ``selftest-<kind>``."""
        simulated = ("carrier", "emergency", "subcenter", "department") if self.selftest.enabled else ()
        return (*(trunk.name for trunk in self.trunks), *(f"selftest-{kind}" for kind in simulated))
