"""Files that come through the desk, from people without the share: into the inbox, whole.

They become visible there only when all of them have arrived, in a sub-folder of their own, so
that nothing is overwritten and a sheet lies beside its clips.  Taking them in is `ingest`'s.
"""

import logging
import os
import re
import secrets
import time
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from cluster_feed.adapters import sheets
from cluster_feed.adapters.store import make_visible
from cluster_feed.adapters.watchfolder import is_debris
from cluster_feed.core.bilingual import gibibytes
from cluster_feed.core.errors import (
    EmptyFile,
    FolderMissing,
    NameRefused,
    Refusal,
    SecrecyMarking,
    TooLarge,
)
from cluster_feed.core.labels import clean
from cluster_feed.core.person import check_person
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.secrecy import marking
from cluster_feed.ledger import audit
from cluster_feed.pipeline.ingest.record import Record
from cluster_feed.settings import Newsroom
from cluster_feed.workspace import Workspace

logger = logging.getLogger(__name__)

UPLOADED: Final = "tai-len-"
"""How the folder of what came by one upload begins."""
_LONGEST_NAME: Final = 180
"""Bytes; the share and the note beside a refused file need room for more."""
_NAMED: Final = 20
"""How many files of a submission the log names."""
_ABANDONED_SECONDS: Final = 24 * 60 * 60
_LEFT_BEHIND: Final = re.compile(r"\.[0-9a-f]{24}\.upload")


class Refused(NamedTuple):
    """A file that was not taken, and why."""

    name: str
    why: Refusal


class Part:
    """One file on its way."""

    def __init__(self, name: str, path: Path, most: float) -> None:
        self.name = name
        self.path = path
        self.byte_count = 0
        self._most = most
        self._file = path.open("xb")

    def write(self, chunk: bytes) -> None:
        """Add to it; TooLarge where that would be too much, and it is gone."""
        self.byte_count += len(chunk)
        if self.byte_count > self._most:
            self.discard()
            raise TooLarge(measured=gibibytes(self.byte_count), limit=gibibytes(self._most))
        self._file.write(chunk)

    def close(self) -> None:
        """Take no more."""
        self._file.close()

    def discard(self) -> None:
        """Leave nothing of it."""
        self.close()
        self.path.unlink(missing_ok=True)


class Submission:
    """What one person sends at once, for one newsroom."""

    def __init__(
        self, workspace: Workspace, now: datetime, newsroom: Newsroom, person: str
    ) -> None:
        """Make ready to receive; FolderMissing where the newsroom's folder cannot be reached."""
        check_person(person)
        self.refused: list[Refused] = []
        self._now, self._newsroom, self._person = now, newsroom, person
        self._most = workspace.settings.intake.largest_clip_gib * (1 << 30)
        self._parts: list[Part] = []
        self._folder = workspace.inbox / newsroom.slug
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _sweep(self._folder)
        except OSError as error:
            raise FolderMissing(path=self._folder) from error

    def begin(self, written: str) -> Part | None:
        """Begin a file under the name that its sender gave it; None: the name alone refuses it."""
        name = clean_name(written)
        if found := marking(written):
            why: Refusal = SecrecyMarking(marking=found, place=name)
            Record(self._newsroom).refuse(self._now, name, why, "")
        elif not name or is_debris(name):
            why = NameRefused(name=name or "?")
        else:
            part = Part(name, self._folder / f".{secrets.token_hex(12)}.upload", self._most)
            self._parts.append(part)
            return part
        self.refused.append(Refused(name, why))
        return None

    def refuse(self, part: Part, why: Refusal) -> None:
        """Leave nothing of a file, and remember why."""
        part.discard()
        self._parts.remove(part)
        self.refused.append(Refused(part.name, why))

    def finish(self) -> list[str]:
        """Let the inbox see what arrived, sheets first; give the names."""
        for part in [each for each in self._parts if not each.byte_count]:
            self.refuse(part, EmptyFile())
        if not self._parts:
            return []
        folder = _new_folder(self._folder, self._now)
        names = []
        for part in sorted(self._parts, key=lambda each: not sheets.is_sheet(each.name)):
            part.close()
            place = _free_place(folder, part.name)
            make_visible(part.path, place)
            names.append(place.name)
        self._parts.clear()
        about = f"{self._newsroom.slug}/{folder.name}"
        audit.record(
            self._now,
            self._person,
            "upload",
            about,
            count=len(names),
            files=", ".join(names[:_NAMED]),
        )
        logger.info("%s sent %d files to %s", self._person, len(names), about)
        return names

    def discard(self) -> None:
        """Leave nothing of what did not arrive whole."""
        for part in self._parts:
            part.discard()
        self._parts.clear()


def clean_name(written: str) -> str:
    """Make a name that any file system of a newsroom can hold, as near as can be to what it was."""
    name = clean(written.replace("\\", "/").rpartition("/")[2])
    name = re.sub(r'[<>:"/\\|?*\n\t]', "_", name).strip().lstrip(".~").rstrip(". ")
    stem, dot, suffix = name.rpartition(".")
    while len(os.fsencode(name)) > _LONGEST_NAME and stem:
        stem = stem[:-1]
        name = f"{stem}{dot}{suffix}"
    return name if len(os.fsencode(name)) <= _LONGEST_NAME else ""


def _new_folder(root: Path, now: datetime) -> Path:
    name = f"{UPLOADED}{now.astimezone(ZONE):%Y%m%d-%H%M%S}"
    folder, count = root / name, 1
    while True:
        try:
            folder.mkdir()
        except FileExistsError:
            count += 1
            folder = root / f"{name}-{count}"
        else:
            return folder


def _free_place(folder: Path, name: str) -> Path:
    place, count = folder / name, 1
    while os.path.lexists(place):
        count += 1
        place = folder / f"{Path(name).stem} ({count}){Path(name).suffix}"
    return place


def _sweep(folder: Path) -> None:
    """Remove what a crash left of an upload long ago."""
    for left in folder.glob(".*.upload"):
        old = time.time() - left.lstat().st_mtime > _ABANDONED_SECONDS
        if old and _LEFT_BEHIND.fullmatch(left.name):
            left.unlink(missing_ok=True)
