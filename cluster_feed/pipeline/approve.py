"""What people do to an edition: submit, approve, return, withdraw.

Approving is signing: an approver's key signs every cluster's playlist and, through it, every
byte that its screens may show.  Each act is one transaction with its event, so that of two people
at once the second sees what the first did.
"""

import logging
from collections.abc import Container, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from securesystemslib.signer import CryptoSigner

from cluster_feed.adapters import keys
from cluster_feed.adapters.live_feed import LiveFeed, Standing
from cluster_feed.adapters.request import Answer, EditionRequest
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import Edition, State, fingerprint, live_month, next_number
from cluster_feed.core.errors import (
    AlreadyPublished,
    ChangedSinceSeen,
    FeedError,
    KeyNotHere,
    NotAnApprover,
    NothingToShow,
    NotTheClusters,
    OtherKeyHere,
    OtherRequest,
    ReasonNeeded,
)
from cluster_feed.core.person import check_person
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.urgent import live_assets
from cluster_feed.workspace import Workspace

logger = logging.getLogger(__name__)

SUBMIT = "submit"


def submit(
    workspace: Workspace,
    now: datetime,
    edition_name: str,
    person: str,
    *,
    prepared_by: str | None = None,
) -> Edition:
    """Put a draft before the approvers under a number that was never given before.

    What is said of all that is proposed for Vietnam.vn is kept with it as it is now: that is what
    they approve, and what the portal is given.
    `prepared_by` is who prepared the notice that it is for: they do not sign it then, in place of
    who submits it.

    Raises BadPersonName, NoSuchEdition, NotOnTheRoad, NothingToShow, ChangedSinceSeen,
    NotDeclared, AssetWithdrawn, NotDelegated, NumbersUsedUp.
    """
    check_person(person)
    with transaction.atomic():
        _wait_for_other_submissions()
        row = ledger.Edition.locked(edition_name)
        edition = row.to_value()
        playlists = _playlists(row, edition.fingerprint)
        feed = LiveFeed(workspace.feed).standing()
        for cluster in playlists:
            feed.approvers(cluster)
        number = _next_number(workspace, feed, row, now)
        edition = edition.submitted(by=person, number=number, prepared_by=prepared_by)
        row.signatures.all().delete()
        for programme in row.programmes.all():
            playlist = playlists[programme.cluster].model_copy(update={"number": edition.number})
            programme.playlist = playlist.to_bytes()
            programme.to_sign = LiveFeed.to_sign(playlist, _expires(workspace, playlist))
            programme.save()
        row.take(edition)
        submission = row.submissions.create(
            number=edition.number,
            by=person,
            at=now,
            fingerprint=edition.fingerprint,
            playlists={name: each.to_bytes().decode() for name, each in playlists.items()},
            captions=row.words_to_submit(),
            **ledger.Official.naming(person),
        )
        audit.record(
            now,
            person,
            SUBMIT,
            edition_name,
            number=edition.number,
            fingerprint=edition.fingerprint,
            words=submission.words,
            **({"prepared_by": prepared_by} if prepared_by else {}),
        )
    return edition


def approve(
    workspace: Workspace,
    now: datetime,
    edition_name: str,
    person: str,
    seen: Sha256,
    passphrase: str,
) -> Edition:
    """Sign every cluster's playlist with a person's key, kept on the hub.

    `seen` is the fingerprint of what the person looked at.  Raises the refusals of
    `Edition.signed`, ChangedSinceSeen or NotTheClusters where the record was touched,
    NotDeclared, AssetWithdrawn, MadeFromWhatWasLive, NotAnApprover, KeyNotHere and
    WrongPassphrase.
    """
    with transaction.atomic():
        row = ledger.Edition.locked(edition_name)
        edition, playlists, keyid = _with_signature_of(workspace, row, person, seen)
        signer = opened(key_here(workspace, person, edition_name), passphrase, keyid)
        by_cluster = {}
        for programme in row.programmes.all():
            playlist = playlists[programme.cluster]
            to_sign = _to_sign(workspace, edition, programme, playlist)
            by_cluster[programme.cluster] = LiveFeed.sign(to_sign, signer)
        _keep(now, row, edition, by_cluster, keyid=keyid)
    return edition


