import pickle
from string import Formatter

import pytest

from cluster_feed.core import errors
from cluster_feed.core.bilingual import Bilingual, Tongue
from cluster_feed.core.edition import Edition


def test_a_refusal_crosses_a_process_and_the_ledger_with_its_facts() -> None:
    refusal = errors.TooShort(seconds=0.4, least=1)
    crossed = pickle.loads(pickle.dumps(refusal))  # noqa: S301  our own bytes
    kept = errors.recall(refusal.code, refusal.facts)
    for again in (crossed, kept):
        assert type(again) is errors.TooShort
        assert [again.message(tongue) for tongue in Tongue] == [
            refusal.message(tongue) for tongue in Tongue
        ]


def test_a_fact_in_two_languages_is_told_in_the_readers() -> None:
    cut = Bilingual("thiếu phần cuối", "its end is missing")
    refusal = errors.CannotBeNormalized(profile="led", detail=cut)
    for again in (refusal, errors.recall(refusal.code, refusal.facts)):
        assert cut.vi in again.message(Tongue.VI)
        assert cut.en in again.message(Tongue.EN)
        assert cut.en not in again.message(Tongue.VI)


def test_braces_in_a_file_name_are_only_braces() -> None:
    told = errors.Duplicate(received="2026-11-01", name="{newsroom}{0}.mp4", newsroom="bao")
    assert "{newsroom}{0}.mp4" in told.message(Tongue.VI)


def test_the_state_of_an_edition_is_told_in_the_readers_language() -> None:
    with pytest.raises(errors.NotOnTheRoad) as caught:
        Edition(name="2026-11", cycle="2026-11", fingerprint="0" * 64).published()
    assert caught.value.message(Tongue.VI) == (
        "Phiên bản phát 2026-11 đang ở trạng thái “bản nháp”, không thể “phát hành”."
    )
    assert str(caught.value) == "Edition 2026-11 is “draft”; it cannot be: publish."


def _reasons(group: type[errors.FeedError]) -> list[type[errors.FeedError]]:
    return [reason for each in group.__subclasses__() for reason in (each, *_reasons(each))]


def _places(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(sentence)} - {None}


@pytest.mark.parametrize(
    "reason", [each for each in _reasons(errors.FeedError) if hasattr(each, "says")]
)
def test_both_sentences_of_a_reason_tell_the_same_facts(reason: type[errors.FeedError]) -> None:
    assert _places(reason.says.vi) == _places(reason.says.en)
    assert reason.says.vi != reason.says.en


@pytest.mark.parametrize(
    ("group", "module"),
    [
        (errors.Refusal, "newsroom"),
        (errors.ReviewError, "department"),
        (errors.OperatorError, "operator"),
        (errors.ScreenError, "screen"),
    ],
)
def test_every_reason_stands_where_who_must_act_is_looked_for(
    group: type[errors.FeedError], module: str
) -> None:
    assert {each.__module__ for each in _reasons(group)} == {f"cluster_feed.core.errors.{module}"}
