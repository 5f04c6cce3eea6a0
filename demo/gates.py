"""Border gates on this machine: a real OpenSSH server each, as a cluster's node runs it.

A gate is chrooted, takes SFTP with one key and nothing else, and lives on loopback while it is
open.  Used by the demonstration and by the tests.
"""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from cluster_feed.core.cluster import Node
from cluster_feed.core.errors import ToolMissing

ACCOUNT = "cluster-feed-demo"
HOME = Path("/srv/cluster-feed-demo")
"""Where gates live: sshd wants every folder above a chroot to be root's and nobody else's to
write, which rules the temporary folder out."""

FEED = "feed"
"""The node's folder, as the SFTP user sees it."""

_PATIENCE_SECONDS = 10.0
_ALREADY_THERE = 9  # useradd's exit status

_CONFIGURATION = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host_key
PidFile none
AuthorizedKeysFile {home}/authorized_keys
AuthenticationMethods publickey
AllowUsers {account}
UsePAM no
MaxStartups 100
DisableForwarding yes
Subsystem sftp internal-sftp
ChrootDirectory {home}/root
ForceCommand internal-sftp -u 0027 -d /
"""


@dataclass(frozen=True)
class Gate:
    """An open gate: how the hub reaches it, and the node's folder as it lies on this machine."""

    name: str
    node: Node
    feed: Path


@contextmanager
def open_gate(
    name: str,
    authorized_key: str,
    *,
    screens: Iterable[str] = (),
    under: Path = HOME,
    port: int = 0,
    settings: str = "",
) -> Iterator[Gate]:
    """Open a gate for one public key line, and close it with everything it held.

    The feed's folder and each screen's outbox belong to the gate's account, which clears the
    outbox, and to the caller's group, which fills it.  `settings` are more lines of
    sshd's configuration.  Not as root, it needs `sudo` without a password.  Raises ToolMissing
    where there is no sshd.
    """
    sshd = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if sshd is None:
        raise ToolMissing(tool="sshd", install="apt install openssh-server")
    home = under / f"{name}-{secrets.token_hex(4)}"
    port = port or _free_port()
    try:
        host_key = _furnish(home, port, authorized_key, screens, settings)
        with _serving(sshd, home, port):
            node = Node(host="127.0.0.1", port=port, user=ACCOUNT, host_key=host_key, folder=FEED)
            yield Gate(name, node, home / "root" / FEED)
    finally:
        _as_root("rm", "-rf", "--one-file-system", home)


def write_node(document: Path, node: Node) -> None:
    """Put a gate's address and host key into its cluster's document, in place of what is there."""
    rules, _, _ = document.read_text().partition("[node]")
    lines = [
        f'{field} = "{value}"' if isinstance(value, str) else f"{field} = {value}"
        for field, value in node.model_dump(exclude_defaults=True).items()
    ]
    document.write_text("\n".join([f"{rules}[node]", *lines, ""]))


def _as_root(*command: str | Path, content: str | None = None) -> str:
    """Run a small command with the rights that sshd's own files need, and give its output."""
    run = subprocess.run(
        [*_sudo(), *command], check=True, capture_output=True, text=True, input=content
    )
    return run.stdout


def _sudo() -> list[str]:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise ToolMissing(tool="sudo", install="apt install sudo")
    return ["sudo", "-n"]


def _furnish(
    home: Path, port: int, authorized_key: str, screens: Iterable[str], settings: str
) -> str:
    """Make the account, the folders, the host key and the configuration; give the host key."""
    _make_account()
    root = home / "root"
    _as_root("install", "-d", "-m", "0755", "/run/sshd", home.parent, home, root)
    theirs_and_ours = ("-m", "2770", "-o", ACCOUNT, "-g", str(os.getegid()))
    outbox = root / FEED / "outbox"
    folders = [root / FEED, outbox, *(outbox / screen for screen in screens)]
    _as_root("install", "-d", *theirs_and_ours, *folders)
    _as_root("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", home / "host_key")
    configuration = _CONFIGURATION.format(port=port, home=home, account=ACCOUNT)
    _as_root("tee", home / "sshd_config", content=configuration + settings)
    _as_root("tee", home / "authorized_keys", content=authorized_key.strip() + "\n")
    return _as_root("cat", home / "host_key.pub").strip()


def _make_account() -> None:
    """Make the gates' account: no shell, no home, no password, and yet not locked."""
    try:
        _as_root(
            *("useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent"),
            *("--shell", "/usr/sbin/nologin", "--password", "*", ACCOUNT),
        )
    except subprocess.CalledProcessError as error:
        if error.returncode != _ALREADY_THERE:
            raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _serving(sshd: str, home: Path, port: int) -> Iterator[None]:
    with TemporaryFile() as diary:
        server = subprocess.Popen(
            [*_sudo(), sshd, "-D", "-e", "-f", home / "sshd_config"],
            stdin=subprocess.DEVNULL,
            stdout=diary,
            stderr=diary,
        )
        try:
            if not _answers(server, port):
                diary.seek(0)
                raise RuntimeError(f"sshd does not serve: {diary.read().decode(errors='replace')}")
            yield
        finally:
            _stop(server)


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as knock:
            if knock.recv(4) == b"SSH-":
                return True
        time.sleep(0.02)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End sshd, and before it the sessions that would outlive it."""
    family = [*_descendants(server.pid), server.pid]
    for pid in family:
        with suppress(subprocess.CalledProcessError):  # it has gone by itself
            _as_root("kill", str(pid))
    server.wait(_PATIENCE_SECONDS)


def _descendants(pid: int) -> list[int]:
    """Every process below one, the youngest first."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [each for child in map(int, children) for each in (*_descendants(child), child)]
