"""Is what lies in the configuration directory what the plan says, and does Asterisk agree?

Three witnesses: the files themselves (read with pyst2's parser), Asterisk's log of its start, and a running
Asterisk's own lists.  Each fault names file, key, value and remedy.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from asterisk.config import Config, ParseError

from asterisk_conf.answers import check_answers
from asterisk_conf.fault import Fault
from asterisk_conf.log import check_log
from asterisk_conf.modules import needed_modules
from asterisk_conf.plan import Plan
from asterisk_conf.render import FILE_MODE, SECRET_FILES, SECRET_MODE, rendered

_SECRET_KEYS = frozenset({"secret", "password"})
_AGAIN = "不要手改：改 hotline.toml 或数据库，再运行 ./hotline up 重新生成"


def check(
    target: Path,
    plan: Plan,
    *,
    templates: Sequence[Path] = (),
    ask: Callable[[str], str] | None = None,
    log: Path | None = None,
) -> list[Fault]:
    """Every fault that can be seen; an empty list means: sound.

    `ask` gives a running Asterisk's answer to a console command (see probe.console); `log` is its warnings'
    file (plan.directories.log / "messages.log"), of which only the last start counts.
    """
    faults = check_files(target, plan, templates=templates)
    if log is not None:
        faults += check_log(log)
    if ask is not None:
        faults += check_answers(ask, plan, contexts=_contexts(target / "extensions.conf"))
    return faults


def check_files(target: Path, plan: Plan, *, templates: Sequence[Path] = ()) -> list[Fault]:
    """What the files alone can tell."""
    faults: list[Fault] = []
    expected = rendered(plan, target, templates=templates)
    for name, text in expected.items():
        faults += _check_file(target / name, text)
    for stray in sorted(path.name for path in target.glob("*.conf") if path.name not in expected):
        faults.append(Fault("stray_file", stray, "-", "", "不是本系统生成的文件：删除它"))
    places = plan.directories
    for module in needed_modules(plan):
        if not (places.modules / module).is_file():
            remedy = f"{places.modules} 里没有这个模块：补装 asterisk-modules，或核对模块目录"
            faults.append(Fault("module_missing", "modules.conf", "load", module, remedy))
    if not any(places.music.glob("*.wav")):
        remedy = "等候音乐目录里没有WAV文件：运行 ./hotline up 生成，或放入 16位8kHz 单声道录音"
        faults.append(Fault("no_music", "musiconhold.conf", "directory", str(places.music), remedy))
    return faults


def _check_file(path: Path, text: str) -> list[Fault]:
    try:
        found = path.read_text(encoding="utf-8")
        mode = stat.S_IMODE(path.stat().st_mode)
        owner = path.stat().st_uid
    except FileNotFoundError:
        return [Fault("file_missing", path.name, "-", "", "运行 ./hotline up 重新生成")]
    except (OSError, UnicodeDecodeError) as error:
        return [Fault("file_unreadable", path.name, "-", str(error)[:120], "核对文件的归属、权限和UTF-8编码")]
    faults = []
    allowed = SECRET_MODE if path.name in SECRET_FILES else FILE_MODE
    if mode & ~allowed or owner != os.geteuid():
        remedy = f"权限应为 {allowed:04o}，归运行用户所有：chmod {allowed:o} {path}"
        faults.append(Fault("file_mode", path.name, "-", f"{mode:04o}", remedy))
    if found == text:
        return [*faults, *_unreadable(path)]
    return [*faults, *(_unreadable(path) or _differences(path.name, found, text))]


def _unreadable(path: Path) -> list[Fault]:
    try:
        Config(str(path))
    except ParseError as error:
        number = int(error.args[0])
        line = path.read_text(encoding="utf-8").splitlines()[number - 1]
        return [Fault("not_readable", path.name, f"第{number}行", _masked(line), f"这一行不合格式。{_AGAIN}")]
    return []


def _differences(name: str, found: str, text: str) -> list[Fault]:
    """By section and key, in words of the file; a difference that no key shows (a comment) is no fault."""
    have, want = _items(found), _items(text)
    faults = []
    for key in [*want, *(key for key in have if key not in want)]:
        if have.get(key) == want.get(key):
            continue
        shown = "；".join(have.get(key, ()))
        if key.rpartition(".")[2] in _SECRET_KEYS:
            shown = "***"
        problem = (
            "hand_edited" if key in have and key in want else "line_missing" if key in want else "line_extra"
        )
        should = {"line_extra": "本系统不生成这一项：删除它。", "line_missing": "缺少这一项。"}.get(
            problem, "与计划不符。"
        )
        faults.append(Fault(problem, name, key, shown[:120], should + _AGAIN))
    return faults


def _items(text: str) -> Mapping[str, list[str]]:
    """`section.key` → its values in order; sections of one name (endpoint, aor) are told by their type."""
    sections: list[tuple[str, list[tuple[str, str]]]] = [("", [])]
    for raw in text.splitlines():
        line = raw.split(";")[0].strip()
        if line.startswith("[") and line.endswith("]"):
            sections.append((line[1:-1], []))
        elif "=" in line:
            key, _, value = line.partition("=")
            sections[-1][1].append((key.strip(), value.removeprefix(">").strip()))
    items: dict[str, list[str]] = {}
    for section, pairs in sections:
        kind = dict(pairs).get("type", "")
        for key, value in pairs:
            items.setdefault(f"{section}{f'({kind})' if kind else ''}.{key}", []).append(value)
    return items


def _masked(line: str) -> str:
    key, equals, _ = line.partition("=")
    return f"{key}{equals} ***" if key.strip() in _SECRET_KEYS else line[:120]


def _contexts(extensions: Path) -> list[str]:
    """The dialplan's contexts, as pyst2 reads them; none when the file cannot be read (told elsewhere)."""
    try:
        config = Config(str(extensions))
    except (ParseError, OSError, UnicodeDecodeError):
        return []
    return [section.name for section in config.categories if section.name not in ("general", "globals")]
