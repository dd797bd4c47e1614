"""The servers of conftest are real and answer."""

from __future__ import annotations

import subprocess

import redis.asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from asterisk_conf.obtain import LIVE, Programs


async def test_redis_is_new_enough_and_empty(redis_clean: redis.asyncio.Redis) -> None:
    info = await redis_clean.info("server")
    assert int(info["redis_version"].split(".")[0]) >= 7
    assert await redis_clean.dbsize() == 0


async def test_a_fresh_postgres_database_answers(postgres_url: str) -> None:
    engine = create_async_engine(postgres_url)
    async with engine.connect() as connection:
        assert (await connection.execute(text("select count(*) from pg_stat_user_tables"))).scalar() == 0
    await engine.dispose()


def test_every_telephone_program_starts_with_its_argv_and_env(programs: Programs) -> None:
    for name in LIVE:
        flag = {"asterisk": "-V", "sipp": "-v"}.get(name, "--version")
        ran = subprocess.run(
            programs.argv(name, flag), env=programs.env(name), capture_output=True, timeout=20
        )
        assert b"." in ran.stdout + ran.stderr, (name, ran)
    assert (programs.asterisk_modules / "app_dial.so").exists()
    assert programs.asterisk_data.is_dir()
