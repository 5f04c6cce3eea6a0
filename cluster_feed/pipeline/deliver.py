"""Bring each cluster's node the feed as it is live, and bring home what its screens left there.

Each node gets the blobs that it lacks, then the versioned metadata, and last `root.json` and
`timestamp.json`: until that rename its screens see the feed as it was.  Whether a blob is there is
asked of the node, by name: a receipt cannot know that the node was exchanged since.
"""

import asyncio
import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction

from cluster_feed.adapters.feed import Feed
from cluster_feed.adapters.sftp import outbox
from cluster_feed.adapters.sftp.link import Link, open_link
from cluster_feed.adapters.sftp.upload import Upload
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.delivery import (
    Delivered,
    Failed,
    Outcome,
    Planned,
    Skipped,
    Unfinished,
    UpToDate,
)
from cluster_feed.core.errors import (
    DeliveryUnderWay,
    FeedError,
    NodeFault,
    NodeFull,
    NodeUnreachable,
    StoreDamaged,
)
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import Tick, quiet
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)

_ACTOR: Final = "hub"
_DELIVERED: Final = "deliver"
_FAILED: Final = "deliver-failed"
_REACHED: Final = "reach"
"""A node that could not be served answers again, and has the feed already."""
_VISITS: Final = 20
"""How often a link that breaks, but carried something each time, is taken up again at once."""
_PAUSE_SECONDS: Final = 1.0
_RUN_SECONDS: Final = 900.0
"""How long a run takes at most, so that a slow or hostile gate keeps nothing from the others."""
_CLUSTERS_AT_ONCE: Final = 100


def run(
    workspace: Workspace,
    now: datetime,
    tick: Tick = quiet,
    *,
    dry_run: bool = False,
    collect: bool = True,
) -> list[Outcome]:
    """Serve every cluster, all at once; no cluster's failure touches another.

    A dry run asks the ledger only.  Without `collect`, a node that has the live version by its
    receipt is not visited.
    """
    feed = Feed(workspace.feed)
    outcomes: list[Outcome] = []
    visits: list[_Visit] = []
    with ExitStack() as locks:
        for cluster in workspace.clusters.values():
            if not cluster.in_service:
                outcomes.append(Skipped(cluster.name, cluster.status_reason))
                continue
            try:
                visit = _plan(workspace, feed, cluster)
                if dry_run:
                    outcomes.append(visit.planned)
                elif visit.due or collect:
                    locks.enter_context(_alone(workspace, cluster))
                    visits.append(visit)
                else:
                    outcomes.append(UpToDate(cluster.name, visit.version, 0))
            except FeedError as error:
                outcomes.append(Failed(cluster.name, error))
        if visits:
            outcomes += _Round(workspace, now, tick, collect=collect).serve(visits)
    return outcomes


def failure(cluster: str) -> ledger.Event | None:
    """The event that says why the latest visit to a node failed; None: it did not."""
    last = _last_visit(cluster)
    return last if last and last.act == _FAILED else None


def _last_visit(cluster: str) -> ledger.Event | None:
    visits = ledger.Event.objects.filter(subject=cluster, act__in=(_DELIVERED, _REACHED, _FAILED))
    return visits.order_by("-pk").first()


@dataclass
class _Visit:
    """What one cluster shall have, and how far that has come."""

    cluster: Cluster
    version: int
    edition: ledger.Edition | None
    due: bool
    received: frozenset[str]
    """Paths of the blobs that the node has by its receipts."""
    blobs: Sequence[Upload]
    versioned: Sequence[Upload]
    """Metadata whose name says its version: nobody asks for it before the timestamp names it."""
    fixed: Sequence[Upload]
    """Metadata that is replaced, in its order: the timestamp is the last."""
    to_send: int = 0
    sent_blobs: int = 0
    sent_bytes: int = 0
    returned: int = 0
    delivered: bool = False

    @property
    def planned(self) -> Planned | UpToDate:
        if not self.due:
            return UpToDate(self.cluster.name, self.version, 0)
        lacking = [each.byte_count for each in self.blobs if each.path not in self.received]
        return Planned(self.cluster.name, self.version, len(lacking), sum(lacking))

    @property
    def outcome(self) -> Delivered | UpToDate:
        if not self.delivered:
            return UpToDate(self.cluster.name, self.version, self.returned)
        return Delivered(
            self.cluster.name, self.version, self.sent_blobs, self.sent_bytes, self.returned
        )

    @property
    def broken_off(self) -> Outcome:
        if self.delivered or not self.due:
            return self.outcome
        return Unfinished(self.cluster.name, self.version, self.sent_bytes, self.to_send)


