"""One newsroom's folder: what lies in it, what becomes of it."""

import contextlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path, PurePosixPath

from cluster_feed.adapters import sheets
from cluster_feed.adapters.sendback import send_back, sweep, take_away
from cluster_feed.adapters.watchfolder import (
    STATUS_PAGE,
    ChangedError,
    Scan,
    Sight,
    Stillness,
    scan,
)
from cluster_feed.core.asset import Asset
from cluster_feed.core.errors import (
    Duplicate,
    FolderMissing,
    NoAccess,
    OperatorError,
    Refusal,
)
from cluster_feed.core.labels import caption_of, clean
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import Tick
from cluster_feed.pipeline.ingest.captions import Captions
from cluster_feed.pipeline.ingest.examine import Examiner, Fit, Found, Unfit
from cluster_feed.pipeline.ingest.outcome import Admitted, Outcome, Trouble
from cluster_feed.pipeline.ingest.page import Page
from cluster_feed.pipeline.ingest.record import Record, submission_of
from cluster_feed.settings import Newsroom
from cluster_feed.workspace import Workspace

logger = logging.getLogger(__name__)

_FOLDER_PATIENCE = 60
"""How many times longer than a file an emptied folder must rest before it is removed."""


class Inbox:
    """One newsroom's folder, with the memory of earlier looks."""

    def __init__(self, workspace: Workspace, newsroom: Newsroom) -> None:
        """Watch a newsroom's folder."""
        self.folder = workspace.inbox / newsroom.slug
        self.waiting: list[str] = []
        self._workspace = workspace
        self._newsroom = newsroom
        self._record = Record(newsroom)
        self._captions = Captions(self._record)
        seconds = workspace.settings.intake.stable_seconds
        self._files = Stillness(seconds)
        self._folders = Stillness(seconds * _FOLDER_PATIENCE)
        self._emptied: set[str] = set()
        self._stuck: dict[str, tuple[Sight, Callable[[], object]]] = {}
        self._subtitles: list[str] = []
        self._page = Page(self.folder / STATUS_PAGE, workspace, newsroom)
        self._published: object = None
        self._swept = False

    def look(
        self, now: datetime, moment: float, defects: list[Exception], tick: Tick
    ) -> Iterator[Outcome]:
        """Look once; take in or send back what is complete.

        `moment` is of the monotonic clock; what a file brings to light that is our defect is
        added to `defects`.
        """
        try:
            self._make_folder()
            seen = scan(self.folder)
        except FolderMissing as error:
            self._published = None
            yield Trouble(error)
            return
        self._sweep_once()
        complete = self._files.look(seen.files, moment)
        self.waiting = sorted(shown(path) for path in seen.files.keys() - set(complete))
        self._subtitles = sorted(shown(path) for path in seen.files if sheets.is_subtitle(path))
        for path, detail in seen.unreadable.items():
            yield Trouble(NoAccess(path=self.folder / shown(path), detail=detail))
        yield from self._finish_what_stuck(seen)
        yield from self._read_sheets(now, seen, complete)
        yield from self._take_in(now, self._due(seen, complete), defects, tick)
        yield from self._captions.tell(now)
        self._remove_emptied(seen, moment)

    def publish(self, now: datetime, version: object) -> Iterator[Trouble]:
        """Bring the newsroom's status page up to date with the ledger's `version`."""
        state = (version, tuple(self.waiting), tuple(self._subtitles))
        if not self.folder.is_dir() or (state == self._published and self._page.path.exists()):
            return
        try:
            self._page.write(now, self.waiting, self._subtitles)
        except OSError as error:
            yield _no_access(self._page.path, error)
        else:
            self._published = state

    def _make_folder(self) -> None:
        """Make a new newsroom's folder; one that has sent something has only lost its drive."""
        if self.folder.is_dir():
            return
        if self._record.assets.exists():
            raise FolderMissing(path=self.folder)
        try:
            self.folder.mkdir()
        except OSError as error:
            raise FolderMissing(path=self.folder) from error

    def _sweep_once(self) -> None:
        """Tidy up after a crash of an earlier process; what cannot be removed harms nobody."""
        if not self._swept:
            self._swept = True
            with contextlib.suppress(OSError):
                sweep(self.folder)

    def _read_sheets(self, now: datetime, seen: Scan, complete: Iterable[str]) -> Iterator[Outcome]:
        self._captions.forget_all_but(seen.files)
        for path in complete:
            found = Found(self.folder / path, shown(path), seen.files[path])
            if sheets.is_sheet(path) and not self._captions.is_read(path, found.sight):
                try:
                    yield from self._captions.read(now, found, path)
                except (ChangedError, FileNotFoundError):
                    continue
                except OSError as error:
                    yield _no_access(found.path, error)

    def _due(self, seen: Scan, complete: Iterable[str]) -> list[Found]:
        """Name the complete media files of which no sheet is still being copied."""
        moving = [path for path in seen.files.keys() - set(complete) if sheets.is_sheet(path)]
        return [
            Found(
                self.folder / path, shown(path), seen.files[path], self._captions.about(shown(path))
            )
            for path in complete
            if path not in self._stuck
            and not sheets.is_sheet(path)
            and not any(sheets.may_speak_of(sheet, path) for sheet in moving)
        ]

    def _take_in(
        self, now: datetime, due: list[Found], defects: list[Exception], tick: Tick
    ) -> Iterator[Outcome]:
        """Judge files side by side, then record them one by one."""
        if not due:
            return
        today = now.astimezone(ZONE).date()
        limits = self._workspace.settings.intake
        examiner = Examiner(self._workspace.store, limits, self._newsroom.kind, today)
        with ThreadPoolExecutor(min(len(due), os.cpu_count() or 1)) as pool:
            verdicts = [pool.submit(examiner.examine, found) for found in due]
            for index, (found, verdict) in enumerate(zip(due, verdicts, strict=True)):
                tick(found.name, index / len(due))
                match error := verdict.exception():
                    case None:
                        yield from self._settle(now, found, verdict.result())
                    case ChangedError():
                        self.waiting.append(found.name)
                    case FileNotFoundError():
                        logger.debug("%s is gone again", found.name)
                    case OSError():
                        yield _no_access(found.path, error)
                    case OperatorError():
                        pool.shutdown(wait=True, cancel_futures=True)
                        yield Trouble(error)
                        return
                    case Exception():
                        error.add_note(f"{self._newsroom.slug}/{found.name}")
                        defects.append(error)

    def _settle(self, now: datetime, found: Found, verdict: Fit | Unfit) -> Iterator[Outcome]:
        """Record a verdict, then take the file out of the inbox."""
        if isinstance(verdict, Unfit):
            yield from self._refuse(now, found, verdict.why, verdict.sha256)
            return
        asset = Asset(
            sha256=verdict.stored.sha256,
            kind=verdict.probed.kind,
            newsroom=self._newsroom.slug,
            name=found.name,
            submission=submission_of(found.name),
            byte_count=verdict.stored.byte_count,
            received_at=now,
            media=verdict.probed.media,
        )
        caption = caption_of(verdict.said)
        row, new = self._record.admit(now, asset, caption)
        if (row.newsroom, row.name) != (asset.newsroom, asset.name):
            yield from self._refuse(now, found, self._duplicate(row), asset.sha256)
            return
        if new:
            yield Admitted(asset, self._record.missing(caption, asset.kind))
        yield from self._finish(found, lambda: take_away(found.path, found.sight))

    def _duplicate(self, row: ledger.Asset) -> Duplicate:
        sender = self._workspace.newsroom(row.newsroom)
        return Duplicate(
            received=f"{row.received_at.astimezone(ZONE):%d/%m/%Y}",
            name=row.name,
            newsroom=sender.title if sender else row.newsroom,
        )

    def _refuse(self, now: datetime, found: Found, why: Refusal, sha256: str) -> Iterator[Outcome]:
        yield self._record.refuse(now, found.name, why, sha256)
        yield from self._finish(found, lambda: send_back(self.folder, found.path, found.sight, why))

    def _finish(self, found: Found, remove: Callable[[], object]) -> Iterator[Trouble]:
        """Take a recorded file out of the inbox; what cannot be moved is tried at every look."""
        path = str(found.path.relative_to(self.folder))
        self._stuck.pop(path, None)
        try:
            remove()
        except (ChangedError, FileNotFoundError):
            logger.debug("%s has changed since and is looked at afresh", found.name)
        except OSError as error:
            self._stuck[path] = (found.sight, remove)
            yield _no_access(found.path, error)
        else:
            self._emptied.add(str(PurePosixPath(path).parent))

    def _finish_what_stuck(self, seen: Scan) -> Iterator[Trouble]:
        for path, (sight, remove) in list(self._stuck.items()):
            if seen.files.get(path) == sight:
                yield from self._finish(Found(self.folder / path, shown(path), sight), remove)
            else:
                del self._stuck[path]

    def _remove_emptied(self, seen: Scan, moment: float) -> None:
        """Remove sub-folders out of which everything was taken and that have long been quiet."""
        quiet = self._folders.look(seen.folders, moment)
        for path in sorted(self._emptied.intersection(quiet), reverse=True):
            with contextlib.suppress(OSError):
                (self.folder / path).rmdir()
                self._emptied.discard(path)
                self._emptied.add(str(PurePosixPath(path).parent))


def shown(path: str) -> str:
    """Give a path as text for people and the ledger, whatever its bytes on the disk.

    It is NFC and one line: a line break in a name could forge another line of the journal.
    """
    text = clean(os.fsencode(path).decode("utf-8", "replace"))
    return text.translate({ord("\n"): " ", ord("\t"): " "}) or "?"


def _no_access(path: Path, error: OSError) -> Trouble:
    place = path.parent / shown(path.name)
    return Trouble(NoAccess(path=place, detail=error.strerror or type(error).__name__))
