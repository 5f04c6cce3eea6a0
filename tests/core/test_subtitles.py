from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.caption import Cue
from cluster_feed.core.subtitles import Reading, readings


def cue(begin: float, end: float, text: str) -> Cue:
    return Cue(from_seconds=begin, to_seconds=end, text=text)


@st.composite
def tracks(draw: st.DrawFn) -> list[list[Cue]]:
    def track() -> list[Cue]:
        spans = draw(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=8))
        return [
            cue(begin, begin + length, f"text {number}")
            for number, (begin, length) in enumerate(sorted(spans))
        ]

    return [track() for _ in range(draw(st.integers(1, 3)))]


def test_languages_stand_above_one_another_and_come_and_go_by_themselves() -> None:
    said = readings([[cue(0, 2, "một"), cue(3, 4, "hai")], [cue(1, 3.5, "ໜຶ່ງ")]])
    assert list(said) == [
        Reading(0, 1, ("một",)),
        Reading(1, 2, ("một", "ໜຶ່ງ")),
        Reading(2, 3, ("ໜຶ່ງ",)),
        Reading(3, 3.5, ("hai", "ໜຶ່ງ")),
        Reading(3.5, 4, ("hai",)),
    ]


@given(tracks())
def test_at_every_moment_there_is_one_reading_with_the_latest_cue_of_each_language(
    cues: list[list[Cue]],
) -> None:
    said = list(readings(cues))
    for moment in (half / 2 + 0.25 for half in range(160)):
        latest = [
            max((each for each in track if each.from_seconds <= moment), default=None,
                key=lambda each: each.from_seconds)
            for track in cues
        ]  # fmt: skip
        times = [each.span for each in latest if each and each.to_seconds > moment]
        here = [each for each in said if each.from_seconds <= moment < each.to_seconds]
        assert sum(len(each.texts) for each in here) >= len(times)
        assert len(here) == bool(times) or len(here) == 1
        assert all(each.texts for each in said)
