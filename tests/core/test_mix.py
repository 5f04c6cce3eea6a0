import math
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.cluster import Mix
from cluster_feed.core.mix import Candidate, Weight, _Filled, _preference, balance, choose
from cluster_feed.core.vocabulary import Theme

NOW = datetime(2026, 11, 25, tzinfo=UTC)
THEMES = [Theme.BORDER, Theme.LAOS, Theme.TOURISM, Theme.TRADE]
moments = st.integers(0, 400).map(lambda days: NOW - timedelta(days=days))


@st.composite
def materials(draw: st.DrawFn) -> list[Candidate]:
    return [
        Candidate(
            asset=f"{number:064x}",
            seconds=draw(st.floats(0.5, 400)),
            themes=tuple(draw(st.lists(st.sampled_from(THEMES), unique=True, max_size=3))),
            language=draw(st.sampled_from(["vi", "lo", "en"])),
            received_at=draw(moments),
            last_shown=draw(st.none() | moments),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


mixes = st.builds(
    Mix,
    themes=st.dictionaries(st.sampled_from(THEMES), st.floats(0.01, 0.25)),
    languages=st.dictionaries(st.sampled_from(["vi", "lo", "en"]), st.floats(0.01, 0.33)),
)
lengths = st.floats(30, 2000)


@given(materials(), mixes, lengths)
def test_everything_is_chosen_once_or_left_out_with_a_reason(
    material: list[Candidate], mix: Mix, loop_seconds: float
) -> None:
    loop = choose(material, mix, loop_seconds)
    seen = [each.asset for each in loop.chosen] + [each.asset for each in loop.left_out]
    assert Counter(seen) == Counter(each.asset for each in material)
    assert all(left.why.vi and left.why.en for left in loop.left_out)


@given(materials(), mixes, lengths)
def test_a_loop_is_never_too_long_and_nothing_that_fits_is_left_out(
    material: list[Candidate], mix: Mix, loop_seconds: float
) -> None:
    loop = choose(material, mix, loop_seconds)
    filled = math.fsum(each.seconds for each in loop.chosen)
    assert filled <= loop_seconds + 1e-6
    by_id = {each.asset: each for each in material}
    for left in loop.left_out:
        assert filled + by_id[left.asset].seconds > loop_seconds - 1e-6


@given(materials(), mixes, lengths, st.randoms())
def test_the_order_in_which_material_came_changes_nothing(
    material: list[Candidate],
    mix: Mix,
    loop_seconds: float,
    random: "st.random.Random",  # type: ignore[name-defined]
) -> None:
    shuffled = random.sample(material, len(material))
    assert choose(shuffled, mix, loop_seconds) == choose(material, mix, loop_seconds)


def _weighing_everyone(
    material: list[Candidate], mix: Mix, loop_seconds: float, begun: list[Candidate]
) -> list[Candidate]:
    """The rule as it reads: whoever lags furthest of all that fit, among equals the preferred."""
    filled, chosen = _Filled(), list(begun)
    for each in begun:
        filled.add(each)
    waiting = sorted(material, key=_preference)
    while waiting := [each for each in waiting if filled.seconds + each.seconds <= loop_seconds]:
        best = max(waiting, key=lambda candidate: filled.need(candidate, mix))
        waiting.remove(best)
        chosen.append(best)
        filled.add(best)
    return chosen


many = st.lists(
    st.builds(
        Candidate,
        asset=st.integers(0, 10**6).map(lambda number: f"{number:064x}"),
        seconds=st.sampled_from([0.5, 8.0, 20.0, 20.04, 60.0]) | st.floats(0.5, 90),
        themes=st.lists(st.sampled_from(THEMES), unique=True, max_size=3).map(tuple),
        language=st.sampled_from(["vi", "lo", "en"]),
        received_at=moments,
        last_shown=st.none() | moments,
    ),
    max_size=40,
    unique_by=lambda each: each.asset,
)


@given(many, mixes, st.floats(30, 600), st.integers(0, 3))
def test_the_choice_is_as_if_everyone_were_weighed_for_every_place(
    material: list[Candidate], mix: Mix, loop_seconds: float, count: int
) -> None:
    begun, free = material[:count], material[count:]
    chosen = choose(free, mix, loop_seconds, begun).chosen
    assert list(chosen) == _weighing_everyone(free, mix, loop_seconds, begun)


@given(
    weights=st.lists(st.integers(1, 8), min_size=2, max_size=4),
    lengths=st.lists(st.integers(5, 90), min_size=1, max_size=6),
)
def test_with_enough_material_every_theme_gets_its_share(
    weights: list[int], lengths: list[int]
) -> None:
    """Within the longest clip for each theme, and one more for the last places.

    While every theme has material waiting, the theme that is chosen lags behind its share (the
    lags of all add up to what comes next), so none runs ahead by more than one clip; the last
    clip that did not fit leaves less than its own length to whatever is shorter.
    """
    loop_seconds = 600
    shares = {theme: weight / sum(weights) for theme, weight in zip(THEMES, weights, strict=False)}
    material = [
        Candidate(
            asset=f"{index:02x}{number:062x}",
            seconds=lengths[number % len(lengths)],
            themes=(theme,),
            language="vi",
            received_at=NOW,
        )
        for index, theme in enumerate(shares)
        for number in range(600 // min(lengths) + len(lengths))
    ]
    loop = choose(material, Mix(themes=shares), loop_seconds)
    total = sum(each.seconds for each in loop.chosen)
    longest = max(lengths)
    assert total > loop_seconds - min(lengths)
    for theme, share in shares.items():
        given_to = sum(each.seconds for each in loop.chosen if theme in each.themes)
        assert given_to - share * total <= 2 * longest
        assert share * total - given_to <= 2 * longest * (len(shares) - 1)


def _clip(number: int, **fields: object) -> Candidate:
    return Candidate.model_validate(
        {
            "asset": f"{number:064x}",
            "seconds": 60,
            "themes": (),
            "language": "vi",
            "received_at": NOW,
        }
        | fields
    )


def test_what_was_never_shown_comes_first_then_the_longest_unshown_then_the_newest() -> None:
    material = [
        _clip(1, last_shown=NOW - timedelta(days=30)),
        _clip(2, last_shown=NOW - timedelta(days=90)),
        _clip(3, received_at=NOW - timedelta(days=9)),
        _clip(4, received_at=NOW - timedelta(days=1)),
    ]
    assert [int(each.asset, 16) for each in choose(material, Mix(), 600).chosen] == [4, 3, 2, 1]


def test_a_language_that_lags_comes_before_what_was_never_shown() -> None:
    lao = _clip(2, language="lo", last_shown=NOW)
    loop = choose([_clip(1), lao], Mix(languages={"lo": 0.5}), 600)
    assert loop.chosen[0] == lao


def test_a_clip_longer_than_the_loop_is_told_so() -> None:
    loop = choose([_clip(1, seconds=700), _clip(2), _clip(3, seconds=590)], Mix(), 600)
    told = {int(left.asset, 16): left.why.en for left in loop.left_out}
    assert told[1] == "longer than the whole loop of 600 s"
    assert told[3] == "no room left in the loop of 600 s"


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_clip_without_a_length_is_no_candidate(seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        _clip(1, seconds=seconds)


@given(materials(), mixes, lengths, st.integers(0, 5))
def test_what_people_began_with_stays_first_in_their_order_and_the_rules_fill_the_rest(
    material: list[Candidate], mix: Mix, loop_seconds: float, count: int
) -> None:
    begun, free = material[:count], material[count:]
    loop = choose(free, mix, loop_seconds, begun)
    assert list(loop.chosen[: len(begun)]) == begun
    by_hand = math.fsum(each.seconds for each in begun)
    filled = math.fsum(each.seconds for each in loop.chosen)
    assert filled <= max(by_hand, loop_seconds) + 1e-6
    seen = [each.asset for each in loop.chosen] + [each.asset for each in loop.left_out]
    assert Counter(seen) == Counter(each.asset for each in material)


@given(materials(), mixes)
def test_a_loops_shares_are_of_its_whole_time(material: list[Candidate], mix: Mix) -> None:
    weights = [Weight(each.seconds, each.themes, each.language) for each in material]
    found = {each.name: each for each in balance(weights, mix)}
    assert found.keys() == {*mix.themes, *mix.languages}
    total = math.fsum(each.seconds for each in material) or 1
    for language, target in mix.languages.items():
        said = math.fsum(each.seconds for each in material if each.language == language)
        assert found[language].target == target
        assert math.isclose(found[language].share, said / total, abs_tol=1e-9)
