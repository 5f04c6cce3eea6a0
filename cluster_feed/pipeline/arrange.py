"""What editors decide of a draft by hand: leave out, take in, put in another place.

The edition keeps what they decided, and is drafted again by the rules around it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from cluster_feed.core.arrangement import Place, once
from cluster_feed.core.edition import Edition
from cluster_feed.core.errors import (
    ChangedSinceSeen,
    MadeFromWhatIsLive,
    NoSuchAsset,
    NoSuchCluster,
    NoSuchDaypart,
    NothingLeft,
    ReasonNeeded,
)
from cluster_feed.core.person import check_person
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import assemble
from cluster_feed.pipeline.material import outlines
from cluster_feed.workspace import Workspace


def leave_out(
    workspace: Workspace,
    now: datetime,
    edition_name: str,
    person: str,
    asset: str,
    *,
    reason: str,
    seen: Sha256,
) -> Edition:
    """Leave an asset out of every cluster's playlist, for a reason that stays beside it.

    `seen` is the fingerprint of the draft that the person looked at.  Raises BadPersonName,
    NoSuchEdition, NoSuchAsset, ReasonNeeded, ChangedSinceSeen, MadeFromWhatIsLive, NothingToShow,
    NotOnTheRoad, and WouldVoid where it is no draft any more.
    """
    said = reason.strip()
    if not said:
        raise ReasonNeeded(edition=edition_name)
    named = ledger.Asset.called(asset).pk

    def change(row: ledger.Edition) -> None:
        row.without = row.without | {named: said}

    facts = {"asset": named, "reason": said}
    leaving = _Change("leave-out", change, facts)
    return _changed(workspace, now, edition_name, person, seen, leaving)


def take_in(
    workspace: Workspace,
    now: datetime,
    edition_name: str,
    person: str,
    asset: str,
    *,
    cluster: str,
    seen: Sha256,
) -> Edition:
    """Take in what was left out by hand, and put what the rules left out at a cluster's end.

    Raises what `leave_out` does, and NoSuchCluster.
    """
    named = ledger.Asset.called(asset).pk

    def change(row: ledger.Edition) -> None:
        if named in row.without:
            row.without = {each: why for each, why in row.without.items() if each != named}
            return
        shown = _of(row, cluster).to_value().entries
        places = row.places(cluster) or tuple(
            Place(asset=entry.asset, daypart=entry.daypart) for entry in shown
        )
        _put(row, cluster, (*places, Place(asset=named)))

    taking = _Change("take-in", change, {"asset": named, "cluster": cluster})
    return _changed(workspace, now, edition_name, person, seen, taking)


def place(
    workspace: Workspace,
    now: datetime,
    edition_name: str,
    person: str,
    cluster: str,
    places: Iterable[Place],
    *,
    seen: Sha256,
) -> Edition:
    """Give a cluster's assets their order, their dayparts and fewer days than their captions do.

    Days that are the caption's own are not kept: they go on following the caption.  Raises what
    `leave_out` does, and NoSuchCluster, NoSuchDaypart, NothingLeft.
    """
    given = once(places)
    if not given:
        raise NothingLeft(cluster=cluster)

    def change(row: ledger.Edition) -> None:
        known = {part.name for part in _of(row, cluster).to_value().dayparts}
        if unknown := next((e.daypart for e in given if e.daypart and e.daypart not in known), ""):
            raise NoSuchDaypart(cluster=cluster, daypart=unknown)
        _put(row, cluster, _apart_from_captions(given))

    arranging = _Change("arrange", change, {"cluster": cluster})
    return _changed(workspace, now, edition_name, person, seen, arranging)


def follow_rules(
    workspace: Workspace,
    now: datetime,
    edition_name: str,
    person: str,
    cluster: str,
    *,
    seen: Sha256,
) -> Edition:
    """Forget the places that people gave at a cluster; what they left out stays out.

    Raises what `leave_out` does, and NoSuchCluster.
    """

    def change(row: ledger.Edition) -> None:
        _of(row, cluster)
        row.arranged = {each: places for each, places in row.arranged.items() if each != cluster}

    following = _Change("follow-rules", change, {"cluster": cluster})
    return _changed(workspace, now, edition_name, person, seen, following)


class _Change(NamedTuple):
    """An act on a draft: its name in the log, what it does to the row, and its facts."""

    act: str
    to: Callable[[ledger.Edition], None]
    facts: Mapping[str, str]


def _changed(
    workspace: Workspace,
    now: datetime,
    edition_name: str,
    person: str,
    seen: Sha256,
    change: _Change,
) -> Edition:
    check_person(person)
    shelf = outlines(workspace)  # before the record is held: others write meanwhile
    with transaction.atomic():
        row = ledger.Edition.locked(edition_name)
        if row.derived:
            raise MadeFromWhatIsLive(edition=edition_name)
        before = row.to_value().changeable()
        if seen != before.fingerprint:
            raise ChangedSinceSeen(
                edition=edition_name, seen=seen[:10], now=before.fingerprint[:10]
            )
        change.to(row)
        shown = row.programmes.all()[0].to_value()
        show = (shown.show_from, shown.show_until)
        assemble.draft(workspace, now, row, shelf, show=show, again=False)
        audit.record(
            now, person, change.act, edition_name, **change.facts, fingerprint=row.fingerprint
        )
    return row.to_value()


def _of(row: ledger.Edition, cluster: str) -> ledger.Programme:
    found = {programme.cluster: programme for programme in row.programmes.all()}
    if cluster not in found:
        raise NoSuchCluster(cluster=cluster, known=", ".join(sorted(found)))
    return found[cluster]


def _put(row: ledger.Edition, cluster: str, places: Iterable[Place]) -> None:
    kept = [each.model_dump(mode="json", exclude_none=True) for each in places]
    row.arranged = row.arranged | {cluster: kept}


def _apart_from_captions(places: Iterable[Place]) -> Iterable[Place]:
    given = list(places)
    rows = ledger.Asset.objects.in_bulk([each.asset for each in given])
    for each in given:
        if each.asset not in rows:
            raise NoSuchAsset(asset=each.asset)
        caption = rows[each.asset].to_caption()
        days = {
            name: None
            for name in ("valid_from", "valid_until")
            if getattr(each, name) == getattr(caption, name)
        }
        yield each.model_copy(update=days)
