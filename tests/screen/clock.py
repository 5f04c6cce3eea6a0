"""A machine's clock that can be set wrong."""

from datetime import datetime, timedelta, tzinfo
from typing import Self


class Thrown(datetime):
    """A machine's clock that somebody has set."""

    by = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        """What it says."""
        return cls.fromtimestamp((datetime.now(tz) + cls.by).timestamp(), tz)
