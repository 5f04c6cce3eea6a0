"""What the two newsrooms say of their material: one sheet for a folder, and sidecars."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

import xlsxwriter

_HEADERS: Final = (
    "Tệp",
    "Tiêu đề",
    "Tiêu đề (en)",
    "Mô tả",
    "Tác giả",
    "Chủ đề",
    "Loại thông tin",
    "Ngôn ngữ",
    "Bản quyền",
    "Căn cứ phát lại",
    "Ngày phát sóng",
    "Kênh",
    "Chương trình",
    "Cam kết bí mật",
    "Đề xuất Vietnam.vn",
)

CLIPS: Final = {
    "interlaced.mxf": ("Dòng suối đầu nguồn biên giới", "A stream at the border", "BIEN_GIOI"),
    "transport.ts": ("Bản tin hữu nghị Việt – Lào", "Vietnam–Laos friendship news", "VIET_LAO"),
    "anamorphic.mp4": ("Mùa chim về rừng Hướng Hóa", "Birds of Huong Hoa", "DU_LICH"),
}
"""The broadcaster's clips: title, English title, theme."""

OWN: Final = {
    "phone.mov": ("Phiên chợ vùng cao", "DAN_TOC"),
    "silent.mp4": ("Bình minh trên đèo", "DU_LICH"),
    "large.jpg": ("Bạn đồng hành của biên phòng", "BIEN_GIOI"),
    "portrait.jpg": ("Hai người bạn", "DAT_NUOC_CON_NGUOI"),
    "landscape.jpg": ("Chào mừng đến Quảng Trị", "DU_LICH"),
}
"""The department's own material: title, theme."""


def broadcaster_sheet(folder: Path, aired: date) -> Path:
    """Write the broadcaster's `danh-muc.xlsx`: a row for each clip of the folder."""
    path = folder / "danh-muc.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("Danh mục")
        sheet.write_row(0, 0, _HEADERS)
        for row, (name, (title, english, theme)) in enumerate(CLIPS.items(), start=1):
            said = (name, title, english, f"Phóng sự: {title}.", "Phòng Chuyên đề", theme)
            sheet.write_row(row, 0, (*said, "Quảng bá", "vi", "Báo và PTTH Quảng Trị"))
            sheet.write_string(row, 9, "Tự sản xuất")
            sheet.write_datetime(row, 10, aired - timedelta(days=row), day)
            sheet.write_row(row, 11, ("QTV", "Thời sự", "Có", "Có"))
    return path


def sidecar(
    media: Path, title: str, theme: str, *, english: str = "", vietnam_vn: bool = False
) -> Path:
    """Write the sidecar of one clip or photo, as an agency's part-time officer would."""
    lines = [
        f"Tiêu đề: {title}",
        f"Tiêu đề (en): {english or title}",
        f"Mô tả: {title}, nhìn từ đời sống hằng ngày.",
        f"Văn bản thay thế: Hình ảnh {title.lower()}",
        "Tác giả: Phòng Quản lý văn hóa",
        f"Chủ đề: {theme}",
        "Loại thông tin: Quảng bá",
        "Ngôn ngữ: vi",
        "Bản quyền: Sở Văn hóa, Thể thao và Du lịch",
        "Căn cứ phát lại: Tự sản xuất",
        "Cam kết bí mật: Có",
        f"Đề xuất Vietnam.vn: {'Có' if vietnam_vn else 'Không'}",
    ]
    path = media.with_suffix(".yaml")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
