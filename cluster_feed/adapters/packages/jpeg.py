"""A JPEG's parts (ITU-T T.81, annex B): the picture, and what is written around it."""

import re
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from PIL import Image
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import IFDRational

_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_JFIF: Final = 0xE0
_EXIF: Final = 0xE1
_ICC: Final = 0xE2
_PHOTOSHOP: Final = 0xED
_ADOBE: Final = 0xEE
_SCAN: Final = 0xDA
_STANDING_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_OF_THE_PICTURE: Final = frozenset({*range(0xC0, 0xD0), *range(0xDA, 0xE0)})
_AFTER_A_SCAN: Final = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
"""A marker; within a scan 0xFF is followed by 0, and restarts are the scan's own."""
_LENGTH_OF_JFIF: Final = 12
_LENGTH_OF_ADOBE: Final = 12
_EXIF_BEGINS: Final = b"Exif\0\0"
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_HEAD_OF_FRAME: Final = 5
"""Bytes before the number of its colours: precision, height, width."""
_BIG_ENDIAN: Final = b"MM"
_SHORT: Final = 3
_LONG: Final = 4
_SRGB: Final = 1
_NOT_SRGB: Final = 65_535


class _Segment(NamedTuple):
    """A marker with its payload; of a scan also its coded data."""

    marker: int
    payload: bytes
    data: bytes = b""

    def written(self) -> bytes:
        head = struct.pack(">BBH", 0xFF, self.marker, len(self.payload) + 2)
        return head + self.payload + self.data


def silenced(jpeg: bytes) -> bytes:
    """Give the same picture, bit for bit, without what a camera or a program wrote beside it.

    Place, device, serial number, previews and second pictures are left out; how it lies, and which
    colours it means, stay.
    """
    segments = list(_segments(jpeg))
    orientation, srgb = 1, not any(_is_icc(each) or _has_four_inks(each) for each in segments)
    for each in segments:
        if each.marker == _EXIF and each.payload.startswith(_EXIF_BEGINS):
            told = _exif_numbers(each.payload[len(_EXIF_BEGINS) :])
            orientation = told.get(Base.Orientation, 1)
            srgb = srgb and told.get(Base.ColorSpace, _SRGB) == _SRGB
            break
    kept = b"".join(each.written() for each in map(_bare, segments) if each)
    picture = _START + kept + _END
    return with_notes(picture, [exif(size(picture), orientation, srgb=srgb)])


def with_notes(jpeg: bytes, segments: list[bytes]) -> bytes:
    """Write segments into a JPEG, after the header that every one begins with, and its EXIF."""
    place = 2
    for marker in (b"\xff\xe0", b"\xff\xe1"):
        if jpeg[place : place + 2] == marker:
            place += 2 + int(struct.unpack(">H", jpeg[place + 2 : place + 4])[0])
    return jpeg[:place] + b"".join(segments) + jpeg[place:]


def segment(marker: int, payload: bytes) -> bytes:
    """Write one."""
    return _Segment(marker, payload).written()


def exif(size: tuple[int, int], orientation: int = 1, *, srgb: bool = True) -> bytes:
    """Say how a picture lies and whether its colours are sRGB's, with what EXIF 2.32 asks for."""
    said = Image.Exif()
    said[Base.Orientation] = orientation if orientation in range(1, 9) else 1
    said[Base.XResolution] = said[Base.YResolution] = IFDRational(72)
    said[Base.ResolutionUnit] = 2
    said[Base.YCbCrPositioning] = 1
    said.get_ifd(IFD.Exif).update(
        {
            Base.ExifVersion: b"0232",
            Base.ComponentsConfiguration: b"\1\2\3\0",
            Base.FlashPixVersion: b"0100",
            Base.ColorSpace: _SRGB if srgb else _NOT_SRGB,
            Base.ExifImageWidth: size[0],
            Base.ExifImageHeight: size[1],
        }
    )
    # Pillow calls it a number of bytes; its standard says "undefined".
    wrong, right = (struct.pack(">HH", Base.ComponentsConfiguration, kind) for kind in (1, 7))
    return segment(_EXIF, said.tobytes().replace(wrong, right))


