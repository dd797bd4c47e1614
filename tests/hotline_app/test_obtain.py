"""The private root: built whole or not at all, from the machine's own mirror, with a real small package."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from asterisk_conf import apt_root
from asterisk_conf.apt_root import ObtainFault, Recipe, private_root
from asterisk_conf.apt_sources import (
    NoMirror,
    Source,
    as_lines,
    distribution_source,
    machine_sources,
    os_release,
)

REPO = Path(__file__).resolve().parents[2]
_BUILD = """
import os, signal, sys
from pathlib import Path
from tests.hotline_app.test_obtain import recipe
from asterisk_conf.apt_root import private_root
def verify(root):
    assert (root / "usr/bin/hello").is_file()
    if sys.argv[2] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
print(private_root(Path(sys.argv[1]), recipe(), verify))
"""


def recipe(package: str = "hello") -> Recipe:
    codename = os_release()["VERSION_CODENAME"]
    source = distribution_source(codename, machine_sources())
    suites = ((codename, lambda keys: as_lines(source, (codename,), ("main",), keys)),)
    return Recipe("small", (package,), suites, without=("libc6",))


def test_a_kill_leaves_no_root_and_the_next_run_goes_on_from_the_downloads(tmp_path: Path) -> None:
    def build(how: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", _BUILD, str(tmp_path), how],
            env={**os.environ, "PYTHONPATH": str(REPO)},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    killed = build("killed")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    root = tmp_path / "roots" / f"small-{recipe().digest()}"
    assert not root.exists()
    (archive,) = tmp_path.rglob("hello_*.deb")
    downloaded = archive.stat().st_mtime_ns
    archive.touch()
    touched = archive.stat().st_mtime_ns
    assert touched != downloaded

    done = build("whole")
    assert done.stdout.strip() == str(root), done.stderr
    assert apt_root.whole(root)
    assert (root / "bin/hello").is_file(), "reached through the merged /usr"
    assert list((tmp_path / "roots").iterdir()) == [root], "nothing half-made is left"
    assert not list(tmp_path.rglob("*.deb")), "what is unpacked need not be kept"

    def never(_root: Path) -> None:
        pytest.fail("the third time nothing is done")

    assert private_root(tmp_path, recipe(), never) == root


def test_a_package_that_does_not_exist_is_told_with_apts_own_words(tmp_path: Path) -> None:
    with pytest.raises(ObtainFault, match="no-such-package-12345"):
        private_root(tmp_path, recipe("no-such-package-12345"), lambda _root: None)
    assert not list((tmp_path / "roots").iterdir())


def test_both_of_apts_notations_are_understood(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(
        "# deb http://no/ bookworm main\n"
        "deb-src http://no/ bookworm main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://one/debian bookworm main contrib # why\n"
    )
    (tmp_path / "sources.list.d/two.sources").write_text(
        "Types: deb deb-src\nURIs: http://two/ubuntu\nSuites: noble noble-updates\n"
        "Components: main universe\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n"
        " -----END PGP PUBLIC KEY BLOCK-----\n"
        "\nTypes: deb\nEnabled: no\nURIs: http://off/\nSuites: noble\nComponents: main\n"
    )
    (tmp_path / "sources.list.d/three.list.disabled").write_text("deb http://no/ bookworm main\n")
    one, two = machine_sources(tmp_path)
    assert one == Source(
        "http://one/debian", ("bookworm",), ("main", "contrib"), {"arch": "amd64", "signed-by": "/k.gpg"}
    )
    assert (two.uri, two.suites) == ("http://two/ubuntu", ("noble", "noble-updates"))

    assert distribution_source("noble", [one, two]) == two
    with pytest.raises(NoMirror, match="jammy"):
        distribution_source("jammy", [one, two])

    lines = as_lines(one, ("forky",), ("main",), tmp_path)
    assert lines == "deb [signed-by=/k.gpg] http://one/debian forky main\n"
    keys = tmp_path / "keys"
    written = as_lines(two, ("noble",), ("main",), keys)
    assert written == f"deb [signed-by={keys / 'mirror.asc'}] http://two/ubuntu noble main\n"
    assert (keys / "mirror.asc").read_text().splitlines()[1] == ""


def test_obtaining_needs_nothing_but_the_standard_library() -> None:
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(REPO)!r}); "
         "import asterisk_conf.obtain, hotline_app.bootstrap"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
