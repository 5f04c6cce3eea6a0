"""The provincial plans for external information: whom they oblige, to what, and until when.

A plan is for one year.  The days of one may be taken over for another year, on what obliges the
department then.  Where none holds, the calendar has no date of a report, and people are told.
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
    """One province's plan for one year; without a date it has reports on demand.

    `number` is the document's as its scanned copy can be read; empty: it cannot.
    """

    place: Bilingual
    year: int
    number: str = ""
    deadlines: tuple[Deadline, ...] = ()
    tasks: tuple[Task, ...] = ()
    own_basis: str = ""
    """What it stands on where it was taken over for another year."""

    @property
    def title(self) -> Bilingual:
        """What it is called."""
        if self.own_basis:
            return Bilingual(self.own_basis, self.own_basis)
        number = f" số {self.number}" if self.number else ""
        of = f" {self.number}" if self.number else ""
        return Bilingual(
            f"Kế hoạch{number} về thông tin đối ngoại năm {self.year} của {self.place.vi}",
            f"Plan{of} for external information {self.year} of {self.place.en}",
        )

    def taken_over(self, year: int, basis: str) -> "Plan":
        """Keep its days and its tasks for another year, on what obliges the department then.

        Where in that each task stands is not known here: their sections are left out.
        """
        return self._replace(
            year=year,
            number="",
            own_basis=basis,
            deadlines=tuple(
                each.model_copy(
                    update={
                        "title": each.title.replace(str(each.first_year), str(year)),
                        "basis": basis,
                        "first_year": year,
                        "last_year": year,
                    }
                )
                for each in self.deadlines
            ),
            tasks=tuple(each._replace(basis="") for each in self.tasks),
        )


def _plan(
    place: tuple[str, str],
    year: int,
    *days: tuple[str, str, int, int],
    number: str = "",
    tasks: tuple[Task, ...] = (),
) -> Plan:
    """Write a plan; each of its days has a name, a title, a day and a month."""
    plan = Plan(Bilingual(*place), year, number, tasks=tasks)
    deadlines = tuple(
        Deadline(
            name=name,
            title=f"{title} {year}",
            basis=plan.title.vi,
            day=day,
            month=month,
            first_year=year,
            last_year=year,
        )
        for name, title, day, month in days
    )
    return plan._replace(deadlines=deadlines)


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

_HALF: Final = ("sau-thang", "Báo cáo 6 tháng")
_YEAR: Final = ("nam", "Báo cáo năm")
_QUANG_TRI: Final = ("tỉnh Quảng Trị", "Quảng Trị")

PLANS: Final[Mapping[str, Plan]] = {
    "quang-tri-2026": _plan(
        _QUANG_TRI, 2026, (*_YEAR, 30, 11), number="261/KH-UBND", tasks=_QUANG_TRI_2026
    ),
    "quang-tri-2023": _plan(_QUANG_TRI, 2023, (*_HALF, 25, 5), (*_YEAR, 25, 11)),
    "dong-thap-2026": _plan(
        ("tỉnh Đồng Tháp", "Đồng Tháp"), 2026, (*_HALF, 15, 6), (*_YEAR, 25, 11)
    ),
    "thua-thien-hue-2024": _plan(("tỉnh Thừa Thiên Huế", "Thừa Thiên Huế"), 2024, (*_YEAR, 15, 11)),
    "thai-nguyen-2026": _plan(("tỉnh Thái Nguyên", "Thái Nguyên"), 2026),
}
"""Those that the product knows, by the name that a setting chooses one with."""
