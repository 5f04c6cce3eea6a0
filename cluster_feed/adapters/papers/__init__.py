"""Write papers: a document of Word by its template, and its tables whole as a workbook."""

import io
import logging
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from docx import Document
from docx.opc.exceptions import OpcError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from cluster_feed.adapters.papers import chart
from cluster_feed.adapters.papers.form import CHARTS, template
from cluster_feed.adapters.spreadsheet import Workbook
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import TemplateBroken
from cluster_feed.core.paper import Cell, Paper, Table
from cluster_feed.core.playlist import ZONE

__all__ = ["annex", "check", "document", "filled_in", "template"]

_log = logging.getLogger(__name__)

_LONGEST: Final = 600
"""Letters of one text in a document; the annex has it whole."""
_MOST_ROWS: Final = 400
"""Of one table in a document: some twenty pages; the annex has it whole."""
_LARGEST_TEMPLATE: Final = 50_000_000
"""Bytes of all parts of a template, unpacked; Word's own are some hundred thousand."""
_BLANK: Final = "……"
_THEN: Final = (1980, 1, 1, 0, 0, 0)
"""When every member of a document's archive says it was made: the same paper, the same bytes."""


def check(source: bytes, own: object) -> None:
    """Look at a template from outside: a document of Word, and no bomb; TemplateBroken."""
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            large = sum(each.file_size for each in archive.infolist()) > _LARGEST_TEMPLATE
        if large or not Document(io.BytesIO(source)).element.body.xpath("w:p"):
            raise TemplateBroken(path=own, detail=_NOT_WORD)
    except _WHAT_A_TEMPLATE_RAISES as error:
        raise TemplateBroken(path=own, detail=_NOT_WORD) from error


def document(paper: Paper, own: Path) -> bytes:
    """Fill a paper's template, `own` where there is that file; TemplateBroken."""
    return filled_in(paper, own.read_bytes() if own.is_file() else template(paper.kind), own)


def filled_in(paper: Paper, source: bytes, own: object) -> bytes:
    """Fill a template that people know as `own`; TemplateBroken."""
    words = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=_written)
    try:
        filled = DocxTemplate(io.BytesIO(source))
        filled.render(_said(paper) | {CHARTS: _charts(paper, filled)}, words)
    except TemplateError as error:
        raise TemplateBroken(path=own, detail=_of_jinja(error)) from error
    except _WHAT_A_TEMPLATE_RAISES as error:
        _log.warning("%s cannot be filled", own, exc_info=error)
        raise TemplateBroken(path=own, detail=_NOT_WORD) from error
    made = io.BytesIO()
    properties = filled.docx.core_properties
    properties.created = properties.modified = paper.as_of.astimezone(ZONE).replace(tzinfo=None)
    properties.title, properties.author = paper.file_name[:255], ""
    filled.save(made)
    return _same(made)


_NOT_WORD: Final = Bilingual(
    "không phải tệp .docx lành lặn, hoặc có biểu thức không tính được",
    "it is no sound .docx file, or has an expression that cannot be reckoned",
)
_WHAT_A_TEMPLATE_RAISES: Final = (
    *(OpcError, zipfile.BadZipFile, zlib.error, EOFError, SyntaxError, RuntimeError),
    *(LookupError, ValueError, TypeError, ArithmeticError, AttributeError),
)
"""An archive that is none, a part that is no XML, and whatever an expression can run into."""


def _of_jinja(error: TemplateError) -> Bilingual:
    """Say what is wrong, and near which words of the template."""
    near = " ".join(" ".join(getattr(error, "docx_context", ())).split())[:120]
    where = Bilingual(f", gần “{near}”", f", near “{near}”") if near else Bilingual("", "")
    match error:
        case UndefinedError():
            says = Bilingual("không có mục như vậy: {what}{where}", "no such fact: {what}{where}")
        case SecurityError():
            says = Bilingual("mẫu không được làm việc đó: {what}", "it may not do that: {what}")
        case TemplateSyntaxError():
            says = Bilingual("sai cú pháp: {what}{where}", "wrong syntax: {what}{where}")
        case _:
            says = Bilingual("{what}{where}", "{what}{where}")
    return says.fill(what=error.message or "", where=where)


def _same(made: io.BytesIO) -> bytes:
    """Pack an archive again with the same moment on each of its members."""
    again = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _THEN), old.read(name), zipfile.ZIP_DEFLATED)
    return again.getvalue()


