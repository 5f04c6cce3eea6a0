"""The daemon of real use: six lanes that wake the stages, so that a long clip delays no push.

The intake lane looks at the inboxes, the rendition lane makes what is lacking, the feed lane keeps
the calendar and publishes, the delivery lane visits the gates and reads what comes home, the portal
lane writes packages and does what people asked for that takes long, and the mail lane reminds
people of deadlines. A lane does all that is due and sleeps until it
is woken: by a change in a folder, by the lane before it, or by the tick. Everything it needs to
know is in the ledger, so it may be killed at any moment.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import schedule
import structlog
from django.db import connections, transaction

from cluster_feed.adapters.live_feed import LiveFeed
from cluster_feed.adapters.watchfolder import Waker
from cluster_feed.core.cycle import Calendar, Cycle, Task, TaskAct
from cluster_feed.core.edition import State
from cluster_feed.core.errors import FeedError, ReviewError
from cluster_feed.core.timetable import Timetable
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import (
    assemble,
    deliver,
    errands,
    ingest,
    normalize,
    publish,
    remind,
    report,
    standing,
    syndicate,
    thumbnail,
)
from cluster_feed.pipeline.ingest import Admitted, Trouble
from cluster_feed.workspace import Workspace

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 5
_HOUR_SECONDS: Final = 3600.0
_ACTOR: Final = "cluster-feed"
_OVERTAKEN: Final = "overtaken"
"""What became of a month's task that an outage outlasted: the next month took its place."""


class Lane(threading.Thread):
    """A thread that takes its steps whenever it is woken, one turn at a time."""

    def __init__(self, name: str, *steps: Callable[[datetime], None]) -> None:
        super().__init__(name=name)
        self._steps = steps
        self._awake = threading.Event()
        self._stopping = threading.Event()

    def wake(self) -> None:
        """Ask for a turn; several wishes during one turn are one turn more."""
        self._awake.set()

    def stop(self) -> None:
        """Finish the step and end."""
        self._stopping.set()
        self._awake.set()

    @property
    def is_stopping(self) -> bool:
        """Whether a long step should come to an end."""
        return self._stopping.is_set()

    def run(self) -> None:
        """Work until stopped, taking every step also when one before it failed."""
        while not self._stopping.is_set():
            self._awake.wait()
            self._awake.clear()
            for step in self._steps:
                if not self._stopping.is_set():
                    self._take(step)
        connections.close_all()

    def _take(self, step: Callable[[datetime], None]) -> None:
        """Whatever goes wrong is logged, and the next turn tries again."""
        try:
            step(datetime.now(UTC))
        except FeedError as error:
            log.warning("%s: %s", self.name, error)
        except Exception:
            log.exception("%s: this turn failed, the next one tries again", self.name)


class House:
    """The lanes over one workspace, and what they need to remember while they live."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._ingest = ingest.Ingest(workspace)
        self._timetable = Timetable()
        self._version = 0
        """Of the feed's timestamp, as it was when everybody was last made due."""
        self._pictures_due = True
        self.intake = Lane("intake", self._take_in)
        self.renditions = Lane("renditions", self._make_renditions, self._make_thumbnails)
        self.feed = Lane("feed", self._keep_the_calendar, self._publish)
        self.delivery = Lane("delivery", self._deliver)
        self.portal = Lane("portal", self._syndicate, self._do_errands)
        self._reminding = remind.Patience()
        self.mail = Lane("mail", self._remind)
        self.lanes = (
            *(self.intake, self.renditions, self.feed),
            *(self.delivery, self.portal, self.mail),
        )

    @property
    def inboxes(self) -> list[Path]:
        """The folders to watch."""
        return self._ingest.folders

    def reloaded(self) -> Workspace:
        """Read the documents again, so that a cluster can be put out of service while we run.

        A mistake in one is loud, and the last good ones stay in force.
        """
        try:
            self._workspace = Workspace.load(self._workspace.root)
        except FeedError as error:
            log.error("what was read before stays in force: %s", error)  # noqa: TRY400  it says all
        return self._workspace

    def _take_in(self, now: datetime) -> None:
        outcomes = self._ingest.look(now)
        for each in outcomes:
            if isinstance(each, Trouble):
                log.warning("%s", each.why)
        if any(isinstance(each, Admitted) for each in outcomes):
            self.renditions.wake()

    def _make_renditions(self, now: datetime) -> None:
        made = normalize.run(self.reloaded(), now)
        self._pictures_due = self._pictures_due or made.renditions > 0
        self.intake.wake()

    def _make_thumbnails(self, now: datetime) -> None:
        del now
        if self._pictures_due:
            thumbnail.run(self._workspace)
            self._pictures_due = False

    def _keep_the_calendar(self, now: datetime) -> None:
        keep_the_calendar(self.reloaded(), now)

    def _publish(self, now: datetime) -> None:
        if publish.run(self.reloaded(), now):
            self.delivery.wake()
            self.portal.wake()

    def _deliver(self, now: datetime) -> None:
        """Visit whose turn it is; with something new in the feed, whoever published it, all."""
        feed = LiveFeed(self._workspace.feed)
        if not feed.founded:
            return
        if (version := feed.timestamp_version) != self._version:
            self._timetable.everybody()
            self._version = version
        if not self._due():
            return
        workspace = self.reloaded()
        due = self._due()
        for outcome in deliver.run(workspace, now, clusters=due, enough=lambda: self._enough(due)):
            self._timetable.visited(outcome, time.monotonic())
        report.run(workspace, now, due)

    def _due(self) -> list[str]:
        return self._timetable.due(self._workspace.clusters, time.monotonic())

    def _enough(self, under_way: Collection[str]) -> bool:
        """Whether a slow push should make room: for the end, for news, or for another gate."""
        try:
            news = LiveFeed(self._workspace.feed).timestamp_version != self._version
        except FeedError:
            return True  # the next turn tells it
        others = any(each not in under_way for each in self._due())
        return news or others or self.delivery.is_stopping

    def _syndicate(self, now: datetime) -> None:
        syndicate.run(self.reloaded(), now)

    def _do_errands(self, now: datetime) -> None:
        errands.run(self._workspace, now)

    def _remind(self, now: datetime) -> None:
        self._reminding.run(self._workspace, now)


