"""What the department's papers say: drafts that people number, date, sign and answer for.

A paper is facts of the record under the names by which its template asks for them, and tables.
None is what the record cannot tell: it stays blank, and a note says why.  The layout is that of
Decree 30/2020/NĐ-CP; the words around the facts are the template's.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

from pydantic import Field

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.package import legible
from cluster_feed.core.span import Span
from cluster_feed.core.value import Value

Cell = Annotated[str | int | float | datetime | date | None, Field(union_mode="smart")]
"""A fact; a text is somebody's own words and may be anything."""


class PaperKind(StrEnum):
    """Which paper; the value names its template and its command."""

    INTAKE = "tiep-nhan"
    APPROVAL = "phieu-duyet"
    PLAYED = "nhat-ky-phat"
    REPORT = "bao-cao"
    PACKAGE = "cong-van"
    GATES = "tinh-trang"

    @property
    def label(self) -> Bilingual:
        """As people call it."""
        return _LABELS[self]

    @property
    def symbol(self) -> str:
        """What its number is written with, before the department's own; Decree 30, appendix III."""
        return _SYMBOLS[self]

    @property
    def tables(self) -> tuple["Table", ...]:
        """Its tables, in their order."""
        return _TABLES[self]


_LABELS: Final[Mapping[PaperKind, Bilingual]] = {
    PaperKind.INTAKE: Bilingual("Phiếu tiếp nhận", "Intake slip"),
    PaperKind.APPROVAL: Bilingual("Phiếu duyệt danh sách phát", "Approval of the playlists"),
    PaperKind.PLAYED: Bilingual("Nhật ký phát", "Log of what was played"),
    PaperKind.REPORT: Bilingual("Báo cáo", "Report"),
    PaperKind.PACKAGE: Bilingual(
        "Công văn, bảng kê cung cấp dữ liệu Vietnam.vn", "Covering letter of a package"
    ),
    PaperKind.GATES: Bilingual("Tình trạng cụm, phiếu kiểm tra", "State of the clusters"),
}
_SYMBOLS: Final[Mapping[PaperKind, str]] = {
    PaperKind.INTAKE: "PTN",
    PaperKind.APPROVAL: "PD",
    PaperKind.PLAYED: "NK",
    PaperKind.REPORT: "BC",
    PaperKind.PACKAGE: "",
    PaperKind.GATES: "BC",
}


class Column(NamedTuple):
    """A column; `key` is its name in a template, `width` its millimetres there.

    One of no width is in the annex alone.
    """

    key: str
    header: str
    width: int = 0


class Table(NamedTuple):
    """A table's form; the columns named in `charted` are drawn as bars, by its first one."""

    key: str
    title: str
    columns: tuple[Column, ...]
    charted: tuple[str, ...] = ()


class Order(Value):
    """Which paper is wanted, of which days, and of what where it is about one thing.

    `of` names a newsroom, an edition, a cluster or a package; empty: all, or the latest.
    """

    kind: PaperKind
    span: Span
    of: str = ""


