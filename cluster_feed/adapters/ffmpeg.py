"""Clips through ffmpeg: one decode, every wanted profile.

ffmpeg-python builds the filter graph; `process` runs it.  An exit status proves nothing (ffmpeg
ends with 0 on half a file and on a full disk), so whoever calls this also calls `prove`.
"""

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import ffmpeg

from cluster_feed.adapters import process
from cluster_feed.adapters.frames import fitted, split, whole_frames
from cluster_feed.adapters.process import PATIENT, Finished, Patience
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.errors import BreaksOff, CannotBeNormalized, DamagedMedia
from cluster_feed.core.profile import DisplayProfile

RECIPE: Final = "clip-1"
"""Changes whenever the same clip would come out otherwise: every clip is then made again."""

FORMATS: Final = "mov,matroska,mxf,mpegts,mpeg,avi,dv,asf"
"""Containers that may be opened.  No playlist is among them: those make ffmpeg read other files."""

INPUT: Final = "file:/dev/stdin"
"""A file is handed over open: its name, which may look like a pattern or an option, stays here."""

OPENING: Final = {
    "protocol_whitelist": "file",
    "format_whitelist": FORMATS,
    "analyzeduration": "20M",
    "probesize": "20M",
}
MEMORY: Final = 4 * process.GIB
SHORTFALL_SECONDS: Final = 0.5
"""How much less than its container promises a clip may hold."""

_RECORDED_MIDWAY: Final = frozenset({"mpegts", "mpeg"})
"""Containers that may begin and end anywhere, so that broken packets at the ends are no damage."""

_FIELD_SAMPLE: Final = 40
_FIELDS: Final = re.compile(r"Multi frame detection: TFF:\s*(\d+) BFF:\s*(\d+) Prog\S*:\s*(\d+)")
_THREADS: Final = 2
_ENCODER_THREADS: Final = 1
"""With more, x264 under a bound on its bitrate gives other bytes at every run (measured)."""
_GOP_SECONDS: Final = 2
_SILENCE_LUFS: Final = -70.0
"""Where the gate of EBU R 128 (ITU-R BS.1770) lets nothing through."""
_CODEC_OVERSHOOT_DB: Final = 1.0
"""By how much AAC may raise the peaks it was given."""


class Loudness(NamedTuple):
    """A sound track's integrated loudness and true peak (EBU R 128); `lufs` is None: silence."""

    lufs: float | None
    peak_dbtp: float | None


class Work(NamedTuple):
    """What it takes to run ffmpeg for somebody: patience, and whom to tell how far it is."""

    patience: Patience = PATIENT
    tell: Callable[[float], None] = lambda _part: None


_UNWATCHED: Final = Work()


class _Progress:
    """Reads `-progress` and notices whether it stands still."""

    def __init__(self, seconds: float | None, tell: Callable[[float], None]) -> None:
        self.reached = 0.0
        self.frames = 0
        self._seconds = seconds
        self._tell = tell
        self._unread = b""
        self._last: tuple[bytes, ...] = ()

    def __call__(self, chunk: bytes) -> bool:
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        marks = tuple(line for line in lines if line.startswith((b"frame=", b"out_time_us=")))
        for mark in marks:
            name, _, value = mark.partition(b"=")
            if name == b"out_time_us" and value.strip().lstrip(b"-").isdigit():
                self.reached = max(self.reached, int(value) / 1_000_000)
            elif name == b"frame" and value.strip().isdigit():
                self.frames = int(value)
        if self._seconds:
            self._tell(min(1.0, self.reached / self._seconds))
        moved = bool(marks) and marks != self._last
        self._last = marks or self._last
        return moved


