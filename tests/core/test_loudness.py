import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.loudness import (
    MOST_LIMITING_DB,
    Gain,
    Loudness,
    fits,
    gain_for,
)
from cluster_feed.core.profile import DisplayProfile, Peaks

LOWER = DisplayProfile(
    name="hall", title="Hall", width=320, height=180, fps=25, bitrate_kbps=1000, loudness_lufs=-23
)
LIMIT = LOWER.model_copy(update={"peaks": Peaks.LIMIT})
sounds = st.builds(
    Loudness,
    st.integers(-490, 0).map(lambda tenths: tenths / 10),
    st.integers(-400, 60).map(lambda tenths: tenths / 10),
)
"""As a meter tells them: in tenths."""


@given(sounds)
def test_linear_gain_keeps_the_peaks_under_their_ceiling_and_goes_no_further_than_asked(
    sound: Loudness,
) -> None:
    gain = gain_for(sound, LOWER)
    assert not gain.limited
    assert sound.peak_dbtp is not None
    assert sound.peak_dbtp + gain.db <= LOWER.true_peak_dbtp + 1e-6
    assert gain.lufs is not None
    assert gain.lufs <= -23 + 1e-6


@given(sounds)
def test_a_limiter_is_pressed_only_as_far_as_it_is_not_heard(sound: Loudness) -> None:
    gain, linear = gain_for(sound, LIMIT), gain_for(sound, LOWER)
    assert gain.limited == (gain.db > linear.db)
    assert gain.db <= linear.db + MOST_LIMITING_DB + 1e-6


@given(sounds)
def test_what_was_brought_to_its_place_is_not_touched_again(sound: Loudness) -> None:
    gain = gain_for(sound, LOWER)
    assert sound.peak_dbtp is not None
    assert fits(Loudness(gain.lufs, round(sound.peak_dbtp + gain.db, 1)), LOWER)


@pytest.mark.parametrize(
    ("lufs", "peak", "stays"),
    [
        (-23.0, -3.0, True),
        (-22.6, -3.0, True),
        (-22.0, -3.0, False),
        (-24.0, -3.0, False),
        (-23.0, -0.5, False),
        (-31.0, -1.5, True),
        (None, None, True),
        (-65.0, -50.0, True),
    ],
)
def test_a_sound_stays_where_it_should_be_or_cannot_come_nearer(
    lufs: float | None, peak: float | None, *, stays: bool
) -> None:
    assert fits(Loudness(lufs, peak), LOWER) is stays


def test_what_can_hardly_be_heard_is_left_alone() -> None:
    assert gain_for(Loudness(-60, -40), LOWER).db == 0
    assert gain_for(Loudness(None, None), LOWER).db == 0


def test_what_the_codec_lifts_over_the_ceiling_is_taken_off_as_the_rule_has_it() -> None:
    linear = Gain(3.0, -23.0)
    assert linear.under(0.5, Peaks.LOWER) == Gain(2.5, -23.0)
    held = linear.under(0.5, Peaks.LIMIT)
    assert held == Gain(3.0, -23.0, limited=True)
    assert held.under(0.5, Peaks.LIMIT).margin_db == held.margin_db + 0.5
