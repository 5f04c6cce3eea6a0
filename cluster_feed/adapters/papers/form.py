"""Build a paper's template: a document of Word that asks for the facts by their names.

The layout is that of Decree 30/2020/NĐ-CP, appendix I: A4, margins of 20 to 25, 30 to 35 and 15 to
20 mm, Times New Roman, the number of each page but the first in the middle of its top margin.
"""

import io
from collections.abc import Sequence
from typing import Final

from docx import Document
from docx.document import Document as Doc
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import (
    WD_ALIGN_PARAGRAPH,
    WD_BREAK,
    WD_TAB_ALIGNMENT,
    WD_TAB_LEADER,
)
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from cluster_feed.adapters.papers.wording import (
    WORDING,
    Heading,
    Inspection,
    Line,
    Part,
    Rows,
    ToFill,
    Wording,
)
from cluster_feed.core import paper
from cluster_feed.core.paper import Column, PaperKind

CHARTS: Final = "bieu_do"
"""Under which name a template has the pictures, by their tables' names."""
_FONT: Final = "Times New Roman"
_BODY: Final = 14
_IN_TABLES: Final = 11
_WIDTH: Final = 165
"""Millimetres between the margins."""
_LEFT: Final = 64
_CENTRE: Final = WD_ALIGN_PARAGRAPH.CENTER
_DATE: Final = "{{ dia_danh }}, ngày …… tháng …… năm ………"
_RECIPIENTS_SIZE: Final = 11
_NARROW: Final = 24
"""Millimetres of a column of short facts, which stand in its middle."""
_PADDING: Final = 57
"""Beside the words of a cell, in twentieths of a point: a millimetre."""


def template(kind: PaperKind) -> bytes:
    """Write the template of a paper."""
    wording = WORDING[kind]
    document = _blank()
    _letterhead(document, kind, wording)
    if wording.title:
        _write(document.add_paragraph(), wording.title, 14, bold=True, align=_CENTRE, before=12)
        _write(document.add_paragraph(), wording.about, 14, bold=True, align=_CENTRE)
        _line(document.add_paragraph(), _WIDTH / 3)
    if wording.to:
        to = f"Kính gửi: {wording.to}"
        _write(document.add_paragraph(), to, _BODY, align=_CENTRE, before=12, after=12)
    for part in wording.body:
        if not isinstance(part, Inspection):
            _add(document, kind, part)
    _remarks(document)
    _signature(document, wording)
    if any(isinstance(part, Inspection) for part in wording.body):
        _inspection(document)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _blank() -> Doc:
    document = Document()
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(_BODY)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), _FONT)
    normal.element.get_or_add_rPr().append(_element("w:lang", val="vi-VN"))
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = _CENTRE
    _field(number, "PAGE")
    return document


def _letterhead(document: Doc, kind: PaperKind, wording: Wording) -> None:
    """Lay out whose paper it is beside the nation's name, the number, the place and the date."""
    table = _bare_table(document, (_LEFT, _WIDTH - _LEFT), 2)
    organ, nation = table.rows[0].cells
    _write(organ.paragraphs[0], "{{ co_quan_chu_quan }}", 12, align=_CENTRE)
    _write(organ.add_paragraph(), "{{ co_quan }}", 12, bold=True, align=_CENTRE)
    _line(organ.add_paragraph(), _LEFT / 2.5, _LEFT)
    says = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    _write(nation.paragraphs[0], says, 12, bold=True, align=_CENTRE)
    motto = "Độc lập - Tự do - Hạnh phúc"
    _write(nation.add_paragraph(), motto, 13, bold=True, align=_CENTRE)
    _line(nation.add_paragraph(), 56, _WIDTH - _LEFT)
    symbol = f"{kind.symbol}-" if kind.symbol else ""
    left, right = table.rows[1].cells
    number = f"Số:            /{symbol}{{{{ ky_hieu }}}}"
    _write(left.paragraphs[0], number, 13, align=_CENTRE)
    if not wording.title:
        _write(left.add_paragraph(), wording.about, 12, align=_CENTRE, before=6)
    _write(right.paragraphs[0], _DATE, 13, italic=True, align=_CENTRE)


