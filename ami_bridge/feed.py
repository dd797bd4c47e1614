"""Hands events to an asynchronous consumer: each call's in order, each event once, calls side by side."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Hashable

import structlog

from .events import Event
from .tasks import end

# Identities remembered a worker, to drop copies (two links to one node while the owner changes).
_REMEMBERED = 4096


class CallFeed:
    """`put` never blocks. Events of one call go to one worker, which handles them one after the other.

    A handler that raises, or is not done within about `limit_s`, costs its event (logged), never the feed.
    `most`: events one worker may have waiting; beyond, events are dropped and `on_overflow` is called once,
    whose remedy is `Link.resync`.
    """

    def __init__(
        self,
        handler: Callable[[Event], Awaitable[None]],
        *,
        workers: int = 16,
        limit_s: float = 10.0,
        most: int = 20_000,
        on_overflow: Callable[[], None] | None = None,
    ) -> None:
        self._handler = handler
        self._workers = [_Worker() for _ in range(workers)]
        self._limit_s = limit_s
        self._most = most
        self._on_overflow = on_overflow
        self._patrol: asyncio.Task[None] | None = None
        self.duplicates = 0
        self.failed = 0
        self.overflowed = False
        self.log = structlog.get_logger()

    async def start(self) -> None:
        for worker in self._workers:
            worker.closing = False
            worker.task = asyncio.create_task(self._work(worker))
        self._patrol = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Handles what is waiting, each within the handler's own limit, then ends."""
        tasks = []
        for worker in self._workers:
            worker.closing = True
            worker.wake.set()
            if worker.task is not None:
                tasks.append(worker.task)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._limit_s * 2)
            await end(*late)
        await end(self._patrol)

    def put(self, event: Event) -> None:
        worker = self._workers[hash(event.shard) % len(self._workers)]
        if worker.known(event.identity):
            self.duplicates += 1
        elif len(worker.waiting) < self._most:
            worker.waiting.append(event)
            worker.wake.set()
        else:
            self._overflow()

    async def settled(self) -> None:
        """Returns when everything put before has been handled; a reconcile may wait for it first."""
        marks = []
        for worker in self._workers:
            mark = asyncio.get_running_loop().create_future()
            worker.waiting.append(mark)
            worker.wake.set()
            marks.append(mark)
        await asyncio.gather(*marks)

    async def _work(self, worker: "_Worker") -> None:
        while not (worker.closing and not worker.waiting):
            if not worker.waiting:
                worker.wake.clear()
                await worker.wake.wait()
                continue
            item = worker.waiting.popleft()
            if isinstance(item, Event):
                await self._handle(worker, item)
            elif not item.done():
                item.set_result(None)

    async def _handle(self, worker: "_Worker", event: Event) -> None:
        worker.handling = event
        try:
            await self._handler(event)
        except asyncio.CancelledError:
            if not worker.late:
                raise
            self.failed += 1
            self.log.error(
                "feed.handler_late", ami_event=event.name, call=event.call_id, limit_s=self._limit_s
            )
        except Exception:
            # One event is given up, with its traceback; the calls behind it in this worker are not.
            self.failed += 1
            self.log.exception("feed.handler_failed", ami_event=event.name, call=event.call_id, at=event.at)
        finally:
            worker.handling = None
            if worker.late and worker.task is not None:
                # Cancelled by our own watch, for this event only.
                worker.late = False
                worker.task.uncancel()

    async def _watch(self) -> None:
        """One watch for all workers: a time limit an event would cost as much as the rest of the feed."""
        watched: dict[_Worker, tuple[Event, float]] = {}
        while True:
            await asyncio.sleep(self._limit_s / 4)
            now = asyncio.get_running_loop().time()
            for worker in self._workers:
                event = worker.handling
                if event is None or worker.task is None:
                    watched.pop(worker, None)
                    continue
                known, since = watched.get(worker, (None, now))
                if known is not event:
                    watched[worker] = (event, now)
                elif now - since >= self._limit_s:
                    del watched[worker]
                    worker.late = True
                    worker.task.cancel()

    def _overflow(self) -> None:
        if not self.overflowed:
            self.overflowed = True
            self.log.error("feed.overflow", most=self._most)
            if self._on_overflow is not None:
                self._on_overflow()

    def forgive(self) -> None:
        """After a resync: the next overflow is a new one."""
        self.overflowed = False


class _Worker:
    def __init__(self) -> None:
        self.waiting: deque[Event | asyncio.Future[None]] = deque()
        self.wake = asyncio.Event()
        self.closing = False
        self.task: asyncio.Task[None] | None = None
        self.handling: Event | None = None
        self.late = False
        self._seen: OrderedDict[Hashable, None] = OrderedDict()

    def known(self, identity: Hashable) -> bool:
        if identity in self._seen:
            return True
        self._seen[identity] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return False
