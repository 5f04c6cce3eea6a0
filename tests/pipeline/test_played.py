"""What a screen played of late, against what was planned."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cluster_feed.core.asset import Kind
from cluster_feed.core.cluster import Screen, Status
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import State
from cluster_feed.core.playlist import ZONE, Playlist
from cluster_feed.core.proof import IN_ORDER, Outcome
from cluster_feed.core.slot import slot_at
from cluster_feed.core.span import Span
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import assemble, played
from cluster_feed.pipeline.papers import plays
from cluster_feed.workspace import Workspace
from tests.device import BEGAN
from tests.material import admit
from tests.material import play as put_on_record
from tests.office import never_closes, opened
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW

DAY = timedelta(days=1)
MOMENT = timedelta(seconds=1)
COUNTED = ("asset", "outcome", "reason", "seconds", "frames")


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    made = never_closes(opened(tmp_path / "hub"))
    supply(made, "Chợ phiên", "Sông Sê Pôn")
    show_last_month(made)
    return made


@pytest.fixture
def office(tmp_path: Path, database: None) -> Workspace:
    """One that has published nothing yet."""
    return Workspace.create(tmp_path / "office")


def play(row: int, days_ago: int = 0, outcome: str = "played", reason: str = "") -> str:
    programme = ledger.Programme.live("lao-bao")
    assert programme
    asset = programme.to_value().entries[0].asset
    put_on_record(
        asset,
        row,
        outcome,
        edition=programme.edition.number,
        began_at=NOW - days_ago * DAY,
        reason=reason,
    )
    return asset


def test_turns_are_counted_by_the_day_of_the_gates_and_by_asset(workspace: Workspace) -> None:
    asset = play(1)
    play(2)
    play(3, days_ago=2, outcome="skipped", reason="BlobDamaged")
    play(4, days_ago=40)
    put_on_record(asset, 5, began_at=NOW + 2 * MOMENT)
    cluster = workspace.clusters["lao-bao"]
    of_late = played.of(workspace, cluster, cluster.screens[0], NOW + MOMENT)
    today = NOW.astimezone(ZONE).date()
    assert len(of_late.days) == 31
    assert of_late.days[today].played == 2
    assert of_late.days[today - 2 * DAY].skipped == 1
    assert sum(turns.played for turns in of_late.days.values()) == 2
    assert of_late.assets[asset].played == 2
    assert of_late.whys == [played.Why(asset, Outcome.SKIPPED, "BlobDamaged", 1)]


def test_days_plan_what_the_edition_as_a_whole_does(workspace: Workspace) -> None:
    later = NOW + 3 * DAY
    edition = ledger.Edition.objects.get()
    ledger.Edition.objects.update(published_at=NOW - 3 * DAY)
    edition.refresh_from_db()
    cluster = workspace.clusters["lao-bao"]
    of_late = played.of(workspace, cluster, cluster.screens[0], later)
    whole = [each for each in played.summary(workspace, later, edition) if each.screen == "led"]
    expected = {each.asset: each.planned for each in whole if each.cluster == "lao-bao"}
    assert {asset: turns.planned for asset, turns in of_late.assets.items()} == expected
    assert sum(expected.values()) > 0
    other = cluster.screens[0].model_copy(update={"profile": "never-made"})
    assert not played.of(workspace, cluster, other, later).total.planned


def test_a_gate_that_is_out_of_service_plans_nothing(workspace: Workspace) -> None:
    cluster = workspace.clusters["lao-bao"].model_copy(update={"status": Status.OUT_OF_SERVICE})
    of_late = played.of(workspace, cluster, cluster.screens[0], NOW + DAY)
    assert not any(turns.planned for turns in of_late.days.values())


def test_a_day_is_counted_from_an_index_alone(workspace: Workspace) -> None:
    rows = ledger.Play.objects.filter(cluster="lao-bao", screen="led", began_at__gte=NOW)
    assert "COVERING INDEX play_by_day" in rows.values(*COUNTED).explain()


# --- Planned ------------------------------------------------------------------------------------


def published(workspace: Workspace, at: datetime = BEGAN) -> ledger.Edition:
    """An edition of two clips of 20 s each, live since 18:00."""
    for name in ("one", "two"):
        admit(workspace, name)
    assemble.run(workspace, at, Cycle.parse("2026-11"))
    row = ledger.Edition.objects.get()
    row.state, row.number, row.published_at = State.PUBLISHED, 1, at
    row.save()
    return row


def planned(workspace: Workspace, edition: ledger.Edition, now: datetime) -> set[int]:
    rows = played.summary(workspace, now, edition)
    return {row.planned for row in rows if row.cluster == "lao-bao"}


@pytest.mark.parametrize(
    ("after", "turns"),
    [
        (timedelta(0), 0),
        (timedelta(minutes=2), 3),
        (timedelta(hours=4), 360),
        (timedelta(hours=12), 360),  # from 22:00 to 6:00 the gate is closed
        (timedelta(hours=13), 450),
    ],
)
def test_planned_are_the_turns_that_begin_in_the_opening_hours(
    office: Workspace, after: timedelta, turns: int
) -> None:
    assert planned(office, published(office), BEGAN + after) == {turns}


def test_a_gate_that_is_open_past_midnight_has_its_hours_on_both_days(office: Workspace) -> None:
    edition = published(office)
    document = office.root / "playlists" / "lao-bao.toml"
    late = document.read_text().replace("opens = 06:00:00", "opens = 23:00:00")
    document.write_text(late.replace("closes = 22:00:00", "closes = 01:00:00"))
    office = Workspace.load(office.root)
    assert planned(office, edition, BEGAN + timedelta(hours=6)) == {90}
    assert planned(office, edition, BEGAN + timedelta(hours=20)) == {180}


def test_nothing_is_planned_once_another_edition_has_taken_the_screens(office: Workspace) -> None:
    edition = published(office)
    later = ledger.Edition.objects.create(
        name="2026-11-khan-1",
        cycle="2026-11",
        urgent=True,
        state=State.PUBLISHED,
        number=2,
        fingerprint="a" * 64,
        created_at=BEGAN,
        published_at=BEGAN + timedelta(hours=1),
    )
    own = edition.programmes.get(cluster="lao-bao").playlist
    elsewhere = later.programmes.create(cluster="nowhere", playlist=own)
    assert planned(office, edition, BEGAN + timedelta(hours=1, minutes=30)) == {135}
    ledger.Programme.objects.filter(pk=elsewhere.pk).update(cluster="lao-bao")
    assert planned(office, edition, BEGAN + timedelta(hours=4)) == {90}
    assert planned(office, edition, BEGAN + timedelta(minutes=30)) == {45}
    assert planned(office, later, BEGAN + timedelta(hours=1, minutes=30)) == {45}


def test_a_gate_out_of_service_plans_nothing(office: Workspace) -> None:
    edition = published(office)
    document = office.root / "playlists" / "lao-bao.toml"
    broken = document.read_text().replace('status = "active"', 'status = "out_of_service"')
    document.write_text(broken.replace('status_reason = ""', 'status_reason = "hư hỏng"'))
    office = Workspace.load(office.root)
    assert planned(office, edition, BEGAN + timedelta(hours=4)) == {0}


# --- Against played -----------------------------------------------------------------------------


def shows(playlist: Playlist, screen: Screen, since: datetime, until: datetime) -> None:
    """Put on record what a screen showed that kept to its playlist, by day and by night."""
    moment = since
    rows: list[ledger.Play] = []
    while moment < until and (slot := slot_at(playlist, screen.profile, moment)):
        whole = slot.begins_at == moment
        rows.append(
            ledger.Play(
                cluster="lao-bao",
                screen=screen.name,
                device="d" * 64,
                row=len(rows) + 1,
                edition=playlist.number,
                asset=slot.entry.asset,
                began_at=moment,
                seconds=(slot.ends_at - moment).total_seconds(),
                outcome=Outcome.PLAYED if whole else Outcome.INTERRUPTED,
                reason="" if whole else "part",
            )
        )
        moment = slot.ends_at
    ledger.Play.objects.bulk_create(rows)


def test_a_screen_that_kept_to_its_playlist_played_what_was_planned_everywhere(
    office: Workspace,
) -> None:
    """Also on a screen's page, in the papers, over editions, and whenever it was switched on."""
    edition, cluster = published(office, BEGAN + timedelta(seconds=7)), office.clusters["lao-bao"]
    playlist = edition.programmes.get(cluster="lao-bao").to_value()
    screen, now = cluster.screens[0], BEGAN + timedelta(hours=14)
    shows(playlist, screen, BEGAN + timedelta(seconds=7), now)
    rows = [
        row
        for row in played.summary(office, now, edition)
        if (row.cluster, row.screen) == ("lao-bao", screen.name)
    ]
    assert [(row.played, row.skipped) for row in rows] == [(row.planned, 0) for row in rows]
    assert sum(row.in_part for row in rows) == 1
    total = played.of(office, cluster, screen, now).total
    span = Span(begins=BEGAN.date(), ends=now.date())
    (log, *_) = plays.logs(office, [cluster], now, span)
    for told in (total, log.told.total):
        assert told[:4] == tuple(
            sum(getattr(row, field) for row in rows)
            for field in ("planned", "played", "in_part", "skipped")
        )
    assert total.planned == (4 * 3600 + 2 * 3600) // 20 - 1  # the one that was on at 18:00:07


