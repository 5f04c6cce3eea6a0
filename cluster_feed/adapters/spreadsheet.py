"""Tables as officials open them: workbooks, and CSV for other programs.

A cell is somebody's text and never a formula: a workbook writes it as a string, and CSV, which has
no types, puts an apostrophe before whatever a spreadsheet would calculate.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Self

import xlsxwriter

from cluster_feed.core.playlist import ZONE

Cell = str | float | date | datetime | None

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")
_EXCEL_BEGINS: Final = 1900
"""A workbook has no dates before; an older one is written as text."""
_LONGEST_CELL: Final = 32_767
_A3: Final = 8
_TWO_LINES: Final = 32
"""Points: the height of a head whose words are broken once."""
_LINE: Final = 15
"""Points of a line in a row."""
_MOST_LINES: Final = 8
"""A row that says more is cut short on paper, and read on the screen."""
_PAGE_WIDTH: Final = 280
"""Characters that can still be read side by side on a printed page."""


def csv_table(headers: Iterable[str], rows: Iterable[Iterable[Cell]]) -> bytes:
    """Write CSV as UTF-8 with a byte order mark, as Excel expects it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> str | float:
    if isinstance(cell, date):
        return _written(cell)
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" \n").startswith(_FORMULA_STARTS) else cell
    return "" if cell is None else cell


def _written(day: date) -> str:
    if isinstance(day, datetime):
        day = day.astimezone(ZONE)
        return f"{day.day:02}/{day.month:02}/{day.year:04} {day:%H:%M}"
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def _lines(row: Sequence[Cell], widths: Sequence[int]) -> int:
    """How many lines the longest text of a row takes in its column."""
    needed = (
        sum(math.ceil((len(line) or 1) / width) for line in cell.split("\n"))
        for cell, width in zip(row, widths, strict=True)
        if isinstance(cell, str)
    )
    return min(max(needed, default=1), _MOST_LINES)


class Workbook:
    """A workbook in the making, with one look for every sheet; `created` is when it says it was."""

    def __init__(self, content: io.BytesIO, created: datetime) -> None:
        self._book = xlsxwriter.Workbook(content, {"in_memory": True})
        self._book.set_properties({"created": created})
        self._head = self._book.add_format({"bold": True, "text_wrap": True, "bg_color": "#DDE6F0"})
        self._text = self._book.add_format({"text_wrap": True, "valign": "top"})
        look = {"valign": "top", "align": "left"}
        self._date = self._book.add_format({**look, "num_format": "dd/mm/yyyy"})
        self._time = self._book.add_format({**look, "num_format": "dd/mm/yyyy hh:mm"})
        self._number = self._book.add_format({**look, "num_format": "0.###"})
        self._whole = self._book.add_format({**look, "num_format": "0"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._book.close()

    def sheet(self, name: str) -> Any:  # noqa: ANN401  XlsxWriter is untyped
        """Add an empty sheet."""
        return self._book.add_worksheet(name)

    def table(self, name: str, headers: dict[str, int], rows: Sequence[Sequence[Cell]]) -> Any:  # noqa: ANN401
        """Add a sheet of one table: its header stays in view and is on every page."""
        sheet = self.sheet(name)
        for place, (header, width) in enumerate(headers.items()):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, header, self._head)
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                self.write(sheet, number, place, cell)
            if (lines := _lines(row, list(headers.values()))) > 1:
                sheet.set_row(number, lines * _LINE)
        sheet.set_landscape()
        sheet.set_paper(_A3)
        sheet.repeat_rows(0)
        sheet.repeat_columns(0)
        sheet.set_row(0, _TWO_LINES)
        sheet.fit_to_pages(math.ceil(sum(headers.values()) / _PAGE_WIDTH), 0)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(rows), len(headers) - 1)
        return sheet

    def write(self, sheet: Any, row: int, place: int, cell: Cell) -> None:  # noqa: ANN401
        """Write a fact as what it is: a text, a date, a moment or a number."""
        if isinstance(cell, date) and cell.year < _EXCEL_BEGINS:
            cell = _written(cell)
        if cell is None or cell == "":
            return
        if isinstance(cell, datetime):
            naive = cell.astimezone(ZONE).replace(tzinfo=None)
            sheet.write_datetime(row, place, naive, self._time)
        elif isinstance(cell, date):
            sheet.write_datetime(row, place, cell, self._date)
        elif isinstance(cell, str):
            sheet.write_string(row, place, cell[:_LONGEST_CELL], self._text)
        else:
            look = self._whole if cell == int(cell) else self._number
            sheet.write_number(row, place, cell, look)

    def chart(self, sheet: Any, rows: int, columns: Mapping[str, int], below: int) -> None:  # noqa: ANN401
        """Draw some columns of a table beside each other, by its first one, from a row on."""
        name = sheet.get_name()
        chart = self._book.add_chart({"type": "bar"})
        for header, place in columns.items():
            chart.add_series(
                {
                    "name": header,
                    "categories": [name, 1, 0, rows, 0],
                    "values": [name, 1, place, rows, place],
                }
            )
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"num_format": "0", "major_gridlines": {"visible": True}})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 900, "height": 120 + 24 * rows * len(columns)})
        sheet.insert_chart(below, 0, chart)
