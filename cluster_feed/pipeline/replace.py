"""Put a correct asset in the place of a wrong one, in the drafts and whatever comes after them.

What is submitted, approved or live stays as it is: `withdraw` takes off the screens.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from cluster_feed.core.arrangement import once
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.edition import State
from cluster_feed.core.errors import CannotReplace, NoSuchAsset, NothingToShow
from cluster_feed.core.person import check_person
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import assemble, caption
from cluster_feed.pipeline.caption import Writer
from cluster_feed.pipeline.material import outlines
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)

_ITSELF: Final = Bilingual("là cùng một nội dung", "they are the same")
_HAS_ONE: Final = Bilingual("đã được thay bằng “{by}”", "“{by}” has that place already")
_GONE: Final = Bilingual(
    "bản mới cũng đã được thay hoặc thu hồi", "the new one is replaced or withdrawn itself"
)
_TAKEN: Final = Bilingual("bản mới đang thay “{other}”", "it stands for “{other}” already")
_BEFORE_PEOPLE: Final = Bilingual(
    "đã nằm trong phiên bản trình duyệt {edition}; hãy báo Sở",
    "it is in edition {edition}, which is before the approvers; tell the department",
)


class Replaced(NamedTuple):
    """The correct asset, and the drafts that show it now, or cannot yet: draft those again."""

    row: ledger.Asset
    drafts: tuple[str, ...]
    waiting: tuple[str, ...]


def run(workspace: Workspace, now: datetime, old: str, new: str, writer: Writer) -> Replaced:
    """Say that `new` replaces `old`, each named by the beginning of its id.

    Of what its caption does not say, the old one's is taken over, but for the declaration.  The
    old one enters no draft any more; the new one has its place in those that are there, unless it
    is not fit to be shown yet.  A newsroom may do so with its own, until people have it before
    them.  Raises BadPersonName, NoSuchAsset, CannotReplace, and what `caption.write` does.
    """
    check_person(writer.name)
    with transaction.atomic():
        wrong, right = ledger.Asset.called(old), ledger.Asset.called(new)
        for row in (wrong, right):
            if writer.newsroom not in ("", row.newsroom):
                raise NoSuchAsset(asset=row.pk)
        if ledger.Replacement.objects.filter(old=wrong, new=right).exists():
            return Replaced(right, (), ())
        _check(wrong, right, writer)
        ledger.Replacement.objects.create(old=wrong, new=right, at=now, by=writer.name)
        audit.record(now, writer.name, "replace", wrong.pk, replaced_by=right.pk)
        right = _take_over_the_caption(workspace, now, wrong, right, writer)
        drafts, waiting = _into_the_drafts(workspace, now, wrong.pk, right.pk)
    return Replaced(right, tuple(drafts), tuple(waiting))


def offered(assets: QuerySet[ledger.Asset], new: ledger.Asset) -> ledger.Asset | None:
    """Find what a newsroom dropped earlier under the same name: perhaps `new` is to replace it."""
    if ledger.Replacement.objects.filter(new=new).exists():
        return None
    same = _standing(assets).filter(newsroom=new.newsroom, name=new.name)
    return same.filter(received_at__lt=new.received_at).order_by("-received_at", "pk").first()


def corrections(
    assets: QuerySet[ledger.Asset], newest: int
) -> Iterator[tuple[ledger.Asset, ledger.Asset]]:
    """Give, of the newest that came in, what may be a correction, and of what, by their names."""
    light = _standing(assets).only("sha256", "name", "newsroom", "caption", "received_at")
    latest = dict(light.order_by("-received_at", "pk").values_list("pk", "name")[:newest])
    before: dict[tuple[str, str], ledger.Asset] = {}
    told = set(ledger.Replacement.objects.values_list("new", flat=True))
    found = []
    for row in light.filter(name__in=set(latest.values())).order_by("received_at", "-pk"):
        earlier = before.get((row.newsroom, row.name))
        before[row.newsroom, row.name] = row
        if earlier and row.pk not in told and row.pk in latest:
            found.append((row, earlier))
    yield from reversed(found)


def _standing(assets: QuerySet[ledger.Asset]) -> QuerySet[ledger.Asset]:
    return assets.filter(replacement__isnull=True, withdrawal__isnull=True)


def _check(wrong: ledger.Asset, right: ledger.Asset, writer: Writer) -> None:
    def no(detail: Bilingual) -> CannotReplace:
        return CannotReplace(old=wrong.title, new=right.title, detail=detail)

    if wrong == right:
        raise no(_ITSELF)
    if done := ledger.Replacement.objects.filter(old=wrong).select_related("new").first():
        raise no(_HAS_ONE.fill(by=done.new.title))
    if other := ledger.Replacement.objects.filter(new=right).select_related("old").first():
        raise no(_TAKEN.fill(other=other.old.title))
    if not _standing(ledger.Asset.objects.filter(pk=right.pk)).exists():
        raise no(_GONE)
    if writer.newsroom:
        for edition in caption.editions_with(wrong.pk):
            if edition.state != State.DRAFT:
                raise no(_BEFORE_PEOPLE.fill(edition=edition.name))


def _take_over_the_caption(
    workspace: Workspace,
    now: datetime,
    wrong: ledger.Asset,
    right: ledger.Asset,
    writer: Writer,
) -> ledger.Asset:
    own = right.to_caption()
    said = own.filled_from(wrong.to_caption())
    closed = writer.newsroom and not caption.is_open_to(right, writer.newsroom)
    if said == own or closed:
        return right
    return caption.write(workspace, now, right.pk, said, writer)


def _into_the_drafts(
    workspace: Workspace, now: datetime, old: str, new: str
) -> tuple[list[str], list[str]]:
    """Draft again what shows the old one, and tell where the new one came in and where not."""
    drafts, waiting = list[str](), list[str]()
    showing = [each.name for each in caption.editions_with(old) if each.state == State.DRAFT]
    shelf = outlines(workspace) if showing else []
    for name in showing:
        row = ledger.Edition.locked(name)
        if row.derived:
            continue
        row.arranged = {
            cluster: [
                each.model_dump(mode="json", exclude_none=True)
                for each in once(
                    place.model_copy(update={"asset": new}) if place.asset == old else place
                    for place in row.places(cluster)
                )
            ]
            for cluster in row.arranged
        }
        playlist = row.programmes.all()[0].to_value()
        show = (playlist.show_from, playlist.show_until)
        try:
            with transaction.atomic():
                assemble.draft(workspace, now, row, shelf, show=show, again=False)
        except NothingToShow as why:
            _log.warning("%s stays as it is: %s", name, why)
            ledger.Edition.objects.filter(pk=row.pk).update(arranged=row.arranged)
        row = ledger.Edition.called(name)
        (drafts if new in row.shown() else waiting).append(name)
    return drafts, waiting
