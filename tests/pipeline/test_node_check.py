import shutil
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cluster_feed.adapters.sftp.probe import Probe
from cluster_feed.adapters.sftp.ssh import explained
from cluster_feed.cli import app
from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.errors import NoSuchCluster
from cluster_feed.pipeline import node_check
from cluster_feed.pipeline.check import Finding
from cluster_feed.workspace import Workspace
from demo.gates import Gate, open_gate, write_node
from tests.gates import Hub
from tests.office import opened

LAX = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host_key
PidFile none
AuthorizedKeysFile {home}/authorized_keys
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM no
X11Forwarding yes
Subsystem sftp internal-sftp -u 0077
"""


def looked(hub: Hub, gate: Gate) -> list[Finding]:
    return list(node_check.run(hub.workspace(lao_bao=gate.node), "lao-bao"))


def problems(findings: list[Finding]) -> list[str]:
    return [each.problem.code for each in findings if each.problem]


def test_a_node_as_it_should_be_has_nothing_wrong(hub: Hub, gate: Gate) -> None:
    findings = looked(hub, gate)
    assert problems(findings) == []
    told = " | ".join(each.what.en for each in findings)
    for word in ("pinned", "key only", "shell", "forwarding", "visible", "GiB", "Clock", "ms"):
        assert word in told
    assert "outbox/led can be read" in told
    assert list((gate.feed / ".incoming").iterdir()) == []
    assert list((gate.feed / "outbox" / "led").iterdir()) == []


def test_a_server_that_was_never_set_up_is_told_what_it_lets_anyone_do(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.gates._CONFIGURATION", LAX)
    monkeypatch.setattr("demo.gates.ACCOUNT", "root")
    with open_gate("lao-bao", hub.public_key) as gate:
        folder = str(gate.feed)
        lax = gate.node.model_copy(update={"folder": folder})
        findings = list(node_check.run(hub.workspace(lao_bao=lax), "lao-bao"))
    assert problems(findings) == [
        "NodeTakesOtherLogins",
        "NodeRunsCommands",
        "NodeForwards",
        "NodeNotConfined",
        "NodeFilesUnreadable",
    ]
    told = {each.problem.code: each.problem for each in findings if each.problem}
    assert "password" in told["NodeTakesOtherLogins"].message(Tongue.VI)
    assert told["NodeForwards"].facts["kinds"] == "TCP, TCP, remote, X11, agent"


def test_a_node_that_the_hub_may_not_write_to_says_so_and_is_looked_at_to_the_end(
    hub: Hub, gate: Gate
) -> None:
    for folder in (gate.feed, gate.feed / "outbox" / "led"):
        shutil.chown(folder, "root", "root")
        folder.chmod(0o755)
    findings = looked(hub, gate)
    assert problems(findings) == ["NodeFault", "NodeOutboxClosed"], [
        each.problem.message(Tongue.EN) for each in findings if each.problem
    ]
    assert "Round trip" in findings[-1].what.en


def test_a_clock_that_is_off_is_told(hub: Hub, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr("cluster_feed.adapters.sftp.probe.time.time", lambda: real() + 400)
    [clock] = [each.problem for each in looked(hub, gate) if each.problem]
    assert clock.code == "NodeClockWrong"
    assert -402 <= int(clock.facts["seconds"]) <= -399


def test_another_host_key_ends_the_look(hub: Hub, gate: Gate) -> None:
    with open_gate("other", hub.public_key) as other:
        posing = other.node.model_copy(update={"host_key": gate.node.host_key})
        findings = list(node_check.run(hub.workspace(lao_bao=posing), "lao-bao"))
    assert problems(findings) == ["HostKeyChanged"]
    assert len(findings) == 1


def test_a_node_that_goes_away_in_the_middle_keeps_what_was_found(
    hub: Hub, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(probe: Probe) -> None:
        probe._connection.abort()  # noqa: SLF001  as when the cable is pulled
        await probe._connection.wait_closed()  # noqa: SLF001
        await probe._sftp.statvfs(".")  # noqa: SLF001

    async def space(probe: Probe) -> None:
        with explained("lao-bao", gate.node):
            await dies(probe)

    monkeypatch.setattr(Probe, "space", space)
    findings = looked(hub, gate)
    assert problems(findings) == ["NodeUnreachable"]
    assert "not tried" in findings[-1].what.en
    assert len(findings) == 6


def test_a_cluster_that_is_not_there_is_named_with_those_that_are(hub: Hub, gate: Gate) -> None:
    with pytest.raises(NoSuchCluster, match="lao-bao"):
        list(node_check.run(hub.workspace(lao_bao=gate.node), "lao-bảo"))


@pytest.mark.usefixtures("database")
def test_the_command_says_it_in_a_table_and_by_its_exit_status(tmp_path: Path) -> None:
    workspace = opened(tmp_path / "hub")
    document = workspace.root / "playlists" / "lao-bao.toml"
    with open_gate("lao-bao", (workspace.keys / "hub_ed25519.pub").read_text()) as gate:
        write_node(document, gate.node)
        ran = CliRunner().invoke(app, ["-w", str(workspace.root), "node", "check", "lao-bao"])
        assert ran.exit_code == 0, ran.output
        assert "✓" in ran.output
        assert "✗" not in ran.output
    ran = CliRunner().invoke(app, ["-w", str(workspace.root), "node", "check", "lao-bao"])
    assert ran.exit_code == 1
    assert Workspace.load(workspace.root)
