#!/usr/bin/env python3
"""The screen's client as the public TUF conformance suite drives it.

    pytest tuf_conformance --entrypoint tests/conformance/client.py

What verifies, fetches and keeps here is what does so in a screen (`screen.metadata`,
`screen.source`, `screen.trust`); only the words of the command line are the suite's.
See github.com/theupdateframework/tuf-conformance, CLIENT-CLI.md.
"""

import argparse
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[2]))

from tuf.api.exceptions import DownloadError, LengthOrHashMismatchError, RepositoryError

from cluster_feed.adapters.store import make_visible
from cluster_feed.core.errors import FeedRefused, NotCommissioned
from cluster_feed.screen.metadata import SignedMetadata
from cluster_feed.screen.source import HttpSource, fetch, target_path
from cluster_feed.screen.trust import Trust

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The suite sets the machine's clock, also back: nothing is proven beforehand."""


def init(trust: Path, root: Path) -> None:
    """Commission."""
    Trust.commission(trust, root.read_bytes(), 0, _NEVER)


def refresh(trust: Path, folder: Path, source: HttpSource) -> SignedMetadata:
    """Verify the newest metadata."""
    believed = Trust(trust)
    now = believed.at(datetime.now(UTC))
    metadata = SignedMetadata(folder, believed.root, source, now, place="")
    metadata.refresh()
    return metadata


def download(metadata: SignedMetadata, name: str, source: HttpSource, folder: Path) -> None:
    """Bring a target, unless it is there as it was signed."""
    target = metadata.target(name)
    if target is None:
        raise RepositoryError(f"nobody signed {name}")
    file = folder / quote(name, safe="")
    if file.exists():
        try:
            target.verify_length_and_hashes(file.read_bytes())
        except LengthOrHashMismatchError:
            pass
        else:
            return
    path = name
    if metadata.names_by_hash:
        path = target_path(name, next(iter(target.hashes.values()))).removeprefix("targets/")
    part = folder.parent / f"{file.name}.part"
    fetch(source, path, part, target)
    make_visible(part, file)


def main() -> int:
    """Do one command; 0 when all of it was right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metadata-dir", type=Path, required=True)
    parser.add_argument("--metadata-url")
    parser.add_argument("--target-name")
    parser.add_argument("--target-base-url")
    parser.add_argument("--target-dir", type=Path)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init").add_argument("root", type=Path)
    commands.add_parser("refresh")
    commands.add_parser("download")
    asked = parser.parse_args()
    trust = asked.metadata_dir / ".trust"
    try:
        if asked.command == "init":
            init(trust, asked.root)
            return 0
        with closing(HttpSource(asked.metadata_url)) as source:
            metadata = refresh(trust, asked.metadata_dir, source)
            if asked.command == "download":
                with closing(HttpSource(asked.target_base_url)) as targets:
                    download(metadata, asked.target_name, targets, asked.target_dir)
    except (RepositoryError, DownloadError, FeedRefused, NotCommissioned) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201  its answer
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
