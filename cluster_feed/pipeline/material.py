"""What there is to show: assets with their captions and renditions, and why one may not be shown.

Assembly and urgent notices go by the same rules.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import FloatField, QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, NullIf

from cluster_feed.core.asset import Kind, Rendition
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Caption, Missing
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.errors import NoSuchAsset
from cluster_feed.core.playlist import ZONE, Blob, Entry
from cluster_feed.core.value import Sha256
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

_NOT_YET = Bilingual("còn thiếu: {missing}", "still missing: {missing}")
_WITHDRAWN = Bilingual("đã thu hồi: {reason}", "withdrawn: {reason}")
_OUTSIDE = Bilingual("ngoài thời hạn được phát", "outside the dates on which it may be shown")
_NO_RENDITION = Bilingual("chưa có bản phát cho {profiles}", "no rendition yet for {profiles}")
_FAILED = Bilingual(
    "không tạo được bản phát cho {profiles}", "no rendition can be made for {profiles}"
)


class Forerunner(NamedTuple):
    """A wrong asset whose place a correct one took."""

    asset: Sha256
    full_name: str
    received_at: datetime


class Outline(NamedTuple):
    """Of an asset, what decides whether it may be shown and where: little enough to read of all."""

    sha256: Sha256
    full_name: str
    """`<newsroom>/<name>`, as a cluster's document names an evergreen asset."""
    is_photo: bool
    received_at: datetime
    themes: tuple[Theme, ...]
    language: str
    valid_from: str
    valid_until: str
    """Days as ISO 8601 writes them; empty: no limit."""
    missing: tuple[Missing, ...]
    withdrawn: str | None
    """Why the department took it back."""
    replaced_by: str | None
    """What took its place."""
    stands_for: tuple[Forerunner, ...]
    """What it took the place of, the last first: it has their turn, and their names."""
    seconds: Mapping[str, float]
    """How long its newest rendition for each profile is; 0: it has no time."""
    failed: frozenset[str]
    """The profiles for which none could be made."""

    @property
    def names(self) -> tuple[str, ...]:
        """What it goes by in a cluster's document: its own name, and those it stands for."""
        return (self.full_name, *(each.full_name for each in self.stands_for))

    def why_not(self, cluster: Cluster, workspace: Workspace) -> Bilingual | None:
        """Say why it cannot be shown at a cluster on any day; None: it can.

        A caption is no use to what cannot be made.
        """
        if self.withdrawn is not None:
            return _WITHDRAWN.fill(reason=self.withdrawn)
        if failed := cluster.profiles & self.failed:
            return _FAILED.fill(profiles=workspace.screens_called(failed))
        if self.missing:
            return Bilingual(
                _NOT_YET.vi.format(missing=", ".join(field.label.vi for field in self.missing)),
                _NOT_YET.en.format(missing=", ".join(field.label.en for field in self.missing)),
            )
        if lacking := cluster.profiles - self.seconds.keys():
            return _NO_RENDITION.fill(profiles=workspace.screens_called(lacking))
        return None

    def why_not_then(self, show: tuple[datetime, datetime]) -> Bilingual | None:
        """Say why it cannot be shown on any day of a stretch of time; None: it can."""
        if not (self.valid_from or self.valid_until):
            return None
        first, last = (moment.astimezone(ZONE).date().isoformat() for moment in show)
        begins, ends = self.valid_from or last, self.valid_until or first
        return _OUTSIDE if begins > last or ends < first else None

    def seconds_at(self, cluster: Cluster) -> float:
        """How long an entry holds the screen; renditions of a clip may differ by a frame."""
        if self.is_photo:
            return float(cluster.photo_seconds)
        return round(max(self.seconds[name] for name in cluster.profiles), 3)


