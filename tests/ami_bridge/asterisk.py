"""A real, private Asterisk for these tests: only the modules they need, Local channels instead of SIP."""

import asyncio
import os
import signal
import socket
import subprocess
import textwrap
import time
import uuid
from pathlib import Path

from ami_bridge import LinkTiming, NodeEndpoint, events
from asterisk_conf.obtain import Programs

MODULES = """
pbx_config app_dial app_queue app_mixmonitor app_userevent func_callerid func_channel func_devstate
bridge_simple bridge_softmix codec_ulaw codec_resample format_wav format_sln res_timing_timerfd
res_manager_devicestate res_musiconhold cel_custom res_cdrel_custom res_sorcery_config res_sorcery_memory
res_sorcery_astdb res_pjproject res_pjsip res_pjsip_session res_pjsip_registrar
res_pjsip_endpoint_identifier_user res_pjsip_pubsub
res_statsd chan_pjsip
"""

EXTENSIONS = """
[general]
static=yes
[talk]
exten => _X.,1,NoOp()
 same => n,Set(__HL_CALL=${CHANNEL(linkedid)})
 same => n,Set(__HL_LINE=${EXTEN})
 same => n,Set(HL_ARRIVED=1764000000)
 same => n,Answer()
 same => n,Wait(60)
exten => ring,1,Set(__HL_CALL=${CHANNEL(linkedid)})
 same => n,Dial(Local/answer@talk/n,20)
 same => n,Hangup()
exten => answer,1,Answer()
 same => n,Wait(60)
exten => quick,1,Set(CALLERID(name)=赤峰热线测试)
 same => n,Dial(Local/short@talk/n,20)
exten => short,1,Answer()
 same => n,Wait(0.05)
exten => name,1,Set(CALLERID(name)=${NAME})
 same => n,UserEvent(name,Text: ${NAME})
 same => n,Wait(60)
exten => dev,1,Set(DEVICE_STATE(Custom:desk)=INUSE)
 same => n,Hangup()
exten => plain,1,Answer()
 same => n,Queue(hl-plain,,,,5)
 same => n,Hangup()
exten => wake,1,UserEvent(woken)
 same => n,Wait(60)
"""


