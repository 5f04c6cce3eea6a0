"""The approval sheet: the playlists of an edition, by whom they were submitted and signed."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from cluster_feed.core.errors import NothingToPaper
from cluster_feed.core.paper import Cell, Order, clock
from cluster_feed.core.playlist import ZONE, Entry, Playlist
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve
from cluster_feed.pipeline.papers import found
from cluster_feed.pipeline.papers.found import Found, People
from cluster_feed.workspace import Workspace


def gather(workspace: Workspace, now: datetime, order: Order, people: People) -> Found:
    """Read an edition: the one that is named, or the latest of the span's months."""
    del now
    row = ledger.Edition.called(order.of) if order.of else _latest(order)
    playlists = {each.cluster: each.to_value() for each in row.programmes.order_by("cluster")}
    shown = ledger.Asset.objects.in_bulk(
        list(frozenset[str]().union(*(each.assets() for each in playlists.values())))
    )
    submission = row.submissions.filter(fingerprint=row.fingerprint).order_by("-pk").first()
    signatures = row.signatures.order_by("pk")
    facts: dict[str, Cell] = {
        "phien_ban": row.name,
        "so_phien_ban": str(row.number) if row.number else "",
        "trang_thai": row.to_value().state.label.vi,
        "ma_noi_dung": row.fingerprint,
        "nguoi_trinh": people.get(row.submitted_by, row.submitted_by),
        "trinh_luc": submission.at if submission else None,
        "so_chu_ky": signatures.count(),
        "can_chu_ky": approve.awaited(workspace, row).needed,
    }
    return Found(
        facts,
        {
            "danh_sach": tuple(
                line
                for cluster, playlist in playlists.items()
                for line in _lines(_title(workspace, cluster), playlist, shown)
            ),
            "cum": tuple(_clusters(workspace, playlists)),
            "chu_ky": tuple(
                (
                    people.get(each.approver, each.approver),
                    each.at,
                    next((str(one["keyid"])[:16] for one in each.by_cluster.values()), ""),
                )
                for each in signatures
            ),
        },
        of=row.name,
    )


def _latest(order: Order) -> ledger.Edition:
    months = {f"{day:%Y-%m}" for day in order.span.days()}
    rows = ledger.Edition.objects.filter(cycle__in=months, urgent=False)
    if row := rows.order_by("-created_at", "-pk").first():
        return row
    raise NothingToPaper(paper=order.kind.label, span=order.span)


def _title(workspace: Workspace, cluster: str) -> str:
    known = workspace.clusters.get(cluster)
    return known.title if known else cluster


def _lines(
    cluster: str, playlist: Playlist, assets: Mapping[str, ledger.Asset]
) -> Iterator[tuple[Cell, ...]]:
    hours = {part.name: part.says.vi for part in playlist.dayparts}
    parts = (
        (playlist.takeover.entries if playlist.takeover else (), "khẩn"),
        (playlist.entries, "cả ngày"),
        (playlist.evergreen, "dự phòng"),
    )
    for entries, when in parts:
        for number, entry in enumerate(entries, start=1):
            said = hours.get(entry.daypart, entry.daypart) if entry.daypart else when
            yield (cluster, number, *_line(entry, assets.get(entry.asset), said))


def _line(entry: Entry, asset: ledger.Asset | None, when: str) -> tuple[Cell, ...]:
    return (
        entry.captions.get("vi") or (asset.title if asset else entry.asset[:10]),
        found.themes(asset.caption) if asset else "",
        when,
        clock(entry.seconds),
        entry.dates,
        "nhạy cảm" if entry.sensitive else "",
        entry.asset,
    )


def _clusters(
    workspace: Workspace, playlists: Mapping[str, Playlist]
) -> Iterator[tuple[Cell, ...]]:
    """Every cluster; one that is out of service has its reason, also where it has no playlist."""
    for name in sorted({*workspace.clusters, *playlists}):
        cluster, playlist = workspace.clusters.get(name), playlists.get(name)
        why = ""
        if cluster and not cluster.in_service:
            why = f"{found.standing(cluster)}: {cluster.status_reason}"
        whole_day = [each for each in playlist.entries if not each.daypart] if playlist else []
        yield (
            cluster.title if cluster else name,
            len(playlist.entries) if playlist else None,
            clock(sum(each.seconds for each in whole_day)) if playlist else None,
            playlist.show_from.astimezone(ZONE) if playlist else None,
            playlist.show_until.astimezone(ZONE) if playlist else None,
            why or ("" if playlist else "không có danh sách phát"),
        )