def transcode(
    source: Path,
    media: MediaInfo,
    loudness: Loudness | None,
    made: Mapping[Path, DisplayProfile],
    work: Work = _UNWATCHED,
) -> None:
    """Make one MP4 a profile: H.264 High 4:2:0, closed GOPs, AAC-LC stereo, index in front.

    Raises BreaksOff where the clip ends before its time or cannot be decoded, CannotBeNormalized
    with ffmpeg's last complaint where it fails otherwise.
    """
    clip = _open(media)
    fastest = max(profile.fps for profile in made.values())
    pictures = split(whole_frames(clip["V:0"], media.video, fastest), "split", len(made))
    hearing = sum(profile.loudness_lufs is not None for profile in made.values())
    if loudness and hearing:
        track = _sound(clip, media).filter("atrim", end=media.seconds)
        sounds = iter(split(track, "asplit", hearing))
    outputs = []
    for (path, profile), picture in zip(made.items(), pictures, strict=True):
        streams = [fitted(picture, media.video, profile)]
        if loudness and profile.loudness_lufs is not None:
            gain = gain_db(loudness, profile)
            streams.append(next(sounds).filter("volume", f"{gain:.2f}dB"))
        outputs.append(ffmpeg.output(*streams, str(path), **_coding(profile, media.seconds)))
    finished, progress = _run(
        source, ffmpeg.merge_outputs(*outputs), media.seconds, work, level="error"
    )
    profiles = list(made.values())
    if finished.status:
        _blame(source, media, work.patience)
        names = ", ".join(profile.name for profile in profiles)
        raise CannotBeNormalized(profile=names, detail=finished.last_complaint)
    _check_length(float(progress.frames / profiles[0].fps), media)


def measure(source: Path, media: MediaInfo, work: Work = _UNWATCHED) -> Loudness | None:
    """Measure the sound as a screen will play it; None where there is none to hear.

    Only the sound is decoded.  Raises DamagedMedia where that fails.
    """
    if not _audible(media):
        return None
    sound = _sound(_open(media), media).filter("ebur128", peak="true", framelog="verbose")
    finished, _ = _run(source, ffmpeg.output(sound, "-", format="null"), media.seconds, work)
    if finished.status:
        _blame(source, media, work.patience)
        raise DamagedMedia(detail=finished.last_complaint)
    return _loudness(finished.complaints)


def prove(made: Path, media: MediaInfo, work: Work = _UNWATCHED) -> Loudness | None:
    """Decode a file of ours to its end, at the first error DamagedMedia, and measure its sound."""
    clip = ffmpeg.input(INPUT, xerror=None, err_detect="explode", threads=_THREADS, **OPENING)
    streams = [clip["V:0"]]
    if media.audio:
        streams.append(clip["a:0"].filter("ebur128", peak="true", framelog="verbose"))
    finished, progress = _run(
        made, ffmpeg.output(*streams, "-", format="null"), media.seconds, work
    )
    if finished.status:
        raise DamagedMedia(detail=finished.last_complaint)
    _check_length(float(progress.frames / (media.video.fps or 1)), media)
    return _loudness(finished.complaints) if media.audio else None


def demux_seconds(source: Path, patience: Patience) -> float:
    """Read a clip's packets to the end for the length of its picture that no header tells."""
    clip = ffmpeg.input(INPUT, **OPENING)["V:0"]
    graph = ffmpeg.output(clip, "-", c="copy", format="null")
    finished, progress = _run(source, graph, None, Work(patience), level="error")
    if finished.status:
        raise DamagedMedia(detail=finished.last_complaint)
    return progress.reached


class Fields(NamedTuple):
    """How many frames look as if their top field, bottom field or neither came first."""

    top: int
    bottom: int
    progressive: int


def look_at_fields(source: Path, media: MediaInfo, patience: Patience) -> Fields:
    """Compare the fields of some frames from a third of the way on."""
    options = {**OPENING, "ss": (media.seconds or 0) / 3}
    picture = ffmpeg.input(INPUT, **options)["V:0"].filter("idet")
    graph = ffmpeg.output(picture, "-", format="null", **{"frames:v": _FIELD_SAMPLE})
    finished, _ = _run(source, graph, None, Work(patience))
    found = _FIELDS.findall(finished.complaints)
    return Fields(*map(int, found[-1])) if found else Fields(0, 0, 0)


def gain_db(loudness: Loudness, profile: DisplayProfile) -> float:
    """By how much a profile wants the sound raised; its ceiling for the true peak wins."""
    if loudness.lufs is None or loudness.peak_dbtp is None or profile.loudness_lufs is None:
        return 0.0
    wanted = profile.loudness_lufs - loudness.lufs
    return min(wanted, profile.true_peak_dbtp - _CODEC_OVERSHOOT_DB - loudness.peak_dbtp)


# --- What ffmpeg is told ------------------------------------------------------------------------


def _open(media: MediaInfo) -> Any:  # noqa: ANN401  ffmpeg-python has no types
    strictness = (
        {"fflags": "+discardcorrupt"} if media.container in _RECORDED_MIDWAY else {"xerror": None}
    )
    return ffmpeg.input(INPUT, threads=_THREADS, **strictness, **OPENING)


def _audible(media: MediaInfo) -> list[int]:
    return [index for index, track in enumerate(media.audio) if track.channels]