PJSIP = """
[udp]
type=transport
protocol=udp
bind=127.0.0.1:{port}
[1001]
type=endpoint
aors=1001
context=talk
[1001]
type=aor
max_contacts=1
remove_existing=yes
[1002]
type=endpoint
aors=1002
context=talk
[1002]
type=aor
max_contacts=1
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Asterisk:
    """`read`, `write`: the AMI user's rights; `filters`: its eventfilter lines."""

    def __init__(self, programs: Programs, directory: Path) -> None:
        self._programs = programs
        self.directory = directory
        self.ami_port = free_port()
        self.sip_port = free_port()
        self.cel = directory / "log/cel-custom/hotline.csv"
        self._process: subprocess.Popen[bytes] | None = None
        self._users = self.user("bridge", filters=events.event_filters())
        self._write()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def endpoint(self, *, user: str = "bridge", secret: str = "s3cret", port: int = 0) -> NodeEndpoint:
        return NodeEndpoint("node1", "127.0.0.1", port or self.ami_port, user, secret)

    @staticmethod
    def user(
        name: str,
        *,
        read: str = "system,call,agent,user,reporting,dialplan,cdr",
        write: str = "call,reporting,originate",
        filters: tuple[str, ...] = (),
    ) -> str:
        lines = [
            f"[{name}]",
            "secret=s3cret",
            "deny=0.0.0.0/0.0.0.0",
            "permit=127.0.0.1/255.255.255.255",
            f"read={read}",
            f"write={write}",
            "writetimeout=5000",
            *filters,
        ]
        return "\n".join(lines) + "\n"

    def add_user(self, text: str) -> None:
        """Before start()."""
        self._users += text
        self._write()

    def start(self) -> None:
        argv = self._programs.argv("asterisk", "-f", "-C", str(self.directory / "etc/asterisk.conf"))
        log = (self.directory / "console.log").open("ab")
        self._process = subprocess.Popen(
            argv, env=self._programs.env("asterisk"), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        log.close()

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            # A stopped process takes SIGKILL too.
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Returns when every thread stands still; until then an answer may still slip out."""
        os.kill(self.pid, signal.SIGSTOP)
        threads = Path(f"/proc/{self.pid}/task")
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            stats = [(thread / "stat").read_text() for thread in threads.iterdir()]
            if all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats):
                return
            time.sleep(0.01)
        raise TimeoutError("Asterisk does not stop")

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def register(self, seat: str, *, seconds: int) -> None:
        """One SIP REGISTER, as a phone sends it; 0 seconds takes the registration back."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.bind(("127.0.0.1", 0))
            phone.settimeout(5)
            here = f"127.0.0.1:{phone.getsockname()[1]}"
            lines = [
                f"REGISTER sip:127.0.0.1:{self.sip_port} SIP/2.0",
                f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{uuid.uuid4().hex}",
                f"From: <sip:{seat}@127.0.0.1>;tag={uuid.uuid4().hex}",
                f"To: <sip:{seat}@127.0.0.1>",
                f"Call-ID: {uuid.uuid4().hex}",
                "CSeq: 1 REGISTER",
                "Max-Forwards: 70",
                f"Contact: <sip:{seat}@{here}>" if seconds else "Contact: *",
                f"Expires: {seconds}",
                "Content-Length: 0",
            ]
            phone.sendto("\r\n".join([*lines, "", ""]).encode(), ("127.0.0.1", self.sip_port))
            answer = phone.recv(4096).decode()
            assert answer.startswith("SIP/2.0 200"), answer

    async def ready(self, seconds: float = 30) -> None:
        """AMI accepts connections and says its banner."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.ami_port)
                    banner = await reader.readline()
                    writer.close()
                    if banner.startswith(b"Asterisk"):
                        return
                except OSError:
                    pass
                assert self._process is not None
                assert self._process.poll() is None, (self.directory / "console.log").read_text()[-3000:]
                await asyncio.sleep(0.05)

    def _write(self) -> None:
        d = self.directory
        for name in ("etc", "log/cel-custom", "var", "spool", "run", "keys"):
            (d / name).mkdir(parents=True, exist_ok=True)
        files = {
            "asterisk.conf": f"""
                [directories]
                astetcdir => {d}/etc
                astmoddir => {self._programs.asterisk_modules}
                astdatadir => {self._programs.asterisk_data}
                astvarlibdir => {d}/var
                astdbdir => {d}/var
                astkeydir => {d}/keys
                astagidir => {d}/var
                astspooldir => {d}/spool
                astrundir => {d}/run
                astlogdir => {d}/log
                [options]
                systemname = node1
                """,
            "modules.conf": "[modules]\nautoload=no\n"
            + "".join(f"load={name}.so\n" for name in MODULES.split()),
            "logger.conf": "[general]\n[logfiles]\nmessages => notice,warning,error\n",
            "manager.conf": f"[general]\nenabled=yes\nbindaddr=127.0.0.1\nport={self.ami_port}\n"
            "displayconnects=no\ntimestampevents=yes\nchannelvars=HL_CALL,HL_LINE,HL_ARRIVED\n" + self._users,
            "extensions.conf": EXTENSIONS,
            "queues.conf": "[general]\n[hl-plain]\nstrategy=ringall\n"
            "member => Local/answer@talk/n,0,1001,Local/answer@talk\n",
            "pjsip.conf": PJSIP.format(port=self.sip_port),
            "cel.conf": "[general]\nenable=yes\napps=queue\n"
            "events=CHAN_START,CHAN_END,ANSWER,HANGUP,BRIDGE_ENTER,BRIDGE_EXIT,APP_START,LINKEDID_END\n",
            "cel_custom.conf": f"[{self.cel.name}]\nformat = dsv\nquoting_method = all\n"
            "fields = EventType,EventTime,UniqueID,LinkedID,ChanName,Context,Exten,AppName,AppData,Num,Name,"
            "Peer,UserField,EventExtra\n",
        }
        for name, text in files.items():
            (d / "etc" / name).write_text(textwrap.dedent(text))


# Everything patient by default would make a fault test slow.
HASTY = LinkTiming(
    connect_s=1, login_s=2, ping_s=0.3, pong_s=0.7, backoff_first_s=0.05, backoff_last_s=0.5, settled_s=1,
    booted_s=20, snapshot_s=5, resync_retry_s=0.1,
)  # fmt: skip
