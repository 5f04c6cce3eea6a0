"""Remind the department of its deadlines by mail: each stage of each once, however often asked."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from cluster_feed.adapters import mail
from cluster_feed.core import deadline
from cluster_feed.core.deadline import Due
from cluster_feed.core.errors import MailUndelivered
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
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


def run(workspace: Workspace, now: datetime) -> int:
    """Send what is due and nobody has been told; count that.

    Raises MailUndelivered where the server does not take it, to be tried again later, and Busy
    where another process is at it.
    """
    if not (workspace.settings.mail.host and workspace.settings.mail.to):
        return 0
    sent = 0
    with workspace.alone("remind"):
        for due, days in _due(workspace, now):
            _send(workspace, now, due, days)
            sent += 1
    return sent


def _due(workspace: Workspace, now: datetime) -> Iterator[tuple[Due, int]]:
    today, begins = now.astimezone(ZONE).date(), workspace.settings.cycle.remind_at
    if now.astimezone(ZONE).time() < begins:
        return
    for due in coming(workspace, now):
        days = deadline.stage(due, today, workspace.settings.deadlines.remind_days_before)
        told = ledger.Reminder.objects.filter(deadline=due.deadline.name, by=due.by)
        if days is not None and not told.filter(days_before__lte=days).exists():
            yield due, days


def _send(workspace: Workspace, now: datetime, due: Due, days: int) -> None:
    told, settings = due.deadline.name, workspace.settings.mail
    server = mail.Server(
        settings.host, settings.port, settings.security, settings.user, settings.password
    )
    claim = ledger.Reminder.objects.create(deadline=told, by=due.by, days_before=days)
    try:
        mail.send(server, _letter(workspace, now, due, days))
    except MailUndelivered as error:
        with transaction.atomic():
            claim.delete()
            if (last := failure()) is None or last.facts.get("code") != error.code:
                audit.record(now, _ACTOR, _FAILED, told, code=error.code, **error.facts)
        raise
    with transaction.atomic():
        claim.sent_at = now
        claim.save(update_fields=["sent_at"])
        facts = {"by": f"{due.by:%d/%m/%Y}", "days_before": days}
        audit.record(now, _ACTOR, _SENT, told, people=", ".join(settings.to), **facts)


def failure() -> ledger.Event | None:
    """The event that says why the latest reminder did not go out; None: it did."""
    tried = ledger.Event.objects.filter(act__in=(_SENT, _FAILED)).order_by("-pk").first()
    return tried if tried and tried.act == _FAILED else None


def _letter(workspace: Workspace, now: datetime, due: Due, days: int) -> mail.Letter:
    settings, left = workspace.settings.mail, due.left(now.astimezone(ZONE).date())
    when = f"còn {left} ngày" if left > 0 else "hạn là hôm nay" if left == 0 else "đã quá hạn"
    text = (
        f"{due.deadline.title}: chậm nhất {due.by:%d/%m/%Y} ({when}).\n"
        f"Căn cứ: {due.deadline.basis}, {due.day_called}; tính đến ngày làm việc cuối cùng.\n\n"
        f"Lập dự thảo: {workspace.settings.desk.address.rstrip('/')}/giay-to/\n"
    )
    return mail.Letter(
        f"{due.deadline.name}.{due.by}.{days}",
        settings.sender,
        settings.to,
        f"Nhắc: {due.deadline.title}, {when}",
        text,
    )


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
