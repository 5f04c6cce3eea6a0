"""The covering letter of a package for Vietnam.vn, with the list of what is in it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import NothingToPaper
from cluster_feed.core.package import Change
from cluster_feed.core.paper import Cell, Order, numbered
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import receipts
from cluster_feed.pipeline.papers import found
from cluster_feed.pipeline.papers.found import Found, People
from cluster_feed.pipeline.syndicate import given
from cluster_feed.workspace import Workspace


def gather(workspace: Workspace, now: datetime, order: Order, people: People) -> Found:
    """Read a package: the one that is named, or the last of the span."""
    del now, people
    row = ledger.Package.called(order.of) if order.of else _latest(order)
    items = list(row.items.select_related("asset").order_by("code"))
    path = workspace.packages / row.name
    facts: dict[str, Cell] = {
        "goi": row.name,
        "ky_goi": row.edition.cycle,
        "phien_ban": row.edition.name,
        "ma_bam": row.sha256,
        "dung_luong_mb": round(path.stat().st_size / 1e6, 1) if path.exists() else None,
        "so_muc": sum(each.change != Change.WITHDRAWN for each in items),
        "so_moi": sum(each.change == Change.NEW for each in items),
        "so_cap_nhat": sum(each.change == Change.CHANGED for each in items),
        "so_thu_hoi": sum(each.change == Change.WITHDRAWN for each in items),
    }
    posted = receipts.postings(each.asset_id for each in items)
    lines = [_line(workspace, each, posted.get(each.asset_id, ())) for each in items]
    notes = list(_notes(there=path.exists(), untold=sum(not told for told, _ in lines)))
    return Found(facts, {"bang_ke": numbered([line for _, line in lines])}, tuple(notes), row.title)


def _notes(*, there: bool, untold: int) -> Iterator[str]:
    if not there:
        yield "Tệp gói không còn ở máy trung tâm nên để trống dung lượng."
    if untold:
        yield f"{untold} mục ghi theo chú thích hiện nay, vì không đọc được tệp gói đã lập."


def _latest(order: Order) -> ledger.Package:
    made = ledger.Package.objects.filter(at__gte=order.span.begins_at, at__lt=order.span.ends_at)
    if row := made.order_by("-at", "-pk").first():
        return row
    raise NothingToPaper(paper=order.kind.label, span=order.span)


def _line(
    workspace: Workspace, item: ledger.PackagedItem, posted: Sequence[ledger.Posting]
) -> tuple[bool, tuple[Cell, ...]]:
    """Say an item as its package says it, and whether that could be read."""
    asset, told = item.asset, _told(workspace, item)
    return told is not None, (
        item.code,
        told.title("vi") if told else asset.title,
        told.publisher if told else found.newsroom(workspace, asset.newsroom),
        found.kind(Kind.VIDEO if told.is_clip else Kind.PHOTO) if told else found.kind(asset.kind),
        Change(item.change).label.vi,
        item.version,
        found.together(told.themes("vi")) if told else found.themes(asset.caption),
        found.together(each.url for each in posted),
        posted[-1].on if posted else None,
        asset.pk,
    )


def _told(workspace: Workspace, item: ledger.PackagedItem) -> given.Given | None:
    """Read what the portal was given; of what it is to take off, what it was given before."""
    earlier = ledger.PackagedItem.objects.filter(code=item.code, pk__lte=item.pk)
    row = earlier.exclude(change=Change.WITHDRAWN).select_related("package").last()
    return given.read(workspace, row) if row else None
