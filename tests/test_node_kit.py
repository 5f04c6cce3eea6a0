"""The kit for a gate's node does what it says, on this machine."""

import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster_feed.adapters import keys
from cluster_feed.core.cluster import Node
from cluster_feed.pipeline import node_check
from demo import gates
from tests.gates import Hub
from tests.kits import KITS, install, lending
from tests.trust import found

KIT = KITS / "node"
ACCOUNT = "cluster-feed"


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    public_key = keys.create_ssh(tmp_path / "keys" / "hub_ed25519")
    return Hub(tmp_path, found(tmp_path), public_key)


@pytest.fixture
def node(hub: Hub) -> Iterator[Path]:
    """A machine's files after the script ran twice; below it what sshd demands of a chroot."""
    root = gates.HOME / f"kit-{os.getpid()}"
    key = hub.root / "keys" / "hub_ed25519.pub"
    with lending(ACCOUNT):
        gates.HOME.mkdir(exist_ok=True)
        try:
            for _ in range(2):
                run = install(KIT, root, "--key", key, "--host", "192.168.10.2")
                assert run.returncode == 0, run.stderr
            yield root
        finally:
            subprocess.run(["rm", "-rf", root], check=True)


def test_everything_lies_where_it_should_and_belongs_to_whom_it_should(node: Path) -> None:
    account = pwd.getpwnam(ACCOUNT)
    assert account.pw_shell.endswith("nologin")
    for folder in (node / "srv", node / "srv" / "cluster-feed"):
        assert folder.stat().st_uid == 0
        assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    outbox = node / "srv" / "cluster-feed" / "feed" / "outbox"
    for folder in (outbox, outbox.parent):
        assert folder.stat().st_uid == account.pw_uid
        assert stat.S_IMODE(folder.stat().st_mode) == 0o2750
    assert (node / "etc/cluster-feed/node.env").read_text() == "HOST=192.168.10.2\nPORT=8080\n"


def test_a_server_with_the_kit_s_settings_passes_the_hub_s_check(node: Path, hub: Hub) -> None:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", node / "host_key"], check=True
    )
    port = gates._free_port()  # noqa: SLF001
    settings = (node / "etc/ssh/sshd_config.d/cluster-feed.conf").read_text()
    for path in ("/etc/ssh/cluster-feed.authorized_keys", "/srv/cluster-feed\n"):
        settings = settings.replace(f" {path}", f" {node}{path}")
    (node / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {node}/host_key\nPidFile none\n"
        f"UsePAM no\nPasswordAuthentication yes\nSubsystem sftp internal-sftp\n{settings}"
    )
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert sshd
    with gates._serving(sshd, node, port):  # noqa: SLF001
        public = (node / "host_key.pub").read_text().strip()
        reached = Node(host="127.0.0.1", port=port, user=ACCOUNT, host_key=public)
        findings = list(node_check.run(hub.workspace(lao_bao=reached), "lao-bao"))
    assert [each.problem for each in findings if each.problem] == []


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--host", "192.168.10.2"),
        ("--key", "/dev/null", "--host", "192.168.10.2"),
        ("--key", "KEY", "--host", "0.0.0.0"),  # noqa: S104  what is refused
        ("--key", "KEY", "--host", "192.168.10.2; reboot"),
        ("--key", "KEY", "--host", "192.168.10.2", "--port", "22"),
        ("--key", "KEY", "--host", "192.168.10.2", "--reboot"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_done(
    hub: Hub, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    key = str(hub.root / "keys" / "hub_ed25519.pub")
    run = install(KIT, tmp_path / "node", *(key if each == "KEY" else each for each in arguments))
    assert run.returncode != 0
    assert run.stderr
    assert not (tmp_path / "node").exists()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd's own judgement")
def test_systemd_reads_every_line_of_the_unit(tmp_path: Path) -> None:
    unit = (KIT / "cluster-feed-node.service").read_text()
    copy = tmp_path / "cluster-feed-node.service"
    copy.write_text(re.sub("^ExecStart=.*", "ExecStart=/bin/true", unit, flags=re.MULTILINE))
    run = subprocess.run(
        ["systemd-analyze", "verify", copy], check=False, capture_output=True, text=True
    )
    assert copy.name not in run.stderr, run.stderr
