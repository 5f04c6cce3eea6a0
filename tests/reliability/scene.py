"""A small feed with two editions, and a screen that plays the first."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from cluster_feed.core.playlist import Playlist
from cluster_feed.screen.agent import Agent, commission
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import ScreenConfig
from tests.screen.hub import CLUSTER, NOW, PROFILE, Hub, entry, playlist


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder on no disk, where there is one: what is tried is not this machine's."""
    memory = Path("/dev/shm")  # noqa: S108  every user's own folder in it
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


class Scene:
    """`signed` are the playlists that people approved, by their edition's number."""

    def __init__(self, folder: Path, *, blob_bytes: int = 3_000) -> None:
        self.hub = Hub(folder / "feed")
        self.config = ScreenConfig(
            cluster=CLUSTER,
            screen="led",
            profile=PROFILE,
            gate="Cửa khẩu quốc tế Lao Bảo",
            source=str(self.hub.folder),
            state=folder / "state",
            reserve_mib=1,
            video_output="null",
        )
        self._kept = folder / "kept"
        random = Random(folder.name)  # noqa: S311  only bytes
        both = []
        for name in ("one", "two", "three"):
            path = folder / f"{name}.jpg"
            path.write_bytes(random.randbytes(blob_bytes))
            both.append(entry(self.hub.blob(path)))
        editions = [playlist(5, *both[:2]), playlist(6, *both[1:])]
        self.signed = {each.number: each.to_bytes() for each in editions}
        new = editions[1].entries[1].blobs[PROFILE].sha256
        self.awaited = (new, sha256(self.signed[6]).hexdigest())
        """The files that the screen has yet to fetch, by their hash."""
        commission(self.config, self.hub.root, 1, NOW)
        self.hub.publish(editions[0])
        Agent(self.config).pull(NOW)
        self.hub.publish(editions[1])
        shutil.copytree(self.config.state, self._kept, symlinks=True)

    def begin_again(self) -> None:
        """Let the screen be as it was when it played the first edition."""
        shutil.rmtree(self.config.state)
        shutil.copytree(self._kept, self.config.state, symlinks=True)

    def plays(self, state: Path | None = None) -> int:
        """The edition that plays, whole and as it was signed; AssertionError where it is not."""
        state = state or self.config.state
        content = (state / "current" / "playlist.json").read_bytes()
        shown = Playlist.from_bytes(content)
        assert content == self.signed[shown.number], "not what was signed"
        blobs = Blobs(state / "blobs")
        for blob in shown.blobs().values():
            assert sha256(blobs.path(blob).read_bytes()).hexdigest() == blob.sha256, "torn blob"
        return shown.number
