"""Everything that the files of one Asterisk node are made of.  A Plan that exists is a valid one: each record
checks itself as it is made and raises PlanRefused with every fault it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path

from asterisk_conf.values import DIGITS, EXTENSION, GROUP, MODULE, Door

CONFIG = "hotline.toml"
DATABASE = "数据库"

PLAIN_QUEUE = "hl-general"
"""The queue of last resort.  Not plainly `general`: that section of queues.conf is its settings."""
MUSIC_CLASS = "hotline"
CEL_FILE = "cel.csv"
RESERVED_SECTIONS = frozenset({"global", "system", "udp"})
"""Sections of pjsip.conf that are not a trunk's."""
MAX_RUN_DIR = 90  # bytes: a Unix socket's whole path must stay under 108


class TrunkKind(StrEnum):
    """Where calls of a trunk come from; each has its own context, `from-<kind>`."""

    CARRIER = "carrier"
    EMERGENCY = "emergency"
    SUBCENTER = "subcenter"
    DEPARTMENT = "department"


class AmiPurpose(StrEnum):
    """What an AMI user is for; its rights follow from it and from nothing else."""

    BRIDGE = "bridge"
    OBSERVE = "observe"


@dataclass(frozen=True, slots=True)
class Directories:
    """`modules` and `data` come with Asterisk; the rest lies in the state directory, made by `render`."""

    modules: Path
    data: Path
    state: Path  # astvarlibdir, database and keys
    spool: Path
    run: Path  # control socket: at most 90 bytes
    log: Path
    prompts: Path  # <name>.wav each
    music: Path  # every file in it is music on hold
    recordings: Path

    def __post_init__(self) -> None:
        door = Door(CONFIG, "directories.")
        for key in self.__slots__:
            door.path(key, getattr(self, key))
        if len(str(self.run).encode()) > MAX_RUN_DIR:
            remedy = f"路径超过{MAX_RUN_DIR}字节，控制套接字建不起来：换一个更短的状态目录"
            door.fault("path_too_long", "run", self.run, remedy)
        door.close()

    @classmethod
    def under(cls, state: Path, *, modules: Path, data: Path) -> Directories:
        """The usual places below one node's state directory."""
        return cls(
            modules=modules,
            data=data,
            state=state / "lib",
            spool=state / "spool",
            run=state / "run",
            log=state / "log",
            prompts=state / "prompts",
            music=state / "music",
            recordings=state / "recordings",
        )


@dataclass(frozen=True, slots=True)
class Ports:
    """`host` is where SIP is bound, media follow it; AMI is always on loopback."""

    sip: int = 5060
    ami: int = 5038
    rtp_first: int = 10000
    rtp_last: int = 19999
    host: str = "0.0.0.0"
    external_address: str = ""
    local_networks: tuple[str, ...] = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")

    def __post_init__(self) -> None:
        door = Door(CONFIG, "sip.")
        for key in ("sip", "ami", "rtp_first", "rtp_last"):
            door.port(key, getattr(self, key))
        if not door.faults and self.rtp_last - self.rtp_first < 3:
            door.fault("out_of_range", "rtp_last", self.rtp_last, "rtp_last 至少比 rtp_first 大3")
        door.address("host", self.host)
        if self.external_address:
            door.address("external_address", self.external_address)
        door.networks("local_networks", self.local_networks)
        door.close()


@dataclass(frozen=True, slots=True)
class Trunk:
    """A neighbour exchange, told by its addresses.  With a secret it must also prove itself by digest, with
    its name as the user, and we prove ourselves to it likewise."""

    name: str
    kind: TrunkKind
    host: str
    port: int = 5060
    match: tuple[str, ...] = ()  # default: `host`, which then must be an address
    secret: str = field(default="", repr=False)
    qualify_s: int = 30  # 0: never asked whether it lives

    def __post_init__(self) -> None:
        door = Door(CONFIG, f"trunks.{self.name}.")
        door.name("name", self.name)
        if self.name in RESERVED_SECTIONS:
            door.fault("reserved", "name", self.name, f"{self.name} 是保留名，换一个")
        if not isinstance(self.kind, TrunkKind):
            door.fault("unknown_kind", "kind", self.kind, f"写成其中之一：{'、'.join(TrunkKind)}")
        door.host("host", self.host)
        door.port("port", self.port)
        door.networks("match", self.match)
        door.number("qualify_s", self.qualify_s, 0, 3600)
        if self.secret:
            door.secret("secret", self.secret)
        if not door.faults and not self.match:
            try:
                ip_address(self.host)
            except ValueError:
                remedy = "host 是主机名：用 match 写出对方的IP地址，来话凭地址识别"
                door.fault("no_match", "match", self.host, remedy)
        door.close()

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.match or (self.host,)

    @property
    def context(self) -> str:
        return f"from-{self.kind.value}"


@dataclass(frozen=True, slots=True)
class Peer:
    """Another node of ours, told by its name (as the SIP user), its address and its secret.

    It may ring the seats whose phones are registered here, and nothing else (context `from-node`).
    """

    name: str
    host: str
    port: int
    secret: str = field(repr=False)
    qualify_s: int = 5  # so soon a node that died is known here too, should nobody tell

    def __post_init__(self) -> None:
        door = Door(CONFIG, f"nodes.{self.name}.")
        door.name("name", self.name)
        if self.name in RESERVED_SECTIONS:
            door.fault("reserved", "name", self.name, f"{self.name} 是保留名，换一个")
        door.address("sip_host", self.host)
        door.port("sip_port", self.port)
        door.secret("secret", self.secret)
        door.number("qualify_s", self.qualify_s, 0, 3600)
        door.close()


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat's phone: it registers with its extension and this secret."""

    ext: str
    secret: str = field(repr=False)
    name: str = ""

    def __post_init__(self) -> None:
        door = Door(DATABASE, f"seats.{self.ext}.")
        door.matches(EXTENSION, "ext", self.ext, "分机号写3到6位数字，不以0开头")
        door.secret("secret", self.secret)
        door.text("name", self.name)
        door.close()


