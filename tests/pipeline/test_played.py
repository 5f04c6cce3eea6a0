"""What a screen played of late, against what was planned."""

from datetime import timedelta
from pathlib import Path

import pytest

from cluster_feed.core.cluster import Status
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import Outcome
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import played, report
from cluster_feed.workspace import Workspace
from tests.material import play as put_on_record
from tests.office import opened
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW

DAY = timedelta(days=1)


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    made = opened(tmp_path / "hub")
    supply(made, "Chợ phiên", "Sông Sê Pôn")
    show_last_month(made)
    return made


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
    cluster = workspace.clusters["lao-bao"]
    of_late = played.of(cluster, cluster.screens[0], NOW)
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
    of_late = played.of(cluster, cluster.screens[0], later)
    whole = [each for each in report.summary(workspace, later, edition) if each.screen == "led"]
    expected = {each.asset: each.planned for each in whole if each.cluster == "lao-bao"}
    assert {asset: turns.planned for asset, turns in of_late.assets.items()} == expected
    assert sum(expected.values()) > 0


def test_a_gate_that_is_out_of_service_plans_nothing(workspace: Workspace) -> None:
    cluster = workspace.clusters["lao-bao"].model_copy(update={"status": Status.OUT_OF_SERVICE})
    of_late = played.of(cluster, cluster.screens[0], NOW + DAY)
    assert not any(turns.planned for turns in of_late.days.values())


def test_a_day_is_counted_from_an_index_alone(workspace: Workspace) -> None:
    rows = ledger.Play.objects.filter(cluster="lao-bao", screen="led", began_at__gte=NOW)
    assert "COVERING INDEX play_by_day" in rows.values("asset", "outcome").explain()
