"""What is asked of a file before it may enter, one after the other; the ledger is not touched.

1. Is there a secrecy marking in its name, or in what sheets say of it?  Then it is not opened.
2. Is it a regular file that nobody is writing, neither empty nor too large?
3. Is it a clip or a photo (`probe`), long enough, with no marking in its own metadata?
4. Has the broadcaster's clip been on air?

Only then is it copied into the store, and only if it is still the file that was seen.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from cluster_feed.adapters.probe import Probed, probe
from cluster_feed.adapters.sheets import merged, said_in_file
from cluster_feed.adapters.sheets.sheet import Row
from cluster_feed.adapters.store import Store, Stored
from cluster_feed.adapters.watchfolder import Sight, Still
from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import decimal, figure, gibibytes
from cluster_feed.core.errors import (
    EmptyFile,
    NotBroadcastYet,
    Refusal,
    SecrecyMarking,
    TooLarge,
    TooShort,
)
from cluster_feed.core.labels import Key, Said
from cluster_feed.core.secrecy import marking
from cluster_feed.core.vocabulary import NewsroomClass
from cluster_feed.settings import Intake

BROADCAST_ON: Final[Key] = ("broadcast_on", "")


class Found(NamedTuple):
    """A complete file in a newsroom's folder, with what the newsroom's sheets say of it.

    `name` is its path under that folder as text, for people; `path` is the one to open.
    """

    path: Path
    name: str
    sight: Sight
    rows: Sequence[Row] = ()


class Fit(NamedTuple):
    """A file that may enter; the store holds it."""

    probed: Probed
    stored: Stored
    said: Said


class Unfit(NamedTuple):
    """A file that is refused; its hash is empty where it was not, or may not be, read."""

    why: Refusal
    sha256: str = ""


class Examiner(NamedTuple):
    """By what a newsroom's files are judged; used from several threads at once."""

    store: Store
    limits: Intake
    newsroom: NewsroomClass
    today: date

    def examine(self, found: Found) -> Fit | Unfit:
        """Decide on a file, and put a fit one into the store.

        Raises an OperatorError where the machine is at fault, and OSError where the file cannot
        be opened, is being written, or is gone, so that it is to be looked at again.
        """
        try:
            _refuse_marked({found.name: found.name}, found.rows)
            with Still(found.path, found.sight) as source:
                return self._examine_open(source, found)
        except Refusal as why:
            return Unfit(why)

    def _examine_open(self, source: Still, found: Found) -> Fit | Unfit:
        self._check_size(found.sight.byte_count)
        try:
            probed = self._probe(found)
            said = {**said_in_file(probed.embedded), **merged(found.rows)}
            check_broadcast(said, self.newsroom, self.today)
        except (SecrecyMarking, TooLarge):
            raise
        except Refusal as why:
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
            source.check()
            return Unfit(why, sha256)
        return Fit(probed, self.store.copy_in(source, found.sight.byte_count), said)

    def _check_size(self, byte_count: int) -> None:
        most = self.limits.largest_clip_gib
        if not byte_count:
            raise EmptyFile
        if byte_count > most * (1 << 30):
            raise TooLarge(measured=gibibytes(byte_count), limit=figure(most, "GiB"))

    def _probe(self, found: Found) -> Probed:
        probed = probe(found.path)
        _refuse_marked(probed.embedded)
        most, least = self.limits.largest_photo_mib, self.limits.shortest_clip_seconds
        mebibytes, seconds = found.sight.byte_count / (1 << 20), probed.media.seconds or 0
        if probed.kind is Kind.PHOTO and mebibytes > most:
            raise TooLarge(measured=figure(mebibytes, "MiB"), limit=figure(most, "MiB"))
        if probed.kind is Kind.VIDEO and seconds < least:
            raise TooShort(seconds=decimal(seconds), least=figure(least))
        return probed


def check_broadcast(said: Said, newsroom: NewsroomClass, today: date) -> None:
    """Refuse what the broadcaster says it will air only after today."""
    on = said.get(BROADCAST_ON)
    if newsroom is NewsroomClass.BROADCASTER and on and on > today:
        raise NotBroadcastYet(broadcast=f"{on:%d/%m/%Y}", received=f"{today:%d/%m/%Y}")


def _refuse_marked(texts: Mapping[str, str], rows: Sequence[Row] = ()) -> None:
    """Raise SecrecyMarking, with the place, for the first marking in a text or in a sheet's row."""
    for place, text in texts.items():
        if found := marking(text):
            raise SecrecyMarking(marking=found, place=place)
    for row in rows:
        if row.marked:
            raise SecrecyMarking(marking=row.marked[0], place=row.marked[1])
