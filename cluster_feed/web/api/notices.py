"""Urgent notices: what is kept ready, its release and its end.

No passphrase is taken here: who signs with a key on the hub does so at the desk.
"""

from cluster_feed.adapters.request import Answer, NoticeRequest
from cluster_feed.core.errors import SignedElsewhereOnly
from cluster_feed.core.notice import Notice
from cluster_feed.core.value import Moment, Sha256, Slug, Value
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import notice, status
from cluster_feed.pipeline import release as releasing
from cluster_feed.pipeline.status import NoticeStatus
from cluster_feed.web.api.editions import EditionShown, shown
from cluster_feed.web.api.operation import Call
from cluster_feed.web.house import workspace


class Notices(Value):
    """Every notice, and why one could not be released now."""

    items: tuple[NoticeStatus, ...]


class NoticeShown(Value):
    """A notice, and the editions of its release and of its end that wait for signatures.

    Sign such an edition by its own request; `fingerprint` is what `seen` must name to begin one.
    """

    notice: Notice
    fingerprint: Sha256
    release: str | None
    end: str | None


class Release(Value):
    """Until when, and the fingerprint of what was looked at."""

    until: Moment
    seen: Sha256


class End(Value):
    """The fingerprint of what was looked at."""

    seen: Sha256


def index(call: Call) -> Notices:
    """List the notices."""
    return Notices(items=tuple(status.notices(workspace(), call.now)))


def one(call: Call, name: Slug) -> NoticeShown:
    """Show a notice."""
    del call
    row = ledger.Notice.called(name)
    begun, ending = releasing.waiting(name, ends=False), releasing.waiting(name, ends=True)
    return NoticeShown(
        notice=row.to_value(),
        fingerprint=row.fingerprint,
        release=begun.name if begun else None,
        end=ending.name if ending else None,
    )


def request(call: Call, name: Slug) -> NoticeRequest:
    """Write down what an approver signs ahead on a machine of their own (`cluster-feed sign`)."""
    return notice.request(workspace(), call.now, name)


def sign(call: Call, name: Slug, body: Answer) -> NoticeShown:
    """Approve a notice ahead, by a signature that was made elsewhere."""
    notice.import_signature(workspace(), call.now, name, body)
    return one(call, name)


def release(call: Call, name: Slug, body: Release) -> EditionShown:
    """Begin the release of a notice; its edition then takes signatures made elsewhere."""
    _refuse_a_key_of_the_hub(call)
    edition = releasing.run(
        *(workspace(), call.now, name, call.person.name),
        until=body.until,
        seen=body.seen,
        passphrase="",
    )
    return shown(edition.name)


def end(call: Call, name: Slug, body: End) -> EditionShown:
    """Begin to take a notice off early; its edition then takes signatures made elsewhere."""
    _refuse_a_key_of_the_hub(call)
    edition = releasing.end(
        *(workspace(), call.now, name, call.person.name), seen=body.seen, passphrase=""
    )
    return shown(edition.name)


def _refuse_a_key_of_the_hub(call: Call) -> None:
    if workspace().approver_key(call.person.name).exists():
        raise SignedElsewhereOnly(person=call.person.name)
