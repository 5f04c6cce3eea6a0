"""Today: the month as far as the 25th, what waits for me, how each gate stands."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.edition import State
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import standing, status
from cluster_feed.pipeline.standing import Standing
from cluster_feed.web import visible
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.house import workspace
from cluster_feed.web.models import Person
from cluster_feed.web.roles import WRITERS, Role


class Day(NamedTuple):
    """A day of the month's strip, with what happens on it."""

    date: date
    today: bool
    past: bool
    mark: Bilingual | None = None


class Waiting(NamedTuple):
    """Something that this person can do now."""

    title: Bilingual
    detail: Bilingual
    address: str
    urgent: bool = False


def home(request: Asked) -> HttpResponse:
    """Show the month at a glance; while an edition is on its way, how far is asked for again."""
    now = moment()
    stands = status.of(workspace(), now)
    going = any(
        each.in_service and each.edition and not each.delivered and not each.problem
        for each in stands.clusters
    )
    if request.htmx:
        return render(request, "desk/clusters.html", {"stands": stands, "going": going})
    shown = {
        "stands": stands,
        "going": going,
        "days": list(_days(stands, now)),
        "waiting": list(_waiting(request.user, stands)),
        "push_in": (stands.push_at.astimezone(ZONE).date() - now.astimezone(ZONE).date()).days,
    }
    return render(request, "desk/home.html", shown)


def _days(stands: status.Status, now: datetime) -> Iterator[Day]:
    """The month of the next push, from its first day to its last."""
    today = now.astimezone(ZONE).date()
    push, cut_off = (at.astimezone(ZONE).date() for at in (stands.push_at, stands.cut_off_at))
    marks = {
        cut_off: Bilingual("Chốt nội dung", "Cut-off"),
        push: Bilingual("Phát hành", "Goes out"),
    }
    day = min(push.replace(day=1), cut_off)
    while day.month == push.month or day <= push:
        yield Day(day, day == today, day < today, marks.get(day))
        day += timedelta(days=1)


def _waiting(person: Person, stands: status.Status) -> Iterator[Waiting]:
    """What the person's part lets them do, the most urgent first."""
    yield from _to_sign(person, stands)
    yield from _to_submit(person, stands)
    if person.part in WRITERS:
        yield from _in_the_library(person)
    if person.part is Role.OPERATOR:
        for cluster in stands.clusters:
            if cluster.in_service and cluster.problem:
                yield Waiting(
                    Bilingual(f"Xem cụm {cluster.title}", f"Look at {cluster.title}"),
                    Bilingual(cluster.problem.vi, cluster.problem.en),
                    reverse("gate", args=[cluster.name]),
                    urgent=True,
                )


def _in_the_library(person: Person) -> Iterator[Waiting]:
    """Captions that lack something, and refusals that nobody has looked at."""
    lacking = standing.incomplete(workspace(), visible.assets(person))
    if count := lacking.count():
        yield Waiting(
            Bilingual("Bổ sung chú thích", "Complete captions"),
            Bilingual(f"{count} nội dung còn thiếu", f"{count} assets"),
            f"{reverse('library')}?standing={Standing.INCOMPLETE}",
        )
    if count := visible.rejections(person).filter(seen_at=None).count():
        yield Waiting(
            Bilingual("Xem tệp bị trả lại", "Look at what was refused"),
            Bilingual(f"{count} tệp chưa ai xem", f"{count} files nobody has looked at"),
            reverse("inbox"),
        )


def _to_sign(person: Person, stands: status.Status) -> Iterator[Waiting]:
    """Editions and notices that this person's signature could bring further."""
    if person.part is not Role.APPROVER:
        return
    for edition in stands.editions:
        row = ledger.Edition.called(edition.name)
        signed = (*edition.approvals, row.submitted_by)
        if edition.state is State.SUBMITTED and person.name not in signed:
            yield Waiting(
                Bilingual(f"Duyệt {edition.name}", f"Approve {edition.name}"),
                _signatures(edition),
                reverse("approve", args=[edition.name]),
                urgent=row.urgent,
            )
    for notice in stands.notices:
        signed = (*notice.approvals, ledger.Notice.called(notice.name).prepared_by)
        if len(notice.approvals) < notice.needed and person.name not in signed:
            yield Waiting(
                Bilingual(f"Duyệt trước thông báo {notice.name}", f"Approve notice {notice.name}"),
                _signatures(notice),
                reverse("notice", args=[notice.name]),
            )


def _signatures(of: status.EditionStatus | status.NoticeStatus) -> Bilingual:
    count = len(of.approvals)
    return Bilingual(f"{count}/{of.needed} chữ ký", f"{count} of {of.needed} signatures")


def _to_submit(person: Person, stands: status.Status) -> Iterator[Waiting]:
    """Drafts that wait to be looked through and submitted."""
    if person.part is not Role.EDITOR:
        return
    for edition in stands.editions:
        if edition.state is State.DRAFT:
            yield Waiting(
                Bilingual(f"Hoàn thiện và trình {edition.name}", f"Submit {edition.name}"),
                Bilingual("bản nháp", "draft"),
                reverse("edition", args=[edition.name]),
            )
