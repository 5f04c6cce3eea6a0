"""Remind the department by mail of what is due: each stage of each once, however often asked.

That is its reports, the cut-off of the month (the 25th), and that a year has no plan.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from django.db import transaction

from cluster_feed.adapters import mail
from cluster_feed.core import deadline
from cluster_feed.core.deadline import Due
from cluster_feed.core.errors import MailUndelivered, NoPlan
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import standing
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)

_ACTOR: Final = "cluster-feed"
_SENT, _FAILED = "remind-deadline", "mail-failed"
_AGAIN: Final = timedelta(minutes=15)
"""How long a mail server that does not answer is left alone."""


def coming(workspace: Workspace, now: datetime) -> Iterator[Due]:
    """Give the deadlines from today on, the soonest first."""
    today = now.astimezone(ZONE).date()
    yield from deadline.coming(workspace.settings.deadlines.all, today, workspace.is_working_day)


def without_plan(workspace: Workspace, now: datetime) -> NoPlan | None:
    """Tell that nothing says by when to report this year; None: something does."""
    year = now.astimezone(ZONE).year
    return None if workspace.settings.deadlines.holds(year) else NoPlan(year=year)


def run(workspace: Workspace, now: datetime) -> int:
    """Send what is due and nobody has been told; count that.

    Raises MailUndelivered where the server does not take it, to be tried again later, and Busy
    where another process is at it.
    """
    if not (workspace.settings.mail.host and workspace.settings.mail.to):
        return 0
    if now.astimezone(ZONE).time() < workspace.settings.cycle.remind_at:
        return 0
    sent = 0
    with workspace.alone("remind"):
        for matter in (
            *_reports(workspace, now),
            *_cut_off(workspace, now),
            *_plan(workspace, now),
        ):
            told = ledger.Reminder.objects.filter(deadline=matter.name, by=matter.by)
            if not told.filter(days_before__lte=matter.days_before).exists():
                _send(workspace, now, matter)
                sent += 1
    return sent


class _Matter(NamedTuple):
    """What people are to be told of now: `days_before` is the stage, of what is due `by` a day."""

    name: str
    by: date
    days_before: int
    subject: str
    text: str


def _reports(workspace: Workspace, now: datetime) -> Iterator[_Matter]:
    today = now.astimezone(ZONE).date()
    for due in coming(workspace, now):
        days = deadline.stage(due, today, workspace.settings.deadlines.remind_days_before)
        if days is not None:
            when, named = _left(due.by, today), due.deadline
            text = (
                f"{named.title}: chậm nhất {due.by:%d/%m/%Y} ({when}).\n"
                f"Căn cứ: {named.basis}, {due.day_called}; tính đến ngày làm việc cuối cùng.\n\n"
                f"Lập dự thảo: {_page(workspace, 'giay-to/')}\n"
            )
            yield _Matter(named.name, due.by, days, f"{named.title}, {when}", text)


def _cut_off(workspace: Workspace, now: datetime) -> Iterator[_Matter]:
    """Tell of the month's cut-off, and of what is still lacking before it."""
    calendar = workspace.calendar
    cycle = calendar.current(now)
    days = calendar.reminder(cycle, now)
    if days is None:
        return
    at = calendar.cut_off_at(cycle).astimezone(ZONE)
    title = f"Chốt nội dung kỳ {cycle.month:02}/{cycle.year}"
    when = _left(at.date(), now.astimezone(ZONE).date())
    lacking = standing.incomplete(workspace, ledger.Asset.objects.all()).count()
    for_portal = ledger.Asset.lacking_for_portal(workspace.broadcasters)
    held = ledger.Asset.objects.filter(for_portal).count()
    since = calendar.cut_off_at(cycle.previous)
    came = set(
        ledger.Asset.objects.filter(received_at__gte=since).values_list("newsroom", flat=True)
    )
    silent = [each.title for each in workspace.settings.newsrooms if each.slug not in came]
    text = (
        f"{title}: {at:%H:%M} ngày {at:%d/%m/%Y} ({when}).\n"
        f"Chưa gửi nội dung nào từ lần chốt trước: {'; '.join(silent) or 'không có'}.\n"
        f"Nội dung còn thiếu chú thích: {lacking}.\n"
        f"Nội dung đề nghị cho Vietnam.vn còn thiếu thông tin: {held}.\n\n"
        f"Bổ sung: {_page(workspace, 'noi-dung/?standing=incomplete')}\n"
    )
    yield _Matter(f"chot/{cycle}", at.date(), days, f"{title}, {when}", text)


def _plan(workspace: Workspace, now: datetime) -> Iterator[_Matter]:
    if why := without_plan(workspace, now):
        year = now.astimezone(ZONE).year
        says = why.sentence.vi
        yield _Matter(f"ke-hoach/{year}", date(year, 1, 1), 0, f"chưa có kế hoạch {year}", says)


def _left(by: date, today: date) -> str:
    left = (by - today).days
    return f"còn {left} ngày" if left > 0 else "hạn là hôm nay" if left == 0 else "đã quá hạn"


def _page(workspace: Workspace, path: str) -> str:
    return f"{workspace.settings.desk.address.rstrip('/')}/{path}"


def _send(workspace: Workspace, now: datetime, matter: _Matter) -> None:
    told, settings = matter.name, workspace.settings.mail
    server = mail.Server(
        settings.host, settings.port, settings.security, settings.user, settings.password
    )
    claim = ledger.Reminder.objects.create(
        deadline=told, by=matter.by, days_before=matter.days_before
    )
    letter = mail.Letter(
        f"{told.replace('/', '.')}.{matter.by}.{matter.days_before}",
        settings.sender,
        settings.to,
        f"Nhắc: {matter.subject}",
        matter.text,
    )
    try:
        mail.send(server, letter)
    except MailUndelivered as error:
        with transaction.atomic():
            claim.delete()
            if (last := failure()) is None or last.facts.get("code") != error.code:
                audit.record(now, _ACTOR, _FAILED, told, code=error.code, **error.facts)
        raise
    with transaction.atomic():
        claim.sent_at = now
        claim.save(update_fields=["sent_at"])
        facts = {"by": f"{matter.by:%d/%m/%Y}", "days_before": matter.days_before}
        audit.record(now, _ACTOR, _SENT, told, people=", ".join(settings.to), **facts)


def failure() -> ledger.Event | None:
    """The event that says why the latest reminder did not go out; None: it did."""
    tried = ledger.Event.objects.filter(act__in=(_SENT, _FAILED)).order_by("-pk").first()
    return tried if tried and tried.act == _FAILED else None


class Patience:
    """Keeps a server that is away from being asked at every turn of a lane."""

    def __init__(self) -> None:
        self._not_before: datetime | None = None

    def run(self, workspace: Workspace, now: datetime) -> None:
        """Send what is due, unless the server was away a moment ago."""
        if self._not_before and now < self._not_before:
            return
        try:
            run(workspace, now)
        except MailUndelivered:
            self._not_before = now + _AGAIN
            raise
        self._not_before = None
