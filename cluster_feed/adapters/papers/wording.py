"""The words around a paper's facts, as its template has them before officials change them.

`{{ … }}` and `{% … %}` are Jinja's: a fact by its name, and what is there only sometimes.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from cluster_feed.core.paper import PaperKind


class Heading(NamedTuple):
    """A part's heading."""

    text: str


class Rows(NamedTuple):
    """A table, where it has rows; `nothing` is said where it has none."""

    key: str
    nothing: str = "Không có."


class Line(NamedTuple):
    """A line that is not spread over the whole width: a code has no words to part."""

    text: str


class ToFill(NamedTuple):
    """Lines that people fill in."""

    lines: int = 3


class Inspection(NamedTuple):
    """A sheet for each screen, on a page of its own, to be filled in on the spot."""


Part = str | Heading | Line | Rows | ToFill | Inspection


class Wording(NamedTuple):
    """A paper's words; without a title it is a letter, `about` stands under its number then."""

    title: str
    about: str
    body: tuple[Part, ...]
    to: str = ""
    recipients: tuple[str, ...] = ("- Lãnh đạo Sở (để báo cáo);",)


_AS_OF: Final = "Số liệu lấy từ sổ ghi của hệ thống, tính đến {{ tinh_den }}."

WORDING: Final[Mapping[PaperKind, Wording]] = {
    PaperKind.INTAKE: Wording(
        "PHIẾU TIẾP NHẬN",
        "Nội dung thông tin đối ngoại do {{ don_vi }} cung cấp, {{ ky }}",
        (
            "Trong {{ ky }}, {{ ten_co_quan }} đã tiếp nhận {{ so_noi_dung }} nội dung và trả lại "
            "{{ so_tra_lai }} tệp của {{ don_vi }}; {{ so_con_thieu }} nội dung còn phải bổ sung "
            "thông tin trước khi đưa vào danh sách phát. " + _AS_OF,
            Heading("1. Nội dung tiếp nhận"),
            Rows("noi_dung"),
            Heading("2. Tệp trả lại"),
            Rows("tra_lai"),
        ),
        recipients=("- Đơn vị cung cấp;",),
    ),
    PaperKind.APPROVAL: Wording(
        "PHIẾU DUYỆT DANH SÁCH PHÁT",
        "Phiên bản phát {{ phien_ban }}{% if so_phien_ban %}, số {{ so_phien_ban }}{% endif %}",
        (
            (
                "Phiên bản phát {{ phien_ban }} ở trạng thái “{{ trang_thai }}”"
                "{% if nguoi_trinh %}, do {{ nguoi_trinh }} trình{% endif %}"
                "{% if trinh_luc %} lúc {{ trinh_luc }}{% endif %}. Đã có {{ so_chu_ky }}/"
                "{{ can_chu_ky }} chữ ký số."
            ),
            Line("Mã nội dung (SHA-256): {{ ma_noi_dung }}"),
            Heading("1. Các cụm"),
            Rows("cum"),
            Heading("2. Danh sách phát"),
            Rows("danh_sach"),
            Heading("3. Chữ ký số đã có"),
            Rows("chu_ky", "Chưa có chữ ký nào."),
            Heading("4. Ý kiến của người duyệt"),
            ToFill(2),
        ),
    ),
    PaperKind.PLAYED: Wording(
        "NHẬT KÝ PHÁT",
        "{{ cum }}, {{ ky }}",
        (
            "Trong {{ ky }}, dự kiến phát {{ du_kien }} lượt; màn hình đã chứng minh phát "
            "{{ da_phat }} lượt, {{ mot_phan }} lượt một phần, bỏ qua {{ bo_qua }} lượt. " + _AS_OF,
            Heading("1. Tổng hợp theo màn hình"),
            Rows("man_hinh"),
            Heading("2. Theo nội dung"),
            Rows("noi_dung", "Không có lượt nào."),
            Heading("3. Vì sao không phát đủ"),
            Rows("vi_sao", "Không có lượt nào."),
            Heading("4. Sự cố, thay đổi"),
            Rows("su_co"),
        ),
    ),
    PaperKind.REPORT: Wording(
        "BÁO CÁO",
        "Kết quả cung cấp, đăng phát thông tin đối ngoại {{ ky }}",
        (
            "{{ ten_co_quan }} báo cáo kết quả cung cấp, đăng phát thông tin đối ngoại {{ ky }} "
            "(báo cáo {{ loai_bao_cao }}) như sau. " + _AS_OF,
            Heading("I. KẾT QUẢ CHUNG"),
            "1. Tiếp nhận {{ so_tiep_nhan }} nội dung; trả lại {{ so_tra_lai }} tệp.",
            (
                "2. Phát hành {{ so_phien_ban }} phiên bản phát"
                "{% if cac_phien_ban %} ({{ cac_phien_ban }}){% endif %}, gồm "
                "{{ so_dua_vao_phat }} nội dung; {{ so_da_phat }} nội dung có lượt phát được màn "
                "hình chứng minh."
            ),
            (
                "3. Số lượt phát: dự kiến {{ luot_du_kien }}, đã phát {{ luot_da_phat }}, đạt "
                "{{ ty_le_phat }}%."
            ),
            (
                "4. Trong số nội dung đưa vào phát, {{ ty_le_tieng_anh }}% có tiêu đề tiếng Anh, "
                "{{ ty_le_tieng_lao }}% có tiêu đề tiếng Lào."
            ),
            (
                "5. Cung cấp cho Vietnam.vn {{ so_cung_cap }} nội dung; đã ghi nhận đăng "
                "{{ so_da_dang }} nội dung được đăng trong kỳ; {{ ty_le_dang }}% nội dung cung cấp "
                "trong kỳ đã được đăng{% if so_ngay_dang is not none %}; từ ngày gửi đến ngày đăng "
                "mất {{ so_ngay_dang }} ngày (trung vị), lâu nhất {{ so_ngay_dang_lau_nhat }} ngày"
                "{% endif %}."
            ),
            Heading("II. SỐ LIỆU"),
            Heading("1. Theo đơn vị cung cấp"),
            Rows("don_vi"),
            Heading("2. Theo chủ đề"),
            Rows("chu_de"),
            Heading("3. Theo loại hình"),
            Rows("loai_hinh"),
            Heading("4. Theo thể loại"),
            Rows("the_loai"),
            Heading("5. Theo ngôn ngữ"),
            Rows("ngon_ngu"),
            Heading("6. Theo cụm"),
            Rows("cum"),
            Heading("7. Gói dữ liệu gửi Vietnam.vn"),
            Rows("goi"),
            Heading("8. Theo nhiệm vụ"),
            "Theo {{ ke_hoach }}.",
            Rows("nhiem_vu"),
            Heading("III. KHÓ KHĂN, KIẾN NGHỊ"),
            ToFill(),
        ),
        recipients=("- {{ ten_co_quan_chu_quan }} (để báo cáo);",),
    ),
    PaperKind.PACKAGE: Wording(
        "",
        "V/v cung cấp dữ liệu quảng bá hình ảnh tỉnh cho Vietnam.vn, kỳ {{ ky_goi }}",
        (
            (
                "{{ ten_co_quan }} gửi quý Bộ gói dữ liệu {{ goi }} để xem xét đăng tải trên "
                "Vietnam.vn, gồm {{ so_muc }} mục ({{ so_moi }} mục mới, {{ so_cap_nhat }} mục cập "
                "nhật){% if so_thu_hoi %} và {{ so_thu_hoi }} mục đề nghị gỡ{% endif %}."
            ),
            Line("Dung lượng {{ dung_luong_mb }} MB. Mã SHA-256 của tệp gói: {{ ma_bam }}"),
            (
                "Nội dung trong gói thuộc phiên bản phát {{ phien_ban }} đã được duyệt. Hướng dẫn "
                "sử dụng nằm trong tệp HUONG_DAN.txt của gói. Đề nghị quý Bộ thông báo địa chỉ "
                "đăng tải của từng mục."
            ),
            Heading("Bảng kê"),
            Rows("bang_ke"),
        ),
        to="Bộ Văn hóa, Thể thao và Du lịch",
        recipients=("- Như trên;", "- {{ ten_co_quan_chu_quan }} (để báo cáo);"),
    ),
    PaperKind.GATES: Wording(
        "BÁO CÁO",
        "Tình trạng các cụm thông tin đối ngoại cửa khẩu",
        (
            (
                "Tại thời điểm {{ luc }}, {{ so_hoat_dong }}/{{ so_cum }} cụm đang được phục vụ. "
                "Tỷ lệ phát tính cho {{ ky }}."
            ),
            Heading("1. Các cụm"),
            Rows("cum"),
            Heading("2. Các màn hình"),
            Rows("man_hinh"),
            Heading("3. Kiến nghị"),
            ToFill(),
            Inspection(),
        ),
    ),
}
