"""What anybody may know of a screen that they stand before: whether the department signed it.

The code on the screen leads here.  It is the screen's own signed word that is told, held against
what approvers signed; where there is neither, that is said.  Nothing else of the screen, its gate
or this installation is on the page.
"""

import threading
import time
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cluster_feed.core.cluster import Screen
from cluster_feed.core.health import Health
from cluster_feed.core.playlist import Entry
from cluster_feed.core.slot import loop_at
from cluster_feed.core.value import digest
from cluster_feed.ledger import models as ledger
from cluster_feed.web.asked import moment
from cluster_feed.web.house import workspace

_KEPT_SECONDS: Final = 15.0
"""The record is asked so often of one screen at the most, however many ask us."""
_A_SECOND: Final = 20
_AT_ONCE: Final = 60
"""Pages that a worker gives; whoever asks for more waits."""
_LATE: Final = timedelta(hours=1)
"""A screen reports every twenty minutes or so: what is older says nothing of now."""
_CLOCKS: Final = timedelta(minutes=10)
_PICTURES: Final = timedelta(hours=2)
"""So long a picture that differed counts where no other was taken."""
_LISTED: Final = 20


class Verdict(StrEnum):
    """What can be said of what a screen shows."""

    SIGNED = "signed"
    LEAVING = "leaving"
    """Signed, and meanwhile taken out of what is live."""
    CARD = "card"
    UNSIGNED = "unsigned"
    DOUBTFUL = "doubtful"
    """Signed, but a picture of the screen, or its clock, is not as it says."""
    LATE = "late"
    """It was well, and has not reported since."""
    UNKNOWN = "unknown"
    """No device that the department admitted has reported."""


class Answer(NamedTuple):
    """What is told of a screen."""

    gate: str
    verdict: Verdict
    entry: Entry | None = None
    """What was on it when it reported; `loop` is all that may be on it now."""
    loop: tuple[Entry, ...] = ()
    edition: str = ""
    switched_at: datetime | None = None
    """Since when the screen shows the edition; `since`: the entry."""
    since: datetime | None = None
    told_at: datetime | None = None


class _Allowance:
    """So many at once, and so many more with each second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left, self._at = float(_AT_ONCE), time.monotonic()

    def takes(self) -> bool:
        """Whether there is one more."""
        with self._lock:
            now = time.monotonic()
            self._left = min(_AT_ONCE, self._left + (now - self._at) * _A_SECOND)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


_allowance = _Allowance()
_answers: dict[tuple[str, str], tuple[float, Answer]] = {}


@require_safe
def screen(request: HttpRequest, cluster: str, screen: str) -> HttpResponse:
    """Say of a screen whether what it shows is signed, by which edition, since when."""
    if not workspace().settings.desk.public_screens:
        raise Http404
    if not _allowance.takes():
        return HttpResponse(status=429, headers={"Retry-After": "5"})
    answer = _remembered(cluster, screen)
    response = render(request, "desk/authenticity/page.html", {"answer": answer})
    response["Cache-Control"] = f"public, max-age={_KEPT_SECONDS:.0f}"
    return response


def _remembered(cluster: str, screen: str) -> Answer:
    known = workspace().clusters.get(cluster)
    displays = {each.name: each for each in known.screens} if known else {}
    if not known or screen not in displays:
        raise Http404
    now = time.monotonic()
    kept = _answers.get((cluster, screen))
    if not kept or now - kept[0] > _KEPT_SECONDS:
        kept = _answers[cluster, screen] = (
            now,
            _answer(known.gate, cluster, displays[screen], moment()),
        )
    return kept[1]


def _answer(gate: str, cluster: str, screen: Screen, now: datetime) -> Answer:
    told = ledger.Health.objects.filter(cluster=cluster, screen=screen.name).first()
    says = Health.model_validate(told.says) if told else None
    if not says or says.at > now + _CLOCKS or not says.showing:
        return Answer(gate, Verdict.UNKNOWN)
    answer = Answer(gate, Verdict.UNSIGNED, since=says.showing.since, told_at=says.at)
    is_late = now - says.at > _LATE
    if says.showing.asset is None:
        return answer._replace(verdict=Verdict.LATE if is_late else Verdict.CARD)
    signed = ledger.Programme.objects.filter(
        cluster=cluster, edition__number=says.edition, edition__published_at__isnull=False
    ).first()
    if not signed or (says.inventory and says.inventory.playlist != digest(bytes(signed.playlist))):
        return answer
    playlist = signed.to_value()
    entry = next(
        (each for each in playlist.all_entries() if each.asset == says.showing.asset), None
    )
    if not entry:
        return answer
    live = ledger.Programme.live(cluster)
    loop = {each.asset: each for each in loop_at(playlist, screen.profile, now)}
    verdict = Verdict.LEAVING
    if live and entry.asset in live.to_value().assets():
        verdict = Verdict.DOUBTFUL if _is_doubtful(says) else Verdict.SIGNED
    return answer._replace(
        verdict=Verdict.LATE if is_late and verdict is not Verdict.DOUBTFUL else verdict,
        entry=entry,
        loop=tuple(loop.values())[:_LISTED],
        edition=signed.edition.name,
        switched_at=says.switched_at,
    )


def _is_doubtful(says: Health) -> bool:
    """Whether what a screen reports does not agree with itself."""
    seen = says.picture
    differs = seen is not None and not seen.is_it and seen.at > says.at - _PICTURES
    return differs or (says.clock is not None and abs(says.clock - says.at) > _CLOCKS)