def keep_the_calendar(workspace: Workspace, now: datetime) -> None:
    """Do once what the clock asks for: remind, draft the edition, see whether it is approved.

    A cut-off with nothing to show is asked for again until there is something, or until the next
    month's takes its place.
    """
    calendar = workspace.calendar
    if not ledger.Task.objects.exists():
        _begin_with_the_coming_cycle(calendar, now)
    done = frozenset(row.to_value() for row in ledger.Task.objects.all())
    for task in calendar.due(now, done):
        overtaken = calendar.is_overtaken(Cycle.parse(task.cycle), now)
        if task.act is TaskAct.CUT_OFF and not overtaken:
            try:
                _draft(workspace, now, task.cycle)
            except ReviewError as error:
                log.warning("%s of %s waits for the department: %s", task.act, task.cycle, error)
                continue
        _record(workspace, now, task, _OVERTAKEN if overtaken else task.act)


def _begin_with_the_coming_cycle(calendar: Calendar, now: datetime) -> None:
    """Leave the months before an installation alone."""
    coming = str(calendar.current(now))
    past = [task for task in calendar.due(now, frozenset()) if task.cycle != coming]
    ledger.Task.objects.bulk_create(ledger.Task(**task.model_dump(), at=now) for task in past)


def _draft(workspace: Workspace, now: datetime, cycle: str) -> None:
    """Draft a month's edition, unless people are already at work on it."""
    edition = ledger.Edition.objects.filter(name=cycle).first()
    if edition is None or edition.state == State.DRAFT:
        assemble.run(workspace, now, Cycle.parse(cycle))


def _record(workspace: Workspace, now: datetime, task: Task, act: str) -> None:
    edition = ledger.Edition.objects.filter(name=task.cycle).first()
    stands = edition.state if edition else "none"
    facts = {}
    if task.act is TaskAct.REMIND:
        lacking = standing.lacking_for_portal(workspace, ledger.Asset.objects.all())
        facts["lacking_for_portal"] = lacking.count()
    with transaction.atomic():
        ledger.Task.objects.create(**task.model_dump(), at=now)
        days = task.days_before
        audit.record(now, _ACTOR, act, task.cycle, days_before=days, edition=stands, **facts)
    log.warning("%s %s: the edition is %s %s", act, task.cycle, stands, facts or "")


def run(workspace: Workspace) -> None:
    """Serve until SIGTERM or SIGINT; Busy where another process serves this workspace."""
    log_to_stderr()
    with workspace.alone("run"):
        workspace.store.sweep()
        _serve(workspace)


def _serve(workspace: Workspace) -> None:
    house = House(workspace)
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: stopping.set())
    intake = workspace.settings.intake
    polling = [workspace.inbox / slug for slug in intake.polling]
    ticking = schedule.Scheduler()
    for lane in house.lanes:
        ticking.every(TICK_SECONDS).seconds.do(lane.wake)
    ticking.every(max(round(min(intake.stable_seconds, intake.scan_seconds)), 1)).seconds.do(
        house.intake.wake
    )
    with _at_work(house.lanes), Waker(house.intake.wake, polling, intake.scan_seconds) as waker:
        waker.watch(house.inboxes)
        while not stopping.wait(timeout=max(ticking.idle_seconds or 0, 0.1)):
            workspace.beat()
            ticking.run_pending()


@contextmanager
def _at_work(lanes: Sequence[Lane]) -> Iterator[None]:
    """Keep lanes running; however this ends, each finishes its step, lest the process hang."""
    for lane in lanes:
        lane.start()
        lane.wake()
    try:
        yield
    finally:
        log.warning("stopping: every lane finishes its step")
        for lane in lanes:
            lane.stop()
        for lane in lanes:
            lane.join()


class OnceAnHour(logging.Filter):
    """Lets a complaint through once an hour, not at every turn for as long as its cause lasts."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this is news."""
        if record.levelno < logging.WARNING:
            return True
        error = record.exc_info[1] if record.exc_info else None
        line = record.getMessage(), repr(error)
        recent = record.created - _HOUR_SECONDS
        self._told = {each: at for each, at in self._told.items() if at > recent}
        if line in self._told:
            return False
        self._told[line] = record.created
        return True


def log_to_stderr() -> None:
    """One line an event, for the journal."""
    renderer = structlog.dev.ConsoleRenderer(
        colors=False,
        exception_formatter=structlog.dev.plain_traceback,  # rich's shows what variables hold
    )
    handler = logging.StreamHandler()
    handler.addFilter(OnceAnHour())
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
