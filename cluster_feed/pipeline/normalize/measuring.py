"""What is measured of a clip's content: once, and kept with the asset whatever screens come."""

from pathlib import Path
from typing import Final

from cluster_feed.adapters import damage, packets, sound
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.process import Patience
from cluster_feed.core.asset import Heard, Measurement, MediaInfo
from cluster_feed.core.errors import DamagedMedia
from cluster_feed.core.packing import Packing

VERSION: Final = 3
"""Raised where something is measured better, or more: every clip is then measured once more, when
it is next normalized."""


def measured(path: Path, media: MediaInfo, patience: Patience, *, hearing: bool) -> MediaInfo:
    """Measure what nobody has, its sound only where some screen is `hearing` it; a Refusal."""
    known = media.measurement
    if known is None or known.version != VERSION:
        ends = damage.check_recording(path, media, patience)
        packing = _packing(path, media, patience)
        known = Measurement(version=VERSION, packing=packing, ends=ends)
        media = media.model_copy(update={"seconds": _seconds(media, packing)})
    seen = media.model_copy(update={"measurement": known})
    if known.heard or not hearing:
        return seen
    heard = sound.measure(path, media, Work(patience))
    if heard is None:
        return seen
    flaws = Heard(findings=heard.findings, changes=heard.changes)
    known = known.model_copy(update={"heard": flaws})
    audio = list(media.audio)
    first = media.heard[0]
    audio[first] = heard.loudness.told_of(audio[first])
    return media.model_copy(update={"audio": tuple(audio), "measurement": known})


def _seconds(media: MediaInfo, packing: Packing | None) -> float | None:
    """Say how long a clip is; a header adds up how long each picture is decoded for.

    Where the rate changes the last picture may be shown after that sum, but for what was cut off.
    """
    if packing is None or packing.constant_rate or not packing.nothing_cut:
        return media.seconds
    return max(media.seconds or 0.0, packing.picture_ends_seconds)


def _packing(path: Path, media: MediaInfo, patience: Patience) -> Packing | None:
    """Read the packets; what cannot even be read so is left to the decoder to judge."""
    try:
        return packets.inspect(path, media, patience)
    except DamagedMedia:
        return None
