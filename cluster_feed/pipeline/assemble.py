"""Make a cycle's draft: one playlist for each cluster, out of what is complete and rendered."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext, suppress
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from cluster_feed.core.asset import Asset, Kind, Rendition
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Caption
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import Edition, fingerprint
from cluster_feed.core.errors import NothingToShow
from cluster_feed.core.mix import Candidate, LeftOut, choose
from cluster_feed.core.playlist import ZONE, Blob, Entry, Playlist
from cluster_feed.core.vocabulary import NewsroomClass
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

NUMBER_OF_A_DRAFT = 1
"""What a playlist carries until submission gives the edition its number."""

_EDITIONS_REMEMBERED = 12
"""How many published editions back "longest unshown" looks."""


class Material(NamedTuple):
    """An asset with all that decides whether and how it may be shown."""

    asset: Asset
    caption: Caption
    newsroom: NewsroomClass
    renditions: Mapping[str, Rendition]

    @property
    def full_name(self) -> str:
        """`<newsroom>/<name>`, as a cluster's document names an evergreen asset."""
        return f"{self.asset.newsroom}/{self.asset.name}"


def run(
    workspace: Workspace,
    now: datetime,
    cycle: Cycle,
    *,
    urgent: bool = False,
    without: Collection[str] = (),
    actor: str = "cluster-feed",
) -> Edition:
    """Draft the cycle's edition, or draft it again.

    The same content again changes nothing; other content takes a submitted or approved edition
    back to a draft.  `urgent` makes a further edition that goes out as soon as it is approved;
    `without` leaves assets out by the beginning of their ids.  A cluster out of service gets a
    playlist too, for its return, if there is anything for it.  Raises NothingToShow where one in
    service would have neither entries nor evergreen ones, NoSuchAsset.
    """
    excluded = {ledger.Asset.called(each).pk for each in without}
    material = [each for each in _material(workspace) if each.asset.sha256 not in excluded]
    show_from, show_until = workspace.calendar.shows(cycle)
    drafts = {}
    for cluster in workspace.clusters.values():
        show = (now if urgent else show_from, show_until)
        with suppress(NothingToShow) if not cluster.in_service else nullcontext():
            drafts[cluster.name] = _draft(cluster, material, cycle=cycle, show=show)
    return _record(now, cycle, drafts, urgent=urgent, actor=actor)


class _Draft(NamedTuple):
    playlist: Playlist
    left_out: tuple[LeftOut, ...]


def _material(workspace: Workspace) -> Iterable[Material]:
    """Read every asset with its caption and its newest rendition for each profile."""
    renditions: defaultdict[str, dict[str, Rendition]] = defaultdict(dict)
    for row in ledger.Rendition.objects.filter(code="").order_by("made_at"):
        renditions[row.asset_id][row.profile] = row.to_value()
    for record in ledger.Asset.objects.order_by("received_at", "sha256"):
        yield Material(
            record.to_value(),
            record.to_caption(),
            workspace.newsroom_class(record.newsroom),
            renditions[record.sha256],
        )


def _draft(
    cluster: Cluster,
    material: Iterable[Material],
    *,
    cycle: Cycle,
    show: tuple[datetime, datetime],
) -> _Draft:
    fit: dict[str, Material] = {}
    evergreen: dict[str, Material] = {}
    left_out: list[LeftOut] = []
    for each in material:
        reason = _why_not(each, cluster, show)
        if reason:
            left_out.append(LeftOut(each.asset.sha256, reason))
        elif each.full_name in cluster.evergreen:
            evergreen[each.full_name] = each
        else:
            fit[each.asset.sha256] = each
    entries, not_chosen = _loops(cluster, fit)
    if not entries and not evergreen:
        why = left_out[0].why if left_out else _NO_ASSETS
        raise NothingToShow(cluster=cluster.name, detail=why)
    playlist = Playlist(
        cluster=cluster.name,
        cycle=str(cycle),
        number=NUMBER_OF_A_DRAFT,
        show_from=show[0],
        show_until=show[1],
        dayparts=tuple(rule.daypart() for rule in cluster.dayparts),
        entries=entries,
        evergreen=tuple(
            _entry(cluster, evergreen[name]) for name in cluster.evergreen if name in evergreen
        ),
    )
    return _Draft(playlist, (*left_out, *not_chosen))


_NO_ASSETS = Bilingual("chưa có nội dung nào", "there is no asset yet")
_NOT_YET = Bilingual("còn thiếu: {missing}", "still missing: {missing}")
_OUTSIDE = Bilingual("ngoài thời hạn được phát", "outside the dates on which it may be shown")
_NO_RENDITION = Bilingual("chưa có bản phát cho {profiles}", "no rendition yet for {profiles}")


def _why_not(
    material: Material, cluster: Cluster, show: tuple[datetime, datetime]
) -> Bilingual | None:
    """Say why an asset cannot be shown at a cluster; None: it can."""
    if missing := list(material.caption.missing(material.newsroom, material.asset.kind)):
        return Bilingual(
            _NOT_YET.vi.format(missing=", ".join(field.label.vi for field in missing)),
            _NOT_YET.en.format(missing=", ".join(field.label.en for field in missing)),
        )
    first, last = (moment.astimezone(ZONE).date() for moment in show)
    begins, ends = material.caption.valid_from or last, material.caption.valid_until or first
    if begins > last or ends < first:
        return _OUTSIDE
    if lacking := cluster.profiles - material.renditions.keys():
        return _NO_RENDITION.fill(profiles=", ".join(sorted(lacking)))
    return None


