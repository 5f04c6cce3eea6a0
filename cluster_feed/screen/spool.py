"""Proof of play on the disk: every turn is there before the next one begins.

The chain grows in `.open.jsonl`; after some rows, or minutes, these rows become a signed file of
proof and may be handed over.  `chain.json` in the trust folder remembers where the closed files
ended, since they leave.  Compressed, a row takes 70 bytes: a play every 10 s for 90 days, 55 MB.
"""

import errno
import logging
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import Field, ValidationError

from cluster_feed.adapters.store import write_visible
from cluster_feed.core.errors import BrokenChain, OperatorError
from cluster_feed.core.proof import GENESIS, Outcome, PlayRecord, Proof, verify_chain
from cluster_feed.core.value import Sha256, Value
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device
from cluster_feed.screen.player import Shown

logger = logging.getLogger(__name__)


class _Head(Value):
    """The last row that a closed file of one device, as one screen, holds."""

    of: str
    row: int = Field(default=0, ge=0)
    sha256: Sha256 = GENESIS


class Spool:
    """One screen's chain of plays; it picks up where a power cut left it."""

    def __init__(self, config: ScreenConfig) -> None:
        self._config = config
        self._device = Device(config.trust)
        self._folder = config.outbox
        self._folder.mkdir(parents=True, exist_ok=True)
        self._open = self._folder / ".open.jsonl"
        self._chain = config.trust / "chain.json"
        self._head = self._closed_head()
        self._rows: list[PlayRecord] = []
        self._recover()

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
        """Write a turn down; when this returns, it survives a power cut."""
        record = PlayRecord(
            row=self._head.row + 1,
            previous=self._head.sha256,
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
        self._write(record.to_bytes() + b"\n")
        self._count(record)
        try:
            self.close_if_due(began_at)
        except OSError:
            logger.exception("the row is safe; its file is closed with a later one")
        return record

    def close_if_due(self, now: datetime) -> None:
        """Close the open file once it has its rows or its minutes."""
        if not self._rows:
            return
        minutes = timedelta(minutes=self._config.proof_minutes)
        old = abs(now - self._rows[0].began_at) >= minutes
        if old or len(self._rows) >= self._config.proof_rows:
            self.close()

    def close(self) -> None:
        """Sign the open rows as a file of proof, which may leave."""
        if not self._rows:
            return
        most = self._config.proof_rows
        for at in range(0, len(self._rows), most):  # more than one where a full disk let none close
            proof = Proof(self._device.public, self._rows[at : at + most])
            write_visible(self._folder / proof.name, proof.to_bytes(self._device.sign))
        write_visible(self._chain, self._head.model_dump_json().encode())
        self._open.unlink(missing_ok=True)
        self._rows = []

    def _write(self, line: bytes) -> None:
        """Add a line; on a full disk, copies of what has left give way to what has not."""
        try:
            self._add(line)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            for copy in (self._folder / ".handed").glob("proof-*"):
                copy.unlink()
            self._add(line)

    def _add(self, line: bytes) -> None:
        """Add a line whole: a disk that fills up in the middle gets its old end back."""
        with self._open.open("ab", buffering=0) as file:
            end = file.tell()
            try:
                while line:
                    line = line[file.write(line) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise

    def _count(self, record: PlayRecord) -> None:
        self._rows.append(record)
        self._head = self._after(record)

    def _after(self, record: PlayRecord) -> _Head:
        return _Head(of=self._whose, row=record.row, sha256=record.sha256)

    @property
    def _whose(self) -> str:
        return f"{self._config.cluster}/{self._config.screen} {self._device.public}"

    # --- After a start -------------------------------------------------------------------------

    def _closed_head(self) -> _Head:
        """Where the closed files end: as remembered, or in a file closed just before a cut."""
        none_yet = _Head(of=self._whose)
        try:
            head = _Head.model_validate_json(self._chain.read_bytes())
        except (OSError, ValidationError):
            head = none_yet
        if head.of != self._whose:
            head = none_yet
        for folder in (self._folder, self._folder / ".handed"):
            for path in sorted(folder.glob(f"proof-{self._device.mark}-*"))[-1:]:
                try:
                    last = Proof.from_bytes(path.read_bytes()).records[-1]
                except OperatorError as error:
                    logger.warning("%s: %s", path, error)
                    continue
                if last.row > head.row and last.cluster == self._config.cluster:
                    head = self._after(last)
        return head

    def _recover(self) -> None:
        """Go on after the last whole record of the open file.

        What a cut left of a record is cut off, and so are rows that a closed file has.  Rows of
        another chain (the key was lost with the trust folder) are told again in this one.
        """
        try:
            content = self._open.read_bytes()
        except FileNotFoundError:
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
            self._count(each.model_copy(update=follows))
        kept = b"".join(each.to_bytes() + b"\n" for each in self._rows)
        if not kept:
            self._open.unlink()
        elif kept != content:
            logger.warning("%s: %s bytes become %s", self._open, len(content), len(kept))
            if content.startswith(kept):  # a full disk has room for less, and for nothing else
                _cut_off(self._open, len(kept))
            else:
                write_visible(self._open, kept)

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
