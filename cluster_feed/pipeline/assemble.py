"""Make a cycle's draft: one playlist for each cluster, out of what is complete and rendered."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext, suppress
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from cluster_feed.core.arrangement import Place
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import NUMBER_OF_A_DRAFT, Edition, State, fingerprint
from cluster_feed.core.errors import NothingToShow, WouldVoid
from cluster_feed.core.mix import Candidate, LeftOut, choose
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.material import Material, Outline, of, outlines
from cluster_feed.pipeline.urgent import URGENT, next_name, standing
from cluster_feed.workspace import Workspace

_EDITIONS_REMEMBERED = 12
"""How many published editions back "longest unshown" looks."""
_LEFT_OUT_KEPT = 100
"""Of ten thousand assets nobody reads why each of the others is not in this month's loop."""


def run(
    workspace: Workspace,
    now: datetime,
    cycle: Cycle,
    *,
    urgent: bool = False,
    without: Collection[str] = (),
    with_again: Collection[str] = (),
    again: bool = False,
) -> Edition:
    """Draft the cycle's edition, or draft it again.

    The same content again changes nothing; other content takes a submitted or approved edition
    back to a draft, but only where `again` says that this is meant, else WouldVoid.  `urgent`
    makes a further edition that goes out as soon as it is approved, under a takeover that is on.
    `without` leaves assets out by the beginning of their ids, now and whenever the edition is
    drafted again, until `with_again` names them.
    A cluster out of service gets a playlist too, for its return, if there is anything for it.
    Raises NothingToShow where one in service would have neither entries nor evergreen ones,
    NoSuchAsset.
    """
    shelf = outlines(workspace)  # before the record is held: others write meanwhile
    out, back = _ids(without), _ids(with_again)
    cycle_name = str(cycle)
    with transaction.atomic():
        name = next_name(cycle, URGENT) if urgent else cycle_name
        row = ledger.Edition.objects.select_for_update().filter(name=name).first()
        row = row or ledger.Edition(name=name, cycle=cycle_name, urgent=urgent, created_at=now)
        still = {asset: why for asset, why in row.without.items() if asset not in back}
        row.without = dict.fromkeys(sorted(out), "") | still
        show_from, show_until = workspace.calendar.shows(cycle)
        show = (now if urgent else show_from, show_until)
        draft(workspace, now, row, shelf, show=show, again=again)
    return row.to_value()


def draft(
    workspace: Workspace,
    now: datetime,
    row: ledger.Edition,
    shelf: Collection[Outline],
    *,
    show: tuple[datetime, datetime],
    again: bool,
) -> None:
    """Write into an edition's row what is to be shown, as people have arranged it so far.

    Raises NothingToShow, NotOnTheRoad and WouldVoid.
    """
    chosen = [_choose(workspace, each, shelf, row, show) for each in workspace.clusters.values()]
    material = of(workspace, set().union(*(each.assets for each in chosen)))
    drafts = {}
    for choice in chosen:
        cluster = choice.cluster
        with suppress(NothingToShow) if not cluster.in_service else nullcontext():
            made = _draft(choice, material, row, show)
            drafts[cluster.name] = _under_a_takeover(workspace, now, made) if row.urgent else made
    _record(now, row, drafts, again=again)


def _ids(named: Iterable[str]) -> set[str]:
    return {ledger.Asset.called(each).pk for each in named}


