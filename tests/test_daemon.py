import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cluster_feed.core.cycle import Cycle, TaskAct
from cluster_feed.core.edition import State
from cluster_feed.core.errand import Errand
from cluster_feed.core.playlist import ZONE
from cluster_feed.daemon import House, Lane, OnceAnHour, keep_the_calendar, log_to_stderr
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import assemble, errands, publish
from cluster_feed.workspace import Workspace
from demo.gates import open_gate, write_node
from tests.material import admit
from tests.office import approved, opened

pytestmark = pytest.mark.usefixtures("database")

PATIENCE_SECONDS = 10


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "workspace")


def on(day: int, hour: int = 9, *, month: int = 11, year: int = 2026) -> datetime:
    """A moment by the department's clock."""
    return datetime(year, month, day, hour, tzinfo=ZONE)


def acts(cycle: str) -> list[str]:
    """What the log says of a month's tasks, in its order."""
    events = ledger.Event.objects.filter(subject=cycle).exclude(act="assemble").order_by("pk")
    return list(events.values_list("act", flat=True))


def editions() -> list[str]:
    return list(ledger.Edition.objects.order_by("name").values_list("name", flat=True))


def running_since(workspace: Workspace, now: datetime) -> None:
    keep_the_calendar(workspace, now)
    ledger.Event.objects.all().delete()


# --- The calendar -------------------------------------------------------------------------------


def test_a_fresh_installation_leaves_the_months_before_it_alone(workspace: Workspace) -> None:
    admit(workspace, "clip")
    for minutes in range(3):
        keep_the_calendar(workspace, on(1) + timedelta(minutes=minutes))
    assert editions() == []
    assert not ledger.Event.objects.exists()
    past = {(row.cycle, row.act) for row in ledger.Task.objects.all()}
    assert past == {
        (cycle, act) for cycle in ("2026-09", "2026-10") for act in (TaskAct.CUT_OFF, TaskAct.PUSH)
    }


def test_one_installed_between_cut_off_and_push_drafts_this_month(workspace: Workspace) -> None:
    admit(workspace, "clip")
    keep_the_calendar(workspace, on(25, 12))
    assert editions() == ["2026-11"]


def test_a_month_is_reminded_cut_off_and_pushed_once_each(workspace: Workspace) -> None:
    admit(workspace, "clip")
    running_since(workspace, on(1))
    for hours in range(0, 26 * 24, 3):
        keep_the_calendar(workspace, on(2) + timedelta(hours=hours))
    assert acts("2026-11") == ["remind", "remind", "remind", "cut_off", "push"]
    reminders = ledger.Event.objects.filter(act=TaskAct.REMIND).order_by("pk")
    assert [row.facts["days_before"] for row in reminders] == ["7", "3", "1"]
    assert editions() == ["2026-11"]
    assert audit.verify() > 0


def test_the_log_of_a_cut_off_names_the_draft_that_it_made(workspace: Workspace) -> None:
    admit(workspace, "clip")
    running_since(workspace, on(1))
    keep_the_calendar(workspace, on(25, 12))
    assert ledger.Event.objects.get(act=TaskAct.CUT_OFF).facts["edition"] == State.DRAFT


def test_an_outage_over_the_cut_off_and_the_push_is_made_good_once(workspace: Workspace) -> None:
    admit(workspace, "clip")
    running_since(workspace, on(1))
    for minutes in range(3):
        keep_the_calendar(workspace, on(28) + timedelta(minutes=minutes))
    assert acts("2026-11") == ["cut_off", "push"]
    assert editions() == ["2026-11"]
    assert ledger.Event.objects.filter(act="assemble").count() == 1


def test_after_an_outage_of_months_only_the_last_month_is_drafted(workspace: Workspace) -> None:
    admit(workspace, "clip")
    running_since(workspace, on(1))
    keep_the_calendar(workspace, on(5, month=1, year=2027))
    assert editions() == ["2026-12"]
    assert acts("2026-11") == ["overtaken", "overtaken"]
    assert acts("2026-12") == ["cut_off", "push"]


def test_a_cut_off_with_nothing_to_show_is_tried_again_and_holds_nothing_up(
    workspace: Workspace,
) -> None:
    running_since(workspace, on(1))
    keep_the_calendar(workspace, on(25, 12))
    keep_the_calendar(workspace, on(25, 18))
    assert (acts("2026-11"), editions()) == (["push"], [])
    admit(workspace, "clip")
    keep_the_calendar(workspace, on(26))
    assert (acts("2026-11"), editions()) == (["push", "cut_off"], ["2026-11"])


def test_a_month_with_nothing_to_show_is_not_drafted_in_the_next(workspace: Workspace) -> None:
    running_since(workspace, on(1))
    keep_the_calendar(workspace, on(25, 12))
    admit(workspace, "clip")
    keep_the_calendar(workspace, on(25, 12, month=12))
    assert editions() == ["2026-12"]
    assert "cut_off" not in acts("2026-11")


@pytest.mark.parametrize("state", [State.SUBMITTED, State.APPROVED, State.WITHDRAWN])
def test_a_cut_off_leaves_an_edition_alone_that_people_have_taken_up(
    workspace: Workspace, state: State
) -> None:
    admit(workspace, "clip")
    running_since(workspace, on(1))
    before = assemble.run(workspace, on(20), Cycle.parse("2026-11"))
    ledger.Edition.objects.update(state=state, number=1)
    admit(workspace, "late")
    keep_the_calendar(workspace, on(25, 12))
    edition = ledger.Edition.objects.get()
    assert (edition.state, edition.fingerprint) == (state, before.fingerprint)
    assert ledger.Event.objects.get(act=TaskAct.CUT_OFF).facts["edition"] == state