def check(workspace: Workspace, edition_name: str, person: str) -> None:
    """Raise what `approve` would, before a person has read it all and typed their passphrase."""
    check_person_may_sign(workspace, edition_name, person)
    key_here(workspace, person, edition_name)


def check_person_may_sign(workspace: Workspace, edition_name: str, person: str) -> None:
    """The same, wherever their key is."""
    row = ledger.Edition.called(edition_name)
    _with_signature_of(workspace, row, person, row.fingerprint)


class _Approval(NamedTuple):
    edition: Edition
    playlists: Mapping[str, Playlist]
    keyid: str


def _with_signature_of(
    workspace: Workspace, row: ledger.Edition, person: str, seen: Sha256
) -> _Approval:
    """Give an edition as a person's signature would make it, and the key that must make it."""
    edition = row.to_value()
    playlists = _playlists(row, edition.fingerprint)
    feed = LiveFeed(workspace.feed).standing()
    edition = edition.signed(person, seen, needed(workspace, feed, playlists))
    return _Approval(edition, playlists, keyid_of(feed, playlists, person))


def request(workspace: Workspace, now: datetime, edition_name: str) -> EditionRequest:
    """Write down what an approver signs on a machine of their own; see `import_signature`.

    Raises NoSuchEdition, NotOnTheRoad where it awaits no signature.
    """
    row = ledger.Edition.called(edition_name)
    edition = row.to_value().awaiting_signatures()
    playlists = _playlists(row, edition.fingerprint)
    programmes = list(row.programmes.all())
    return EditionRequest(
        name=edition.name,
        made_at=now,
        roles={
            each.cluster: _to_sign(workspace, edition, each, playlists[each.cluster]).decode()
            for each in programmes
        },
        playlists={each.cluster: bytes(each.playlist).decode() for each in programmes},
    )


def import_signature(
    workspace: Workspace, now: datetime, edition_name: str, answer: Answer
) -> Edition:
    """Count a signature that was made elsewhere exactly as one made here.

    The person is the one whose key it is; what was seen is what the signature covers, so that a
    change of content voids it.  Raises the refusals of `Edition.signed`, OtherRequest,
    NotAnApprover and WrongSignature.
    """
    with transaction.atomic():
        row = ledger.Edition.locked(edition_name)
        edition = row.to_value()
        playlists = _playlists(row, edition.fingerprint)
        feed = LiveFeed(workspace.feed).standing()
        if answer.by.keys() != playlists.keys():
            raise OtherRequest(person=answer.person, request=edition_name)
        by_cluster = {name: each.model_dump() for name, each in answer.by.items()}
        people = set()
        for programme in row.programmes.all():
            to_sign = _to_sign(workspace, edition, programme, playlists[programme.cluster])
            signature = by_cluster[programme.cluster]
            people.add(feed.check_signature(programme.cluster, to_sign, signature))
        (person, *others) = people
        if others:
            raise OtherRequest(person=answer.person, request=edition_name)
        threshold = needed(workspace, feed, playlists)
        edition = edition.signed(person, edition.fingerprint, threshold)
        keyid = next(iter(answer.by.values())).keyid
        _keep(now, row, edition, by_cluster, keyid=keyid, elsewhere=True)
    return edition


def needed(workspace: Workspace, feed: Standing, clusters: Iterable[str]) -> int:
    """How many people must sign what these clusters show: as many as the strictest asks for."""
    thresholds = (feed.threshold(cluster) for cluster in clusters)
    return max(workspace.settings.trust.threshold, *thresholds)


class Awaited(NamedTuple):
    """How many people must sign an edition, and who still may, while it waits for signatures."""

    needed: int
    people: tuple[str, ...] = ()


