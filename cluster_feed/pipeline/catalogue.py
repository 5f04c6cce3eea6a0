"""All that was ever approved, with the use that was made of it: the province's own record.

An asset is in it from the moment at which the signatures of an edition with it are complete, and
stays whatever becomes of that.  It stays searchable, and can be taken away whole.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from django.db.models import Count, Max, Q, QuerySet

from cluster_feed.adapters import spreadsheet
from cluster_feed.adapters.packages import catalogue, schema_org
from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Caption
from cluster_feed.core.collation import sought
from cluster_feed.core.edition import State
from cluster_feed.core.facets import holding
from cluster_feed.core.package import Approval, Item, PackagedFile, legible, urn
from cluster_feed.core.paper import Cell, readable
from cluster_feed.core.playlist import ZONE, Playlist
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import receipts, standing
from cluster_feed.pipeline.papers import found
from cluster_feed.workspace import Workspace

_KNOWN: Final = 4096
"""How many approved playlists a process remembers; a province approves some forty a year."""


class Standing(StrEnum):
    """How far something that was approved has come."""

    APPROVED = "approved"
    PUBLISHED = "published"
    KEPT_BACK = "kept-back"

    @property
    def label(self) -> Bilingual:
        """As people call it."""
        return _LABELS[self]


_LABELS: Final[Mapping[Standing, Bilingual]] = {
    Standing.APPROVED: Bilingual("đã duyệt, chưa phát hành", "approved, not out yet"),
    Standing.PUBLISHED: Bilingual("đã phát hành", "published"),
    Standing.KEPT_BACK: Bilingual("đã thu hồi trước khi phát", "withdrawn before it went out"),
}


class _Approved(NamedTuple):
    """A cluster's programme in an edition whose signatures were complete."""

    programme: int
    cluster: str
    edition: str
    fingerprint: str
    state: str
    signed_at: datetime | None
    published_at: datetime | None

    @property
    def standing(self) -> Standing:
        """How far it came; what was published has been, whatever became of it."""
        if self.published_at:
            return Standing.PUBLISHED
        return Standing.KEPT_BACK if self.state == State.WITHDRAWN else Standing.APPROVED


class _Shown(NamedTuple):
    """Where an asset is, in the order of the editions' numbers."""

    programmes: Sequence[_Approved]

    @property
    def standing(self) -> Standing:
        """How far it has come, in whichever edition came farthest."""
        there = {each.standing for each in self.programmes}
        order = (Standing.PUBLISHED, Standing.APPROVED, Standing.KEPT_BACK)
        return next(each for each in order if each in there)

    @property
    def approved_at(self) -> datetime:
        """When the first signatures with it were complete."""
        known = (each.signed_at or each.published_at for each in self.programmes)
        return min(each for each in known if each)

    @property
    def published_at(self) -> datetime | None:
        """When it first went out; None: it has not."""
        out = (each.published_at for each in self.programmes)
        return min((each for each in out if each), default=None)


class Use(NamedTuple):
    """What was made of an asset; `editions` are those with it, in their order.

    `code` is the one by which Vietnam.vn knows it, `version` how often it was given.
    """

    standing: Standing
    editions: tuple[str, ...]
    clusters: tuple[str, ...]
    approved_at: datetime
    published_at: datetime | None
    plays: int
    last_play: datetime | None
    code: str
    version: int
    postings: Sequence[ledger.Posting]
    withdrawn: bool


class Sieve(NamedTuple):
    """What is wanted of it; empty: all. `year` is the one in which it was approved."""

    words: str = ""
    newsroom: str = ""
    kind: str = ""
    theme: str = ""
    year: int = 0
    standing: str = ""


EVERYTHING: Final = Sieve()


def approved() -> Mapping[str, _Shown]:
    """Give the assets of every edition whose signatures were complete, with where and since when.

    Only such a one is approved, published, or withdrawn with signatures on it.
    """
    rows = ledger.Programme.objects.annotate(signed_at=Max("edition__signatures__at")).filter(
        Q(edition__state=State.APPROVED)
        | Q(edition__published_at__isnull=False)
        | Q(edition__state=State.WITHDRAWN, signed_at__isnull=False)
    )
    edition = (f"edition__{each}" for each in ("name", "fingerprint", "state"))
    facts = rows.order_by("edition__number", "cluster").values_list(
        "pk", "cluster", *edition, "signed_at", "edition__published_at"
    )
    return _approved(tuple(_Approved(*row) for row in facts))


@lru_cache(2)
def _approved(programmes: tuple[_Approved, ...]) -> Mapping[str, _Shown]:
    found_in: defaultdict[str, list[_Approved]] = defaultdict(list)
    for each in programmes:
        for asset in _assets(each.programme, each.fingerprint):
            found_in[asset].append(each)
    return {asset: _Shown(tuple(each)) for asset, each in found_in.items()}


