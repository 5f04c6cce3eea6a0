"""A package's catalogue as officials open it: a workbook and the same table as CSV."""

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Final, NamedTuple, Protocol

from cluster_feed.adapters import spreadsheet
from cluster_feed.adapters.spreadsheet import Cell, Workbook
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.caption import Words
from cluster_feed.core.package import Approval, Change, Item, Package, PackagedFile
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.vocabulary import (
    Consent,
    DigitalSource,
    Genre,
    InformationClass,
    RepublishBasis,
    Term,
    Theme,
)

_VOCABULARY_SHEET: Final = "Chủ đề"
_VOCABULARIES: Final[dict[str, type[Term]]] = {
    "Chủ đề": Theme,
    "Loại thông tin": InformationClass,
    "Thể loại": Genre,
    "Căn cứ phát lại": RepublishBasis,
    "Đồng ý hình ảnh": Consent,
    "Nguồn số": DigitalSource,
}


class Column(NamedTuple):
    """One fact of each item; `vocabulary` is the list that its cells are chosen from."""

    header: str
    width: int
    cell: Callable[[Item], Cell]
    vocabulary: str | None = None


class Lot(Protocol):
    """What the columns ask of a package, or of any other list of items."""

    @property
    def items(self) -> tuple[Item, ...]:
        """Whose languages have columns."""

    @property
    def approvals(self) -> tuple[Approval, ...]:
        """Who signed."""

    @property
    def published_at(self) -> datetime:
        """When it went out."""


def columns(package: Lot) -> list[Column]:
    """Give the catalogue's columns: those of every language that the package's captions have."""
    return [
        Column("Mã", 18, lambda item: item.id),
        Column("Tình trạng", 12, lambda item: item.change.label.vi),
        Column("Lần cung cấp", 10, lambda item: item.version),
        *_words("Tiêu đề", 40, package, lambda words: words.title),
        *_words("Mô tả", 60, package, lambda words: words.description),
        *_words("Văn bản thay thế", 40, package, lambda words: words.alt_text),
        Column("Tác giả", 24, lambda item: item.caption.creator),
        Column("Cộng tác", 24, lambda item: "; ".join(item.caption.contributors)),
        Column("Cơ quan cung cấp", 30, lambda item: item.newsroom),
        Column("Nguồn, chuyên mục", 24, lambda item: _aired(item, "programme")),
        Column("Kênh", 16, lambda item: _aired(item, "channel")),
        Column("Ngày phát sóng", 14, lambda item: _aired(item, "on")),
        Column("Ngày sản xuất", 14, lambda item: item.caption.created_on),
        Column("Ngày tiếp nhận", 14, lambda item: _day(item.asset.received_at)),
        Column("Ngày duyệt", 14, lambda _item: _approved_on(package)),
        Column("Ngày phát hành", 14, lambda _item: _day(package.published_at)),
        Column("Ngôn ngữ lời", 12, lambda item: item.caption.language),
        Column("Phụ đề", 12, lambda item: ", ".join(sorted(item.caption.subtitles))),
        *(_theme(place) for place in range(3)),
        Column(
            "Loại thông tin",
            28,
            lambda item: _label(item.caption.information_class),
            "Loại thông tin",
        ),
        Column("Thể loại", 16, lambda item: _label(item.caption.genre), "Thể loại"),
        Column("Loại hình", 10, lambda item: "Video" if item.is_clip else "Ảnh"),
        Column("Thời lượng (giây)", 12, lambda item: item.asset.media.seconds),
        Column("Địa danh", 30, lambda item: "; ".join(item.caption.places)),
        Column("Chủ sở hữu quyền", 24, lambda item: item.caption.rights_holder),
        Column("Thông báo bản quyền", 24, lambda item: item.copyright_notice),
        Column("Điều kiện sử dụng", 30, lambda item: item.caption.usage_terms),
        Column("Cho phép Bộ sử dụng", 40, lambda item: item.licence.vi),
        Column("Hết hạn quyền", 14, lambda item: item.caption.rights_until),
        Column(
            "Căn cứ phát lại",
            20,
            lambda item: _label(item.caption.republish_basis),
            "Căn cứ phát lại",
        ),
        Column("Văn bản thỏa thuận", 20, lambda item: item.caption.agreement),
        Column("Hết hạn sử dụng", 14, lambda item: item.caption.valid_until),
        Column(
            "Cam kết bí mật",
            14,
            lambda item: "Không chứa bí mật nhà nước" if item.caption.no_state_secrets else "",
        ),
        Column("Người cam kết", 30, lambda item: item.declared_by),
        Column("Đồng ý hình ảnh", 30, lambda item: _label(item.caption.consent), "Đồng ý hình ảnh"),
        Column("Nguồn số", 24, lambda item: _label(item.caption.digital_source), "Nguồn số"),
        Column("Người duyệt", 40, lambda _item: _approvers(package)),
        Column("Cụm đã đưa vào danh sách phát", 40, _gates),
        Column("Thay cho", 40, _replaced),
        Column("Lưu ý", 30, lambda item: "; ".join(item.remarks)),
        Column("Định danh", 48, lambda item: item.urn),
    ]


