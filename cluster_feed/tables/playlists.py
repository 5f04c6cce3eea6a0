"""What a gate would show, and what that came to."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.markup import escape
from rich.table import Table

from cluster_feed.console import TONGUE, plain, t
from cluster_feed.core.notice import LONGEST, Notice
from cluster_feed.core.playlist import Entry, Playlist
from cluster_feed.core.simulate import Simulation
from cluster_feed.ledger import models as ledger
from cluster_feed.tables.words import NO, WAITS, YES, when

_SENSITIVE: Final = "⚠"


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
