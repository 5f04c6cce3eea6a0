"""What was measured of a file, fact by fact, for people."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from cluster_feed.core.asset import AudioInfo, FieldOrder, MediaInfo, VideoInfo
from cluster_feed.core.bilingual import Bilingual, alike, comma, decimal, joined
from cluster_feed.core.profile import SKEWED, rated

_FILE: Final = Bilingual("Tệp", "File")
_LENGTH: Final = Bilingual("Thời lượng", "Length")
_PICTURE: Final = Bilingual("Hình", "Picture")
_SOUND: Final = Bilingual("Tiếng", "Sound")
LOUDNESS: Final = Bilingual("Độ to", "Loudness")
_ENDS: Final = Bilingual("Hết lúc", "Ends at")
_FLAWS: Final = Bilingual("Cần xem lại", "To be looked at")

_NO_SOUND: Final = Bilingual("không có tiếng", "no sound")
_SILENT: Final = Bilingual("im lặng", "silent")
_NOT_YET: Final = Bilingual(
    "chưa đo, sẽ đo khi tạo bản phát", "not measured until renditions are made"
)
_RATE: Final = Bilingual("{n} hình/giây", "{n} fps")
_PAGES: Final = Bilingual("{n} trang", "{n} pages")
_FEW_BYTES: Final = 1_000_000
"""Fewer are told in kilobytes."""
_CHANNELS: Final = Bilingual("{n} kênh", "{n} channels")
_CHANGES: Final = Bilingual("tiếng đổi kênh giữa chừng", "its sound changes midway")
_PICTURE_ENDS: Final = Bilingual("hình {at} giây", "picture {at} s")
_SOUND_ENDS: Final = Bilingual("tiếng {at} giây", "sound {at} s")


class Fact(NamedTuple):
    """One thing that was measured."""

    label: Bilingual
    says: Bilingual


def facts(media: MediaInfo) -> Iterator[Fact]:
    """Say what a file is."""
    parts = [_size(media.byte_count), alike(media.container)]
    parts += [alike(f"{media.bitrate_kbps} kb/s")] if media.bitrate_kbps else []
    yield Fact(_FILE, joined(parts))
    if media.seconds is not None:
        yield Fact(_LENGTH, Bilingual(f"{comma(media.seconds, 2)} giây", f"{media.seconds:.2f} s"))
    pages = [_PAGES.fill(n=media.pages)] if media.pages > 1 else []
    yield Fact(_PICTURE, joined([*_picture(media.video), *pages]))
    if media.seconds is None:
        return
    tracks = joined((_track(each) for each in media.audio), "; ") if media.audio else _NO_SOUND
    yield Fact(_SOUND, tracks)
    if loud := loudness(media):
        yield Fact(LOUDNESS, loud)


def facts_of_original(media: MediaInfo) -> Iterator[Fact]:
    """Say what a newsroom's file is, with what was measured of its content, and what was not."""
    yield from facts(media)
    known = media.measurement
    if media.audible and loudness(media) is None:
        yield Fact(LOUDNESS, _NOT_YET)
    if known is None:
        return
    if known.packing:
        ends = [_PICTURE_ENDS.fill(at=decimal(known.packing.picture_ends_seconds, 2))]
        if (sound := known.packing.sound_ends_seconds) is not None:
            ends.append(_SOUND_ENDS.fill(at=decimal(sound, 2)))
        yield Fact(_ENDS, joined(ends))
    flaws = [each.says for each in media.findings]
    flaws += [_CHANGES] if known.heard and known.heard.changes else []
    if flaws:
        yield Fact(_FLAWS, joined(flaws))


def loudness(media: MediaInfo) -> Bilingual | None:
    """Say how loud the sound is that screens play; None: there is none, or nobody measured it."""
    if not media.heard:
        return None
    track = media.audio[media.heard[0]]
    if track.loudness_lufs is None:
        return _SILENT if media.heard_track else None
    said = [Bilingual("{n} LUFS", "{n} LUFS").fill(n=decimal(track.loudness_lufs))]
    if track.true_peak_dbtp is not None:
        peak = decimal(track.true_peak_dbtp)
        said.append(Bilingual("đỉnh {n} dBTP", "true peak {n} dBTP").fill(n=peak))
    return joined(said)


def _size(byte_count: int) -> Bilingual:
    unit, bytes_a_unit = ("kB", 1000) if byte_count < _FEW_BYTES else ("MB", 1_000_000)
    return Bilingual("{n} {unit}", "{n} {unit}").fill(
        n=decimal(byte_count / bytes_a_unit), unit=unit
    )


def _picture(video: VideoInfo) -> Iterator[Bilingual]:
    yield alike(f"{video.codec} {video.width}x{video.height} {video.pixel_format}")
    if video.fps:
        yield _RATE.fill(n=rated(video.fps))
    if video.field_order is not FieldOrder.PROGRESSIVE:
        yield Bilingual("quét xen kẽ", "interlaced")
    if video.sample_aspect != 1:
        yield Bilingual(f"điểm ảnh {video.sample_aspect}", f"pixels {video.sample_aspect}")
    if video.rotation:
        yield Bilingual(f"xoay {video.rotation}°", f"turned {video.rotation}°")
    if video.skewed:
        yield SKEWED


def _track(track: AudioInfo) -> Bilingual:
    said = [
        alike(track.codec),
        _CHANNELS.fill(n=track.channels),
        alike(f"{track.sample_rate} Hz"),
    ]
    return joined([*said, _SILENT] if track.is_silent else said)
