"""A founded feed with three leaders, three approvers and three clusters, and what goes into it."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

from cluster_feed.adapters import feed as feed_module
from cluster_feed.adapters.feed import Feed
from cluster_feed.adapters.store import Store, write_visible
from cluster_feed.core.asset import Kind
from cluster_feed.core.playlist import Blob, Entry, Playlist
from cluster_feed.core.value import digest

CLUSTERS = ("lao-bao", "la-lay", "cha-lo")
NOW = datetime.now(UTC).replace(microsecond=0)
"""The client of python-tuf has no clock but the real one."""


@dataclass(frozen=True)
class House:
    """A founded feed with everybody's keys."""

    feed: Feed
    root: tuple[CryptoSigner, ...]
    people: Mapping[str, CryptoSigner]
    online: CryptoSigner

    def signed(
        self, playlist: Playlist, *people: str
    ) -> dict[str, tuple[bytes, list[dict[str, str]]]]:
        """One cluster's role as people have signed it."""
        to_sign = Feed.to_sign(playlist, NOW + timedelta(days=60))
        return {
            playlist.cluster: (to_sign, [Feed.sign(to_sign, self.people[each]) for each in people])
        }

    def put(self, playlist: Playlist, *people: str) -> int:
        """Make a playlist live."""
        return self.feed.put(self.signed(playlist, *people), self.online, NOW)


def found(folder: Path) -> House:
    """Hold the ceremony."""
    root = tuple(CryptoSigner.generate_ed25519() for _ in range(3))
    people = {slug: CryptoSigner.generate_ed25519() for slug in ("an", "binh", "chi")}
    online = CryptoSigner.generate_ed25519()
    feed = Feed.create(
        folder / "feed",
        CLUSTERS,
        root_signers=root,
        approvers={slug: signer.public_key for slug, signer in people.items()},
        threshold=2,
        online=online,
        now=NOW,
    )
    return House(feed, root, people, online)


def _entry(cluster: str, content: bytes) -> Entry:
    asset = digest(b"original of " + content)
    blob = Blob(
        target=f"{cluster}/{asset[:16]}.lcd-1080p.mp4",
        sha256=digest(content),
        byte_count=len(content),
    )
    return Entry(
        asset=asset,
        kind=Kind.VIDEO,
        seconds=4,
        captions={"vi": "Quảng Trị"},
        blobs={"lcd-1080p": blob},
    )


def playlist_of(cluster: str = "lao-bao", number: int = 1, *contents: bytes) -> Playlist:
    """A playlist of files with these bytes."""
    contents = contents or (f"clip of {cluster}".encode(),)
    return Playlist(
        cluster=cluster,
        cycle="2026-11",
        number=number,
        show_from=NOW,
        show_until=NOW + timedelta(days=45),
        entries=tuple(_entry(cluster, content) for content in contents),
    )


def keep(store: Store, content: bytes) -> None:
    """Put bytes in the store."""
    store.copy_in(io.BytesIO(content), len(content))


def push(feed: Feed, store: Store, cluster: str, node: Path) -> None:
    """Lay a cluster's tree on its node."""
    for file in feed.tree(cluster):
        path = node / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            store.path(file.sha256).read_bytes() if file.content is None else file.content
        )


class _Folder(FetcherInterface):
    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            yield Path(url).read_bytes()
        except FileNotFoundError:
            raise DownloadHTTPError(url, 404) from None

    def fetch(self, url: str) -> Iterator[bytes]:
        return self._fetch(url)


def screen(feed: Feed, node: Path, state: Path) -> Updater:
    """A screen's client of a node, trusting the first root from its commissioning."""
    (state / "targets").mkdir(parents=True, exist_ok=True)
    return Updater(
        str(state),
        str(node / "metadata"),
        str(state / "targets"),
        str(node / "targets"),
        _Folder(),
        bootstrap=(feed.folder / "metadata" / "1.root.json").read_bytes(),
    )


class PowerCutError(Exception):
    """The machine stops between two files."""


@contextmanager
def power_cut(monkeypatch: pytest.MonkeyPatch, after: int) -> Iterator[None]:
    """Raise PowerCutError once so many of the feed's files are written."""
    written: list[Path] = []

    def write_until_cut(name: Path, content: bytes) -> None:
        if len(written) == after:
            raise PowerCutError
        written.append(name)
        write_visible(name, content)

    with monkeypatch.context() as patched:
        patched.setattr(feed_module, "write_visible", write_until_cut)
        yield
