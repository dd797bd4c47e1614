"""The programs this project runs: the system's own where they are new enough, else a private Debian root.

`programs()` gives a `Programs`; `Programs.argv(name, ...)` and `Programs.env(name)` are all a caller needs
to start one.  A private root's programs run through that root's own loader, so they need no chroot, no root
user and nothing of the machine's libraries.  Test-only programs (a browser, PostgreSQL) come from the
machine's own suite into a second root, because a browser starts itself again by /proc/self/exe, which no
loader survives.

Standard library only: `./hotline` calls this with the system's Python.  `python3 asterisk_conf/obtain.py
[--test]` obtains everything and prints where it is.

Environment: HOTLINE_CACHE (where roots lie), HOTLINE_IGNORE_SYSTEM=1 (never use the system's own programs).
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

if __package__ in (None, ""):  # run as a file, before anything is installed
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from asterisk_conf.apt_root import ObtainFault, Recipe, private_root, say
from asterisk_conf.apt_sources import (
    NoMirror,
    all_of,
    as_lines,
    distribution_source,
    machine_sources,
    os_release,
)

MACHINE = platform.machine()
TRIPLET = {"x86_64": "x86_64-linux-gnu", "aarch64": "aarch64-linux-gnu"}.get(MACHINE, f"{MACHINE}-linux-gnu")
LOADER = {
    "x86_64": "usr/lib64/ld-linux-x86-64.so.2",
    "aarch64": "usr/lib/ld-linux-aarch64.so.1",
}.get(MACHINE, "")

# name of the program → the package that holds it and where it lies in a root
LIVE = {
    "asterisk": ("asterisk", "usr/sbin/asterisk"),
    "redis-server": ("redis-server", "usr/bin/redis-server"),
    "redis-cli": ("redis-tools", "usr/bin/redis-cli"),
    "sipp": ("sip-tester", "usr/bin/sipp"),
    "espeak-ng": ("espeak-ng", "usr/bin/espeak-ng"),
    "sox": ("sox", "usr/bin/sox"),
}
POSTGRES = ("initdb", "postgres", "pg_ctl", "psql")
_LEAST = {"asterisk": 20, "redis-server": 7}
_VERSION = {
    "asterisk": ("-V",),
    "redis-server": ("--version",),
    "redis-cli": ("--version",),
    "sipp": ("-v",),
    "espeak-ng": ("--version",),
    "sox": ("--version",),
    "chromium": ("--version",),
    "initdb": ("--version",),
}


@dataclass(frozen=True)
class Programs:
    """Where every program is and how it is started.

    root: the private root of telephone programs, None when the system has them all.
    test_root: the private root of test-only programs, None when the system has them or none were asked for.
    system: program name → path of the system's own copy.
    """

    root: Path | None
    test_root: Path | None
    system: dict[str, str]

    def argv(self, name: str, *arguments: str) -> list[str]:
        """The command line that starts `name`; raises ObtainFault for a program that was not obtained."""
        if name in self.system:
            return [self.system[name], *arguments]
        if name in LIVE and self.root is not None:
            directories = ":".join(str(d) for d in _library_directories(self.root))
            program = str(self.root / LIVE[name][1])
            return [str(self.root / LOADER), "--library-path", directories, program, *arguments]
        if self.test_root is not None and (found := _in_test_root(self.test_root, name)) is not None:
            return [str(found), *arguments]
        raise ObtainFault(f"没有取得程序 {name} / the program {name} was not obtained")

    def env(self, name: str) -> dict[str, str]:
        """The whole environment `name` is started with (this process's own, and what the program needs)."""
        environment = dict(os.environ)
        if name in self.system:
            return environment
        if name == "espeak-ng" and self.root is not None:
            environment["ESPEAK_DATA_PATH"] = str(self.root / "usr/lib" / TRIPLET)
        if name not in LIVE and self.test_root is not None:
            environment["LD_LIBRARY_PATH"] = ":".join(str(d) for d in _library_directories(self.test_root))
            environment["FONTCONFIG_FILE"] = str(self.test_root / "etc/fonts/hotline.conf")
        return environment

    @property
    def asterisk_modules(self) -> Path:
        """`astmoddir`: the modules that belong to this Asterisk."""
        if "asterisk" in self.system:
            return _system_asterisk_modules()
        assert self.root is not None
        return self.root / "usr/lib" / TRIPLET / "asterisk/modules"

    @property
    def asterisk_data(self) -> Path:
        """`astdatadir`: Asterisk's own documentation and sounds, read only."""
        if "asterisk" in self.system:
            found = [d for d in (Path("/usr/share/asterisk"), Path("/var/lib/asterisk")) if d.is_dir()]
            return found[0] if found else Path("/usr/share/asterisk")
        assert self.root is not None
        return self.root / "usr/share/asterisk"


def cache_directory() -> Path:
    """Where roots lie: HOTLINE_CACHE, else /var/cache/hotline for root and ~/.cache/hotline for others."""
    if given := os.environ.get("HOTLINE_CACHE"):
        return Path(given).absolute()
    if os.geteuid() == 0:
        return Path("/var/cache/hotline")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hotline"


def programs(*, test: bool = False, cache: Path | None = None) -> Programs:
    """Every program, obtained if needed; with `test` also chromium and PostgreSQL.  Raises ObtainFault."""
    place = cache or cache_directory()
    ignore = os.environ.get("HOTLINE_IGNORE_SYSTEM") == "1"
    system = {} if ignore else {name: path for name in LIVE if (path := _system(name))}
    missing = [name for name in LIVE if name not in system]
    root = private_root(place, _live_recipe(missing), _verify_live(missing)) if missing else None
    if not test:
        return Programs(root, None, system)
    if not ignore:
        system |= _system_test_programs()
    lacking = [name for name in ("chromium", "initdb") if name not in system]
    test_root = private_root(place, _test_recipe(lacking), _verify_test(lacking)) if lacking else None
    return Programs(root, test_root, system)


def _live_recipe(missing: list[str]) -> Recipe:
    """Ubuntu's own suite carries them; of Debian only the coming release does (forky), or sid before it."""
    packages = tuple(sorted({LIVE[name][0] for name in missing}))
    release = os_release()
    names: list[str]
    components: tuple[str, ...]
    try:
        mirror = distribution_source(release.get("VERSION_CODENAME", ""), machine_sources())
    except NoMirror as fault:
        raise ObtainFault(str(fault)) from fault
    if release.get("ID") == "ubuntu":
        names, components = [release["VERSION_CODENAME"]], ("main", "universe")
    else:
        names, components = ["forky", "sid"], ("main",)
    suites = tuple((name, partial(as_lines, mirror, (name,), components)) for name in names)
    return Recipe("telephone", packages, suites)


def _test_recipe(lacking: list[str]) -> Recipe:
    """From the machine's own suite with its updates: these run on the machine's own C library."""
    release = os_release()
    codename = release.get("VERSION_CODENAME", "")
    packages = []
    if "chromium" in lacking:
        packages += ["chromium", "fonts-wqy-microhei"]
    if "initdb" in lacking:
        packages.append("postgresql")
    if release.get("ID") == "ubuntu" and "chromium" in lacking:
        raise ObtainFault(
            "Ubuntu 没有 chromium 软件包，请先安装浏览器：snap install chromium，或把 chromium 放进 PATH / "
            "Ubuntu has no chromium package: run `snap install chromium`, or put a chromium into PATH"
        )
    try:
        sources = all_of(codename, machine_sources())
    except NoMirror as fault:
        raise ObtainFault(str(fault)) from fault

    def lines(keys: Path) -> str:
        return "".join(as_lines(s, s.suites, s.components, keys / str(n)) for n, s in enumerate(sources))

    return Recipe("test", tuple(packages), ((codename, lines),), without=("libc6", "libc-bin"))


def _verify_live(missing: list[str]) -> Callable[[Path], None]:
    def verify(root: Path) -> None:
        if not LOADER or not (root / LOADER).exists():
            raise ObtainFault(f"不支持的机器类型 {MACHINE} / machines of type {MACHINE} are not supported")
        made = Programs(root, None, {})
        for name in missing:
            _try(made, name)

    return verify


def _verify_test(lacking: list[str]) -> Callable[[Path], None]:
    def verify(root: Path) -> None:
        fonts = root / "etc/fonts/hotline.conf"
        fonts.parent.mkdir(parents=True, exist_ok=True)
        # Relative to the file itself: the root is renamed after this, and may be moved later.
        fonts.write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            '<dir prefix="relative">../../usr/share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir>'
            "</fontconfig>\n",
            encoding="utf-8",
        )
        made = Programs(None, root, {})
        for name in lacking:
            _try(made, name)

    return verify


