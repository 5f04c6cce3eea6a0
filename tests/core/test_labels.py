"""The words by which newsrooms name fields and write values."""

import unicodedata
from datetime import date, datetime

import hypothesis.strategies as st
import pytest
from hypothesis import given

from cluster_feed.core.caption import Broadcast, Caption, Words
from cluster_feed.core.labels import (
    Key,
    UnclearError,
    caption_of,
    field_called,
    meaning,
    nearest_label,
    said_in,
)
from cluster_feed.core.vocabulary import Genre, InformationClass, RepublishBasis, Theme


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Tệp", ("file", "")),
        ("TÊN TỆP", ("file", "")),
        ("Tieu de", ("title", "vi")),
        (unicodedata.normalize("NFD", "Tiêu đề"), ("title", "vi")),
        ("Tiêu đề (tiếng Anh)", ("title", "en")),
        ("title_lo", ("title", "lo")),
        ("words vi title", ("title", "vi")),
        ("Mô tả tiếng Lào", ("description", "lo")),
        ("Văn bản thay thế", ("alt_text", "vi")),
        ("Chủ đề:", ("themes", "")),
        ("Đề xuất Vietnam.vn", ("vietnam_vn", "")),
        ("Căn cứ phát lại", ("republish_basis", "")),
        ("Ngày phát sóng", ("broadcast_on", "")),
        ("broadcast on", ("broadcast_on", "")),
        ("broadcast channel", ("channel", "")),
        ("Cam kết bí mật", ("no_state_secrets", "")),
        ("Cộng tác", ("contributors", "")),
        ("Cho phép Bộ sử dụng", ("licence_granted", "")),
        ("Hết hạn quyền", ("rights_until", "")),
        ("Đồng ý hình ảnh", ("consent", "")),
        ("Nguồn số", ("digital_source", "")),
        ("STT", None),
        ("Ghi chú", None),
        ("", None),
    ],
)
def test_a_label_is_known_in_any_spelling(label: str, key: Key | None) -> None:
    assert field_called(label) == key


def test_every_field_of_a_caption_has_a_label() -> None:
    fields = set(Caption.model_fields) - {"words", "broadcast", "subtitles"}
    assert {field for name in fields if (key := field_called(name)) for field in key} >= fields


def test_a_misspelt_label_finds_its_neighbour() -> None:
    assert nearest_label("Tiêu đê bài") is None
    assert nearest_label("Tieu dee") == "Tiêu đề"
    assert nearest_label("STT") is None


@pytest.mark.parametrize(
    ("written", "themes"),
    [
        ("DU_LICH", (Theme.TOURISM,)),
        ("du lịch; OCOP", (Theme.TOURISM, Theme.FARM_PRODUCTS)),
        ("Biển, đảo; Hoàng Sa, Trường Sa, DU_LICH", (Theme.SEA, Theme.TOURISM)),
        ("Văn hóa, di sản, lễ hội", (Theme.CULTURE,)),
        ("Vietnam–Laos friendship\nSport, exchange", (Theme.LAOS, Theme.SPORT)),
        ("NFD: ", None),
        ("Thời tiết", None),
        ("DU_LICH; THE_THAO; LICH_SU; KTXH", None),
    ],
)
def test_themes_are_codes_or_labels_even_labels_with_commas(
    written: str, themes: tuple[Theme, ...] | None
) -> None:
    if themes is None:
        with pytest.raises(UnclearError):
            meaning("themes", written)
    else:
        assert meaning("themes", written) == themes


@pytest.mark.parametrize("terms", [("themes", Theme), ("genre", Genre)])
def test_every_term_is_understood_by_its_code_and_both_labels(
    terms: tuple[str, type[Theme] | type[Genre]],
) -> None:
    field, each = terms
    for term in each:
        for written in (term.value, *term.label):
            assert meaning(field, written) in {term, (term,)}


def test_what_a_wrong_theme_might_have_been_is_said() -> None:
    with pytest.raises(UnclearError, match="DU_LICH"):
        meaning("themes", "Du lich xanh")


@pytest.mark.parametrize(
    "written",
    [
        *("25/11/2026", "25-11-2026", "25.11.2026", "2026-11-25", " 25 / 11 / 2026 "),
        *("ngày 25 tháng 11 năm 2026", date(2026, 11, 25), datetime(2026, 11, 25, 19, 30)),  # noqa: DTZ001
    ],
)
def test_a_date_is_read_day_first(written: object) -> None:
    assert meaning("broadcast_on", written) == date(2026, 11, 25)


@pytest.mark.parametrize(
    "written", ["31/02/2026", "25/11", "25/11/26", "hôm qua", 46351.0, "11/25/2026"]
)
def test_what_is_no_date_is_not_guessed(written: object) -> None:
    with pytest.raises(UnclearError, match="25/11/2026"):
        meaning("broadcast_on", written)


@pytest.mark.parametrize("written", ["có", "Co", "x", "X", "yes", True, 1, 1.0, "✓", "Cam kết"])
def test_yes(written: object) -> None:
    assert meaning("no_state_secrets", written) is True


@pytest.mark.parametrize("written", ["không", "No", False, 0, "chưa"])
def test_no(written: object) -> None:
    assert meaning("no_state_secrets", written) is False


def test_a_language_is_one() -> None:
    assert meaning("language", "Tiếng Việt") == "vi"
    assert meaning("language", "không lời") == "zxx"
    assert meaning("language", "bru") == "bru"
    with pytest.raises(UnclearError):
        meaning("language", "Việt và Anh")


def test_text_is_kept_whole_but_for_what_cannot_be_text() -> None:
    assert meaning("title", "  Chợ\nphiên \x00\ud800 ") == "Chợ phiên ?"
    assert meaning("title", 2026.0) == "2026"
    with pytest.raises(UnclearError, match="300"):
        meaning("title", "x" * 301)


FULL = Caption(
    words={"vi": Words(title="Chợ phiên", description="Mô tả"), "lo": Words(title="ຕະຫຼາດ")},
    themes=(Theme.TRADE, Theme.LAOS),
    genre=Genre.CLIP,
    information_class=InformationClass.PROMOTION,
    language="vi",
    creator="Nguyễn Văn A",
    rights_holder="Đài",
    republish_basis=RepublishBasis.OWN,
    places=("Lao Bảo",),
    broadcast=Broadcast(on=date(2026, 11, 20), channel="QTV", programme="Thời sự"),
    no_state_secrets=True,
    valid_until=date(2027, 1, 1),
)


def test_a_caption_taken_apart_is_the_same_put_together() -> None:
    assert caption_of(said_in(FULL)) == FULL
    assert caption_of(said_in(Caption())) == Caption()


def test_a_broadcast_counts_once_all_of_it_is_known() -> None:
    said = {("broadcast_on", ""): date(2026, 11, 20), ("channel", ""): "QTV"}
    assert caption_of(said).broadcast is None
    assert caption_of({**said, ("programme", ""): "Thời sự"}).broadcast == FULL.broadcast


FIELDS = sorted({"title", "themes", "language", "broadcast_on", "places", "no_state_secrets"})


@given(st.sampled_from(FIELDS), st.text() | st.floats() | st.integers() | st.booleans())
def test_whatever_is_written_is_a_meaning_or_unclear(field: str, written: object) -> None:
    try:
        said = {(field, "vi" if field == "title" else ""): meaning(field, written)}
    except UnclearError as error:
        assert all(error.says)  # noqa: PT017
    else:
        caption_of(said)
