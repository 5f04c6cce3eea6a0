"""Take what the newsrooms dropped into the store and the ledger, or send it back with a reason.

A complete file is examined and copied into the store; one transaction records it; only then does
the original leave the inbox.  A crash between any two steps is repaired by looking again: content
that its newsroom sent under its name is already held, so only the original remains to be removed.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from django.db.models import Max

from cluster_feed.adapters.watchfolder import is_debris
from cluster_feed.core.errors import FolderMissing, UnknownFolder
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import Tick, quiet
from cluster_feed.pipeline.ingest.inbox import Inbox, shown
from cluster_feed.pipeline.ingest.outcome import Admitted, Captioned, Outcome, Refused, Trouble
from cluster_feed.workspace import Workspace

__all__ = ["Admitted", "Captioned", "Ingest", "Outcome", "Refused", "Trouble", "run"]


def run(workspace: Workspace, now: datetime, tick: Tick = quiet) -> list[Outcome]:
    """Take in everything that stands still while this looks twice.

    What is still being copied is left for the next time.
    """
    ingest = Ingest(workspace)
    outcomes = ingest.look(now, tick)
    if ingest.waiting:
        time.sleep(workspace.settings.intake.stable_seconds)
        outcomes = [each for each in outcomes if not isinstance(each, Trouble)]
        outcomes += ingest.look(now, tick)
    return outcomes


class Ingest:
    """Remembers what each look saw, so that it knows what has stood still."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float] = time.monotonic) -> None:
        """Watch the workspace's newsrooms; `clock` is monotonic, in seconds."""
        self._workspace = workspace
        self._clock = clock
        self._inboxes = {
            newsroom.slug: Inbox(workspace, newsroom) for newsroom in workspace.settings.newsrooms
        }

    @property
    def folders(self) -> list[Path]:
        """Where newsrooms drop files."""
        return [inbox.folder for inbox in self._inboxes.values()]

    @property
    def waiting(self) -> int:
        """How many files have not stood still for long enough."""
        return sum(len(inbox.waiting) for inbox in self._inboxes.values())

    def look(self, now: datetime, tick: Tick = quiet) -> list[Outcome]:
        """Look once at every newsroom's folder and take in what is complete.

        A defect of ours that one file brings to light does not keep the others waiting: it is
        raised at the end, in a group.  Raises Busy where another process is at it.
        """
        with self._workspace.alone("ingest"):
            try:
                outcomes: list[Outcome] = list(self._strangers())
            except FolderMissing as error:
                return [Trouble(error)]
            return outcomes + self._look(now, tick)

    def _look(self, now: datetime, tick: Tick) -> list[Outcome]:
        outcomes: list[Outcome] = []
        defects: list[Exception] = []
        for inbox in self._inboxes.values():
            outcomes += inbox.look(now, self._clock(), defects, tick)
        version = _version_of_the_ledger()
        for inbox in self._inboxes.values():
            outcomes += inbox.publish(now, version)
        if defects:
            raise ExceptionGroup("files that could not be judged", defects)
        return outcomes

    def _strangers(self) -> Iterator[Trouble]:
        """Tell of what lies in the inbox beside the newsrooms' folders."""
        root = self._workspace.inbox
        if not ledger.Asset.objects.exists():
            root.mkdir(exist_ok=True)
        try:
            names = os.listdir(root)  # noqa: PTH208  names, whatever their encoding
        except OSError as error:
            raise FolderMissing(path=root) from error
        for name in sorted(names):
            if name not in self._inboxes and not is_debris(name):
                yield Trouble(UnknownFolder(path=shown(name)))


def _version_of_the_ledger() -> tuple[int | None, ...]:
    """Tell cheaply whether anything happened that a newsroom's page could speak of."""
    tables = (ledger.Event, ledger.Rejection, ledger.Rendition, ledger.Receipt, ledger.Play)
    return tuple(table.objects.aggregate(last=Max("pk"))["last"] for table in tables)
