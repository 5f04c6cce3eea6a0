"""An item of a package: all that is said of an asset, and the files that it gets."""

import hashlib
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from cluster_feed.adapters import stills
from cluster_feed.adapters.packages import filming_place, poster, xmp
from cluster_feed.core.asset import Kind, MediaInfo, Rendition
from cluster_feed.core.errors import StoreDamaged
from cluster_feed.core.package import Change, Item, PackagedFile, Told, master_suffix
from cluster_feed.core.value import Sha256, digest
from cluster_feed.pipeline.syndicate.contents import Proposed
from cluster_feed.workspace import Workspace

_LARGEST_MASTER: Final = 500_000_000
"""Bytes of a clip that the portal still takes (Happy Vietnam 2025: 500 MB)."""
_PORTAL_SIZES: Final = {(1920, 1080): "1080p", (1280, 720): "720p"}
_PHOTO_SIZES: Final = {"full": None, "3000": 3000, "1920": 1920}
"""The longer side of a photo's copies in pixels; None: the size it has."""


class Medium(NamedTuple):
    """A file that an item gets: what it is to the portal, and where its bytes are."""

    role: str
    suffix: str
    path: Path
    sha256: Sha256
    info: MediaInfo


def media(workspace: Workspace, proposed: Proposed, item: Item, scratch: Path) -> Iterator[Medium]:
    """Choose or make an item's files; what must be made is made in `scratch`."""
    clip = proposed.row.kind == Kind.VIDEO
    if clip:
        yield from _clip_media(workspace, proposed)
    made = _poster(workspace, proposed) if clip else _photo_copies(workspace, proposed)
    for role, content in made:
        path = scratch / f"{item.id}.{role}.jpg"
        told = xmp.embedded(content, item)
        path.write_bytes(told)
        yield Medium(role, ".jpg", path, digest(told), stills.look(path).media)


def _approved(proposed: Proposed) -> list[Rendition]:
    rows = proposed.row.renditions.filter(code="", sha256__in=proposed.renditions)
    return [row.to_value() for row in rows.order_by("profile", "pk")]


def _clip_media(workspace: Workspace, proposed: Proposed) -> list[Medium]:
    """Choose the newsroom's own file and the approved HD renditions.

    Its own stays here where it is too large for the portal or tells where it was filmed.  Where
    nothing is left to choose, every rendition that was approved.
    """
    row = proposed.row
    renditions = [
        Medium(each.profile, each.suffix, _stored(workspace, each.sha256), each.sha256, each.media)
        for each in _approved(proposed)
        if each.sha256 != row.pk
    ]
    chosen: dict[str, Medium] = {}
    own = _stored(workspace, row.pk)
    if row.byte_count <= _LARGEST_MASTER and not filming_place.is_told(own):
        suffix, info = master_suffix(row.name), row.to_value().media
        chosen["master"] = Medium("master", suffix, own, row.pk, info)
    for rendition in renditions:
        role = _PORTAL_SIZES.get(rendition.info.video.shown_size)
        if role:
            chosen.setdefault(role, rendition._replace(role=role))
    return list(chosen.values()) or renditions


def _poster(workspace: Workspace, proposed: Proposed) -> Iterator[tuple[str, bytes]]:
    """Take the still from the largest rendition: it shows nothing that was not approved."""
    by_size = sorted(_approved(proposed), key=lambda each: math.prod(each.media.video.shown_size))
    for largest in by_size[-1:]:
        source = workspace.store.verify(largest.sha256)
        yield "poster", poster.of(source, largest.media)


def _photo_copies(workspace: Workspace, proposed: Proposed) -> Iterator[tuple[str, bytes]]:
    """Make the photo's copies; its own file may tell where it was taken and stays here.

    A size that the photo does not exceed is its full copy once more, and left out.
    """
    source = workspace.store.verify(proposed.row.pk)
    longest = max(proposed.row.to_value().media.video.shown_size)
    sizes = {role: side for role, side in _PHOTO_SIZES.items() if side is None or side < longest}
    return zip(sizes, stills.copies(source, list(sizes.values())), strict=True)


def item(code: str, proposed: Proposed, told: tuple[Told, ...], now: datetime) -> Item:
    """Say all that the package says of an asset, but for its files; `told`: what others told."""
    return Item(
        id=code,
        asset=proposed.row.to_value(),
        caption=proposed.caption,
        newsroom=proposed.newsroom,
        clusters=proposed.clusters,
        approved_renditions=proposed.renditions,
        change=proposed.change or Change.CHANGED,
        version=proposed.version,
        declared_by=proposed.declared_by,
        told=told,
        at=now,
    )


def file_of(item: Item, medium: Medium) -> PackagedFile:
    """Give a medium its name in the package."""
    return PackagedFile(
        path=f"media/{item.id}_{medium.role}{medium.suffix}",
        role=medium.role,
        sha256=medium.sha256,
        byte_count=medium.path.stat().st_size,
        media=medium.info,
    )


def _stored(workspace: Workspace, sha256: Sha256) -> Path:
    if sha256 not in workspace.store:
        raise StoreDamaged(sha256=sha256)
    return workspace.store.path(sha256)


def sha256_of(path: Path) -> Sha256:
    """Hash a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
