import os
import signal
import subprocess
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from cluster_feed.adapters import clips, ffmpeg, fields, proving, sound
from cluster_feed.adapters.coders import Order
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.probe import probe, read_clip
from cluster_feed.adapters.process import PATIENT, Patience
from cluster_feed.core.asset import FieldOrder, Kind, MediaInfo
from cluster_feed.core.errors import BreaksOff, CannotBeNormalized, DamagedMedia, Stalled
from cluster_feed.core.profile import DisplayProfile, Fit, Peaks
from demo import material
from tests import oddities

Make = Callable[[Path], Path]
TESTED_FOR_MORE: frozenset[Make] = frozenset(
    {
        oddities.surround,
        oddities.discrete_channels,
        oddities.late_sound,
        oddities.loud_clicks,
        oddities.hybrid_log_gamma,
        oddities.standard_definition_red,
        oddities.high_definition_red,
        oddities.full_range_red,
        oddities.plain,
        oddities.turned,
        oddities.anamorphic,
        oddities.fields,
        oddities.unflagged_fields,
    }
)


def screen(name: str, width: int, height: int, fit: Fit, *, fps: str = "25") -> DisplayProfile:
    return DisplayProfile(
        name=name, title=name, width=width, height=height, fps=Fraction(fps), fit=fit,
        bitrate_kbps=1500, loudness_lufs=None if fit is Fit.CROP else -23,
    )  # fmt: skip


TOLERATED_OF_SHAPE = 30
"""By how much a picture may differ where it was cut or padded a little."""
LYING = screen("lying", 320, 180, Fit.PAD)
STANDING = screen("standing", 180, 320, Fit.BLUR, fps="30000/1001")
SQUARE = screen("square", 128, 128, Fit.CROP, fps="50")


def made(source: Path, folder: Path, *profiles: DisplayProfile) -> list[Path]:
    """Take a clip the whole way: measured, made, and each file proven as ordered."""
    media = probe(source).media
    orders = ordered(source, media, folder, *profiles)
    clips.transcode(source, media, orders)
    for order in orders:
        check(media, order)
    return [order.path for order in orders]


def ordered(source: Path, media: MediaInfo, folder: Path, *profiles: DisplayProfile) -> list[Order]:
    heard = sound.measure(source, media)
    return [
        Order(
            folder / f"{profile.name}.mp4",
            profile,
            sound.gain(source, media, heard.loudness, profile, folder)
            if heard and profile.loudness_lufs is not None
            else None,
        )
        for profile in profiles
    ]


def check(source: MediaInfo, order: Order) -> None:
    path, profile, gain, *_ = order
    media = read_clip(path).media
    heard = proving.prove(path, media).loudness
    assert not list(profile.deviations(media, Kind.VIDEO))
    assert media.seconds == pytest.approx(source.seconds, abs=0.1)
    if gain is None:
        assert heard is None
    elif gain.lufs is None:
        assert heard
        assert heard.lufs is None
    else:
        assert heard
        assert heard.lufs == pytest.approx(gain.lufs, abs=0.5)
        assert heard.peak_dbtp is not None
        assert heard.peak_dbtp <= profile.true_peak_dbtp