def _try(made: Programs, name: str) -> None:
    """Starts the program once; raises ObtainFault with what it said when it does not answer its version."""
    command = made.argv(name, *_VERSION[name])
    ran = subprocess.run(
        command, env=made.env(name), capture_output=True, text=True, errors="replace", timeout=60, check=False
    )
    said = ran.stdout + ran.stderr
    if not re.search(r"\d+\.\d+", said) or "error while loading" in said:
        raise ObtainFault(f"{name} 无法启动 / {name} does not start: {said.strip()[:500]}")


def _library_directories(root: Path) -> list[Path]:
    """Where a root's libraries lie; some packages keep theirs in a directory below."""
    base = root / "usr/lib" / TRIPLET
    return [base, base / "pulseaudio", base / "asterisk", root / "usr/lib"]


def _in_test_root(root: Path, name: str) -> Path | None:
    if name == "chromium":
        found = [root / "usr/lib/chromium/chromium"]
    else:
        found = sorted((root / "usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found[-1] if found and found[-1].exists() else None


def _system(name: str) -> str | None:
    """The system's own copy, when it is there and new enough."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if path is None or (name == "asterisk" and not _system_asterisk_modules().is_dir()):
        return None
    if (least := _LEAST.get(name)) is None:
        return path
    said = subprocess.run(
        [path, *_VERSION[name]], capture_output=True, text=True, errors="replace", timeout=20, check=False
    ).stdout
    version = re.search(r"(?:Asterisk |v=)(\d+)\.", said)
    return path if version and int(version[1]) >= least else None


def _system_asterisk_modules() -> Path:
    for place in (Path("/usr/lib") / TRIPLET / "asterisk/modules", Path("/usr/lib/asterisk/modules")):
        if (place / "app_dial.so").is_file():
            return place
    return Path("/nonexistent")


def _system_test_programs() -> dict[str, str]:
    found = {}
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            found["chromium"] = path
            break
    directories = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda d: float(d.parent.name))
    directories += [Path(p).parent for p in [shutil.which("initdb")] if p]
    if directories and all((directories[-1] / name).exists() for name in POSTGRES):
        found |= {name: str(directories[-1] / name) for name in POSTGRES}
    return found


def main() -> int:
    """Obtains everything and prints one line a program."""
    try:
        made = programs(test="--test" in sys.argv[1:])
    except ObtainFault as fault:
        say(f"失败：{fault}", "failed")
        return 1
    names = [*LIVE, *(("chromium", *POSTGRES) if "--test" in sys.argv[1:] else ())]
    for name in names:
        print(f"{name}\t{' '.join(made.argv(name))}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