@dataclass(frozen=True, slots=True)
class Line:
    """A number that citizens dial and that ends here."""

    number: str
    name: str = ""

    def __post_init__(self) -> None:
        door = Door(DATABASE, f"lines.{self.number}.")
        door.matches(DIGITS, "number", self.number, "号码写2到20位数字")
        door.text("name", self.name)
        door.close()


@dataclass(frozen=True, slots=True)
class Bridge:
    """A FastAGI server that the dialplan asks, in the order of the plan."""

    host: str
    port: int

    def __post_init__(self) -> None:
        door = Door(CONFIG, "bridges.")
        door.address("host", self.host)
        door.port("port", self.port)
        if not door.faults and not ip_address(self.host).is_private:
            remedy = "FastAGI没有身份验证，只能用回环或专网地址"
            door.fault("public_address", "host", self.host, remedy)
        door.close()


@dataclass(frozen=True, slots=True)
class AmiUser:
    """One AMI user a purpose."""

    name: str
    secret: str = field(repr=False)
    purpose: AmiPurpose = AmiPurpose.BRIDGE

    def __post_init__(self) -> None:
        door = Door(CONFIG, f"ami.{self.name}.")
        door.name("name", self.name)
        if self.name == "general":
            door.fault("reserved", "name", self.name, "general 是保留名，换一个")
        door.secret("secret", self.secret)
        if not isinstance(self.purpose, AmiPurpose):
            door.fault("unknown_kind", "purpose", self.purpose, f"写成其中之一：{'、'.join(AmiPurpose)}")
        door.close()


@dataclass(frozen=True, slots=True)
class Features:
    """Times in seconds.  `seat_networks` is from where seats may register and call."""

    ring_s: int = 15
    seat_rtp_timeout_s: int = 30
    trunk_rtp_timeout_s: int = 120
    seat_networks: tuple[str, ...] = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    more_modules: tuple[str, ...] = ()
    max_calls: int = 0  # 0: as many as the machine carries
    recording: bool = True
    never_recorded_lines: tuple[str, ...] = ()
    never_recorded_groups: tuple[str, ...] = ()  # by the first group that the call waits for

    def __post_init__(self) -> None:
        door = Door(CONFIG, "features.")
        door.number("ring_s", self.ring_s, 5, 120)
        door.number("seat_rtp_timeout_s", self.seat_rtp_timeout_s, 0, 3600)
        door.number("trunk_rtp_timeout_s", self.trunk_rtp_timeout_s, 0, 3600)
        door.number("max_calls", self.max_calls, 0, 1_000_000)
        door.networks("seat_networks", self.seat_networks)
        for line in self.never_recorded_lines:
            door.matches(DIGITS, "never_recorded_lines", line, "号码写2到20位数字")
        for group in self.never_recorded_groups:
            door.matches(GROUP, "never_recorded_groups", group, "技能组代码只用小写字母、数字、_ 和 -")
        for place, module in enumerate(self.more_modules):
            door.matches(MODULE, f"more_modules[{place}]", module, "写模块文件名，例如 app_confbridge.so")
        door.close()


@dataclass(frozen=True, slots=True)
class Plan:
    """One node.  `node` becomes Asterisk's systemname: it makes call ids unique among nodes."""

    node: str
    directories: Directories
    ports: Ports
    trunks: tuple[Trunk, ...] = ()
    seats: tuple[Seat, ...] = ()
    lines: tuple[Line, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    ami_users: tuple[AmiUser, ...] = ()
    features: Features = field(default_factory=Features)
    peers: tuple[Peer, ...] = ()
    node_secret: str = field(default="", repr=False)  # by which this node proves itself to its peers

    def __post_init__(self) -> None:
        door = Door(CONFIG)
        door.name("nodes.name", self.node)
        door.unique(
            "trunks.name",
            (self.node, *(peer.name for peer in self.peers), *(trunk.name for trunk in self.trunks)),
        )
        if self.peers:
            door.secret("nodes.secret", self.node_secret)
        door.unique("ami.name", (user.name for user in self.ami_users))
        door.unique("bridges", ((bridge.host, bridge.port) for bridge in self.bridges))
        door.unique("sip.ports", (self.ports.sip, self.ports.ami))
        self._addresses_apart(door)
        data = Door(DATABASE)
        data.unique("seats.ext", (seat.ext for seat in self.seats))
        data.unique("lines.number", (line.number for line in self.lines))
        door.faults.extend(data.faults)
        door.close()

    def _addresses_apart(self, door: Door) -> None:
        """A call's address says from which trunk it is: no address may be two trunks'."""
        known = [(ip_network(address), trunk.name) for trunk in self.trunks for address in trunk.addresses]
        for place, (network, name) in enumerate(known):
            for other, owner in known[:place]:
                if owner != name and network.version == other.version and network.overlaps(other):
                    remedy = f"与中继 {owner} 的地址 {other} 重叠，来话分不清来源：改成各自的地址"
                    door.fault("address_twice", f"trunks.{name}.match", network, remedy)

    @property
    def cel_path(self) -> Path:
        """Where Asterisk writes its channel events (CSV)."""
        return self.directories.log / "cel-custom" / CEL_FILE

    @property
    def control_socket(self) -> Path:
        return self.directories.run / "asterisk.ctl"
