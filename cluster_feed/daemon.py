"""The daemon of real use: three lanes that wake the stages, so that a long clip delays no push.

The intake lane looks at the inboxes, the rendition lane makes what is lacking, and the feed lane
keeps the calendar, publishes, delivers, reads reports and writes packages.  A lane does all that
is due and sleeps until it is woken: by a change in a folder, by the lane before it, or by the
tick.  Everything it needs to know is in the ledger, so it may be killed at any moment.
"""

import logging
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import schedule
import structlog
from django.db import connections

from cluster_feed.adapters.watchfolder import Waker
from cluster_feed.core.cycle import Cycle, Task, TaskAct
from cluster_feed.core.delivery import Failed, Unfinished
from cluster_feed.core.edition import State
from cluster_feed.core.errors import FeedError, ReviewError
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import (
    assemble,
    deliver,
    ingest,
    normalize,
    publish,
    report,
    syndicate,
)
from cluster_feed.pipeline.ingest import Admitted, Trouble
from cluster_feed.workspace import Workspace

log = logging.getLogger(__name__)

TICK_SECONDS = 5


class Lane(threading.Thread):
    """A thread that does its work whenever it is woken, one turn at a time."""

    def __init__(self, name: str, work: Callable[[datetime], None]) -> None:
        super().__init__(name=name)
        self._work = work
        self._awake = threading.Event()
        self._stopping = threading.Event()

    def wake(self) -> None:
        """Ask for a turn; several wishes during one turn are one turn more."""
        self._awake.set()

    def stop(self) -> None:
        """Finish the turn and end."""
        self._stopping.set()
        self._awake.set()

    def run(self) -> None:
        """Work until stopped; whatever goes wrong is logged and the next turn tries again."""
        while True:
            self._awake.wait()
            self._awake.clear()
            if self._stopping.is_set():
                break
            try:
                self._work(datetime.now(UTC))
            except FeedError as error:
                log.warning("%s: %s", self.name, error)
            except Exception:
                log.exception("%s: this turn failed, the next one tries again", self.name)
        connections.close_all()


class House:
    """The three lanes over one workspace, and what they need to remember while they live."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._ingest = ingest.Ingest(workspace)
        self._next_delivery = datetime.min.replace(tzinfo=UTC)
        self._failures = 0
        self._troubles: list[str] = []
        self.intake = Lane("intake", self._take_in)
        self.renditions = Lane("renditions", self._make_renditions)
        self.feed = Lane("feed", self._keep_the_feed)
        self.lanes = (self.intake, self.renditions, self.feed)

    @property
    def inboxes(self) -> list[Path]:
        """The folders to watch."""
        return self._ingest.folders

    def _reloaded(self) -> Workspace:
        """Read the documents again, so that a cluster can be put out of service while we run.

        A mistake in one is loud, and the last good ones stay in force.
        """
        try:
            self._workspace = Workspace.load(self._workspace.root)
        except FeedError:
            log.exception("the documents are wrong; those read before stay in force")
        return self._workspace

    def _take_in(self, now: datetime) -> None:
        outcomes = self._ingest.look(now)
        self._tell_troubles([str(each.why) for each in outcomes if isinstance(each, Trouble)])
        if any(isinstance(each, Admitted) for each in outcomes):
            self.renditions.wake()

    def _tell_troubles(self, troubles: list[str]) -> None:
        """Tell the operator what is new; what was so at the last look stands in the journal.

        What was taken in or refused, the ledger's own words have told.
        """
        for trouble in troubles:
            if trouble not in self._troubles:
                log.warning("intake: %s", trouble)
        self._troubles = troubles

    def _make_renditions(self, now: datetime) -> None:
        normalize.run(self._reloaded(), now)
        self.intake.wake()

    def _keep_the_feed(self, now: datetime) -> None:
        """Take every step, also when one before it is refused: a bad draft delays no push."""
        workspace = self._reloaded()
        for step in (keep_the_calendar, self._publish, self._deliver, syndicate.run):
            try:
                step(workspace, now)
            except FeedError as error:
                log.warning("%s: %s", step.__name__, error)

    def _publish(self, workspace: Workspace, now: datetime) -> None:
        if publish.run(workspace, now):
            self._next_delivery = now

    def _deliver(self, workspace: Workspace, now: datetime) -> None:
        if now < self._next_delivery:
            return
        outcomes = deliver.run(workspace, now)
        self._plan_next_delivery(
            now, failed=any(isinstance(each, Failed | Unfinished) for each in outcomes)
        )
        report.run(workspace, now)

    def _plan_next_delivery(self, now: datetime, *, failed: bool) -> None:
        """Look for reports every quarter of an hour; after failures wait 1, 2, 4 … 60 minutes."""
        self._failures = self._failures + 1 if failed else 0
        minutes = min(2 ** (self._failures - 1), 60) if failed else 15
        self._next_delivery = now + timedelta(minutes=minutes)


def keep_the_calendar(workspace: Workspace, now: datetime) -> None:
    """Do once what the clock asks for: remind, draft the edition, see whether it is approved."""
    done = frozenset(row.to_value() for row in ledger.Task.objects.all())
    coming = workspace.calendar.current(now)
    for task in workspace.calendar.due(now, done):
        before_we_began = not done and task.cycle != str(coming)
        try:
            if not before_we_began:
                _do(workspace, now, task)
        except ReviewError as error:
            log.warning("%s %s waits for the department: %s", task.act, task.cycle, error)
            continue
        ledger.Task.objects.create(**task.model_dump(), at=now)


def _do(workspace: Workspace, now: datetime, task: Task) -> None:
    edition = ledger.Edition.objects.filter(name=task.cycle).first()
    if task.act is TaskAct.CUT_OFF and (edition is None or edition.state == State.DRAFT):
        assemble.run(workspace, now, Cycle.parse(task.cycle))
    stands = edition.state if edition else "none"
    audit.record(
        now,
        "cluster-feed",
        task.act,
        task.cycle,
        days_before=task.days_before,
        edition=stands,
    )
    log.warning("%s %s: the edition is %s", task.act, task.cycle, stands)


def run(workspace: Workspace) -> None:
    """Serve until SIGTERM or SIGINT."""
    _log_to_stderr()
    workspace.store.sweep()
    house = House(workspace)
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: stopping.set())
    ticking = schedule.Scheduler()
    for lane in house.lanes:
        lane.start()
        lane.wake()
        ticking.every(TICK_SECONDS).seconds.do(lane.wake)
    intake = workspace.settings.intake
    ticking.every(max(round(min(intake.stable_seconds, intake.scan_seconds)), 1)).seconds.do(
        house.intake.wake
    )
    polling = [workspace.inbox / slug for slug in intake.polling]
    with Waker(house.intake.wake, polling, intake.scan_seconds) as waker:
        waker.watch(house.inboxes)
        while not stopping.wait(timeout=max(ticking.idle_seconds or 0, 0.1)):
            ticking.run_pending()
    log.warning("stopping: every lane finishes its turn")
    for lane in house.lanes:
        lane.stop()
    for lane in house.lanes:
        lane.join()


def _log_to_stderr() -> None:
    """One line an event, for the journal."""
    renderer = structlog.dev.ConsoleRenderer(colors=False)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso"),
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
