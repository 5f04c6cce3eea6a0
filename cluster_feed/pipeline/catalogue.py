"""All that was ever approved, with the use that was made of it: the province's own record.

It stays searchable, and can be taken away whole.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from django.db.models import Count, Max, QuerySet

from cluster_feed.adapters import spreadsheet
from cluster_feed.adapters.packages import schema_org
from cluster_feed.core.caption import Caption
from cluster_feed.core.collation import sought
from cluster_feed.core.edition import State
from cluster_feed.core.package import Item, legible, urn
from cluster_feed.core.paper import Cell, readable
from cluster_feed.core.playlist import ZONE, Playlist
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import receipts, standing
from cluster_feed.pipeline.papers import found
from cluster_feed.workspace import Workspace

_KNOWN: Final = 4096
"""How many published playlists a process remembers; a province publishes some forty a year."""


class Use(NamedTuple):
    """What was made of an asset; `editions` are those that showed it, in their order."""

    editions: tuple[str, ...]
    clusters: tuple[str, ...]
    first: datetime
    plays: int
    last_play: datetime | None
    code: str
    postings: Sequence[ledger.Posting]
    withdrawn: bool


class _Shown(NamedTuple):
    editions: dict[str, datetime]
    clusters: dict[str, None]


class _Published(NamedTuple):
    programme: int
    cluster: str
    edition: str
    fingerprint: str
    at: datetime


def approved() -> Mapping[str, _Shown]:
    """Give the assets of every edition that was published, with where and since when."""
    rows = ledger.Programme.objects.filter(
        edition__state=State.PUBLISHED, edition__published_at__isnull=False
    ).order_by("edition__number", "cluster")
    edition = ("edition__name", "edition__fingerprint", "edition__published_at")
    return _approved(tuple(_Published(*row) for row in rows.values_list("pk", "cluster", *edition)))


@lru_cache(2)
def _approved(published: tuple[_Published, ...]) -> Mapping[str, _Shown]:
    found_in: defaultdict[str, _Shown] = defaultdict(lambda: _Shown({}, {}))
    for each in published:
        for asset in _assets(each.programme, each.fingerprint):
            found_in[asset].editions.setdefault(each.edition, each.at)
            found_in[asset].clusters[each.cluster] = None
    return dict(found_in)


@lru_cache(_KNOWN)
def _assets(programme: int, fingerprint: str) -> frozenset[str]:
    """Read a published playlist; its edition's `fingerprint` is whose answer is remembered."""
    del fingerprint
    content = ledger.Programme.objects.values_list("playlist", flat=True).get(pk=programme)
    return Playlist.from_bytes(bytes(content)).assets()


def matching(words: str) -> QuerySet[ledger.Asset]:
    """Find among all that was ever approved, by words of title, description, name or theme."""
    rows = ledger.Asset.objects.filter(pk__in=list(approved()))
    for word in sought(words):
        rows = rows.filter(searched__contains=word)
    return rows


def uses(assets: Sequence[str], *, counted: bool = False) -> dict[str, Use]:
    """Say what was made of some assets; their plays only where they are to be counted."""
    known, posted = approved(), receipts.postings(assets)
    here = ledger.PackagedItem.objects.filter(asset__in=assets).order_by("pk")
    codes = dict(here.values_list("asset", "code"))
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
            tuple(known[asset].editions),
            tuple(known[asset].clusters),
            min(known[asset].editions.values()),
            plays[asset][0] if asset in plays else 0,
            plays[asset][1] if asset in plays else None,
            codes.get(asset, ""),
            posted.get(asset, ()),
            asset in back,
        )
        for asset in assets
        if asset in known
    }


# --- The whole of it ----------------------------------------------------------------------------

_HEADERS: Final = (
    *("Mã SHA-256", "Mã cung cấp", "Tiêu đề (vi)", "Tiêu đề (en)", "Tiêu đề (lo)", "Mô tả (vi)"),
    *("Đơn vị cung cấp", "Loại", "Chủ đề", "Tác giả", "Chủ sở hữu quyền", "Điều kiện sử dụng"),
    *("Ngày tiếp nhận", "Phát hành lần đầu", "Phiên bản phát", "Cụm", "Số lượt phát"),
    *("Phát lần cuối", "Vietnam.vn", "Ngày đăng", "Đã thu hồi"),
)


def as_csv(workspace: Workspace) -> bytes:
    """Write all of it for a spreadsheet."""
    return spreadsheet.csv_table(_HEADERS, (_row(*each, workspace) for each in _all()))


def as_json_ld(workspace: Workspace, now: datetime) -> bytes:
    """Write all of it in schema.org's words."""
    items = [_described(workspace, row, use) for row, use in _all()]
    return schema_org.dataset_document(
        workspace.settings.sender.organization, now.astimezone(ZONE).date(), items
    )


def _all() -> Iterator[tuple[ledger.Asset, Use]]:
    rows = list(matching("").order_by("received_at", "pk"))
    told = uses([row.pk for row in rows], counted=True)
    return ((row, told[row.pk]) for row in rows)


def _row(row: ledger.Asset, use: Use, workspace: Workspace) -> list[Cell]:
    caption = Caption.model_validate(legible(row.caption))
    cells: list[Cell] = [
        row.pk,
        use.code,
        *(caption.in_language(language).title for language in ("vi", "en", "lo")),
        caption.in_language("vi").description,
        found.newsroom(workspace, row.newsroom),
        found.kind(row.kind),
        found.themes(row.caption),
        caption.creator,
        caption.rights_holder,
        caption.usage_terms,
        _day(row.received_at),
        _day(use.first),
        "; ".join(use.editions),
        "; ".join(use.clusters),
        use.plays,
        _day(use.last_play),
        "; ".join(each.url for each in use.postings),
        use.postings[-1].on if use.postings else None,
        "có" if use.withdrawn else "",
    ]
    return [readable(cell) if isinstance(cell, str) else cell for cell in cells]


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(ZONE).date() if moment else None


def _described(workspace: Workspace, row: ledger.Asset, use: Use) -> schema_org.Json:
    item = Item(
        id=use.code or row.pk[:10],
        asset=row.to_value(),
        caption=Caption.model_validate(legible(row.caption)),
        newsroom=str(legible(found.newsroom(workspace, row.newsroom))),
        clusters=use.clusters,
        approved_renditions=(),
    )
    said = schema_org.describe(item, use.first)
    return {
        **said,
        "@id": urn(row.pk),
        "url": use.postings[-1].url if use.postings else None,
        "sameAs": [each.url for each in use.postings[:-1]],
        "isPartOf": [{"@type": "Collection", "name": each} for each in use.editions],
        "interactionStatistic": {
            "@type": "InteractionCounter",
            "interactionType": "https://schema.org/WatchAction",
            "userInteractionCount": use.plays,
        },
        "creativeWorkStatus": "withdrawn" if use.withdrawn else None,
    }