def _loops(
    cluster: Cluster, fit: Mapping[str, Material]
) -> tuple[tuple[Entry, ...], tuple[LeftOut, ...]]:
    """Fill the whole day's loop, and one more for each daypart from the themes it names."""
    shown = _last_shown(cluster.name)
    candidates = [_candidate(cluster, each, shown) for each in fit.values()]
    whole_day = choose(candidates, cluster.mix, cluster.loop_seconds)
    entries = [_entry(cluster, fit[each.asset]) for each in whole_day.chosen]
    for rule in cluster.dayparts:
        of_daypart = [
            each for each in candidates if not rule.themes or set(rule.themes) & set(each.themes)
        ]
        chosen = choose(of_daypart, cluster.mix, cluster.loop_seconds).chosen
        entries += [_entry(cluster, fit[each.asset], rule.name) for each in chosen]
    placed = {entry.asset for entry in entries}
    return tuple(entries), tuple(
        left_out for left_out in whole_day.left_out if left_out.asset not in placed
    )


def _last_shown(cluster: str) -> Mapping[str, datetime]:
    """When each asset was last in a published edition of the cluster."""
    programmes = (
        ledger.Programme.objects.filter(cluster=cluster, edition__published_at__isnull=False)
        .select_related("edition")
        .order_by("-edition__published_at")[:_EDITIONS_REMEMBERED]
    )
    shown: dict[str, datetime] = {}
    for programme in programmes:
        published_at = programme.edition.published_at
        for entry in programme.to_value().entries:
            if published_at:
                shown.setdefault(entry.asset, published_at)
    return shown


def _candidate(cluster: Cluster, material: Material, shown: Mapping[str, datetime]) -> Candidate:
    return Candidate(
        asset=material.asset.sha256,
        seconds=_seconds(cluster, material),
        themes=material.caption.themes,
        language=material.caption.language or "vi",
        received_at=material.asset.received_at,
        last_shown=shown.get(material.asset.sha256),
    )


def _seconds(cluster: Cluster, material: Material) -> float:
    """How long an entry holds the screen; renditions of a clip may differ by a frame."""
    if material.asset.kind is Kind.PHOTO:
        return float(cluster.photo_seconds)
    lengths = [material.renditions[name].media.seconds or 0.0 for name in cluster.profiles]
    return round(max(lengths), 3)


def _entry(cluster: Cluster, material: Material, daypart: str | None = None) -> Entry:
    asset, caption = material.asset, material.caption
    return Entry(
        asset=asset.sha256,
        kind=asset.kind,
        seconds=_seconds(cluster, material),
        captions={
            language: words.title
            for language, words in sorted(caption.words.items())
            if words.title
        },
        blobs={
            profile: Blob(
                target=f"{cluster.name}/{asset.sha256[:16]}.{profile}{rendition.suffix}",
                sha256=rendition.sha256,
                byte_count=rendition.byte_count,
            )
            for profile, rendition in sorted(material.renditions.items())
            if profile in cluster.profiles
        },
        daypart=daypart,
        valid_from=caption.valid_from,
        valid_until=caption.valid_until,
        sensitive=any(theme.sensitive for theme in caption.themes),
    )


def _record(
    now: datetime,
    cycle: Cycle,
    drafts: Mapping[str, _Draft],
    *,
    urgent: bool,
    actor: str,
) -> Edition:
    content = fingerprint({cluster: draft.playlist for cluster, draft in drafts.items()})
    with transaction.atomic():
        name = _urgent_name(cycle) if urgent else str(cycle)
        row = ledger.Edition.objects.select_for_update().filter(name=name).first()
        if row is None:
            row = ledger.Edition(name=name, cycle=str(cycle), urgent=urgent, created_at=now)
            row.take(Edition(name=name, cycle=str(cycle), urgent=urgent, fingerprint=content))
        else:
            before = row.to_value()
            after = before.changed(content)
            if after == before:
                return before
            row.signatures.all().delete()
            row.programmes.all().delete()
            row.take(after)
        ledger.Programme.objects.bulk_create(
            ledger.Programme(
                edition=row,
                cluster=cluster,
                playlist=draft.playlist.to_bytes(),
                left_out=[
                    {"asset": asset, "vi": why.vi, "en": why.en} for asset, why in draft.left_out
                ],
            )
            for cluster, draft in drafts.items()
        )
        audit.record(now, actor, "assemble", name, fingerprint=content)
    return row.to_value()


def _urgent_name(cycle: Cycle) -> str:
    """Name the next urgent edition of a month: `2026-11-khan-1` (khẩn: urgent)."""
    before = ledger.Edition.objects.filter(cycle=str(cycle), urgent=True).count()
    return f"{cycle}-khan-{before + 1}"
