"""What takes long: asked for once, done by the daemon, told however it ends."""

from datetime import timedelta
from pathlib import Path

import pytest

from cluster_feed.core.errand import Errand
from cluster_feed.core.errors import (
    BadPersonName,
    ErrandBroken,
    NoSuchPackage,
    PackageLost,
    PackageNotHandedOver,
)
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import errands
from cluster_feed.pipeline.syndicate import items
from cluster_feed.workspace import Workspace
from tests.office import opened
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW

NAME = "QTR-TTDN-2026-11_v01"


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    stick = tmp_path / "usb"
    stick.mkdir()
    made = opened(tmp_path / "hub", f'[ministry]\nway = "usb"\nfolder = "{stick}"\n')
    supply(made, "Chợ phiên")
    edition = ledger.Edition.objects.get(name=show_last_month(made))
    made.packages.mkdir()
    path = made.packages / f"{NAME}.zip"
    path.write_bytes(b"no bag at all")
    ledger.Package.objects.create(
        edition=edition, name=path.name, sha256=items.sha256_of(path), assets=1, at=NOW
    )
    return made


def test_what_is_asked_for_twice_is_done_once(workspace: Workspace, tmp_path: Path) -> None:
    for by in ("lan", "minh"):
        errands.ask(NOW, Errand.HAND_OVER, by, NAME)
    row = ledger.Errand.objects.get()
    assert (row.by, row.going, row.failed) == ("lan", True, None)
    assert errands.run(workspace, NOW) == 1
    row.refresh_from_db()
    assert row.found == [str(tmp_path / "usb" / f"{NAME}.zip")]
    assert not row.going
    assert ledger.Handover.objects.get().by == "lan"
    assert errands.run(workspace, NOW) == 0
    assert errands.ask(NOW, Errand.HAND_OVER, "minh", NAME).pk != row.pk, "it may be asked again"
    audit.verify()


def test_what_fails_is_told_and_keeps_nothing_else_from_being_done(workspace: Workspace) -> None:
    folder = Path(workspace.settings.ministry.folder)
    folder.rmdir()
    errands.ask(NOW, Errand.HAND_OVER, "lan", NAME)
    errands.ask(NOW, Errand.CHECK, "lan", NAME)
    assert errands.run(workspace, NOW) == 2
    row = errands.latest(Errand.HAND_OVER, NAME)
    assert row
    assert isinstance(row.failed, PackageNotHandedOver)
    assert not ledger.Handover.objects.exists()


def test_a_check_names_what_is_wrong_in_both_languages(workspace: Workspace) -> None:
    errands.ask(NOW, Errand.CHECK, "lan", NAME)
    errands.run(workspace, NOW)
    row = errands.latest(Errand.CHECK, NAME)
    assert row
    assert row.found
    assert all(len(each) == 2 for each in row.found)
    before = len(row.found)
    (workspace.packages / f"{NAME}.zip").write_bytes(b"another file")
    errands.ask(NOW, Errand.CHECK, "lan", NAME)
    errands.run(workspace, NOW)
    row = errands.latest(Errand.CHECK, NAME)
    assert row
    assert len(row.found) == before + 1, "it is not what was made"
    (workspace.packages / f"{NAME}.zip").unlink()
    errands.ask(NOW, Errand.CHECK, "lan", NAME)
    errands.run(workspace, NOW)
    row = errands.latest(Errand.CHECK, NAME)
    assert row
    assert isinstance(row.failed, PackageLost)


def test_a_mistake_of_ours_ends_an_errand_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    errands.ask(NOW, Errand.CHECK, "lan", NAME)
    monkeypatch.setattr(items, "sha256_of", lambda _path: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        errands.run(workspace, NOW)
    row = errands.latest(Errand.CHECK, NAME)
    assert row
    assert isinstance(row.failed, ErrandBroken)
    assert errands.run(workspace, NOW) == 0


def test_one_that_a_kill_cut_off_is_begun_again(workspace: Workspace) -> None:
    row = errands.ask(NOW, Errand.HAND_OVER, "lan", NAME)
    row.began_at = NOW - timedelta(hours=1)
    row.save()
    assert errands.run(workspace, NOW) == 1
    row.refresh_from_db()
    assert row.began_at == NOW
    assert row.found


def test_it_is_asked_by_a_person_of_a_package_that_is_there(workspace: Workspace) -> None:
    with pytest.raises(BadPersonName):
        errands.ask(NOW, Errand.CHECK, "Lan ", NAME)
    with pytest.raises(NoSuchPackage):
        errands.ask(NOW, Errand.CHECK, "lan", "other")
    assert not ledger.Errand.objects.exists()
