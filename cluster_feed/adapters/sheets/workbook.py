"""`danh-muc.xlsx`: a folder's catalogue, one row for each file under Vietnamese headers."""

import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from cluster_feed.adapters.sheets.sheet import (
    WHOLE,
    Complaints,
    Entry,
    Place,
    Row,
    UnreadableError,
    beside,
    first_marking,
    understand,
    unknown_label,
)
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.labels import FILE, as_text, field_called, fold, nearest_label

LARGEST: Final = 5 << 20
_LARGEST_UNPACKED: Final = 32 << 20
_MOST_PARTS: Final = 500
_MOST_ROWS: Final = 5000
_MOST_COLUMNS: Final = 60
_HEADER_WITHIN: Final = 30
_CATALOGUE: Final = "danhmuc"

_STUMBLES = (
    # openpyxl takes a file at its word; these are what it stumbles into when the word is false
    *(InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError, struct.error),
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError),
    *(EOFError, OSError, AssertionError),
)


def rows(content: bytes, name: str, complaints: Complaints) -> tuple[Row, ...]:
    """Read a catalogue's rows from its first worksheet that has a header."""
    plain = fold(PurePosixPath(name).stem).replace(" ", "")
    if not name.lower().endswith(".xlsx") or not plain.startswith(_CATALOGUE):
        raise UnreadableError(
            "phiếu chung của thư mục phải là tệp Excel tên danh-muc.xlsx",
            "a folder's common sheet must be an Excel file named danh-muc.xlsx",
        )
    if len(content) > LARGEST:
        raise UnreadableError(
            f"phiếu lớn hơn {LARGEST >> 20} MB", f"it is larger than {LARGEST >> 20} MB"
        )
    with opened(content) as book:
        lines = _lines(book)
    return tuple(_rows(lines, name, complaints))


@contextmanager
def opened(content: bytes) -> Iterator[openpyxl.Workbook]:
    """Open a workbook to read it, cell by cell; UnreadableError where it is none, or a bomb."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
            if unpacked > _LARGEST_UNPACKED or len(parts.infolist()) > _MOST_PARTS:
                raise UnreadableError("phiếu quá lớn khi giải nén", "it is too large when unpacked")
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(
                BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
            try:
                yield book
            finally:
                book.close()
    except _STUMBLES as error:
        raise UnreadableError(
            "không mở được như tệp Excel .xlsx (hỏng hoặc có mật khẩu)",
            "it does not open as an Excel .xlsx file (damaged, or it has a password)",
        ) from error


class _Line(NamedTuple):
    """One row of a worksheet: what is written in it, by column letter."""

    number: int
    cells: dict[str, Any]


def _lines(book: openpyxl.Workbook) -> list[_Line]:
    """Read the first worksheet that has a header; raise UnreadableError where none has."""
    for worksheet in book.worksheets:
        lines: list[_Line] = []
        for row in worksheet.iter_rows(max_row=_MOST_ROWS + 1, max_col=_MOST_COLUMNS):
            written = {
                cell.column_letter: cell.value
                for cell in row
                if cell.value is not None and cell.data_type != "e" and as_text(cell.value)
            }
            if written:
                lines.append(_Line(_number(row), written))
            if len(lines) == _HEADER_WITHIN and _header_of(lines) is None:
                break
        if _header_of(lines) is not None:
            return lines
    raise UnreadableError(
        "không thấy dòng tiêu đề có cột “Tệp” và các cột như “Tiêu đề”, “Mô tả”",
        "no header row with a column “Tệp” (file) and columns such as “Tiêu đề” (title)",
    )


def _number(row: Iterable[Any]) -> int:
    return next(int(cell.row) for cell in row if cell.value is not None)


def _header_of(lines: Iterable[_Line]) -> int | None:
    """Find the row that names a file's column and at least one other."""
    for index, line in enumerate(lines):
        keys = {field_called(as_text(label)) for label in line.cells.values()} - {None}
        if (FILE, "") in keys and len(keys) > 1:
            return index
    return None


def _rows(lines: list[_Line], name: str, complaints: Complaints) -> Iterator[Row]:
    at = _header_of(lines) or 0
    labels = {column: as_text(label) for column, label in lines[at].cells.items()}
    for column, label in labels.items():
        if field_called(label) is None and nearest_label(label):
            complaints.add(Place(cell=f"{column}{lines[at].number}"), unknown_label(label))
    file_column = next(c for c, label in labels.items() if field_called(label) == (FILE, ""))
    preamble = [
        Entry("", text, Place(cell=f"{column}{line.number}"))
        for line in lines[:at]
        for column, text in line.cells.items()
    ]
    marked = first_marking(preamble, name)
    if lines[-1].number > _MOST_ROWS:
        complaints.add(WHOLE, _TOO_LONG)
    for line in lines[at + 1 :]:
        if line.number > _MOST_ROWS:
            return
        entries = [
            Entry(labels.get(column, ""), text, Place(cell=f"{column}{line.number}"))
            for column, text in line.cells.items()
        ]
        if file_column in line.cells:
            said = understand(entries, complaints)
            about = beside(name, said.pop((FILE, "")))
            yield Row(about, said, marked or first_marking(entries, name))
        elif any(field_called(each.label) for each in entries):
            complaints.add(Place(cell=f"{file_column}{line.number}"), _NO_FILE)


_TOO_LONG = Bilingual(
    f"chỉ đọc {_MOST_ROWS} dòng đầu; hãy tách thành nhiều thư mục",
    f"only {_MOST_ROWS} rows are read; make several folders of them",
)
_NO_FILE = Bilingual("thiếu tên tệp", "the file's name is missing")
