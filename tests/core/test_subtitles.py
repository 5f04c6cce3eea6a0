import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.caption import Cue
from cluster_feed.core.subtitles import Reading, readings, transcript, vtt


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


# --- As a file beside the clip ------------------------------------------------------------------

NAUGHTY = [
    "một",
    "a --> b",
    "00:00:01.000 --> 00:00:02.000",
    "<b>đậm</b> & &lt; <script>",
    "trên\n\n \ndưới",
    "NOTE ghi chú",
    "STYLE",
    "WEBVTT",
    "-->",
    "\u202eRTL \u05e9 😀 ສະບາຍດີ",
    "one\u2028two",
    "1",
]


def test_cues_are_written_as_web_players_read_them() -> None:
    cues = [cue(3661.5, 3663, "hai\nhàng"), cue(0, 2.0004, "a < b && c --> d")]
    assert vtt(cues) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:02.000\na &lt; b &amp;&amp; c --&gt; d\n\n"
        "01:01:01.500 --> 01:01:03.000\nhai\nhàng\n"
    )
    assert transcript(cues) == "a < b && c --> d\nhai hàng\n"
    assert (vtt([]), transcript([])) == ("WEBVTT\n", "")


def test_whatever_a_cue_says_it_stays_one_cue(tmp_path: Path) -> None:
    written = tmp_path / "clip.vi.vtt"
    cues = [cue(number, number + 1.5, text) for number, text in enumerate(NAUGHTY)]
    written.write_text(vtt(cues), encoding="utf-8")
    command = ["ffprobe", "-v", "error", "-show_entries", "packet=pts_time,duration_time"]
    found = subprocess.run([*command, "-of", "csv=p=0", written], check=True, capture_output=True)
    times = [tuple(map(float, line.split(","))) for line in found.stdout.decode().split()]
    assert times == [(number, 1.5) for number in range(len(NAUGHTY))]


def test_a_cue_too_short_to_tell_still_has_a_length() -> None:
    assert "00:00:01.000 --> 00:00:01.001" in vtt([cue(1.0001, 1.0002, "x")])
