"""Whom to ask for a signature: who may still sign, by the names that people go by."""

from collections.abc import Collection
from typing import Final, NamedTuple

from django.db.models import QuerySet

from cluster_feed.adapters.live_feed import LiveFeed
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.edition import State
from cluster_feed.core.errors import FeedError
from cluster_feed.pipeline import approve
from cluster_feed.web.editions import shown
from cluster_feed.web.house import workspace
from cluster_feed.web.models import Person
from cluster_feed.web.roles import Role
from cluster_feed.web.telling import names

_STILL: Final = Bilingual(
    "Còn cần {missing} chữ ký của: {people}.", "Signatures to come: {missing}, of {people}."
)
_ELSEWHERE: Final = Bilingual("{person} (ký ở máy giữ khóa)", "{person} (signs where their key is)")
_NOBODY: Final = Bilingual("không còn ai", "nobody is left")
_TOO_FEW: Final = Bilingual(
    "Không đủ người ký: cần thêm {missing} chữ ký mà chỉ còn {count} người ký được.",
    "Too few can sign: {missing} signatures are lacking, and only {count} may still give one.",
)
_INVITE: Final = Bilingual(
    "{people} có khóa ở máy trung tâm nhưng không vào bàn làm việc với phần việc Người duyệt: "
    "người vận hành hãy mời hoặc đổi phần việc ở trang Người dùng.",
    "{people}: the key is on the hub, but they are no approver of the desk. The operator invites "
    "them, or changes their part, on the page People.",
)
_TO_INVITE: Final = Bilingual(
    "{people} giữ khóa ký nhưng chưa vào bàn làm việc với phần việc Người duyệt",
    "{people}: they have keys and are no approvers of the desk yet",
)
_OTHERS: Final = Bilingual(
    "Trả lại để người khác trình, hoặc nhờ người vận hành thêm người duyệt.",
    "Give it back for another to submit, or have the operator add an approver.",
)


class Needs(NamedTuple):
    """How many signatures are lacking, who may give them, and who cannot but could."""

    missing: int
    people: tuple[Bilingual, ...] = ()
    absent: tuple[str, ...] = ()
    """Their keys are on the hub, and they are none of the desk's approvers."""

    @property
    def too_few(self) -> Bilingual | None:
        """What to do where fewer are left than are needed."""
        if len(self.people) >= self.missing:
            return None
        said = _TOO_FEW.fill(missing=self.missing, count=len(self.people))
        advice = _INVITE.fill(people=", ".join(self.absent)) if self.absent else _OTHERS
        return Bilingual(f"{said.vi} {advice.vi}", f"{said.en} {advice.en}")

    @property
    def says(self) -> Bilingual:
        """Whom to ask."""
        people = Bilingual(*map(", ".join, zip(*(self.people or (_NOBODY,)), strict=True)))
        return _STILL.fill(missing=self.missing, people=people)


def needs(missing: int, awaited: Collection[str]) -> Needs:
    """Tell who may still sign: the desk's approvers, and whose keys are elsewhere."""
    if missing <= 0:
        return Needs(0)
    called = names(awaited)
    here = set(_approvers().filter(name__in=awaited).values_list("name", flat=True))
    people, absent = [], []
    for name in awaited:
        person = called.get(name, name)
        if not workspace().approver_key(name).exists():
            people.append(_ELSEWHERE.fill(person=person))
        elif name in here:
            people.append(Bilingual(person, person))
        else:
            absent.append(person)
    return Needs(missing, tuple(people), tuple(absent))


def for_edition(seen: shown.Review) -> Needs:
    """The same of an edition, which may wait for none."""
    waits = seen.edition.state is State.SUBMITTED and not seen.problem
    return needs(seen.missing if waits else 0, seen.awaited)


def trusted() -> tuple[str, ...]:
    """Name those whose keys approve for every cluster; empty before the ceremony."""
    try:
        feed = LiveFeed(workspace().feed).standing()
        return approve.may_sign(feed, workspace().clusters, ())
    except FeedError:  # `check` names it
        return ()


def not_yet_here() -> Bilingual | None:
    """Name who has a key on the hub and is no approver yet, where too few are to sign anything."""
    keys = trusted()
    wanted = needs(workspace().settings.trust.threshold, keys)
    return _TO_INVITE.fill(people=", ".join(wanted.absent)) if wanted.too_few and keys else None


def without_key() -> list[Person]:
    """Find the desk's approvers whom no trusted key lets sign; nobody before the ceremony."""
    keys = trusted()
    return list(_approvers().exclude(name__in=keys).order_by("name")) if keys else []


def _approvers() -> QuerySet[Person]:
    return Person.objects.filter(role=Role.APPROVER, is_active=True)