def test_proven_turns_stand_beside_the_planned_ones(office: Workspace) -> None:
    edition = published(office)
    asset = ledger.Asset.objects.get(name="one").sha256
    for screen, count, outcome in (("led", 3, Outcome.PLAYED), ("hall", 2, Outcome.SKIPPED)):
        for row in range(count):
            put_on_record(asset, row, outcome, screen=screen, began_at=BEGAN)
    put_on_record("f" * 64, 9, began_at=BEGAN)
    rows = {
        (row.screen, row.title): (row.planned, row.played, row.skipped)
        for row in played.summary(office, BEGAN + timedelta(minutes=4), edition)
        if row.cluster == "lao-bao"
    }
    assert rows == {
        ("led", "one"): (6, 3, 0),
        ("led", "two"): (6, 0, 0),
        ("led", "f" * 10): (0, 1, 0),
        ("hall", "one"): (6, 0, 2),
        ("hall", "two"): (6, 0, 0),
    }


@pytest.mark.parametrize(
    ("outcome", "reason", "expected"),
    [
        ("played", "", (1, 0, 0)),
        *(("interrupted", reason, (0, 1, 0)) for reason in IN_ORDER),
        ("interrupted", "PlayerFailed", (0, 0, 1)),
        ("interrupted", "whatever a screen says", (0, 0, 1)),
        ("skipped", "part", (0, 0, 1)),
    ],
)
def test_what_was_shown_in_part_is_told_apart_from_what_failed(
    workspace: Workspace, outcome: str, reason: str, expected: tuple[int, ...]
) -> None:
    play(1, outcome=outcome, reason=reason)
    cluster = workspace.clusters["lao-bao"]
    of_late = played.of(workspace, cluster, cluster.screens[0], NOW + DAY)
    assert of_late.total[1:4] == expected
    assert all(why.in_part == (expected == (0, 1, 0)) for why in of_late.whys)


