"""What newsrooms say in sidecars and catalogues, and what they are told to mend."""

import struct
import zipfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_feed.adapters import sheets
from cluster_feed.adapters.sheets.sheet import Sheet, keys_of
from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.caption import Caption
from cluster_feed.core.errors import BadSheet
from cluster_feed.core.labels import Said, caption_of
from cluster_feed.core.vocabulary import Theme

HEADER = ("Tệp", "Tiêu đề", "Chủ đề", "Ngày phát sóng", "Cam kết bí mật")


def workbook(*lines: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.worksheets[0].append(list(line))
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def said(sheet: Sheet, about: str) -> Said:
    (row,) = (row for row in sheet.rows if row.about == about)
    return row.said


def problem(sheet: Sheet) -> str:
    assert sheet.complaint
    return sheet.complaint.facts["problem_vi"]


def yaml(text: str | bytes, name: str = "clip.yaml") -> Sheet:
    return sheets.read(text if isinstance(text, bytes) else text.encode(), name)


# --- Sidecars -----------------------------------------------------------------------------------


def test_a_sidecar_in_vietnamese_and_one_in_english_say_the_same() -> None:
    vietnamese = """
Tiêu đề: Chợ phiên Lao Bảo
Tiêu đề tiếng Anh: Lao Bảo market
Chủ đề: [DU_LICH, Việt Lào]
Kênh: QTV
Chương trình: Thời sự
Ngày phát sóng: 15/11/2026
Cam kết bí mật: có
"""
    english = """
title: {vi: Chợ phiên Lao Bảo, en: Lao Bảo market}
themes: DU_LICH; VIET_LAO
broadcast: {on: 2026-11-15, channel: QTV, programme: Thời sự}
no_state_secrets: yes
"""
    one, other = yaml(vietnamese.replace("Việt Lào", "VIET_LAO")), yaml(english)
    assert one.complaint is None
    assert other.complaint is None
    assert one.rows[0].said == other.rows[0].said
    assert caption_of(one.rows[0].said).broadcast


def test_a_caption_as_the_ledger_keeps_it_can_be_read_back(tmp_path: Path) -> None:
    path = tmp_path / "caption.yml"
    path.write_text(
        "words:\n  vi: {title: Chợ, alt_text: Ảnh}\n  lo: {title: ຕະຫຼາດ}\n"
        "places: [Lao Bảo, Hướng Hóa]\nvietnam_vn: true\n",
        encoding="utf-8",
    )
    caption = sheets.read_sidecar(path)
    assert caption.in_language("lo").title == "ຕະຫຼາດ"
    assert caption.places == ("Lao Bảo", "Hướng Hóa")
    assert caption.vietnam_vn


@pytest.mark.parametrize("name", ["clip.mp4.yaml", "clip.yaml", "thang-11/clip.YML"])
def test_a_sidecar_speaks_of_the_file_whose_name_it_bears(name: str) -> None:
    folder = name.rpartition("/")[0]
    clip = f"{folder}/clip.mp4".lstrip("/")
    shelf = sheets.Shelf()
    shelf.replace(name, yaml("title: Chợ", name))
    assert sheets.merged(shelf.about(clip)) == {("title", "vi"): "Chợ"}
    assert shelf.about("other.mp4") == []
    assert sheets.may_speak_of(name, clip)
    shelf.replace(name, None)
    assert shelf.about(clip) == []


def test_a_name_agrees_in_any_case_and_normal_form() -> None:
    assert set(keys_of("Quảng TRỊ.MP4")) == set(keys_of("quảng trị.mp4"))
    assert list(keys_of("thang.11/clip")) == ["thang.11/clip"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title: [a\nb: c", "dòng 2"),
        ("title: a\nTiêu đê bai: b", "không có mục “Tiêu đê bai”"),
        ("tieu_dee: b", "dòng 1: không có mục “tieu_dee”; hãy viết: Tiêu đề"),
        ("title: ok\ncam kết bí mật: chắc vậy", "dòng 2: “cam kết bí mật”"),
        ("chỉ là một câu", "tên mục: nội dung"),
        ("- a\n- b", "tên mục: nội dung"),
        ("a: &x [1]\nb: *x", "& và *"),
        ("a: {a: {a: {a: {a: {a: {a: 1}}}}}}", "lồng nhau"),
        ("[" * 60_000, "lồng nhau"),
        ("title: " + "x" * 70_000, "64 KB"),
        ("title: a\n---\ntitle: b", "dòng 2"),
        (b"title: \xff\xfe\xfa", "UTF-8"),
        (b"title: a\x07", "sai cách viết"),
        ("ngày phát sóng: 2026-13-45", "25/11/2026"),
        ("title: !!python/object/apply:os.system ['echo']\nchủ đề: x", "không có “x”"),
    ],
)
def test_a_sidecars_mistakes_are_told_with_their_line(text: str | bytes, told: str) -> None:
    sheet = yaml(text)
    assert told in problem(sheet)


def test_an_alias_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 30)]
    assert "& và *" in problem(yaml("\n".join(lines)))


