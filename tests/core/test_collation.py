"""How Vietnamese is found and sorted."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.collation import searchable, sort_key, sought

TEXT = st.text(alphabet="aăâbcdđeêoôơuưyáàảãạẾệ ợ-1ມື້😀\u0301\u0323", max_size=40)


def found(query: str, *texts: str) -> bool:
    held = searchable(texts)
    return all(each in held for each in sought(query))


@pytest.mark.parametrize(
    "query",
    [
        "chợ phiên",
        "cho phien",
        "CHO",
        "chợ",
        "chơ",
        "phiên chợ",
        "lao bảo",
        "2026",
        "Chợ phiên, Lao Bảo!",
    ],
)
def test_words_are_found_with_and_without_their_marks(query: str) -> None:
    assert found(query, "Chợ phiên Lao Bảo 2026")


@pytest.mark.parametrize("query", ["chó", "phiện", "bao lau", "chờ"])
def test_marks_that_were_written_must_be_there(query: str) -> None:
    assert not found(query, "Chợ phiên Lao Bảo 2026")


def test_a_tone_is_the_same_on_either_letter() -> None:
    assert found("hoà bình", "Hòa bình")
    assert found("thủy", "Thuỷ điện")


def test_lao_is_found() -> None:
    assert found("ຕະຫຼາດ", "ຕະຫຼາດລາວບາວ")


def test_titles_stand_in_the_vietnamese_order() -> None:
    first = ["An", "Ăn", "Ân", "Ba", "Bà", "Bả", "Bã", "Bá", "Bạ", "Ban", "Bản", "Băng"]
    ordered = [*first, "Da", "Đa", "Em", "Ếch", "Ga", "Oa", "Ô", "Ơ", "U", "Ư", "Y", "Z", "ລາວ"]
    assert sorted(set(ordered), key=sort_key) == ordered
    assert sorted(["Bán", "Bạ ba", "Ba bá", "Ba"], key=sort_key) == ["Ba", "Ba bá", "Bạ ba", "Bán"]


@given(TEXT)
def test_however_a_text_is_coded_it_is_found_and_sorted_alike(text: str) -> None:
    parts = unicodedata.normalize("NFD", text)
    whole = unicodedata.normalize("NFC", text)
    assert sort_key(parts) == sort_key(whole)
    assert found(parts, whole)
    assert found(whole, parts)


@given(TEXT, TEXT)
def test_a_beginning_comes_before_what_it_begins(text: str, more: str) -> None:
    assert sort_key(text) <= sort_key(f"{text} {more}")


@given(st.text())
def test_a_key_is_small_ascii_letters_that_fit_the_record(text: str) -> None:
    key = sort_key(text)
    assert key.isascii()
    assert key.isalpha()
    assert key.islower()
    assert len(key) <= 512
