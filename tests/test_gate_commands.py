"""The commands by which people look after the gates' screens."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from typer.testing import CliRunner, Result

from cluster_feed import console
from cluster_feed.cli import app
from cluster_feed.core.errors import BrokenChain, NoSuchCluster, NoSuchDevice
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import report
from cluster_feed.workspace import Workspace
from tests.device import BEGAN, Device
from tests.office import installed

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    url = f"sqlite:///{connection.settings_dict['NAME']}"
    return installed(tmp_path / "hub", f'database_url = "{url}"\n')


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold a table's words on one line, whatever terminal runs the tests."""
    monkeypatch.setattr(console.out, "width", 200)


def say(workspace: Workspace, *words: str) -> Result:
    return CliRunner().invoke(app, ["-w", str(workspace.root), *words])


def test_a_new_screen_is_seen_admitted_and_retired(workspace: Workspace) -> None:
    device = Device()
    device.brings(workspace.returned, device.health(at=BEGAN - timedelta(days=365)))
    device.brings(workspace.returned, device.proof(device.chain(9)[4:]))
    report.run(workspace, BEGAN)
    assert device.code in " ".join(say(workspace, "status").output.split())
    assert device.code in say(workspace, "screens", "list").output
    wrong = say(workspace, "screens", "admit", "lao-bao/led", Device().code, "--as", "lan")
    assert isinstance(wrong.exception, NoSuchDevice)
    told = say(workspace, "screens", "admit", "lao-bao/led", device.code.lower(), "--as", "lan")
    assert told.exit_code == 0
    assert ledger.Play.objects.count() == 5
    listed = say(workspace, "screens", "list").output
    assert "lan" in listed
    (stands,) = [
        screen
        for cluster in json.loads(say(workspace, "status", "--json").output)["clusters"]
        for screen in cluster["screens"]
        if cluster["name"] == "lao-bao" and screen["name"] == "led"
    ]
    assert {problem["code"] for problem in stands["concerns"]} == {"ProofMissing"}
    ended = say(workspace, "screens", "retire", "lao-bao/led", device.code, "--as", "lan")
    assert ended.exit_code == 0
    assert "ngừng dùng" in say(workspace, "screens", "list").output


def test_a_file_of_proof_is_checked_without_an_installation(tmp_path: Path) -> None:
    device = Device()
    name, content = device.proof(device.chain(9)[4:])
    good, bad = tmp_path / name, tmp_path / "bad.gz"
    good.write_bytes(content)
    bad.write_bytes(content[:-1])
    said = CliRunner().invoke(app, ["proof", "verify", str(good), "--from", "5"])
    assert said.exit_code == 0
    for fact in ("lao-bao/led", device.code, "5-9"):
        assert fact in said.output
    both = CliRunner().invoke(app, ["proof", "verify", str(bad), str(good)])
    assert both.exit_code == 1
    assert device.code in both.output


def files_of(folder: Path, device: Device, rows: int = 9, each: int = 3) -> list[str]:
    """A device's proof in several files."""
    chain = device.chain(rows)
    paths = []
    for at in range(0, rows, each):
        name, content = device.proof(chain[at : at + each])
        (folder / name).write_bytes(content)
        paths.append(str(folder / name))
    return paths


def verified(*words: str) -> Result:
    return CliRunner().invoke(app, ["proof", "verify", *words])


def test_a_chain_over_several_files_is_checked_in_whatever_order_they_come(tmp_path: Path) -> None:
    device = Device()
    files = files_of(tmp_path, device)
    assert verified(*reversed(files)).exit_code == 0
    assert verified(*files, *files, "--device", device.code.lower()).exit_code == 0


def test_a_file_that_is_left_out_is_missed(tmp_path: Path) -> None:
    first, middle, last = files_of(tmp_path, Device())
    for some, missing in (((first, last), "4-6"), ((middle, last), "1-3")):
        said = verified(*some)
        assert said.exit_code == 1
        assert missing in said.output
    assert verified(middle, last, "--from", "4").exit_code == 0
    assert verified(first, last, "--from", "4").exit_code == 1
    assert verified(first, last, "--from", "5").exit_code == 1


def test_another_story_of_the_same_device_is_no_part_of_its_chain(tmp_path: Path) -> None:
    device = Device()
    first, middle, last = files_of(tmp_path, device)
    other = device.chain(9, seconds=19)
    for rows in (other[6:], other[5:8], other[2:4]):
        (tmp_path / "other.gz").write_bytes(device.proof(rows)[1])
        for told in ((first, middle), (first, middle, last)):
            assert verified(*told, str(tmp_path / "other.gz")).exit_code == 1


def test_a_chain_is_of_one_device_and_one_screen(tmp_path: Path) -> None:
    device, other, moved = Device(), Device(), Device()
    moved.public, moved.sign = device.public, device.sign  # type: ignore[method-assign]
    moved.screen = "hall"
    own = files_of(tmp_path, device)
    for another in (other, moved):
        (tmp_path / another.screen).mkdir(exist_ok=True)
        files = files_of(tmp_path / another.screen, another)
        assert verified(*files).exit_code == 0
        said = verified(*own, *files)
        assert said.exit_code == 1
        assert "--device" in said.output + said.stderr
    foreign = verified(*files_of(tmp_path, other), "--device", device.code)
    assert foreign.exit_code == 1
    assert other.code in foreign.output + foreign.stderr


def test_the_first_bad_row_is_named(tmp_path: Path) -> None:
    device = Device()
    rows = device.chain(9)
    rows[6] = rows[6].model_copy(update={"seconds": 999.0})
    path = tmp_path / "proof.gz"
    path.write_bytes(device.proof(rows)[1])
    said = CliRunner().invoke(app, ["proof", "verify", str(path)])
    assert said.exit_code == 1
    assert "dòng 8:" in said.output


def test_a_gate_is_taken_out_of_service_and_put_back(workspace: Workspace) -> None:
    words = ("clusters", "stop", "la-lay", "--reason", "chờ thay màn hình", "--as", "lan")
    assert say(workspace, *words).exit_code == 0
    assert "chờ thay màn hình" in say(workspace, "status").output
    assert say(workspace, "clusters", "start", "la-lay", "--as", "lan").exit_code == 0
    assert "chờ thay màn hình" not in say(workspace, "status").output
    nameless = say(workspace, "clusters", "stop", "none", "--reason", "x", "--as", "lan")
    assert isinstance(nameless.exception, NoSuchCluster)


def test_a_log_that_was_cut_is_not_what_was_noted(workspace: Workspace) -> None:
    for _ in range(2):
        say(workspace, "clusters", "stop", "la-lay", "--reason", "x", "--as", "lan")
    noted = say(workspace, "audit", "verify").output.strip().rpartition(": ")[2]
    assert say(workspace, "audit", "verify", "--noted", noted).exit_code == 0
    ledger.Event.objects.order_by("pk").last().delete()  # type: ignore[union-attr]
    assert say(workspace, "audit", "verify").exit_code == 0
    cut = say(workspace, "audit", "verify", "--noted", noted)
    assert isinstance(cut.exception, BrokenChain)
    assert say(workspace, "audit", "verify", "--noted", "x").exit_code == 2
