"""A clip's sound: how loud it is, and how it is brought to where a screen wants it."""

# ruff: noqa: ANN401  ffmpeg-python, which builds the graph, has no types

import math
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import ffmpeg

from cluster_feed.adapters import quality
from cluster_feed.adapters.damage import blame
from cluster_feed.adapters.ffmpeg import (
    INPUT,
    MEMORY,
    OPENING,
    UNWATCHED,
    Work,
    opened,
    run,
)
from cluster_feed.adapters.process import Limits, Patience
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.errors import DamagedMedia
from cluster_feed.core.finding import Finding
from cluster_feed.core.loudness import (
    MOST_LIMITING_DB,
    SILENCE_LUFS,
    Gain,
    Loudness,
    gain_for,
)
from cluster_feed.core.profile import DisplayProfile, Peaks

_OVERSAMPLED: Final = 192_000
"""Four times 48 kHz, at which a peak between two samples is one (ITU-R BS.1770, annex 2)."""
_ROUNDS: Final = 6
_NEAR_LU: Final = 0.2
_SPARE_DB: Final = 0.1
_SUMMARY: Final = "Summary:"
_USUAL_SUMMARIES: Final = 2
"""ffmpeg sets a graph up once for what the headers say, and again for the first frame."""
_SPARE_BYTES: Final = 1 << 20
_SILENT_DB: Final = -60.0
_LATE_SECONDS: Final = 0.1
"""How late a track may begin without silence before it; its file says when it does."""


class Heard(NamedTuple):
    """A sound's loudness, and what is wrong with it.

    `changes`: its channels do, or the size of the picture, in the middle of it: ffmpeg then begins
    to measure anew, and the loudness is that of the end.
    """

    loudness: Loudness
    findings: tuple[Finding, ...] = ()
    changes: bool = False


def from_first_heard(source: Path, media: MediaInfo, patience: Patience) -> MediaInfo:
    """Mark the tracks before the first in which anything is to be heard as silent."""
    tracks = list(media.audio)
    if len(media.audible) == 1:
        return media
    for index in media.audible:
        if not _is_silent(source, index, patience):
            break
        tracks[index] = tracks[index].model_copy(update={"is_silent": True})
    else:
        return media
    return media.model_copy(update={"audio": tuple(tracks)})


def _is_silent(source: Path, index: int, patience: Patience) -> bool:
    """Whether nothing of a track comes near to being heard; what is broken is not silent."""
    sound = ffmpeg.input(INPUT, **OPENING)[f"a:{index}"].filter("volumedetect")
    graph = ffmpeg.output(sound, "-", format="null")
    finished, _ = run(source, graph, None, Work(patience))
    peaks = re.findall(r"max_volume: (\S+) dB", finished.complaints)
    return not finished.status and all(float(peak) < _SILENT_DB for peak in peaks[-1:])


def measure(source: Path, media: MediaInfo, work: Work = UNWATCHED) -> Heard | None:
    """Measure the sound as a screen will play it; None where there is none to hear.

    Only the sound is decoded.  Raises DamagedMedia where that fails.
    """
    if not media.audible:
        return None
    own = track(opened(media), media, listening=True).filter("atrim", end=media.seconds)
    sound = quality.listened(own)
    said, notes = _listen(source, media, sound, work)
    loudness = read(said)
    findings = tuple(quality.heard(notes, media.seconds or 0.0, loudness))
    return Heard(loudness, findings, said.count(_SUMMARY) > _USUAL_SUMMARIES)


def gain(
    source: Path,
    media: MediaInfo,
    loudness: Loudness,
    profile: DisplayProfile,
    scratch: Path,
    work: Work = UNWATCHED,
    *,
    coded: bool = False,
) -> Gain:
    """Find the gain that a profile wants.

    Where the ceiling is near, or `coded` asks for it, the sound alone is coded into the folder
    `scratch` and heard: what a limiter or the codec takes away is made up for, as far as the
    peaks allow, and what the codec adds to the peaks is taken off again.
    """
    wanted = gain_for(loudness, profile)
    if wanted.lufs is None or loudness.peak_dbtp is None:
        return wanted
    if not coded and not wanted.is_tight(loudness, profile):
        return wanted
    room = profile.true_peak_dbtp - loudness.peak_dbtp
    most = room + (MOST_LIMITING_DB if profile.peaks is Peaks.LIMIT else 0.0)
    tried = wanted
    for _ in range(_ROUNDS):
        heard = _heard_coded(source, media, tried, profile, scratch, work)
        if heard.lufs is None or heard.peak_dbtp is None:
            raise DamagedMedia(detail="its sound is gone when it is coded")
        reached = tried._replace(lufs=heard.lufs)
        over = heard.peak_dbtp - profile.true_peak_dbtp
        short = wanted.lufs - heard.lufs
        if over <= 0 and (short <= _NEAR_LU or tried.db >= most):
            return reached
        if over > 0:
            tried = tried.under(over + _SPARE_DB, profile.peaks)
            most = most if tried.limited else tried.db
        if short > _NEAR_LU:
            tried = tried._replace(db=min(most, tried.db + short))
    return reached


