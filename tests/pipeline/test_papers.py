"""The department's papers, drawn up from a month's real record."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import docx
import pytest
from docx.document import Document
from openpyxl import load_workbook
from PIL import Image

from cluster_feed.adapters.papers import chart
from cluster_feed.adapters.papers.wording import WORDING
from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Broadcast, Caption, Words
from cluster_feed.core.errors import (
    NoSuchCluster,
    NoSuchEdition,
    NoSuchNewsroom,
    NoSuchPackage,
    NothingToPaper,
    TemplateBroken,
)
from cluster_feed.core.paper import Order, Paper, PaperKind, readable
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import Gap, Life
from cluster_feed.core.span import Span
from cluster_feed.core.vocabulary import Genre
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import papers, service
from cluster_feed.workspace import Workspace
from tests.material import NOW as RECEIVED
from tests.material import admit, caption, play
from tests.office import never_closes, opened
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW

NEWSROOMS = """
[[newsrooms]]
slug = "so-vhttdl"
title = "Sở Văn hóa, Thể thao và Du lịch"
kind = "co-quan"

[[newsrooms]]
slug = "bao-dai"
title = "Báo và phát thanh, truyền hình"
kind = "dai"
"""
TODAY = NOW.astimezone(ZONE).date()
MONTH = Span(begins=TODAY, ends=TODAY + timedelta(days=2))
LATER = NOW + timedelta(days=5)
HOSTILE = (
    "<w:p>&amp; ]]></w:t> \"'",
    "a\x00b\x0bc\x1fd\ud800e\ufffe",
    "\u202eRTL\u2066 שלום مرحبا ສະບາຍດີ",
    "x" * 10_000,
    "=cmd|'/c calc'!A1",
    "{{ 7*7 }}{% for x in y %}{# #}{_{ 1 }_}",
    "{{ ''.__class__.__mro__ }}",
    "dòng 1\ndòng 2\tcột\r\n\f\a",
)


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    return never_closes(opened(tmp_path / "hub", NEWSROOMS))


@pytest.fixture
def month(workspace: Workspace) -> str:
    """What is published: two clips; played: one of them, once, and skipped once."""
    supply(workspace, "Chợ phiên", "Sông Sê Pôn")
    name = show_last_month(workspace)
    programme = ledger.Programme.live("lao-bao")
    assert programme
    asset = programme.to_value().entries[0].asset
    for row, (outcome, reason) in enumerate((("played", ""), ("skipped", "BlobDamaged")), start=1):
        play(
            asset,
            row,
            outcome,
            edition=programme.edition.number,
            began_at=NOW + timedelta(hours=1),
            reason=reason,
        )
    return name


def draw(
    workspace: Workspace, kind: PaperKind, span: Span = MONTH, of: str = "", now: datetime = LATER
) -> Paper:
    return papers.gather(workspace, now, Order(kind=kind, span=span, of=of), {"an": "Trần Thị An"})


def about(workspace: Workspace, kind: PaperKind) -> Paper:
    """A paper of these days; the edition was drafted for a month of its own."""
    of = ledger.Edition.objects.get().name if kind is PaperKind.APPROVAL else ""
    return draw(workspace, kind, of=of)


def said(document: bytes) -> str:
    """All that a document of Word says."""
    return "\n".join(_texts(docx.Document(io.BytesIO(document))))


def _texts(document: Document) -> Iterator[str]:
    for paragraph in document.paragraphs:
        yield paragraph.text
    for table in document.tables:
        for row in table.rows:
            yield "\t".join(cell.text for cell in row.cells)


def package(name: str) -> ledger.Package:
    """A package as it stands in the record."""
    edition = ledger.Edition.objects.get(name=name)
    made = ledger.Package.objects.create(
        edition=edition, name="QTR-TTDN_v01.zip", sha256="a" * 64, assets=1, at=NOW
    )
    asset = ledger.Asset.objects.order_by("pk").first()
    assert asset
    made.items.create(code="QTR-0001", asset=asset, version=1, change="new", content="b" * 64)
    return made


# --- Every paper --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(PaperKind))
def test_every_paper_is_a_draft_that_nobody_has_numbered_or_dated(
    workspace: Workspace, month: str, kind: PaperKind
) -> None:
    package(month)
    paper = about(workspace, kind)
    text = said(papers.document(workspace, paper))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH TỈNH QUẢNG TRỊ" in text
    assert "Số:            /" in text
    assert "ngày …… tháng …… năm ………" in text
    assert "Nơi nhận:" in text
    assert WORDING[kind].title in text
    assert not {"{{", "{%", "None", "[]"} & set(text.split())
    book = load_workbook(io.BytesIO(papers.annex(paper)))
    assert book.sheetnames[1:] == [table.title for table in kind.tables]


@pytest.mark.parametrize("kind", list(PaperKind))
def test_the_layout_is_the_decrees(workspace: Workspace, month: str, kind: PaperKind) -> None:
    package(month)
    document = docx.Document(io.BytesIO(papers.document(workspace, about(workspace, kind))))
    (section,) = document.sections
    page = [round(length.mm) for length in (section.page_width, section.page_height) if length]
    assert page == [210, 297]
    assert section.left_margin
    assert section.right_margin
    assert section.top_margin
    assert 30 <= round(section.left_margin.mm) <= 35
    assert 15 <= round(section.right_margin.mm) <= 20
    assert 20 <= round(section.top_margin.mm) <= 25
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml  # noqa: SLF001
    assert not section.first_page_header.paragraphs[0].text
    assert document.styles["Normal"].font.name == "Times New Roman"


@pytest.mark.parametrize("kind", list(PaperKind))
def test_the_same_record_gives_the_same_bytes(
    workspace: Workspace, month: str, kind: PaperKind
) -> None:
    package(month)
    first, second = (about(workspace, kind) for _ in range(2))
    assert papers.document(workspace, first) == papers.document(workspace, second)
    assert papers.annex(first) == papers.annex(second)


@pytest.mark.parametrize("kind", list(PaperKind))
def test_no_table_has_the_name_of_a_fact(workspace: Workspace, month: str, kind: PaperKind) -> None:
    package(month)
    names = {table.key for table in kind.tables}
    assert not names & about(workspace, kind).facts.keys()


def test_an_archive_tells_no_time_of_its_making(workspace: Workspace, month: str) -> None:
    made = papers.document(workspace, draw(workspace, PaperKind.REPORT))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("kind", list(PaperKind))
def test_somebodys_words_are_only_words(workspace: Workspace, month: str, kind: PaperKind) -> None:
    package(month)
    row = ledger.Asset.objects.earliest("pk")
    for words in HOSTILE:
        kept = words.replace("\x00", "").replace("\ud800", "")
        row.caption["words"]["vi"]["title"] = kept
        ledger.Asset.objects.filter(pk=row.pk).update(caption=row.caption, name=kept)
        ledger.Rejection.objects.create(newsroom="x", name=kept, code="EmptyFile", at=NOW)
        paper = about(workspace, kind)
        facts = {**paper.facts, "ten_co_quan": readable(words)}
        paper = paper.model_copy(update={"facts": facts, "notes": (readable(words),)})
        text = said(papers.document(workspace, paper))
        assert "49" not in text.split()
        assert "\u202e" not in text
        if len(words) < 100 and words.startswith(("<", "=")):
            assert words in text
        book = load_workbook(io.BytesIO(papers.annex(paper)))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]


# --- What each says -----------------------------------------------------------------------------


def test_the_report_counts_what_the_record_proves(workspace: Workspace, month: str) -> None:
    paper = draw(workspace, PaperKind.REPORT)
    facts = paper.facts
    assert (facts["so_phien_ban"], facts["cac_phien_ban"]) == (1, month)
    assert (facts["so_dua_vao_phat"], facts["so_da_phat"]) == (2, 1)
    assert facts["luot_da_phat"] == 1
    assert isinstance(facts["luot_du_kien"], int)
    assert facts["luot_du_kien"] > 0
    assert facts["loai_bao_cao"] == "đột xuất"
    (own, broadcaster) = paper.rows["don_vi"]
    assert own == ("Sở Văn hóa, Thể thao và Du lịch", 0, 2, 1, 0, 0, 0, None)
    assert broadcaster == ("Báo và phát thanh, truyền hình", 0, 0, 0, 0, 0, 0, None)
    assert paper.rows["chu_de"] == (("Du lịch", 0, 2, 1, 0, 0),)
    assert paper.rows["the_loai"] == (("(chưa ghi)", 0, 2, 1, 0, 0),)
    assert paper.rows["ngon_ngu"] == (("tiếng Việt", 0, 2, 1, 0, 0),)


def test_the_report_groups_by_unit_theme_form_and_language(workspace: Workspace) -> None:
    english = Words(title="Market", description="d", alt_text="a")
    says = caption("Chợ", themes=["DU_LICH", "BIEN_GIOI"], genre=Genre.REPORTAGE)
    says = says.model_copy(update={"words": {**says.words, "en": english}})
    admit(workspace, "chợ.mp4", says=says)
    day = RECEIVED.date()
    paper = draw(workspace, PaperKind.REPORT, Span(begins=day, ends=day))
    assert [row[:2] for row in paper.rows["chu_de"]] == [
        ("Biên giới, chủ quyền lãnh thổ trên đất liền", 1),
        ("Du lịch", 1),
    ]
    assert paper.rows["the_loai"][0][:2] == ("Phóng sự", 1)
    assert {row[0] for row in paper.rows["ngon_ngu"]} == {"tiếng Việt", "tiếng Anh"}
    assert paper.facts["so_tiep_nhan"] == 1
    assert paper.facts["ty_le_tieng_anh"] is None, "nothing was shown, so there is no share of it"
    tasks = {row[1]: row[3] for row in paper.rows["nhiem_vu"]}
    assert tasks["Thông tin về du lịch"] == "tiếp nhận 1, đưa vào phát 0, có phát 0 nội dung"
    assert tasks["Thiết lập lại cụm La Lay"] is None


def test_a_report_of_last_year_keeps_that_years_plan(workspace: Workspace) -> None:
    path = workspace.root / "cluster-feed.toml"
    written = path.read_text(encoding="utf-8")
    again = (
        '[[deadlines.again]]\nplan = "quang-tri-2026"\nyear = 2027\nbasis = "KH 5/2027, mục V"\n'
    )
    path.write_text(f"{written}\n{again}", encoding="utf-8")
    again_read = Workspace.load(workspace.root)
    last = draw(again_read, PaperKind.REPORT, Span.parse("2026"))
    this = draw(again_read, PaperKind.REPORT, Span.parse("2027"))
    assert "năm 2026" in str(last.facts["ke_hoach"])
    assert this.facts["ke_hoach"] == "KH 5/2027, mục V"
    assert len(last.rows["nhiem_vu"]) == len(this.rows["nhiem_vu"])


def test_a_report_of_a_year_without_a_plan_leaves_its_tasks_out(workspace: Workspace) -> None:
    paper = draw(workspace, PaperKind.REPORT, Span.parse("2031"))
    assert paper.rows["nhiem_vu"] == ()
    assert any("Chưa đặt kế hoạch nào cho năm 2031" in note for note in paper.notes)


def test_of_a_cluster_out_of_service_nothing_is_planned_and_the_reason_told(
    workspace: Workspace, month: str
) -> None:
    service.stop(workspace, NOW, "la-lay", "hư hỏng, chờ thay thế", "lan")
    workspace = Workspace.load(workspace.root)
    report = draw(workspace, PaperKind.REPORT)
    (dead,) = [row for row in report.rows["cum"] if row[0] == workspace.clusters["la-lay"].title]
    assert dead[1:] == ("ngừng phục vụ", 1, None, 0, 0, 0, None, "hư hỏng, chờ thay thế")
    log = draw(workspace, PaperKind.PLAYED, of="la-lay")
    assert [row[2] for row in log.rows["man_hinh"]] == [None]
    assert "hư hỏng" in " ".join(log.notes)
    assert any(
        row[2:] == ("ngừng phục vụ cụm", "lý do: hư hỏng, chờ thay thế")
        for row in log.rows["su_co"]
    )
    gates = said(papers.document(workspace, draw(workspace, PaperKind.GATES)))
    assert "hư hỏng, chờ thay thế" in gates
    assert "PHIẾU KIỂM TRA MÀN HÌNH" in gates


def test_the_log_tells_planned_played_and_why_not(workspace: Workspace, month: str) -> None:
    paper = draw(workspace, PaperKind.PLAYED, of="lao-bao")
    led = [row for row in paper.rows["man_hinh"] if "LED" in str(row[1])]
    (row,) = led
    assert isinstance(row[2], int)
    assert row[2] > 0
    assert row[3:6] == (1, 0, 1)
    (why,) = paper.rows["vi_sao"]
    assert "hỏng" in str(why[3])
    assert why[4] == 1
    days = {row[2] for row in paper.rows["ngay"]}
    assert days == set(MONTH.days())


def test_proof_that_never_arrived_is_noted(workspace: Workspace, month: str) -> None:
    ledger.Device.objects.create(
        cluster="lao-bao",
        screen="led",
        keyid="d" * 64,
        public="e" * 64,
        seen_at=NOW,
        admitted_at=NOW,
        told=Life(
            row=9, gaps=(Gap(first=3, last=5, previous="0" * 64, sha256="1" * 64),)
        ).model_dump(mode="json"),
    )
    paper = draw(workspace, PaperKind.PLAYED, of="lao-bao")
    assert any("còn thiếu 3 dòng nhật ký phát" in note for note in paper.notes)


def test_the_approval_sheet_has_the_playlist_and_who_signed(
    workspace: Workspace, month: str
) -> None:
    paper = draw(workspace, PaperKind.APPROVAL, of=month)
    assert paper.facts["so_chu_ky"] == 2
    assert paper.rows["chu_ky"][0][0] == "Trần Thị An"
    assert {row[2] for row in paper.rows["danh_sach"]} == {"Chợ phiên", "Sông Sê Pôn"}
    assert len({row[0] for row in paper.rows["danh_sach"]}) == len(workspace.clusters)
    edition = ledger.Edition.objects.get(name=month)
    month_of_it = Span.parse(edition.cycle)
    assert draw(workspace, PaperKind.APPROVAL, month_of_it).of == month


def test_the_intake_slip_has_what_came_what_was_refused_and_what_is_missing(
    workspace: Workspace,
) -> None:
    aired = Broadcast(on=date(2026, 11, 2), channel="QRTV", programme="Thời sự")
    row = admit(workspace, "tin.mp4", says=caption("Tin", broadcast=aired))
    photo = admit(workspace, "ảnh.jpg", kind=Kind.PHOTO, says=Caption(), hours=1)
    for each in (row, photo):
        each.newsroom = "bao-dai"
        each.save()
    ledger.Rejection.objects.create(newsroom="bao-dai", name="x.exe", code="EmptyFile", at=RECEIVED)
    ledger.Rejection.objects.create(
        newsroom="so-vhttdl", name="y.exe", code="EmptyFile", at=RECEIVED
    )
    day = Span(begins=RECEIVED.date(), ends=RECEIVED.date())
    paper = draw(workspace, PaperKind.INTAKE, day, of="bao-dai")
    clip, still = paper.rows["noi_dung"]
    assert clip[3] == "Tin"
    assert clip[8:11] == (date(2026, 11, 2), "QRTV", "Thời sự")
    assert clip[-1] == ""
    assert clip[6] == "0:20"
    assert (still[3], still[5], still[6]) == ("ảnh.jpg", "Ảnh", None)
    assert "tiêu đề tiếng Việt" in str(still[-1])
    assert [row[3] for row in paper.rows["tra_lai"]] == ["x.exe"]
    assert paper.facts["so_con_thieu"] == 1


def test_a_package_has_its_letter_with_the_list(workspace: Workspace, month: str) -> None:
    package(month)
    paper = draw(workspace, PaperKind.PACKAGE)
    assert paper.of == "QTR-TTDN_v01"
    assert paper.rows["bang_ke"][0][:2] == (1, "QTR-0001")
    assert paper.facts["dung_luong_mb"] is None, "the file is not here, so nobody can tell"
    text = said(papers.document(workspace, paper))
    assert "Kính gửi: Bộ Văn hóa, Thể thao và Du lịch" in text
    assert "Dung lượng …… MB" in text
    assert draw(workspace, PaperKind.PACKAGE, of="QTR-TTDN_v01.zip").rows == paper.rows


def test_what_is_not_there_is_refused_by_name(workspace: Workspace) -> None:
    wanted = [
        (PaperKind.INTAKE, "nobody", NoSuchNewsroom),
        (PaperKind.APPROVAL, "2031-01", NoSuchEdition),
        (PaperKind.PLAYED, "hanoi", NoSuchCluster),
        (PaperKind.PACKAGE, "../../etc/passwd", NoSuchPackage),
        (PaperKind.APPROVAL, "", NothingToPaper),
        (PaperKind.PACKAGE, "", NothingToPaper),
    ]
    for kind, of, error in wanted:
        with pytest.raises(error):
            draw(workspace, kind, of=of)


def test_numbers_and_days_in_an_annex_are_numbers_and_days(workspace: Workspace) -> None:
    admit(workspace, "tin.mp4")
    day = Span(begins=RECEIVED.date(), ends=RECEIVED.date())
    book = load_workbook(io.BytesIO(papers.annex(draw(workspace, PaperKind.INTAKE, day))))
    sheet = book["Nội dung tiếp nhận"]
    assert sheet.freeze_panes == "B2"
    number, received = sheet["A2"], sheet["B2"]
    assert number.value == 1
    assert received.value == RECEIVED.replace(tzinfo=None) + timedelta(hours=7)
    assert received.number_format == "dd/mm/yyyy hh:mm"


def test_the_reports_annex_draws_charts(workspace: Workspace, month: str) -> None:
    report = draw(workspace, PaperKind.REPORT)
    made = papers.annex(report)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        drawn = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
    assert len(drawn) == len(with_figures(report))


def with_figures(report: Paper) -> list[str]:
    return [each.key for each in report.kind.tables if each.charted and report.rows[each.key]]


def test_the_report_itself_has_the_charts_of_what_can_be_compared(
    workspace: Workspace, month: str
) -> None:
    report = draw(workspace, PaperKind.REPORT)
    made = papers.document(workspace, report)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        drawn = [name for name in archive.namelist() if name.startswith("word/media/")]
    compared = [key for key in with_figures(report) if len(report.rows[key]) > 1]
    assert 0 < len(drawn) <= len(compared)
    assert len(docx.Document(io.BytesIO(made)).inline_shapes) == len(compared)
    assert papers.document(workspace, report) == made, "the same figures, the same pictures"


def test_who_signs_for_another_has_a_line_of_their_own(workspace: Workspace) -> None:
    path = workspace.root / "cluster-feed.toml"
    written = path.read_text(encoding="utf-8")
    path.write_text(
        f'{written}\n[sender]\nsignatory = "KT. Giám đốc\\nPhó Giám đốc"\n', encoding="utf-8"
    )
    report = draw(Workspace.load(workspace.root), PaperKind.REPORT)
    assert "KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC" in said(papers.document(workspace, report))


def test_a_chart_holds_whatever_its_labels_and_figures_are() -> None:
    labels = [*HOSTILE, "", "một hai ba " * 40]
    figures = [0, 1, 10**12, 3.5, *range(len(labels) - 4)]
    drawn = chart.bars([readable(each) for each in labels], {"Dự kiến": figures, "": figures})
    assert drawn == chart.bars([readable(e) for e in labels], {"Dự kiến": figures, "": figures})
    with Image.open(io.BytesIO(drawn)) as picture:
        assert picture.width == 1600


def test_a_report_counts_by_kind_and_takes_no_copied_title_for_english(
    workspace: Workspace, month: str
) -> None:
    (first, second) = ledger.Asset.objects.order_by("pk")
    for row, english in ((first, "Chợ phiên!"), (second, "The river")):
        row.caption["words"]["vi"]["title"] = "chợ phiên"
        row.caption["words"]["en"] = {"title": english}
        row.save()
    report = draw(workspace, PaperKind.REPORT)
    assert report.facts["ty_le_tieng_anh"] == 50
    assert [(row[0], row[2]) for row in report.rows["loai_hinh"]] == [("Video", 2)]


def test_a_report_tells_the_days_from_the_letter_to_the_page(
    workspace: Workspace, month: str
) -> None:
    edition, today = ledger.Edition.objects.get(name=month), TODAY
    package = ledger.Package.objects.create(
        edition=edition, name="x.zip", sha256="a" * 64, assets=2, at=NOW - timedelta(days=9)
    )
    for number, row in enumerate(ledger.Asset.objects.order_by("pk")):
        package.items.create(code=f"Q-{number}", asset=row, version=1, change="new")
        row.postings.create(url="https://x/", on=today, by="lan", at=NOW)
    package.sendings.create(letter="1", on=today - timedelta(days=7), way="usb", by="lan", at=NOW)
    report = draw(workspace, PaperKind.REPORT, MONTH)
    assert (report.facts["so_ngay_dang"], report.facts["so_ngay_dang_lau_nhat"]) == (7, 7)
    assert 7 in [row[-1] for row in report.rows["don_vi"]]
    assert "mất 7 ngày" in said(papers.document(workspace, report))


def test_a_long_table_is_whole_in_the_annex_only(workspace: Workspace) -> None:
    ledger.Rejection.objects.bulk_create(
        ledger.Rejection(newsroom="x", name=f"{each}.exe", code="EmptyFile", at=NOW)
        for each in range(450)
    )
    paper = draw(workspace, PaperKind.INTAKE)
    text = said(papers.document(workspace, paper))
    assert "Bảng “Tệp trả lại” in 400 trong 450 dòng" in text
    assert "399.exe" in text
    assert "400.exe" not in text
    sheet = load_workbook(io.BytesIO(papers.annex(paper)))["Tệp trả lại"]
    assert sheet.max_row == 451


# --- Templates ----------------------------------------------------------------------------------


def test_a_template_that_officials_changed_wins(workspace: Workspace, month: str) -> None:
    laid = papers.lay_out_templates(workspace)
    assert {path.name for path in laid} == {f"{kind}.docx" for kind in PaperKind}
    path = papers.template_of(workspace, PaperKind.REPORT)
    changed = docx.Document(str(path))
    changed.add_paragraph("Phòng Thông tin soạn {{ ky }}, {{ so_phien_ban }} phiên bản.")
    changed.save(str(path))
    assert papers.lay_out_templates(workspace) == [], "what people changed is not laid out again"
    text = said(papers.document(workspace, draw(workspace, PaperKind.REPORT)))
    assert f"Phòng Thông tin soạn {MONTH.called}, 1 phiên bản." in text


@pytest.mark.parametrize(
    "words",
    [
        "{{ khong_co_muc_nay }}",
        "{% for dong in cum %}",
        "{{ 1 +",
        "{{ ''.__class__.__mro__ }}",
        "{{ 1 // 0 }}",
        "{{ ky | khong_co }}",
        "{% include 'x' %}",
    ],
)
def test_a_broken_template_says_who_must_mend_what(
    workspace: Workspace, month: str, words: str
) -> None:
    papers.lay_out_templates(workspace)
    path = papers.template_of(workspace, PaperKind.REPORT)
    changed = docx.Document(str(path))
    changed.add_paragraph(words)
    changed.save(str(path))
    with pytest.raises(TemplateBroken) as caught:
        papers.document(workspace, draw(workspace, PaperKind.REPORT))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_a_template_that_is_no_document_is_told(
    workspace: Workspace, month: str, content: bytes
) -> None:
    path = papers.template_of(workspace, PaperKind.REPORT)
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(TemplateBroken):
        papers.document(workspace, draw(workspace, PaperKind.REPORT))
