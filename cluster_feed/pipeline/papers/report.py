"""The report of a month, half a year, a year or any other days, counted from the record."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from statistics import median
from typing import Any, Final, NamedTuple, Self

from django.db.models import Min

from cluster_feed.core.collation import sort_key
from cluster_feed.core.edition import State
from cluster_feed.core.package import Change, Way
from cluster_feed.core.paper import Cell, Order, numbered
from cluster_feed.core.plan import Measure, Plan, Task
from cluster_feed.core.proof import Outcome
from cluster_feed.core.span import Span
from cluster_feed.core.vocabulary import LANGUAGES, Genre
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import receipts
from cluster_feed.pipeline.papers import found, plays
from cluster_feed.pipeline.papers.found import Found, People
from cluster_feed.pipeline.papers.plays import Log
from cluster_feed.pipeline.played import Turns
from cluster_feed.workspace import Workspace

_UNSAID: Final = "(chưa ghi)"
_GENRES: Final = {genre.value: genre.label.vi for genre in Genre}


class Told(NamedTuple):
    """The assets of a span.

    Those received in it, in an edition that was published in it, proven to have been played in
    it, given to Vietnam.vn in it, and published there in it as far as somebody has noted.
    """

    received: frozenset[str]
    shown: frozenset[str]
    played: frozenset[str]
    given: frozenset[str]
    posted: frozenset[str]

    @classmethod
    def of(cls, span: Span) -> Self:
        """Read them."""
        within = (span.begins_at, span.ends_at)
        given = ledger.PackagedItem.objects.filter(
            package__at__gte=within[0], package__at__lt=within[1]
        ).exclude(change=Change.WITHDRAWN)
        played = ledger.Play.objects.filter(
            began_at__gte=within[0], began_at__lt=within[1], outcome=Outcome.PLAYED
        )
        received = ledger.Asset.objects.filter(
            received_at__gte=within[0], received_at__lt=within[1]
        )
        return cls(
            frozenset(received.values_list("pk", flat=True)),
            frozenset[str]().union(*(row.shown() for row in published(span))),
            frozenset(played.values_list("asset", flat=True).distinct()),
            frozenset(given.values_list("asset", flat=True)),
            frozenset(
                ledger.Posting.objects.filter(on__gte=span.begins, on__lte=span.ends).values_list(
                    "asset", flat=True
                )
            ),
        )

    def counts(self, assets: frozenset[str]) -> tuple[int, ...]:
        """How many of some assets are in each."""
        return tuple(len(each & assets) for each in self)


_SAID: Final = ("pk", "newsroom", "kind", "caption")
_VIETNAMESE: Final = "vi"


class Said(NamedTuple):
    """What is counted by of an asset, read without its whole caption."""

    newsroom: str
    kind: str
    caption: Mapping[str, Any]

    @property
    def languages(self) -> list[str]:
        """The languages in which it has a title; a Vietnamese one that was copied is none."""
        words: Mapping[str, Any] = self.caption.get("words", {})
        titles = {each: said["title"] for each, said in words.items() if said.get("title")}
        copied = sort_key(titles.get(_VIETNAMESE, ""))
        return [each for each in titles if each == _VIETNAMESE or sort_key(titles[each]) != copied]

    @property
    def themes(self) -> list[str]:
        """What it is about."""
        return list(self.caption.get("themes", ()))

    @property
    def genres(self) -> list[str]:
        """Which form it has, where somebody has said."""
        return [self.caption["genre"]] if self.caption.get("genre") else []


def published(span: Span) -> list[ledger.Edition]:
    """The editions that went out on some days."""
    return list(
        ledger.Edition.objects.filter(
            state=State.PUBLISHED,
            published_at__gte=span.begins_at,
            published_at__lt=span.ends_at,
        ).order_by("number")
    )


def gather(workspace: Workspace, now: datetime, order: Order, people: People) -> Found:
    """Count."""
    del people
    span = order.span
    told, went_out = Told.of(span), published(span)
    known = ledger.Asset.objects.filter(pk__in=frozenset().union(*told))
    said = {pk: Said(*row) for pk, *row in known.values_list(*_SAID)}
    refused = ledger.Rejection.objects.filter(at__gte=span.begins_at, at__lt=span.ends_at)
    back = Counter(refused.values_list("newsroom", flat=True))
    logs = list(plays.logs(workspace, list(workspace.clusters.values()), now, span))
    plan, waits = _plan(workspace, span), _Waits.of(span)
    of_tasks, note = _tasks(plan, span, _Counts(workspace, told, said, logs, len(went_out)))
    facts: dict[str, Cell] = {
        "so_tiep_nhan": len(told.received),
        "so_tra_lai": sum(back.values()),
        "so_phien_ban": len(went_out),
        "cac_phien_ban": found.together(row.name for row in went_out),
        "so_dua_vao_phat": len(told.shown),
        "so_da_phat": len(told.played),
        "so_cung_cap": len(told.given),
        "so_da_dang": len(told.posted),
        "ty_le_dang": found.percent(len(told.given & receipts.posted()), len(told.given)),
        "luot_du_kien": _planned(logs),
        "luot_da_phat": sum(each.told.total.played for each in logs),
        "ty_le_phat": found.percent(
            sum(each.told.total.played for each in logs if each.planned), _planned(logs)
        ),
        "ty_le_tieng_anh": _share(told.shown, said, "en"),
        "ty_le_tieng_lao": _share(told.shown, said, "lo"),
        "loai_bao_cao": _called(span),
        "so_ngay_dang": _median(waits.of_span),
        "so_ngay_dang_lau_nhat": max(waits.of_span.values(), default=None),
        "ke_hoach": plan.title.vi if plan else None,
    }

    def by(
        groups_of: Callable[[Said], Iterable[str]],
        label: Callable[[str], str],
        always: Iterable[str] = (),
    ) -> Iterator[tuple[str, tuple[Cell, ...]]]:
        return _by(told, said, groups_of, label, always)

    newsrooms = [*(each.slug for each in workspace.settings.newsrooms), *back]
    suppliers = by(lambda each: [each.newsroom], partial(found.newsroom, workspace), newsrooms)
    rows = {
        "don_vi": tuple(
            (*row, back[slug], _median(waits.of_newsroom(slug, said))) for slug, row in suppliers
        ),
        "chu_de": tuple(row for _, row in by(lambda each: each.themes, found.theme_label)),
        "loai_hinh": tuple(row for _, row in by(lambda each: [each.kind], found.kind)),
        "the_loai": tuple(row for _, row in by(lambda each: each.genres, _genre)),
        "ngon_ngu": tuple(row for _, row in by(lambda each: each.languages, _language)),
        "cum": tuple(_clusters(logs, went_out)),
        "goi": tuple(_packages(span, waits)),
        "nhiem_vu": numbered(of_tasks),
    }
    return Found(facts, rows, (*_notes(logs), *note))


def _notes(logs: list[Log]) -> Iterator[str]:
    yield (
        "Một nội dung có thể thuộc nhiều chủ đề, có chú thích bằng nhiều ngôn ngữ, nên tổng các "
        "dòng có thể lớn hơn số nội dung."
    )
    blank = [log for log in logs if log.planned is None]
    for cluster in dict.fromkeys(log.cluster.title for log in blank):
        why = next(log.cluster.status_reason for log in blank if log.cluster.title == cluster)
        yield f"{cluster} ngừng phục vụ ({why}): lượt dự kiến để trống."
    for log in logs:
        if log.planned is not None:
            for remark in log.remarks:
                yield f"{log.cluster.title}, {log.screen.title}: {remark}."


def _called(span: Span) -> str:
    """Which report it is, by its days."""
    name = str(span)
    if ".." in name or span.begins == span.ends:
        return "đột xuất"
    if "H" in name:
        return "6 tháng"
    if "Q" in name:
        return "quý"
    return "tháng" if "-" in name else "năm"


def _planned(logs: list[Log]) -> int | None:
    known = [each.planned for each in logs if each.planned is not None]
    return sum(known) if known else None


def _share(assets: frozenset[str], said: Mapping[str, Said], language: str) -> Cell:
    """How many of some assets have words in a language, in hundredths."""
    has = sum(language in said[each].languages for each in assets if each in said)
    return found.percent(has, len(assets))


def _language(tag: str) -> str:
    return LANGUAGES[tag].vi if tag in LANGUAGES else tag


def _genre(code: str) -> str:
    return _GENRES.get(code, code)


def _by(
    told: Told,
    said: Mapping[str, Said],
    groups_of: Callable[[Said], Iterable[str]],
    label: Callable[[str], str],
    always: Iterable[str],
) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Count by a group, with its key: `always` first, the largest next, the unsaid last."""
    members: dict[str, set[str]] = {each: set() for each in always}
    first = list(members)
    unsaid = set()
    for asset, each in said.items():
        groups = list(groups_of(each))
        for group in groups:
            members.setdefault(group, set()).add(asset)
        if not groups:
            unsaid.add(asset)
    others = sorted(members.keys() - set(first), key=lambda each: (-len(members[each]), each))
    for group in (*first, *others):
        yield group, (label(group), *told.counts(frozenset(members[group])))
    if unsaid:
        yield "", (_UNSAID, *told.counts(frozenset(unsaid)))


