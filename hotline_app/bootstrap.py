"""From a bare machine to a running command: virtual environment, locked packages, built console.

Runs with the system's Python and the standard library only.  Every step is skipped when a marker shows that
it was finished for the same inputs, and can be broken off at any point: the marker is written last.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from asterisk_conf.apt_root import ObtainFault, Recipe, private_root, say
from asterisk_conf.apt_sources import NoMirror, all_of, as_lines, machine_sources, os_release
from asterisk_conf.obtain import cache_directory

REPO = Path(__file__).resolve().parent.parent
VENV = REPO / ".venv"
CONSOLE = REPO / "console"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# These play the telephone network or test: they need the test packages too.
_WITH_TESTS = ("test", "demo", "call", "bench")
_WITH_CONSOLE = ("up", "demo", "test")
_CONSOLE_INPUTS = ("package.json", "package-lock.json", "index.html", "vite.config.ts", "tsconfig.json")


def main(arguments: Sequence[str]) -> int:  # noqa: RET503 - `_become` never returns
    """Prepares what the command needs and becomes the command; returns (1) only on a fault."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    asks_help = bool({"-h", "--help"} & set(arguments)) or command == "help"
    try:
        with (REPO / ".preparing.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # a second command started meanwhile waits, then finds all done
            python = virtual_environment("requirements.lock")
            if command in _WITH_TESTS and not asks_help:
                virtual_environment("requirements-test.lock")
            if command in _WITH_CONSOLE and not asks_help:
                build_console()
    except ObtainFault as fault:
        say(f"失败：{fault}", "failed")
        return 1
    _become([str(python), "-P", "-m", "hotline_app.cli", *arguments])


def _become(command: list[str]) -> NoReturn:
    os.execv(command[0], command)


def virtual_environment(lock_name: str) -> Path:
    """The Python of `.venv` with the packages of this lock file; made or completed if needed."""
    python = VENV / "bin/python"
    lock = REPO / lock_name
    marker = VENV / f".{lock_name}.installed"
    wanted = _digest([lock], extra=f"{sys.version_info[:2]}")
    if python.exists() and _read(marker) == wanted:
        return python
    began = time.monotonic()
    if not python.exists() or not _same_version(python):
        say(f"建立虚拟环境 {VENV}", "making the virtual environment")
        _run(
            [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)],
            "虚拟环境",
            "the virtual environment",
        )
    count = len(re.findall(r"^[A-Za-z0-9]\S*==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    say(
        f"安装 {lock_name} 里的 {count} 个 Python 包（校验哈希）",
        f"installing {count} Python packages, hashes checked",
    )
    pip = [str(python), *_pip(python), "install", "--require-hashes", "--disable-pip-version-check"]
    command = [*pip, "--progress-bar", "off", "-r", str(lock)]
    _run(command, "Python 包", "the Python packages", steps=("Collecting ", count))
    marker.write_text(wanted, encoding="utf-8")
    say(f"Python 包已装好，用时 {round(time.monotonic() - began)} 秒", "Python packages installed")
    return python


def _same_version(python: Path) -> bool:
    asked = subprocess.run(
        [str(python), "-c", "import sys; print(sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() == str(sys.version_info[:2])


def _pip(python: Path) -> list[str]:
    """How to run pip: the environment's own, this Python's bundled wheel, else the distribution's wheel.

    Debian and Ubuntu leave `ensurepip` out of `python3`, and the wheel lies in a package that anybody can
    download and unpack: no root right is needed.
    """
    if subprocess.run([str(python), "-c", "import pip"], capture_output=True, check=False).returncode == 0:
        return ["-m", "pip"]
    wheels: list[Path] = []
    if (spec := importlib.util.find_spec("ensurepip")) and spec.origin:
        wheels = sorted((Path(spec.origin).parent / "_bundled").glob("pip-*.whl"))
    wheels = wheels or sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    if not wheels:
        say("本机 Python 不带 pip，从软件源取一个", "this Python has no pip: getting the distribution's")
        codename = os_release().get("VERSION_CODENAME", "")
        try:
            sources = all_of(codename, machine_sources())
        except NoMirror as fault:
            raise ObtainFault(str(fault)) from fault

        def lines(keys: Path) -> str:
            return "".join(as_lines(s, s.suites, s.components, keys / str(n)) for n, s in enumerate(sources))

        recipe = Recipe("pip", ("python3-pip-whl",), ((codename, lines),), without=("libc6", "libc-bin"))
        root = private_root(cache_directory(), recipe, lambda _: None)
        wheels = sorted((root / "usr/share/python-wheels").glob("pip-*.whl"))
    return [str(wheels[-1] / "pip")]


def build_console() -> None:
    """`npm ci` and the build, each only when its inputs changed.  Node comes with the Python lock."""
    if not (CONSOLE / "package-lock.json").is_file():
        return
    npm = VENV / "bin/npm"
    environment = {**os.environ, "PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', os.defpath)}", "CI": "true"}
    modules = CONSOLE / "node_modules/.hotline-lock"
    wanted = _digest([CONSOLE / "package.json", CONSOLE / "package-lock.json"])
    if _read(modules) != wanted:
        say("安装控制台的依赖（npm ci）", "installing the console's packages (npm ci)")
        _run([str(npm), "ci", "--no-audit", "--no-fund"], "npm ci", "npm ci", cwd=CONSOLE, env=environment)
        modules.write_text(wanted, encoding="utf-8")
    inputs = [CONSOLE / name for name in _CONSOLE_INPUTS]
    inputs += [
        p for folder in ("src", "public") for p in sorted((CONSOLE / folder).rglob("*")) if p.is_file()
    ]
    built, marker = CONSOLE / "dist", CONSOLE / "dist/.built-from"
    wanted = _digest(inputs, extra=wanted)
    if _read(marker) == wanted:
        return
    say("构建控制台网页", "building the console")
    fresh = CONSOLE / "dist.building"
    shutil.rmtree(fresh, ignore_errors=True)
    command = [
        str(npm),
        "run",
        "build",
        "--silent",
        "--",
        "--outDir",
        fresh.name,
        "--emptyOutDir",
        "--logLevel",
        "warn",
    ]
    _run(command, "控制台构建", "the console's build", cwd=CONSOLE, env=environment)
    (fresh / marker.name).write_text(wanted, encoding="utf-8")
    shutil.rmtree(built, ignore_errors=True)
    fresh.rename(built)


def _run(
    command: list[str],
    chinese: str,
    english: str,
    *,
    cwd: Path = REPO,
    env: dict[str, str] | None = None,
    steps: tuple[str, int] | None = None,
) -> None:
    """Runs a step; on failure shows what it said and raises ObtainFault.

    `steps`: how a line begins that stands for one of so many steps, to show how far it is.
    """
    environment = dict(os.environ if env is None else env)
    if CERTIFICATES.is_file():  # pip and Node bring lists of their own and would not know a network's own CA
        environment.setdefault("PIP_CERT", str(CERTIFICATES))
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(CERTIFICATES))
    said: list[str] = []
    done, shown = 0, time.monotonic()
    with subprocess.Popen(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            done += bool(steps and line.startswith(steps[0]))
            if steps and time.monotonic() - shown > 3:
                shown = time.monotonic()
                say(f"{chinese}：{done}/{steps[1]}", f"{done} of {steps[1]}")
    if process.returncode:
        print("".join(said)[-4000:], file=sys.stderr)
        raise ObtainFault(
            f"{chinese} 失败，请检查网络后重试（已完成的步骤会保留）/ {english} failed: check the network, "
            f"try again (finished steps are kept)"
        )


def _digest(files: Iterable[Path], extra: str = "") -> str:
    digest = hashlib.sha256(extra.encode())
    for file in files:
        if file.is_file():
            digest.update(str(file.relative_to(REPO)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _read(marker: Path) -> str:
    return marker.read_text(encoding="utf-8") if marker.is_file() else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