def frame(path: Path, second: float, *, through: str = "null") -> Image.Image:
    """One frame as a screen shows it: BT.709, whatever a guess at the size would say."""
    shown = f"{through},scale=in_color_matrix=bt709,format=rgb24"
    run = ["ffmpeg", "-nostdin", "-v", "error", "-ss", str(second), "-i", f"file:{path}"]
    run += ["-frames:v", "1", "-vf", shown, "-f", "image2pipe", "-c:v", "ppm", "-"]
    content = subprocess.run(run, check=True, capture_output=True).stdout
    width, height = (int(side) for side in content.split(b"\n", 2)[1].split())
    return Image.frombytes("RGB", (width, height), content[-width * height * 3 :])


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, seen from afar, in levels of 255."""
    near = [picture.resize((24, 24), Image.Resampling.BOX) for picture in (one, other)]
    return sum(ImageStat.Stat(ImageChops.difference(*near)).mean) / 3


def corners(picture: Image.Image) -> list[object]:
    """The colours a quarter of the way in from each corner, clockwise from the top left."""
    across, down = picture.width // 4, picture.height // 4
    points = ((across, down), (3 * across, down), (3 * across, 3 * down), (across, 3 * down))
    return [picture.getpixel(point) for point in points]


CARD = [
    pytest.approx(colour, abs=8)
    for colour in (oddities.RED, oddities.GREEN, (255, 255, 255), oddities.BLUE)
]


def rms_db(path: Path, channel: int, start: float, end: float) -> float:
    """How loud a channel is in a stretch of a clip."""
    chain = f"pan=mono|c0=c{channel},atrim={start}:{end},volumedetect"
    run = ["ffmpeg", "-nostdin", "-hide_banner", "-i", f"file:{path}", "-af", chain]
    said = subprocess.run([*run, "-vn", "-f", "null", "-"], check=True, capture_output=True).stderr
    return float(said.decode().rpartition("mean_volume:")[2].split()[0])


@pytest.mark.parametrize("make", [oddities.fields, oddities.unflagged_fields])
def test_what_was_recorded_in_fields_comes_out_in_whole_frames(tmp_path: Path, make: Make) -> None:
    source = make(tmp_path / "asset")
    assert probe(source).media.video.field_order is FieldOrder.TOP_FIRST
    full_height = LYING.model_copy(update={"width": 720, "height": 576})
    (path,) = made(source, tmp_path, full_height)
    seen = fields.look(path, read_clip(path).media, PATIENT).together
    assert seen.progressive > 10 * (seen.top + seen.bottom)


@pytest.mark.parametrize(
    ("make", "order"),
    [
        (oddities.fields_in_wrong_order, FieldOrder.TOP_FIRST),
        (oddities.fields_of_no_standard, FieldOrder.TOP_FIRST),
        (oddities.frames_flagged_as_fields, FieldOrder.PROGRESSIVE),
        (oddities.fields_and_frames, FieldOrder.MIXED),
        (oddities.plain, FieldOrder.PROGRESSIVE),
    ],
)
def test_fields_are_known_by_what_they_look_like(
    tmp_path: Path, make: Make, order: FieldOrder
) -> None:
    assert probe(make(tmp_path / "asset")).media.video.field_order is order


def test_only_fields_are_made_into_frames_where_a_clip_has_both(tmp_path: Path) -> None:
    source = oddities.fields_and_frames(tmp_path / "asset")
    (path,) = made(source, tmp_path, LYING.model_copy(update={"width": 384, "height": 288}))
    compare = ["ffmpeg", "-nostdin", "-hide_banner", "-ss", "2.5", "-i", f"file:{source}"]
    compare += ["-ss", "2.5", "-i", f"file:{path}", "-t", "1", "-lavfi"]
    compare += ["[1:v]zscale=min=bt709:m=smpte170m[made];[0:v][made]ssim", "-f", "null", "-"]
    said = subprocess.run(compare, check=True, capture_output=True).stderr.decode()
    assert float(said.rpartition("SSIM Y:")[2].split()[0]) > 0.98


def test_pixels_that_are_not_square_are_measured(tmp_path: Path) -> None:
    media = probe(oddities.fields(tmp_path / "asset")).media
    assert media.container == "mpegts"
    assert media.video.shown_size == (1024, 576)


def test_a_phone_clip_comes_out_upright(tmp_path: Path) -> None:
    source = oddities.turned(tmp_path / "asset")
    video = probe(source).media.video
    assert (video.width, video.height, video.rotation) == (180, 320, 90)
    assert video.shown_size == (320, 180)
    lying, _, _ = made(source, tmp_path, LYING, STANDING, SQUARE)
    assert corners(frame(lying, 0.5)) == CARD


@pytest.mark.parametrize(
    ("rows", "rotation", "skewed", "shown"),
    [
        (((1, 0), (0, -1)), 0, True, CARD[::-1]),
        (((-1, 0), (0, 1)), 180, True, [CARD[1], CARD[0], CARD[3], CARD[2]]),
        (((-1, 0), (0, -1)), 180, False, [*CARD[2:], *CARD[:2]]),
        (((0.966, 0.259), (-0.259, 0.966)), 0, True, CARD),
        (((0, 0), (0, 0)), 0, True, CARD),
    ],
)
def test_a_clip_whose_matrix_does_more_than_turn_it_is_shown_as_that_says(
    tmp_path: Path,
    rows: tuple[tuple[float, float], ...],
    rotation: int,
    *,
    skewed: bool,
    shown: list[object],
) -> None:
    source = oddities.skewed(tmp_path / "asset", *rows)
    video = probe(source).media.video
    assert (video.rotation, video.skewed) == (rotation, skewed)
    (path,) = made(source, tmp_path, LYING)
    assert corners(frame(path, 0.5)) == shown


def test_an_anamorphic_clip_comes_out_in_its_true_shape(tmp_path: Path) -> None:
    source = oddities.anamorphic(tmp_path / "asset")
    assert probe(source).media.video.shown_size == (320, 180)
    lying, standing = made(source, tmp_path, LYING, STANDING)
    assert corners(frame(lying, 0.5)) == CARD
    assert corners(frame(standing, 0.5).crop((0, 109, 180, 211))) == CARD


@pytest.mark.parametrize("make", [each for each in oddities.CLIPS if each not in TESTED_FOR_MORE])
def test_every_odd_clip_fits_the_screen(tmp_path: Path, make: Make) -> None:
    made(make(tmp_path / "asset"), tmp_path, LYING)


LED = screen("led", 1152, 384, Fit.BLUR).model_copy(update={"loudness_lufs": None})


@pytest.mark.parametrize("what", oddities.CODINGS)
def test_however_a_clip_was_coded_it_fits_the_wall(tmp_path: Path, what: str) -> None:
    picture, options, form = oddities.CODINGS[what]
    source = oddities.clip(tmp_path / "asset", picture, *options, sound=oddities.TONE, form=form)
    made(source, tmp_path, LYING, LED)


@pytest.mark.parametrize(
    "codec",
    [
        ("-c:v", "prores_ks", "-profile:v", "4", "-pix_fmt", "yuva444p10le"),
        ("-c:v", "qtrle", "-pix_fmt", "argb"),
        ("-c:v", "png", "-pix_fmt", "rgba"),
    ],
)
def test_what_is_transparent_is_black(tmp_path: Path, codec: tuple[str, ...]) -> None:
    source = oddities.transparent(tmp_path / "asset", *codec)
    (lying,) = made(source, tmp_path, LYING)
    picture = frame(lying, 0.5)
    assert picture.getpixel((20, 20)) == pytest.approx((0, 0, 0), abs=4)
    assert picture.getpixel((160, 90)) == pytest.approx(oddities.GREEN, abs=10)


@pytest.mark.parametrize("fit", [Fit.PAD, Fit.BLUR, Fit.CROP])
@pytest.mark.parametrize(
    "coding",
    [
        ("-c:v", "libvpx", "-deadline", "realtime", "-pix_fmt", "yuv420p"),
        ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p"),
        ("-c:v", "mjpeg", "-pix_fmt", "yuvj422p"),
    ],
)
def test_pixels_that_share_colours_fit_in_any_size(
    tmp_path: Path, coding: tuple[str, ...], fit: Fit
) -> None:
    source = oddities.clip(
        tmp_path / "asset", "testsrc2=s=213x121:r=25:d=0.4", *coding, form="matroska"
    )
    (path,) = made(source, tmp_path, LYING.model_copy(update={"fit": fit}))
    assert difference(frame(source, 0).resize((320, 180)), frame(path, 0)) < TOLERATED_OF_SHAPE


def test_a_coder_that_cannot_begin_is_named_and_the_clip_is_not(tmp_path: Path) -> None:
    source = oddities.plain(tmp_path / "asset")
    media = probe(source).media
    orders = ordered(source, media, tmp_path, LYING)
    orders[0].pictures.mkdir()
    with pytest.raises(CannotBeNormalized) as raised:
        clips.transcode(source, media, orders)
    assert "Is a directory" in str(raised.value.facts["machine_said"])


def test_one_decode_serves_every_screen(tmp_path: Path) -> None:
    made(oddities.plain(tmp_path / "asset"), tmp_path, LYING, STANDING, SQUARE)


@pytest.mark.parametrize("primaries", ["bt2020", "smpte432"])
def test_colours_of_a_wider_range_are_the_same_colours(tmp_path: Path, primaries: str) -> None:
    red = "color=0xDC1E1E:s=320x240:r=15:d=1"
    source = oddities.clip(tmp_path / "asset", red, *oddities.wide_colours(primaries))
    (square,) = made(source, tmp_path, SQUARE)
    assert ImageStat.Stat(frame(square, 0.5)).mean == pytest.approx(oddities.RED, abs=6)


def test_what_is_transparent_in_web_video_is_black(tmp_path: Path) -> None:
    coded = ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-deadline", "realtime")
    for codec in (coded, ("-c:v", "libvpx", *coded[2:], "-auto-alt-ref", "0")):
        source = oddities.transparent(tmp_path / "asset", *codec, form="matroska")
        (lying,) = made(source, tmp_path, LYING)
        assert frame(lying, 0.5).getpixel((20, 20)) == pytest.approx((0, 0, 0), abs=4)
        assert frame(lying, 0.5).getpixel((160, 90)) == pytest.approx(oddities.GREEN, abs=10)


@pytest.mark.parametrize(
    "make",
    [oddities.standard_definition_red, oddities.high_definition_red, oddities.full_range_red],
)
def test_red_is_the_same_red_however_it_was_coded(tmp_path: Path, make: Make) -> None:
    (square,) = made(make(tmp_path / "asset"), tmp_path, SQUARE)
    seen = ImageStat.Stat(frame(square, 0.5)).mean
    assert seen == pytest.approx(oddities.RED, abs=5)


@pytest.mark.parametrize(
    ("transfer", "levels"), [("smpte2084", (38, 58, 75)), ("arib-std-b67", (38, 75, 100))]
)
def test_a_high_dynamic_range_is_as_bright_as_an_ordinary_one(
    tmp_path: Path, transfer: str, levels: tuple[int, int, int]
) -> None:
    # ITU-R BT.2408: a grey card, white, and 1000 candelas
    (lying,) = made(oddities.grey_steps(tmp_path / "asset", transfer, *levels), tmp_path, LYING)
    cards = frame(lying, 0.5).convert("L").resize((3, 1), Image.Resampling.BOX)
    grey, white, brightest = (level / 255 for level in cards.tobytes())
    assert grey**2.4 == pytest.approx(0.18, abs=0.01)
    assert white == pytest.approx(0.885, abs=0.015)
    assert brightest == pytest.approx(0.99, abs=0.025)


def test_the_lines_above_a_tapes_picture_are_not_shown(tmp_path: Path) -> None:
    tape = "color=0x1E1EDC:s=720x608:r=25:d=1,drawbox=h=32:c=white:t=fill,setdar=16/9"
    coding = ("-c:v", "mpeg2video", "-b:v", "20M", "-pix_fmt", "yuv422p")
    source = oddities.clip(tmp_path / "asset", tape, *coding, form="mxf")
    assert probe(source).media.video.shown_size == (1024, 576)
    (lying,) = made(source, tmp_path, LYING)
    assert frame(lying, 0.5).getpixel((160, 1)) == pytest.approx(oddities.BLUE, abs=12)


def test_channels_that_are_tracks_of_their_own_are_left_and_right(tmp_path: Path) -> None:
    (lying,) = made(oddities.discrete_channels(tmp_path / "asset"), tmp_path, LYING)
    assert rms_db(lying, 0, 0.2, 1.8) > -35
    assert rms_db(lying, 1, 0.2, 1.8) < -70


def test_a_codec_that_gives_its_first_sound_late_gives_all_of_it_when_it_is_due(
    tmp_path: Path,
) -> None:
    coded = ("-c:v", "wmv2", "-c:a", "wmav2")
    tone = f"{oddities.TONE},volume=0:enable='lt(t,1)'"
    source = oddities.clip(tmp_path / "asset", oddities.SMALL, *coded, sound=tone, form="asf")
    (lying,) = made(source, tmp_path, LYING)
    for path in (source, lying):
        assert rms_db(path, 0, 0.99, 1.03) < rms_db(path, 0, 1.4, 1.8) - 15
        assert rms_db(path, 0, 1.06, 1.1) > rms_db(path, 0, 1.4, 1.8) - 3


def test_a_voice_in_the_centre_is_heard_on_both_sides(tmp_path: Path) -> None:
    (lying,) = made(oddities.surround(tmp_path / "asset"), tmp_path, LYING)
    assert rms_db(lying, 0, 0.2, 1.8) == pytest.approx(rms_db(lying, 1, 0.2, 1.8), abs=0.5)


@pytest.mark.parametrize(
    ("volumes", "taken"),
    [
        ((1, 1, 1), [0, 1]),
        ((0, 1), [0, 1]),
        ((0, 0, 1, 1), [2, 3]),
        ((0, 0, 1), [2]),
        ((0, 0), [0, 1]),
    ],
)
def test_the_first_tracks_in_which_there_is_something_are_heard(
    tmp_path: Path, volumes: tuple[float, ...], taken: list[int]
) -> None:
    source = oddities.tracks(tmp_path / "asset", *volumes)
    media = probe(source).media
    assert media.heard == taken
    said = sound.measure(source, media)
    assert said
    assert (said.loudness.lufs is not None) == any(volumes)


def test_sound_that_begins_late_stays_late(tmp_path: Path) -> None:
    (lying,) = made(oddities.late_sound(tmp_path / "asset"), tmp_path, LYING)
    assert rms_db(lying, 0, 0, 0.4) < -60
    assert rms_db(lying, 0, 0.6, 1.5) > -35


def test_the_ceiling_wins_over_the_loudness(tmp_path: Path) -> None:
    source = oddities.loud_clicks(tmp_path / "asset")
    (order,) = ordered(source, probe(source).media, tmp_path, LYING)
    assert order.gain
    assert order.gain.lufs is not None
    assert order.gain.lufs < -24
    made(source, tmp_path, LYING)


HISSES = (
    "anoisesrc=c=white:a=0.02:r=48000:d=6:seed=7,volume='if(lt(mod(t,3),0.03),20,1)':eval=frame"
)
"""Bursts that AAC lifts by three decibels over what it was given."""


@pytest.mark.parametrize("rule", Peaks)
@pytest.mark.parametrize("kbps", [1000, 8000])
def test_the_ceiling_holds_for_what_is_heard_and_no_more_is_lost_than_the_rule_asks(
    tmp_path: Path, rule: Peaks, kbps: int
) -> None:
    lossless = ("-c:a", "pcm_s16le")
    source = oddities.clip(
        tmp_path / "asset", oddities.SMALL, *oddities.FAST_H264, *lossless, sound=HISSES, form="mov"
    )
    profile = LYING.model_copy(update={"peaks": rule, "bitrate_kbps": kbps})
    (path,) = made(source, tmp_path, profile)
    heard = proving.prove(path, read_clip(path).media).loudness
    assert heard
    assert heard.peak_dbtp is not None
    assert heard.lufs is not None
    assert heard.peak_dbtp <= profile.true_peak_dbtp
    near_the_ceiling = heard.peak_dbtp > profile.true_peak_dbtp - 1
    assert (rule is Peaks.LOWER and near_the_ceiling) or heard.lufs == pytest.approx(-23, abs=0.5)


def test_bars_are_black_or_a_blur_of_the_clip_itself(tmp_path: Path) -> None:
    source = oddities.high_definition_red(tmp_path / "asset")
    padded = STANDING.model_copy(update={"name": "padded", "fit": Fit.PAD})
    blurred, black = made(source, tmp_path, STANDING, padded)
    assert ImageStat.Stat(frame(blurred, 0.5)).mean == pytest.approx(oddities.RED, abs=5)
    assert frame(black, 0.5).getpixel((90, 20)) == (0, 0, 0)
    assert frame(black, 0.5).getpixel((90, 160)) == pytest.approx(oddities.RED, abs=6)


def test_a_person_who_stops_a_proof_need_not_wait_for_its_end(tmp_path: Path) -> None:
    coding = (*oddities.FAST_H264, "-movflags", "+faststart")
    made = oddities.clip(tmp_path / "made", "testsrc2=s=1280x720:r=50:d=60", *coding)
    media, patience = read_clip(made).media, Patience()
    stopped = threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT))
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)  # as in the background
    try:
        stopped.start()
        with pytest.raises(KeyboardInterrupt):
            proving.prove(made, media, Work(patience))
    finally:
        signal.signal(signal.SIGINT, ignored)
    assert patience.stop.is_set()


def test_the_same_clip_gives_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "asset"
    cut = ["ffmpeg", "-nostdin", "-v", "error", "-t", "2", "-i", str(material.CLIP), "-c", "copy"]
    subprocess.run([*cut, "-f", "mp4", str(source)], check=True)
    media = probe(source).media
    wide = SQUARE.model_copy(update={"width": 960, "height": 540, "fps": Fraction(25)})
    runs = []
    for folder in (tmp_path / "once", tmp_path / "again"):
        folder.mkdir()
        orders = ordered(source, media, folder, wide, LYING, STANDING)
        clips.transcode(source, media, orders)
        runs.append([order.path.read_bytes() for order in orders])
    assert runs[0] == runs[1]


def test_what_is_made_starts_at_once_and_says_nothing_of_its_source(tmp_path: Path) -> None:
    (lying,) = made(oddities.plain(tmp_path / "asset"), tmp_path, LYING)
    content = lying.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert set(read_clip(lying).embedded) <= {
        "format:major_brand", "format:minor_version", "format:compatible_brands",
        "stream0:language", "stream0:handler_name", "stream0:vendor_id", "stream0:encoder",
        "stream1:language", "stream1:handler_name", "stream1:vendor_id",
    }  # fmt: skip


def test_half_a_clip_is_refused_at_the_second_at_which_it_breaks(tmp_path: Path) -> None:
    source = material.truncated_clip(tmp_path / "asset")
    media = probe(source).media
    with pytest.raises(BreaksOff) as refused:
        clips.transcode(source, media, [Order(tmp_path / "a.mp4", SQUARE)])
    assert float(refused.value.facts["at_en"]) == pytest.approx(1.7, abs=0.2)
    assert refused.value.facts["seconds_en"] == "5.1"


def test_a_clip_that_ends_in_zeros_is_refused(tmp_path: Path) -> None:
    source = oddities.zero_tail(tmp_path / "asset")
    with pytest.raises(BreaksOff):
        clips.transcode(source, probe(source).media, [Order(tmp_path / "a.mp4", SQUARE)])


def test_a_file_of_ours_that_is_not_whole_proves_nothing(tmp_path: Path) -> None:
    (lying,) = made(oddities.plain(tmp_path / "asset"), tmp_path, LYING)
    media = read_clip(lying).media
    lying.write_bytes(lying.read_bytes()[:-5000])
    with pytest.raises(DamagedMedia):
        proving.prove(lying, media)


def test_an_encoder_that_stands_still_is_ended(tmp_path: Path) -> None:
    source = oddities.plain(tmp_path / "asset")
    impatient = ffmpeg.Work(Patience(stall_seconds=0))
    with pytest.raises(Stalled, match="ffmpeg"):
        clips.transcode(source, probe(source).media, [Order(tmp_path / "a.mp4", LYING)], impatient)


def test_it_tells_how_far_it_is(tmp_path: Path) -> None:
    source = oddities.plain(tmp_path / "asset")
    parts: list[float] = []
    work = ffmpeg.Work(PATIENT, parts.append)
    clips.transcode(source, probe(source).media, [Order(tmp_path / "a.mp4", LYING)], work)
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(1, abs=0.1)
