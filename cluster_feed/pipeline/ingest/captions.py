"""What a newsroom's sheets say: read when they change, and told to assets already taken in.

Sheets stay in the inbox.  A sheet that comes after its clip, or is corrected later, completes the
caption for as long as only the newsroom has written it; what the department has edited is the
department's.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

from django.db import transaction

from cluster_feed.adapters import sheets
from cluster_feed.adapters.sheets.sheet import Row, Sheet, key_of, keys_of
from cluster_feed.adapters.watchfolder import Sight, Still
from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.errors import BadSheet, MarkedAfterIntake, NotBroadcastYet, Refusal
from cluster_feed.core.labels import caption_of, said_in
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.value import digest
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.ingest.examine import BROADCAST_ON, Found, check_broadcast
from cluster_feed.pipeline.ingest.outcome import Captioned, Refused
from cluster_feed.pipeline.ingest.record import Record

HELD: Final = "held"
"""Who "wrote" a caption whose newsroom has lost its say to a secrecy marking."""


class Captions:
    """The sheets of one newsroom's folder, by path, and their effect."""

    def __init__(self, record: Record) -> None:
        """Begin with no sheet read."""
        self._record = record
        self._shelf = sheets.Shelf()
        self._sights: dict[str, Sight] = {}
        self._news: set[str] = set()

    def about(self, name: str) -> list[Row]:
        """All that sheets say of a file, the strongest last."""
        return self._shelf.about(name)

    def forget_all_but(self, paths: Collection[str]) -> None:
        """Take sheets that are gone off the shelf; what they said stays said."""
        for path in self._sights.keys() - set(paths):
            del self._sights[path]
            self._shelf.replace(path, None)

    def is_read(self, path: str, sight: Sight) -> bool:
        """Whether a sheet was read as it is now."""
        return self._sights.get(path) == sight

    def read(self, now: datetime, found: Found, path: str) -> Iterator[Refused]:
        """Read a sheet that is new or changed, and tell what in it must be mended.

        Raises OSError where it cannot be opened yet.
        """
        content = b""
        try:
            with Still(found.path, found.sight) as source:
                content = source.read(sheets.LARGEST + 1)
                source.check()
        except Refusal as error:
            sheet = Sheet((), BadSheet(sheet=found.name, **_problem(error)))
        else:
            sheet = sheets.read(content, found.name)
        self._shelf.replace(path, sheet)
        self._sights[path] = found.sight
        self._news |= {key_of(row.about) for row in sheet.rows}
        yield from self._complain(now, found.name, sheet.complaint, digest(content))

    def _complain(
        self, now: datetime, name: str, why: BadSheet | None, sha256: str
    ) -> Iterator[Refused]:
        """Complain of each content once; what is mended needs nobody's attention any more."""
        told = self._record.rejections.filter(name=name, code=BadSheet.__name__)
        told.filter(seen_at=None).exclude(sha256=sha256).update(seen_at=now)
        if why and not told.filter(sha256=sha256).exists():
            yield self._record.refuse(now, name, why, sha256)

    def tell(self, now: datetime) -> Iterator[Captioned | Refused]:
        """Let the sheets that were read since the last time complete captions in the ledger.

        Of several assets that came under one name, the newest is meant.
        """
        if not self._news:
            return
        newest = {row.name: row for row in self._record.assets}
        for name, row in newest.items():
            if not self._news.isdisjoint(keys_of(name)):
                yield from self._tell_of(now, row)
        self._news.clear()

    def _tell_of(self, now: datetime, row: ledger.Asset) -> Iterator[Captioned | Refused]:
        about = self.about(row.name)
        for each in about:
            if each.marked:
                yield from self._hold(now, row, *each.marked)
                return
        if row.captioned_by != self._record.newsroom.slug:
            return
        before = row.to_caption()
        said = {**said_in(before), **sheets.merged(about)}
        try:
            check_broadcast(said, self._record.newsroom.kind, now.astimezone(ZONE).date())
        except NotBroadcastYet as why:
            del said[BROADCAST_ON]
            if not self._record.rejections.filter(sha256=row.sha256, code=why.code).exists():
                yield self._record.refuse(now, row.name, why, row.sha256)
        caption = caption_of(said)
        if caption != before:
            self._record.caption(now, row, caption, by=row.newsroom)
            missing = self._record.missing(caption, row.kind)
            yield Captioned(row.newsroom, row.name, missing)

    def _hold(
        self, now: datetime, row: ledger.Asset, marking: str, place: str
    ) -> Iterator[Refused]:
        """Withdraw an asset's declaration that it holds no secret, and with it its fitness.

        From then on only the department can declare it; it is asked once for each marking.
        """
        why = MarkedAfterIntake(marking=marking, place=place)
        told = self._record.rejections.filter(sha256=row.sha256, code=why.code)
        if any(each.facts == why.facts for each in told):
            return
        with transaction.atomic():
            undeclared = row.to_caption().model_copy(update={"no_state_secrets": False})
            self._record.caption(now, row, undeclared, by=HELD)
            refused = self._record.refuse(now, row.name, why, row.sha256)
        yield refused


def _problem(error: Refusal) -> dict[str, str]:
    return {"problem_vi": error.message(Tongue.VI), "problem_en": error.message(Tongue.EN)}
