"""An item of a package: all that is said of an asset, and the files that it gets."""

import hashlib
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from cluster_feed.adapters import stills
from cluster_feed.adapters.packages import filming_place, iim, jpeg, poster, xmp
from cluster_feed.core import portal
from cluster_feed.core.asset import Kind, MediaInfo, Rendition
from cluster_feed.core.errors import StoreDamaged
from cluster_feed.core.package import Change, Item, PackagedFile, Told, master_suffix
from cluster_feed.core.value import Sha256, digest
from cluster_feed.pipeline.syndicate.contents import Proposed
from cluster_feed.workspace import Workspace

_PHOTO_SIZES: Final = {"3000": 3000, "1920": 1920}
"""The longer side of a photo's copies in pixels."""


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
        told = _inscribed(content, item)
        path.write_bytes(told)
        yield Medium(role, ".jpg", path, digest(told), stills.look(path).media)


def _approved(proposed: Proposed) -> list[Rendition]:
    rows = proposed.row.renditions.filter(code="", sha256__in=proposed.renditions)
    return [row.to_value() for row in rows.order_by("profile", "pk")]


def _for_portal(proposed: Proposed) -> list[Rendition]:
    """Read the copies that were made for the portal, the larger first."""
    rows = proposed.row.renditions.filter(code="", profile__in=portal.ROLES)
    if proposed.files:
        rows = rows.filter(sha256__in=proposed.files)
    last = {row.profile: row for row in rows.order_by("made_at", "pk")}
    return [last[profile].to_value() for profile in portal.ROLES if profile in last]


def _clip_media(workspace: Workspace, proposed: Proposed) -> list[Medium]:
    """Choose the newsroom's own file and the copies made for the portal.

    Its own stays here where it is too large for the portal or tells where it was filmed, and is
    not given twice where it is a copy as it stands.  Where nothing is left to choose, every
    rendition that was approved.
    """
    row = proposed.row
    made = [each for each in _for_portal(proposed) if each.byte_count <= portal.LARGEST_BYTES]
    copies = [_medium(workspace, each, portal.ROLES[each.profile]) for each in made]
    own = _stored(workspace, row.pk)
    new = row.byte_count <= portal.LARGEST_BYTES and row.pk not in {each.sha256 for each in copies}
    if new and not filming_place.is_told(own):
        info = row.to_value().media
        copies.insert(0, Medium("master", master_suffix(row.name), own, row.pk, info))
    others = (each for each in _approved(proposed) if each.sha256 != row.pk)
    return copies or [_medium(workspace, each, each.profile) for each in others]


def _medium(workspace: Workspace, made: Rendition, role: str) -> Medium:
    return Medium(role, made.suffix, _stored(workspace, made.sha256), made.sha256, made.media)


def _poster(workspace: Workspace, proposed: Proposed) -> Iterator[tuple[str, bytes]]:
    """Take the still from the largest copy for the portal, which has the clip's own shape.

    Where none could be made, from what was approved for the screen most like it.
    """
    own = _shape(proposed.row.to_value().media)
    made = _for_portal(proposed) or sorted(
        _approved(proposed),
        key=lambda each: (
            round(abs(_shape(each.media) - own), 1),
            -math.prod(each.media.video.shown_size),
        ),
    )
    for chosen in made[:1]:
        source = workspace.store.verify(chosen.sha256)
        yield "poster", poster.of(source, chosen.media)


def _shape(media: MediaInfo) -> float:
    """Tell how a picture lies: 0 for a square, above it lies, below it stands."""
    width, height = media.video.shown_size
    return math.log(width / height)


def _photo_copies(workspace: Workspace, proposed: Proposed) -> Iterator[tuple[str, bytes]]:
    """Give the photo itself and smaller copies of it; what its camera wrote of it stays here.

    A JPEG's own picture is given as it is; of another format the portal gets it as a JPEG.  A size
    that the photo does not exceed is the same once more, and left out.
    """
    source, media = workspace.store.verify(proposed.row.pk), proposed.row.to_value().media
    sizes = {
        role: side for role, side in _PHOTO_SIZES.items() if side < max(media.video.shown_size)
    }
    if media.container == "jpeg":
        yield "original", jpeg.silenced(source.read_bytes())
        made = iter(stills.copies(source, list(sizes.values())) if sizes else [])
    else:
        made = iter(stills.copies(source, [None, *sizes.values()]))
        yield "full", next(made)
    yield from zip(sizes, made, strict=True)


def _inscribed(picture: bytes, item: Item) -> bytes:
    """Write an item's words into a JPEG, in every form in which programs look for them."""
    lies = [] if b"Exif\0\0" in picture[:64] else [jpeg.exif(jpeg.size(picture))]
    return jpeg.with_notes(picture, [*lies, xmp.segment(item), iim.segment(item)])


def item(code: str, proposed: Proposed, told: tuple[Told, ...], now: datetime) -> Item:
    """Say all that the package says of an asset, but for its files; `told`: what others told."""
    return Item(
        id=code,
        asset=proposed.row.to_value(),
        caption=proposed.caption,
        newsroom=proposed.newsroom,
        clusters=proposed.clusters,
        gates=proposed.gates,
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
