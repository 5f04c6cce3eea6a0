"""What the two newsrooms say of their material: one sheet for a folder, and sidecars.

The words are complete for Vietnam.vn too: English ones, what is to be seen, terms and licence.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import xlsxwriter

from cluster_feed.core.vocabulary import DigitalSource


class Story(NamedTuple):
    """What is said of one file, in Vietnamese and in English; `seen` is what is on the picture."""

    title: str
    english: str
    theme: str
    seen: tuple[str, str]


_BIRD: Final = (
    "Con suối nhỏ giữa đồng cỏ có hoa; một chú chim đậu trên cành cây (phim hoạt hình)",
    "A brook in a meadow with flowers; a bird on a branch (animated film)",
)
_DOGS: Final = (
    "Hai chú chó lông nâu nhìn ra từ cửa sổ một ngôi nhà gỗ",
    "Two brown dogs look out of the window of a wooden house",
)
CLIPS: Final = {
    "interlaced.mxf": Story(
        "Dòng suối đầu nguồn biên giới", "A stream at the border", "BIEN_GIOI", _BIRD
    ),
    "transport.ts": Story(
        "Bản tin hữu nghị Việt – Lào", "Vietnam–Laos friendship news", "VIET_LAO", _BIRD
    ),
    "anamorphic.mp4": Story(
        "Mùa chim về rừng Hướng Hóa", "Birds come back to Huong Hoa", "DU_LICH", _BIRD
    ),
}
"""The broadcaster's clips."""

OWN: Final = {
    "phone.mov": Story("Phiên chợ vùng cao", "A market in the uplands", "DAN_TOC", _BIRD),
    "silent.mp4": Story("Bình minh trên đèo", "Sunrise at the pass", "DU_LICH", _BIRD),
    "large.jpg": Story(
        "Bạn đồng hành của biên phòng", "Companions of the border guards", "BIEN_GIOI", _DOGS
    ),
    "portrait.jpg": Story("Hai người bạn", "Two friends", "DAT_NUOC_CON_NGUOI", _DOGS),
    "landscape.jpg": Story(
        "Chào mừng đến Quảng Trị",
        "Welcome to Quang Tri",
        "DU_LICH",
        (
            "Đồng cỏ xanh, rừng cây lá vàng và dãy núi đá phía xa",
            "A green meadow, a wood in autumn colours and a rocky mountain range behind",
        ),
    ),
}
"""The department's own material."""

LATE: Final = Story("Chợ phiên", "The market day", "NONG_SAN_OCOP", _BIRD)
"""What the department says, later, of the clip that came without a word."""

_TERMS: Final = "Được đăng lại, ghi rõ nguồn và tác giả"


def broadcaster_sheet(folder: Path, aired: date) -> Path:
    """Write the broadcaster's `danh-muc.xlsx`: a row for each clip of the folder."""
    path = folder / "danh-muc.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("Danh mục")
        for row, (name, story) in enumerate(CLIPS.items(), start=1):
            on = aired - timedelta(days=row)
            said = {
                "Tệp": name,
                **_said(story, f"Phóng sự: {story.title}.", on - timedelta(days=7)),
                "Tác giả": "Phòng Chuyên đề",
                "Cộng tác": "Tổ Đồ họa",
                "Bản quyền": "Báo và PTTH Quảng Trị",
                "Ngày phát sóng": on,
                "Kênh": "QTV",
                "Chương trình": "Thời sự",
                "Đề xuất Vietnam.vn": "Có",
                "Cho phép Bộ sử dụng": "Có",
            }
            sheet.write_row(0, 0, said)
            for column, cell in enumerate(said.values()):
                if isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, day)
                else:
                    sheet.write_string(row, column, cell)
    return path


def sidecar(media: Path, story: Story, made: date, *, vietnam_vn: bool = False) -> Path:
    """Write the sidecar of one clip or photo, as an agency's part-time officer would."""
    proposed = "Có" if vietnam_vn else "Không"
    said = {
        **_said(story, f"{story.title}, nhìn từ đời sống hằng ngày.", made),
        "Tác giả": "Phòng Quản lý văn hóa",
        "Bản quyền": "Sở Văn hóa, Thể thao và Du lịch",
        "Đề xuất Vietnam.vn": proposed,
        "Cho phép Bộ sử dụng": proposed,
    }
    lines = [
        f"{label}: {cell:%d/%m/%Y}" if isinstance(cell, date) else f'{label}: "{cell}"'
        for label, cell in said.items()
    ]
    path = media.with_suffix(".yaml")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _said(story: Story, about: str, made: date) -> dict[str, str | date]:
    """What both newsrooms say, by the labels of their sheets."""
    drawn = story.seen is _BIRD
    return {
        "Tiêu đề": story.title,
        "Tiêu đề (en)": story.english,
        "Mô tả": about,
        "Mô tả (en)": f"{story.english}, as people here see it.",
        "Văn bản thay thế": story.seen[0],
        "Văn bản thay thế (en)": story.seen[1],
        "Chủ đề": story.theme,
        "Loại thông tin": "Quảng bá",
        "Ngôn ngữ": "không lời" if drawn else "vi",
        "Ngày tạo": made,
        "Nguồn số": DigitalSource.DRAWN if drawn else DigitalSource.CAPTURED,
        "Đồng ý hình ảnh": "Không nhận ra người nào",
        "Điều kiện sử dụng": _TERMS,
        "Căn cứ phát lại": "Tự sản xuất",
        "Cam kết bí mật": "Có",
    }
