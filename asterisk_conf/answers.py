"""What a running Asterisk says of itself, held against the plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from asterisk_conf.fault import Fault
from asterisk_conf.modules import needed_modules
from asterisk_conf.plan import PLAIN_QUEUE, Plan

_RELOAD = "重新生成配置并重启这个节点"
_PORT = "SIP没有监听：核对 [sip] host，以及 port 是否被占用"
_DIAL = f"拨号方案里缺少它：{_RELOAD}"
_USER = f"AMI用户没有生效：{_RELOAD}"
_MEMBER = f"应急队列里缺少它：{_RELOAD}"
_MUSIC = "等候音乐没有生效：音乐目录里放入WAV文件后重启"


def check_answers(ask: Callable[[str], str], plan: Plan, *, contexts: Sequence[str]) -> list[Fault]:
    """Settings, modules, endpoints, transport, dialplan, AMI users, queue and music.  `ask` may raise
    ToolFailed: then there is no answer, and that is the fault."""
    settings = ask("core show settings")
    if "System name:" not in settings:
        remedy = "Asterisk没有回答：它没有启动，或控制套接字不可用；看 messages.log"
        return [Fault("no_answer", "asterisk.conf", "astrundir", str(plan.directories.run), remedy)]
    queued = [PLAIN_QUEUE, *(f"PJSIP/{seat.ext}" for seat in plan.seats)]
    music = str(plan.directories.music)  # the files that are played lie there
    lists = (
        # command, file, key, what must be in the answer, id, remedy
        ("pjsip show transports", "pjsip.conf", "bind", ["udp"], "no_transport", _PORT),
        (
            "dialplan show",
            "extensions.conf",
            "context",
            [f"'{name}'" for name in contexts],
            "no_context",
            _DIAL,
        ),
        (
            "manager show users",
            "manager.conf",
            "user",
            [u.name for u in plan.ami_users],
            "no_ami_user",
            _USER,
        ),
        ("queue show", "queues.conf", "member", queued, "no_queue_member", _MEMBER),
        ("moh show files", "musiconhold.conf", "directory", [music], "no_music", _MUSIC),
    )
    faults = [*_settings(settings, plan), *_modules(ask("module show"), plan)]
    faults += _endpoints(ask("pjsip list endpoints"), plan)
    for command, file, key, wanted, fault_id, remedy in lists:
        faults += _listed(ask(command), wanted, fault_id, file, key, remedy)
    return faults


def _settings(answer: str, plan: Plan) -> Iterator[Fault]:
    """A node that runs with another name or other directories was started with another file."""
    wanted = {
        "System name": ("systemname", plan.node),
        "Module directory": ("astmoddir", str(plan.directories.modules)),
        "Log directory": ("astlogdir", str(plan.directories.log)),
        "Manager (AMI)": ("enabled", "Enabled"),
        "Web Manager (AMI/HTTP)": ("webenabled", "Disabled"),
        "Executable includes": ("execincludes", "Disabled"),
    }
    for title, (key, want) in wanted.items():
        found = re.search(rf"^\s*{re.escape(title)}:\s*(.*?)\s*$", answer, re.MULTILINE)
        said = found[1] if found else ""
        if said != want:
            file = "manager.conf" if "Manager" in title else "asterisk.conf"
            yield Fault("other_setting", file, key, said, f"应为 {want}：{_RELOAD}")


def _modules(answer: str, plan: Plan) -> Iterator[Fault]:
    running = dict(re.findall(r"^(\S+\.so) .*?\s(Not Running|Running)\s", answer, re.MULTILINE))
    listed = needed_modules(plan)
    for module in listed:
        if (state := running.get(module, "没有加载")) != "Running":
            remedy = "模块没有运行：看 messages.log 里它的错误，多半是缺少它依赖的模块或配置文件"
            yield Fault("module_not_running", "modules.conf", module, state, remedy)
    for module in sorted(running.keys() - set(listed)):
        yield Fault("module_not_listed", "modules.conf", module, "Running", f"不该加载的模块：{_RELOAD}")


def _endpoints(answer: str, plan: Plan) -> Iterator[Fault]:
    there = set(re.findall(r"^ Endpoint:\s+([^\s/<]+)", answer, re.MULTILINE))
    wanted = [
        *(trunk.name for trunk in plan.trunks),
        *(peer.name for peer in plan.peers),
        *(seat.ext for seat in plan.seats),
    ]
    for name in wanted:
        if name not in there:
            remedy = f"这个端点没有生效：看 messages.log 里它的选项错误，{_RELOAD}"
            yield Fault("no_endpoint", "pjsip.conf", name, "", remedy)
    for name in sorted(there - set(wanted)):
        yield Fault("endpoint_not_planned", "pjsip.conf", name, "", f"计划里没有这个端点：{_RELOAD}")


def _listed(
    answer: str, wanted: Sequence[str], fault_id: str, file: str, key: str, remedy: str
) -> Iterator[Fault]:
    for name in wanted:
        if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", answer):
            yield Fault(fault_id, file, key, name.strip("'"), remedy)
