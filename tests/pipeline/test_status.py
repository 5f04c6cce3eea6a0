from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cluster_feed.core.caption import Caption, Words
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import State
from cluster_feed.core.health import Fault, Health
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import assemble, devices, status
from cluster_feed.pipeline.status import ClusterStatus, Status
from cluster_feed.workspace import Workspace
from tests.material import admit

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 11, 25, 18, 30, tzinfo=ZONE)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "workspace")


def live(workspace: Workspace, month: str, number: int) -> ledger.Edition:
    assemble.run(workspace, NOW, Cycle.parse(month))
    row = ledger.Edition.objects.get(name=month)
    row.state, row.number, row.published_at = State.PUBLISHED, number, NOW
    row.save()
    return row


def received(edition: ledger.Edition, version: int) -> None:
    ledger.Receipt.objects.create(
        cluster="lao-bao",
        timestamp_version=version,
        edition=edition,
        at=NOW,
        blobs=1,
        byte_count=1,
    )


def heard(screen: str, edition: int, faults: int = 0) -> None:
    fault = Fault(at=NOW, code="BlobRefused", facts={"name": "x", "detail": "y"})
    says = Health(
        cluster="lao-bao", screen=screen, at=NOW, edition=edition, faults=(fault,) * faults
    )
    ledger.Health.objects.update_or_create(
        cluster="lao-bao",
        screen=screen,
        defaults={"at": NOW, "says": says.model_dump(mode="json")},
    )


def gate(workspace: Workspace) -> ClusterStatus:
    stands = status.of(workspace, NOW)
    return next(each for each in stands.clusters if each.name == "lao-bao")


def test_a_new_house_is_empty_and_knows_its_dates(workspace: Workspace) -> None:
    stands = status.of(workspace, datetime(2026, 11, 24, 23, 30, tzinfo=ZONE))
    assert stands.cycle == "2026-11"
    assert stands.cut_off_at == datetime(2026, 11, 25, 11, tzinfo=ZONE)
    assert stands.push_at == datetime(2026, 11, 25, 18, tzinfo=ZONE)
    assert (stands.assets, stands.incomplete, stands.editions) == (0, 0, ())
    assert status.of(workspace, stands.push_at).cycle == "2026-12"


def test_what_somebody_must_act_on_is_counted(workspace: Workspace) -> None:
    admit(workspace, "complete")
    admit(workspace, "bare", says=Caption(words={"vi": Words(title="bare")}))
    of_nobody = admit(workspace, "of a newsroom that is gone")
    ledger.Asset.objects.filter(pk=of_nobody.pk).update(newsroom="gone")
    refused = {"newsroom": "so-vhttdl", "name": "x", "code": "EmptyFile", "at": NOW}
    ledger.Rejection.objects.create(**refused)
    ledger.Rejection.objects.create(**refused, seen_at=NOW)
    ledger.Rendition.objects.filter(asset=of_nobody, profile="led-wall").update(code="Stalled")
    stands = status.of(workspace, NOW)
    assert (stands.assets, stands.incomplete) == (3, 1)
    assert (stands.refusals_unseen, stands.failed) == (1, 1)


def test_a_gate_has_the_edition_once_its_receipt_says_so(workspace: Workspace) -> None:
    admit(workspace, "clip")
    assert (gate(workspace).edition, gate(workspace).delivered) == (None, False)
    first = live(workspace, "2026-11", 1)
    assert (gate(workspace).edition, gate(workspace).delivered) == ("2026-11", False)
    received(first, 2)
    assert gate(workspace).delivered
    second = live(workspace, "2026-12", 2)
    assert (gate(workspace).edition, gate(workspace).delivered) == ("2026-12", False)
    received(second, 10)
    assert gate(workspace).delivered


def test_a_screen_confirms_the_edition_that_is_live_and_no_other(workspace: Workspace) -> None:
    admit(workspace, "clip")
    heard("led", 1, faults=2)
    assert [screen.confirmed for screen in gate(workspace).screens] == [False, False]
    live(workspace, "2026-11", 1)
    led, hall = gate(workspace).screens
    assert (led.confirmed, led.edition, len(led.faults), led.heard_at) == (True, 1, 2, NOW)
    assert (hall.confirmed, hall.edition, hall.heard_at) == (False, 0, None)
    live(workspace, "2026-12", 2)
    assert not gate(workspace).screens[0].confirmed


def test_a_silent_screen_is_asked_after_unless_its_gate_is_out_of_service(
    workspace: Workspace,
) -> None:
    row = devices.meet("lao-bao", "led", "b" * 64, NOW - timedelta(days=8))
    row.admitted_at = NOW - timedelta(days=9)
    row.save()
    assert [each.code for each in gate(workspace).screens[0].concerns] == ["ScreenSilent"]
    document = workspace.root / "playlists" / "lao-bao.toml"
    broken = document.read_text().replace('status = "active"', 'status = "out_of_service"')
    document.write_text(broken.replace('status_reason = ""', 'status_reason = "hư hỏng"'))
    assert gate(Workspace.load(workspace.root)).screens[0].concerns == ()


def test_an_edition_shows_its_signatures_against_those_needed(workspace: Workspace) -> None:
    admit(workspace, "clip")
    assemble.run(workspace, NOW, Cycle.parse("2026-12"))
    row = ledger.Edition.objects.get()
    row.take(row.to_value().submitted("lan", 7))
    row.signatures.create(approver="minh", at=NOW, by_cluster={})
    (edition,) = status.of(workspace, NOW).editions
    assert (edition.state, edition.number) == (State.SUBMITTED, 7)
    assert (edition.approvals, edition.needed) == (("minh",), 2)


def test_the_latest_editions_are_listed_and_whatever_waits_however_old(
    workspace: Workspace,
) -> None:
    admit(workspace, "clip")
    for month in range(1, 9):
        assemble.run(workspace, NOW, Cycle.parse(f"2027-0{month}"))
    ledger.Edition.objects.filter(name="2027-01").update(state=State.APPROVED)
    listed = [edition.name for edition in status.of(workspace, NOW).editions]
    assert listed == [f"2027-0{month}" for month in (8, 7, 6, 5, 4, 3, 1)]
    assert [edition.name for edition in status.waiting(workspace)] == ["2027-01"]


def test_a_machine_reads_what_was_written(workspace: Workspace) -> None:
    admit(workspace, "clip")
    stands = status.of(workspace, NOW + timedelta(microseconds=1))
    assert Status.model_validate_json(stands.model_dump_json()) == stands
