"""Today: the month as far as the 25th, what waits for me, how each gate stands."""

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import Truncator

from cluster_feed.core.bilingual import Bilingual, joined
from cluster_feed.core.edition import State, called
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import check, release, standing, status
from cluster_feed.pipeline.standing import Standing
from cluster_feed.web import signers, visible
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.editions import shown
from cluster_feed.web.house import workspace
from cluster_feed.web.models import Person
from cluster_feed.web.roles import REVIEWERS, WRITERS, Role
from cluster_feed.web.telling import told

_REASON_SHOWN: Final = 120
_LOOKS_EVERY: Final = 60
"""Seconds."""
_NO_KEY: Final = Bilingual(
    "{people}: không có khóa tin cậy nào mang tên đăng nhập này nên không ký được. Mời lại bằng "
    "đúng tên khóa, hoặc thêm khóa: cluster-feed keys change.",
    "{people}: no trusted key has the name they sign in by, so that they cannot sign. Invite them "
    "by the name of their key, or add a key: cluster-feed keys change.",
)
_NO_EDITOR: Final = Bilingual(
    "chưa có ai lập và trình phiên bản phát", "nobody is here to draft and submit editions"
)
_AHEAD: Final = Bilingual("Duyệt trước thông báo {name}", "Approve notice {name}")
_KEPT_BACK: Final = Bilingual("Chưa phát hành được {name}", "{name} cannot go out")
_TOO_FEW: Final = Bilingual("{name} không đủ người ký", "{name}: too few can sign")
_AGAIN: Final = Bilingual("Sửa và trình lại {name}", "Change and submit {name}")
_SUBMIT: Final = Bilingual("Hoàn thiện và trình {name}", "Submit {name}")


class Day(NamedTuple):
    """A day of the month's strip, with what happens on it."""

    date: date
    today: bool
    past: bool
    mark: Bilingual | None = None


class Waiting(NamedTuple):
    """Something that this person can do now."""

    title: Bilingual
    detail: Bilingual
    address: str = ""
    """Where to do it; empty: at no page."""
    urgent: bool = False


def home(request: Asked) -> HttpResponse:
    """Show the month at a glance; while an edition is on its way, how far is asked for again."""
    now = moment()
    stands = status.of(workspace(), now)
    going = any(
        each.in_service and each.edition and not each.delivered and not each.problem
        for each in stands.clusters
    )
    if request.htmx:
        return render(request, "desk/clusters.html", {"stands": stands, "going": going})
    context = {
        "stands": stands,
        "going": going,
        "days": list(_days(stands, now)),
        "waiting": list(_waiting(request.user, stands)),
        "others": list(_with_others(request.user, stands)),
        "month": _month(stands),
        "push_in": (stands.push_at.astimezone(ZONE).date() - now.astimezone(ZONE).date()).days,
    }
    return render(request, "desk/home.html", context)


class Month(NamedTuple):
    """How far the month's edition has come, and whether it is still to go out."""

    says: Bilingual
    ahead: bool


def _month(stands: status.Status) -> Month:
    """Look at the edition of the month that goes out next."""
    row = ledger.Edition.objects.filter(name=stands.cycle).first()
    if row is None:
        return Month(_NOT_DRAFTED, ahead=True)
    edition = row.to_value()
    if edition.state is State.PUBLISHED:
        at = f"{row.published_at.astimezone(ZONE):%H:%M %d/%m/%Y}" if row.published_at else "—"
        return Month(_WENT_OUT.fill(at=at), ahead=False)
    if shown.given_back(row):
        return Month(_GIVEN_BACK, ahead=True)
    says = edition.label
    if edition.state is State.SUBMITTED:
        signed = _signatures(next(each for each in stands.editions if each.name == row.name))
        says = joined([says, signed])
    return Month(_IN_FULL if edition.state is State.APPROVED else says, ahead=True)


_NOT_DRAFTED: Final = Bilingual("chưa lập bản nháp", "not drafted yet")
_GIVEN_BACK: Final = Bilingual("bị trả lại, chờ sửa", "given back, to be changed")
_IN_FULL: Final = Bilingual("đã đủ chữ ký, chờ phát hành", "it has its signatures")
_WENT_OUT: Final = Bilingual("đã phát hành lúc {at}", "went out at {at}")


def _days(stands: status.Status, now: datetime) -> Iterator[Day]:
    """The month of the next push, from its first day to its last."""
    today = now.astimezone(ZONE).date()
    push, cut_off = (at.astimezone(ZONE).date() for at in (stands.push_at, stands.cut_off_at))
    marks = {
        cut_off: Bilingual("Chốt nội dung", "Cut-off"),
        push: Bilingual("Phát hành", "Goes out"),
    }
    day = min(push.replace(day=1), cut_off)
    while day.month == push.month or day <= push:
        yield Day(day, day == today, day < today, marks.get(day))
        day += timedelta(days=1)


