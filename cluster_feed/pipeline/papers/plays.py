"""The log of a cluster: what was planned, what its screens proved to have played, what failed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Q

from cluster_feed.core import acts
from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.cluster import Cluster, Screen
from cluster_feed.core.errors import recall
from cluster_feed.core.paper import Cell, Order
from cluster_feed.core.span import Span
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import devices, played
from cluster_feed.pipeline.papers import found
from cluster_feed.pipeline.papers.found import Found, People
from cluster_feed.workspace import Workspace

_ACTS: Final = (
    *("deliver-failed", "reach", "send-again", "stop-cluster", "start-cluster"),
    *("admit-screen", "retire-screen", "refuse-proof", "miss-proof"),
)
"""What is told of a cluster beside its plays."""

_FOR_MACHINES: Final = ("keyid", "public", "sha256", "timestamp")
"""Facts that say nothing to who reads a paper."""


class Log(NamedTuple):
    """What one screen played on some days."""

    cluster: Cluster
    screen: Screen
    told: played.Played
    remarks: tuple[str, ...]

    @property
    def planned(self) -> int | None:
        """How many turns were planned; None: nobody can tell."""
        return self.told.total.planned if self.cluster.in_service else None

    @property
    def turns(self) -> tuple[Cell, ...]:
        """The whole of it, as a row says it."""
        return self.row(self.told.total)

    def row(self, turns: played.Turns) -> tuple[Cell, ...]:
        """Some of its turns, as a row says them."""
        planned = turns.planned if self.cluster.in_service else None
        return planned, turns.played, turns.in_part, turns.skipped, turns.percent


def logs(workspace: Workspace, clusters: list[Cluster], now: datetime, span: Span) -> Iterator[Log]:
    """Count for every screen."""
    for cluster in clusters:
        for screen in cluster.screens:
            told = played.in_span(workspace, cluster, screen, now, span.until(now))
            yield Log(cluster, screen, told, tuple(_remarks(cluster, screen, told.total)))


def _remarks(cluster: Cluster, screen: Screen, total: played.Turns) -> Iterator[str]:
    """Say why a number is blank or may be too small."""
    if not cluster.in_service:
        yield f"{found.standing(cluster)}: {cluster.status_reason}"
    missing = sum(each.to_life().missing for each in devices.of_screen(cluster.name, screen.name))
    if missing:
        yield f"còn thiếu {missing} dòng nhật ký phát"
    if total.frames_percent is not None:
        yield f"video hiện {total.frames_percent}% số hình"


def gather(workspace: Workspace, now: datetime, order: Order, people: People) -> Found:
    """Read the log of a cluster, or of all."""
    del people
    known = found.clusters(workspace, order.of)
    told = list(logs(workspace, known, now, order.span))
    titles = ledger.Asset.titles(
        frozenset[str]().union(
            *({*each.told.assets, *(why.asset for why in each.told.whys)} for each in told)
        )
    )
    facts: dict[str, Cell] = {
        "cum": known[0].title if order.of else "Các cụm thông tin đối ngoại cửa khẩu",
        "du_kien": _sum([each.planned for each in told]),
        "da_phat": sum(each.told.total.played for each in told),
        "mot_phan": sum(each.told.total.in_part for each in told),
        "bo_qua": sum(each.told.total.skipped for each in told),
    }
    notes = [
        (
            "Dự kiến là số lượt bắt đầu trong giờ mở cửa của cụm theo danh sách phát đã phát hành; "
            "đã phát, một phần, bỏ qua là các lượt cũng trong giờ đó mà màn hình chứng minh bằng "
            "nhật ký ký số đã gửi về. Một phần: vào giữa lượt hoặc phải dừng theo giờ, theo lệnh. "
            "Nội dung phát thay cho lượt hỏng có thể vượt số dự kiến."
        ),
        *(
            f"{each.cluster.title}, {each.screen.title}: {remark}. Số dự kiến để trống."
            if each.planned is None
            else f"{each.cluster.title}, {each.screen.title}: {remark}; số đã phát có thể thấp hơn "
            "thực tế."
            for each in told
            for remark in each.remarks
        ),
    ]
    return Found(
        facts,
        {
            "man_hinh": tuple(
                (*_where(each), *each.turns, found.together(each.remarks)) for each in told
            ),
            "noi_dung": tuple(row for each in told for row in _by_asset(each, titles)),
            "ngay": tuple(row for each in told for row in _by_day(each)),
            "vi_sao": tuple(
                (*_where(each), titles.get(why.asset, why.asset[:10]), why.says.vi, why.times)
                for each in told
                for why in each.told.whys
            ),
            "su_co": tuple(_events(known, order.span)),
        },
        tuple(notes),
        of=order.of,
    )


def _sum(counts: list[int | None]) -> int | None:
    """Add up what is known; None: nothing is."""
    known = [each for each in counts if each is not None]
    return sum(known) if known else None


def _where(log: Log) -> tuple[str, str]:
    return log.cluster.title, log.screen.title


def _by_asset(log: Log, titles: dict[str, str]) -> Iterator[tuple[Cell, ...]]:
    for asset, turns in log.told.assets.items():
        yield (
            *_where(log),
            titles.get(asset, asset[:10]),
            *log.row(turns),
        )


def _by_day(log: Log) -> Iterator[tuple[Cell, ...]]:
    for day, turns in log.told.days.items():
        yield (*_where(log), day, *log.row(turns))


def _events(clusters: list[Cluster], span: Span) -> Iterator[tuple[Cell, ...]]:
    """What the audit log tells of the clusters: failures, repairs, who put one out of service."""
    about = Q()
    for each in clusters:
        about |= Q(subject=each.name) | Q(subject__startswith=f"{each.name}/")
    rows = ledger.Event.objects.filter(
        about, act__in=_ACTS, at__gte=span.begins_at, at__lt=span.ends_at
    )
    titles = {each.name: each.title for each in clusters}
    for row in rows.order_by("pk"):
        name, _, screen = row.subject.partition("/")
        where = found.together((titles.get(name, name), screen))
        yield row.at, where, acts.in_words(row.act).vi, _detail(dict(row.facts))


def _detail(facts: dict[str, str]) -> str:
    """Say why, where a reason was kept; else the facts."""
    code = facts.pop("code", "")
    try:
        return recall(code, facts).message(Tongue.VI)
    except (LookupError, TypeError, ValueError, AttributeError):
        said = {
            acts.fact_in_words(name).vi: fact
            for name, fact in facts.items()
            if name not in _FOR_MACHINES
        }
        told = (f"{name}: {fact}" for name, fact in said.items() if name not in facts)
        return found.together((code, *told))
