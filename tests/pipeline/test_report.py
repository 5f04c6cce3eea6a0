from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import State
from cluster_feed.core.errors import Busy
from cluster_feed.core.health import Health
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import GENESIS, Outcome, PlayRecord
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import assemble, report
from cluster_feed.workspace import Workspace
from tests.material import admit

pytestmark = pytest.mark.usefixtures("database")

PUSHED = datetime(2026, 11, 25, 18, tzinfo=ZONE)
ASSET, RENDITION = "a" * 64, "b" * 64


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "workspace")


def chain(
    count: int, *, screen: str = "led", outcome: Outcome = Outcome.PLAYED, asset: str = ASSET
) -> list[PlayRecord]:
    """What a screen tells of its life so far."""
    records: list[PlayRecord] = []
    for row in range(1, count + 1):
        records.append(
            PlayRecord(
                row=row,
                previous=records[-1].sha256 if records else GENESIS,
                cluster="lao-bao",
                screen=screen,
                edition=1,
                asset=asset,
                rendition=RENDITION,
                began_at=PUSHED + timedelta(seconds=20 * row),
                seconds=20,
                outcome=outcome,
            )
        )
    return records


def bring(workspace: Workspace, records: Iterable[PlayRecord], screen: str = "led") -> Path:
    """Lay a spool where a delivery brings it."""
    records = list(records)
    folder = workspace.returned / "lao-bao" / screen
    folder.mkdir(parents=True, exist_ok=True)
    spool = folder / f"proof-{records[0].row:010}.jsonl"
    spool.write_bytes(b"".join(record.to_bytes() + b"\n" for record in records))
    return spool


# --- What came back -----------------------------------------------------------------------------


def test_every_play_is_counted_once_however_often_it_comes(workspace: Workspace) -> None:
    told = chain(5)
    first = bring(workspace, told[:3])
    assert report.run(workspace, PUSHED) == (3, 0)
    assert not first.exists()
    assert (first.parent / "read" / first.name).exists()
    bring(workspace, told[:3])
    bring(workspace, told[3:])
    assert report.run(workspace, PUSHED) == (2, 0)
    assert report.run(workspace, PUSHED) == (0, 0)
    rows = ledger.Play.objects.order_by("row").values_list("row", "sha256")
    assert list(rows) == [(record.row, record.sha256) for record in told]


def test_a_spool_that_overlaps_adds_only_what_is_new(workspace: Workspace) -> None:
    told = chain(6)
    bring(workspace, told[:4])
    report.run(workspace, PUSHED)
    bring(workspace, told[2:])
    assert report.run(workspace, PUSHED) == (2, 0)


def test_a_reading_that_was_killed_before_the_spool_was_set_aside_is_made_good(
    workspace: Workspace,
) -> None:
    told = chain(3)
    spool = bring(workspace, told)
    report.run(workspace, PUSHED)
    (spool.parent / "read" / spool.name).rename(spool)
    assert report.run(workspace, PUSHED) == (0, 0)
    assert not spool.exists()


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (lambda told: told[1:], "các dòng trước chưa từng về tới"),
        (lambda told: [told[0], told[2]], "không nối tiếp dòng trước"),
        (
            lambda told: [told[0].model_copy(update={"seconds": 1.0}), *told[1:]],
            "không nối tiếp dòng trước",
        ),
        (lambda _: chain(3, screen="hall"), "nói về màn hình khác"),
    ],
)
def test_a_broken_chain_counts_nothing_and_is_told_in_the_readers_language(
    workspace: Workspace, lie: object, said: str
) -> None:
    assert callable(lie)
    spool = bring(workspace, lie(chain(3)))
    assert report.run(workspace, PUSHED) == (0, 1)
    assert not ledger.Play.objects.exists()
    assert (spool.parent / "broken" / spool.name).exists()
    event = ledger.Event.objects.get(act="refuse-proof")
    assert event.facts[f"detail_{Tongue.VI}"] == said


def test_a_screen_that_tells_another_story_than_before_is_not_believed(
    workspace: Workspace,
) -> None:
    bring(workspace, chain(3))
    report.run(workspace, PUSHED)
    bring(workspace, chain(3, outcome=Outcome.SKIPPED))
    assert report.run(workspace, PUSHED) == (0, 1)
    assert set(ledger.Play.objects.values_list("outcome", flat=True)) == {Outcome.PLAYED}


