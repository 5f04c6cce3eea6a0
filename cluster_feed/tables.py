"""What the command line shows of the house, as tables that a person can read."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.markup import escape
from rich.table import Column, Table

from cluster_feed.adapters.store import Store
from cluster_feed.console import TONGUE, plain, t
from cluster_feed.core import delivery
from cluster_feed.core.asset import AudioInfo, FieldOrder, MediaInfo
from cluster_feed.core.bilingual import Bilingual, Tongue
from cluster_feed.core.caption import Missing
from cluster_feed.core.edition import State, label
from cluster_feed.core.errors import FeedError, ProofMissing
from cluster_feed.core.finding import Finding as Flawed
from cluster_feed.core.notice import LONGEST, Notice
from cluster_feed.core.playlist import ZONE, Entry, Playlist
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.core.simulate import Simulation
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import ingest, receipts
from cluster_feed.pipeline.check import Finding
from cluster_feed.pipeline.devices import ranges
from cluster_feed.pipeline.report import Plays
from cluster_feed.pipeline.status import (
    ClusterStatus,
    EditionStatus,
    NoticeStatus,
    Problem,
    ScreenStatus,
    Status,
    Withdrawn,
)

_SOON = 7
"""Days before a deadline from which it is shown as near."""
_FAULTS_TOLD = 3
"""Of one screen; `status --json` has them all."""

YES, NO, WAITS = "[green]✓[/]", "[red]✗[/]", "[yellow]…[/]"


def when(moment: datetime | None) -> str:
    """Write a moment as people in the province do: 25/11/2026 18:00."""
    return f"{moment.astimezone(ZONE):%d/%m/%Y %H:%M}" if moment else "—"


def intake(status: Status) -> Table:
    """What came in, and the month's dates."""
    table = Table(title=t(f"Kỳ {status.cycle}", f"Cycle {status.cycle}"), show_header=False)
    rows = [
        (t("Chốt nội dung", "Cut-off"), when(status.cut_off_at)),
        (t("Phát hành", "Push"), when(status.push_at)),
        (t("Nội dung đã nhận", "Assets taken in"), str(status.assets)),
        (t("Chú thích chưa đủ", "Captions incomplete"), _alarming(status.incomplete)),
        (t("Tệp bị trả lại, chưa xem", "Refusals not yet seen"), _alarming(status.refusals_unseen)),
        (t("Không tạo được bản phát", "Cannot be rendered"), _alarming(status.failed)),
        (t("Hình, tiếng cần xem lại", "To be looked at"), _alarming(status.with_findings)),
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


def _alarming(count: int) -> str:
    return f"[yellow]{count}[/]" if count else "0"


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


def _why(error: FeedError) -> str:
    """Say why, with a program's own words: who reads this is the operator."""
    raw = error.facts.get("machine_said")
    return error.message(TONGUE) + (f" [{raw}]" if raw else "")


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


def captioned(asset: str, missing: Iterable[Missing]) -> str:
    """An asset after its caption was written, and what the caption still lacks."""
    lacking = _lacking(missing)
    return f"{WAITS if lacking else YES} {escape(asset)}  {lacking}".rstrip()


def clusters(rows: Iterable[ClusterStatus]) -> Table:
    """What each gate's node holds and each screen says it shows."""
    table = Table(
        t("Cụm", "Cluster"),
        Column(t("Đang phát hành", "Live"), overflow="fold"),
        t("Đã gửi", "Delivered"),
        t("Màn hình", "Screen"),
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
                *gate, _shows(screen), when(screen.heard_at), _alarming(len(screen.faults))
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
        t("Màn hình", "Screen"),
        Column(t("Mã thiết bị", "Device code"), no_wrap=True),
        t("Tình trạng", "State"),
        t("Báo về", "Heard"),
        t("Dòng nhật ký", "Rows of proof"),
        t("Chưa về", "Missing"),
    )
    for row in rows:
        life = row.to_life()
        told = when(row.seen_at), str(life.row), _alarming(life.missing)
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


def playlist(playlist: Playlist) -> Table:
    """One cluster's playlist in its order, with all that decides whether and when it shows."""
    total = sum(entry.seconds for entry in playlist.entries)
    table = Table(
        "#",
        t("Tiêu đề", "Title"),
        t("Giây", "Seconds"),
        t("Khung giờ", "Daypart"),
        t("Mã", "Id"),
        title=f"{playlist.cluster} · {total:.0f} s · {playlist.span}",
        caption=_legend(playlist.all_entries()),
    )
    profiles = {name for entry in playlist.all_entries() for name in entry.blobs}

    def add(mark: str, entry: Entry, title: str, part: str) -> None:
        shown = "\n".join([part, *_limits(entry, profiles)])
        table.add_row(mark, title, f"{entry.seconds:.1f}", shown, entry.asset[:10])

    if takeover := playlist.takeover:
        span = takeover.span
        for entry in takeover.entries:
            add("!", entry, f"[red]{_title(entry)}[/]", t(f"khẩn, {span}", f"urgent, {span}"))
    for number, entry in enumerate(playlist.entries, start=1):
        add(str(number), entry, _title(entry), _hours(playlist, entry))
    for entry in playlist.evergreen:
        add("∞", entry, _title(entry), t("dự phòng", "evergreen"))
    return table


_SENSITIVE: Final = "⚠"


def _legend(entries: Iterable[Entry]) -> str | None:
    """Explain the mark, if some entry has it."""
    if not any(entry.sensitive for entry in entries):
        return None
    return t(
        f"{_SENSITIVE}: chủ đề mà sơ suất dễ gây hại cho đối ngoại; hãy xem thật kỹ",
        f"{_SENSITIVE}: a theme where a slip would hurt relations; look twice",
    )


def _title(entry: Entry) -> str:
    mark = f" [yellow]{_SENSITIVE}[/]" if entry.sensitive else ""
    return plain(entry.captions.get("vi", "?")) + mark


def _hours(playlist: Playlist, entry: Entry) -> str:
    """The daypart of an entry and its hours: a name alone could mean any."""
    if entry.daypart is None:
        return t("cả ngày", "all day")
    parts = [part for part in playlist.dayparts if part.name == entry.daypart]
    return "\n".join(f"{part.name} {part.says.to(TONGUE)}" for part in parts)


def _limits(entry: Entry, profiles: Iterable[str]) -> Iterable[str]:
    """The dates of an entry, and the kinds of screen that do not show it."""
    if entry.dates:
        yield entry.dates
    if lacking := sorted({*profiles} - entry.blobs.keys()):
        names = ", ".join(lacking)
        yield t(f"trừ {names}", f"not on {names}")


def programme(row: ledger.Programme, value: Playlist) -> Table:
    """One cluster's playlist in its order, and what was left out with the reason."""
    table = playlist(value)
    ids = [left_out["asset"] for left_out in row.left_out]
    names = dict(ledger.Asset.objects.filter(pk__in=ids).values_list("pk", "name"))
    for left_out in row.left_out:
        asset = left_out["asset"]
        says = escape(f"{names.get(asset, '?')}: {left_out[TONGUE]}")
        table.add_row("—", f"[dim]{says}[/]", "", "", asset[:10])
    if more := row.left_out_count - len(row.left_out):
        table.add_row(
            "—", f"[dim]{t(f'và {more} nội dung khác', f'and {more} more')}[/]", "", "", ""
        )
    return table


def simulation(cluster: str, found: Simulation) -> Iterable[str]:
    """What a playlist's whole life on the screens came to: a line, and one for each trouble."""
    days = (found.ends - found.begins).days
    if found.sound:
        says = t("không có khoảng trống, không có nội dung sai", "no gap, nothing that is wrong")
        yield f"{YES} {cluster}: {says} ({days} {t('ngày', 'days')})"
    for each in found.troubles:
        of = ": ".join(part for part in (each.entry and _title(each.entry), each.profile) if part)
        says = f"{each.matter.label.to(TONGUE)}{of and f' ({of})'}"
        times = f" ×{each.times}" if each.times > 1 else ""
        yield f"{NO if each.matter.grave else WAITS} {cluster}, {when(each.begins)}{times}: {says}"


def to_look_at(playlists: Iterable[Playlist]) -> Iterator[str]:
    """What was found in the picture or sound of what an edition shows: a line each."""
    entries = {each.asset: each for playlist in playlists for each in playlist.all_entries()}
    profiles = {profile for each in entries.values() for profile in each.blobs}
    for asset, findings in ledger.Rendition.found(profiles, entries).items():
        title = entries[asset].captions.get("vi", "?")
        for each in findings:
            says = escape(f"{asset[:10]} {title}: {each.says.to(TONGUE)}")
            yield f"[yellow]⚠[/] {says}"


def measured(name: str, media: MediaInfo) -> str:
    """What a file is, in a line."""
    video = media.video
    parts = [f"{media.byte_count / 1_000_000:.1f} MB", media.container]
    parts += [f"{media.seconds:.2f} s"] if media.seconds is not None else []
    parts += [f"{video.codec} {video.width}x{video.height} {video.pixel_format}"]
    parts += [f"{float(video.fps):.5g} {t('hình/giây', 'fps')}"] if video.fps else []
    if video.field_order is not FieldOrder.PROGRESSIVE:
        parts.append(t("quét xen kẽ", "interlaced"))
    if video.sample_aspect != 1:
        parts.append(t(f"điểm ảnh {video.sample_aspect}", f"pixels {video.sample_aspect}"))
    if video.rotation:
        parts.append(t(f"xoay {video.rotation}°", f"turned {video.rotation}°"))
    parts += [" ".join(_heard(track)) for track in media.audio]
    if media.seconds is not None and not media.audio:
        parts.append(t("không có tiếng", "no sound"))
    return f"[bold]{plain(name)}[/]: {plain(', '.join(parts))}"


def _heard(track: AudioInfo) -> Iterator[str]:
    yield f"{track.codec} {track.channels}×{track.sample_rate} Hz"
    if track.loudness_lufs is not None:
        yield f"{track.loudness_lufs:.1f} LUFS"
    if track.true_peak_dbtp is not None:
        yield f"{track.true_peak_dbtp:.1f} dBTP"


def outlook(
    profile: DisplayProfile, decision: Bilingual, findings: Iterable[Flawed]
) -> Iterator[str]:
    """What is done to a file for a kind of screen, and what a person should look at: lines."""
    blocked = t("hồ sơ này không nhận", "this profile refuses it")
    yield f"{YES} {profile.name}: {plain(decision.to(TONGUE))}"
    for each in findings:
        refused = f" ({blocked})" if each.flaw in profile.blocks else ""
        yield f"  [yellow]⚠[/] {plain(each.says.to(TONGUE))}{refused}"


def renditions(row: ledger.Asset, profiles: Iterable[str], store: Store) -> Table:
    """What was made of an asset for each kind of screen, why, and what was found on the way."""
    table = Table(
        t("Màn hình", "Screen"),
        Column(t("Đã làm", "Done"), overflow="fold"),
        Column(t("Cần xem lại", "To be looked at"), overflow="fold"),
        title=escape(str(row)),
    )
    made = row.renditions.filter(profile__in=profiles).order_by("made_at", "pk")
    for each in {each.profile: each for each in made}.values():
        decision = t(each.decision_vi or each.decision, each.decision)
        done = each.to_error().message(TONGUE) if each.failed else decision
        lines = []
        for finding in each.to_findings():
            lines.append(finding.says.to(TONGUE))
            lines += [str(store.path(finding.still))] if finding.still else []
        mark = NO if each.failed else YES
        table.add_row(each.profile, f"{mark} {escape(done)}", escape("\n".join(lines)))
    return table


def notice(value: Notice) -> Table:
    """What a notice shows at its clusters, every text of it, and for how long it may."""
    lasts = t(
        f"Do {value.prepared_by} chuẩn bị. Mỗi lần phát: đến giờ mà những người phát ký, không quá "
        f"{LONGEST.days} ngày.",
        f"Prepared by {value.prepared_by}. A release lasts until the end that its people sign, "
        f"{LONGEST.days} days at most.",
    )
    entries = [entry for each in value.entries.values() for entry in each]
    table = Table(
        t("Cụm", "Cluster"),
        "#",
        t("Tiêu đề", "Title"),
        t("Giây", "Seconds"),
        t("Màn hình loại", "Kinds of screen"),
        t("Mã", "Id"),
        title=value.name,
        caption="\n".join(filter(None, (lasts, _legend(entries)))),
    )
    for cluster, shown in value.entries.items():
        for number, entry in enumerate(shown, start=1):
            limits = "\n".join((*sorted(entry.blobs), *_limits(entry, ())))
            row = cluster, str(number), _texts(entry), f"{entry.seconds:.1f}", limits
            table.add_row(*row, entry.asset[:10])
    return table


def _texts(entry: Entry) -> str:
    """Give the title in every language that may be shown beside the picture."""
    others = sorted(entry.captions.keys() - {"vi"})
    return "\n".join(
        (_title(entry), *(plain(f"{each}: {entry.captions[each]}") for each in others))
    )


def plays(rows: Iterable[Plays]) -> Table:
    """Planned against proven plays."""
    table = Table(
        t("Cụm", "Cluster"),
        t("Màn hình", "Screen"),
        t("Nội dung", "Asset"),
        t("Kế hoạch", "Planned"),
        t("Đã phát", "Played"),
        t("Bỏ qua", "Skipped"),
    )
    for row in rows:
        table.add_row(
            row.cluster,
            row.screen,
            escape(row.title),
            str(row.planned),
            str(row.played),
            str(row.skipped),
        )
    return table


def taken_in(outcomes: Iterable[ingest.Outcome]) -> Table:
    """What a look at the inboxes came to."""
    table = Table(t("Tệp", "File"), "", t("Kết quả", "Outcome"))
    for each in outcomes:
        match each:
            case ingest.Admitted(asset, missing):
                name, mark = f"{asset.newsroom}/{asset.name}", YES if not missing else WAITS
                says = _lacking(missing) or t("đã nhận", "taken in")
            case ingest.Captioned(newsroom, name, missing):
                name, mark = f"{newsroom}/{name}", YES if not missing else WAITS
                says = _lacking(missing) or t("chú thích đã đủ", "caption complete")
            case ingest.Refused(newsroom, name, why):
                name, mark, says = f"{newsroom}/{name}", NO, why.message(TONGUE)
            case ingest.Trouble(trouble):
                name, mark, says = "—", NO, trouble.message(TONGUE)
        table.add_row(escape(name), mark, escape(says))
    return table


def _lacking(missing: Iterable[Missing]) -> str:
    fields = ", ".join(field.label.to(TONGUE) for field in missing)
    return fields and t(f"còn thiếu: {fields}", f"still missing: {fields}")


def deliveries(outcomes: Iterable[delivery.Outcome]) -> Table:
    """What a round of deliveries came to."""
    table = Table(t("Cụm", "Cluster"), "", t("Kết quả", "Outcome"))
    for each in outcomes:
        match each:
            case delivery.Delivered(cluster, version, blobs, byte_count, _):
                size = f"{byte_count / 1e6:.1f} MB"
                mark, says = (
                    YES,
                    t(
                        f"v{version}: đã gửi {blobs} tệp, {size}",
                        f"v{version}: {blobs} files sent, {size}",
                    ),
                )
            case delivery.UpToDate(cluster, version, _):
                mark, says = YES, t(f"v{version}: đã có đủ", f"v{version}: up to date")
            case delivery.Planned(cluster, version, blobs, byte_count):
                mark, says = (
                    WAITS,
                    t(
                        f"v{version}: sẽ gửi {blobs} tệp, {byte_count / 1e6:.1f} MB",
                        f"v{version}: {blobs} files, {byte_count / 1e6:.1f} MB would go",
                    ),
                )
            case delivery.Skipped(cluster, reason):
                mark, says = WAITS, t("ngừng hoạt động: ", "out of service: ") + reason
            case delivery.Waiting(cluster, version, byte_count, opens_at):
                size = f"{byte_count / 1e6:.1f} MB"
                mark, says = (
                    WAITS,
                    t(
                        f"v{version}: {size} chờ khung giờ gửi, mở lúc {when(opens_at)}",
                        f"v{version}: {size} wait for the window, open at {when(opens_at)}",
                    ),
                )
            case delivery.Unfinished(cluster, version, byte_count, to_send):
                part = f"{byte_count / 1e6:.1f} / {to_send / 1e6:.1f} MB"
                mark, says = (
                    WAITS,
                    t(f"v{version}: {part}, gửi tiếp sau", f"v{version}: {part}, goes on"),
                )
            case delivery.Failed(cluster, error):
                mark, says = NO, _why(error)
        table.add_row(cluster, mark, escape(says))
    return table


def findings(rows: Iterable[Finding]) -> Table:
    """What `check` looked at."""
    table = Table(show_header=False)
    for row in rows:
        problem = _why(row.problem) if row.problem else ""
        table.add_row(NO if row.problem else YES, escape(row.what.to(TONGUE)), escape(problem))
    return table


def packages(rows: Iterable[ledger.Package]) -> Table:
    """What went to Vietnam.vn, by which letter, and how much of it was published."""
    table = Table(
        Column(t("Gói", "Package"), overflow="fold"),
        t("Làm lúc", "Made"),
        t("Mục", "Items"),
        t("Công văn", "Letter"),
        t("Đã đăng", "Published"),
    )
    there = receipts.posted()
    for row in rows:
        sent = row.sendings.order_by("-pk").first()
        letter = f"{sent.letter}, {sent.on:%d/%m/%Y}, {sent.way}" if sent else "—"
        items = set(row.items.values_list("asset", flat=True))
        published = f"{len(there & items)}/{row.assets}"
        table.add_row(row.title, when(row.at), str(row.assets), plain(letter), published)
    return table
