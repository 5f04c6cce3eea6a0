"""The visits of a run, in one event loop."""

import asyncio
import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction

from cluster_feed.adapters.live_feed import LiveFeed
from cluster_feed.adapters.sftp import outbox
from cluster_feed.adapters.sftp.link import Link, open_link
from cluster_feed.adapters.sftp.upload import Upload
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.delivery import Failed, Outcome
from cluster_feed.core.errors import (
    DeliveryUnderWay,
    DiskFull,
    FeedError,
    FolderUnwritable,
    NodeFault,
    NodeFull,
    NodeUnreachable,
    StoreDamaged,
)
from cluster_feed.pipeline import Tick
from cluster_feed.pipeline.deliver import garbage, record
from cluster_feed.pipeline.deliver.visit import Visit
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)

_ATTEMPTS: Final = 20
"""How often a link that breaks, but carried something each time, is taken up again at once."""
_UNFORESEEN: Final = Bilingual("lỗi chưa lường trước", "a fault that nobody foresaw")
_PAUSE_SECONDS: Final = 1.0
_PUSH_SECONDS: Final = 900.0
"""How long the pushes of a run take at most, so that a slow gate keeps nothing from the others."""
_GOODBYE_SECONDS: Final = 60.0
"""What a visit may take beyond that, to fetch reports; a hostile node cannot hold a run longer."""
_CLUSTERS_AT_ONCE: Final = 100
_LOOK_SECONDS: Final = 0.5

_Fact = Callable[[], None]


