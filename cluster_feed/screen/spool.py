"""Proof of play on the disk: every turn is there before the next one begins.

The chain grows in `.open.jsonl`; after some rows, or minutes, the file gets its final name,
`proof-<first row>.jsonl`, and may be handed over.  `chain.json` remembers where the closed files
ended, since they leave.
"""

import logging
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from pydantic import Field, ValidationError

from cluster_feed.adapters.store import make_visible, write_visible
from cluster_feed.core.errors import BrokenChain
from cluster_feed.core.proof import GENESIS, Outcome, PlayRecord, verify_chain
from cluster_feed.core.value import Sha256, Value
from cluster_feed.screen.config import ScreenConfig

logger = logging.getLogger(__name__)

PROOF: Final = "proof-{:010}.jsonl"


class _Head(Value):
    """The last row that a closed file holds."""

    row: int = Field(default=0, ge=0)
    sha256: Sha256 = GENESIS


class Spool:
    """One screen's chain of plays; it picks up where a power cut left it."""

    def __init__(self, config: ScreenConfig) -> None:
        self._config = config
        self._folder = config.outbox
        self._folder.mkdir(parents=True, exist_ok=True)
        self._open = self._folder / ".open.jsonl"
        self._chain = self._folder / ".chain.json"
        self._first: PlayRecord | None = None
        self._head = self._closed_head()
        self._rows = 0
        self._recover()

    def append(
        self,
        *,
        edition: int,
        asset: Sha256,
        rendition: Sha256,
        began_at: datetime,
        seconds: float,
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
            seconds=round(seconds, 3),
            outcome=outcome,
            reason=reason,
        )
        self._write(record.to_bytes() + b"\n")
        self._count(record)
        self.close_if_due(began_at)
        return record

    def close_if_due(self, now: datetime) -> None:
        """Close the open file once it has its rows or its minutes."""
        if self._first is None:
            return
        old = abs(now - self._first.began_at) >= timedelta(minutes=self._config.proof_minutes)
        if old or self._rows >= self._config.proof_rows:
            self.close()

    def close(self) -> None:
        """Give the open file its final name, under which it may leave."""
        if self._first is None:
            return
        make_visible(self._open, self._folder / PROOF.format(self._first.row))
        self._keep_head()
        self._first, self._rows = None, 0

    def _write(self, line: bytes) -> None:
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
        self._first = self._first or record
        self._head = _Head(row=record.row, sha256=record.sha256)
        self._rows += 1

    def _keep_head(self) -> None:
        write_visible(self._chain, self._head.model_dump_json().encode())

    def _closed_head(self) -> _Head:
        """Where the closed files end: as remembered, or in a file closed just before a cut."""
        try:
            head = _Head.model_validate_json(self._chain.read_bytes())
        except (OSError, ValidationError):
            head = _Head()
        follows = self._folder / PROOF.format(head.row + 1)
        if follows.exists():
            for record in _whole(follows.read_bytes(), head):
                head = _Head(row=record.row, sha256=record.sha256)
        return head

    def _recover(self) -> None:
        """Go on after the last whole record; what a cut left of another is cut off."""
        try:
            content = self._open.read_bytes()
        except FileNotFoundError:
            return
        whole = 0
        for record in _whole(content, self._head):
            self._count(record)
            whole += len(record.to_bytes()) + 1
        if whole < len(content):
            logger.warning("%s: %s torn bytes cut off", self._open, len(content) - whole)
            os.truncate(self._open, whole)


def _whole(content: bytes, head: _Head) -> Iterator[PlayRecord]:
    """The records of a file up to the first that is torn."""
    lines = [line for line in content.splitlines(keepends=True) if line.endswith(b"\n")]
    try:
        yield from verify_chain(lines, after_row=head.row, previous=head.sha256)
    except BrokenChain as error:
        logger.warning("%s", error)