def _heard_coded(
    source: Path,
    media: MediaInfo,
    gain: Gain,
    profile: DisplayProfile,
    scratch: Path,
    work: Work,
) -> Loudness:
    """Code a sound with its gain, and measure what a screen makes of it."""
    coded = scratch / f"{profile.name}.m4a"
    sound = raised(track(opened(media), media).filter("atrim", end=media.seconds), gain, profile)
    graph = ffmpeg.output(sound, str(coded), format="mp4", **coding(profile))
    seconds = media.seconds or 0.0
    room = Limits(MEMORY, file_bytes=round(seconds * 40_000) + _SPARE_BYTES, writes=scratch)
    finished, _ = run(source, graph, media.seconds, work, level="error", limits=room)
    if finished.status:
        blame(source, media, work.patience)
        raise DamagedMedia(detail=finished.last_complaint)
    try:
        decoded = metered(ffmpeg.input(INPUT, **OPENING)["a:0"])
        graph = ffmpeg.output(decoded, "-", format="null")
        finished, _ = run(coded, graph, media.seconds, work)
    finally:
        coded.unlink()
    return read(finished.complaints)


def kbps(profile: DisplayProfile) -> int:
    """The part of a profile's bitrate that is the sound's."""
    if profile.loudness_lufs is None:
        return 0
    return max(32, min(192, profile.bitrate_kbps // 10))


def coding(profile: DisplayProfile) -> dict[str, Any]:
    """How ffmpeg is to code a screen's sound."""
    if profile.loudness_lufs is None:
        return {}
    return {
        "c:a": "aac",
        "profile:a": "aac_low",
        "b:a": f"{kbps(profile)}k",
        "flags:a": "+bitexact",
    }


def track(clip: Any, media: MediaInfo, *, listening: bool = False) -> Any:
    """The sound that is heard, in stereo at 48 kHz, in step with the picture.

    `listening`: what is clipped in it is noted down.
    """
    first, *others = media.heard
    track = clip[f"a:{first}"]
    if others:
        sides = [track, *(clip[f"a:{index}"] for index in others)]
        track = ffmpeg.filter(sides, "join", inputs=2, channel_layout="stereo")
    if listening:
        track = quality.clipped(track, media.audio[first].sample_rate)
    # ffmpeg sets the filters up anew where the channels change, which would let the silence before
    # a late track come once more
    late = {"first_pts": 0} if media.audio[first].late_seconds > _LATE_SECONDS else {}
    return track.filter("aresample", 48_000, **late, **{"async": 1}).filter(
        "aformat", sample_fmts="fltp", channel_layouts="stereo"
    )


def raised(sound: Any, gain: Gain, profile: DisplayProfile) -> Any:
    """Raise a sound, and hold its peaks down where its gain says so."""
    sound = sound.filter("volume", f"{gain.db:.2f}dB")
    if not gain.limited:
        return sound
    ceiling = 10 ** ((profile.true_peak_dbtp - gain.margin_db) / 20)
    return (
        sound.filter("aresample", _OVERSAMPLED)
        .filter("alimiter", limit=f"{ceiling:.4f}", attack=5, release=50, level=0, latency=1)
        .filter("aresample", 48_000)
        .filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
    )


def metered(sound: Any) -> Any:
    """Meter a sound; `read` reads what the meter says at the end."""
    return sound.filter("ebur128", peak="true", framelog="verbose", metadata=1)


def read(complaints: str) -> Loudness:
    """Read the summary that ebur128 leaves at the end."""
    summary = complaints[complaints.rfind(_SUMMARY) :]
    lufs = _number(re.search(r"I:\s+(\S+) LUFS", summary))
    peak = _number(re.search(r"Peak:\s+(\S+) dBFS", summary))
    if lufs is None or lufs <= SILENCE_LUFS:
        return Loudness(None, peak)
    return Loudness(lufs, peak)


def _number(found: re.Match[str] | None) -> float | None:
    if found is None or not math.isfinite(value := float(found.group(1))):
        return None
    return value


def _listen(source: Path, media: MediaInfo, sound: Any, work: Work) -> tuple[str, list[str]]:
    graph = ffmpeg.output(metered(sound), "-", format="null")
    finished, progress = run(source, graph, media.seconds, work)
    if finished.status:
        blame(source, media, work.patience)
        raise DamagedMedia(detail=finished.last_complaint)
    return finished.complaints, progress.notes