class Round:
    """All clusters' visits in one event loop; what the ledger must know is done between its turns.

    Django refuses its ORM inside an event loop, and a ledger has one writer: a visit puts each
    fact in a queue, and the calling thread, having stepped out of the loop, records them, all
    that wait in one transaction.
    """

    def __init__(
        self,
        workspace: Workspace,
        now: datetime,
        tick: Tick,
        *,
        collect: bool,
        enough: Callable[[], bool],
    ) -> None:
        self._workspace = workspace
        self._feed = LiveFeed(workspace.feed)
        self._now = now
        self._began = time.monotonic()
        self._tick = tick
        self._collect = collect
        self._enough = enough
        self._closing = False
        self._pushes: set[asyncio.Timeout] = set()
        self._visits: set[asyncio.Timeout] = set()
        self._facts: asyncio.Queue[_Fact | None] = asyncio.Queue()

    def serve(self, visits: Sequence[Visit]) -> list[Outcome]:
        """Visit every node, and give what came of it in the same order."""
        with asyncio.Runner() as runner:
            under_way = runner.get_loop().create_task(self._serve_all(visits))
            more = True
            while more:
                facts = runner.run(self._waiting_facts())
                more = None not in facts
                with transaction.atomic():
                    for fact in filter(None, facts):
                        fact()
            return runner.run(_result(under_way))

    async def _waiting_facts(self) -> list[_Fact | None]:
        facts = [await self._facts.get()]
        while not self._facts.empty():
            facts.append(self._facts.get_nowait())
        return facts

    # --- Every visit ---------------------------------------------------------------------------

    async def _serve_all(self, visits: Sequence[Visit]) -> list[Outcome]:
        room = asyncio.Semaphore(_CLUSTERS_AT_ONCE)

        async def serve(visit: Visit) -> Outcome:
            try:
                async with room, asyncio.timeout(None) as limit:
                    with _among(limit, self._visits):
                        return await self._serve(visit)
            except TimeoutError:
                visit.broken_off = True
                return visit.outcome(self._moment)

        watching = asyncio.create_task(self._watch())
        try:
            results = await asyncio.gather(*map(serve, visits), return_exceptions=True)
            return [
                self._defect(visit, result) if isinstance(result, BaseException) else result
                for visit, result in zip(visits, results, strict=True)
            ]
        finally:
            watching.cancel()
            self._facts.put_nowait(None)

    async def _watch(self) -> None:
        """Break off what is being sent when the time is up or the caller has had enough."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + _PUSH_SECONDS
        while loop.time() < ends and not self._enough():  # noqa: ASYNC110  asks a plain function
            await asyncio.sleep(_LOOK_SECONDS)
        self._closing = True
        for limits, seconds in ((self._pushes, 0.0), (self._visits, _GOODBYE_SECONDS)):
            for limit in limits:
                if not limit.expired():
                    limit.reschedule(loop.time() + seconds)

    async def _serve(self, visit: Visit) -> Outcome:
        """Visit a node, and again where the link broke but had carried something."""
        if self._closing:
            visit.broken_off = True
            return visit.outcome(self._moment)
        failure: FeedError | None = None
        try:
            with _alone(self._workspace, visit.cluster):
                failure = await self._attempt(visit)
        except DeliveryUnderWay as error:
            return Failed(visit.cluster.name, error)
        except FeedError as error:
            failure = error
        finally:
            if visit.removed:
                self._record(record.removed, visit)
        if failure is None:
            if not visit.delivered:
                self._record(record.reached, visit)
            return visit.outcome(self._moment)
        if visit.delivered or visit.broken_off:
            _log.warning("%s was served, but: %s", visit.cluster.name, failure)
            return visit.outcome(self._moment)
        self._record(record.failed, visit, failure)
        return Failed(visit.cluster.name, failure)

    async def _attempt(self, visit: Visit) -> FeedError | None:
        """Why the visit failed; None: it did not."""
        failure: FeedError | None = None
        for _ in range(_ATTEMPTS):
            sent_before = visit.sent_bytes
            try:
                await self._visit(visit)
            except NodeUnreachable as error:
                failure = error
                if visit.broken_off or visit.sent_bytes == sent_before:
                    return failure
            except FeedError as error:
                return error
            else:
                return None
            await asyncio.sleep(_PAUSE_SECONDS)
        return failure

    def _defect(self, visit: Visit, error: BaseException) -> Failed:
        """Whatever a node can provoke in us costs its own cluster the visit and no other."""
        if not isinstance(error, Exception):
            raise error
        name, node = visit.cluster.name, visit.cluster.node
        _log.error("a visit to %s failed in a way that nobody foresaw", name, exc_info=error)
        failure = NodeFault(
            cluster=name,
            host=f"{node.host}:{node.port}",
            detail=_UNFORESEEN,
            machine_said=f"{type(error).__name__}: {error}",
        )
        self._record(record.failed, visit, failure)
        return Failed(name, failure)

    # --- One visit -----------------------------------------------------------------------------

    async def _visit(self, visit: Visit) -> None:
        """Collect, then push what is due: what breaks a push again and again hides no report.

        Where one of the two cannot be done, the other still may.
        """
        refused: FeedError | None = None
        async with self._link(visit.cluster) as link:
            for act in (self._bring_home, self._bring):
                try:
                    await act(visit, link)
                except (NodeFull, NodeFault, StoreDamaged, DiskFull, FolderUnwritable) as error:
                    refused = refused or error
        if refused:
            raise refused

    async def _bring_home(self, visit: Visit, link: Link) -> None:
        """Fetch what the screens left for the hub."""
        if self._collect:
            for screen in visit.cluster.screens:
                into = self._workspace.returned / visit.cluster.name / screen.name
                visit.returned += await outbox.collect(link, screen.name, into)

    def _link(self, cluster: Cluster) -> AbstractAsyncContextManager[Link]:
        key_file = self._workspace.sftp_key
        patience = self._workspace.settings.delivery.patience
        cap = cluster.node.bytes_a_second
        capped = {"at_most_bytes_a_second": cap} if cap else {}
        return open_link(cluster.name, cluster.node, key_file, patience, **capped)

    async def _bring(self, visit: Visit, link: Link) -> None:
        """Make a node's feed what it should be, and take away what it need not be."""
        visit.due = visit.due or not await link.holds(visit.fixed[-1])
        if visit.due and not visit.delivered and not visit.broken_off:
            await self._push(visit, link)
            if visit.delivered:
                await garbage.sweep(link, (), visit.removed)
        if not visit.waits and not visit.broken_off:
            await self._remove(visit, link)

    async def _push(self, visit: Visit, link: Link) -> None:
        gone = {each.path for each in await link.missing(visit.blobs)}
        self._acknowledge(visit, gone)
        wanted = gone | visit.again
        blobs = [each for each in visit.blobs if each.path in wanted]
        to_send = sum(each.byte_count for each in blobs)
        visit.to_send = max(visit.to_send, visit.sent_bytes + to_send)
        if not visit.may_send(to_send, self._moment):
            visit.to_send, visit.waits = to_send, True
            return
        await self._make_room(visit, link, [*blobs, *visit.versioned, *visit.fixed])
        await link.make_folders([*visit.blobs, *visit.fixed])
        if await self._sent(visit, link, blobs) and self._still_live(visit):
            await link.put(visit.versioned)
            for each in visit.fixed:
                await link.put([each])
            visit.delivered = True
            self._record(record.delivered, visit)
            self._facts.put_nowait(partial(self._tick, visit.cluster.title, 1.0))
        else:
            visit.broken_off = True

    def _acknowledge(self, visit: Visit, gone: set[str]) -> None:
        """Write receipts of what is there already, as after a run that was killed."""
        for blob in visit.blobs:
            if blob.path not in gone and blob.path not in visit.received:
                self._record(record.arrived, visit, blob)

    async def _make_room(self, visit: Visit, link: Link, uploads: Sequence[Upload]) -> None:
        """Make sure that all fits; where it does not, nobody needs the garbage more than this."""
        try:
            await link.make_sure_of_room(uploads)
        except NodeFull:
            await self._remove(visit, link)
            await garbage.sweep(link, (each.sha256 for each in uploads), visit.removed)
            await link.make_sure_of_room(uploads)

    async def _remove(self, visit: Visit, link: Link) -> None:
        left = [path for path in visit.garbage if path not in visit.removed]
        await garbage.remove(link, left, visit.removed)

    async def _sent(self, visit: Visit, link: Link, blobs: Sequence[Upload]) -> bool:
        """Send blobs; whether all arrived before the window closed or the run came to its end."""

        def moved(byte_count: int) -> None:
            before = visit.sent_bytes
            visit.sent_bytes += byte_count
            if _percent(before, visit.to_send) < (now := _percent(visit.sent_bytes, visit.to_send)):
                self._facts.put_nowait(partial(self._tick, visit.cluster.title, now / 100))

        def arrived(blob: Upload) -> None:
            visit.sent_blobs += 1
            visit.again.discard(blob.path)
            self._record(record.arrived, visit, blob)

        try:
            async with asyncio.timeout(self._seconds_to_push(visit)) as limit:
                with _among(limit, self._pushes):
                    await link.put(blobs, moved, arrived)
        except TimeoutError:
            return False
        return True

    def _seconds_to_push(self, visit: Visit) -> float | None:
        """How long a push may take from now; None: until the run ends."""
        if self._closing:
            return 0
        closes_at = visit.window_closes_at(self._moment)
        return (closes_at - self._moment).total_seconds() if closes_at else None

    def _still_live(self, visit: Visit) -> bool:
        """Whether the feed has not moved on: a node is never taken back to an older timestamp."""
        return self._feed.timestamp_version == visit.version

    def _record(self, what: Callable[..., None], *about: object) -> None:
        self._facts.put_nowait(partial(what, *about, self._moment))

    @property
    def _moment(self) -> datetime:
        """Now, by the clock of the run and the time that passed since; a push may take hours."""
        return self._now + timedelta(seconds=time.monotonic() - self._began)


@contextmanager
def _among(limit: asyncio.Timeout, limits: set[asyncio.Timeout]) -> Iterator[None]:
    """Have a limit among those that can be brought forward, for as long as it is in force."""
    limits.add(limit)
    try:
        yield
    finally:
        limits.discard(limit)


@contextmanager
def _alone(workspace: Workspace, cluster: Cluster) -> Iterator[None]:
    """Let nobody else write to the node's partial files; a dead process's lock goes with it."""
    folder = workspace.returned / cluster.name
    outbox.make_folder(folder)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _claim(lock, cluster)
        yield
    finally:
        os.close(lock)


def _claim(lock: int, cluster: Cluster) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DeliveryUnderWay(cluster=cluster.name) from error


async def _result(task: asyncio.Task[list[Outcome]]) -> list[Outcome]:
    return await task


def _percent(part: int, whole: int) -> int:
    return min(100, part * 100 // whole) if whole else 100