def _add(document: Doc, kind: PaperKind, part: Part) -> None:
    match part:
        case Heading(text):
            heading = document.add_paragraph()
            _write(heading, text, _BODY, bold=True, before=6, after=6)
            heading.paragraph_format.first_line_indent = Mm(12.7)
            heading.paragraph_format.keep_with_next = True
        case Rows(key, nothing):
            table = next(each for each in kind.tables if each.key == key)
            _tag(document, f"{{%p if {key} %}}")
            _table(document, key, [each for each in table.columns if each.width])
            if table.charted:
                _chart(document, key)
            _tag(document, "{%p else %}")
            _prose(document, nothing)
            _tag(document, "{%p endif %}")
        case ToFill(lines):
            for _ in range(lines):
                _dots(document)
        case Line(text):
            _write(document.add_paragraph(), text, 12, before=3, after=6)
        case str(text):
            _prose(document, text)


def _table(document: Doc, key: str, columns: Sequence[Column]) -> None:
    """Write a head that every page repeats, and a row for each of what there is."""
    table = document.add_table(4, len(columns), "Table Grid")
    _lay_out(table, [each.width for each in columns])
    head, begin, row, end = table.rows
    for place, column in enumerate(columns):
        _write(head.cells[place].paragraphs[0], column.header, _IN_TABLES, bold=True, align=_CENTRE)
        asked = f"{{{{ dong.{column.key} }}}}"
        align = _CENTRE if column.width <= _NARROW else WD_ALIGN_PARAGRAPH.LEFT
        _write(row.cells[place].paragraphs[0], asked, _IN_TABLES, align=align)
    head._tr.get_or_add_trPr().append(_element("w:tblHeader"))  # noqa: SLF001
    for each in (head, row):
        _keep_whole(each)
    _write(begin.cells[0].paragraphs[0], f"{{%tr for dong in {key} %}}", _IN_TABLES)
    _write(end.cells[0].paragraphs[0], "{%tr endfor %}", _IN_TABLES)


def _chart(document: Doc, key: str) -> None:
    """Ask for the picture of a table, where it has figures to draw."""
    _tag(document, f"{{%p if {CHARTS}.{key} %}}")
    asked = f"{{{{ {CHARTS}.{key} }}}}"
    _write(document.add_paragraph(), asked, _IN_TABLES, align=_CENTRE, before=6, after=6)
    _tag(document, "{%p endif %}")


def _remarks(document: Doc) -> None:
    _tag(document, "{%p for ghi_chu in cac_ghi_chu %}")
    _write(document.add_paragraph(), "Ghi chú: {{ ghi_chu }}", 12, italic=True, before=3)
    _tag(document, "{%p endfor %}")