def test_what_is_clear_in_a_bad_sheet_stands() -> None:
    sheet = yaml("title: Chợ\nthemes: Thời tiết\ncreator: An")
    assert sheet.rows[0].said == {("title", "vi"): "Chợ", ("creator", ""): "An"}
    assert sheet.complaint


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_notepads_encodings_are_read(encoding: str) -> None:
    assert yaml("Tiêu đề: Chợ".encode(encoding)).rows[0].said == {("title", "vi"): "Chợ"}


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# chi la ghi chu\n", b"title:\n"])
def test_an_empty_sidecar_says_nothing(content: bytes) -> None:
    sheet = yaml(content)
    assert sheet.rows[0].said == {}
    assert sheet.complaint is None


def test_reading_one_sidecar_for_the_desk_refuses_what_is_not_clear(tmp_path: Path) -> None:
    path = tmp_path / "caption.yaml"
    path.write_text("themes: Thời tiết")
    with pytest.raises(BadSheet, match=r"caption\.yaml"):
        sheets.read_sidecar(path)
    with pytest.raises(BadSheet, match="No such file"):
        sheets.read_sidecar(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "text", ["title: TUYỆT MẬT", "# [MẬT]", "Độ mật: Mật", 'title: "T\\u1ED0I M\\u1EACT"', "MẬT: ["]
)
def test_a_sidecars_marking_is_found_even_in_what_is_not_yaml(text: str) -> None:
    marked = yaml(text).rows[0].marked
    assert marked
    assert marked[1] == "clip.yaml, 1"


def test_the_declaration_itself_is_no_marking() -> None:
    sheet = yaml("CAM KẾT BÍ MẬT: có\nTiêu đề: Mật ong rừng Hướng Hóa")
    assert sheet.rows[0].marked is None
    assert sheet.complaint is None


# --- Catalogues ---------------------------------------------------------------------------------


def test_a_catalogue_says_what_its_rows_say() -> None:
    sheet = sheets.read(
        workbook(
            ("SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH",),
            (),
            HEADER,
            ("clip.mp4", "Chợ phiên", "DU_LICH", datetime(2026, 11, 15), "x"),  # noqa: DTZ001
            ("sub\\ảnh 1", "Cửa khẩu", "Thương mại; VIET_LAO", "16/11/2026", True),
            (None, None, None, None, None),
            ("2026", 2026, None, None, None),
        ),
        "thang-11/Danh mục.xlsx",
    )
    assert sheet.complaint is None
    assert said(sheet, "thang-11/clip.mp4")["broadcast_on", ""] == date(2026, 11, 15)
    assert said(sheet, "thang-11/sub/ảnh 1")["themes", ""] == (Theme.TRADE, Theme.LAOS)
    assert said(sheet, "thang-11/2026") == {("title", "vi"): "2026"}
    assert caption_of(said(sheet, "thang-11/clip.mp4")).no_state_secrets


def test_each_bad_cell_is_named_and_the_rest_stands() -> None:
    sheet = sheets.read(
        workbook(
            HEADER,
            ("a.mp4", "Chợ", "Thời tiết", "hôm qua", "có"),
            (None, "Không tên", "DU_LICH", None, None),
        ),
        "danh-muc.xlsx",
    )
    for cell in ("ô C2: “Chủ đề”", "ô D2: “Ngày phát sóng”", "ô A3: thiếu tên tệp"):
        assert cell in problem(sheet)
    assert said(sheet, "a.mp4")["title", "vi"] == "Chợ"
    assert sheet.complaint
    assert "cell C2" in sheet.complaint.facts["problem_en"]


def test_many_mistakes_are_counted_not_all_listed() -> None:
    rows = [(f"{n}.mp4", "Chợ", "Thời tiết", None, None) for n in range(40)]
    assert "và 32 chỗ khác" in problem(sheets.read(workbook(HEADER, *rows), "danh-muc.xlsx"))


def test_formulas_and_errors_are_not_computed() -> None:
    content = workbook(HEADER, ("a.mp4", '=HYPERLINK("http://127.0.0.1","x")', "#N/A", None, "có"))
    sheet = sheets.read(content, "danh-muc.xlsx")
    assert said(sheet, "a.mp4") == {("no_state_secrets", ""): True}


@pytest.mark.parametrize(
    "name", ["danh-muc.xlsm", "danh-muc.xls", "danh-muc.csv", "danh-muc.ods", "Báo cáo.xlsx"]
)
def test_another_workbook_is_told_the_right_name(name: str) -> None:
    assert "danh-muc.xlsx" in problem(sheets.read(workbook(HEADER), name))