# --- The lanes ----------------------------------------------------------------------------------


def test_a_step_that_fails_keeps_neither_the_next_step_nor_the_next_turn_waiting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    turns: list[datetime] = []
    twice = threading.Event()

    def fails(now: datetime) -> None:
        raise ZeroDivisionError

    def counts(now: datetime) -> None:
        turns.append(now)
        if len(turns) == 2:
            twice.set()
        lane.wake()

    lane = Lane("test", fails, counts)
    lane.start()
    lane.wake()
    assert twice.wait(PATIENCE_SECONDS)
    lane.stop()
    lane.join(PATIENCE_SECONDS)
    assert not lane.is_alive()
    assert turns[0].tzinfo is UTC
    assert "ZeroDivisionError" in caplog.text


def test_a_lane_that_is_stopped_begins_no_further_step() -> None:
    begun, go_on = threading.Event(), threading.Event()
    later: list[datetime] = []

    def slow(now: datetime) -> None:
        begun.set()
        go_on.wait(PATIENCE_SECONDS)

    lane = Lane("test", slow, later.append)
    lane.start()
    lane.wake()
    assert begun.wait(PATIENCE_SECONDS)
    lane.stop()
    go_on.set()
    lane.join(PATIENCE_SECONDS)
    assert not lane.is_alive()
    assert later == []


def by_hand(workspace: Workspace, edition: str) -> None:
    """Publish as a command beside the daemon does."""
    approved(workspace, edition, urgent=True)
    assert publish.run(workspace, datetime.now(UTC)) == [edition]


def until(true: Callable[[], object]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(true())


def test_what_is_published_beside_the_daemon_is_delivered_at_once_though_other_gates_are_dark(
    tmp_path: Path,
) -> None:
    workspace = opened(tmp_path / "hub", "[delivery]\nconnect_seconds = 2\n")
    for document in (workspace.root / "playlists").glob("*.toml"):
        document.write_text(document.read_text().replace(".example", ".invalid"))
    with open_gate("lao-bao", (workspace.keys / "hub_ed25519.pub").read_text()) as gate:
        write_node(workspace.root / "playlists" / "lao-bao.toml", gate.node)
        house = House(Workspace.load(workspace.root))
        timestamp = gate.feed / "metadata" / "timestamp.json"
        house.delivery.start()
        try:
            house.delivery.wake()
            assert until(timestamp.exists)
            by_hand(workspace, "bao-so-5")
            house.delivery.wake()
            assert until(lambda: list(gate.feed.glob("metadata/*.lao-bao.json")))
            by_hand(workspace, "bao-so-6")
            house.delivery.wake()
            assert until(lambda: len(list(gate.feed.glob("metadata/*.lao-bao.json"))) == 2)
        finally:
            house.delivery.stop()
            house.delivery.join()


def test_what_people_ask_for_is_done_in_a_lane_of_its_own(workspace: Workspace) -> None:
    house = House(workspace)
    errands.ask(on(1), Errand.MAKE, "lan")
    house.portal.start()
    house.portal.wake()
    try:
        assert until(lambda: not ledger.Errand.objects.get().going)
    finally:
        house.portal.stop()
        house.portal.join()
    assert ledger.Errand.objects.get().failed is None


def test_wrong_documents_are_told_and_those_read_before_stay_in_force(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(workspace)
    good = house.reloaded()
    document = workspace.root / "playlists" / "lao-bao.toml"
    written = document.read_text()
    document.write_text(written.replace('status = "active"', 'status = "broken"'))
    assert house.reloaded() is good
    assert "lao-bao.toml" in caplog.text
    document.write_text(
        written.replace('status = "active"', 'status = "out_of_service"').replace(
            'status_reason = ""', 'status_reason = "hư hỏng"'
        )
    )
    assert not house.reloaded().clusters["lao-bao"].in_service


def test_a_complaint_is_heard_once_an_hour() -> None:
    news = OnceAnHour()

    def says(what: str, at: float, level: int = logging.WARNING) -> bool:
        record = logging.LogRecord("feed", level, "", 0, "%s", (what,), None)
        record.created = at
        return news.filter(record)

    assert says("the disk is full", 0)
    assert not says("the disk is full", 5)
    assert says("a gate is away", 5)
    assert says("the disk is full", 3601)
    assert says("taken in", 0, logging.INFO)
    assert says("taken in", 0, logging.INFO)


def test_two_defects_behind_one_line_are_both_heard() -> None:
    news = OnceAnHour()

    def fails(error: Exception) -> bool:
        trace = (type(error), error, None)
        return news.filter(logging.LogRecord("feed", logging.ERROR, "", 0, "failed", (), trace))

    assert fails(ValueError("one"))
    assert not fails(ValueError("one"))
    assert fails(ValueError("another"))


def test_the_journal_shows_where_a_defect_is_and_what_no_variable_holds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    held = "secret"[::-1]
    try:
        log_to_stderr()
        1 / len(held.strip(held))
    except ZeroDivisionError:
        logging.getLogger("cluster_feed").exception("this turn failed")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "terces" not in told
