"""What was measured of a file is said in both languages, and what was not is said too."""

from fractions import Fraction

import pytest

from cluster_feed.core.asset import FieldOrder, MediaInfo
from cluster_feed.core.datasheet import facts, facts_of_original
from cluster_feed.core.finding import Finding, Flaw
from tests.material import measured, media

CLIP = media(20.0)
CLIPPED = Finding(flaw=Flaw.CLIPPING, from_seconds=3, to_seconds=4)


def said(media: MediaInfo) -> dict[str, tuple[str, str]]:
    return {fact.label.en: fact.says for fact in facts_of_original(media)}


def test_a_clip_that_was_measured_is_told_whole() -> None:
    assert said(measured(CLIP, CLIPPED)) == {
        "File": ("1,0 kB, mp4", "1.0 kB, mp4"),
        "Length": ("20,00 giây", "20.00 s"),
        "Picture": ("h264 960x540 yuv420p, 25 hình/giây", "h264 960x540 yuv420p, 25 fps"),
        "Sound": ("aac, 2 kênh, 48000 Hz", "aac, 2 channels, 48000 Hz"),
        "Loudness": ("-27,8 LUFS, đỉnh -12,4 dBTP", "-27.8 LUFS, true peak -12.4 dBTP"),
        "Ends at": ("hình 20,00 giây, tiếng 18,25 giây", "picture 20.00 s, sound 18.25 s"),
        "To be looked at": ("tiếng vỡ 0:03.0-0:04.0", "clipped sound 0:03.0-0:04.0"),
    }


def test_what_was_not_measured_is_no_silence() -> None:
    heard = measured(CLIP)
    unheard = heard.model_copy(
        update={
            "measurement": None,
            "audio": (
                heard.audio[0].model_copy(update={"loudness_lufs": None, "true_peak_dbtp": None}),
            ),
        }
    )
    assert said(unheard)["Loudness"][0] == "chưa đo, sẽ đo khi tạo bản phát"
    assert said(measured(CLIP, lufs=None))["Loudness"][0] == "im lặng"
    assert "Loudness" not in {fact.label.en for fact in facts(unheard)}


def test_a_clip_without_sound_and_a_photo_have_no_loudness() -> None:
    assert said(CLIP)["Sound"][1] == "no sound"
    assert "Loudness" not in said(CLIP)
    assert [*said(media(None))] == ["File", "Picture"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"field_order": FieldOrder.TOP_FIRST}, "quét xen kẽ"),
        ({"sample_aspect": Fraction(4, 3)}, "điểm ảnh 4/3"),
        ({"rotation": 90}, "xoay 90°"),
        ({"fps": Fraction(30_000, 1001)}, "29,97 hình/giây"),
    ],
)
def test_what_is_unusual_in_a_picture_is_said(changes: dict[str, object], says: str) -> None:
    odd = CLIP.model_copy(update={"video": CLIP.video.model_copy(update=changes)})
    assert says in said(odd)["Picture"][0]