def zipped(parts: dict[str, bytes]) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def repacked(content: bytes, **changes: bytes) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    by_stem = {name.rpartition("/")[2].partition(".")[0]: name for name in parts}
    return zipped({**parts, **{by_stem.get(stem, stem): part for stem, part in changes.items()}})


GOOD = workbook(HEADER, ("a.mp4", "Chợ", "DU_LICH", None, None))
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
SPARSE = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="str"><v>T\xe1\xbb\x87p</v></c><c r="XFD1" t="str"><v>x</v></c></row>
<row r="1048576"><c r="A1048576" t="str"><v>y</v></c></row></sheetData></worksheet>"""


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\0" * 100, b"PK\x03\x04", b"<html><table>", GOOD[:-200], GOOD[: len(GOOD) // 2]),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        repacked(GOOD, bomb=b"\0" * (40 << 20)),
        repacked(GOOD, sheet1=b"<worksheet><sheetData><row>"),
        repacked(GOOD, workbook=b"<workbook/>"),
        repacked(GOOD, sheet1=LAUGHS),
        repacked(GOOD, sheet1=SPARSE),
        zipped({"[Content_Types].xml": b"<x/>"}),
        zipped({str(number): b"" for number in range(600)}),
        b"\0" * (6 << 20),
        workbook(("chỉ", "có", "chữ")),
        workbook(),
    ],
)
def test_a_hostile_workbook_is_a_complaint(content: bytes) -> None:
    sheet = sheets.read(content, "danh-muc.xlsx")
    assert sheet.rows == ()
    assert problem(sheet)


def test_a_size_that_the_archive_lies_about_is_not_exceeded() -> None:
    bomb = bytearray(repacked(GOOD, styles=b" " * (60 << 20)))
    with zipfile.ZipFile(BytesIO(bytes(bomb))) as archive:
        at = bomb.rindex(b"PK\x01\x02", 0, bomb.rindex(b"xl/styles.xml"))
        assert archive.getinfo("xl/styles.xml").file_size == 60 << 20
    bomb[at + 24 : at + 28] = struct.pack("<I", 100)
    assert problem(sheets.read(bytes(bomb), "danh-muc.xlsx"))


def test_more_rows_than_are_read_are_told() -> None:
    rows = [(f"{n}.jpg", "Chợ", None, None, None) for n in range(5100)]
    sheet = sheets.read(workbook(HEADER, *rows), "danh-muc.xlsx")
    assert "5000" in problem(sheet)
    assert len(sheet.rows) == 4999


def test_a_catalogues_markings_are_found_wherever_they_stand() -> None:
    title = workbook(("TÀI LIỆU MẬT",), HEADER, ("a.mp4", "x", None, None, None))
    column = workbook(("Tệp", "Tiêu đề", "Độ mật"), ("a.mp4", "x", "Mật"), ("b.mp4", "y", "không"))
    assert sheets.read(title, "danh-muc.xlsx").rows[0].marked == ("MẬT", "danh-muc.xlsx, A1")
    one, other = sheets.read(column, "danh-muc.xlsx").rows
    assert one.marked
    assert one.marked[1] == "danh-muc.xlsx, C2"
    assert other.marked is None


def test_a_sidecar_stands_over_a_catalogue_that_names_the_file_in_full() -> None:
    shelf = sheets.Shelf()
    shelf.replace("clip.yaml", yaml("title: Phiếu riêng"))
    rows = workbook(("Tệp", "Tiêu đề", "Mô tả"), ("clip.mp4", "Danh mục", "Danh mục"))
    shelf.replace("danh-muc.xlsx", sheets.read(rows, "danh-muc.xlsx"))
    caption = caption_of(sheets.merged(shelf.about("clip.mp4")))
    assert caption.title == "Phiếu riêng"
    assert caption.in_language("vi").description == "Danh mục"


def test_a_files_own_texts_keep_their_language() -> None:
    embedded = {
        "xmp:dc:title": "Market",
        "xmp:dc:title@vi-VN": "Chợ",
        "xmp:dc:title@en": "Market",
        "xmp:dc:title@x-repair": "?",
        "iptc:byline": "An\x00",
        "format:title": "Sequence 01",
        "xmp:dc:rights": "x" * 999,
    }
    caption = caption_of(sheets.said_in_file(embedded))
    assert (caption.title, caption.in_language("en").title) == ("Chợ", "Market")
    assert caption.creator == "An"
    assert len(caption.rights_holder) == 300
    assert set(caption.words) == {"vi", "en"}
    assert caption_of(sheets.said_in_file({})) == Caption()


LABELS = st.sampled_from(["Tiêu đề", "Chủ đề", "title", "x", "broadcast", "Tệp", "words"])
TREES = st.recursive(
    st.text() | st.none() | st.dates() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LABELS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
    )
)
def test_whatever_lies_in_a_sidecar_it_is_read_or_complained_of(content: bytes) -> None:
    for row in yaml(content).rows:
        caption_of(row.said)


@settings(max_examples=40, deadline=None)
@given(TREES)
def test_whatever_is_nested_in_a_sidecar_it_is_read_or_complained_of(tree: object) -> None:
    import yaml as writer  # noqa: PLC0415  the name is the helper's

    for row in yaml(writer.safe_dump(tree, allow_unicode=True)).rows:
        caption_of(row.said)


# --- Subtitles ----------------------------------------------------------------------------------


def subtitled(text: str) -> tuple[list[tuple[float, float, str]], str]:
    """The cues that are read in a file, and the complaint about it."""
    sheet = sheets.read(text.encode(), "clip.srt")
    cues = [cue for row in sheet.rows for found in row.said.values() for cue in found]
    told = sheet.complaint.message(Tongue.VI) if sheet.complaint else ""
    return [(cue.from_seconds, cue.to_seconds, cue.text) for cue in cues], told


@pytest.mark.parametrize(
    "times",
    [
        "00:00:01,500 --> 00:00:03,000",
        "00:00:01.500 --> 00:00:03.000 align:start",
        "00:01.500 --> 00:03.000",
        "0:0:1,5-->0:0:3",
        "00:00:01,500 -> 00:00:03,000",
        "00:00:01,500 → 00:00:03,000",
        "00:00:01,500 à 00:00:03,000",
        "00:00:01,500 --&gt; 00:00:03,000",
        "00: 00: 01, 500 – > 00: 00: 03, 000",
        "\ufeff\u200e00:00:01,500123 --> 00:00:03\u200e",
    ],
)
def test_times_that_can_only_mean_one_thing_are_read_however_they_are_written(times: str) -> None:
    cues = [(1.5, 3.0, "Xin chào")]
    assert subtitled(f"1\n{times}\nXin chào\n") == (cues, "")
    assert subtitled(f"{times}\nXin chào\n\n2\n{times}\nXin chào\n") == (2 * cues, "")


@pytest.mark.parametrize(
    "times",
    [
        "0:01 --> 0:03",
        "0:01 → 0:03",
        "00:00:01:500 -> 00:00:03:000",
        "00.00.01,500 -> 00.00.03,000",
        "00:00:01,500 - 00:00:03,000",
        "00:00:01.50,00:00:03.00",
        "00:00:01,500 00:00:03,000",
        "00:61:01,500 --> 00:62:01,500",
        "00:00:01,500 -->",
        "໐໐:໐໐:໐໑,໕໐໐ --> ໐໐:໐໐:໐໓,໐໐໐",
    ],
)
def test_times_that_are_not_clear_are_told_with_their_line(times: str) -> None:
    told = "dòng 6: giờ viết như 00:01:02,500 --> 00:01:05,000. Hãy"
    cues, complaint = subtitled(f"1\n00:00:00,000 --> 00:00:01,000\nMột\n\n2\n{times}\nHai\n")
    assert (cues, told in complaint) == ([(0.0, 1.0, "Một")], True)
    _, complaint = subtitled(f"{times}\nHai\n")
    assert "dòng 1: giờ viết như" in complaint
    assert "không có đoạn phụ đề nào" not in complaint


def test_words_that_look_like_times_are_words() -> None:
    words = "Mở cửa\n07:00 → 17:00\n0233 3852 111"
    first, second = f"00:00:01,000 -> 00:00:02,000\n{words}", "00:00:03,000 -> 00:00:04,000\nHai"
    assert subtitled(f"{first}\n\n{second}\n") == ([(1, 2, words), (3, 4, "Hai")], "")
    assert subtitled(f"{first}\n{second}\n") == ([(1, 2, words), (3, 4, "Hai")], "")


def test_subtitles_that_end_before_they_begin_or_are_none_are_told_as_that() -> None:
    _, told = subtitled("00:00:03,000 --> 00:00:02,000\nNgược\n")
    assert "dòng 1: giờ kết thúc phải sau giờ bắt đầu. Hãy" in told
    _, told = subtitled("{0}{25}Xin chào\n")
    assert "không có đoạn phụ đề nào: chữ đứng dưới một dòng giờ (giờ viết như 00:01" in told


@given(st.text(alphabet="0123456789:.,;->→à \n\u200ea", max_size=60))
def test_whatever_stands_in_subtitles_they_are_read_or_complained_of(text: str) -> None:
    cues, _ = subtitled(text)
    assert all(begin < end and words for begin, end, words in cues)
