"""The tables of the record, a module for each noun.

Code elsewhere imports this package as `ledger`: `ledger.Asset` is the record of a `core` Asset.
Only an edition has a state; everything else is a fact that is there or not.
"""

from cluster_feed.ledger.models.asset import (
    Asset,
    Rejection,
    Rendition,
    Replacement,
    Withdrawal,
    missing,
)
from cluster_feed.ledger.models.edition import (
    Edition,
    Notice,
    NoticeApproval,
    Programme,
    Signature,
    Submission,
    Wording,
)
from cluster_feed.ledger.models.gate import Device, FileReceipt, Health, Play, Receipt
from cluster_feed.ledger.models.lengths import SHA256_LENGTH, SLUG_LENGTH
from cluster_feed.ledger.models.log import Event, Official, Reminder, Task
from cluster_feed.ledger.models.package import (
    Errand,
    Handover,
    Package,
    PackagedItem,
    Posting,
    Sending,
)

__all__ = [
    "SHA256_LENGTH",
    "SLUG_LENGTH",
    "Asset",
    "Device",
    "Edition",
    "Errand",
    "Event",
    "FileReceipt",
    "Handover",
    "Health",
    "Notice",
    "NoticeApproval",
    "Official",
    "Package",
    "PackagedItem",
    "Play",
    "Posting",
    "Programme",
    "Receipt",
    "Rejection",
    "Reminder",
    "Rendition",
    "Replacement",
    "Sending",
    "Signature",
    "Submission",
    "Task",
    "Withdrawal",
    "Wording",
    "missing",
]
