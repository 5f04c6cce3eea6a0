"""The provincial plans for external information: whom they oblige, to what, and until when.

A plan is for one year.  Where none is in force the calendar has no date of a report, and says so.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.deadline import Deadline
from cluster_feed.core.vocabulary import Theme


class Measure(StrEnum):
    """What of the record tells how far a task of a plan has come."""

    BROADCASTER = "broadcaster"
    AGENCIES = "agencies"
    CLUSTERS = "clusters"
    PORTAL = "portal"
    THEMES = "themes"
    NONE = "none"


class Task(NamedTuple):
    """Something that a plan asks for; of `themes`, where its measure is theirs."""

    says: str
    basis: str
    measure: Measure = Measure.NONE
    themes: tuple[Theme, ...] = ()


class Plan(NamedTuple):
    """One province's plan for one year; without a date it has reports on demand."""

    title: Bilingual
    year: int
    deadlines: tuple[Deadline, ...] = ()
    tasks: tuple[Task, ...] = ()


def _due(name: str, title: str, day: tuple[int, int], where: str, year: int) -> Deadline:
    return Deadline(
        name=name,
        title=f"{title} {year}",
        basis=f"Kế hoạch thông tin đối ngoại năm {year} của {where}",
        day=day[0],
        month=day[1],
        first_year=year,
        last_year=year,
    )


def _called(where: str, place: str, year: int) -> Bilingual:
    return Bilingual(
        f"Kế hoạch thông tin đối ngoại năm {year} của {where}",
        f"Plan for external information {year} of {place}",
    )


_QUANG_TRI_2026: Final = (
    Task(
        "Báo và phát thanh, truyền hình tỉnh cung cấp nội dung đã phát sóng, ngày 25 hằng tháng",
        "mục IV.6",
        Measure.BROADCASTER,
    ),
    Task(
        "Cơ quan, đơn vị, địa phương cung cấp sản phẩm truyền thông cho các cụm",
        "mục IV.7",
        Measure.AGENCIES,
    ),
    Task("Đăng phát trên các cụm thông tin đối ngoại cửa khẩu", "mục IV.6, IV.7", Measure.CLUSTERS),
    Task("Cung cấp dữ liệu cho Vietnam.vn qua Bộ", "mục II.5", Measure.PORTAL),
    Task("Thông tin về du lịch", "mục II.2", Measure.THEMES, (Theme.TOURISM,)),
    Task("Thông tin về biên giới trên đất liền", "mục II.3", Measure.THEMES, (Theme.BORDER,)),
    Task(
        "Thông tin về quyền con người, Việt Nam hạnh phúc",
        "mục II.4",
        Measure.THEMES,
        (Theme.HUMAN_RIGHTS,),
    ),
    Task(
        "Quảng bá đất nước, con người Quảng Trị",
        "mục IV.4",
        Measure.THEMES,
        (Theme.LAND_AND_PEOPLE,),
    ),
    Task("Xúc tiến, thu hút đầu tư", "mục IV.7", Measure.THEMES, (Theme.INVESTMENT,)),
    Task(
        "Giải thích, làm rõ, phản bác thông tin sai lệch",
        "mục I.1",
        Measure.THEMES,
        (Theme.CLARIFICATION,),
    ),
    Task("Quy chế phối hợp quản lý, vận hành các cụm", "mục II.3"),
    Task("Thiết lập lại cụm La Lay", "mục II.3"),
)

PLANS: Final[Mapping[str, Plan]] = {
    "quang-tri-2026": Plan(
        _called("tỉnh Quảng Trị", "Quảng Trị", 2026),
        2026,
        (_due("nam", "Báo cáo năm", (30, 11), "tỉnh Quảng Trị", 2026),),
        _QUANG_TRI_2026,
    ),
    "quang-tri-2023": Plan(
        _called("tỉnh Quảng Trị", "Quảng Trị", 2023),
        2023,
        (
            _due("sau-thang", "Báo cáo 6 tháng", (25, 5), "tỉnh Quảng Trị", 2023),
            _due("nam", "Báo cáo năm", (25, 11), "tỉnh Quảng Trị", 2023),
        ),
    ),
    "dong-thap-2026": Plan(
        _called("tỉnh Đồng Tháp", "Đồng Tháp", 2026),
        2026,
        (
            _due("sau-thang", "Báo cáo 6 tháng", (15, 6), "tỉnh Đồng Tháp", 2026),
            _due("nam", "Báo cáo năm", (25, 11), "tỉnh Đồng Tháp", 2026),
        ),
    ),
    "thua-thien-hue-2024": Plan(
        _called("tỉnh Thừa Thiên Huế", "Thừa Thiên Huế", 2024),
        2024,
        (_due("nam", "Báo cáo năm", (15, 11), "tỉnh Thừa Thiên Huế", 2024),),
    ),
    "thai-nguyen-2026": Plan(
        _called("tỉnh Thái Nguyên", "Thái Nguyên", 2026),
        2026,
    ),
}
"""Those that the product knows, by the name that a setting chooses one with."""
