"""Taking a gate out of service and putting it back, in its own document."""

from pathlib import Path

import pytest

from cluster_feed.core.errors import BadDocument, NoSuchCluster, StopReasonNeeded
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import service
from cluster_feed.workspace import Workspace
from tests.office import installed
from tests.trust import NOW


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    return installed(tmp_path / "hub")


def test_a_gate_is_stopped_with_a_reason_and_started_again(workspace: Workspace) -> None:
    path = workspace.document_of("la-lay")
    before = path.read_text()
    service.stop(workspace, NOW, "la-lay", " chờ thay\n“màn hình” # 2\\3 ", "lan")
    stopped = Workspace.load(workspace.root).clusters["la-lay"]
    assert not stopped.in_service
    assert stopped.status_reason == "chờ thay “màn hình” # 2\\3"
    assert "# active | out_of_service | commissioning" in path.read_text()
    service.start(workspace, NOW, "la-lay", "lan")
    assert Workspace.load(workspace.root).clusters == workspace.clusters
    assert [line.split() for line in path.read_text().split("\n")] == [
        line.split() for line in before.split("\n")
    ]
    acts = ledger.Event.objects.order_by("pk").values_list("act", "actor", "subject", "facts")
    assert list(acts) == [
        ("stop-cluster", "lan", "la-lay", {"reason": stopped.status_reason}),
        ("start-cluster", "lan", "la-lay", {}),
    ]


def test_all_else_in_the_document_stays_as_people_wrote_it(workspace: Workspace) -> None:
    path = workspace.document_of("la-lay")
    lines = path.read_text().replace('status_reason = ""', "").replace("status = ", "# ")
    path.write_text("\ufeff" + lines.replace("\n", "\r\n"), encoding="utf-8")
    path.chmod(0o640)
    service.stop(workspace, NOW, "la-lay", "mất điện", "lan")
    known = Workspace.load(workspace.root).clusters["la-lay"]
    assert (known.status_reason, known.in_service) == ("mất điện", False)
    assert known.screens == workspace.clusters["la-lay"].screens
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("reason", ["", " \n ", "\x00\x1b"])
def test_a_gate_is_not_stopped_for_no_reason(workspace: Workspace, reason: str) -> None:
    with pytest.raises(StopReasonNeeded):
        service.stop(workspace, NOW, "la-lay", reason, "lan")


def test_a_document_that_cannot_be_read_is_left_alone_and_nothing_is_on_record(
    workspace: Workspace,
) -> None:
    path = workspace.document_of("la-lay")
    path.write_text(path.read_text().replace('gate = "', "gate = 7 # "))
    before = path.read_bytes()
    with pytest.raises(BadDocument):
        service.stop(workspace, NOW, "la-lay", "mất điện", "lan")
    assert path.read_bytes() == before
    assert not ledger.Event.objects.exists()


def test_only_a_gate_that_is_known_can_be_stopped(workspace: Workspace) -> None:
    with pytest.raises(NoSuchCluster):
        service.stop(workspace, NOW, "../../etc", "mất điện", "lan")
