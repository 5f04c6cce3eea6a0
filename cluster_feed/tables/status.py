"""How the month, the gates and their screens stand."""

from collections.abc import Iterable, Sequence

from rich.markup import escape
from rich.table import Column, Table

from cluster_feed.console import TONGUE, t
from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.edition import State, label
from cluster_feed.core.errors import ProofMissing
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.devices import ranges
from cluster_feed.pipeline.status import (
    ClusterStatus,
    EditionStatus,
    NoticeStatus,
    Problem,
    ScreenStatus,
    Status,
    Withdrawn,
)
from cluster_feed.tables.words import NO, WAITS, YES, alarming, when

_SOON = 7
"""Days before a deadline from which it is shown as near."""
_FAULTS_TOLD = 3
"""Of one screen; `status --json` has them all."""


def intake(status: Status) -> Table:
    """What came in, and the month's dates."""
    table = Table(title=t(f"Kỳ {status.cycle}", f"Cycle {status.cycle}"), show_header=False)
    rows = [
        (t("Chốt nội dung", "Cut-off"), when(status.cut_off_at)),
        (t("Phát hành", "Push"), when(status.push_at)),
        (t("Nội dung đã nhận", "Assets taken in"), str(status.assets)),
        (t("Chú thích chưa đủ", "Captions incomplete"), alarming(status.incomplete)),
        (
            t("Còn thiếu cho Vietnam.vn", "Incomplete for Vietnam.vn"),
            alarming(status.lacking_for_portal),
        ),
        (t("Tệp bị trả lại, chưa xem", "Refusals not yet seen"), alarming(status.refusals_unseen)),
        (t("Không tạo được bản phát", "Cannot be rendered"), alarming(status.failed)),
        (t("Hình, tiếng cần xem lại", "To be looked at"), alarming(status.with_findings)),
    ]
    rows += [
        (escape(each.title), f"{each.by:%d/%m/%Y}  {_left(each.left)}") for each in status.deadlines
    ]
    for row in rows:
        table.add_row(*row)
    return table


def _left(days: int) -> str:
    """Tell how far off a deadline is."""
    if days < 0:
        return f"[red]{t('đã quá ngày làm việc cuối', 'its last working day is over')}[/]"
    says = t(f"còn {days} ngày", f"in {days} days") if days else t("hôm nay", "today")
    return f"[yellow]{says}[/]" if days <= _SOON else says


def editions(rows: Iterable[EditionStatus]) -> Table:
    """The latest editions and their signatures."""
    table = Table(
        Column(t("Phiên bản phát", "Edition"), overflow="fold"),
        t("Trạng thái", "State"),
        t("Số", "Number"),
        t("Chữ ký", "Signatures"),
    )
    for row in rows:
        signed = f"{len(row.approvals)}/{row.needed} {', '.join(row.approvals)}"
        state = label(row.state, row.number).to(TONGUE)
        table.add_row(
            row.name,
            f"{NO} {state}" if row.problem else state,
            str(row.number or "—"),
            signed,
        )
    return table


def problems(status: Status) -> Iterable[str]:
    """What keeps an edition, a gate or a screen from going on: a line each, and who must act."""
    yield from _of_the_house(status)
    for edition in status.editions:
        if edition.problem:
            yield _line(edition.name, edition.problem)
    yield from _signatures(status)
    for cluster in status.clusters:
        for problem in (cluster.problem, cluster.unapproved):
            if cluster.in_service and problem:
                yield _line(cluster.title, problem)
        for screen in cluster.screens:
            for gone in screen.may_show:
                yield _may_show(f"{cluster.name}/{screen.name}", gone)
            for fault in (*screen.concerns, *screen.faults[-_FAULTS_TOLD:]):
                yield _line(f"{cluster.name}/{screen.name}", fault)


def _of_the_house(status: Status) -> Iterable[str]:
    if status.daemon:
        yield f"{NO} {escape(_says(status.daemon))}"
    if status.plan:
        yield _line(t("Hạn báo cáo", "Reports"), status.plan)
    if status.mail:
        yield _line(t("Thư nhắc", "Mail"), status.mail)


def _signatures(status: Status) -> Iterable[str]:
    for edition in status.editions:
        if edition.state is State.SUBMITTED:
            signed = len(edition.approvals)
            yield still_needed(edition.name, signed, edition.needed, edition.awaited)
    for notice in status.notices:
        if notice.awaited:
            signed = len(notice.approvals)
            yield still_needed(notice.name, signed, notice.needed, notice.awaited)


def still_needed(name: str, signed: int, needed: int, awaited: Sequence[str]) -> str:
    """How many signatures something lacks, and whom to ask."""
    lacks = needed - signed
    people = ", ".join(awaited) or "—"
    if len(awaited) < lacks:
        few = t(
            f"cần {lacks} chữ ký mà chỉ còn {len(awaited)} người ký được ({people}): trả lại để "
            "người khác trình, hoặc thêm người duyệt (keys change)",
            f"lacks {lacks} signatures and only {len(awaited)} may still sign ({people}): return "
            "it for another to submit, or add an approver (keys change)",
        )
        return f"{NO} {escape(name)}: {escape(few)}"
    still = t(f"còn cần {lacks} chữ ký, của", f"{lacks} signatures to come, of")
    return f"{WAITS} {escape(name)}: {still}: {escape(people)}"


