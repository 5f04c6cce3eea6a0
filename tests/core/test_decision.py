"""What a person is told of what was done to a file."""

from fractions import Fraction

import pytest

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.decision import of_sound
from cluster_feed.core.finding import Finding, Flaw
from cluster_feed.core.loudness import Gain, Loudness
from cluster_feed.core.profile import DisplayProfile

HALL = DisplayProfile(
    name="hall",
    title="Hall",
    width=1920,
    height=1080,
    fps=Fraction(25),
    bitrate_kbps=8000,
    loudness_lufs=-23.0,
    true_peak_dbtp=-1.5,
)


@pytest.mark.parametrize("gain", [None, Gain(0.0, -63.4)])
def test_a_nearly_silent_sound_is_told_as_that_whether_it_was_copied_or_coded(
    gain: Gain | None,
) -> None:
    said = of_sound(Loudness(-63.4, -57.3), gain, HALL)
    assert said == Bilingual(
        "tiếng gần như im lặng, -63,4 LUFS, để nguyên",
        "nearly silent sound, -63.4 LUFS, left alone",
    )


def test_vietnamese_writes_every_figure_with_a_comma() -> None:
    held = of_sound(Loudness(-30.0, -2.0), Gain(7.0, -24.5, limited=True), HALL)
    assert held.vi == (
        "tiếng từ -30,0 thành -24,5 LUFS, ghìm đỉnh dưới -1,5 dBTP, "
        "không tới -23 được vì đỉnh đã chạm trần"
    )
    found = Finding(flaw=Flaw.LOW_RESOLUTION, detail="640x480, x2.2")
    assert found.says == Bilingual(
        "độ phân giải thấp (640x480, x2,2)", "low resolution (640x480, x2.2)"
    )