def awaited(workspace: Workspace, row: ledger.Edition) -> Awaited:
    """Look at an edition on record; before the ceremony it is as the settings say."""
    edition = row.to_value()
    clusters = list(row.programmes.values_list("cluster", flat=True))
    try:
        feed = LiveFeed(workspace.feed).standing()
        count = needed(workspace, feed, clusters)
        people = may_sign(feed, clusters, {edition.maker, *edition.approvals})
    except FeedError:  # `check` names it
        return Awaited(workspace.settings.trust.threshold)
    return Awaited(count, people if edition.state is State.SUBMITTED else ())


def may_sign(
    feed: Standing, clusters: Iterable[str], but: Container[str | None]
) -> tuple[str, ...]:
    """Name those who approve for every cluster by one key, but for some."""
    trusted = [feed.approvers(cluster).items() for cluster in clusters]
    everywhere = set(trusted[0]).intersection(*trusted[1:]) if trusted else ()
    return tuple(sorted(person for person, _ in everywhere if person not in but))


def keys_elsewhere(workspace: Workspace, edition: Edition) -> list[str]:
    """Name those who may still sign an edition and whose keys are on machines of their own."""
    people = awaited(workspace, ledger.Edition.called(edition.name)).people
    return [person for person in people if not workspace.approver_key(person).exists()]


def _keep(
    now: datetime,
    row: ledger.Edition,
    edition: Edition,
    by_cluster: Mapping[str, Mapping[str, str]],
    **facts: object,
) -> None:
    """Write down the signatures of who signed last."""
    person = edition.approvals[-1]
    named = ledger.Official.naming(person)
    row.signatures.create(approver=person, at=now, by_cluster=by_cluster, **named)
    row.take(edition)
    act = "approve" if edition.state is State.APPROVED else "sign"
    content = {"number": edition.number, "fingerprint": edition.fingerprint}
    if submission := row.submission():
        content["words"] = submission.words
    audit.record(now, person, act, edition.name, **(content | facts))


def _to_sign(
    workspace: Workspace, edition: Edition, programme: ledger.Programme, playlist: Playlist
) -> bytes:
    """Make a cluster's bytes again, and make sure that they are those that were submitted."""
    to_sign = LiveFeed.to_sign(playlist, _expires(workspace, playlist))
    if playlist.number != edition.number or to_sign != bytes(programme.to_sign or b""):
        raise NotTheClusters(cluster=programme.cluster, detail="not what was submitted")
    return to_sign


def return_(
    workspace: Workspace, now: datetime, edition_name: str, person: str, reason: str
) -> Edition:
    """Give an edition back to be changed; its signatures are void.

    An approved one may need it too: when another has gone out before it.  One that was made from
    what is live cannot be changed: given back it is over, and so is the withdrawal it was for.
    """
    check_person(person)
    with transaction.atomic():
        row = ledger.Edition.locked(edition_name)
        edition = row.to_value().returned()
        _make_sure_it_is_not_live(workspace, row)
        _explain(edition_name, reason)
        row.signatures.all().delete()
        row.programmes.update(to_sign=None)
        row.take(edition.dropped() if row.derived else edition)
        lifted = _lift_withdrawals(workspace, row)
        audit.record(now, person, "return", edition_name, reason=reason.strip(), **lifted)
    return row.to_value()


def drop(now: datetime, edition_name: str, person: str, reason: str) -> Edition:
    """Put an urgent draft aside for good; NotDropped for a month's, which is drafted again."""
    check_person(person)
    with transaction.atomic():
        row = ledger.Edition.locked(edition_name)
        edition = row.to_value().dropped()
        _explain(edition_name, reason)
        row.take(edition)
        audit.record(now, person, "drop", edition_name, reason=reason.strip())
    return edition


def withdraw(
    workspace: Workspace, now: datetime, edition_name: str, person: str, reason: str
) -> Edition:
    """Keep an approved edition from being published.

    Raises AlreadyPublished where it is on its way to the screens.
    """
    check_person(person)
    with transaction.atomic():
        row = ledger.Edition.locked(edition_name)
        edition = row.to_value().withdrawn()
        _make_sure_it_is_not_live(workspace, row)
        _explain(edition_name, reason)
        row.take(edition)
        lifted = _lift_withdrawals(workspace, row)
        audit.record(now, person, "withdraw", edition_name, reason=reason.strip(), **lifted)
    return edition