def _line(what: str, problem: Problem) -> str:
    return f"{NO} {escape(what)}, {when(problem.at)}: {escape(_says(problem))}"


def _says(problem: Problem) -> str:
    said = problem.vi if TONGUE is Tongue.VI else problem.en
    return f"{said} [{problem.machine_said}]" if problem.machine_said else said


def _may_show(screen: str, gone: Withdrawn) -> str:
    says = t(
        f"chưa xác nhận đã gỡ “{gone.name}”, thu hồi lúc {when(gone.since)}",
        f"has not confirmed that “{gone.name}” is off, withdrawn at {when(gone.since)}",
    )
    return f"{NO} [red]{escape(screen)}: {escape(says)}[/]"


def notices(rows: Iterable[NoticeStatus]) -> Table:
    """The urgent notices that are kept ready, and those that have the screens now."""
    table = Table(
        Column(t("Thông báo khẩn", "Notice"), overflow="fold"),
        t("Chữ ký", "Signatures"),
        t("Sẵn sàng", "Ready"),
        t("Đang phát đến", "On until"),
    )
    for row in rows:
        signed = f"{len(row.approvals)}/{row.needed} {', '.join(row.approvals)}"
        ready = f"{NO} {escape(_says(row.problem))}" if row.problem else YES
        table.add_row(row.name, signed, ready, when(row.until))
    return table


def waits(edition: EditionStatus) -> str:
    """An approved edition that is not published: until when it waits, or what keeps it."""
    if edition.problem:
        return _line(edition.name, edition.problem)
    until = t("đã duyệt, phát hành lúc", "approved, goes out at")
    return f"{WAITS} {escape(edition.name)}: {until} {when(edition.goes_out_at)}"


def clusters(rows: Iterable[ClusterStatus]) -> Table:
    """What each gate's node holds and each screen says it shows."""
    table = Table(
        t("Cụm", "Cluster"),
        Column(t("Đang phát hành", "Live"), overflow="fold"),
        t("Đã gửi", "Delivered"),
        Column(t("Màn hình", "Screen"), overflow="fold"),
        t("Báo về", "Heard"),
        t("Lỗi", "Faults"),
    )
    for row in rows:
        if not row.in_service:
            reason = t("ngừng hoạt động", "out of service")
            table.add_row(
                escape(row.title), f"[yellow]{reason}[/]: {escape(row.reason)}", "—", "—", "—", "—"
            )
            continue
        for index, screen in enumerate(row.screens):
            gate = (
                (escape(row.title), row.edition or "—", f"{_mark(row)} {when(row.delivered_at)}")
                if index == 0
                else ("", "", "")
            )
            table.add_row(
                *gate, _shows(screen), when(screen.heard_at), alarming(len(screen.faults))
            )
    return table


def _mark(row: ClusterStatus) -> str:
    if row.problem:
        return NO
    if row.edition is None:
        return "—"
    return YES if row.delivered else WAITS


def _shows(screen: ScreenStatus) -> str:
    if screen.heard_at is None:
        return f"{WAITS} {escape(screen.title)}"
    good = screen.confirmed and not screen.may_show
    return f"{YES if good else NO} {escape(screen.title)} (#{screen.edition})"


def devices(rows: Iterable[ledger.Device]) -> Table:
    """The screens' devices, whose word counts or may be admitted."""
    table = Table(
        Column(t("Màn hình", "Screen"), overflow="fold"),
        Column(t("Mã thiết bị", "Device code"), no_wrap=True),
        t("Tình trạng", "State"),
        t("Báo về", "Heard"),
        t("Dòng nhật ký", "Rows of proof"),
        t("Chưa về", "Missing"),
    )
    for row in rows:
        life = row.to_life()
        told = when(row.seen_at), str(life.row), alarming(life.missing)
        table.add_row(f"{row.cluster}/{row.screen}", row.code, _standing(row), *told)
    return table


def _standing(row: ledger.Device) -> str:
    if row.retired_at:
        return f"[dim]{t('ngừng dùng', 'retired')} {when(row.retired_at)}[/]"
    if row.admitted_at:
        return f"{YES} {escape(row.admitted_by)} {when(row.admitted_at)}"
    return f"{WAITS} {t('chờ xác nhận', 'waits to be admitted')}"


def missing(rows: Iterable[ledger.Device]) -> Iterable[str]:
    """Which rows of proof never arrived: a line for each device that lacks some."""
    for row in rows:
        life = row.to_life()
        if life.missing:
            error = ProofMissing(rows=life.missing, ranges=ranges(life.gaps))
            yield f"{WAITS} {row.cluster}/{row.screen}: {escape(error.message(TONGUE))}"
