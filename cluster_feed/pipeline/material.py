"""What there is to show: assets with their captions and renditions, and why one may not be shown.

Assembly and urgent notices go by the same rules.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from cluster_feed.core.asset import Asset, Kind, Rendition
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Caption
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.errors import NoSuchAsset
from cluster_feed.core.playlist import ZONE, Blob, Entry
from cluster_feed.core.value import Sha256
from cluster_feed.core.vocabulary import NewsroomClass
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

_NOT_YET = Bilingual("còn thiếu: {missing}", "still missing: {missing}")
_WITHDRAWN = Bilingual("đã thu hồi: {reason}", "withdrawn: {reason}")
_OUTSIDE = Bilingual("ngoài thời hạn được phát", "outside the dates on which it may be shown")
_NO_RENDITION = Bilingual("chưa có bản phát cho {profiles}", "no rendition yet for {profiles}")


class Forerunner(NamedTuple):
    """A wrong asset whose place a correct one took."""

    asset: Sha256
    full_name: str
    received_at: datetime


class Material(NamedTuple):
    """An asset with all that decides whether and how it may be shown."""

    asset: Asset
    caption: Caption
    newsroom: NewsroomClass
    renditions: Mapping[str, Rendition]
    withdrawn: str | None
    """Why the department took it back."""
    replaced_by: str | None = None
    """What took its place."""
    stands_for: tuple[Forerunner, ...] = ()
    """What it took the place of, the last first: it has their turn, and their names."""

    @property
    def full_name(self) -> str:
        """`<newsroom>/<name>`, as a cluster's document names an evergreen asset."""
        return f"{self.asset.newsroom}/{self.asset.name}"

    @property
    def names(self) -> tuple[str, ...]:
        """What it goes by in a cluster's document: its own name, and those it stands for."""
        return (self.full_name, *(each.full_name for each in self.stands_for))

    def why_not(self, cluster: Cluster) -> Bilingual | None:
        """Say why it cannot be shown at a cluster on any day; None: it can."""
        if self.withdrawn is not None:
            return _WITHDRAWN.fill(reason=self.withdrawn)
        if missing := list(self.caption.missing(self.newsroom, self.asset.kind)):
            return Bilingual(
                _NOT_YET.vi.format(missing=", ".join(field.label.vi for field in missing)),
                _NOT_YET.en.format(missing=", ".join(field.label.en for field in missing)),
            )
        if lacking := cluster.profiles - self.renditions.keys():
            return _NO_RENDITION.fill(profiles=", ".join(sorted(lacking)))
        return None

    def why_not_then(self, show: tuple[datetime, datetime]) -> Bilingual | None:
        """Say why it cannot be shown on any day of a stretch of time; None: it can."""
        first, last = (moment.astimezone(ZONE).date() for moment in show)
        begins, ends = self.caption.valid_from or last, self.caption.valid_until or first
        return _OUTSIDE if begins > last or ends < first else None

    def seconds(self, cluster: Cluster) -> float:
        """How long an entry holds the screen; renditions of a clip may differ by a frame."""
        if self.asset.kind is Kind.PHOTO:
            return float(cluster.photo_seconds)
        lengths = [self.renditions[name].media.seconds or 0.0 for name in cluster.profiles]
        return round(max(lengths), 3)

    def entry(self, cluster: Cluster, daypart: str | None = None) -> Entry:
        """Make it an entry of a cluster's playlist."""
        return Entry(
            asset=self.asset.sha256,
            kind=self.asset.kind,
            seconds=self.seconds(cluster),
            captions={
                language: words.title
                for language, words in sorted(self.caption.words.items())
                if words.title
            },
            blobs={
                profile: Blob(
                    target=f"{cluster.name}/{self.asset.sha256[:16]}.{profile}{rendition.suffix}",
                    sha256=rendition.sha256,
                    byte_count=rendition.byte_count,
                )
                for profile, rendition in sorted(self.renditions.items())
                if profile in cluster.profiles
            },
            daypart=daypart,
            valid_from=self.caption.valid_from,
            valid_until=self.caption.valid_until,
            sensitive=any(theme.sensitive for theme in self.caption.themes),
        )


def every(workspace: Workspace) -> Iterator[Material]:
    """Read every asset with its caption and its newest rendition for each profile."""
    return _read(workspace, ledger.Asset.objects.all(), ledger.Rendition.objects.all())


def of(workspace: Workspace, assets: Collection[Sha256]) -> dict[Sha256, Material]:
    """Read these assets; NoSuchAsset where the record has one no longer."""
    rows = ledger.Asset.objects.filter(pk__in=assets)
    made = ledger.Rendition.objects.filter(asset__in=assets)
    found = {each.asset.sha256: each for each in _read(workspace, rows, made)}
    if lost := next((asset for asset in assets if asset not in found), None):
        raise NoSuchAsset(asset=lost)
    return found


def _read(
    workspace: Workspace, assets: QuerySet[ledger.Asset], made: QuerySet[ledger.Rendition]
) -> Iterator[Material]:
    renditions: defaultdict[str, dict[str, Rendition]] = defaultdict(dict)
    for row in made.filter(code="").order_by("made_at"):
        renditions[row.asset_id][row.profile] = row.to_value()
    withdrawn = dict(ledger.Withdrawal.objects.values_list("asset", "reason"))
    replacements = ledger.Replacement.objects.select_related("old", "new")
    took_place_of = {each.new_id: each.old for each in replacements}
    replaced = {each.old_id: each.new.title for each in replacements}
    for record in assets.order_by("received_at", "sha256"):
        yield Material(
            record.to_value(),
            record.to_caption(),
            workspace.newsroom_class(record.newsroom),
            renditions[record.sha256],
            withdrawn.get(record.sha256),
            replaced.get(record.sha256),
            tuple(_forerunners(record.sha256, took_place_of)),
        )


def _forerunners(asset: str, took_place_of: Mapping[str, ledger.Asset]) -> Iterator[Forerunner]:
    while asset in took_place_of:
        old = took_place_of[asset]
        yield Forerunner(old.pk, f"{old.newsroom}/{old.name}", old.received_at)
        asset = old.pk
