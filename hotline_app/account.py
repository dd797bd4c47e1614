"""The system user that Asterisk and Redis run as, when we are root."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

from hotline_app.processes import Account
from hotline_app.state import StateFault


def chosen(name: str) -> Account | None:
    """None when we are not root: then everything runs as we do.  Raises StateFault for an unknown user."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise StateFault(
            f"[security] run_as = {name}：没有这个系统用户，先建立（useradd --system {name}）或改成 nobody / "
            f"no such system user: create it, or write nobody"
        ) from None
    if entry.pw_uid == 0:
        raise StateFault("[security] run_as 不能是 root / must not be root")
    return Account(entry.pw_uid, entry.pw_gid)


def must_reach(account: Account | None, *places: Path) -> None:
    """Raises StateFault for a place that the account cannot come to, since a directory above it is closed."""
    if account is None:
        return
    for place in places:
        tried = subprocess.run(
            ["/bin/sh", "-c", 'cd "$0"', str(place)],
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            capture_output=True,
            check=False,
        )
        if tried.returncode:
            raise StateFault(
                f"用户 {pwd.getpwuid(account.uid).pw_name} 进不了 {place}：上级目录不可通过，用 --state 或 "
                f"HOTLINE_CACHE 换到 /var 下 / it cannot be entered by that user: choose another place"
            )
