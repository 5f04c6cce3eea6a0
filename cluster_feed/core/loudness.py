"""How loud a sound is, and what brings it to where a screen wants it (EBU R 128)."""

from typing import Final, NamedTuple, Self

from cluster_feed.core.asset import AudioInfo
from cluster_feed.core.profile import DisplayProfile, Peaks

TOLERANCE_LU: Final = 0.5
"""How far a programme may be from its target before anybody touches its sound."""

CODEC_OVERSHOOT_DB: Final = 1.0
"""By how much AAC may raise the peaks it was given."""

TIGHT_DB: Final = 3.0
"""The room under the ceiling in which a codec's overshoot must be looked for."""

MOST_LIMITING_DB: Final = 12.0
"""How far a limiter may hold peaks down before it is heard more than the programme."""


SILENCE_LUFS: Final = -70.0
"""Where the gate of EBU R 128 (ITU-R BS.1770) lets nothing through."""

NEAR_SILENCE_LUFS: Final = -50.0
"""Below this there is only the noise of a room or a machine, which nobody wants raised."""


class Loudness(NamedTuple):
    """A sound track's integrated loudness and true peak; `lufs` is None: silence."""

    lufs: float | None
    peak_dbtp: float | None

    @classmethod
    def of(cls, track: AudioInfo) -> Self:
        """Read what was measured of a track."""
        return cls(track.loudness_lufs, track.true_peak_dbtp)

    def told_of(self, track: AudioInfo) -> AudioInfo:
        """Let a track tell it."""
        measured = {"loudness_lufs": self.lufs, "true_peak_dbtp": self.peak_dbtp}
        return track.model_copy(update=measured)


class Gain(NamedTuple):
    """By how much a sound is raised, and whether its peaks are then held under the ceiling.

    `lufs` is where that brings it; None: it is silence, and left alone.  `margin_db` is how far
    under the profile's ceiling a limiter holds the peaks, for what the codec adds to them.
    """

    db: float
    lufs: float | None
    limited: bool = False
    margin_db: float = CODEC_OVERSHOOT_DB

    def is_tight(self, loudness: Loudness, profile: DisplayProfile) -> bool:
        """Whether it brings a sound's peaks so near the ceiling that a codec may lift them over."""
        if self.lufs is None or loudness.peak_dbtp is None:
            return False
        return self.limited or loudness.peak_dbtp + self.db > profile.true_peak_dbtp - TIGHT_DB

    def under(self, over_db: float, rule: Peaks) -> "Gain":
        """Bring peaks down that a codec lifted over the ceiling, as the profile's rule has it."""
        if self.limited:
            return self._replace(margin_db=self.margin_db + over_db)
        if rule is Peaks.LIMIT:
            return self._replace(limited=True)
        return self._replace(db=self.db - over_db)


def gain_for(loudness: Loudness, profile: DisplayProfile) -> Gain:
    """Say by how much a profile wants a sound raised.

    Its ceiling for the true peak wins: what linear gain cannot reach under it is limited, or
    stays lower, by the profile's rule.
    """
    if loudness.lufs is None or loudness.peak_dbtp is None or profile.loudness_lufs is None:
        return Gain(0.0, None)
    if loudness.lufs < NEAR_SILENCE_LUFS:
        return Gain(0.0, loudness.lufs)
    wanted = profile.loudness_lufs - loudness.lufs
    room = profile.true_peak_dbtp - loudness.peak_dbtp
    if wanted <= room:
        return Gain(wanted, profile.loudness_lufs)
    if profile.peaks is Peaks.LIMIT:
        raised = min(wanted, room + MOST_LIMITING_DB)
        return Gain(raised, loudness.lufs + raised, limited=True)
    return Gain(room, loudness.lufs + room)


def fits(loudness: Loudness | None, profile: DisplayProfile) -> bool:
    """Whether a sound may stay as it is: where it should be, or as near as its peaks let it be."""
    target = profile.loudness_lufs
    if loudness is None or loudness.lufs is None or loudness.peak_dbtp is None or target is None:
        return True
    if loudness.peak_dbtp > profile.true_peak_dbtp:
        return False
    if abs(target - loudness.lufs) <= TOLERANCE_LU:
        return True
    gain = gain_for(loudness, profile)
    return loudness.lufs < target and not gain.limited and gain.db <= TOLERANCE_LU
