import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cluster_feed.core.delivery import Delivered, Failed, UpToDate
from cluster_feed.core.edition import State
from cluster_feed.core.errors import NodeFull
from cluster_feed.core.health import Health
from cluster_feed.core.value import digest
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import deliver
from cluster_feed.workspace import Workspace
from demo.gates import Gate
from tests.gates import MEGABYTE, Hub, noise, on_the_node, wanted
from tests.trust import NOW, playlist_of

pytestmark = pytest.mark.usefixtures("database")

OLD, SHARED, NEW = noise(3000, 1), noise(3000, 2), noise(3000, 3)
A_DAY = timedelta(days=1)
GRACE = timedelta(days=14)


def publish(hub: Hub, number: int, *contents: bytes) -> None:
    """As the stages leave it: in the feed, and on record with what was signed."""
    playlist = playlist_of("lao-bao", number, *contents)
    row = ledger.Edition.objects.create(
        name=f"2026-{number:02}",
        cycle=f"2026-{number:02}",
        state=State.PUBLISHED,
        number=number,
        created_at=NOW,
    )
    to_sign, _ = hub.house.signed(playlist)["lao-bao"]
    row.programmes.create(cluster="lao-bao", playlist=playlist.to_bytes(), to_sign=to_sign)
    hub.publish(playlist, *contents)


def shows(edition: int, screen: str = "led") -> None:
    says = Health(cluster="lao-bao", screen=screen, at=NOW, edition=edition)
    ledger.Health.objects.update_or_create(
        cluster="lao-bao",
        screen=screen,
        defaults={"at": NOW, "says": says.model_dump(mode="json")},
    )


def contents(gate: Gate) -> list[bytes]:
    return sorted(path.read_bytes() for path in gate.feed.glob("targets/*/*.mp4"))


@pytest.fixture
def workspace(hub: Hub, gate: Gate) -> Workspace:
    """Two months were delivered, and the screen has said nothing yet."""
    workspace = hub.workspace(lao_bao=gate.node)
    publish(hub, 1, OLD, SHARED)
    deliver.run(workspace, NOW)
    publish(hub, 2, SHARED, NEW)
    deliver.run(workspace, NOW + A_DAY)
    assert contents(gate) == sorted([OLD, SHARED, NEW])
    return workspace


def test_what_no_edition_needs_leaves_once_every_screen_has_switched(
    hub: Hub, gate: Gate, workspace: Workspace
) -> None:
    shows(1)
    deliver.run(workspace, NOW + A_DAY)
    assert len(contents(gate)) == 3
    shows(2)
    deliver.run(workspace, NOW + A_DAY)

    assert contents(gate) == sorted([SHARED, NEW])
    assert len(list(gate.feed.glob("targets/*/*.playlist.json"))) == 1
    assert on_the_node(gate).items() >= wanted(hub).items()
    event = ledger.Event.objects.get(act="collect-garbage")
    assert (event.subject, event.facts["blobs"], event.facts["parts"]) == ("lao-bao", "2", "0")
    receipts = set(ledger.FileReceipt.objects.values_list("path", flat=True))
    assert receipts == on_the_node(gate).keys() - {
        "metadata/root.json",
        "metadata/timestamp.json",
    }
    deliver.run(workspace, NOW + A_DAY)
    assert ledger.Event.objects.filter(act="collect-garbage").count() == 1


def test_a_screen_that_is_silent_holds_it_up_for_a_while_only(
    gate: Gate, workspace: Workspace
) -> None:
    deliver.run(workspace, NOW + A_DAY + GRACE - timedelta(minutes=1))
    assert len(contents(gate)) == 3
    deliver.run(workspace, NOW + A_DAY + GRACE + timedelta(minutes=1))
    assert contents(gate) == sorted([SHARED, NEW])