def workbook(package: Package) -> bytes:
    """Write DANH_MUC.xlsx: cover, catalogue, files, what was taken back, vocabularies, history."""
    content = io.BytesIO()
    created = package.made_at.astimezone(ZONE).replace(tzinfo=None)
    with Workbook(content, created) as book:
        _cover(book, package)
        _catalogue(book, package)
        book.table("Tệp", _FILE_HEADERS, _files(package))
        book.table("Thu hồi", _WITHDRAWN_HEADERS, _withdrawn(package))
        _vocabularies(book)
        book.table("Lịch sử", _HISTORY_HEADERS, _history(package))
    return content.getvalue()


def table(package: Package) -> bytes:
    """Write danh_muc.csv: the catalogue as UTF-8 with a byte order mark, as Excel expects it."""
    chosen = columns(package)
    rows = ([column.cell(item) for column in chosen] for item in package.items)
    return spreadsheet.csv_table([column.header for column in chosen], rows)


# --- Cells --------------------------------------------------------------------------------------


def _words(header: str, width: int, package: Lot, text: Callable[[Words], str]) -> Iterator[Column]:
    known = ["vi", "en", "lo"]
    said = {language for item in package.items for language in item.caption.words}
    for language in (*known, *sorted(said - set(known))):
        yield Column(
            f"{header} ({language})",
            width,
            lambda item, language=language: text(item.caption.in_language(language)),  # type: ignore[misc]
        )


def _theme(place: int) -> Column:
    return Column(
        f"Chủ đề {place + 1}",
        28,
        lambda item: _label(next(iter(item.caption.themes[place : place + 1]), None)),
        "Chủ đề",
    )


def _label(term: Term | None) -> str:
    return term.label.vi if term else ""


def _aired(item: Item, fact: str) -> Cell:
    aired: Cell = getattr(item.caption.broadcast, fact, None)
    return aired


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _approved_on(package: Lot) -> date | None:
    """The day of the last signature."""
    return _day(max(each.at for each in package.approvals)) if package.approvals else None


def _approvers(package: Lot) -> str:
    return "; ".join(each.by.in_full for each in package.approvals)


def _gates(item: Item) -> str:
    return "; ".join(item.gates or item.clusters)


def _replaced(item: Item) -> str:
    """Name the version whose place it takes."""
    before = item.replaces
    return f"lần {before.version}, gói {before.package}" if before else ""


# --- Sheets -------------------------------------------------------------------------------------

_FILE_HEADERS: Final = {
    "Mã": 18,
    "Tệp": 60,
    "Vai trò": 14,
    "Định dạng": 16,
    "Rộng": 8,
    "Cao": 8,
    "Khung hình/giây": 12,
    "Mã hóa": 12,
    "Thời lượng (giây)": 12,
    "Dung lượng (byte)": 16,
    "SHA-256": 66,
}


_WITHDRAWN_HEADERS: Final = {"Mã": 18, "Tiêu đề": 40, "Lý do": 60, "Định danh": 48}


def _cover(book: Workbook, package: Package) -> None:
    rows: list[tuple[str, Cell]] = [
        ("Gói dữ liệu cung cấp cho Vietnam.vn", package.name),
        ("Cơ quan cung cấp", package.sender),
        ("Kỳ", package.cycle),
        ("Phiên bản phát", package.edition),
        ("Số phiên bản", float(package.number)),
        ("Số mục", float(len(package.items))),
        ("Số mục thu hồi", float(len(package.withdrawn))),
        ("Người trình", package.submitted_by.in_full),
        ("Người duyệt", _approvers(package)),
        ("Phát hành", package.published_at),
        ("Lập gói", package.made_at),
        ("Gói liền trước", package.past[-1].name if package.past else "không có"),
        ("Dấu nội dung đã duyệt", package.fingerprint),
        ("Dấu lời đã duyệt", package.words),
    ]
    sheet = book.sheet("Bìa")
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 1, 68)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 1)
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            book.write(sheet, number, place, cell)


