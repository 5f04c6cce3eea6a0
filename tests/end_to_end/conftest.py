"""A hub as an operator has it: a workspace, the daemon in a process of its own, the commands."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cluster_feed.ledger.connect import connect
from cluster_feed.settings import FILE_NAME

PATIENCE_SECONDS = 240.0
PASSPHRASE = "một mật khẩu thật dài"  # noqa: S105  of keys that live for one test
SIDECAR = """\
Tiêu đề: {title}
Mô tả: Ảnh chụp {title}.
Văn bản thay thế: Một bức ảnh
Tác giả: Phòng Thông tin
Chủ đề: Du lịch
Loại thông tin: Quảng bá
Bản quyền: Sở Văn hóa, Thể thao và Du lịch
Căn cứ phát lại: Tự sản xuất
Cam kết bí mật: Có
"""


class Hub:
    """One installation, reached only as people reach it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.inbox = root / "inbox" / "so-vhttdl"
        self._daemon: subprocess.Popen[bytes] | None = None
        self.run("init", str(root), inside=False)
        settings = root / FILE_NAME
        settings.write_text(
            settings.read_text()
            .replace("# stable_seconds = 10 ", "stable_seconds = 0.5 ")
            .replace("# scan_seconds = 30 ", "scan_seconds = 1 ")
        )
        self.run("keys", "init", "--approver", "lan", "--approver", "minh", "--approver", "hoa")

    def run(self, *words: str, inside: bool = True) -> str:
        """Give one command, in English; its failure is the test's."""
        place = ["--workspace", str(self.root)] if inside else []
        done = subprocess.run(
            [sys.executable, "-m", "cluster_feed", *place, *words],
            env={
                **os.environ,
                "CLUSTER_FEED_LANGUAGE": "en",
                "CLUSTER_FEED_PASSPHRASE": PASSPHRASE,
                "COLUMNS": "200",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def status(self) -> dict[str, Any]:
        """What `status --json` tells."""
        stands: dict[str, Any] = json.loads(self.run("status", "--json"))
        return stands

    def start(self) -> None:
        """Start the daemon."""
        with (self.root / "daemon.log").open("ab") as diary:
            self._daemon = subprocess.Popen(
                [sys.executable, "-m", "cluster_feed", "--workspace", str(self.root), "run"],
                stdout=diary,
                stderr=diary,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Pull the plug: SIGKILL for the daemon and whatever it has started."""
        if self._daemon:
            os.killpg(self._daemon.pid, signal.SIGKILL)
            self._daemon.wait()
            self._daemon = None

    def stop(self) -> int:
        """Ask it to end, as systemd does, and give its exit status."""
        assert self._daemon
        self._daemon.terminate()
        status = self._daemon.wait(timeout=60)
        self._daemon = None
        return status

    def wait_until(self, seen: Callable[[], bool]) -> None:
        """Wait for something that the daemon does by itself."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not seen():
            assert time.monotonic() < deadline, (self.root / "daemon.log").read_text()[-4000:]
            time.sleep(0.5)

    def drop_photo(self, name: str, colour: tuple[int, int, int]) -> None:
        """Drop a photo of one colour with its sidecar."""
        picture = Image.new("RGB", (640, 480), colour)
        picture.save(self.inbox / f"{name}.jpg")
        (self.inbox / f"{name}.yaml").write_text(SIDECAR.format(title=f"Ảnh {name}"))

    def waiting(self) -> list[str]:
        """The photos that still lie in the inbox."""
        return sorted(path.name for path in self.inbox.glob("*.jpg"))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A fresh installation; its ledger is read by the test too."""
    hub = Hub(tmp_path / "hub")
    connect(f"sqlite:///{hub.root / 'ledger.sqlite3'}")
    try:
        yield hub
    finally:
        hub.kill()