def _signature(document: Doc, wording: Wording) -> None:
    """Leave room to sign, beside whom the paper goes to."""
    _write(document.add_paragraph(), "", 6)
    table = _bare_table(document, (_WIDTH // 2, _WIDTH - _WIDTH // 2), 1)
    _keep_whole(table.rows[0])
    to, by = table.rows[0].cells
    _write(to.paragraphs[0], "Nơi nhận:", 12, bold=True, italic=True)
    for line in (*wording.recipients, "- Lưu: VT."):
        _write(to.add_paragraph(), line, _RECIPIENTS_SIZE)
    _write(by.paragraphs[0], "{{ chuc_vu }}", _BODY, bold=True, align=_CENTRE)
    for _ in range(4):
        _write(by.add_paragraph(), "", _BODY, align=_CENTRE)


def _inspection(document: Doc) -> None:
    _tag(document, "{%p for man in man_hinh %}")
    sheet = document.add_paragraph()
    sheet.add_run().add_break(WD_BREAK.PAGE)
    _write(sheet, "PHIẾU KIỂM TRA MÀN HÌNH", 14, bold=True, align=_CENTRE)
    _write(document.add_paragraph(), "{{ man.cum }}, {{ man.man_hinh }}", 14, align=_CENTRE)
    for line in (
        "Mã thiết bị: {{ man.ma }}",
        "Báo về lần cuối: {{ man.bao_ve }}; đang phát: {{ man.phien_ban }}",
        (
            "Trong {{ ky }}: đã phát {{ man.da_phat }}/{{ man.du_kien }} lượt, "
            "một phần {{ man.mot_phan }}, bỏ qua {{ man.bo_qua }}"
        ),
        "Cần xem kỹ: {{ man.can_xem }}",
    ):
        _write(document.add_paragraph(), line, 13, before=3)
    _write(document.add_paragraph(), "", 6)
    table = document.add_table(1, 4, "Table Grid")
    for check in paper.CHECKS:
        table.add_row().cells[0].paragraphs[0].text = check.vi
    for cell, header in zip(
        table.rows[0].cells, ("Nội dung kiểm tra", "Đạt", "Không đạt", "Ghi chú"), strict=True
    ):
        _write(cell.paragraphs[0], header, 12, bold=True, align=_CENTRE)
    for row in table.rows[1:]:
        text = row.cells[0].paragraphs[0]
        said, text.text = text.text, ""
        _write(text, said, 12)
        for cell in row.cells[1:3]:
            _write(cell.paragraphs[0], "☐", 12, align=_CENTRE)
    _lay_out(table, (80, 18, 22, 45))
    _write(document.add_paragraph(), "Kết luận, kiến nghị:", 13, before=12)
    _dots(document)
    signs = _bare_table(document, (_WIDTH // 2, _WIDTH - _WIDTH // 2), 1)
    for cell, who in zip(signs.rows[0].cells, ("NGƯỜI KIỂM TRA", "ĐẠI DIỆN CỤM"), strict=True):
        _write(cell.paragraphs[0], who, 13, bold=True, align=_CENTRE, before=12)
        _write(cell.add_paragraph(), "(Ngày, ký, họ tên)", 12, italic=True, align=_CENTRE)
    _tag(document, "{%p endfor %}")


# --- Words and lines ----------------------------------------------------------------------------


def _write(  # noqa: PLR0913  what a line of a paper looks like
    paragraph: Paragraph,
    text: str,
    size: float,
    *,
    bold: bool = False,
    italic: bool = False,
    align: WD_ALIGN_PARAGRAPH | None = None,
    before: float = 0,
    after: float = 0,
) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    form = paragraph.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), 1.0
    if align is not None:
        paragraph.alignment = align


def _prose(document: Doc, text: str) -> None:
    paragraph = document.add_paragraph()
    _write(paragraph, text, _BODY, align=WD_ALIGN_PARAGRAPH.JUSTIFY, before=3, after=6)
    paragraph.paragraph_format.first_line_indent = Mm(12.7)
    paragraph.paragraph_format.line_spacing = 1.1


def _dots(document: Doc) -> None:
    line = document.add_paragraph()
    _write(line, "\t", _BODY, after=6)
    line.paragraph_format.tab_stops.add_tab_stop(
        Mm(_WIDTH), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS
    )


def _tag(document: Doc, text: str) -> None:
    _write(document.add_paragraph(), text, 8)


def _line(paragraph: Paragraph, length: float, within: float = _WIDTH) -> None:
    """Draw the line that stands beneath a name: of a length, in the middle, in millimetres."""
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = Mm((within - length) / 2 - 2)
    _write(paragraph, "", 2, before=5, after=6)
    borders = _element("w:pBdr")
    borders.append(_element("w:top", val="single", sz="6", space="1", color="000000"))
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _bare_table(document: Doc, widths: Sequence[int], rows: int) -> Table:
    table: Table = document.add_table(rows, len(widths))
    _lay_out(table, widths)
    return table


def _keep_whole(row: _Row) -> None:
    """Let a row not be parted by the end of a page."""
    row._tr.get_or_add_trPr().append(_element("w:cantSplit"))  # noqa: SLF001


def _lay_out(table: Table, widths: Sequence[int]) -> None:
    """Fix the columns' widths, in millimetres; in the middle where they leave room."""
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    margins = _element("w:tblCellMar")
    for side in ("w:left", "w:right"):
        margins.append(_element(side, w=str(_PADDING), type="dxa"))
    table._tbl.tblPr.append(margins)  # noqa: SLF001
    for place, width in enumerate(widths):
        table.columns[place].width = Mm(width)
        cells: Sequence[_Cell] = table.columns[place].cells
        for cell in cells:
            cell.width = Mm(width)


def _element(name: str, **attributes: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  lxml's
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _field(paragraph: Paragraph, instruction: str) -> None:
    """Write a field that Word reckons: the number of the page."""
    run = paragraph.add_run()
    run.font.size = Pt(13)
    for kind in ("begin", "instruction", "separate", "end"):
        if kind == "instruction":
            asked = _element("w:instrText")
            asked.text = instruction
            run._r.append(asked)  # noqa: SLF001
        else:
            run._r.append(_element("w:fldChar", fldCharType=kind))  # noqa: SLF001