def test_what_played_while_the_gate_was_closed_does_not_count(workspace: Workspace) -> None:
    asset = play(1)
    put_on_record(asset, 2, began_at=NOW - timedelta(hours=12))
    began = NOW.astimezone(ZONE).time()
    hours = {"opens": began, "closes": (NOW + timedelta(hours=1)).astimezone(ZONE).time()}
    cluster = workspace.clusters["lao-bao"].model_copy(update=hours)
    assert played.of(workspace, cluster, cluster.screens[0], NOW + DAY).total.played == 1


def test_a_clip_that_stood_still_was_not_played_and_its_pictures_are_counted(
    workspace: Workspace,
) -> None:
    asset = play(1)
    for row, frames in enumerate((500, 450, 1), start=2):
        put_on_record(asset, row, began_at=NOW, frames=frames)
    cluster = workspace.clusters["lao-bao"]

    def told() -> played.Played:
        return played.of(workspace, cluster, cluster.screens[0], NOW + DAY)

    assert told().total[1:] == (3, 0, 1, 951, 1500)
    assert told().assets[asset].frames_percent == 63
    (why,) = told().whys
    assert (why.times, why.says.vi) == (1, "hình đứng yên")
    ledger.Asset.objects.filter(pk=asset).update(kind=Kind.PHOTO)  # which is one picture
    assert told().total[1:] == (4, 0, 0, 0, 0)