def _catalogue(book: Workbook, package: Package) -> None:
    chosen = columns(package)
    rows = [[column.cell(item) for column in chosen] for item in package.items]
    sheet = book.table("Danh mục", {column.header: column.width for column in chosen}, rows)
    for place, column in enumerate(chosen):
        if column.vocabulary:
            source = _cells_of(column.vocabulary)
            choice = {"validate": "list", "source": source, "error_type": "warning"}
            sheet.data_validation(1, place, len(rows), place, choice)


def _cells_of(vocabulary: str) -> str:
    """Where a vocabulary's Vietnamese labels lie on their sheet."""
    letter = "BEHKNQ"[list(_VOCABULARIES).index(vocabulary)]
    return f"='{_VOCABULARY_SHEET}'!${letter}$2:${letter}${len(_VOCABULARIES[vocabulary]) + 1}"


def _vocabularies(book: Workbook) -> None:
    headers: dict[str, int] = {}
    for name in _VOCABULARIES:
        headers |= {f"{name}: mã": 20, name: 40, f"{name} (en)": 30}
    rows: list[list[Cell]] = [[None] * len(headers) for _ in Theme]
    for index, terms in enumerate(_VOCABULARIES.values()):
        for row, term in zip(rows, terms, strict=False):
            row[3 * index : 3 * index + 3] = [term.value, term.label.vi, term.label.en]
    book.table(_VOCABULARY_SHEET, headers, rows)


def _files(package: Package) -> list[list[Cell]]:
    return [
        [
            item.id,
            f"data/{item.folder}/{file.path}",
            file.role if isinstance(file, PackagedFile) else f"{file.role} ({file.language})",
            file.mime,
            *(_measured(file.media) if isinstance(file, PackagedFile) else [None] * 5),
            file.byte_count,
            file.sha256,
        ]
        for item in package.items
        for file in item.everything
    ]


def _measured(media: MediaInfo) -> list[Cell]:
    fps = media.video.fps
    return [*media.video.shown_size, float(fps) if fps else None, media.video.codec, media.seconds]


def _withdrawn(package: Package) -> list[list[Cell]]:
    return [[each.id, each.title, each.reason, each.urn] for each in package.withdrawn]


_HISTORY_HEADERS: Final = {
    "Thời điểm": 18,
    "Việc": 60,
    "Người, lý do": 40,
    "Mã": 18,
    "Lần": 8,
    "Gói": 26,
}


def _history(package: Package) -> list[list[Cell]]:
    """Tell the packages before, what each item's versions were, and how this one came about."""
    return [
        [line.at, line.what, line.who, line.code, line.version, line.package or package.name]
        for line in (*_before(package), *_of_this(package))
    ]


class _Line(NamedTuple):
    at: datetime
    what: str
    who: str = ""
    code: str = ""
    version: int | None = None
    package: str = ""


def _before(package: Package) -> Iterator[_Line]:
    for each in package.past:
        counts = f"{each.new} mới, {each.changed} cập nhật, {each.withdrawn} thu hồi"
        yield _Line(each.at, f"Gói trước: {counts}", package=each.name)
    told = {each.id: each.told for each in package.items}
    told |= {each.id: each.told for each in package.withdrawn}
    for code, versions in told.items():
        for before in versions:
            what = f"Lần trước: {before.change.label.vi}"
            yield _Line(before.at, what, "", code, before.version, before.package)


def _of_this(package: Package) -> Iterator[_Line]:
    for approval in package.approvals:
        yield _Line(approval.at, "Duyệt (ký số)", approval.by.in_full)
    yield _Line(package.published_at, f"Phát hành phiên bản {package.edition}")
    for item in package.items:
        what = f"Gói này: {item.change.label.vi}"
        yield _Line(package.made_at, what, "", item.id, item.version)
    for back in package.withdrawn:
        what = f"Gói này: {Change.WITHDRAWN.label.vi}"
        yield _Line(package.made_at, what, back.reason, back.id, back.version)
