"""Proof of play on the disk: every turn is there before the next one begins.

The chain grows in `.open.jsonl`, fsynced with each row; after some rows, or minutes, these rows
become a signed file of proof and may be handed over.  `chain.json` in the trust folder remembers
where the closed files ended, since they leave.  Compressed, a row takes 70 bytes: a play every 10 s
for 90 days, 55 MB.

A disk that is full, or that fails, stops no screen and loses no turn: rows wait in memory, two days
of them at least, and are chained and written once there is room.  Of what is more than that only
the number is kept, and a row of the chain tells it.  What waits is lost with the process alone.
"""

import errno
import logging
import os
import shutil
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from cluster_feed.adapters.store import write_visible
from cluster_feed.core.errors import (
    BrokenChain,
    CopiesLost,
    NeverCommissioned,
    OperatorError,
    PlaysLost,
    ScreenDiskFailed,
    ScreenError,
)
from cluster_feed.core.proof import GENESIS, Outcome, PlayRecord, Proof, verify_chain
from cluster_feed.core.value import Sha256
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device
from cluster_feed.screen.player import Shown
from cluster_feed.screen.twice import Fact, Facts, Tell, log

logger = logging.getLogger(__name__)

_MOST_WAITING: Final = 20_000
"""Rows: two days of a play every 8.6 s, some 30 MB."""
_AT_ONCE: Final = 200
"""Rows that are written in one go: where there is little room, some are better than none."""


class _Head(Fact):
    """The last row that a closed file of one device, as one screen, holds."""

    of: str
    row: int = Field(default=0, ge=0)
    sha256: Sha256 = GENESIS


