"""The covering letter of a package for Vietnam.vn, with the list of what is in it."""

from datetime import datetime

from cluster_feed.core.errors import NothingToPaper
from cluster_feed.core.package import Change
from cluster_feed.core.paper import Cell, Order, numbered
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import receipts
from cluster_feed.pipeline.papers import found
from cluster_feed.pipeline.papers.found import Found, People
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
    lines = numbered([_line(workspace, each, posted.get(each.asset_id)) for each in items])
    notes = () if path.exists() else ("Tệp gói không còn ở máy trung tâm nên để trống dung lượng.",)
    return Found(facts, {"bang_ke": lines}, notes, of=row.title)


def _latest(order: Order) -> ledger.Package:
    made = ledger.Package.objects.filter(at__gte=order.span.begins_at, at__lt=order.span.ends_at)
    if row := made.order_by("-at", "-pk").first():
        return row
    raise NothingToPaper(paper=order.kind.label, span=order.span)


def _line(
    workspace: Workspace, item: ledger.PackagedItem, posted: ledger.Posting | None
) -> tuple[Cell, ...]:
    asset = item.asset
    return (
        item.code,
        asset.title,
        found.newsroom(workspace, asset.newsroom),
        found.kind(asset.kind),
        Change(item.change).label.vi,
        item.version,
        found.themes(asset.caption),
        posted.url if posted else None,
        posted.on if posted else None,
        asset.pk,
    )