def _plan(workspace: Workspace, feed: Feed, cluster: Cluster) -> _Visit:
    # The version is read first: were the feed to move on in between, the receipt would name too
    # low a version and cost another short visit; the other way round it would save a needed one.
    version = feed.timestamp_version
    number = feed.live_number(cluster.name)
    blobs, versioned, fixed = [], [], []
    for file in feed.tree(cluster.name):
        source = workspace.store.path(file.sha256) if file.content is None else file.content
        upload = Upload(file.path, file.sha256, file.byte_count, source)
        if file.content is None:
            blobs.append(upload)
        elif upload.path.removeprefix("metadata/")[0].isdigit():
            versioned.append(upload)
        else:
            fixed.append(upload)
    receipts = ledger.Receipt.objects.filter(cluster=cluster.name, timestamp_version=version)
    received = ledger.FileReceipt.objects.filter(cluster=cluster.name)
    return _Visit(
        cluster=cluster,
        version=version,
        edition=ledger.Edition.objects.filter(number=number).first() if number else None,
        due=not receipts.exists(),
        received=frozenset(received.values_list("path", flat=True)),
        blobs=blobs,
        versioned=versioned,
        fixed=fixed,
    )


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


class _Round:
    """All clusters' visits in one event loop; what the ledger must know is done between its turns.

    Django refuses its ORM inside an event loop, and a ledger has one writer: a visit puts each
    fact in a queue, and the calling thread, having stepped out of the loop, records it.
    """

    def __init__(self, workspace: Workspace, now: datetime, tick: Tick, *, collect: bool) -> None:
        self._workspace = workspace
        self._now = now
        self._began = time.monotonic()
        self._tick = tick
        self._collect = collect
        self._facts: asyncio.Queue[Callable[[], None] | None] = asyncio.Queue()

    def serve(self, visits: Sequence[_Visit]) -> list[Outcome]:
        with asyncio.Runner() as runner:
            under_way = runner.get_loop().create_task(self._serve_all(visits))
            while record := runner.run(self._facts.get()):
                record()
            return runner.run(_result(under_way))

    async def _serve_all(self, visits: Sequence[_Visit]) -> list[Outcome]:
        room = asyncio.Semaphore(_CLUSTERS_AT_ONCE)

        async def serve(visit: _Visit) -> Outcome:
            try:
                async with asyncio.timeout(_RUN_SECONDS), room:
                    return await self._serve(visit)
            except TimeoutError:
                return visit.broken_off

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(serve(visit)) for visit in visits]
        finally:
            self._facts.put_nowait(None)
        return [task.result() for task in tasks]

    async def _serve(self, visit: _Visit) -> Outcome:
        """Visit a node, and again where the link broke but had carried something."""
        for _ in range(_VISITS):
            sent_before = visit.sent_bytes
            try:
                await self._visit(visit)
            except NodeUnreachable as error:
                failure: FeedError = error
                if visit.sent_bytes == sent_before:
                    break
            except FeedError as error:
                failure = error
                break
            else:
                if not visit.delivered:
                    self._facts.put_nowait(partial(self._record_reached, visit))
                return visit.outcome
            await asyncio.sleep(_PAUSE_SECONDS)
        if visit.delivered:
            _log.warning("%s has the feed, but: %s", visit.cluster.name, failure)
            return visit.outcome
        self._facts.put_nowait(partial(self._record_failure, visit, failure))
        return Failed(visit.cluster.name, failure)

    async def _visit(self, visit: _Visit) -> None:
        """Push what is due, then collect; a node that takes nothing may still have something."""
        settings = self._workspace.settings.delivery
        key_file = self._workspace.root / settings.key_file
        refused: FeedError | None = None
        async with open_link(
            visit.cluster.name, visit.cluster.node, key_file, settings.patience
        ) as link:
            try:
                visit.due = visit.due or not await link.holds(visit.fixed[-1])
                if visit.due and not visit.delivered:
                    await self._push(visit, link)
            except (NodeFull, NodeFault, StoreDamaged) as error:
                refused = error
            if self._collect:
                for screen in visit.cluster.screens:
                    into = self._workspace.returned / visit.cluster.name / screen.name
                    visit.returned += await outbox.collect(link, screen.name, into)
        if refused:
            raise refused

    async def _push(self, visit: _Visit, link: Link) -> None:
        missing = await link.missing(visit.blobs)
        await link.make_sure_of_room([*missing, *visit.versioned, *visit.fixed])
        await link.make_folders([*visit.blobs, *visit.fixed])
        gone = {each.path for each in missing}
        for blob in visit.blobs:
            if blob.path not in gone | visit.received:
                self._facts.put_nowait(partial(self._record_blob, visit, blob))
        visit.to_send = max(visit.to_send, sum(each.byte_count for each in missing))

        def moved(byte_count: int) -> None:
            before = visit.sent_bytes
            visit.sent_bytes += byte_count
            if _percent(before, visit.to_send) < (now := _percent(visit.sent_bytes, visit.to_send)):
                self._facts.put_nowait(partial(self._tick, visit.cluster.title, now / 100))

        def arrived(blob: Upload) -> None:
            visit.sent_blobs += 1
            self._facts.put_nowait(partial(self._record_blob, visit, blob))

        await link.put(missing, moved, arrived)
        await link.put(visit.versioned)
        for each in visit.fixed:
            await link.put([each])
        visit.delivered = True
        self._facts.put_nowait(partial(self._record_delivery, visit))

    # --- What the calling thread does between the loop's turns ---------------------------------

    def _record_blob(self, visit: _Visit, blob: Upload) -> None:
        ledger.FileReceipt.objects.update_or_create(
            cluster=visit.cluster.name,
            path=blob.path,
            defaults={"byte_count": blob.byte_count, "at": self._moment},
        )

    def _record_delivery(self, visit: _Visit) -> None:
        blobs, byte_count = visit.sent_blobs, visit.sent_bytes
        receipt = {
            "edition": visit.edition,
            "at": self._moment,
            "blobs": blobs,
            "byte_count": byte_count,
        }
        with transaction.atomic():
            ledger.Receipt.objects.get_or_create(
                cluster=visit.cluster.name,
                timestamp_version=visit.version,
                defaults=receipt,
            )
            audit.record(
                *(self._moment, _ACTOR, _DELIVERED, visit.cluster.name),
                version=visit.version,
                edition=visit.edition.name if visit.edition else "",
                blobs=blobs,
                byte_count=byte_count,
            )
        self._tick(visit.cluster.title, 1.0)

    def _record_failure(self, visit: _Visit, error: FeedError) -> None:
        """Put a failure on record once, not at every try of a node that stays away for weeks."""
        subject = visit.cluster.name
        last = failure(subject)
        if last is None or last.facts.get("code") != error.code:
            _log.warning("%s", error)
            audit.record(self._moment, _ACTOR, _FAILED, subject, code=error.code, **error.facts)

    def _record_reached(self, visit: _Visit) -> None:
        """Put on record that a failure is over."""
        if failure(visit.cluster.name):
            audit.record(self._moment, _ACTOR, _REACHED, visit.cluster.name, version=visit.version)

    @property
    def _moment(self) -> datetime:
        """Now, by the clock of the run and the time that passed since; a push may take hours."""
        return self._now + timedelta(seconds=time.monotonic() - self._began)


async def _result(task: asyncio.Task[list[Outcome]]) -> list[Outcome]:
    return await task


def _percent(part: int, whole: int) -> int:
    return min(100, part * 100 // whole) if whole else 100
