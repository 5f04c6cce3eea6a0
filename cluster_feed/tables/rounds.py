"""What a stage came to when it was run, and what it left."""

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Column, Table

from cluster_feed.console import TONGUE, plain, t
from cluster_feed.core import delivery
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import ingest, receipts
from cluster_feed.pipeline.check import Finding
from cluster_feed.pipeline.played import Plays
from cluster_feed.tables.words import NO, WAITS, YES, lacking, when, why


def taken_in(outcomes: Iterable[ingest.Outcome]) -> Table:
    """What a look at the inboxes came to."""
    table = Table(t("Tệp", "File"), "", t("Kết quả", "Outcome"))
    for each in outcomes:
        match each:
            case ingest.Admitted(asset, missing):
                name, mark = f"{asset.newsroom}/{asset.name}", YES if not missing else WAITS
                says = lacking(missing) or t("đã nhận", "taken in")
            case ingest.Captioned(newsroom, name, missing):
                name, mark = f"{newsroom}/{name}", YES if not missing else WAITS
                says = lacking(missing) or t("chú thích đã đủ", "caption complete")
            case ingest.Refused(newsroom, name, why):
                name, mark, says = f"{newsroom}/{name}", NO, why.message(TONGUE)
            case ingest.Trouble(trouble):
                name, mark, says = "—", NO, trouble.message(TONGUE)
        table.add_row(escape(name), mark, escape(says))
    return table


def deliveries(outcomes: Iterable[delivery.Outcome]) -> Table:
    """What a round of deliveries came to."""
    table = Table(t("Cụm", "Cluster"), "", t("Kết quả", "Outcome"))
    for each in outcomes:
        match each:
            case delivery.Delivered(cluster, version, blobs, byte_count, _):
                size = f"{byte_count / 1e6:.1f} MB"
                mark, says = (
                    YES,
                    t(
                        f"v{version}: đã gửi {blobs} tệp, {size}",
                        f"v{version}: {blobs} files sent, {size}",
                    ),
                )
            case delivery.UpToDate(cluster, version, _):
                mark, says = YES, t(f"v{version}: đã có đủ", f"v{version}: up to date")
            case delivery.Planned(cluster, version, blobs, byte_count):
                mark, says = (
                    WAITS,
                    t(
                        f"v{version}: sẽ gửi {blobs} tệp, {byte_count / 1e6:.1f} MB",
                        f"v{version}: {blobs} files, {byte_count / 1e6:.1f} MB would go",
                    ),
                )
            case delivery.Skipped(cluster, reason):
                mark, says = WAITS, t("ngừng hoạt động: ", "out of service: ") + reason
            case delivery.Waiting(cluster, version, byte_count, opens_at):
                size = f"{byte_count / 1e6:.1f} MB"
                mark, says = (
                    WAITS,
                    t(
                        f"v{version}: {size} chờ khung giờ gửi, mở lúc {when(opens_at)}",
                        f"v{version}: {size} wait for the window, open at {when(opens_at)}",
                    ),
                )
            case delivery.Unfinished(cluster, version, byte_count, to_send):
                part = f"{byte_count / 1e6:.1f} / {to_send / 1e6:.1f} MB"
                mark, says = (
                    WAITS,
                    t(f"v{version}: {part}, gửi tiếp sau", f"v{version}: {part}, goes on"),
                )
            case delivery.Failed(cluster, error):
                mark, says = NO, why(error)
        table.add_row(cluster, mark, escape(says))
    return table


def plays(rows: Iterable[Plays]) -> Table:
    """Planned against proven plays."""
    table = Table(
        t("Cụm", "Cluster"),
        t("Màn hình", "Screen"),
        t("Nội dung", "Asset"),
        t("Kế hoạch", "Planned"),
        t("Đã phát", "Played"),
        t("Một phần", "In part"),
        t("Bỏ qua", "Skipped"),
    )
    for row in rows:
        table.add_row(
            row.cluster,
            row.screen,
            escape(row.title),
            str(row.planned),
            str(row.played),
            str(row.in_part),
            str(row.skipped),
        )
    return table


def findings(rows: Iterable[Finding]) -> Table:
    """What `check` looked at."""
    table = Table(show_header=False)
    for row in rows:
        problem = why(row.problem) if row.problem else ""
        table.add_row(NO if row.problem else YES, escape(row.what.to(TONGUE)), escape(problem))
    return table


def packages(rows: Iterable[ledger.Package]) -> Table:
    """What went to Vietnam.vn, by which letter, and how much of it was published."""
    table = Table(
        Column(t("Gói", "Package"), overflow="fold"),
        t("Làm lúc", "Made"),
        t("Mục", "Items"),
        t("Công văn", "Letter"),
        t("Đã đăng", "Published"),
    )
    there = receipts.posted()
    for row in rows:
        sent = row.sendings.order_by("-pk").first()
        letter = f"{sent.letter}, {sent.on:%d/%m/%Y}, {sent.way}" if sent else "—"
        items = set(row.items.values_list("asset", flat=True))
        published = f"{len(there & items)}/{row.assets}"
        table.add_row(row.title, when(row.at), str(row.assets), plain(letter), published)
    return table
