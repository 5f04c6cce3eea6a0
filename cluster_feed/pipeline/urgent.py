"""Urgent editions that are made from what is live: the same programmes with one thing changed."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import NUMBER_OF_A_DRAFT, Edition, fingerprint
from cluster_feed.core.playlist import Playlist
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

URGENT, WITHDRAWAL = "khan", "thu-hoi"
"""What an urgent edition's name says it is: `2026-11-khan-1`, `2026-11-thu-hoi-1`."""


def next_name(cycle: Cycle, what: str) -> str:
    """Name a month's next urgent edition of a sort."""
    before = ledger.Edition.objects.filter(name__startswith=f"{cycle}-{what}-").count()
    return f"{cycle}-{what}-{before + 1}"


def live(workspace: Workspace) -> dict[str, Playlist]:
    """Give what was last published for each cluster that there is."""
    found = {cluster: ledger.Programme.live(cluster) for cluster in workspace.clusters}
    return {cluster: programme.to_value() for cluster, programme in found.items() if programme}


def live_assets(workspace: Workspace) -> set[str]:
    """Give every asset that is live at some cluster."""
    return set().union(*(playlist.assets() for playlist in live(workspace).values()))


def standing(workspace: Workspace, now: datetime, cluster: str) -> Playlist:
    """Give what an urgent edition of a cluster starts from.

    It is the live playlist without what was withdrawn or is not declared any more, and without
    what is over, a notice or a whole programme; where nothing is live, one with nothing in it.
    """
    month = workspace.calendar.current(now)
    empty = Playlist(
        cluster=cluster,
        cycle=str(month),
        number=NUMBER_OF_A_DRAFT,
        show_from=now,
        show_until=workspace.calendar.shows(month)[1],
        entries=(),
    )
    programme = ledger.Programme.live(cluster)
    if programme is None:
        return empty
    left = programme.to_value().without(ledger.Asset.barred())
    takeover = left.takeover if left.takeover and now < left.takeover.show_until else None
    kept = {"takeover": takeover, "number": NUMBER_OF_A_DRAFT}
    if left.show_until <= now:
        return empty.model_copy(update=kept | {"evergreen": left.evergreen})
    return left.model_copy(update=kept)


def make(
    workspace: Workspace,
    now: datetime,
    playlists: Mapping[str, Playlist],
    *,
    what: str,
    person: str,
    notice: ledger.Notice | None = None,
) -> Edition:
    """Write down an urgent edition of such playlists, to be submitted in the same breath."""
    cycle = workspace.calendar.current(now)
    with transaction.atomic():
        name = next_name(cycle, what)
        edition = Edition(
            name=name, cycle=str(cycle), urgent=True, fingerprint=fingerprint(playlists)
        )
        row = ledger.Edition(
            name=name, cycle=str(cycle), urgent=True, derived=True, notice=notice, created_at=now
        )
        row.take(edition)
        ledger.Programme.objects.bulk_create(
            ledger.Programme(
                edition=row,
                cluster=cluster,
                playlist=playlist.to_bytes(),
                base=ledger.Programme.live_number(cluster),
            )
            for cluster, playlist in playlists.items()
        )
        audit.record(now, person, "derive", name, fingerprint=edition.fingerprint)
    return edition
