from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Broadcast, Caption, Missing, Words
from cluster_feed.core.vocabulary import InformationClass, NewsroomClass, RepublishBasis, Theme

COMPLETE: dict[str, Any] = {
    "words": {"vi": {"title": "Lễ hội", "description": "Ở Lao Bảo", "alt_text": "Đoàn rước"}},
    "themes": [Theme.CULTURE],
    "information_class": InformationClass.PROMOTION,
    "language": "vi",
    "creator": "Lan",
    "rights_holder": "Báo Quảng Trị",
    "republish_basis": RepublishBasis.AGREEMENT,
    "agreement": "12/TT",
    "no_state_secrets": True,
    "broadcast": {"on": date(2026, 11, 1), "channel": "QTV", "programme": "Thời sự"},
}


FOR_THE_PORTAL = {
    Missing.ENGLISH_TITLE,
    Missing.ENGLISH_ALT_TEXT,
    Missing.USAGE_TERMS,
    Missing.LICENCE,
    Missing.CREATED_ON,
}


def _missing(
    kind: Kind = Kind.PHOTO,
    newsroom: NewsroomClass = NewsroomClass.BROADCASTER,
    **changes: Any,  # noqa: ANN401
) -> list[Missing]:
    return list(Caption.model_validate(COMPLETE | changes).missing(newsroom, kind))


def test_a_complete_caption_lacks_nothing() -> None:
    for kind in Kind:
        for newsroom in NewsroomClass:
            assert _missing(kind, newsroom) == []


def test_an_empty_caption_of_the_broadcasters_photo_lacks_everything_but_speech() -> None:
    lacking = set(Caption().missing(NewsroomClass.BROADCASTER, Kind.PHOTO))
    other = FOR_THE_PORTAL | {Missing.LANGUAGE, Missing.AGREEMENT, Missing.RIGHTS}
    assert lacking == set(Missing) - other


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"words": {"en": COMPLETE["words"]["vi"]}}, "title description alt_text"),
        ({"words": {"vi": {"title": " \t\n"}}}, "title description alt_text"),
        ({"themes": []}, "themes"),
        ({"information_class": None}, "information_class"),
        ({"language": None}, "language"),
        ({"creator": "\N{NO-BREAK SPACE}"}, "creator"),
        ({"rights_holder": ""}, "rights_holder"),
        ({"republish_basis": None}, "republish_basis"),
        ({"agreement": ""}, "agreement"),
        ({"agreement": "", "republish_basis": RepublishBasis.OWN}, ""),
        ({"no_state_secrets": False}, "no_state_secrets"),
        ({"broadcast": None}, "broadcast"),
        ({"broadcast": COMPLETE["broadcast"] | {"channel": ""}}, "broadcast"),
        ({"broadcast": COMPLETE["broadcast"] | {"programme": " "}}, "broadcast"),
    ],
)
def test_what_a_caption_lacks_is_named(changes: dict[str, Any], lacking: str) -> None:
    expected = set(lacking.split())
    spoken = set(_missing(Kind.VIDEO, **changes))
    pictured = set(_missing(Kind.PHOTO, **changes))
    assert spoken == {Missing(name) for name in expected - {"alt_text"}}
    assert pictured == {Missing(name) for name in expected - {"language"}}
    agency = set(_missing(Kind.PHOTO, NewsroomClass.AGENCY, **changes))
    assert agency == pictured - {Missing.BROADCAST}


def test_the_portal_wants_english_and_terms_of_what_an_edition_may_show() -> None:
    caption = Caption.model_validate(COMPLETE)
    for kind in Kind:
        lacking = list(caption.missing_for_portal(NewsroomClass.BROADCASTER, kind))
        assert set(lacking) == FOR_THE_PORTAL
        assert len(lacking) == len(FOR_THE_PORTAL)


def test_a_clip_wants_alt_text_only_for_the_portal_s_poster() -> None:
    words = {"vi": {"title": "Lễ hội", "description": "Ở Lao Bảo"}}
    caption = Caption.model_validate(COMPLETE | {"words": words})
    assert list(caption.missing(NewsroomClass.BROADCASTER, Kind.VIDEO)) == []
    lacking = list(caption.missing_for_portal(NewsroomClass.BROADCASTER, Kind.VIDEO))
    assert lacking.count(Missing.ALT_TEXT) == 1
    of_photo = list(caption.missing_for_portal(NewsroomClass.BROADCASTER, Kind.PHOTO))
    assert of_photo.count(Missing.ALT_TEXT) == 1


