"""What came of bringing the feed to one cluster."""

from datetime import datetime
from typing import NamedTuple

from cluster_feed.core.errors import FeedError


class Delivered(NamedTuple):
    """A node took a version of the feed; `blobs` and `byte_count` had to be sent for it.

    `returned` counts the new files that came home.
    """

    cluster: str
    version: int
    blobs: int
    byte_count: int
    returned: int


class UpToDate(NamedTuple):
    """A node holds the live version already."""

    cluster: str
    version: int
    returned: int


class Planned(NamedTuple):
    """What would be sent, by the receipts."""

    cluster: str
    version: int
    blobs: int
    byte_count: int


class Skipped(NamedTuple):
    """A cluster that nothing is sent to, and why: its own document says so."""

    cluster: str
    reason: str


class Waiting(NamedTuple):
    """A node that lacks more than may be sent before its next window, which opens at `opens_at`."""

    cluster: str
    version: int
    byte_count: int
    opens_at: datetime | None


class Unfinished(NamedTuple):
    """A push that was broken off in good order; the next run goes on where this one ended."""

    cluster: str
    version: int
    byte_count: int
    to_send: int


class Failed(NamedTuple):
    """A cluster that was not served; it is tried again at the next run."""

    cluster: str
    error: FeedError


Outcome = Delivered | UpToDate | Planned | Skipped | Waiting | Unfinished | Failed