class _Choice(NamedTuple):
    """What a cluster will show, and why it shows nothing else."""

    cluster: Cluster
    places: tuple[Place, ...]
    evergreen: tuple[Sha256, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def assets(self) -> frozenset[Sha256]:
        """All that it shows."""
        return frozenset((*(place.asset for place in self.places), *self.evergreen))


class _Draft(NamedTuple):
    playlist: Playlist
    left_out: tuple[LeftOut, ...]


def _under_a_takeover(workspace: Workspace, now: datetime, draft: _Draft) -> _Draft:
    """Keep a notice that has the cluster's screens: another urgent edition is not its end."""
    takeover = standing(workspace, now, draft.playlist.cluster).takeover
    return draft._replace(playlist=draft.playlist.model_copy(update={"takeover": takeover}))


def _choose(
    workspace: Workspace,
    cluster: Cluster,
    shelf: Iterable[Outline],
    row: ledger.Edition,
    show: tuple[datetime, datetime],
) -> _Choice:
    fit: dict[Sha256, Outline] = {}
    evergreen: dict[str, Sha256] = {}
    left_out: list[LeftOut] = []
    for each in shelf:
        reason = (
            _replaced(each)
            or _by_hand(row.without, each.sha256)
            or each.why_not(cluster, workspace)
            or each.why_not_then(show)
        )
        if reason:
            left_out.append(LeftOut(each.sha256, reason))
        elif name := next((name for name in each.names if name in cluster.evergreen), None):
            evergreen[name] = each.sha256
        else:
            fit[each.sha256] = each
    places, not_chosen = _loops(cluster, fit, row.places(cluster.name), show)
    shown = tuple(evergreen[name] for name in cluster.evergreen if name in evergreen)
    return _Choice(cluster, places, shown, (*left_out, *not_chosen))


def _draft(
    choice: _Choice,
    material: Mapping[Sha256, Material],
    row: ledger.Edition,
    show: tuple[datetime, datetime],
) -> _Draft:
    cluster = choice.cluster
    entries = {
        place: place.narrowed(material[place.asset].entry(cluster)) for place in choice.places
    }
    shown = tuple(entry for entry in entries.values() if entry)
    there = {entry.asset for entry in shown}
    no_day_left = (
        LeftOut(place.asset, _NO_DAY_LEFT) for place, entry in entries.items() if not entry
    )
    left_out = tuple(each for each in (*choice.left_out, *no_day_left) if each.asset not in there)
    if not shown and not choice.evergreen:
        why = left_out[0].why if left_out else _NO_ASSETS
        raise NothingToShow(cluster=cluster.name, detail=why)
    playlist = Playlist(
        cluster=cluster.name,
        cycle=row.cycle,
        number=NUMBER_OF_A_DRAFT,
        show_from=show[0],
        show_until=show[1],
        dayparts=tuple(rule.daypart() for rule in cluster.dayparts),
        entries=shown,
        evergreen=tuple(material[asset].entry(cluster) for asset in choice.evergreen),
    )
    return _Draft(playlist, left_out)


def _replaced(outline: Outline) -> Bilingual | None:
    return _REPLACED.fill(new=outline.replaced_by) if outline.replaced_by else None


def _by_hand(without: Mapping[str, str], asset: str) -> Bilingual | None:
    if asset not in without:
        return None
    return _WITH_REASON.fill(reason=without[asset]) if without[asset] else _BY_HAND


_REPLACED = Bilingual("đã thay bằng “{new}”", "replaced by “{new}”")
_BY_HAND = Bilingual("đã chọn bỏ ra", "left out by hand")
_WITH_REASON = Bilingual("đã chọn bỏ ra: {reason}", "left out by hand: {reason}")
_NO_DAY_LEFT = Bilingual("không còn ngày nào được phát", "no day is left on which it may be shown")
_NO_ASSETS = Bilingual("chưa có nội dung nào", "there is no asset yet")


def _loops(
    cluster: Cluster,
    fit: Mapping[Sha256, Outline],
    places: Iterable[Place],
    show: tuple[datetime, datetime],
) -> tuple[tuple[Place, ...], tuple[LeftOut, ...]]:
    """Fill the whole day's loop, and one more for each daypart from the themes it names.

    What people placed is where they placed it, in their order; the rules fill what is left.  What
    they placed on days of no edition takes no time of the loop.
    """
    shown = _last_shown(cluster.name)
    candidates = {asset: _candidate(cluster, each, shown) for asset, each in fit.items()}
    parts = {None: candidates} | {
        rule.name: {
            asset: each
            for asset, each in candidates.items()
            if not rule.themes or set(rule.themes) & set(each.themes)
        }
        for rule in cluster.dayparts
    }
    placed = [each for each in places if each.asset in fit and each.daypart in parts]
    by_hand = {place.asset for place in placed}
    filled: list[Place] = []
    left_out: tuple[LeftOut, ...] = ()
    for part, of_part in parts.items():
        begun = {place.asset: place for place in placed if place.daypart == part}
        loop = choose(
            [each for asset, each in of_part.items() if asset not in by_hand],
            cluster.mix,
            cluster.loop_seconds,
            [candidates[asset] for asset, place in begun.items() if place.is_on(*show)],
        )
        by_rules = (each.asset for each in loop.chosen if each.asset not in begun)
        filled += (*begun.values(), *(Place(asset=asset, daypart=part) for asset in by_rules))
        left_out += loop.left_out if part is None else ()
    return tuple(filled), left_out


def _last_shown(cluster: str) -> Mapping[str, datetime]:
    """When each asset was last in a published edition of the cluster."""
    programmes = (
        ledger.Programme.objects.filter(
            cluster=cluster, edition__published_at__isnull=False, edition__derived=False
        )
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


def _candidate(cluster: Cluster, outline: Outline, shown: Mapping[str, datetime]) -> Candidate:
    """Weigh an asset; one that took another's place has that one's turn."""
    turns = [outline.received_at, *(each.received_at for each in outline.stands_for)]
    seen = [outline.sha256, *(each.asset for each in outline.stands_for)]
    return Candidate(
        asset=outline.sha256,
        seconds=outline.seconds_at(cluster),
        themes=outline.themes,
        language=outline.language,
        received_at=min(turns),
        last_shown=max((shown[asset] for asset in seen if asset in shown), default=None),
    )


def _record(
    now: datetime,
    row: ledger.Edition,
    drafts: Mapping[str, _Draft],
    *,
    again: bool,
) -> None:
    """Write a new draft, or other content into one that is there."""
    content = fingerprint({cluster: draft.playlist for cluster, draft in drafts.items()})
    if row.pk is None:
        after = Edition(name=row.name, cycle=row.cycle, urgent=row.urgent, fingerprint=content)
    else:
        before = row.to_value()
        after = before.changed(content)
        if before.state is not State.DRAFT and after != before and not again:
            raise WouldVoid(name=row.name, people=", ".join(before.approvals) or "—")
        if after == before:
            row.save()
            for cluster, draft in drafts.items():
                row.programmes.filter(cluster=cluster).update(**_left_out(row, draft))
            return
        row.signatures.all().delete()
        row.programmes.all().delete()
    row.take(after)
    ledger.Programme.objects.bulk_create(
        ledger.Programme(
            edition=row,
            cluster=cluster,
            playlist=draft.playlist.to_bytes(),
            **_left_out(row, draft),
        )
        for cluster, draft in drafts.items()
    )
    audit.record(now, "cluster-feed", "assemble", row.name, fingerprint=content)


def _left_out(row: ledger.Edition, draft: _Draft) -> dict[str, Any]:
    """Write what people left out, then what only finds no room, then the latest of all else."""
    by_hand: list[LeftOut] = []
    fit: list[LeftOut] = []
    others: list[LeftOut] = []
    for each in draft.left_out:
        (by_hand if each.asset in row.without else fit if each.fit else others).append(each)
    kept = [*by_hand, *[*fit, *reversed(others)][: max(0, _LEFT_OUT_KEPT - len(by_hand))]]
    return {
        "left_out": [
            {"asset": each.asset, "vi": each.why.vi, "en": each.why.en, "fit": each.fit}
            for each in kept
        ],
        "left_out_count": len(draft.left_out),
    }
