"""What people ask for at the desk that takes long: asked for here, done by the daemon.

An errand is in the ledger until it has ended, so that no page waits for it, every page can tell how
it stands, and a daemon that is killed begins it again.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from cluster_feed.adapters.packages import bag_check
from cluster_feed.core.bilingual import Bilingual, Tongue
from cluster_feed.core.errand import Errand
from cluster_feed.core.errors import ErrandBroken, FeedError
from cluster_feed.core.person import check_person
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import receipts, syndicate
from cluster_feed.pipeline.syndicate import items
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)

_CHANGED = Bilingual(
    "tệp không phải là gói đã lập (mã SHA-256 khác)",
    "the file is not the package that was made (its SHA-256 differs)",
)
_NOT_GRAVE = Bilingual("lưu ý: {says}", "note: {says}")


def ask(now: datetime, act: Errand, by: str, package: str = "") -> ledger.Errand:
    """Ask for something; what is asked for already, and not done yet, is not asked for twice.

    Raises BadPersonName, NoSuchPackage.
    """
    check_person(by)
    of = ledger.Package.called(package).title if act is not Errand.MAKE else ""
    try:
        with transaction.atomic():
            row = ledger.Errand.objects.create(act=act, of=of, by=by, asked_at=now)
            audit.record(now, by, f"ask-{act}", of or "vietnam-vn")
    except IntegrityError:
        return ledger.Errand.objects.get(act=act, of=of, ended_at=None)
    return row


def latest(act: Errand, of: str = "") -> ledger.Errand | None:
    """Give the errand that was last asked for; None: none ever was."""
    return ledger.Errand.objects.filter(act=act, of=of).order_by("-pk").first()


def making() -> ledger.Errand | None:
    """Give the last errand to make a package; None too where what failed has come about since."""
    row = latest(Errand.MAKE)
    if row is None or row.failed is None:
        return row
    settled = ledger.Edition.objects.filter(
        name=row.facts.get("edition", ""), settled_at__isnull=False
    )
    later = ledger.Package.objects.filter(at__gt=row.began_at or row.asked_at)
    return None if settled.exists() or later.exists() else row


def run(workspace: Workspace, now: datetime) -> int:
    """Do what is asked for, and count it; what fails is told and not tried again by itself.

    Raises Busy where another process is at it.
    """
    done = 0
    with workspace.alone("errands"):
        for row in ledger.Errand.objects.filter(ended_at=None).order_by("pk"):
            with _told(row, now):
                row.found = _do(workspace, now, row)
            done += 1
    return done


@contextmanager
def _told(row: ledger.Errand, now: datetime) -> Iterator[None]:
    """Say that it began and, however it ends, that: a mistake of ours must not repeat for ever."""
    row.began_at = now
    row.save(update_fields=["began_at"])
    since = time.monotonic()
    failed: FeedError | None = ErrandBroken()
    try:
        yield
        failed = None
    except FeedError as error:
        _log.warning("%s of %s: %s", row.act, row.of or "Vietnam.vn", error)
        failed = error
    finally:
        row.code, row.facts = (failed.code, failed.facts) if failed else ("", {})
        row.ended_at = now + timedelta(seconds=time.monotonic() - since)
        row.save(update_fields=["code", "facts", "found", "ended_at"])


def _do(workspace: Workspace, now: datetime, row: ledger.Errand) -> list[str] | list[list[str]]:
    match Errand(row.act):
        case Errand.MAKE:
            return _make(workspace, now)
        case Errand.CHECK:
            return [[each.to(Tongue.VI), each.to(Tongue.EN)] for each in _check(workspace, row.of)]
        case Errand.HAND_OVER:
            return [receipts.hand_over(workspace, now, row.of, row.by)]


def _make(workspace: Workspace, now: datetime) -> list[str]:
    came = syndicate.run(workspace, now)
    for error in came.refused.values():
        raise error
    return [path.stem for path in came.packages]


def _check(workspace: Workspace, package: str) -> Iterator[Bilingual]:
    """Name what is wrong with a package's file; nothing: it is what was made, and whole."""
    row = ledger.Package.called(package)
    path = receipts.file_of(workspace, row)
    if items.sha256_of(path) != row.sha256:
        yield _CHANGED
    for each in bag_check.findings(path, ours=True):
        yield each.says if each.grave else _NOT_GRAVE.fill(says=each.says)