def _clusters(logs: list[Log], went_out: list[ledger.Edition]) -> Iterator[tuple[Cell, ...]]:
    editions = ledger.Programme.objects.filter(edition__in=went_out)
    counted = Counter(editions.values_list("cluster", flat=True))
    for cluster in {log.cluster.name: log.cluster for log in logs}.values():
        own = [log for log in logs if log.cluster.name == cluster.name]
        total, planned = Turns.total(log.told.total for log in own), _planned(own)
        yield (
            cluster.title,
            found.standing(cluster),
            counted[cluster.name],
            planned,
            total.played,
            total.in_part,
            total.skipped,
            total.percent,
            cluster.status_reason,
        )


class _Waits(NamedTuple):
    """How many days it took from the letter with an asset to its page on Vietnam.vn.

    `posted`: when each was first found there; `of_span`: those that were on these days.
    """

    posted: Mapping[str, date]
    of_span: Mapping[str, int]

    @classmethod
    def of(cls, span: Span) -> Self:
        """Read them."""
        first = ledger.Posting.objects.values_list("asset").annotate(first=Min("on"))
        given = ledger.PackagedItem.objects.exclude(change=Change.WITHDRAWN).values_list("asset")
        sent = dict(given.annotate(first=Min("package__sendings__on")))
        posted = dict(first)
        return cls(
            posted,
            {
                asset: (on - sent[asset]).days
                for asset, on in posted.items()
                if span.begins <= on <= span.ends and sent.get(asset) and sent[asset] <= on
            },
        )

    def of_newsroom(self, slug: str, said: Mapping[str, Said]) -> Mapping[str, int]:
        """Keep those of a newsroom."""
        return {
            asset: days
            for asset, days in self.of_span.items()
            if asset in said and said[asset].newsroom == slug
        }

    def of_package(self, sent: date | None, given: Iterable[str]) -> Mapping[str, int]:
        """Count from the letter of one package."""
        on = {asset: self.posted[asset] for asset in given if asset in self.posted}
        return {asset: (day - sent).days for asset, day in on.items() if sent and sent <= day}