def _playlists(row: ledger.Edition, expected: Sha256) -> Mapping[str, Playlist]:
    """Read every cluster's playlist and make sure that together they are what the edition says."""
    row.make_sure_it_may_be_shown()
    playlists = {programme.cluster: programme.to_value() for programme in row.programmes.all()}
    if not playlists:
        raise NothingToShow(
            cluster="*", detail=Bilingual("chưa có danh sách phát", "there is no playlist")
        )
    found = fingerprint(playlists)
    if found != expected:
        logger.error("the playlists of %s are not those of its fingerprint", row.name)
        raise ChangedSinceSeen(edition=row.name, seen=expected[:10], now=found[:10])
    return playlists


def _wait_for_other_submissions() -> None:
    """Let one person at a time be given a number; SQLite's writers wait by themselves."""
    list(ledger.Edition.objects.select_for_update().order_by("pk").values_list("pk"))


def _next_number(workspace: Workspace, feed: Standing, row: ledger.Edition, now: datetime) -> int:
    """Give a number once only, even where its edition was returned.

    Signatures under a number stay valid for ever; given twice, those of a returned edition would
    open the way to the screens for it in place of the one approved later.
    """
    live = feed.live_numbers().values()
    month = Cycle.parse(row.cycle)
    if row.urgent:
        month = live_month(live, coming=workspace.calendar.current(now))
    submitted = ledger.Event.objects.filter(act=SUBMIT).values_list("facts__number", flat=True)
    numbered = ledger.Edition.objects.values_list("number", flat=True)
    return next_number(month, {*live, *map(int, submitted), *numbered})


def _expires(workspace: Workspace, playlist: Playlist) -> datetime:
    """Until when a screen that comes late may still take it."""
    return playlist.ends_at() + timedelta(days=workspace.settings.trust.expires_days)


def keyid_of(feed: Standing, clusters: Iterable[str], person: str) -> str:
    """Name the key by which a person approves for every cluster; NotAnApprover."""
    trusted = {feed.approvers(cluster).get(person, "") for cluster in clusters}
    if len(trusted) != 1 or not (keyid := trusted.pop()):
        raise NotAnApprover(person=person)
    return keyid


def key_here(workspace: Workspace, person: str, name: str, group: str = "") -> Path:
    """Give a person's key file; KeyNotHere, with the commands of a group that sign elsewhere."""
    path = workspace.approver_key(person)
    if not path.exists():
        commands = {each: f"{group}{each} {name}" for each in ("request", "approve")}
        raise KeyNotHere(person=person, **commands)
    return path


def opened(path: Path, passphrase: str, keyid: str) -> CryptoSigner:
    """Open a person's key, if it is the one that the feed trusts; OtherKeyHere."""
    signer = keys.signer(path, passphrase)
    if signer.public_key.keyid != keyid:
        raise OtherKeyHere(person=path.stem, path=path)
    return signer


def _make_sure_it_is_not_live(workspace: Workspace, row: ledger.Edition) -> None:
    """Refuse to take back what screens may have fetched.

    The feed is asked too: a crash may have come between its change and the ledger's.
    """
    live = LiveFeed(workspace.feed).live_numbers().values()
    if row.state == State.PUBLISHED or (row.number and row.number in live):
        raise AlreadyPublished(edition=row.name)


def _lift_withdrawals(workspace: Workspace, row: ledger.Edition) -> Mapping[str, str]:
    """End the withdrawals that an edition was for; name their assets for the log.

    What another edition took off the screens meanwhile stays withdrawn.
    """
    if not row.derived:
        return {}
    lifted = row.withdrawals.filter(asset__in=live_assets(workspace))
    named = ", ".join(sorted(lifted.values_list("asset_id", flat=True)))
    lifted.delete()
    row.withdrawals.update(edition=None)
    return {"lifted": named} if named else {}


def _explain(edition_name: str, reason: str) -> None:
    if not reason.strip():
        raise ReasonNeeded(edition=edition_name)
