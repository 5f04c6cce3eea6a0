"""What a file is, by its content: a clip, a photo, or nothing that a screen can show."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

from cluster_feed.adapters import ffmpeg, fields, packets, process, sound, stills, xmp
from cluster_feed.adapters.process import Patience
from cluster_feed.core.asset import AudioInfo, FieldOrder, Kind, MediaInfo, VideoInfo
from cluster_feed.core.bilingual import Bilingual, decimal, figure
from cluster_feed.core.errors import (
    ChangesStreams,
    ClockJumps,
    DamagedMedia,
    EmptyFile,
    NotARegularFile,
    OnlySound,
    TooLarge,
    UnknownMedia,
)

LARGEST_FRAME_MEGAPIXELS: Final = 36
"""8192 × 4320: the largest frame that H.264 knows."""

_PATIENCE: Final = Patience(stall_seconds=60)

_PHOTOS: Final = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|II[*+]\0|MM\0[*+]|RIFF....WEBP|BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}|GIF8"
    rb"|....ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1|miaf)",
    re.DOTALL,
)
_CLIPS: Final = re.compile(
    rb"....(ftyp|moov|mdat|wide|free|skip|pnot)|\x1a\x45\xdf\xa3|RIFF....AVI |RIFX....AVI "
    rb"|\x06\x0e\x2b\x34|\x00\x00\x01\xba|\x30\x26\xb2\x75|\x1f\x07\x00",
    re.DOTALL,
)
_SOUNDS: Final = re.compile(
    rb"ID3|\xff[\xf1-\xf3\xf9-\xfb]|fLaC|RIFF....WAVE|FORM....AIF|#!AMR|....ftypM4[AB] ", re.DOTALL
)
_TRANSPORT_PACKET: Final = re.compile(rb"(.{4})?\x47.{187}(.{4})?\x47", re.DOTALL)
_OTHERS: Final = (
    (rb"%PDF", "PDF"),
    (rb"OggS", "Ogg"),
    (rb"II\*\0.{4}CR|FUJIFILMCCD-RAW|II[RU]\0", "RAW"),
    (rb"PK\x03\x04", "ZIP, DOCX, PPTX"),
    (rb"\xd0\xcf\x11\xe0", "DOC, XLS, PPT"),
    (rb"Rar!", "RAR"),
    (rb"7z\xbc\xaf", "7-Zip"),
    (rb"8BPS", "Photoshop PSD"),
    (rb"....ftyp(avif|avis)", "AVIF"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "JPEG XL"),
    (rb"FLV\x01", "FLV"),
    (rb"P[1-7]\s[\d#]", "PPM"),
    (rb"....jP  ", "JPEG 2000"),
    (rb"\0\0\x01\0.\0", "ICO"),
    (rb"\0\0\x01\xb3", "M2V"),
    (rb"\0?\0\0\x01[\x09\x27\x67]", "H.264"),
    (rb"\0?\0\0\x01[\x40\x46]\x01", "H.265"),
    (rb"MZ|\x7fELF|#!", "EXE"),
    (rb"\s*#EXTM3U", "HLS"),
    (rb"\s*ffconcat", "ffconcat"),
    (rb"(\xef\xbb\xbf)?\s*(<\?xml|<svg|<!DOCTYPE|<html|<MPD)", "SVG, XML, HTML"),
)
_HEAD_BYTES: Final = 4096
_TOLD_BYTES: Final = 4

_OWN_COLOURS: Final = 5
"""The profile of Dolby Vision whose colours mean nothing without its own, secret mapping."""
_MATRIX: Final = "displaymatrix"
_WHOLE: Final = 1 << 16
_STREAMS: Final = {"video": Bilingual("hình", "picture"), "audio": Bilingual("tiếng", "sound")}
_A_YEAR: Final = 366 * 86_400.0
_FIELD_ORDERS: Final = {
    "tt": FieldOrder.TOP_FIRST,
    "bt": FieldOrder.TOP_FIRST,
    "bb": FieldOrder.BOTTOM_FIRST,
    "tb": FieldOrder.BOTTOM_FIRST,
}
"""ffprobe names the field that is coded first, then the one that is shown first."""


class Probed(NamedTuple):
    """What a file is, measured, and every text found in it by a flat name.

    Names: `format:title`, `stream0:handler_name`, `exif:ImageDescription`, `iptc:headline`,
    `xmp:dc:title`, `xmp:dc:title@vi`.
    """

    kind: Kind
    media: MediaInfo
    embedded: Mapping[str, str]


def probe(path: Path) -> Probed:
    """Tell what a file is; its name says nothing.

    Raises UnknownMedia (or OnlySound), DamagedMedia, AnimatedPhoto, TooLarge, EmptyFile,
    NotARegularFile or Stalled.
    A photo was decoded whole; a clip was opened, so one that breaks off midway may still pass.
    """
    if path.is_symlink() or not path.is_file():
        raise NotARegularFile
    with path.open("rb") as content:
        head = content.read(_HEAD_BYTES)
    if not head:
        raise EmptyFile
    if not head.strip(b"\0"):
        raise DamagedMedia(detail="0x00 0x00 0x00 …")
    if _SOUNDS.match(head):
        raise OnlySound
    for start, what in _OTHERS:
        if re.match(start, head, re.DOTALL):
            raise UnknownMedia(detail=what)
    if _is_text(head):
        raise UnknownMedia(detail="TXT")
    if _PHOTOS.match(head):
        return _photo(path)
    clip = read_clip(path, known=bool(_CLIPS.match(head) or _TRANSPORT_PACKET.match(head)))
    order = fields.order(path, clip.media, _PATIENCE)
    video = clip.media.video.model_copy(update={"field_order": order})
    media = sound.from_first_heard(path, clip.media, _PATIENCE)
    media = media.model_copy(update={"video": video})
    return clip._replace(media=media, embedded={**clip.embedded, **dict(xmp.texts(path))})


def _is_text(head: bytes) -> bool:
    try:
        text = head[:-4].decode() if len(head) == _HEAD_BYTES else head.decode()
    except UnicodeDecodeError:
        return False
    return not re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text)


def _photo(path: Path) -> Probed:
    photo = stills.look(path, _PATIENCE)
    return Probed(Kind.PHOTO, photo.media, photo.embedded)


def read_clip(path: Path, *, known: bool = True) -> Probed:
    """Read what a clip's headers say of it; `known`: it looks like one from outside."""
    wanted = ("-show_format", "-show_streams", "-show_chapters", "-of", "json")
    argv = ("ffprobe", "-v", "error", *ffmpeg.opening(), *wanted, "-i", ffmpeg.INPUT)
    with path.open("rb") as content:
        finished = process.run(argv, patience=_PATIENCE, limits=ffmpeg.READING, content=content)
    try:
        report = json.loads(finished.output)
    except ValueError:
        report = {}
    if finished.status or "format" not in report:
        if not known:
            with path.open("rb") as content:
                raise UnknownMedia(detail=f"{content.read(_TOLD_BYTES).hex(' ')} …")
        raise DamagedMedia(detail=finished.last_complaint.removeprefix(f"{ffmpeg.INPUT}: "))
    streams = report.get("streams", [])
    pictures = [each for each in streams if each.get("codec_type") == "video"]
    pictures = [each for each in pictures if not each["disposition"]["attached_pic"]]
    sounds = [each for each in streams if each.get("codec_type") == "audio"]
    if not pictures:
        raise OnlySound if sounds else UnknownMedia(detail=report["format"]["format_name"])
    container = _container(report["format"])
    media = MediaInfo(
        container=container,
        byte_count=path.stat().st_size,
        seconds=_seconds(path, container, pictures[0], report["format"]),
        bitrate_kbps=_bitrate_kbps(report["format"]),
        video=_video(pictures[0]),
        audio=tuple(_audio(each, report["format"]) for each in sounds),
    )
    return Probed(Kind.VIDEO, media, dict(_texts(report)))