@lru_cache(_KNOWN)
def _assets(programme: int, fingerprint: str) -> frozenset[str]:
    """Read an approved playlist; its edition's `fingerprint` is whose answer is remembered."""
    del fingerprint
    content = ledger.Programme.objects.values_list("playlist", flat=True).get(pk=programme)
    return Playlist.from_bytes(bytes(content)).assets()


def years() -> list[int]:
    """The years in which something was approved, the latest first."""
    found_in = {each.approved_at.astimezone(ZONE).year for each in approved().values()}
    return sorted(found_in, reverse=True)


def matching(wanted: Sieve) -> QuerySet[ledger.Asset]:
    """Find among all that was ever approved, by words of title, description, name or theme too."""
    known = [
        asset
        for asset, shown in approved().items()
        if wanted.year in (0, shown.approved_at.astimezone(ZONE).year)
        and wanted.standing in ("", shown.standing)
    ]
    rows = ledger.Asset.objects.filter(pk__in=known)
    for word in sought(wanted.words):
        rows = rows.filter(searched__contains=word)
    if wanted.newsroom:
        rows = rows.filter(newsroom=wanted.newsroom)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.theme:
        themes = tuple(theme for theme in Theme if theme == wanted.theme)
        rows = rows.filter(themes__contains=holding(themes)) if themes else rows.none()
    return rows


def uses(assets: Sequence[str], *, counted: bool = False) -> dict[str, Use]:
    """Say what was made of some assets; their plays only where they are to be counted."""
    known, posted = approved(), receipts.postings(assets)
    here = ledger.PackagedItem.objects.filter(asset__in=assets).order_by("pk")
    given = {asset: (code, version) for asset, code, version in here.values_list(*_GIVEN)}
    back = set(ledger.Withdrawal.objects.filter(asset__in=assets).values_list("asset", flat=True))
    plays: dict[str, tuple[int, datetime]] = {}
    if counted:
        rows = standing.plays(assets).values_list("asset")
        plays = {
            asset: (times, last)
            for asset, times, last in rows.annotate(n=Count("pk"), last=Max("began_at"))
        }
    return {
        asset: Use(
            standing=shown.standing,
            editions=tuple(dict.fromkeys(each.edition for each in shown.programmes)),
            clusters=tuple(dict.fromkeys(each.cluster for each in shown.programmes)),
            approved_at=shown.approved_at,
            published_at=shown.published_at,
            plays=plays[asset][0] if asset in plays else 0,
            last_play=plays[asset][1] if asset in plays else None,
            code=given[asset][0] if asset in given else "",
            version=given[asset][1] if asset in given else 0,
            postings=posted.get(asset, ()),
            withdrawn=asset in back,
        )
        for asset, shown in ((each, known[each]) for each in assets if each in known)
    }


_GIVEN: Final = ("asset", "code", "version")


# --- The whole of it ----------------------------------------------------------------------------


class _Line(NamedTuple):
    """An asset as an export has it.

    It is a list to the columns that packages have: `items` are one of each language, which is what
    they ask of them.
    """

    item: Item
    items: tuple[Item, ...]
    approvals: tuple[Approval, ...]
    use: Use
    clusters: tuple[str, ...]

    @property
    def published_at(self) -> datetime:
        """When it first went out or, where it has not, was approved."""
        return self.use.published_at or self.use.approved_at


class _Column(NamedTuple):
    """What only the record knows of an item."""

    header: str
    width: int
    cell: Callable[[_Line], Cell]


_OF_THE_RECORD: Final = (
    _Column("Trạng thái", 24, lambda line: line.use.standing.label.vi),
    _Column("Đã thu hồi", 10, lambda line: "có" if line.use.withdrawn else ""),
    _Column("Ngày duyệt", 14, lambda line: _day(line.use.approved_at)),
    _Column("Ngày phát hành", 14, lambda line: _day(line.use.published_at)),
    _Column("Phiên bản phát", 30, lambda line: "; ".join(line.use.editions)),
    _Column("Cụm", 30, lambda line: "; ".join(line.clusters)),
    _Column("Số lượt phát", 10, lambda line: line.use.plays),
    _Column("Phát lần cuối", 14, lambda line: _day(line.use.last_play)),
    _Column("Vietnam.vn", 48, lambda line: "; ".join(e.url for e in line.use.postings)),
    _Column("Ngày đăng", 14, lambda line: line.use.postings[-1].on if line.use.postings else None),
    _Column("Dung lượng (byte)", 16, lambda line: line.item.asset.byte_count),
    _Column("SHA-256", 66, lambda line: line.item.asset.sha256),
)
_NOT_OF_A_PACKAGE: Final = frozenset(
    ("Tình trạng", "Lưu ý", "Thay cho", "Cụm đã đưa vào danh sách phát")
) | {each.header for each in _OF_THE_RECORD}
"""Columns that say how an item stands in a package, or that the record says better."""


