"""The desk's process: opens what the web application stands on, serves it, and does the scheduled work.

``python -m hotline_app.desk_process --runtime FILE``.  Here, and nowhere in the desk, settings are known.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import ssl
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import structlog
import uvloop
from aiohttp import web

from hotline_app import logs, wiring
from hotline_app.desk.app import Given, make_app
from hotline_app.runtime import Runtime
from hotline_app.settings import Web
from hotline_app.upkeep.jobs import jobs
from hotline_app.upkeep.keeper import Keeper

_GOODBYE_S = 3.0  # for open requests, when asked to stop


async def serve(runtime: Runtime) -> None:
    """Runs until SIGTERM or SIGINT.  Raises OSError when the port or the certificate cannot be had."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as life:
        store = await wiring.open_store(runtime, tolerate_away=True)
        life.push_async_callback(store.close)
        clients = wiring.redis_clients(runtime)
        life.push_async_callback(clients.close)
        given = Given(
            store=store,
            acd=wiring.acd(runtime, clients),
            redis=clients,
            config=wiring.desk_config(runtime),
            speak=wiring.surge_voice(runtime),
        )
        runner = web.AppRunner(make_app(given), access_log=None, shutdown_timeout=_GOODBYE_S)
        await runner.setup()
        life.push_async_callback(runner.cleanup)
        place = runtime.values.web
        await web.TCPSite(runner, place.host, place.port, ssl_context=_tls(place)).start()
        keeper = Keeper(clients.call, jobs(runtime, store, clients))
        await keeper.start()
        life.push_async_callback(keeper.stop)
        structlog.get_logger("desk").info("desk.ready", url=runtime.web_url)
        await stop.wait()


def _tls(place: Web) -> ssl.SSLContext | None:
    if place.tls_cert is None or place.tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(place.tls_cert, place.tls_key)
    return context


def main() -> int:
    """The process's entry."""
    parser = argparse.ArgumentParser(prog="hotline_app.desk_process")
    parser.add_argument("--runtime", type=Path, required=True)
    runtime = Runtime.read(parser.parse_args().runtime)
    logs.configure(runtime.state.log / "desk.log", process="desk")
    try:
        uvloop.run(serve(runtime))
    except OSError as fault:  # includes a certificate that cannot be read
        structlog.get_logger("desk").error("desk.cannot_start", error=str(fault))
        print(f"desk: {fault}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
