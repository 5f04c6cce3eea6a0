"""Release an urgent notice, and take it off again: each by an edition that two people sign."""

from datetime import datetime

from django.db import transaction

from cluster_feed.core.edition import Edition, State
from cluster_feed.core.errors import (
    AnotherEnd,
    EndNeeded,
    KeyNotHere,
    NoticeChanged,
    NotOnScreens,
    UnfitForNotice,
)
from cluster_feed.core.notice import LONGEST, Notice
from cluster_feed.core.playlist import ZONE, Playlist, Takeover
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve as approving
from cluster_feed.pipeline import material, urgent
from cluster_feed.pipeline.notice import readiness
from cluster_feed.workspace import Workspace


def waiting(name: str, *, ends: bool) -> ledger.Edition | None:
    """Find the release of a notice, or its end, that waits for a signature or to go out."""
    waits = ledger.Edition.objects.filter(
        notice__name=name, state__in=(State.SUBMITTED, State.APPROVED)
    )
    return next(
        (row for row in waits.order_by("-pk") if (_takeover_of(row, name) is None) is ends), None
    )


def check(workspace: Workspace, name: str, person: str, *, ends: bool) -> None:
    """Raise what `run` or `end` would, before a person has read it all and answered."""
    row = ledger.Notice.called(name)
    begun = waiting(name, ends=ends)
    if begun and begun.state == State.SUBMITTED:
        approving.check_person_may_sign(workspace, begun.name, person)
    if not begun and not ends and (problem := readiness(workspace, row).problem):
        raise problem


@transaction.atomic
def run(
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

    It is what is live there under the notice, submitted and signed by this person; the second
    signs the same, and it is approved.  Who prepared the notice signs neither.  The signature of a
    person whose key is not here comes by `approve.import_signature`; until then it waits.  `seen`
    is the fingerprint of what was looked at: the notice's for the first, the edition's for the
    second.  Raises NoSuchNotice, NoticeChanged, NoticeNotApproved, EndNeeded, AnotherEnd,
    UnfitForNotice, and the refusals of `submit` and `approve`.
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
    told = {"until": until.astimezone(ZONE).isoformat(), "prepared_by": row.prepared_by}
    audit.record(now, person, "release-notice", name, **told)
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
    audit.record(now, person, "end-notice", name, prepared_by=row.prepared_by)
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
        if why := each.outline.why_not_then(show):
            raise UnfitForNotice(asset=each.title, cluster="*", detail=why)


def _submitted_and_signed(
    workspace: Workspace,
    now: datetime,
    row: ledger.Notice,
    playlists: dict[str, Playlist],
    person: str,
    passphrase: str,
) -> Edition:
    made = urgent.make(workspace, now, playlists, what=urgent.URGENT, person=person, notice=row)
    approving.submit(workspace, now, made.name, person, prepared_by=row.prepared_by)
    begun = ledger.Edition.called(made.name)
    return _signed(workspace, now, begun, person, made.fingerprint, passphrase)


def _signed(
    workspace: Workspace,
    now: datetime,
    begun: ledger.Edition,
    person: str,
    seen: Sha256,
    passphrase: str,
) -> Edition:
    """Add a person's signature, unless it has all already or their key is elsewhere."""
    if begun.state == State.APPROVED:
        return begun.to_value()
    try:
        return approving.approve(workspace, now, begun.name, person, seen, passphrase)
    except KeyNotHere:
        return begun.to_value()
