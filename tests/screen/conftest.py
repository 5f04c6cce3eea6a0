"""Material, a real node, and a screen: what the screen's tests share."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
import uvicorn
from PIL import Image

from cluster_feed.screen import agent, line, node
from cluster_feed.screen.config import ScreenConfig
from tests.screen.display import display
from tests.screen.hostile import HostileNode
from tests.screen.hub import CLUSTER, NOW, PROFILE, Hub
from tests.screen.link import Link


@pytest.fixture(scope="session")
def material(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Short clips and small photos, made from real ones; `broken` has a whole index and a torn
    picture."""
    folder = tmp_path_factory.mktemp("material")
    made = {}
    for name, start in (("one", 0), ("two", 2)):
        made[name] = folder / f"{name}.mp4"
        command = ["ffmpeg", "-nostdin", "-v", "error", "-ss", str(start), "-t", "0.8"]
        picture = ["-vf", "scale=320:180,fps=25", "-c:v", "libx264", "-preset", "ultrafast"]
        sound = ["-c:a", "aac", "-movflags", "+faststart"]
        source = ["-i", str(samples / "big-buck-bunny.mp4")]
        subprocess.run([*command, *source, *picture, *sound, made[name]], check=True)
    for name, photo in (("photo", "mountain-meadow.jpg"), ("other-photo", "storm-road.jpg")):
        made[name] = folder / f"{name}.jpg"
        with Image.open(samples / photo) as image:
            image.resize((320, 180)).save(made[name])
    made["junk"] = folder / "junk.mp4"
    made["junk"].write_text("#EXTM3U\n#EXTINF:5.0,\n/etc/passwd\n")
    made["cut"] = folder / "cut.mp4"
    content = made["one"].read_bytes()
    made["cut"].write_bytes(content[: len(content) // 3])
    made["large"] = folder / "large.mp4"
    made["large"].write_bytes(sha256(b"large").digest() * 150_000)
    return made


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """A display that everything in a module is shown on."""
    with display() as name, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", name)
        yield name


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path / "feed")


@pytest.fixture
def config(hub: Hub, tmp_path: Path) -> ScreenConfig:
    """A commissioned screen that reads the feed from a folder."""
    config = ScreenConfig(
        cluster=CLUSTER,
        screen="led",
        profile=PROFILE,
        gate="Cửa khẩu quốc tế Lao Bảo",
        source=str(hub.folder),
        state=tmp_path / "state",
        width=320,
        height=180,
        reserve_mib=1,
        stall_seconds=5,
        video_output="null",
        audio_output="null",
    )
    agent.commission(config, hub.root, 1, NOW)
    return config


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Run real nodes on loopback until the test ends; gives each one's address."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(folder: Path) -> str:
        server = uvicorn.Server(node.server_config(folder, "127.0.0.1", 0))
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join()


@pytest.fixture
def link() -> Iterator[Callable[[str], Link]]:
    """A link to a node that can be slow or break."""
    links: list[Link] = []

    def lay(url: str) -> Link:
        links.append(Link(url))
        return links[-1]

    yield lay
    for each in links:
        each.close()


@pytest.fixture
def enemy(hub: Hub) -> Iterator[HostileNode]:
    node = HostileNode(hub.folder)
    yield node
    node.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen that waits seconds, not minutes."""
    monkeypatch.setattr(line, "_TIMEOUT", httpx.Timeout(2))
    monkeypatch.setattr(line, "_HEAD_SECONDS", 2)
    monkeypatch.setattr(line, "_GRACE_SECONDS", 2)
