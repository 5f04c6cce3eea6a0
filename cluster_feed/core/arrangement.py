"""What people decided of a cluster's programme, which the rules then keep to."""

from collections.abc import Iterable
from datetime import date, datetime

from pydantic import model_validator

from cluster_feed.core.playlist import ZONE, Entry
from cluster_feed.core.value import Sha256, Slug, Value, check_days


class Place(Value):
    """Where a person put an asset: in which daypart, None: the whole day, and on which days.

    Days only narrow those of its caption.  An asset that somebody placed is where it was placed,
    and nowhere else.
    """

    asset: Sha256
    daypart: Slug | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _some_day(self) -> "Place":
        check_days(self.valid_from, self.valid_until)
        return self

    def is_on(self, show_from: datetime, show_until: datetime) -> bool:
        """Whether its days are not all before or after a programme's."""
        first, last = show_from.astimezone(ZONE).date(), show_until.astimezone(ZONE).date()
        return (not self.valid_from or self.valid_from <= last) and (
            not self.valid_until or self.valid_until >= first
        )

    def narrowed(self, entry: Entry) -> Entry | None:
        """Put an entry here; None: no day is left on which it may be shown."""
        first = max((day for day in (entry.valid_from, self.valid_from) if day), default=None)
        last = min((day for day in (entry.valid_until, self.valid_until) if day), default=None)
        if first and last and last < first:
            return None
        return entry.model_copy(
            update={"daypart": self.daypart, "valid_from": first, "valid_until": last}
        )


def once(places: Iterable[Place]) -> tuple[Place, ...]:
    """Keep the first of those that name the same asset in the same daypart."""
    kept: dict[tuple[Sha256, Slug | None], Place] = {}
    for place in places:
        kept.setdefault((place.asset, place.daypart), place)
    return tuple(kept.values())
