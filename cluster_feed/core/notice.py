"""An urgent notice that is kept ready: a storm, a flood, a border that is closed.

It is approved ahead, byte for byte, so that on the night itself two people only release it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from cluster_feed.core.errors import (
    BadNoticeName,
    EndNeeded,
    NoticeApprovedTwice,
    NoticeChanged,
    OwnNotice,
)
from cluster_feed.core.playlist import Entry, Takeover
from cluster_feed.core.value import Sha256, Slug, Value, canonical, digest

LONGEST: Final = timedelta(days=31)
"""How long a release may last: a slip of the year must not keep a gate's programme away."""


_SLUG: Final[TypeAdapter[str]] = TypeAdapter(Slug)


def check_name(name: str) -> None:
    """Refuse what the record and a playlist could not keep as a notice's name; BadNoticeName."""
    try:
        _SLUG.validate_python(name)
    except ValidationError as error:
        raise BadNoticeName(name=name) from error


class Notice(Value):
    """What a notice shows at each cluster, and who prepared it.

    `clusters` are those that were named; none named: all.  `entries` are those of each, with the
    hash of every rendition: a rendition that is made anew is another notice.
    """

    format: Literal["notice-1"] = "notice-1"
    """Marks the signed bytes, lest they be taken for a cluster's role or the other way round."""
    name: Slug
    assets: tuple[Sha256, ...] = Field(min_length=1)
    clusters: tuple[Slug, ...] = ()
    prepared_by: Slug
    entries: Mapping[Slug, tuple[Entry, ...]] = Field(min_length=1)

    @property
    def fingerprint(self) -> Sha256:
        """Name the content that is approved."""
        return digest(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The bytes that approvers sign."""
        return canonical(self.model_dump(mode="json"))

    def check_approval(self, person: Slug, approved_by: Collection[str], seen: Sha256) -> None:
        """Refuse what does not count: OwnNotice, NoticeApprovedTwice or NoticeChanged."""
        if person == self.prepared_by:
            raise OwnNotice(person=person, notice=self.name)
        if person in approved_by:
            raise NoticeApprovedTwice(person=person, notice=self.name)
        if seen != self.fingerprint:
            raise NoticeChanged(notice=self.name)

    def takeovers(self, now: datetime, until: datetime) -> dict[Slug, Takeover]:
        """Take each cluster's screens from now to an end; EndNeeded where that cannot be meant."""
        if not now < until <= now + LONGEST:
            raise EndNeeded(notice=self.name, days=LONGEST.days)
        return {
            cluster: Takeover(notice=self.name, entries=entries, show_from=now, show_until=until)
            for cluster, entries in self.entries.items()
        }