def test_what_the_portal_wants_is_enough_for_an_edition() -> None:
    words = {"title": "Lễ hội", "description": "Ở Lao Bảo", "alt_text": "Đoàn rước"}
    english = {"title": "A festival", "description": "", "alt_text": "A procession"}
    whole = COMPLETE | {"words": {"vi": words, "en": english}, "licence_granted": True}
    caption = Caption.model_validate(whole | {"usage_terms": "Tự do", "created_on": "2026-10-03"})
    for kind in Kind:
        for newsroom in NewsroomClass:
            assert list(caption.missing_for_portal(newsroom, kind)) == []


@pytest.mark.parametrize(
    "english", ["Lễ hội", "LE HOI", "lễ  hội!", "Le\u0302\u0303 ho\u0323\u0302i"]
)
def test_vietnamese_words_copied_are_not_english_ones(english: str) -> None:
    words = {"vi": {"title": "Lễ hội"}, "en": {"title": english, "alt_text": "A procession"}}
    caption = Caption.model_validate(COMPLETE | {"words": words})
    lacking = list(caption.missing_for_portal(NewsroomClass.AGENCY, Kind.VIDEO))
    assert Missing.ENGLISH_TITLE in lacking
    assert Missing.ENGLISH_ALT_TEXT not in lacking


def test_every_field_that_can_be_missing_has_a_name_in_both_languages() -> None:
    assert len({each.label for each in Missing}) == len(Missing)


def test_every_free_text_is_read_for_secrets() -> None:
    words = Words(title="t1", description="t2", alt_text="t3")
    caption = Caption(
        words={"vi": words, "lo": words},
        creator="t4",
        rights_holder="t5",
        usage_terms="t6",
        agreement="t7",
        places=("t8", "t9"),
        broadcast=Broadcast(on=date(2026, 11, 1), channel="t10", programme="t11"),
    )
    texts = [text for _, text in caption.all_text()]
    assert set(texts) == {f"t{number}" for number in range(1, 12)}
    written = caption.model_dump_json()
    assert len(texts) == sum(written.count(f'"t{number}"') for number in range(1, 12))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_line_is_one_line_that_any_paper_can_hold(text: str) -> None:
    title = Words(title=text).title
    assert title.splitlines() in ([], [title])
    assert not any(ord(each) < 32 for each in title)
    assert Words(title=title).title == title


def test_a_line_that_composing_makes_too_long_is_refused() -> None:
    grows = "\u0958" * 300
    with pytest.raises(ValidationError):
        Words(title=grows)


def test_prose_keeps_its_paragraphs() -> None:
    assert Words(description="Một\n\nHai\x00\x0b\tBa").description == "Một\n\nHai\tBa"


@pytest.mark.parametrize(
    "changes",
    [
        {"themes": [Theme.CULTURE, Theme.TRADE, Theme.SEA, Theme.BORDER]},
        {"themes": ["VAN_HOA"]},
        {"language": "Vietnamese"},
        {"words": {"tiếng Việt": {}}},
        {"words": {"vi": {"title": "x" * 301}}},
        {"words": {"vi": {"title": "\ud83d"}}},
        {"valid_from": date(2026, 11, 2), "valid_until": date(2026, 11, 1)},
        {"author": "Lan"},
    ],
)
def test_what_is_no_caption_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Caption.model_validate(COMPLETE | changes)


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (None, None, True),
        (date(2026, 11, 25), None, True),
        (date(2026, 11, 26), None, False),
        (None, date(2026, 11, 25), True),
        (None, date(2026, 11, 24), False),
    ],
)
def test_both_ends_of_a_validity_are_included(
    first: date | None,
    last: date | None,
    shown: bool,  # noqa: FBT001
) -> None:
    caption = Caption(valid_from=first, valid_until=last)
    assert caption.shown_on(date(2026, 11, 25)) is shown