def _said(paper: Paper) -> dict[str, Any]:
    """Give a template its facts by their names, and each table as rows of them."""
    return {
        **paper.facts,
        "ky": paper.span.called,
        "tinh_den": paper.as_of,
        "cac_ghi_chu": (*paper.notes, *_cut_short(paper)),
        **{
            table.key: [
                dict(zip((each.key for each in table.columns), map(_shown, row), strict=True))
                for row in paper.rows[table.key][:_MOST_ROWS]
            ]
            for table in paper.kind.tables
        },
    }


def _charts(paper: Paper, filled: DocxTemplate) -> dict[str, InlineImage | str]:
    """Draw each table that has figures to compare, by its name; nothing of any other."""
    return {
        table.key: InlineImage(filled, io.BytesIO(drawn), width=Mm(chart.WIDTH_MM)) if drawn else ""
        for table in paper.kind.tables
        if table.charted
        for drawn in [_drawn(table, paper.rows[table.key][: chart.MOST_ROWS])]
    }


def _drawn(table: Table, rows: Sequence[tuple[Cell, ...]]) -> bytes:
    keys = [each.key for each in table.columns]
    series = {
        table.columns[place].header: [_figure(row[place]) for row in rows]
        for place in map(keys.index, table.charted)
    }
    if len(rows) == 1 or not any(map(any, series.values())):
        return b""
    return chart.bars([_shown(row[0]) for row in rows], series, _shown)


def _figure(cell: Cell) -> float:
    return cell if isinstance(cell, int | float) else 0


def _cut_short(paper: Paper) -> Iterator[str]:
    """Say which tables are whole in the annex only."""
    for table in paper.kind.tables:
        if (rows := len(paper.rows[table.key])) > _MOST_ROWS and any(
            c.width for c in table.columns
        ):
            yield f"Bảng “{table.title}” in {_MOST_ROWS} trong {rows} dòng; phụ lục có đủ."


def _written(fact: object) -> str:
    """Write what a template asked for; what nobody knows is a blank to fill in."""
    if fact is None:
        return _BLANK
    if isinstance(fact, InlineImage):
        return Markup(fact.__html__())  # noqa: S704  docxtpl's own, and no words
    return _shown(fact) if isinstance(fact, int | float | date) else _shown(str(fact))


def _shown(cell: Cell) -> str:
    """Write a fact as papers do: 1.234; 12,5; 18:00 25/11/2026."""
    match cell:
        case None:
            return ""
        case str():
            return cell if len(cell) <= _LONGEST else f"{cell[: _LONGEST - 1]}…"
        case datetime():
            local = cell.astimezone(ZONE)
            return f"{local:%H:%M} {_shown(local.date())}"
        case date():
            return f"{cell.day:02}/{cell.month:02}/{cell.year:04}"
        case _:
            return f"{cell:,}".translate(_SEPARATORS)


_SEPARATORS: Final = str.maketrans(",.", ".,")


def annex(paper: Paper) -> bytes:
    """Write every table whole on a sheet of its own, drawn where its form says so."""
    content = io.BytesIO()
    created = paper.as_of.astimezone(ZONE).replace(tzinfo=None)
    with Workbook(content, created) as book:
        _cover(book, paper)
        for table in paper.kind.tables:
            rows, headers = paper.rows[table.key], [each.header for each in table.columns]
            widths = _widths(headers, rows)
            sheet = book.table(table.title[:31].replace("/", "-"), widths, rows)
            if table.charted and rows:
                keys = [each.key for each in table.columns]
                places = {headers[keys.index(key)]: keys.index(key) for key in table.charted}
                book.chart(sheet, len(rows), places, len(rows) + 2)
    return content.getvalue()


def _cover(book: Workbook, paper: Paper) -> None:
    facts: Mapping[str, Cell] = {
        "Văn bản": paper.kind.label.vi,
        "Cơ quan": paper.facts["ten_co_quan"],
        "Kỳ": paper.span.called,
        "Về": paper.of,
        "Số liệu tính đến": paper.as_of,
    }
    lines: list[tuple[Cell, ...]] = [(name, fact) for name, fact in facts.items() if fact != ""]
    lines += [("Ghi chú", note) for note in paper.notes]
    book.table("Bìa", {"Mục": 24, "Nội dung": 90}, lines)


def _widths(headers: list[str], rows: Iterable[tuple[Cell, ...]]) -> dict[str, int]:
    """Give each column room for its header's words and most of what is in it."""
    widths = {header: max(8, min(len(header) + 2, 16)) for header in headers}
    for row in rows:
        for header, cell in zip(headers, row, strict=True):
            widths[header] = max(widths[header], min(len(_shown(cell)) + 2, 60))
    return widths