def _container(said: dict[str, Any]) -> str:
    name = str(said["format_name"]).split(",")[0]
    if name == "mov" and not str(said.get("tags", {}).get("major_brand", "qt")).startswith("qt"):
        return "mp4"
    return name


def _bitrate_kbps(said: dict[str, Any]) -> int | None:
    return round(int(said["bit_rate"]) / 1000) if "bit_rate" in said else None


def _video(stream: dict[str, Any]) -> VideoInfo:
    codec, width, height = stream.get("codec_name"), stream.get("width"), stream.get("height")
    if not codec:
        raise UnknownMedia(detail=stream.get("codec_tag_string", "?"))
    if not (width and height and stream.get("pix_fmt")):
        raise DamagedMedia(detail=f"no frame of {codec} can be read")
    if any(each.get("dv_profile") == _OWN_COLOURS for each in stream.get("side_data_list", ())):
        raise UnknownMedia(detail=f"Dolby Vision {_OWN_COLOURS}")
    if width * height > LARGEST_FRAME_MEGAPIXELS * 1_000_000:
        pixels = figure(width * height / 1_000_000, "MP")
        measured = Bilingual("{size} ({pixels})", "{size} ({pixels})")
        raise TooLarge(
            measured=measured.fill(size=f"{width}×{height}", pixels=pixels),
            limit=f"{LARGEST_FRAME_MEGAPIXELS} MP",
        )
    return VideoInfo(
        codec=codec,
        width=width,
        height=height,
        sample_aspect=_fraction(stream.get("sample_aspect_ratio", "")) or Fraction(1),
        **_turn(stream),
        fps=_fraction(stream["avg_frame_rate"]) or _fraction(stream["r_frame_rate"]),
        field_order=_FIELD_ORDERS.get(stream.get("field_order", ""), FieldOrder.PROGRESSIVE),
        pixel_format=_pixel_format(stream),
        matrix=_named(stream.get("color_space")),
        transfer=_named(stream.get("color_transfer")),
        primaries=_named(stream.get("color_primaries")),
        profile=stream.get("profile"),
        level=level if (level := stream.get("level", 0)) > 0 else None,
    )