def as_csv(workspace: Workspace, wanted: Sieve = EVERYTHING) -> bytes:
    """Write it for other programs, in the columns of the packages' own catalogue, and the use."""
    headers, rows = _table(workspace, wanted)
    return spreadsheet.csv_table(headers, rows)


def as_workbook(workspace: Workspace, now: datetime, wanted: Sieve = EVERYTHING) -> bytes:
    """Write the same for officials."""
    headers, rows = _table(workspace, wanted)
    content = io.BytesIO()
    created = now.astimezone(ZONE).replace(tzinfo=None)
    with spreadsheet.Workbook(content, created) as book:
        book.table("Danh mục", headers, rows)
    return content.getvalue()


def as_json_ld(workspace: Workspace, now: datetime, wanted: Sieve = EVERYTHING) -> bytes:
    """Write it in schema.org's words."""
    return schema_org.dataset_document(
        workspace.settings.sender.organization,
        now.astimezone(ZONE).date(),
        (_described(line) for line in _lines(workspace, wanted)),
    )


def _table(workspace: Workspace, wanted: Sieve) -> tuple[dict[str, int], list[list[Cell]]]:
    """Fill the columns; of nothing, there are those of the record alone."""
    of_the_record = {each.header: each.width for each in _OF_THE_RECORD}
    headers: dict[str, int] = of_the_record
    rows: list[list[Cell]] = []
    for line in _lines(workspace, wanted):
        own = [each for each in catalogue.columns(line) if each.header not in _NOT_OF_A_PACKAGE]
        headers = {each.header: each.width for each in own} | of_the_record
        cells: list[Cell] = [each.cell(line.item) for each in own]
        cells += [each.cell(line) for each in _OF_THE_RECORD]
        rows.append([readable(cell) if isinstance(cell, str) else cell for cell in cells])
    return headers, rows


def _lines(workspace: Workspace, wanted: Sieve) -> Iterator[_Line]:
    rows = list(matching(wanted).order_by("received_at", "pk"))
    told = uses([row.pk for row in rows], counted=True)
    items = [_item(workspace, row, told[row.pk]) for row in rows]
    speaking = {language: item for item in items for language in item.caption.words}
    titles = {name: cluster.title for name, cluster in workspace.clusters.items()}
    approvals: defaultdict[str, list[Approval]] = defaultdict(list)
    for signed in (
        ledger.Signature.objects.defer("by_cluster").select_related("edition").order_by("pk")
    ):
        approvals[signed.edition.name].append(
            Approval(
                approver=signed.approver,
                at=signed.at,
                full_name=signed.full_name,
                office=signed.office,
            )
        )
    for item in items:
        use = told[item.asset.sha256]
        by = tuple(approvals[use.editions[0]])
        yield _Line(
            item,
            tuple(speaking.values()),
            by,
            use,
            tuple(titles.get(each, each) for each in use.clusters),
        )


def _item(workspace: Workspace, row: ledger.Asset, use: Use) -> Item:
    asset = row.to_value()
    original = PackagedFile(
        path=row.name,
        role="master" if asset.kind is Kind.VIDEO else "original",
        sha256=asset.sha256,
        byte_count=row.byte_count,
        media=asset.media,
    )
    return Item(
        id=use.code or row.pk[:10],
        asset=asset,
        caption=Caption.model_validate(legible(row.caption)),
        newsroom=str(legible(found.newsroom(workspace, row.newsroom))),
        clusters=use.clusters,
        approved_renditions=(),
        version=use.version,
        files=(original,),
    )


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(ZONE).date() if moment else None


def _described(line: _Line) -> schema_org.Json:
    item, use = line.item, line.use
    said = schema_org.describe(item, line.published_at)
    return {
        **said,
        "@id": urn(item.asset.sha256),
        "datePublished": said["datePublished"] if use.published_at else None,
        "url": use.postings[-1].url if use.postings else None,
        "sameAs": [each.url for each in use.postings[:-1]],
        "isPartOf": [{"@type": "Collection", "name": each} for each in use.editions],
        "interactionStatistic": {
            "@type": "InteractionCounter",
            "interactionType": "https://schema.org/WatchAction",
            "userInteractionCount": use.plays,
        },
        "creativeWorkStatus": "withdrawn" if use.withdrawn else use.standing.value,
    }
