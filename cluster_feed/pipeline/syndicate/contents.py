"""What a package holds: of what an edition shows, that which the portal does not have yet.

An asset keeps its code through every package it is ever in.  Against what was given before it is
new, changed or unchanged (then it stays out); what was given and has since been taken back is
named, so that the portal takes it off.

What is said of an asset is what the last edition that shows it had approved; what somebody writes
afterwards waits for the next one.  To take something back needs nobody's approval.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple, Self

from django.db.models import Q

from cluster_feed.core import portal
from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Caption, Missing
from cluster_feed.core.edition import State
from cluster_feed.core.package import Change, Item, Told, Withdrawn, code_prefix, item_id, legible
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.value import Sha256, canonical, digest
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

_ADDED: Final = ("contributors", "licence_granted", "rights_until", "consent", "digital_source")
"""Fields that captions did not have when the first packages were given: blank, they say nothing
new."""


class Proposed(NamedTuple):
    """An asset that the edition shows and its newsroom proposes, and what the portal knows of it.

    `caption` is what was approved, `declared_by` who made its declarations; `lacks` is what keeps
    it out of the package.  `files` are those of a package that is made again.
    """

    row: ledger.Asset
    caption: Caption
    newsroom: str
    clusters: tuple[str, ...]
    renditions: tuple[Sha256, ...]
    before: ledger.PackagedItem | None = None
    declared_by: str = ""
    lacks: tuple[Missing, ...] = ()
    files: tuple[Sha256, ...] = ()
    gates: tuple[str, ...] = ()

    @classmethod
    def again(cls, item: Item) -> Self:
        """Take it from what a package said of it."""
        row = ledger.Asset.objects.get(pk=item.asset.sha256)
        given = cls(row, item.caption, item.newsroom, item.clusters, item.approved_renditions)
        return given._replace(files=tuple(file.sha256 for file in item.files))

    @property
    def title(self) -> str:
        """What people call it: as was approved, or the name of its file."""
        return self.caption.in_language("vi").title or self.row.title

    @property
    def content(self) -> Sha256:
        """Name what the portal would get, so that the same is not given twice.

        What is made of the asset follows from it, and is no news when it is made again.
        """
        said = self.caption.model_dump(mode="json")
        said = {name: each for name, each in said.items() if each or name not in _ADDED}
        return digest(canonical([self.row.pk, said, self.newsroom]))

    @property
    def awaits_copies(self) -> bool:
        """Whether a copy for the portal is neither made nor known to be impossible."""
        if self.row.kind != Kind.VIDEO:
            return False
        wanted = {each.name for each in portal.profiles(self.row.to_value().media)}
        return not wanted <= {each.profile for each in self.row.renditions.all()}

    @property
    def change(self) -> Change | None:
        """How it differs from what the portal has; None: it does not."""
        if self.before is None:
            return Change.NEW
        taken_back = self.before.change == Change.WITHDRAWN
        return Change.CHANGED if taken_back or self.before.content != self.content else None

    @property
    def version(self) -> int:
        """How often the portal gets it, with this time."""
        return self.before.version + 1 if self.before else 1


class Held(NamedTuple):
    """What is proposed and stays out of a package, and what it lacks."""

    asset: Sha256
    title: str
    lacks: tuple[Missing, ...]


class Contents(NamedTuple):
    """What an edition gives the portal, by the codes of its items, and what it does not.

    `awaited` names the clips whose copies are still being made: before that there is no package.
    """

    items: Mapping[str, Proposed]
    withdrawn: Sequence[Withdrawn]
    held: Sequence[Held] = ()
    awaited: Sequence[str] = ()

    @classmethod
    def of(cls, workspace: Workspace, edition: ledger.Edition, now: datetime) -> Self:
        """Compare what an edition shows with what was given before."""
        shown = _Shown(edition)
        today = now.astimezone(ZONE).date()
        proposed = [each for each in _proposed(workspace, edition, shown, today) if each.change]
        ready = [each for each in proposed if not each.lacks]
        known = ledger.PackagedItem.objects.filter(code__startswith=code_prefix(edition.cycle))
        number = known.values("code").distinct().count()
        items = {}
        for each in ready:
            if each.before is None:
                number += 1
            code = each.before.code if each.before else item_id(edition.cycle, number)
            items[code] = each
        dropped = shown.assets - edition.words().keys()
        return cls(
            items,
            [each for each in _withdrawn(dropped) if each.id not in items],
            [Held(each.row.pk, each.title, each.lacks) for each in proposed if each.lacks],
            [each.title for each in ready if each.awaits_copies],
        )

    @classmethod
    def taken_back(cls) -> Self:
        """Name what the portal is to take off, where that cannot wait for another edition.

        What the department withdrew and what is not declared any more cannot; what a newsroom
        just proposes no longer goes with it.
        """
        return cls({}, list(_withdrawn()) if _last_told(_barred()) else ())

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.items or self.withdrawn)


class _Shown:
    """Where an edition shows its assets and as which renditions.

    What a later edition shows, of which the portal has been told already, is left to that one.
    """

    def __init__(self, edition: ledger.Edition) -> None:
        self.clusters: defaultdict[Sha256, set[str]] = defaultdict(set)
        self.renditions: defaultdict[Sha256, set[Sha256]] = defaultdict(set)
        later = ledger.Edition.objects.filter(
            state=State.PUBLISHED, number__gt=edition.number, settled_at__isnull=False
        )
        told = set().union(*(each.shown() for each in later)) if edition.number else set()
        for programme in edition.programmes.all():
            for entry in programme.to_value().all_entries():
                if entry.asset not in told:
                    self.clusters[entry.asset].add(programme.cluster)
                    self.renditions[entry.asset] |= {each.sha256 for each in entry.blobs.values()}

    @property
    def assets(self) -> set[Sha256]:
        return set(self.clusters)


def _taken_back() -> Q:
    """Assets of which a withdrawal is in force: a request that waits for signatures is not."""
    return Q(withdrawal__in=ledger.Withdrawal.in_force())


def asked_back() -> list[str]:
    """Name what the portal has and is to take off once its withdrawal is signed."""
    waits = _last_told(Q(withdrawal__in=ledger.Withdrawal.awaited()))
    return [each.package.titles().get(each.code, each.asset.title) for each in waits]


def _barred() -> Q:
    """Assets that nobody may show any more: withdrawn, or not declared free of secrets."""
    return _taken_back() | ~Q(caption__no_state_secrets=True)


def _proposed(
    workspace: Workspace, edition: ledger.Edition, shown: _Shown, today: date
) -> Iterator[Proposed]:
    words = edition.words()
    stands_for = ledger.Replacement.before(shown.assets)
    told_of = {asset: (asset, *before) for asset, before in stands_for.items()}
    given = _given({each for assets in told_of.values() for each in assets})
    rows = ledger.Asset.objects.filter(pk__in=shown.assets, proposed=True).exclude(_barred())
    for row in rows.order_by("received_at", "pk").prefetch_related("renditions"):
        if row.pk not in words:
            continue
        caption, by = words[row.pk]
        newsroom = workspace.newsroom(row.newsroom)
        lacks = caption.missing_for_portal(workspace.newsroom_class(row.newsroom), Kind(row.kind))
        over = caption.rights_until is not None and caption.rights_until < today
        # What is shown beside what it replaces is another item, with a code of its own.
        before = [each for each in told_of[row.pk] if each == row.pk or each not in shown.assets]
        yield Proposed(
            row,
            caption,
            str(legible(newsroom.title)) if newsroom else row.newsroom,
            tuple(sorted(shown.clusters[row.pk])),
            tuple(sorted(shown.renditions[row.pk])),
            next((given[each] for each in before if each in given), None),
            _called(workspace, by),
            (*lacks, *([Missing.RIGHTS] if over else ())),
            gates=_gates(workspace, shown.clusters[row.pk]),
        )


def _gates(workspace: Workspace, clusters: Collection[str]) -> tuple[str, ...]:
    known = workspace.clusters
    return tuple(known[each].title if each in known else each for each in sorted(clusters))


def _called(workspace: Workspace, writer: str) -> str:
    """Name who wrote a caption last: a newsroom, or a person."""
    newsroom = workspace.newsroom(writer)
    title = newsroom.title if newsroom else ledger.Official.naming(writer)["full_name"]
    return str(legible(title or writer))


def _given(assets: Collection[Sha256]) -> Mapping[Sha256, ledger.PackagedItem]:
    """The last that the portal was told of assets."""
    rows = ledger.PackagedItem.objects.filter(asset__in=assets).select_related("asset")
    return {row.asset_id: row for row in rows.order_by("pk")}


def _last_told(which: Q) -> list[ledger.PackagedItem]:
    """Find the items that the portal has and whose asset is such."""
    such = ledger.Asset.objects.filter(which, packaged__isnull=False).values("pk")
    codes = ledger.PackagedItem.objects.filter(asset__in=such).values("code")
    rows = ledger.PackagedItem.objects.filter(code__in=codes).select_related("asset", "package")
    last = {row.code: row for row in rows.order_by("pk")}
    of_such = set(such.filter(pk__in=[row.asset_id for row in last.values()]).values_list("pk"))
    return [
        last[code]
        for code in sorted(last)
        if (last[code].asset_id,) in of_such and last[code].change != Change.WITHDRAWN
    ]


def _withdrawn(dropped: Collection[Sha256] = ()) -> Iterator[Withdrawn]:
    """Name what the portal has and may not show any more.

    `dropped` is what the approved words do not propose.
    """
    told = _last_told(_barred() | Q(proposed=False) | Q(pk__in=dropped))
    before = told_before({each.code for each in told})
    for last in told:
        caption = _as_given(last)
        withdrawal = ledger.Withdrawal.in_force().filter(asset=last.asset).first()
        yield Withdrawn(
            id=last.code,
            asset=last.asset_id,
            version=last.version + 1,
            title=caption.in_language("vi").title,
            languages=tuple(sorted({"vi", *(each.lower() for each in caption.words)})),
            reason=str(legible(withdrawal.reason)) if withdrawal else "",
            told=before[last.code],
        )


def _as_given(last: ledger.PackagedItem) -> Caption:
    """Read the words that the portal has; of what was given before they were kept, today's."""
    for item in last.package.says.get("items", ()):
        if item["id"] == last.code:
            return Caption.model_validate(item["caption"])
    return Caption.model_validate(legible(last.asset.caption))


def told_before(codes: Collection[str]) -> Mapping[str, tuple[Told, ...]]:
    """Give, by code, what the packages before told, the first first."""
    rows = ledger.PackagedItem.objects.filter(code__in=codes).select_related("package")
    told: defaultdict[str, tuple[Told, ...]] = defaultdict(tuple)
    for row in rows.order_by("pk"):
        told[row.code] += (
            Told(
                package=row.package.title,
                at=row.package.at,
                version=row.version,
                change=Change(row.change),
                asset=row.asset_id,
            ),
        )
    return told