class Paper(Value):
    """One paper; `rows` has those of each of its kind's tables, in the order of the columns."""

    kind: PaperKind
    span: Span
    of: str = ""
    """What it is about, where it is about one thing: its newsroom, edition, cluster, package."""
    as_of: datetime
    """When the record was asked; what came home later is not in it."""
    facts: Mapping[str, Cell]
    rows: Mapping[str, tuple[tuple[Cell, ...], ...]]
    notes: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The name of its files, without what kind of file."""
        parts = (self.kind.value, str(self.span).replace("..", "_"), self.of)
        return "_".join(part for part in parts if part)


_BIDI: Final = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def readable(text: object) -> str:
    """Give somebody's words as a paper can hold them: what would turn its line around is no word.

    Right-to-left letters stay, and turn themselves.
    """
    words = str(legible(str(text)))
    return "".join(each for each in words if unicodedata.bidirectional(each) not in _BIDI)


def clock(seconds: float) -> str:
    """Say a length as people read it off a player: `1:05`, `1:00:05`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def numbered(rows: Sequence[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    """Put its number before each row."""
    return tuple((number, *row) for number, row in enumerate(rows, start=1))


# --- The tables ---------------------------------------------------------------------------------

_NUMBER: Final = Column("tt", "TT", 9)
_COUNTS: Final = (
    Column("tiep_nhan", "Tiếp nhận", 19),
    Column("dua_vao_phat", "Đưa vào phát", 19),
    Column("da_phat", "Có phát", 17),
    Column("cung_cap", "Cung cấp Vietnam.vn", 24),
    Column("da_dang", "Vietnam.vn đã đăng", 24),
)
_TURNS: Final = (
    Column("du_kien", "Dự kiến", 17),
    Column("da_phat", "Đã phát", 17),
    Column("mot_phan", "Một phần", 16),
    Column("bo_qua", "Bỏ qua", 16),
    Column("ty_le", "%", 12),
)


def _counted(key: str, title: str, what: str, *more: Column) -> Table:
    width = 62 - sum(each.width for each in more)
    return Table(
        key, title, (Column("ten", what, width), *_COUNTS, *more), ("tiep_nhan", "da_phat")
    )


_TABLES: Final[Mapping[PaperKind, tuple[Table, ...]]] = {
    PaperKind.INTAKE: (
        Table(
            "noi_dung",
            "Nội dung tiếp nhận",
            (
                _NUMBER,
                Column("nhan_luc", "Nhận lúc", 22),
                Column("don_vi", "Đơn vị cung cấp", 32),
                Column("tieu_de", "Tiêu đề", 44),
                Column("tep", "Tên tệp"),
                Column("loai", "Loại", 14),
                Column("thoi_luong", "Thời lượng", 14),
                Column("chu_de", "Chủ đề"),
                Column("phat_song", "Ngày phát sóng"),
                Column("kenh", "Kênh"),
                Column("chuong_trinh", "Chương trình"),
                Column("byte", "Dung lượng (byte)"),
                Column("sha256", "SHA-256"),
                Column("con_thieu", "Còn thiếu", 30),
            ),
        ),
        Table(
            "tra_lai",
            "Tệp trả lại",
            (
                _NUMBER,
                Column("luc", "Lúc", 22),
                Column("don_vi", "Đơn vị cung cấp", 32),
                Column("tep", "Tên tệp", 42),
                Column("ly_do", "Lý do", 60),
            ),
        ),
    ),
    PaperKind.APPROVAL: (
        Table(
            "danh_sach",
            "Danh sách phát",
            (
                Column("cum", "Cụm", 33),
                _NUMBER,
                Column("tieu_de", "Nội dung", 47),
                Column("chu_de", "Chủ đề", 30),
                Column("khung_gio", "Khung giờ", 20),
                Column("thoi_luong", "Thời lượng", 13),
                Column("han", "Hạn phát"),
                Column("luu_y", "Lưu ý", 13),
                Column("sha256", "SHA-256"),
            ),
        ),
        Table(
            "cum",
            "Các cụm",
            (
                Column("ten", "Cụm", 45),
                Column("noi_dung", "Số nội dung", 18),
                Column("mot_vong", "Một vòng", 18),
                Column("phat_tu", "Phát từ", 24),
                Column("phat_den", "Đến", 24),
                Column("ghi_chu", "Ghi chú", 36),
            ),
        ),
        Table(
            "chu_ky",
            "Chữ ký số",
            (
                Column("nguoi", "Người duyệt", 60),
                Column("luc", "Thời điểm ký", 45),
                Column("khoa", "Mã khóa", 60),
            ),
        ),
    ),
    PaperKind.PLAYED: (
        Table(
            "man_hinh",
            "Tổng hợp theo màn hình",
            (
                Column("cum", "Cụm", 35),
                Column("man_hinh", "Màn hình", 26),
                *_TURNS,
                Column("ghi_chu", "Ghi chú", 26),
            ),
        ),
        Table(
            "noi_dung",
            "Theo nội dung",
            (
                Column("cum", "Cụm", 27),
                Column("man_hinh", "Màn hình", 24),
                Column("tieu_de", "Nội dung", 36),
                *_TURNS,
            ),
        ),
        Table(
            "ngay",
            "Theo ngày",
            (
                Column("cum", "Cụm"),
                Column("man_hinh", "Màn hình"),
                Column("ngay", "Ngày"),
                *tuple(each._replace(width=0) for each in _TURNS),
            ),
        ),
        Table(
            "vi_sao",
            "Vì sao không phát đủ",
            (
                Column("cum", "Cụm", 28),
                Column("man_hinh", "Màn hình", 27),
                Column("tieu_de", "Nội dung", 38),
                Column("ly_do", "Lý do", 57),
                Column("so_lan", "Số lần", 15),
            ),
        ),
        Table(
            "su_co",
            "Sự cố, thay đổi",
            (
                Column("luc", "Lúc", 24),
                Column("cum", "Cụm", 33),
                Column("viec", "Việc", 38),
                Column("chi_tiet", "Chi tiết", 70),
            ),
        ),
    ),
    PaperKind.REPORT: (
        _counted(
            *("don_vi", "Theo đơn vị cung cấp", "Đơn vị"),
            Column("tra_lai", "Tệp trả lại", 16),
            Column("so_ngay", "Ngày từ khi gửi đến khi đăng (trung vị)"),
        ),
        _counted("chu_de", "Theo chủ đề", "Chủ đề"),
        _counted("loai_hinh", "Theo loại hình", "Loại hình"),
        _counted("the_loai", "Theo thể loại", "Thể loại"),
        _counted("ngon_ngu", "Theo ngôn ngữ của chú thích", "Ngôn ngữ"),
        Table(
            "cum",
            "Theo cụm",
            (
                Column("ten", "Cụm", 30),
                Column("trang_thai", "Trạng thái", 21),
                Column("phien_ban", "Phiên bản phát", 16),
                *_TURNS,
                Column("ghi_chu", "Ghi chú", 20),
            ),
            ("du_kien", "da_phat"),
        ),
        Table(
            "goi",
            "Gói gửi Vietnam.vn",
            (
                Column("ten", "Gói", 46),
                Column("so_muc", "Số mục", 13),
                Column("gui_ngay", "Gửi ngày", 22),
                Column("cong_van", "Công văn", 32),
                Column("cach_gui", "Cách gửi", 20),
                Column("da_dang", "Đã đăng", 14),
                Column("so_ngay", "Ngày đến khi đăng", 18),
            ),
            ("so_muc", "da_dang"),
        ),
        Table(
            "nhiem_vu",
            "Theo nhiệm vụ của kế hoạch",
            (
                _NUMBER,
                Column("nhiem_vu", "Nhiệm vụ", 72),
                Column("can_cu", "Căn cứ", 24),
                Column("ket_qua", "Kết quả", 60),
            ),
        ),
    ),
    PaperKind.PACKAGE: (
        Table(
            "bang_ke",
            "Bảng kê",
            (
                _NUMBER,
                Column("ma", "Mã", 32),
                Column("tieu_de", "Tiêu đề", 62),
                Column("don_vi", "Đơn vị cung cấp", 32),
                Column("loai", "Loại", 14),
                Column("tinh_trang", "Tình trạng", 16),
                Column("lan", "Lần cung cấp"),
                Column("chu_de", "Chủ đề"),
                Column("dia_chi", "Địa chỉ trên Vietnam.vn"),
                Column("ngay_dang", "Ngày đăng"),
                Column("sha256", "SHA-256 của tệp gốc"),
            ),
        ),
    ),
    PaperKind.GATES: (
        Table(
            "cum",
            "Các cụm",
            (
                Column("ten", "Cụm", 38),
                Column("cua_khau", "Cửa khẩu"),
                Column("trang_thai", "Trạng thái", 28),
                Column("phien_ban", "Phiên bản phải phát", 24),
                Column("nhan_luc", "Máy chủ cụm nhận lúc", 24),
                Column("ghi_chu", "Lý do, ghi chú", 51),
            ),
        ),
        Table(
            "man_hinh",
            "Các màn hình",
            (
                Column("cum", "Cụm", 30),
                Column("man_hinh", "Màn hình", 26),
                Column("bao_ve", "Báo về lần cuối", 22),
                Column("phien_ban", "Đang phát", 21),
                Column("ma", "Mã thiết bị"),
                *(each._replace(width=0) for each in _TURNS[:-1]),
                _TURNS[-1],
                Column("can_xem", "Cần xem", 54),
            ),
        ),
    ),
}

CHECKS: Final = (
    Bilingual("Hình đủ sáng, không mất điểm ảnh, không sọc", "Bright, no dead pixels, no stripes"),
    Bilingual("Nội dung đang phát đúng danh sách phát", "What shows is on the playlist"),
    Bilingual("Tiếng đúng mức, không rè (nếu có loa)", "Sound at its level, clean (if any)"),
    Bilingual("Đồng hồ thiết bị đúng", "The device's clock is right"),
    Bilingual("Khung, giá treo, kính chắc chắn, sạch", "Frame, mount and glass firm and clean"),
    Bilingual("Nguồn điện, lưu điện, tiếp đất", "Power, battery, earthing"),
    Bilingual("Mạng nội bộ tới máy chủ cụm", "The LAN to the cluster's node"),
    Bilingual("Nhiệt độ, quạt, bụi, nước", "Heat, fans, dust, water"),
    Bilingual("Niêm phong và chìa khóa tủ thiết bị", "The cabinet's seal and key"),
)
"""What whoever inspects a screen looks at, on the spot."""