class Material(NamedTuple):
    """An asset with its caption and its newest rendition for each profile."""

    outline: Outline
    caption: Caption
    renditions: Mapping[str, Rendition]

    @property
    def title(self) -> str:
        """What people call it: its Vietnamese title, or its name in its newsroom's folder."""
        return self.caption.in_language("vi").title or self.outline.full_name

    def entry(self, cluster: Cluster, daypart: str | None = None) -> Entry:
        """Make it an entry of a cluster's playlist."""
        sha256 = self.outline.sha256
        return Entry(
            asset=sha256,
            kind=Kind.PHOTO if self.outline.is_photo else Kind.VIDEO,
            seconds=self.outline.seconds_at(cluster),
            captions={
                language: words.title
                for language, words in sorted(self.caption.words.items())
                if words.title
            },
            blobs={
                profile: Blob(
                    target=f"{cluster.name}/{sha256[:16]}.{profile}{rendition.suffix}",
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


def outlines(workspace: Workspace) -> list[Outline]:
    """Read every asset's, the first received first."""
    return list(_outlines(workspace, ledger.Asset.objects.all(), ledger.Rendition.objects.all()))


def of(workspace: Workspace, assets: Collection[Sha256]) -> dict[Sha256, Material]:
    """Read these assets; NoSuchAsset where the record has one no longer."""
    rows = ledger.Asset.objects.filter(pk__in=assets)
    made = ledger.Rendition.objects.filter(asset__in=assets)
    renditions: defaultdict[str, dict[str, Rendition]] = defaultdict(dict)
    for row in made.filter(code="").order_by("made_at"):
        renditions[row.asset_id][row.profile] = row.to_value()
    captions = {row.pk: row.to_caption() for row in rows.only("caption")}
    found = {
        each.sha256: Material(each, captions[each.sha256], renditions[each.sha256])
        for each in _outlines(workspace, rows, made)
    }
    if lost := next((asset for asset in assets if asset not in found), None):
        raise NoSuchAsset(asset=lost)
    return found


_THEMES: Final[Mapping[str, Theme]] = {str(theme): theme for theme in Theme}


def _outlines(
    workspace: Workspace, assets: QuerySet[ledger.Asset], made: QuerySet[ledger.Rendition]
) -> Iterator[Outline]:
    """Read them off the columns: to parse ten thousand captions takes seconds."""
    lengths: defaultdict[str, dict[str, float]] = defaultdict(dict)
    length = Cast(KT("media__seconds"), FloatField())
    done = made.filter(code="").order_by("made_at")
    for asset, profile, seconds in done.values_list("asset", "profile", length):
        lengths[asset][profile] = seconds or 0.0
    failed: defaultdict[str, set[str]] = defaultdict(set)
    for asset, profile in made.filter(code__gt="").values_list("asset", "profile"):
        if profile not in lengths[asset]:
            failed[asset].add(profile)
    withdrawn = dict(ledger.Withdrawal.objects.values_list("asset", "reason"))
    replacements = ledger.Replacement.objects.select_related("old", "new")
    took_place_of = {each.new_id: each.old for each in replacements}
    replaced = {each.old_id: each.new.title for each in replacements}
    broadcasters = workspace.broadcasters
    rows = assets.order_by("received_at", "sha256").values_list(
        "sha256", "newsroom", "name", "kind", "received_at", "themes", "lacks", "aired", *_SAID
    )
    for sha256, newsroom, name, kind, received_at, themes, lacks, aired, *said in rows:
        language, valid_from, valid_until = said
        yield Outline(
            sha256,
            f"{newsroom}/{name}",
            kind == Kind.PHOTO,
            received_at,
            tuple(_THEMES[code] for code in themes.split()),
            language or "vi",
            valid_from or "",
            valid_until or "",
            ledger.missing(lacks, proven=aired or newsroom not in broadcasters),
            withdrawn.get(sha256),
            replaced.get(sha256),
            tuple(_forerunners(sha256, took_place_of)),
            lengths.get(sha256, {}),
            frozenset(failed.get(sha256, ())),
        )


def _forerunners(asset: str, took_place_of: Mapping[str, ledger.Asset]) -> Iterator[Forerunner]:
    while asset in took_place_of:
        old = took_place_of[asset]
        yield Forerunner(old.pk, f"{old.newsroom}/{old.name}", old.received_at)
        asset = old.pk


_SAID: Final = tuple(
    NullIf(
        KT(f"caption__{field}"), Value("null", TextField())
    )  # SQLite gives JSON's null as a word
    for field in ("language", "valid_from", "valid_until")
)
