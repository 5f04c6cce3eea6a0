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
from cluster_feed.adapters.packages import filming_place, iim, jpeg, poster, xmp
from cluster_feed.core import portal
from cluster_feed.core.asset import Kind, MediaInfo, Rendition
from cluster_feed.core.caption import Caption
from cluster_feed.core.edition import State
from cluster_feed.core.errors import NotMadeForPortal, StoreDamaged
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

_PHOTO_SIZES: Final = {"3000": 3000, "1920": 1920}
"""The longer side of a photo's copies in pixels."""


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
        """Name what the portal would get, so that the same is not given twice.

        What is made of the asset follows from it, and is no news when it is made again.
        """
        caption = self.caption.model_dump(mode="json")
        return digest(canonical([self.row.pk, caption, self.newsroom]))

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
        """Compare what an edition shows with what was given before.

        Raises NotMadeForPortal where a clip's copies are still being made.
        """
        given = _given()
        proposed = [each for each in _proposed(workspace, edition, given) if each.change]
        if awaited := [each.row.title for each in proposed if _awaits(each)]:
            raise NotMadeForPortal(edition=edition.name, assets="; ".join(awaited))
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
    for row in rows.order_by("received_at", "pk").prefetch_related("renditions"):
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
        told = _inscribed(content, item)
        path.write_bytes(told)
        yield Medium(role, ".jpg", path, digest(told), stills.look(path).media)


def _approved(proposed: Proposed) -> list[Rendition]:
    rows = proposed.row.renditions.filter(code="", sha256__in=proposed.renditions)
    return [row.to_value() for row in rows.order_by("profile", "pk")]


def _awaits(proposed: Proposed) -> bool:
    """Whether a copy for the portal is neither made nor known to be impossible."""
    if proposed.row.kind != Kind.VIDEO:
        return False
    wanted = {each.name for each in portal.profiles(proposed.row.to_value().media)}
    return not wanted <= {each.profile for each in proposed.row.renditions.all()}


def _for_portal(proposed: Proposed) -> list[Rendition]:
    """Read the copies that were made for the portal, the larger first."""
    rows = proposed.row.renditions.filter(code="", profile__in=portal.ROLES)
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
