import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cluster_feed.core.value import Value, canonical, nfc, suffix_of

text = st.text(st.characters(exclude_categories=["Cs"]))
composed = text.map(nfc)
documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # NFC does not keep what it joins composed, so only each text by itself is.
    | text,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(composed, inner, max_size=5),
    max_leaves=20,
)


def _shuffled(document: Any, decomposed: bool) -> Any:  # noqa: ANN401, FBT001
    """The same document as another machine could hold it."""
    if isinstance(document, dict):
        return {
            _shuffled(key, decomposed): _shuffled(value, decomposed)
            for key, value in reversed(document.items())
        }
    if isinstance(document, list):
        return tuple(_shuffled(each, decomposed) for each in document)
    if isinstance(document, str):
        return unicodedata.normalize("NFD" if decomposed else "NFC", document)
    return document


@given(documents, st.booleans())
def test_equal_documents_have_equal_bytes_whatever_their_order_and_form(
    document: Any,  # noqa: ANN401
    decomposed: bool,  # noqa: FBT001
) -> None:
    assert canonical(_shuffled(document, decomposed)) == canonical(document)


@given(documents)
def test_canonical_bytes_can_be_read_and_written_again(document: Any) -> None:  # noqa: ANN401
    content = canonical(document)
    assert canonical(json.loads(content)) == content


@given(st.dictionaries(composed, st.integers(), min_size=1))
def test_different_documents_have_different_bytes(document: dict[str, int]) -> None:
    key = next(iter(document))
    assert canonical(document | {key: document[key] + 1}) != canonical(document)


def test_a_mark_after_a_newline_stays_a_mark() -> None:
    assert json.loads(canonical({"a": "\n\N{COMBINING TILDE}"})) == {"a": "\n\N{COMBINING TILDE}"}


def test_keys_are_ordered_after_they_are_composed() -> None:
    assert canonical({"e\N{COMBINING ACUTE ACCENT}": 1, "f": 2}) == '{"f":2,"é":1}'.encode()


def test_the_form_is_the_one_that_was_ever_written() -> None:
    assert canonical({"b": [1, 2.5, None], "a": "Quảng Trị", "c": True}) == (
        '{"a":"Quảng Trị","b":[1,2.5,null],"c":true}'.encode()
    )


@pytest.mark.parametrize(
    "document",
    [
        {"n": float("nan")},
        {"n": float("-inf")},
        {"name": "\udcff"},
        {"é": 1, "e\N{COMBINING ACUTE ACCENT}": 2},
    ],
)
def test_what_has_no_bytes_of_its_own_is_refused(document: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  a fault of the caller, whatever its words
        canonical(document)


def test_a_value_takes_neither_infinity_nor_an_unknown_field() -> None:
    class Length(Value):
        seconds: float

    for content in ({"seconds": float("inf")}, {"seconds": 1, "minutes": 1}):
        with pytest.raises(ValidationError):
            Length.model_validate(content)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("clip.MP4", ".mp4"),
        ("a.tar.gz", ".gz"),
        ("không có đuôi", ""),
        ("x.mp4 ", ""),
        ("x.mp4\n", ""),
        ("x.m/p4", ""),
        ("x.ảnh", ""),
        ("x.abcdefghi", ""),
        (".mp4", ".mp4"),
        ("", ""),
    ],
)
def test_only_a_plain_extension_is_one(name: str, suffix: str) -> None:
    assert suffix_of(name) == suffix