def size(jpeg: bytes) -> tuple[int, int]:
    """Give the width and height of its picture, as it is stored; nothing where it has none."""
    for each in _segments(jpeg):
        if each.marker in _FRAMES and len(each.payload) > _HEAD_OF_FRAME:
            height, width = struct.unpack(">HH", each.payload[1:5])
            return width, height
    return 0, 0


def photoshop(resources: list[tuple[int, bytes]]) -> bytes:
    """Write Photoshop's block, in which IPTC's older fields lie (8BIM, APP13)."""
    blocks = b"".join(
        b"8BIM" + struct.pack(">HHL", number, 0, len(content)) + content + bytes(len(content) % 2)
        for number, content in resources
    )
    return segment(_PHOTOSHOP, b"Photoshop 3.0\0" + blocks)


# --- Reading ------------------------------------------------------------------------------------


def _segments(jpeg: bytes) -> Iterator[_Segment]:
    """Read the first picture's segments; what follows its end is another, or nobody's business."""
    place = 2
    while True:
        place = jpeg.find(b"\xff", place)  # between segments decoders pass over anything else
        if place < 0 or place + 4 > len(jpeg):
            return
        marker = jpeg[place + 1]
        if marker == _END[1]:
            return
        if marker in {0x00, 0xFF}:
            place += 1
            continue
        if marker in _STANDING_ALONE:
            place += 2
            continue
        (length,) = struct.unpack(">H", jpeg[place + 2 : place + 4])
        after = place + 2 + max(2, length)
        payload = jpeg[place + 4 : after]
        if marker == _SCAN:
            found = _AFTER_A_SCAN.search(jpeg, after)
            end = found.start() if found else len(jpeg)
            yield _Segment(marker, payload, jpeg[after:end])
            after = end
        else:
            yield _Segment(marker, payload)
        place = after


def _is_icc(each: _Segment) -> bool:
    return each.marker == _ICC and each.payload.startswith(b"ICC_PROFILE\0")


def _has_four_inks(each: _Segment) -> bool:
    """Whether it is the header of a frame of CMYK."""
    return each.marker in _FRAMES and each.payload[_HEAD_OF_FRAME:][:1] == b"\4"


def _bare(each: _Segment) -> _Segment | None:
    """Keep what decoding needs, each in the length that its standard gives it."""
    if each.marker in _OF_THE_PICTURE or _is_icc(each):
        return each
    if each.marker == _JFIF and each.payload.startswith(b"JFIF\0"):
        return each._replace(payload=each.payload[:_LENGTH_OF_JFIF] + bytes(2))
    if each.marker == _ADOBE and each.payload.startswith(b"Adobe"):
        return each._replace(payload=each.payload[:_LENGTH_OF_ADOBE])
    return None


def _exif_numbers(tiff: bytes) -> dict[int, int]:
    """Read the numbers of the first directory and of EXIF's own; a broken one says nothing."""
    order = ">" if tiff[:2] == _BIG_ENDIAN else "<"
    told: dict[int, int] = {}
    try:
        (place,) = struct.unpack_from(f"{order}L", tiff, 4)
        for _ in range(2):
            (count,) = struct.unpack_from(f"{order}H", tiff, place)
            for number in range(count):
                at = place + 2 + 12 * number
                tag, kind = struct.unpack_from(f"{order}HH", tiff, at)
                if kind in {_SHORT, _LONG}:
                    form = "H" if kind == _SHORT else "L"
                    (told[tag],) = struct.unpack_from(f"{order}{form}", tiff, at + 8)
            if IFD.Exif not in told:
                break
            place = told[IFD.Exif]
    except struct.error:
        return told
    return told
