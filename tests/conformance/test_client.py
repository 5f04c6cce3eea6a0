"""The command that the public suite drives, as the suite drives it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screen.hostile import HostileNode
from tests.trust import House, found, playlist_of

CLIENT = Path(__file__).with_name("client.py")


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = found(tmp_path)
    content = playlist_of().to_bytes()
    house.put(playlist_of(), "an", "binh")
    for file in house.feed.tree("lao-bao"):
        path = house.feed.folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content or content)
    return house


@pytest.fixture
def node(house: House) -> Iterator[HostileNode]:
    node = HostileNode(house.feed.folder)
    yield node
    node.close()


def run(folder: Path, node: HostileNode, command: str, *more: str) -> int:
    options = ["--metadata-dir", str(folder), "--metadata-url", f"{node.url}/metadata/"]
    targets = ["--target-dir", str(folder / "got"), "--target-base-url", f"{node.url}/targets/"]
    named = ["--target-name", "lao-bao/playlist.json"]
    argv = [sys.executable, str(CLIENT), *options, *targets, *named, command, *more]
    return subprocess.run(argv, check=False, capture_output=True).returncode


def test_the_client_initializes_refreshes_and_downloads_each_file_once(
    house: House, node: HostileNode, tmp_path: Path
) -> None:
    folder = tmp_path / "client"
    (folder / "got").mkdir(parents=True)
    root = house.feed.folder / "metadata" / "1.root.json"
    assert run(folder, node, "refresh") == 1
    assert run(folder, node, "init", str(root)) == 0
    assert node.asked == []
    assert run(folder, node, "refresh") == 0
    assert {path.name for path in folder.glob("*.json")} == {
        *("root.json", "timestamp.json", "snapshot.json", "targets.json")
    }
    for _ in range(2):
        assert run(folder, node, "download") == 0
    assert sum("playlist.json" in asked for asked in node.asked) == 1
    (got,) = (folder / "got").iterdir()
    assert got.read_bytes() == playlist_of().to_bytes()


def test_the_client_fails_where_nothing_can_be_trusted(
    house: House, node: HostileNode, tmp_path: Path
) -> None:
    folder = tmp_path / "client"
    folder.mkdir()
    assert run(folder, node, "init", str(CLIENT)) == 1
    assert run(folder, node, "init", str(house.feed.folder / "metadata" / "1.root.json")) == 0
    (house.feed.folder / "metadata" / "timestamp.json").write_bytes(b"{}")
    assert run(folder, node, "refresh") == 1