class Spool:
    """One screen's chain of plays; it picks up where a power cut left it."""

    def __init__(self, config: ScreenConfig, tell: Tell = log) -> None:
        """Pick the chain up, or as soon as the disk lets it; `tell` hears what is found damaged."""
        self._config, self._tell = config, tell
        self._folder = config.outbox
        self._open = self._folder / ".open.jsonl"
        self._chain = Facts(config.trust / "chain.json", _Head, tell)
        self._device: Device | None = None
        self._head = _Head(of="")
        self._rows: list[PlayRecord] = []
        self._waiting: deque[PlayRecord] = deque()
        self._lost: PlayRecord | None = None
        self._lost_count = 0
        self.failure: ScreenError | None = None
        """Why rows wait in memory; None: all of them are on the disk."""
        self._is_ready()

    def append(
        self,
        *,
        edition: int,
        asset: Sha256,
        rendition: Sha256,
        began_at: datetime,
        shown: Shown,
        outcome: Outcome,
        reason: str = "",
    ) -> PlayRecord:
        """Write a turn down; when this returns it survives a power cut, or `failure` says why not.

        A row that waits is given as it would follow now.
        """
        self._is_ready()
        last = self._waiting[-1] if self._waiting else None
        record = PlayRecord(
            row=(last or self._head).row + 1,
            previous=(last or self._head).sha256,
            cluster=self._config.cluster,
            screen=self._config.screen,
            edition=edition,
            asset=asset,
            rendition=rendition,
            began_at=began_at,
            seconds=round(shown.seconds, 3),
            frames=shown.frames,
            outcome=outcome,
            reason=reason,
        )
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(record)
        else:
            self._lost = record
            self._lost_count += 1
        self.close_if_due(began_at)
        return record

    def close_if_due(self, now: datetime) -> None:
        """Write what waits, and close the open file once it has its rows or its minutes."""
        self._write_waiting()
        if not self._rows:
            return
        minutes = timedelta(minutes=self._config.proof_minutes)
        old = abs(now - self._rows[0].began_at) >= minutes
        if old or len(self._rows) >= self._config.proof_rows:
            self._close()

    def close(self) -> None:
        """Sign the open rows as a file of proof, which may leave."""
        self._write_waiting()
        self._close()

    def _close(self) -> None:
        """Close what is open; what the disk does not take now is closed with a later row."""
        if not self._rows:
            return
        most = self._config.proof_rows
        try:
            while self._rows:  # more than one file where a full disk let none close
                proof = Proof(self._owner.public, self._rows[:most])
                write_visible(self._folder / proof.name, proof.to_bytes(self._owner.sign))
                self._rows = self._rows[most:]
                self._remember(self._after(proof.records[-1]))
            self._open.unlink(missing_ok=True)
        except OSError:
            logger.exception("the rows are safe; their file is closed with a later one")

    def _remember(self, closed: _Head) -> None:
        self._chain.keep(lambda _: closed)

    # --- Writing ---------------------------------------------------------------------------------

    def _write_waiting(self) -> None:
        """Chain and write what waits, in its order, and then how much was lost."""
        while (self._waiting or self._lost) and self._is_ready():
            told = self._told_loss()
            rows = [told] if told else list(islice(self._waiting, _AT_ONCE))
            head, chained = self._head, []
            for row in rows:
                following = {"row": head.row + 1, "previous": head.sha256}
                chained.append(row.model_copy(update=following))
                head = self._after(chained[-1])
            try:
                self._write(b"".join(row.to_bytes() + b"\n" for row in chained))
            except OSError as error:
                self.failure = ScreenDiskFailed(path=self._open, detail=error)
                return
            self._rows += chained
            self._head = head
            if told:
                self._lost, self._lost_count = None, 0
            for _ in range(0 if told else len(rows)):
                self._waiting.popleft()
        if self._device and not self._waiting:
            self.failure = None

    def _told_loss(self) -> PlayRecord | None:
        """The row that tells what was lost, once all that came before it is written."""
        if self._waiting or not self._lost:
            return None
        reason = f"{PlaysLost.__name__} {self._lost_count}"
        skipped = {"seconds": 0.0, "frames": None, "outcome": Outcome.SKIPPED, "reason": reason}
        return self._lost.model_copy(update=skipped)

    def _write(self, lines: bytes) -> None:
        """Add lines; on a full disk, copies of what has left give way to what has not.

        All but the last of them: it says where the chain stands, should `chain.json` be lost.
        """
        try:
            self._add(lines)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            handed = self._folder / ".handed"
            last = sorted(handed.glob(f"proof-{self._owner.mark}-*"))[-1:]
            for copy in set(handed.glob("proof-*")).difference(last):
                copy.unlink()
            self._add(lines)

    def _add(self, lines: bytes) -> None:
        """Add lines whole: a disk that fills up in the middle gets its old end back."""
        with self._open.open("ab", buffering=0) as file:
            end = file.tell()
            try:
                while lines:
                    lines = lines[file.write(lines) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise

    def _after(self, record: PlayRecord) -> _Head:
        return _Head(of=self._whose, row=record.row, sha256=record.sha256)

    @property
    def _owner(self) -> Device:
        if not self._device:
            raise ScreenDiskFailed(path=self._config.trust, detail="no key")
        return self._device

    @property
    def _whose(self) -> str:
        return f"{self._config.cluster}/{self._config.screen} {self._owner.public}"

    # --- After a start ---------------------------------------------------------------------------

    def _is_ready(self) -> bool:
        """Whether the chain is picked up; tried again with each row where the disk was at fault."""
        if self._device:
            return True
        try:
            self._device = Device(self._config.trust, self._tell)
            self._folder.mkdir(parents=True, exist_ok=True)
            self._rows, self._head = [], self._closed_head()
            self._recover()
        except (OSError, ScreenDiskFailed, NeverCommissioned) as error:
            self._device = None
            failed = ScreenDiskFailed(path=self._folder, detail=error)
            self.failure = error if isinstance(error, ScreenError) else failed
            return False
        return True

    def _closed_head(self) -> _Head:
        """Where the closed files end: as remembered, or in a file closed just before a cut."""
        none_yet = head = _Head(of=self._whose)
        try:
            head = self._chain.read()
        except CopiesLost as error:
            logger.info("%s", error)
        if head.of != self._whose:
            head = none_yet
        for folder in (self._folder, self._folder / ".handed"):
            for path in sorted(folder.glob(f"proof-{self._owner.mark}-*"))[-1:]:
                try:
                    last = Proof.from_bytes(path.read_bytes()).records[-1]
                except (OSError, OperatorError) as error:
                    logger.warning("%s: %s", path, error)
                    continue
                if last.row > head.row and last.cluster == self._config.cluster:
                    head = self._after(last)
        return head

    def _recover(self) -> None:
        """Go on after the last whole record of the open file.

        What a cut left of a record is cut off, and so are rows that a closed file has.  Rows of
        another chain (the key was lost with the trust folder) are told again in this one.  A file
        that cannot be read is set aside: its rows were in no file that left.
        """
        try:
            content = self._open.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            self._set_aside(error)
            return
        whole = list(_whole(content))
        if any(each.cluster != self._config.cluster for each in whole):
            logger.warning("%s rows of another cluster are given up", len(whole))
            whole = []
        closed = self._head.row if self._has_closed(whole) else 0
        for each in whole:
            if each.row <= closed:
                continue
            follows = {"row": self._head.row + 1, "previous": self._head.sha256}
            self._rows.append(each.model_copy(update=follows))
            self._head = self._after(self._rows[-1])
        kept = b"".join(each.to_bytes() + b"\n" for each in self._rows)
        if not kept:
            self._open.unlink()
        elif kept != content:
            logger.warning("%s: %s bytes become %s", self._open, len(content), len(kept))
            if content.startswith(kept):  # a full disk has room for less, and for nothing else
                _cut_off(self._open, len(kept))
            else:
                write_visible(self._open, kept)

    def _set_aside(self, error: OSError) -> None:
        aside = self._open.with_name(".open.damaged")
        if aside.is_dir():
            shutil.rmtree(aside)
        self._tell(ScreenDiskFailed(path=self._open, detail=error.strerror or error))
        self._open.replace(aside)

    def _has_closed(self, whole: list[PlayRecord]) -> bool:
        """Whether a closed file has the first of these rows: its close was cut short."""
        return any((each.row, each.sha256) == (self._head.row, self._head.sha256) for each in whole)


def _cut_off(path: Path, byte_count: int) -> None:
    """Keep the beginning of a file only."""
    with path.open("r+b") as file:
        file.truncate(byte_count)
        os.fsync(file.fileno())


def _whole(content: bytes) -> Iterator[PlayRecord]:
    """The records of a file up to the first that is torn."""
    lines = [line for line in content.splitlines(keepends=True) if line.endswith(b"\n")]
    try:
        first = PlayRecord.model_validate_json(lines[0] if lines else b"")
        yield from verify_chain(lines, after_row=first.row - 1, previous=first.previous)
    except (BrokenChain, ValidationError) as error:
        logger.warning("%s", error)