def _sound(clip: Any, media: MediaInfo) -> Any:  # noqa: ANN401
    """The first track in stereo at 48 kHz, in step with the picture.

    A recorder that writes every channel as a track of its own has left and right in the first two.
    """
    first, *others = _audible(media)
    track = clip[f"a:{first}"]
    pair = [media.audio[index] for index in (first, *others[:1])]
    if len(pair) > 1 and all(each.channels == 1 and each.codec.startswith("pcm") for each in pair):
        sides = [track, clip[f"a:{others[0]}"]]
        track = ffmpeg.filter(sides, "join", inputs=2, channel_layout="stereo")
    return track.filter("aresample", 48_000, first_pts=0, **{"async": 1}).filter(
        "aformat", sample_fmts="fltp", channel_layouts="stereo"
    )


def _coding(profile: DisplayProfile, seconds: float | None) -> dict[str, Any]:
    """Code for a profile's bitrate, the first second's full buffer included in a short clip's."""
    audio_kbps = 0
    if profile.loudness_lufs is not None:
        audio_kbps = max(32, min(192, profile.bitrate_kbps // 10))
    length = max(seconds or 1, 1)
    video_kbps = round((profile.bitrate_kbps - audio_kbps) * length / (length + 1))
    gop = math.ceil(profile.fps * _GOP_SECONDS)
    return {
        "format": "mp4",
        "movflags": "+faststart",
        "c:v": "libx264",
        "preset": "faster",
        "crf": 21,
        "maxrate": f"{video_kbps}k",
        "bufsize": f"{video_kbps}k",
        "profile:v": "high",
        "pix_fmt": "yuv420p",
        "g": gop,
        "rc-lookahead": 20,
        "flags:v": "+cgop+bitexact",
        "threads": _ENCODER_THREADS,
        "c:a": "aac",
        "profile:a": "aac_low",
        "b:a": f"{audio_kbps or 192}k",
        "flags:a": "+bitexact",
        "fflags": "+bitexact",
        "map_metadata": -1,
        "map_chapters": -1,
    }


# --- How it is run ------------------------------------------------------------------------------


def _run(
    source: Path,
    graph: Any,  # noqa: ANN401
    seconds: float | None,
    work: Work,
    *,
    level: str = "info",
    report_seconds: float = 0.5,
) -> tuple[Finished, _Progress]:
    progress = _Progress(seconds, work.tell)
    options = ("-nostdin", "-hide_banner", "-nostats", "-loglevel", level, "-y")
    telling = ("-progress", "pipe:1", "-stats_period", str(report_seconds))
    threads = ("-filter_complex_threads", str(_THREADS))
    with source.open("rb") as content:
        finished = process.run(
            ffmpeg.compile(graph, cmd=["ffmpeg", *options, *telling, *threads]),
            patience=work.patience,
            memory_bytes=MEMORY,
            content=content,
            moved=progress,
        )
    return finished, progress


def _blame(source: Path, media: MediaInfo, patience: Patience) -> None:
    """Find where a clip breaks, by decoding it again and watching every frame; BreaksOff there."""
    clip = _open(media)
    for stream in (clip["V:0"], *(clip[f"a:{index}"] for index in _audible(media)[:1])):
        graph = ffmpeg.output(stream, "-", format="null")
        finished, progress = _run(
            source, graph, None, Work(patience), level="error", report_seconds=0.001
        )
        if finished.status:
            raise _breaks_off(progress.reached, media)


def _check_length(reached: float, media: MediaInfo) -> None:
    if media.seconds is not None and reached < media.seconds - SHORTFALL_SECONDS:
        raise _breaks_off(reached, media)


def _breaks_off(reached: float, media: MediaInfo) -> BreaksOff:
    return BreaksOff(at=f"{reached:.1f}", seconds=f"{media.seconds or reached:.1f}")


def _loudness(complaints: str) -> Loudness:
    """Read the summary that ebur128 leaves at the end."""
    summary = complaints[complaints.rfind("Summary:") :]
    lufs = _number(re.search(r"I:\s+(\S+) LUFS", summary))
    peak = _number(re.search(r"Peak:\s+(\S+) dBFS", summary))
    if lufs is None or lufs <= _SILENCE_LUFS:
        return Loudness(None, peak)
    return Loudness(lufs, peak)


def _number(found: re.Match[str] | None) -> float | None:
    if found is None or not math.isfinite(value := float(found.group(1))):
        return None
    return value
