"""Take assets back: off the screens that show them, and out of every later edition."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from cluster_feed.core.edition import Edition, State
from cluster_feed.core.errors import NothingToWithdraw, NotWithdrawn, ReasonNeeded
from cluster_feed.core.person import check_person
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, urgent
from cluster_feed.workspace import Workspace


def run(
    workspace: Workspace,
    now: datetime,
    edition_name: str,
    person: str,
    reason: str,
    assets: Collection[str] = (),
) -> Edition | None:
    """Withdraw assets, named by the beginning of their ids, and submit the edition without them.

    None named: all that the edition shows but its evergreen ones.  From now on no edition with
    them is approved or published.  Where they are live, the cluster's live playlists without them
    wait for the approvers as an urgent edition, submitted by this person; giving that back lifts
    the withdrawal.  None: they were live nowhere.  An edition that is not published and of which
    no asset is named is kept from being published, as a whole, and its assets stay as they are.

    Raises BadPersonName, ReasonNeeded, NoSuchEdition, NoSuchAsset, NothingToWithdraw, and the
    refusals of `approve.submit` and `approve.withdraw`.
    """
    check_person(person)
    row = ledger.Edition.called(edition_name)
    if row.state != State.PUBLISHED and not assets:
        return approve.withdraw(workspace, now, edition_name, person, reason)
    if not reason.strip():
        raise ReasonNeeded(edition=edition_name)
    with transaction.atomic():
        named = {ledger.Asset.called(each).pk for each in assets} or _shown(row)
        live = named & urgent.live_assets(workspace)
        new = named - set(ledger.Withdrawal.objects.values_list("asset_id", flat=True))
        if not live | new:
            raise NothingToWithdraw
        for asset in sorted(new):
            ledger.Withdrawal.objects.create(
                asset=ledger.Asset.called(asset), at=now, by=person, reason=reason.strip()
            )
            audit.record(now, person, "withdraw-asset", asset, reason=reason.strip())
        return _take_off(workspace, now, person, live) if live else None


def lift(now: datetime, asset: str, person: str, reason: str) -> ledger.Asset:
    """Let an asset be shown again by editions to come.

    Raises BadPersonName, NoSuchAsset, NotWithdrawn, ReasonNeeded.
    """
    check_person(person)
    row = ledger.Asset.called(asset)
    if not reason.strip():
        raise ReasonNeeded(edition=str(row))
    with transaction.atomic():
        gone, _ = ledger.Withdrawal.objects.filter(asset=row).delete()
        if not gone:
            raise NotWithdrawn(asset=row)
        audit.record(now, person, "lift-withdrawal", row.pk, reason=reason.strip())
    return row


def _shown(row: ledger.Edition) -> set[str]:
    """Give what an edition shows but for its evergreen entries."""
    playlists = [programme.to_value() for programme in row.programmes.all()]
    evergreen = {entry.asset for playlist in playlists for entry in playlist.evergreen}
    return row.shown() - evergreen


def _take_off(workspace: Workspace, now: datetime, person: str, assets: set[str]) -> Edition:
    """Submit, for the clusters that show them, what is live without what is withdrawn."""
    playlists = {
        cluster: urgent.standing(workspace, now, cluster)
        for cluster, playlist in urgent.live(workspace).items()
        if playlist.assets() & assets
    }
    edition = urgent.make(workspace, now, playlists, what=urgent.WITHDRAWAL, person=person)
    row = ledger.Edition.called(edition.name)
    ledger.Withdrawal.objects.filter(asset__in=assets).update(edition=row)
    return approve.submit(workspace, now, edition.name, person)
