"""What a screen downloads and how long it verifies, for large editions and after many.

python -m tests.bench.bench_metadata
"""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cluster_feed.core.playlist import Playlist
from cluster_feed.screen.metadata import SignedMetadata
from cluster_feed.screen.source import FolderSource
from tests.trust import NOW, House, found, playlist_of


class Cost(NamedTuple):
    """Of one screen's pull, blobs and playlist aside."""

    byte_count: int
    verify_seconds: float
    look_up_seconds: float


class _Counting(FolderSource):
    """A folder that counts what is read of it."""

    byte_count = 0

    def _fetch(self, url: str) -> Iterator[bytes]:
        for chunk in super()._fetch(url):
            self.byte_count += len(chunk)
            yield chunk


def edition(number: int, targets: int) -> Playlist:
    """An edition of so many files, each of them new."""
    return playlist_of("lao-bao", number, *(f"{number}/{i}".encode() for i in range(targets - 1)))


def cost(house: House, folder: Path, shown: Playlist) -> Cost:
    """Pull what is live, as a screen with this folder of trust."""
    root = (house.feed.folder / "metadata" / "1.root.json").read_bytes()
    with closing(_Counting(house.feed.folder)) as source:
        began = time.perf_counter()
        metadata = SignedMetadata(folder, root, source, NOW)
        metadata.refresh()
        assert metadata.target("lao-bao/playlist.json")
        verified = time.perf_counter()
        assert all(metadata.target(name) for name in shown.blobs())
        looked_up = time.perf_counter()
    return Cost(source.byte_count, verified - began, looked_up - verified)


def main() -> None:
    """Print the costs."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for targets in (250, 1_000, 10_000):
            house = found(folder / str(targets))
            house.put(edition(1, targets), "an", "binh")
            told = cost(house, folder / str(targets) / "trust", edition(1, targets))
            _print(f"one edition of {targets} targets", told)
        house = found(folder / "many")
        for number in range(1, 41):
            house.put(edition(number, 250), "an", "binh")
        _print("the 40th of 250 each", cost(house, folder / "late", edition(40, 250)))


def _print(what: str, told: Cost) -> None:
    print(  # noqa: T201  its answer
        f"{what}: {told.byte_count / 1000:.0f} kB, verified in {told.verify_seconds * 1000:.0f} ms,"
        f" all looked up in {told.look_up_seconds * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
