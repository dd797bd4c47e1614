"""The first start of all: somebody must be able to log in."""

from __future__ import annotations

import os
import sys

from crm import Role, Store
from crm.people import People
from hotline_app.runtime import Runtime

ADMIN = "admin"


async def first_admin(runtime: Runtime, store: Store) -> None:
    """Makes the user `admin` when there are no users; the password goes to a file that only we can read."""
    people = People(store)
    if await people.all():
        return
    password = runtime.state.secret("admin-password", length=8)
    await people.add(ADMIN, password, Role.ADMIN, actor="first start")
    file = runtime.state.secrets / "admin-password"
    where = f"{file}（{'root' if os.geteuid() == 0 else '本用户'}可读）"
    print(
        f"〔启动〕已建立管理员 {ADMIN}，初始密码在 {where}，登录后请用 ./hotline user add 建立自己的用户 / "
        f"the user {ADMIN} was made; its password is in that file",
        file=sys.stderr,
        flush=True,
    )