def _median(days: Mapping[str, int]) -> Cell:
    """The one in the middle: a page that nobody looked for would pull an average away."""
    if not days:
        return None
    middle = median(days.values())
    return int(middle) if middle == int(middle) else middle


def _packages(span: Span, waits: _Waits) -> Iterator[tuple[Cell, ...]]:
    """The packages of some days, with how and by which letter each was sent."""
    rows = ledger.Package.objects.filter(at__gte=span.begins_at, at__lt=span.ends_at)
    there = receipts.posted()
    for row in rows.order_by("at", "pk"):
        sent = row.sendings.order_by("-pk").first()
        given = list(row.items.exclude(change=Change.WITHDRAWN).values_list("asset", flat=True))
        yield (
            row.title,
            row.assets,
            sent.on if sent else None,
            sent.letter if sent else None,
            Way(sent.way).label.vi if sent else None,
            len(there.intersection(given)),
            _median(waits.of_package(sent.on if sent else None, given)),
        )


# --- Tasks of the plan --------------------------------------------------------------------------


class _Counts(NamedTuple):
    """What tells how far a task has come."""

    workspace: Workspace
    told: Told
    said: Mapping[str, Said]
    logs: list[Log]
    editions: int

    def result(self, task: Task) -> str | None:
        """Say how far a task has come; None: the record does not know, people write it."""
        told = self.told
        match task.measure:
            case Measure.BROADCASTER | Measure.AGENCIES:
                of_broadcaster = task.measure is Measure.BROADCASTER
                return self._supplied(
                    lambda each: (each.newsroom in self.workspace.broadcasters) == of_broadcaster
                )
            case Measure.THEMES:
                codes = {theme.value for theme in task.themes}
                return self._supplied(lambda each: not codes.isdisjoint(each.themes))
            case Measure.CLUSTERS:
                served = len({log.cluster.name for log in self.logs if log.cluster.in_service})
                turns = sum(log.told.total.played for log in self.logs)
                return (
                    f"{self.editions} phiên bản phát; {len(told.played)} nội dung được phát, "
                    f"{turns} lượt, tại {served} cụm đang phục vụ"
                )
            case Measure.PORTAL:
                return f"cung cấp {len(told.given)} nội dung; đã đăng {len(told.posted)}"
            case Measure.NONE:
                return None

    def _supplied(self, wanted: Callable[[Said], bool]) -> str:
        of = frozenset(asset for asset, each in self.said.items() if wanted(each))
        received, shown, played, *_ = self.told.counts(of)
        return f"tiếp nhận {received}, đưa vào phát {shown}, có phát {played} nội dung"


def _plan(workspace: Workspace, span: Span) -> Plan | None:
    """Find the plan of the span's year, of several the last; None: none holds then."""
    plans = workspace.settings.deadlines.plans
    years = [year for year in plans if span.begins.year <= year <= span.ends.year]
    return plans[max(years)] if years else None


def _tasks(
    plan: Plan | None, span: Span, counts: _Counts
) -> tuple[list[tuple[Cell, ...]], list[str]]:
    """Go through the tasks of a plan."""
    if plan is None:
        return [], [f"Chưa đặt kế hoạch nào cho {span.called}; nhiệm vụ để trống."]
    rows: list[tuple[Cell, ...]] = [
        (task.says, task.basis, counts.result(task)) for task in plan.tasks
    ]
    if any(row[-1] is None for row in rows):
        return rows, ["Kết quả để trống là việc mà hệ thống không ghi nhận, người lập bổ sung."]
    return rows, []
