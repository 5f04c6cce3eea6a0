"""What came of bringing the feed to one cluster."""

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


class Unfinished(NamedTuple):
    """A node that gets a version over a slow link; the next run goes on where this one ended."""

    cluster: str
    version: int
    byte_count: int
    to_send: int


class Failed(NamedTuple):
    """A cluster that was not served; it is tried again at the next run."""

    cluster: str
    error: FeedError


Outcome = Delivered | UpToDate | Planned | Skipped | Unfinished | Failed
