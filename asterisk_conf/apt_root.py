"""A private root of Debian packages: downloaded by the machine's own apt, unpacked without root rights.

Nothing of the machine is touched: apt gets its own state, an empty dpkg status and its own cache.  A root is
built in a directory of its own and renamed when it is whole, so a kill in the middle leaves nothing that
could be believed; downloads are kept until then and go on where they stopped.
Standard library only: this runs with the system's Python.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RECIPE = 3  # raise it when the way a root is unpacked changes: every root is then built anew
MARKER = ".hotline-root.json"
_UNUSED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian")


class ObtainFault(Exception):
    """A program could not be obtained; the message says why and what to do."""


@dataclass(frozen=True)
class Recipe:
    """What a root is made of.  `sources` maps a directory for keys to sources.list text, tried in turn."""

    name: str
    packages: tuple[str, ...]
    suites: tuple[tuple[str, Callable[[Path], str]], ...]
    without: tuple[str, ...] = ()

    def digest(self) -> str:
        """Names the root: changes with packages, suites, architecture and recipe, not with the mirror."""
        suites = [suite for suite, _ in self.suites]
        text = json.dumps(
            [RECIPE, self.name, sorted(self.packages), suites, sorted(self.without), os.uname().machine]
        )
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def say(chinese: str, english: str) -> None:
    """One line for the person at the terminal; on stderr, so that `--json` output stays clean."""
    print(f"〔准备〕{chinese} / {english}", file=sys.stderr, flush=True)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Only one process prepares at a time; the others wait and then find the work done."""
    directory.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        directory.chmod(0o755)  # Asterisk and Redis run from here as another user
    with (directory / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("另一个进程正在准备，等它完成……", "another process is preparing; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def whole(root: Path) -> bool:
    """Whether the root was finished (the marker is written last, before the rename)."""
    return (root / MARKER).is_file()


def private_root(cache: Path, recipe: Recipe, verify: Callable[[Path], None]) -> Path:
    """The root of this recipe, built now if it is not there.  `verify` raises ObtainFault for a bad one."""
    root = cache / "roots" / f"{recipe.name}-{recipe.digest()}"
    if whole(root):
        return root
    with locked(cache):
        if whole(root):
            return root
        before = os.umask(0o022)  # other users shall be able to run what lies there
        try:
            _build(cache, root, recipe, verify)
        finally:
            os.umask(before)
    return root


def _build(cache: Path, root: Path, recipe: Recipe, verify: Callable[[Path], None]) -> None:
    for tool in ("apt-get", "dpkg-deb", "tar"):
        if shutil.which(tool) is None:
            raise ObtainFault(
                f"本机没有 {tool}，需要 Debian 或 Ubuntu / {tool} is missing: Debian or Ubuntu is needed"
            )
    root.parent.mkdir(parents=True, exist_ok=True)
    for leftover in root.parent.glob(f"{root.name}.building-*"):
        shutil.rmtree(leftover)
    began = time.monotonic()
    suite, archives = _download(cache / "apt" / root.name, recipe)
    building = root.parent / f"{root.name}.building-{os.getpid()}"
    _unpack(archives, building, recipe.without)
    say("试运行取得的程序", "trying the obtained programs")
    verify(building)
    marker = {"suite": suite, "packages": sorted(p.name for p in archives.glob("*.deb")), "recipe": RECIPE}
    (building / MARKER).write_text(json.dumps(marker, indent=1), encoding="utf-8")
    building.rename(root)
    shutil.rmtree(cache / "apt" / root.name)
    seconds = round(time.monotonic() - began)
    say(f"{recipe.name} 就绪，用时 {seconds} 秒：{root}", f"{recipe.name} ready in {seconds} s")


def _apt_config(base: Path, sources: str) -> Path:
    """apt's configuration for a private download; read after the machine's own, whose proxies it keeps."""
    for directory in ("state/lists/partial", "cache/archives/partial", "etc"):
        (base / directory).mkdir(parents=True, exist_ok=True)
    (base / "status").write_text("", encoding="utf-8")
    (base / "etc/sources.list").write_text(sources, encoding="utf-8")
    lines = [f"#clear {hook};" for hook in ("APT::Update", "DPkg::Post-Invoke", "DPkg::Pre-Install-Pkgs")]
    values = {
        "Dir::State": base / "state",
        "Dir::State::status": base / "status",
        "Dir::Cache": base / "cache",
        "Dir::Etc::sourcelist": base / "etc/sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        # A mirror that is a snapshot has an expired Release file; its signature is still checked.
        "Acquire::Check-Valid-Until": "false",
        "APT::Sandbox::User": "",
        "APT::Keep-Downloaded-Packages": "true",
        "APT::Install-Recommends": "false",
        "Debug::NoLocking": "true",
    }
    lines += [f'{key} "{value}";' for key, value in values.items()]
    (base / "apt.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return base / "apt.conf"


def _download(base: Path, recipe: Recipe) -> tuple[str, Path]:
    faults = []
    for suite, sources in recipe.suites:
        place = base / suite
        config = _apt_config(place, sources(place / "etc"))
        say(f"读取软件目录（{suite}）", f"reading the package index of {suite}")
        try:
            _apt(config, "update")
            names = " ".join(recipe.packages)
            say(f"从 {suite} 下载：{names} 及其依赖", "downloading them with what they depend on")
            _apt(config, "install", "--yes", "--download-only", *recipe.packages)
        except ObtainFault as fault:
            faults.append(f"{suite}: {fault}")
            continue
        return suite, place / "cache/archives"
    raise ObtainFault(
        "下载软件包失败；请检查网络和 apt 软件源后重试（已下载的会保留）/ packages could not be downloaded; "
        "check the network and apt's sources and try again (what is there is kept)\n" + "\n".join(faults)
    )


def _apt(config: Path, *words: str) -> None:
    """Runs apt-get; shows downloads in steps, raises ObtainFault with apt's own errors."""
    command = ["apt-get", "-c", str(config), "-q", *words]
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    total, done, shown, errors = 0, 0, time.monotonic(), []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if counted := re.match(r"\d+ upgraded, (\d+) newly installed", line):
                total = int(counted[1])
            elif line.startswith("Get:"):
                done += 1
                if total and time.monotonic() - shown > 2:
                    shown = time.monotonic()
                    say(f"已下载 {done}/{total} 个软件包", f"{done} of {total} packages")
            elif line.startswith(("E:", "Err:")):
                errors.append(line.strip())
    if process.returncode or (words[0] == "update" and errors):
        raise ObtainFault("; ".join(errors) or f"apt-get {words[0]} → {process.returncode}")


def _unpack(archives: Path, into: Path, without: tuple[str, ...]) -> None:
    packages = [p for p in sorted(archives.glob("*.deb")) if p.name.split("_")[0] not in without]
    if not packages:
        raise ObtainFault(f"{archives} 里没有软件包 / no packages in {archives}")
    say(f"解开 {len(packages)} 个软件包", f"unpacking {len(packages)} packages")
    into.mkdir(parents=True)
    for name in (
        "bin",
        "sbin",
        "lib",
        "lib64",
    ):  # a merged /usr, whatever order packages come in
        (into / "usr" / name).mkdir(parents=True)
        (into / name).symlink_to(f"usr/{name}")
    excludes = [f"--exclude=./{path}/*" for path in _UNUSED]
    shown = time.monotonic()
    for count, package in enumerate(packages, 1):
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as reader:
            unpacked = subprocess.run(
                ["tar", "-x", "--keep-directory-symlink", "--no-same-owner", "-C", str(into), *excludes],
                stdin=reader.stdout, stderr=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
        if unpacked.returncode or reader.returncode:
            package.unlink()  # a damaged download must not be found again next time
            why = unpacked.stderr.strip()[:300]
            raise ObtainFault(f"{package.name} 损坏，请重试 / is damaged, try again: {why}")
        if time.monotonic() - shown > 3:
            shown = time.monotonic()
            say(f"已解开 {count}/{len(packages)}", f"{count} of {len(packages)} unpacked")
    _drop_privileged_bits(into)


def _drop_privileged_bits(root: Path) -> None:
    """No set-uid program may lie in a cache that nobody patches."""
    for directory, _, files in os.walk(root):
        for file in files:
            path = Path(directory, file)
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                path.chmod(stat.S_IMODE(mode) & ~(stat.S_ISUID | stat.S_ISGID))
