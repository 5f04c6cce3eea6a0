"""Urgent notices that are kept ready: prepared, and approved ahead; `release` releases them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from cluster_feed.adapters.live_feed import LiveFeed, Standing
from cluster_feed.adapters.request import NOTICE, Answer, NoticeRequest
from cluster_feed.core.errors import (
    FeedError,
    NoSuchAsset,
    NoSuchCluster,
    NotAnApprover,
    NoticeChanged,
    NoticeNotApproved,
    NoticeSignedOtherwise,
    OtherRequest,
    UnfitForNotice,
    WouldVoid,
    WrongSignature,
)
from cluster_feed.core.notice import Notice, check_name
from cluster_feed.core.person import check_person
from cluster_feed.core.playlist import Entry
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve as approving
from cluster_feed.pipeline import material
from cluster_feed.workspace import Workspace


class Readiness(NamedTuple):
    """A notice, who has validly approved it, and why it cannot be released yet; None: it can."""

    notice: Notice
    people: tuple[str, ...]
    needed: int
    awaited: tuple[str, ...]
    """Who may still approve it."""
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
    ledger.Asset.hurry(ids, now)
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
        row = ledger.Notice.locked(name)
        notice, keyid = _awaiting(workspace, row, person, seen)
        signer = approving.opened(_key_here(workspace, person, name), passphrase, keyid)
        _keep(now, row, notice, person, LiveFeed.sign(notice.to_bytes(), signer))
    return readiness(workspace, row)


def check(workspace: Workspace, name: str, person: str) -> None:
    """Raise what `approve` would, before a person has read it all and typed their passphrase."""
    row = ledger.Notice.called(name)
    _awaiting(workspace, row, person, row.fingerprint)
    _key_here(workspace, person, name)


def request(workspace: Workspace, now: datetime, name: str) -> NoticeRequest:
    """Write down what an approver signs on a machine of their own; see `import_signature`.

    Raises NoSuchNotice, NoticeChanged.
    """
    return NoticeRequest.of(_unchanged(workspace, ledger.Notice.called(name)), now)


def import_signature(workspace: Workspace, now: datetime, name: str, answer: Answer) -> Readiness:
    """Count a signature that was made elsewhere exactly as one made here.

    The person is the one whose key it is; what was seen is what the signature covers, so that a
    change of the notice voids it.  Raises NoSuchNotice, NoticeChanged, OtherRequest, NotAnApprover,
    NoticeSignedOtherwise, OwnNotice, NoticeApprovedTwice.
    """
    with transaction.atomic():
        row = ledger.Notice.locked(name)
        notice = _unchanged(workspace, row)
        if answer.by.keys() != {NOTICE}:
            raise OtherRequest(person=answer.person, request=name)
        signature = answer.by[NOTICE].model_dump()
        feed = LiveFeed(workspace.feed).standing()
        try:
            person = _signer(feed, notice, signature)
        except WrongSignature as error:
            raise NoticeSignedOtherwise(person=answer.person, notice=name) from error
        notice.check_approval(person, _valid(feed, row, notice), notice.fingerprint)
        _keep(now, row, notice, person, signature, elsewhere=True)
    return readiness(workspace, row)


def _awaiting(
    workspace: Workspace, row: ledger.Notice, person: str, seen: Sha256
) -> tuple[Notice, str]:
    """Give a notice that a person may approve, and the id of the key by which they do."""
    notice = _unchanged(workspace, row)
    feed = LiveFeed(workspace.feed).standing()
    notice.check_approval(person, _valid(feed, row, notice), seen)
    return notice, approving.keyid_of(feed, notice.entries, person)


def _key_here(workspace: Workspace, person: str, name: str) -> Path:
    return approving.key_here(workspace, person, name, group="notice ")


def _keep(
    now: datetime,
    row: ledger.Notice,
    notice: Notice,
    person: str,
    signature: Mapping[str, str],
    **facts: object,
) -> None:
    """Write down an approval, in place of one of the same person that counts no more."""
    row.approvals.filter(approver=person).delete()
    row.approvals.create(approver=person, at=now, **signature)
    content = {"fingerprint": notice.fingerprint, "keyid": signature["keyid"]}
    audit.record(now, person, "approve-notice", row.name, **(content | facts))


def readiness(workspace: Workspace, row: ledger.Notice) -> Readiness:
    """Tell how far a notice is from being released."""
    notice = row.to_value()
    people: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    needed = workspace.settings.trust.threshold
    try:
        feed = LiveFeed(workspace.feed).standing()
        needed = approving.needed(workspace, feed, notice.entries)
        people = tuple(_valid(feed, row, notice))
        awaited = approving.may_sign(feed, notice.entries, {notice.prepared_by, *people})
        _unchanged(workspace, row)
        if len(people) < needed:
            raise NoticeNotApproved(notice=row.name, valid=len(people), threshold=needed)
    except FeedError as problem:
        return Readiness(notice, people, needed, awaited, problem)
    return Readiness(notice, people, needed, awaited, None)


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
            if why := found[asset].outline.why_not(cluster, workspace):
                raise UnfitForNotice(asset=found[asset].title, cluster=cluster_name, detail=why)
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
        try:
            person = _signer(feed, notice, {"keyid": approval.keyid, "sig": approval.sig})
        except (NotAnApprover, WrongSignature):
            continue
        people += {person} - {notice.prepared_by, *people}
    return people


def _signer(feed: Standing, notice: Notice, signature: Mapping[str, str]) -> str:
    """Tell who signed a notice; NotAnApprover, also of one cluster of it, or WrongSignature."""
    content = notice.to_bytes()
    people = {feed.check_signature(cluster, content, signature) for cluster in notice.entries}
    (person, *others) = people
    if others:
        raise NotAnApprover(person=signature["keyid"][:10])
    return person
