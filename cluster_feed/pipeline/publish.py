"""Put approved editions into the signed feed when their time has come, and keep it fresh."""

import io
import logging
from datetime import datetime

from django.db import transaction
from securesystemslib.signer import CryptoSigner

from cluster_feed.adapters import keys
from cluster_feed.adapters.feed import Feed
from cluster_feed.adapters.live_feed import Roles
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import State
from cluster_feed.core.errors import (
    FeedError,
    OperatorError,
    ReviewError,
    Superseded,
)
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import Tick, quiet
from cluster_feed.workspace import Workspace

logger = logging.getLogger(__name__)

_APPROVED, _REFUSED = "approve", "publish-refused"


def run(workspace: Workspace, now: datetime, tick: Tick = quiet) -> list[str]:
    """Publish what is due, oldest first, and name it; sign anew what would soon expire.

    An edition that cannot be published stays approved, with an event that says who must act, also
    where its time is still to come, while there is time to mend it; the others go on.  A crash
    between the feed and the ledger is repaired by running again: the feed takes the same edition
    twice without a change.
    """
    feed = Feed(workspace.feed, workspace.settings.trust.expires_days)
    if not feed.founded:
        return []
    online = keys.signer(workspace.online_key, None)
    with workspace.alone("publish"):
        approved = ledger.Edition.objects.filter(state=State.APPROVED).order_by("number")
        published = [
            row.name
            for row in approved
            if _released(workspace, row, now) and _goes_out(workspace, feed, online, row, now, tick)
        ]
        for row in approved.all():
            if not _released(workspace, row, now):
                _could_go_out(feed, row, now)
        feed.refresh(online, now)
    return published


def _goes_out(
    workspace: Workspace,
    feed: Feed,
    online: CryptoSigner,
    row: ledger.Edition,
    now: datetime,
    tick: Tick,
) -> bool:
    """Publish one edition, or say why not."""
    if not _could_go_out(feed, row, now):
        return False
    try:
        _make_sure_of_files(workspace, row, tick)
        _publish(feed, online, row, now)
    except (ReviewError, OperatorError) as refusal:
        _record(row, refusal, now)
        return False
    return True


def _could_go_out(feed: Feed, row: ledger.Edition, now: datetime) -> bool:
    """Whether it may still be shown and the feed would take it as it was signed; or say why not."""
    try:
        row.make_sure_it_may_be_shown()
        feed.check(_roles(feed, row), now)
    except (ReviewError, OperatorError) as refusal:
        _record(row, refusal, now)
        return False
    return True


def goes_out_at(workspace: Workspace, row: ledger.Edition) -> datetime | None:
    """Tell when an edition may be published; None: at once.

    A month's waits for its day.  No assembled edition puts an end to a notice that it does not
    carry itself: it waits until the notice is over, or was taken off.
    """
    moments = [] if row.urgent else [workspace.calendar.push_at(Cycle.parse(row.cycle))]
    for programme in () if row.derived else row.programmes.all():
        live = ledger.Programme.live(programme.cluster)
        takeover = live.to_value().takeover if live else None
        if takeover and takeover != programme.to_value().takeover:
            moments.append(takeover.show_until)
    return max(moments, default=None)


def _released(workspace: Workspace, row: ledger.Edition, now: datetime) -> bool:
    moment = goes_out_at(workspace, row)
    return moment is None or moment <= now


def _make_sure_of_files(workspace: Workspace, row: ledger.Edition, tick: Tick) -> None:
    """Keep the playlists in the store and read every file that was signed once more, whole."""
    files = {}
    for programme in row.programmes.all():
        playlist = bytes(programme.playlist)
        workspace.store.copy_in(io.BytesIO(playlist), len(playlist))
        for file in Feed.files(programme.cluster, bytes(programme.to_sign or b"")):
            files[file.sha256] = file.byte_count
    total, done = sum(files.values()), 0
    for sha256, byte_count in files.items():
        workspace.store.verify(sha256)
        done += byte_count
        tick(row.name, done / total)


def _publish(feed: Feed, online: CryptoSigner, row: ledger.Edition, now: datetime) -> None:
    """Put it into the feed and record it, unless someone has just withdrawn it."""
    with transaction.atomic():
        row = ledger.Edition.objects.select_for_update().get(pk=row.pk)
        edition = row.to_value().published()
        version = feed.put(_roles(feed, row), online, now)
        row.published_at = now
        row.take(edition)
        audit.record(now, "hub", "publish", row.name, number=row.number, timestamp=version)


def _roles(feed: Feed, row: ledger.Edition) -> Roles:
    """Gather what was signed for each cluster, and by whom."""
    by_person = list(row.signatures.values_list("by_cluster", flat=True))
    live = feed.live_numbers()
    roles = {}
    for programme in row.programmes.all():
        cluster = programme.cluster
        if row.number < live.get(cluster, 0):
            raise Superseded(edition=row.name, number=row.number, live=live[cluster])
        signatures = [signed[cluster] for signed in by_person if cluster in signed]
        roles[cluster] = bytes(programme.to_sign or b""), signatures
    return roles


def refusal(row: ledger.Edition) -> ledger.Event | None:
    """The event that says why an approved edition does not go out; None: nothing is known."""
    last = _last_word(row) if row.state == State.APPROVED else None
    return last if last and last.act == _REFUSED else None


def _last_word(row: ledger.Edition) -> ledger.Event | None:
    """The latest of its approvals and of the refusals to publish it."""
    words = ledger.Event.objects.filter(subject=row.name, act__in=(_APPROVED, _REFUSED))
    return words.order_by("-pk").first()


def _record(row: ledger.Edition, refusal: FeedError, now: datetime) -> None:
    """Say once, not at every tick, why an edition does not go out."""
    facts = {"code": refusal.code, **refusal.facts}
    last = _last_word(row)
    if last is None or (last.act, last.facts) != (_REFUSED, facts):
        logger.error("%s is not published: %s", row.name, refusal)
        audit.record(now, "hub", _REFUSED, row.name, **facts)