def _waiting(person: Person, stands: status.Status) -> Iterator[Waiting]:
    """What the person's part lets them do, the most urgent first."""
    yield from _to_sign(person, stands)
    yield from _kept_back(person, stands)
    yield from _to_submit(person, stands)
    if person.part in WRITERS:
        yield from _in_the_library(person)
    if person.part is Role.OPERATOR:
        yield from _to_set_up(stands)
        yield from _too_few_sign(stands)
        yield from _at_the_gates(stands)


def _to_set_up(stands: status.Status) -> Iterator[Waiting]:
    """What the installation lacks to do its work, and whom the desk lacks."""
    if stands.daemon:
        start = Bilingual("Khởi động dịch vụ", "Start the daemon")
        yield Waiting(start, stands.daemon.sentence, urgent=True)
    for what, problem in _looked_at(workspace().root, int(time.monotonic() // _LOOKS_EVERY)):
        yield Waiting(what, problem, urgent=True)
    people = reverse("people")
    if nobody := signers.not_yet_here():
        yield Waiting(Bilingual("Mời người duyệt", "Invite the approvers"), nobody, people)
    if no_key := ", ".join(each.full_name for each in signers.without_key()):
        yield Waiting(
            Bilingual("Người duyệt chưa có khóa ký", "Approvers without a key"),
            _NO_KEY.fill(people=no_key),
            people,
        )
    if not Person.objects.filter(role=Role.EDITOR, is_active=True).exists():
        yield Waiting(Bilingual("Mời người biên tập", "Invite an editor"), _NO_EDITOR, people)


@lru_cache(maxsize=1)
def _looked_at(root: Path, turn: int) -> tuple[tuple[Bilingual, Bilingual], ...]:
    """What `check` finds at hand, looked at once a minute: no page waits for it."""
    del root, turn
    return tuple(
        (each.what, each.problem.sentence)
        for each in check.at_hand(workspace(), moment())
        if each.problem
    )


def _at_the_gates(stands: status.Status) -> Iterator[Waiting]:
    """Gates that cannot be reached or take nothing new, and screens that need a look."""
    for cluster in stands.clusters:
        matters = list(_matters(cluster))
        if matters:
            yield Waiting(
                Bilingual(f"Xem {cluster.title}", f"Look at {cluster.title}"),
                joined(matters, " "),
                reverse("gate", args=[cluster.name]),
                urgent=bool(
                    (cluster.in_service and (cluster.problem or cluster.unapproved))
                    or any(screen.may_show for screen in cluster.screens)
                ),
            )


def _matters(cluster: status.ClusterStatus) -> Iterator[Bilingual]:
    """What is the matter at a gate, the gravest first."""
    if red := [each for each in cluster.screens if each.may_show]:
        yield Bilingual(
            f"{len(red)} màn hình có thể còn phát nội dung đã thu hồi.",
            f"{len(red)} screens may still show what was withdrawn.",
        )
    problem = (cluster.problem or cluster.unapproved) if cluster.in_service else None
    if problem:
        yield problem.sentence
    elif looks := [each for each in cluster.screens if each.concerns]:
        first = looks[0].concerns[0]
        others = len(looks) - 1
        yield Bilingual(f"{looks[0].title}: {first.vi}", f"{looks[0].title}: {first.en}")
        if others:
            yield Bilingual(
                f"Và {others} màn hình khác cần xem.", f"And {others} more screens need a look."
            )


def _in_the_library(person: Person) -> Iterator[Waiting]:
    """Captions that lack something, and refusals that nobody has looked at."""
    lacking = standing.incomplete(workspace(), visible.assets(person))
    if count := lacking.count():
        yield Waiting(
            Bilingual("Bổ sung chú thích", "Complete captions"),
            Bilingual(f"{count} nội dung còn thiếu", f"{count} assets"),
            f"{reverse('library')}?standing={Standing.INCOMPLETE}",
        )
    if count := standing.lacking_for_portal(workspace(), visible.assets(person)).count():
        yield Waiting(
            Bilingual("Cần bổ sung cho Vietnam.vn", "Complete for Vietnam.vn"),
            Bilingual(
                f"{count} nội dung được đề xuất còn thiếu, chưa vào gói gửi Bộ được",
                f"{count} assets are proposed and stay out of the package as they are",
            ),
            f"{reverse('library')}?vietnam_vn=lacking",
        )
    if count := standing.unseen(visible.rejections(person)).count():
        yield Waiting(
            Bilingual("Xem tệp bị trả lại", "Look at what was refused"),
            Bilingual(f"{count} tệp chưa ai xem", f"{count} files nobody has looked at"),
            reverse("inbox") + "#back",
        )


def _to_sign(person: Person, stands: status.Status) -> Iterator[Waiting]:
    """Editions and notices that this person's signature could bring further."""
    if person.part is not Role.APPROVER:
        return
    for edition in stands.editions:
        row = ledger.Edition.called(edition.name)
        if person.name in edition.awaited and not shown.kept_back(row):
            yield _signature_on(edition, row)
    for notice in stands.notices:
        if person.name in notice.awaited:
            yield Waiting(
                _AHEAD.fill(name=notice.name),
                _signatures(notice),
                reverse("notice", args=[notice.name]),
            )


def _signature_on(edition: status.EditionStatus, row: ledger.Edition) -> Waiting:
    """Say of an edition what it is for: a notice's page is where its second person signs."""
    if row.notice:
        name = row.notice.name
        ends = release.waiting(name, ends=True)
        title = (
            Bilingual(f"Ký để gỡ thông báo {name}", f"Sign to take {name} off")
            if ends and ends.pk == row.pk
            else Bilingual(f"Ký để phát thông báo {name}", f"Sign to release {name}")
        )
        return Waiting(title, _signatures(edition), reverse("notice", args=[name]), urgent=True)
    title = Bilingual("Duyệt {name}", "Approve {name}").fill(name=called(edition.name))
    detail = _signatures(edition)
    reasons = dict.fromkeys(row.withdrawals.order_by("pk").values_list("reason", flat=True))
    if reasons:
        why = "; ".join(reasons)
        detail = Bilingual(f"{detail.vi} · gỡ vì: {why}", f"{detail.en} · off because: {why}")
    return Waiting(title, detail, reverse("approve", args=[edition.name]), urgent=row.urgent)


def _kept_back(person: Person, stands: status.Status) -> Iterator[Waiting]:
    """Editions that cannot go out or be signed as they are: to be given back and made anew."""
    if person.part not in REVIEWERS:
        return
    for edition in stands.editions:
        if edition.state not in (State.SUBMITTED, State.APPROVED):
            continue
        if problem := shown.kept_back(ledger.Edition.called(edition.name)):
            yield Waiting(
                _KEPT_BACK.fill(name=called(edition.name)),
                told(problem),
                reverse("edition", args=[edition.name]),
                urgent=True,
            )


def _with_others(person: Person, stands: status.Status) -> Iterator[Waiting]:
    """What this person has submitted, prepared or signed, and whose turn it is."""
    for edition in stands.editions:
        row = ledger.Edition.called(edition.name)
        mine = person.name in (row.submitted_by, row.prepared_by, *edition.approvals)
        if mine and edition.state is State.SUBMITTED and not shown.kept_back(row):
            wanted = signers.needs(edition.needed - len(edition.approvals), edition.awaited)
            title, _, address, _ = _signature_on(edition, row)
            if not row.notice:
                address = reverse("edition", args=[edition.name])
            yield Waiting(title, wanted.too_few or wanted.says, address)
    for notice in stands.notices:
        row_of_it = ledger.Notice.called(notice.name)
        if notice.awaited and person.name in (row_of_it.prepared_by, *notice.approvals):
            wanted = signers.needs(notice.needed - len(notice.approvals), notice.awaited)
            yield Waiting(
                _AHEAD.fill(name=notice.name),
                wanted.too_few or wanted.says,
                reverse("notice", args=[notice.name]),
            )


def _too_few_sign(stands: status.Status) -> Iterator[Waiting]:
    """Editions and notices for which fewer can sign than must."""
    waits: list[tuple[status.EditionStatus | status.NoticeStatus, str]] = [
        *((each, "edition") for each in stands.editions if each.state is State.SUBMITTED),
        *((each, "notice") for each in stands.notices if len(each.approvals) < each.needed),
    ]
    for each, page in waits:
        wanted = signers.needs(each.needed - len(each.approvals), each.awaited)
        if wanted.too_few:
            yield Waiting(
                _TOO_FEW.fill(name=called(each.name)),
                wanted.too_few,
                reverse("people") if wanted.absent else reverse(page, args=[each.name]),
                urgent=True,
            )


def _signatures(of: status.EditionStatus | status.NoticeStatus) -> Bilingual:
    count = len(of.approvals)
    return Bilingual(f"{count}/{of.needed} chữ ký", f"{count} of {of.needed} signatures")


def _to_submit(person: Person, stands: status.Status) -> Iterator[Waiting]:
    """Drafts that wait to be looked through and submitted."""
    if person.part is not Role.EDITOR:
        return
    for edition in stands.editions:
        if edition.state is not State.DRAFT:
            continue
        address = reverse("edition", args=[edition.name])
        if returned := shown.given_back(ledger.Edition.called(edition.name)):
            yield Waiting(
                _AGAIN.fill(name=called(edition.name)),
                Bilingual(*(Truncator(each).chars(_REASON_SHOWN) for each in returned)),
                address,
            )
        else:
            yield Waiting(
                _SUBMIT.fill(name=called(edition.name)),
                Bilingual("bản nháp", "draft"),
                address,
            )