def _pixel_format(stream: dict[str, Any]) -> str:
    """Name how pixels are stored; ffprobe leaves out what WebM has beside them: transparency."""
    said: str = stream["pix_fmt"]
    tags = {name.lower(): value for name, value in stream.get("tags", {}).items()}
    return said.replace("yuv420p", "yuva420p") if tags.get("alpha_mode") == "1" else said


def _recorded_until(path: Path) -> float:
    """Say when the picture of a recording ends, by its own clock.

    Raises ChangesStreams where it goes on in other streams, ClockJumps where its clock does.
    """
    course = packets.follow(path, _PATIENCE)
    for kind, second in course.parts.items():
        raise ChangesStreams(what=_STREAMS[kind], at=decimal(second))
    if course.jumps_at is not None:
        raise ClockJumps(at=decimal(course.jumps_at))
    return course.picture_ends


def _audio(stream: dict[str, Any], whole: dict[str, Any]) -> AudioInfo:
    """Describe a track; one that cannot be decoded has no channels."""
    codec = stream.get("codec_name")
    return AudioInfo(
        codec=codec or "unknown",
        profile=stream.get("profile"),
        channels=stream.get("channels", 0) if codec else 0,
        sample_rate=int(stream.get("sample_rate", 0)),
        seconds=_header_seconds(stream),
        late_seconds=round(_late(stream, whole), 3),
    )


def _fraction(said: str) -> Fraction | None:
    """Read "25/1" or "4:3"; None where it says nothing ("0/0", "0:1")."""
    over, _, under = said.replace(":", "/").partition("/")
    if not (over.isdigit() and under.isdigit() and int(over) and int(under)):
        return None
    return Fraction(int(over), int(under))


def _named(said: str | None) -> str | None:
    return None if said in {"unknown", "unspecified", "reserved"} else said


def _turn(stream: dict[str, Any]) -> dict[str, Any]:
    """Read the display matrix, which may say more than a quarter turn; one of zeros turns nothing.

    ffprobe prints it as "00000000:        65536           0           0", three such lines.
    """
    said = "".join(each.get(_MATRIX, "") for each in stream.get("side_data_list", ()))
    rows = [row.rpartition(":")[2].split() for row in said.split("\n") if row]
    if not rows:
        return {}
    (right, down), (left, below) = ([int(number) for number in row[:2]] for row in rows[:2])
    rotation = round(math.degrees(math.atan2(down, right)) / 90) * 90 % 360
    sides = {abs(right), abs(down)}
    is_quarter_turn = right == below and down == -left and sides == {0, _WHOLE}
    return {"rotation": rotation, "skewed": not is_quarter_turn}


def _seconds(path: Path, container: str, stream: dict[str, Any], whole: dict[str, Any]) -> float:
    """How long it is to the end of the picture: by its own header, else by reading every packet.

    The container's length is no answer: its sound may go on for longer.
    """
    if container in ffmpeg.RECORDED_MIDWAY:
        seconds = _recorded_until(path) - float(whole.get("start_time", 0))
    else:
        said = _header_seconds(stream)
        seconds = said if said is not None else ffmpeg.demux_seconds(path, _PATIENCE)
        seconds += _late(stream, whole)
    if not 0 < seconds < _A_YEAR:
        raise DamagedMedia(detail=f"{seconds} s")
    return round(seconds, 3)


def _late(stream: dict[str, Any], whole: dict[str, Any]) -> float:
    """How much later than the file a stream begins."""
    return max(0.0, float(stream.get("start_time", 0)) - float(whole.get("start_time", 0)))


def _header_seconds(stream: dict[str, Any]) -> float | None:
    """How long a stream says it is; Matroska says when it ends."""
    if said := stream.get("duration"):
        return float(said)
    ends = _clock(stream.get("tags", {}).get("DURATION", ""))
    return ends - max(0.0, float(stream.get("start_time", 0))) if ends else None


def _clock(said: str) -> float | None:
    """Read Matroska's "00:00:05.083000000"."""
    found = re.fullmatch(r"(\d+):(\d\d):(\d\d\.\d+)", said)
    if not found:
        return None
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _texts(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    parts = [("format", report["format"])]
    parts += [(f"stream{each['index']}", each) for each in report.get("streams", ())]
    parts += [(f"chapter{index}", each) for index, each in enumerate(report.get("chapters", ()))]
    for part, said in parts:
        for name, value in said.get("tags", {}).items():
            yield f"{part}:{name}", str(value)
