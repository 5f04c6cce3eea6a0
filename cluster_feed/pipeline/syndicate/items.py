"""What a package holds: of what an edition shows, that which the portal does not have yet.

An asset keeps its code through every package it is ever in.  Against what was given before it is
new, changed or unchanged (then it stays out); what was given and has since been taken back is
named, so that the portal takes it off.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

from django.db.models import Q

from cluster_feed.adapters import stills
from cluster_feed.adapters.packages import filming_place, poster, xmp
from cluster_feed.core.asset import Kind, MediaInfo, Rendition
from cluster_feed.core.caption import Caption
from cluster_feed.core.edition import State
from cluster_feed.core.errors import StoreDamaged
from cluster_feed.core.package import (
    Change,
    Item,
    PackagedFile,
    Withdrawn,
    code_prefix,
    item_id,
    legible,
    master_suffix,
)
from cluster_feed.core.value import Sha256, canonical, digest
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

_LARGEST_MASTER: Final = 500_000_000
"""Bytes of a clip that the portal still takes (Happy Vietnam 2025: 500 MB)."""
_PORTAL_SIZES: Final = {(1920, 1080): "1080p", (1280, 720): "720p"}
_PHOTO_SIZES: Final = {"full": None, "3000": 3000, "1920": 1920}
"""The longer side of a photo's copies in pixels; None: the size it has."""


class Proposed(NamedTuple):
    """An asset that the edition shows and its newsroom proposes, and what the portal knows of it.

    `content` is the hash of all that the package would say of it and give.
    """

    row: ledger.Asset
    caption: Caption
    newsroom: str
    clusters: tuple[str, ...]
    renditions: tuple[Sha256, ...]
    before: ledger.PackagedItem | None

    @property
    def content(self) -> Sha256:
        """Name what the portal would get, so that the same is not given twice."""
        caption = self.caption.model_dump(mode="json")
        return digest(canonical([self.row.pk, caption, self.newsroom, self.renditions]))

    @property
    def change(self) -> Change | None:
        """How it differs from what the portal has; None: it does not."""
        if self.before is None:
            return Change.NEW
        taken_back = self.before.change == Change.WITHDRAWN
        return Change.CHANGED if taken_back or self.before.content != self.content else None

    @property
    def version(self) -> int:
        """How often the portal gets it, with this time."""
        return self.before.version + 1 if self.before else 1


class Contents(NamedTuple):
    """What an edition gives the portal, by the codes of its items."""

    items: Mapping[str, Proposed]
    withdrawn: Sequence[Withdrawn]

    @classmethod
    def of(cls, workspace: Workspace, edition: ledger.Edition) -> Self:
        """Compare what an edition shows with what was given before."""
        given = _given()
        proposed = [each for each in _proposed(workspace, edition, given) if each.change]
        known = ledger.PackagedItem.objects.filter(code__startswith=code_prefix(edition.cycle))
        number = known.values("code").distinct().count()
        items = {}
        for each in proposed:
            if each.before is None:
                number += 1
            code = each.before.code if each.before else item_id(edition.cycle, number)
            items[code] = each
        return cls(items, [each for each in _withdrawn(given) if each.id not in items])

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.items or self.withdrawn)


def _given() -> Mapping[Sha256, ledger.PackagedItem]:
    """The last that the portal was told of every asset."""
    rows = ledger.PackagedItem.objects.select_related("asset").order_by("pk")
    return {row.asset_id: row for row in rows}


def _taken_back() -> Q:
    """Assets of which a withdrawal is in force: a request that waits for signatures is not."""
    in_force = Q(withdrawal__edition=None) | Q(withdrawal__edition__state=State.PUBLISHED)
    return Q(withdrawal__isnull=False) & in_force


def _may_be_given(caption: Caption) -> bool:
    return caption.vietnam_vn and caption.no_state_secrets


def _proposed(
    workspace: Workspace, edition: ledger.Edition, given: Mapping[Sha256, ledger.PackagedItem]
) -> Iterator[Proposed]:
    clusters: defaultdict[Sha256, set[str]] = defaultdict(set)
    renditions: defaultdict[Sha256, set[Sha256]] = defaultdict(set)
    for programme in edition.programmes.all():
        for entry in programme.to_value().all_entries():
            clusters[entry.asset].add(programme.cluster)
            renditions[entry.asset] |= {blob.sha256 for blob in entry.blobs.values()}
    rows = ledger.Asset.objects.filter(pk__in=clusters).exclude(_taken_back())
    for row in rows.order_by("received_at", "pk"):
        caption = Caption.model_validate(legible(row.caption))
        if _may_be_given(caption):
            newsroom = workspace.newsroom(row.newsroom)
            yield Proposed(
                row,
                caption,
                str(legible(newsroom.title)) if newsroom else row.newsroom,
                tuple(sorted(clusters[row.pk])),
                tuple(sorted(renditions[row.pk])),
                _before(row.pk, given, shown=clusters),
            )


def _before(
    asset: Sha256, given: Mapping[Sha256, ledger.PackagedItem], *, shown: Collection[Sha256]
) -> ledger.PackagedItem | None:
    """Find what the portal has of an asset, or of what it took the place of: it is its version.

    What is shown beside it keeps its own code.
    """
    told = (asset, *(each for each in ledger.Replacement.before(asset) if each not in shown))
    return next((given[each] for each in told if each in given), None)


def _withdrawn(given: Mapping[Sha256, ledger.PackagedItem]) -> Iterator[Withdrawn]:
    """Name what the portal has and may not show any more."""
    back = set(ledger.Asset.objects.filter(_taken_back()).values_list("pk", flat=True))
    last_of_code = {row.code: row for row in sorted(given.values(), key=lambda each: each.pk)}
    for last in (last_of_code[code] for code in sorted(last_of_code)):
        asset = last.asset_id
        caption = Caption.model_validate(legible(last.asset.caption))
        if last.change == Change.WITHDRAWN or (asset not in back and _may_be_given(caption)):
            continue
        withdrawal = ledger.Withdrawal.objects.filter(asset=asset).first()
        yield Withdrawn(
            id=last.code,
            asset=asset,
            version=last.version + 1,
            title=caption.in_language("vi").title,
            languages=tuple(sorted({"vi", *(each.lower() for each in caption.words)})),
            reason=str(legible(withdrawal.reason)) if withdrawal and asset in back else "",
        )


# --- An item's media ----------------------------------------------------------------------------


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


def item(code: str, proposed: Proposed) -> Item:
    """Say all that the package says of an asset, but for its files."""
    return Item(
        id=code,
        asset=proposed.row.to_value(),
        caption=proposed.caption,
        newsroom=proposed.newsroom,
        clusters=proposed.clusters,
        approved_renditions=proposed.renditions,
        change=proposed.change or Change.CHANGED,
        version=proposed.version,
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
