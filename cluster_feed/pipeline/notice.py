"""Urgent notices: prepared, approved ahead, released by two people, and taken off again."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from cluster_feed.adapters.live_feed import LiveFeed, Standing
from cluster_feed.core.edition import Edition, State
from cluster_feed.core.errors import (
    AnotherEnd,
    EndNeeded,
    FeedError,
    NoSuchAsset,
    NoSuchCluster,
    NotAnApprover,
    NoticeChanged,
    NoticeNotApproved,
    NotOnScreens,
    UnfitForNotice,
    WouldVoid,
    WrongSignature,
)
from cluster_feed.core.notice import LONGEST, Notice, check_name
from cluster_feed.core.person import check_person
from cluster_feed.core.playlist import ZONE, Entry, Playlist, Takeover
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve as approving
from cluster_feed.pipeline import material, urgent
from cluster_feed.workspace import Workspace


class Readiness(NamedTuple):
    """A notice, who has validly approved it, and why it cannot be released yet; None: it can."""

    notice: Notice
    people: tuple[str, ...]
    needed: int
    problem: FeedError | None


def prepare(
    workspace: Workspace,
    now: datetime,
    name: str,
    person: str,
    assets: Collection[str],
    *,
    clusters: Collection[str] = (),
    again: bool = False,
) -> Notice:
    """Make a notice of assets in their order, or make it again, for clusters, none named: all.

    Other content voids the approvals, and only where `again` says that this is meant.  Raises
    BadPersonName, BadNoticeName, NoSuchAsset, NoSuchCluster, UnfitForNotice, WouldVoid.
    """
    check_person(person)
    check_name(name)
    ids = tuple(dict.fromkeys(ledger.Asset.called(each).pk for each in assets))
    notice = _made(workspace, name, person, ids, tuple(sorted(set(clusters))))
    with transaction.atomic():
        row = ledger.Notice.objects.select_for_update().filter(name=name).first()
        row = row or ledger.Notice(name=name)
        if row.pk and row.fingerprint == notice.fingerprint:
            return notice
        if row.pk and (signed := ", ".join(_signed_by(row))) and not again:
            raise WouldVoid(name=name, people=signed)
        row.content = notice.model_dump(mode="json")
        row.fingerprint = notice.fingerprint
        row.prepared_by, row.prepared_at = person, now
        row.save()
        row.approvals.all().delete()
        audit.record(now, person, "prepare-notice", name, fingerprint=notice.fingerprint)
    return notice


def approve(
    workspace: Workspace, now: datetime, name: str, person: str, seen: Sha256, passphrase: str
) -> Readiness:
    """Sign a notice ahead with a person's key.  `seen`: the fingerprint that was looked at.

    Raises NoSuchNotice, OwnNotice, NoticeApprovedTwice, NoticeChanged, and what opening the key
    raises.
    """
    with transaction.atomic():
        row = ledger.Notice.called(name)
        notice = _unchanged(workspace, row)
        notice.check_approval(person, _signed_by(row), seen)
        feed = LiveFeed(workspace.feed).standing()
        signer = approving.signer_of(workspace, feed, notice.entries, person, passphrase)
        signature = LiveFeed.sign(notice.to_bytes(), signer)
        row.approvals.create(approver=person, at=now, **signature)
        audit.record(
            *(now, person, "approve-notice", name),
            fingerprint=notice.fingerprint,
            keyid=signature["keyid"],
        )
    return readiness(workspace, row)


def readiness(workspace: Workspace, row: ledger.Notice) -> Readiness:
    """Tell how far a notice is from being released."""
    notice = row.to_value()
    people: tuple[str, ...] = ()
    needed = workspace.settings.trust.threshold
    try:
        feed = LiveFeed(workspace.feed).standing()
        needed = approving.needed(workspace, feed, notice.entries)
        people = tuple(_valid(feed, row, notice))
        _unchanged(workspace, row)
        if len(people) < needed:
            raise NoticeNotApproved(notice=row.name, valid=len(people), threshold=needed)
    except FeedError as problem:
        return Readiness(notice, people, needed, problem)
    return Readiness(notice, people, needed, None)


def waiting(name: str, *, ends: bool) -> ledger.Edition | None:
    """Find the release of a notice, or its end, that waits for a signature or to go out."""
    waits = ledger.Edition.objects.filter(
        notice__name=name, state__in=(State.SUBMITTED, State.APPROVED)
    )
    return next(
        (row for row in waits.order_by("-pk") if (_takeover_of(row, name) is None) is ends), None
    )


@transaction.atomic
def release(
    workspace: Workspace,
    now: datetime,
    name: str,
    person: str,
    *,
    until: datetime | None,
    seen: Sha256,
    passphrase: str,
) -> Edition:
    """Give a notice its clusters' screens until an end: the first of two people makes the edition.

    It is what is live there under the notice, submitted by who prepared that, and signed by this
    person; the second signs the same, and it is approved.  `seen` is the fingerprint of what was
    looked at: the notice's for the first, the edition's for the second.  Raises NoSuchNotice,
    NoticeChanged, NoticeNotApproved, EndNeeded, AnotherEnd, UnfitForNotice, and the refusals of
    `submit` and `approve`.
    """
    row = ledger.Notice.locked(name)
    if begun := waiting(name, ends=False):
        _check_end(row, begun, until)
        return _signed(workspace, now, begun, person, seen, passphrase)
    ready = readiness(workspace, row)
    if ready.problem:
        raise ready.problem
    if until is None:
        raise EndNeeded(notice=name, days=LONGEST.days)
    if seen != row.fingerprint:
        raise NoticeChanged(notice=name)
    takeovers = ready.notice.takeovers(now, until)
    _check_dates(workspace, ready.notice, (now, until))
    playlists = {
        cluster: urgent.standing(workspace, now, cluster).model_copy(update={"takeover": takeover})
        for cluster, takeover in takeovers.items()
    }
    audit.record(now, person, "release-notice", name, until=until.astimezone(ZONE).isoformat())
    return _submitted_and_signed(workspace, now, row, playlists, person, passphrase)


@transaction.atomic
def end(
    workspace: Workspace, now: datetime, name: str, person: str, *, seen: Sha256, passphrase: str
) -> Edition:
    """Take a notice off early, in the same way: what is live without it, signed by two people.

    `seen`: as for `release`.  Raises NoSuchNotice, NotOnScreens, NoticeChanged, and the refusals
    of `submit` and `approve`.
    """
    row = ledger.Notice.locked(name)
    if begun := waiting(name, ends=True):
        return _signed(workspace, now, begun, person, seen, passphrase)
    shown = on_screens(workspace, now, name)
    if not shown:
        raise NotOnScreens(notice=name)
    if seen != row.fingerprint:
        raise NoticeChanged(notice=name)
    playlists = {
        cluster: urgent.standing(workspace, now, cluster).model_copy(update={"takeover": None})
        for cluster in shown
    }
    audit.record(now, person, "end-notice", name)
    return _submitted_and_signed(workspace, now, row, playlists, person, passphrase)


def on_screens(workspace: Workspace, now: datetime, name: str) -> dict[str, Takeover]:
    """Tell at which clusters a notice is live and not over."""
    return {
        cluster: playlist.takeover
        for cluster, playlist in urgent.live(workspace).items()
        if playlist.takeover
        and playlist.takeover.notice == name
        and now < playlist.takeover.show_until
    }


def _made(
    workspace: Workspace,
    name: str,
    person: str,
    assets: tuple[Sha256, ...],
    clusters: tuple[str, ...],
) -> Notice:
    """Make the notice as the captions, renditions and clusters are now."""
    found = material.of(workspace, assets)
    entries = {}
    for cluster_name in clusters or tuple(workspace.clusters):
        if not (cluster := workspace.clusters.get(cluster_name)):
            known = ", ".join(workspace.clusters)
            raise NoSuchCluster(cluster=cluster_name, known=known)
        for asset in assets:
            if why := found[asset].why_not(cluster):
                raise UnfitForNotice(asset=found[asset].full_name, cluster=cluster_name, detail=why)
        entries[cluster_name] = tuple(_apart(found[asset].entry(cluster)) for asset in assets)
    return Notice(name=name, assets=assets, clusters=clusters, prepared_by=person, entries=entries)


def _apart(entry: Entry) -> Entry:
    """Name its files by their content: the programme may show another rendition of the asset."""
    blobs = {}
    for profile, blob in entry.blobs.items():
        cluster, _, name = blob.target.partition("/")
        target = f"{cluster}/{blob.sha256[:16]}.{name.partition('.')[2]}"
        blobs[profile] = blob.model_copy(update={"target": target})
    return entry.model_copy(update={"blobs": blobs})


def _unchanged(workspace: Workspace, row: ledger.Notice) -> Notice:
    """Read a notice; NoticeChanged where the same command would now prepare another."""
    notice = row.to_value()
    try:
        now = _made(workspace, row.name, notice.prepared_by, notice.assets, notice.clusters)
    except (NoSuchAsset, NoSuchCluster) as error:
        raise NoticeChanged(notice=row.name) from error
    if not notice.fingerprint == row.fingerprint == now.fingerprint:
        raise NoticeChanged(notice=row.name)
    return notice


def _signed_by(row: ledger.Notice) -> list[str]:
    return list(row.approvals.order_by("pk").values_list("approver", flat=True))


def _valid(feed: Standing, row: ledger.Notice, notice: Notice) -> list[str]:
    """Name the people whose approvals count: approvers still, and never who prepared it."""
    people: list[str] = []
    for approval in row.approvals.order_by("pk"):
        signature = {"keyid": approval.keyid, "sig": approval.sig}
        try:
            signers = {
                feed.check_signature(cluster, notice.to_bytes(), signature)
                for cluster in notice.entries
            }
        except (NotAnApprover, WrongSignature):
            continue
        people += signers - {notice.prepared_by, *people}
    return people


def _takeover_of(edition: ledger.Edition, name: str) -> Takeover | None:
    """Give a notice's takeover in an edition; its clusters' have the same times.  None: its end."""
    takeovers = (programme.to_value().takeover for programme in edition.programmes.all())
    return next((each for each in takeovers if each and each.notice == name), None)


def _check_end(row: ledger.Notice, edition: ledger.Edition, until: datetime | None) -> None:
    takeover = _takeover_of(edition, row.name)
    if takeover and until not in (None, takeover.show_until):
        told = f"{takeover.show_until.astimezone(ZONE):%Y-%m-%d %H:%M}"
        raise AnotherEnd(notice=row.name, until=told, edition=edition.name)


def _check_dates(workspace: Workspace, notice: Notice, show: tuple[datetime, datetime]) -> None:
    """Refuse a notice of which an asset's dates forbid every day of its release."""
    for each in material.of(workspace, notice.assets).values():
        if why := each.why_not_then(show):
            raise UnfitForNotice(asset=each.full_name, cluster="*", detail=why)


def _submitted_and_signed(
    workspace: Workspace,
    now: datetime,
    row: ledger.Notice,
    playlists: dict[str, Playlist],
    person: str,
    passphrase: str,
) -> Edition:
    made = urgent.make(workspace, now, playlists, what=urgent.URGENT, person=person, notice=row)
    approving.submit(workspace, now, made.name, row.prepared_by)
    return approving.approve(workspace, now, made.name, person, made.fingerprint, passphrase)


def _signed(
    workspace: Workspace,
    now: datetime,
    begun: ledger.Edition,
    person: str,
    seen: Sha256,
    passphrase: str,
) -> Edition:
    """Add a person's signature; what has them all only waits to go out."""
    if begun.state == State.APPROVED:
        return begun.to_value()
    return approving.approve(workspace, now, begun.name, person, seen, passphrase)
