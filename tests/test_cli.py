"""The commands, as a person gives them."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cluster_feed.adapters import keys
from cluster_feed.cli import app
from cluster_feed.core.errors import (
    AlreadyFounded,
    BadPersonName,
    NoSuchAsset,
    NoSuchEdition,
    OwnSubmission,
    WorkspaceThere,
)
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace
from tests.material import admit

Command = Callable[..., Result]

PASSPHRASE = "một mật khẩu thật dài"  # noqa: S105  of keys that live for one test
SIDECAR = "Tiêu đề: Chợ phiên\nMô tả: Người đi chợ.\nChủ đề: Du lịch\n"


@pytest.fixture
def root(tmp_path: Path, database: None, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new workspace over the ledger that the test reads, too."""
    monkeypatch.setenv("CLUSTER_FEED_DATABASE_URL", ledger_url)
    monkeypatch.setenv("CLUSTER_FEED_PASSPHRASE", PASSPHRASE)
    monkeypatch.setattr(keys, "KDF_ROUNDS", 1)
    return Workspace.create(tmp_path / "hub").root


@pytest.fixture
def give(root: Path) -> Command:
    runner = CliRunner()

    def command(*words: str, answer: str | None = None) -> Result:
        return runner.invoke(app, ["-w", str(root), *words], input=answer)

    return command


@pytest.fixture
def founded(give: Command) -> None:
    people = [word for name in ("lan", "minh", "hoa") for word in ("--approver", name)]
    assert give("keys", "init", *people).exit_code == 0


def test_what_init_says_to_do_next_are_commands_that_there_are(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "an odd [folder]"
    said = CliRunner().invoke(app, ["init", str(folder)]).output
    assert f"{folder}/cluster-feed.toml" in said
    commands = [shlex.split(line.partition("cluster-feed ")[2]) for line in said.splitlines()[3:]]
    assert [words[0:2] for words in commands] == [["-w", str(folder)]] * 5
    assert [words[2] for words in commands] == ["keys", "check", "run", "desk", "desk"]
    helped = CliRunner().invoke(app, [*commands[0][:4], "--help"])
    assert all(word in helped.output for word in commands[0] if word.startswith("--"))


def test_a_workspace_is_not_made_over_another(give: Command, root: Path) -> None:
    assert isinstance(give("init", str(root)).exception, WorkspaceThere)


def test_check_fails_until_nothing_is_wrong(give: Command) -> None:
    checked = give("check")
    assert checked.exit_code == 1
    assert "keys init" in " ".join(checked.output.split())


@pytest.mark.usefixtures("founded")
def test_a_ceremony_is_held_once(give: Command) -> None:
    again = give("keys", "init", "--approver", "lan", "--approver", "minh")
    assert isinstance(again.exception, AlreadyFounded)


@pytest.mark.parametrize("month", ["2026/11", "2026-13", "tháng 11"])
def test_what_is_no_month_is_told_and_not_a_crash(give: Command, month: str) -> None:
    refused = give("assemble", month)
    assert refused.exit_code == 2
    assert "2026-11" in refused.output


@pytest.mark.parametrize(
    "words",
    [
        ("show", "2026-11"),
        ("report", "2026-11"),
        ("submit", "2026-11", "--as", "lan"),
        ("approve", "2026-11", "--as", "lan"),
        ("return", "2026-11", "--as", "lan", "--reason", "x"),
        ("withdraw", "2026-11", "--as", "lan", "--reason", "x"),
    ],
)
def test_an_edition_that_is_not_there_is_named(give: Command, words: tuple[str, ...]) -> None:
    assert isinstance(give(*words).exception, NoSuchEdition)


@pytest.mark.usefixtures("founded")
def test_an_edition_goes_its_road_by_commands(give: Command, root: Path) -> None:
    admit(Workspace.load(root), "Phiên chợ [vùng cao]")
    assert "Phiên chợ [vùng cao]" in give("assemble", "2026-11").output
    assert give("submit", "2026-11", "--as", "lan").exit_code == 0
    own = give("approve", "2026-11", "--as", "lan", answer="y\n")
    assert isinstance(own.exception, OwnSubmission)
    seen = ledger.Edition.objects.get().fingerprint
    shown = give("approve", "2026-11", "--as", "minh", answer="y\n")
    assert seen in shown.output
    declined = give("approve", "2026-11", "--as", "hoa", answer="n\n")
    assert declined.exit_code == 1
    assert ledger.Edition.objects.get().to_value().approvals == ("minh",)
    give("approve", "2026-11", "--as", "hoa", "--seen", seen)
    assert ledger.Edition.objects.get().state == "approved"
    assert "2026-11: đã duyệt, phát hành lúc 25/11/2026 18:00" in give("status").output
    assert json.loads(give("status", "--json").output)["editions"][0]["approvals"] == [
        "minh",
        "hoa",
    ]
    assert give("audit", "verify").exit_code == 0


@pytest.mark.usefixtures("founded")
@pytest.mark.parametrize("name", ["Lan", "lan ", "Nguyễn Lan", "", "x" * 65])
def test_nobody_acts_under_a_name_that_the_record_could_not_tell_apart(
    give: Command, root: Path, name: str
) -> None:
    admit(Workspace.load(root), "clip")
    give("assemble", "2026-11")
    assert isinstance(give("submit", "2026-11", "--as", name).exception, BadPersonName)
    assert give("status").exit_code == 0


def test_a_caption_is_written_for_the_one_asset_that_is_meant(
    give: Command, root: Path, tmp_path: Path
) -> None:
    asset = admit(Workspace.load(root), "[clip].mp4")
    sheet = tmp_path / "sheet.yaml"
    sheet.write_text(SIDECAR, encoding="utf-8")
    done = give("caption", asset.sha256[:12], str(sheet), "--as", "lan")
    assert "[clip].mp4" in done.output
    asset.refresh_from_db()
    assert (asset.to_caption().title, asset.captioned_by) == ("Chợ phiên", "lan")
    assert ledger.Event.objects.get().actor == "lan"
    for wrong in ("", "zz"):
        admit(Workspace.load(root), f"another than {wrong}")
        refused = give("caption", wrong, str(sheet), "--as", "lan")
        assert isinstance(refused.exception, NoSuchAsset)


def test_an_empty_house_says_so(give: Command) -> None:
    assert give("status").exit_code == 0
    for stage in ("normalize", "syndicate"):
        assert give(stage).exit_code == 0
    assert give("deliver").exit_code == 1  # no gate can be reached without keys


@pytest.mark.usefixtures("founded")
def test_a_report_of_an_edition_is_json_for_a_machine(give: Command, root: Path) -> None:
    admit(Workspace.load(root), "clip")
    give("assemble", "2026-11")
    rows = json.loads(give("report", "2026-11", "--json").output)
    assert {row["cluster"] for row in rows} == {"lao-bao", "la-lay", "cha-lo"}
    assert {row["title"] for row in rows} == {"clip"}
