from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.errors import DaemonNeverRan, DaemonStopped
from cluster_feed.ledger import audit
from cluster_feed.pipeline import check
from cluster_feed.pipeline.check import Finding
from demo.gates import open_gate, write_node
from tests.office import installed, opened

pytestmark = pytest.mark.usefixtures("database")


def problems(findings: list[Finding]) -> dict[str, str]:
    """What was found wrong, by what was looked at."""
    return {each.what.en: each.problem.code for each in findings if each.problem}


def test_before_the_ceremony_the_keys_are_what_is_missing(tmp_path: Path) -> None:
    findings = list(check.run(installed(tmp_path / "hub")))
    wrong = problems(findings)
    assert wrong.pop("Keys and signed feed") == "KeysMissing"
    assert set(wrong.values()) == {"KeysMissing"}
    assert len(wrong) == 3
    assert all(each.what.vi and each.what.en for each in findings)


def test_what_is_at_hand_calls_no_node_and_names_the_examples(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "hub")
    wrong = problems(list(check.at_hand(workspace, datetime.now(UTC))))
    assert wrong.pop("Keys and signed feed") == "KeysMissing"
    assert set(wrong.values()) - {"DiskFull"} == {"NodeIsAnExample"}


def test_a_daemon_that_has_not_said_for_a_minute_that_it_is_at_work_has_stopped(
    tmp_path: Path,
) -> None:
    workspace = installed(tmp_path / "hub")
    assert isinstance(check.stopped(workspace, datetime.now(UTC)), DaemonNeverRan)
    workspace.beat()
    last = workspace.last_beat()
    assert last
    assert check.stopped(workspace, last + timedelta(seconds=59)) is None
    assert isinstance(check.stopped(workspace, last + timedelta(seconds=61)), DaemonStopped)


def test_a_clock_that_went_back_is_told_before_it_blames_the_gates(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "hub")
    now = datetime.now(UTC)
    audit.record(now, "lan", "submit", "2026-11")
    assert "HubClockBehind" not in problems(list(check.run(workspace))).values()
    audit.record(now + timedelta(days=1), "lan", "submit", "2026-12")
    assert "HubClockBehind" in problems(list(check.run(workspace))).values()
    audit.record(now, "lan", "submit", "2027-01")
    assert "HubClockBehind" not in problems(list(check.run(workspace))).values()


def test_a_program_that_is_not_there_is_named_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = installed(tmp_path / "hub")
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = list(check.run(workspace))
    wrong = problems(findings)
    assert (wrong["ffmpeg"], wrong["ffprobe"]) == ("ToolMissing", "ToolMissing")
    (ffmpeg,) = (each.problem for each in findings if each.what.en == "ffmpeg")
    assert ffmpeg
    assert "apt install ffmpeg" in ffmpeg.message(Tongue.VI)


def test_every_gate_is_reached_with_the_key_of_a_delivery(tmp_path: Path) -> None:
    workspace = opened(tmp_path / "hub", "[delivery]\nconnect_seconds = 2\n")
    public_key = (workspace.keys / "hub_ed25519.pub").read_text()
    documents = workspace.root / "playlists"
    broken = documents / "la-lay.toml"
    broken.write_text(
        broken.read_text()
        .replace('status = "active"', 'status = "out_of_service"')
        .replace('status_reason = ""', 'status_reason = "hư hỏng"')
    )
    with open_gate("lao-bao", public_key) as gate, open_gate("cha-lo", "ssh-ed25519 AAAA") as other:
        write_node(documents / "lao-bao.toml", gate.node)
        write_node(documents / "cha-lo.toml", other.node)
        findings = list(check.run(type(workspace).load(workspace.root)))
    wrong = problems(findings)
    assert wrong == {f"Node of {workspace.clusters['cha-lo'].title}": "NodeRefusedHub"}
    (away,) = (each for each in findings if "out of service" in each.what.en)
    assert "hư hỏng" in away.what.vi
