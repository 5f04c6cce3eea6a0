"""An inbox with its newsrooms, a clock that is told the time, and sheets to drop."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
from PIL import Image

from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.ingest import Ingest, Outcome, Refused, Trouble
from cluster_feed.workspace import Workspace
from tests.office import installed

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
NEWSROOMS = """
[[newsrooms]]
slug = "dai"
title = "Báo và phát thanh, truyền hình Quảng Trị"
kind = "dai"

[[newsrooms]]
slug = "huong-hoa"
title = "UBND xã Hướng Hóa"
kind = "co-quan"
"""
FULL = {
    "Tiêu đề": "Chợ phiên Lao Bảo",
    "Mô tả": "Người hai bên biên giới đi chợ.",
    "Văn bản thay thế": "Một phiên chợ đông người.",
    "Chủ đề": "Thương mại; VIET_LAO",
    "Loại thông tin": "QUANG_BA",
    "Ngôn ngữ": "vi",
    "Tác giả": "Nguyễn Văn A",
    "Bản quyền": "UBND xã Hướng Hóa",
    "Căn cứ phát lại": "Tự sản xuất",
    "Cam kết bí mật": "có",
}
AIRED = {"Ngày phát sóng": "15/11/2026", "Kênh": "QTV", "Chương trình": "Thời sự"}


class Office:
    """A hub that looks at its inbox when it is told to."""

    def __init__(self, root: Path, settings: str = "") -> None:
        self.workspace: Workspace = installed(root, settings + NEWSROOMS)
        self.moment = 0.0
        self.restart()
        self.look()

    def restart(self) -> None:
        self.ingest = Ingest(self.workspace, clock=lambda: self.moment)

    def inbox(self, newsroom: str = "huong-hoa") -> Path:
        return self.workspace.inbox / newsroom

    def look(self, now: datetime = NOW) -> list[Outcome]:
        return self.ingest.look(now)

    def settle(self, now: datetime = NOW) -> list[Outcome]:
        """Look until everything that lies there has stood still."""
        outcomes = [each for each in self.look(now) if not isinstance(each, Trouble)]
        self.moment += 11
        return outcomes + self.look(now)

    def sent_back(self, newsroom: str = "huong-hoa") -> dict[str, str]:
        """What lies in `_tra-lai`, with its notes."""
        folder = self.inbox(newsroom) / "_tra-lai"
        notes = folder.glob("*.ly-do.txt")
        return {each.name.removesuffix(".ly-do.txt"): each.read_text("utf-8-sig") for each in notes}

    def page(self, newsroom: str = "huong-hoa") -> str:
        return (self.inbox(newsroom) / "_trang-thai.html").read_text(encoding="utf-8")

    @property
    def stored(self) -> set[str]:
        return {each.name for each in self.workspace.store.root.glob("??/*")}


def photo(path: Path, seed: int = 0, size: tuple[int, int] = (160, 90)) -> Path:
    """Make a photo unlike those of other seeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, "teal").save(path, "JPEG", comment=f"{seed}")
    return path


def sidecar(path: Path, *fields: Mapping[str, str]) -> Path:
    path.write_text(
        "".join(f'{label}: "{text}"\n' for each in fields for label, text in each.items()),
        encoding="utf-8",
    )
    return path


def catalogue(path: Path, *rows: Mapping[str, object]) -> Path:
    path.write_bytes(workbook([list(rows[0]), *(list(row.values()) for row in rows)]))
    return path


def workbook(lines: Iterable[Iterable[object]]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.worksheets[0].append(list(line))
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def refusals(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Name and code of what was refused."""
    return {each.name: each.why.code for each in outcomes if isinstance(each, Refused)}


def lying_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def names() -> list[str]:
    return sorted(ledger.Asset.objects.values_list("name", flat=True))
