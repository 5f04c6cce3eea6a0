"""The intake slip: what was taken in on some days, what was refused, what is still missing."""

from datetime import date, datetime

from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.errors import NoSuchNewsroom
from cluster_feed.core.paper import Cell, Order, clock, numbered
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.papers import found
from cluster_feed.pipeline.papers.found import Found, People
from cluster_feed.workspace import Workspace


def gather(workspace: Workspace, now: datetime, order: Order, people: People) -> Found:
    """Read what came in, of one newsroom or of all."""
    del now, people
    if order.of and not workspace.newsroom(order.of):
        raise NoSuchNewsroom(newsroom=order.of)
    span, of = order.span, {"newsroom": order.of} if order.of else {}
    assets = ledger.Asset.objects.filter(
        received_at__gte=span.begins_at, received_at__lt=span.ends_at, **of
    )
    refused = ledger.Rejection.objects.filter(at__gte=span.begins_at, at__lt=span.ends_at, **of)
    taken = numbered([_taken(workspace, row) for row in assets.order_by("received_at", "pk")])
    back = numbered(
        [
            (
                row.at,
                found.newsroom(workspace, row.newsroom),
                row.name,
                row.to_error().message(Tongue.VI),
            )
            for row in refused.order_by("at", "pk")
        ]
    )
    facts: dict[str, Cell] = {
        "don_vi": found.newsroom(workspace, order.of) if order.of else "các cơ quan, đơn vị",
        "so_noi_dung": len(taken),
        "so_tra_lai": len(back),
        "so_con_thieu": sum(bool(row[-1]) for row in taken),
    }
    return Found(facts, {"noi_dung": taken, "tra_lai": back}, of=order.of)


def _taken(workspace: Workspace, row: ledger.Asset) -> tuple[Cell, ...]:
    caption, seconds = row.caption, row.media.get("seconds")
    aired = caption.get("broadcast") or {}
    return (
        row.received_at,
        found.newsroom(workspace, row.newsroom),
        row.title,
        row.name,
        found.kind(row.kind),
        clock(seconds) if seconds else None,
        found.themes(caption),
        date.fromisoformat(aired["on"]) if aired else None,
        aired.get("channel", ""),
        aired.get("programme", ""),
        row.byte_count,
        row.sha256,
        found.together(each.label.vi for each in row.missing(workspace.broadcasters)),
    )