def test_two_processes_do_not_read_the_same_spool(workspace: Workspace) -> None:
    with workspace.alone("report"), pytest.raises(Busy):
        report.run(workspace, PUSHED)


def test_a_screen_speaks_of_its_own_health_only(workspace: Workspace) -> None:
    folder = workspace.returned / "lao-bao" / "led"
    folder.mkdir(parents=True)
    health = Health(cluster="lao-bao", screen="hall", at=PUSHED, edition=1)
    for content in (health.model_dump_json(), "not json", ""):
        (folder / "health.json").write_text(content)
        report.run(workspace, PUSHED)
    assert not ledger.Health.objects.exists()
    own = health.model_copy(update={"screen": "led"})
    (folder / "health.json").write_text(own.model_dump_json())
    report.run(workspace, PUSHED)
    assert ledger.Health.objects.get().says["edition"] == 1


# --- Planned against played ---------------------------------------------------------------------


def published(workspace: Workspace, at: datetime = PUSHED) -> ledger.Edition:
    """An edition of two clips of 20 s each, live since the push."""
    for name in ("one", "two"):
        admit(workspace, name)
    assemble.run(workspace, at, Cycle.parse("2026-11"))
    row = ledger.Edition.objects.get()
    row.state, row.number, row.published_at = State.PUBLISHED, 1, at
    row.save()
    return row


def planned(workspace: Workspace, edition: ledger.Edition, now: datetime) -> set[int]:
    rows = report.summary(workspace, now, edition)
    return {row.planned for row in rows if row.cluster == "lao-bao"}


@pytest.mark.parametrize(
    ("after", "rounds"),
    [
        (timedelta(0), 0),
        (timedelta(minutes=2), 3),
        (timedelta(hours=4), 360),
        (timedelta(hours=12), 360),  # from 22:00 to 6:00 the gate is closed
        (timedelta(hours=13), 450),
    ],
)
def test_planned_are_the_rounds_that_fit_into_the_opening_hours(
    workspace: Workspace, after: timedelta, rounds: int
) -> None:
    assert planned(workspace, published(workspace), PUSHED + after) == {rounds}


def test_nothing_is_planned_once_another_edition_has_taken_the_screens(
    workspace: Workspace,
) -> None:
    edition = published(workspace)
    later = ledger.Edition.objects.create(
        name="2026-11-khan-1",
        cycle="2026-11",
        urgent=True,
        state=State.PUBLISHED,
        number=2,
        fingerprint=ASSET,
        created_at=PUSHED,
        published_at=PUSHED + timedelta(hours=1),
    )
    elsewhere = later.programmes.create(cluster="cha-lo", playlist=b"")
    assert planned(workspace, edition, PUSHED + timedelta(hours=1, minutes=30)) == {135}
    ledger.Programme.objects.filter(pk=elsewhere.pk).update(cluster="lao-bao")
    assert planned(workspace, edition, PUSHED + timedelta(hours=4)) == {90}
    assert planned(workspace, edition, PUSHED + timedelta(minutes=30)) == {45}


def test_a_gate_out_of_service_plans_nothing(workspace: Workspace) -> None:
    edition = published(workspace)
    document = workspace.root / "playlists" / "lao-bao.toml"
    broken = document.read_text().replace('status = "active"', 'status = "out_of_service"')
    document.write_text(broken.replace('status_reason = ""', 'status_reason = "hư hỏng"'))
    workspace = Workspace.load(workspace.root)
    assert planned(workspace, edition, PUSHED + timedelta(hours=4)) == {0}


def test_proven_plays_stand_beside_the_planned_ones(workspace: Workspace) -> None:
    edition = published(workspace)
    asset = ledger.Asset.objects.get(name="one").sha256
    bring(workspace, chain(3, asset=asset))
    skipped = chain(2, screen="hall", outcome=Outcome.SKIPPED, asset=asset)
    bring(workspace, skipped, screen="hall")
    now = PUSHED + timedelta(minutes=5)
    report.run(workspace, now)
    rows = {
        (row.screen, row.title): (row.played, row.skipped)
        for row in report.summary(workspace, now, edition)
        if row.cluster == "lao-bao"
    }
    assert rows == {
        ("led", "one"): (3, 0),
        ("led", "two"): (0, 0),
        ("hall", "one"): (0, 2),
        ("hall", "two"): (0, 0),
    }