def test_who_is_in_the_middle_of_a_refresh_finds_the_metadata_before(
    hub: Hub, gate: Gate, workspace: Workspace
) -> None:
    publish(hub, 3, NEW)
    deliver.run(workspace, NOW + 2 * A_DAY)
    shows(3)
    deliver.run(workspace, NOW + 3 * A_DAY)
    names = {path.name for path in (gate.feed / "metadata").iterdir()}
    assert names == {
        *("1.root.json", "root.json", "1.targets.json", "timestamp.json"),
        *("2.lao-bao.json", "3.lao-bao.json", "3.snapshot.json", "4.snapshot.json"),
    }


def test_what_the_node_serves_stays_until_it_serves_something_newer(
    hub: Hub, gate: Gate, workspace: Workspace
) -> None:
    shows(2)
    lost = noise(3000, 4)
    publish(hub, 3, lost)
    workspace.store.path(digest(lost)).unlink()  # so that the third month cannot be sent
    [outcome] = deliver.run(workspace, NOW + 2 * A_DAY)
    assert isinstance(outcome, Failed)
    assert {SHARED, NEW} <= set(contents(gate))


def test_only_what_the_hub_brought_is_taken_away(gate: Gate, workspace: Workspace) -> None:
    theirs = gate.feed / "targets" / "lao-bao" / "something-of-theirs.mp4"
    theirs.write_bytes(b"theirs")
    shows(2)
    deliver.run(workspace, NOW + A_DAY)
    assert b"theirs" in contents(gate)


def test_a_file_that_cannot_be_removed_harms_nothing_and_is_tried_again(
    gate: Gate, workspace: Workspace
) -> None:
    [stays] = [path for path in gate.feed.glob("targets/*/*.mp4") if path.read_bytes() == OLD]
    stays.unlink()
    stays.mkdir()
    shows(2)
    [outcome] = deliver.run(workspace, NOW + A_DAY)
    assert isinstance(outcome, UpToDate)
    assert ledger.FileReceipt.objects.filter(path__endswith=stays.name).exists()
    assert len(list(gate.feed.glob("targets/*/*.playlist.json"))) == 1
    stays.rmdir()
    deliver.run(workspace, NOW + A_DAY)
    assert not ledger.FileReceipt.objects.filter(path__endswith=stays.name).exists()


def test_begun_files_that_nothing_continues_are_removed_after_a_push(
    hub: Hub, gate: Gate, workspace: Workspace
) -> None:
    stale = gate.feed / ".incoming" / f"{'ab' * 32}-01234567.part"
    other = gate.feed / ".incoming" / "notes.txt"
    stale.write_bytes(b"half")
    other.write_bytes(b"not ours")
    deliver.run(workspace, NOW + A_DAY)
    assert stale.exists()
    publish(hub, 3, NEW)
    deliver.run(workspace, NOW + 2 * A_DAY)
    assert not stale.exists()
    assert other.exists()


@pytest.fixture
def small_disk(gate: Gate) -> Iterator[Path]:
    """The gate's folder on a disk of 64 MiB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=0777", "none", str(gate.feed)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    (gate.feed / "outbox" / "led").mkdir(parents=True)
    yield gate.feed
    subprocess.run(["umount", gate.feed], check=True)


def test_a_full_node_makes_room_from_what_nobody_needs(
    hub: Hub, gate: Gate, small_disk: Path
) -> None:
    workspace = hub.workspace(lao_bao=gate.node)
    publish(hub, 1, noise(14 * MEGABYTE, 1))
    deliver.run(workspace, NOW)
    publish(hub, 2, noise(12 * MEGABYTE, 2))
    deliver.run(workspace, NOW)
    publish(hub, 3, noise(14 * MEGABYTE, 3))
    [outcome] = deliver.run(workspace, NOW)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, NodeFull)
    shows(2)
    assert isinstance(deliver.run(workspace, NOW)[0], Delivered)
    assert sorted(map(len, contents(gate))) == [12 * MEGABYTE, 14 * MEGABYTE]
    assert on_the_node(gate).items() >= wanted(hub).items()
