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


class Log(NamedTuple):
    """What one screen played on some days; `planned` None: nobody can tell."""

    cluster: Cluster
    screen: Screen
    told: played.Played
    planned: int | None
    played: int
    skipped: int
    remarks: tuple[str, ...]

    @property
    def turns(self) -> tuple[Cell, ...]:
        """The whole of it, as a row says it."""
        return self.planned, self.played, self.skipped, found.percent(self.played, self.planned)


def logs(clusters: list[Cluster], now: datetime, span: Span) -> Iterator[Log]:
    """Count for every screen."""
    for cluster in clusters:
        for screen in cluster.screens:
            told = played.in_span(cluster, screen, now, span.until(now))
            days = told.days.values()
            yield Log(
                cluster,
                screen,
                told,
                sum(each.planned for each in days) if cluster.in_service else None,
                sum(each.played for each in days),
                sum(each.skipped for each in days),
                tuple(_remarks(cluster, screen)),
            )


def _remarks(cluster: Cluster, screen: Screen) -> Iterator[str]:
    """Say why a number is blank or may be too small."""
    if not cluster.in_service:
        yield f"{found.standing(cluster)}: {cluster.status_reason}"
    missing = sum(each.to_life().missing for each in devices.of_screen(cluster.name, screen.name))
    if missing:
        yield f"còn thiếu {missing} dòng nhật ký phát"


def gather(workspace: Workspace, now: datetime, order: Order, people: People) -> Found:
    """Read the log of a cluster, or of all."""
    del people
    known = found.clusters(workspace, order.of)
    told = list(logs(known, now, order.span))
    titles = ledger.Asset.titles(
        frozenset[str]().union(
            *({*each.told.assets, *(why.asset for why in each.told.whys)} for each in told)
        )
    )
    facts: dict[str, Cell] = {
        "cum": known[0].title if order.of else "Các cụm thông tin đối ngoại cửa khẩu",
        "du_kien": _sum([each.planned for each in told]),
        "da_phat": sum(each.played for each in told),
        "bo_qua": sum(each.skipped for each in told),
    }
    notes = [
        (
            "Dự kiến là số lượt mà vòng phát đủ thời gian trong giờ mở cửa; đã phát là số lượt màn "
            "hình chứng minh bằng nhật ký ký số đã gửi về."
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
            turns.planned if log.planned is not None else None,
            turns.played,
            turns.skipped,
            turns.percent,
        )


def _by_day(log: Log) -> Iterator[tuple[Cell, ...]]:
    for day, turns in log.told.days.items():
        planned = turns.planned if log.planned is not None else None
        yield (*_where(log), day, planned, turns.played, turns.skipped, turns.percent)


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
        said = {acts.fact_in_words(name).vi: fact for name, fact in facts.items()}
        told = (f"{name}: {fact}" for name, fact in said.items() if name not in facts)
        return found.together((code, *told))
