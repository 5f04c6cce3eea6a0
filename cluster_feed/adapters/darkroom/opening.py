"""Open a photo by its content; nothing is decoded before its size is known."""

import struct
from typing import BinaryIO, Final, NamedTuple

from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

_FORMATS: Final = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF")
_MAY_BE_HALVED: Final = frozenset({"JPEG", "MPO"})
"""Formats of which no more pixels need be made."""
_MAY_MOVE: Final = frozenset({"PNG", "WEBP", "GIF"})
"""Formats of which further frames are an animation; elsewhere they are previews."""
BAD_METADATA: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
"""What Pillow raises on metadata that make no sense; the picture may be right all the same."""
SUBFILE_TYPE: Final = 254
"""TIFF's tag; bit 0: what follows is only a preview, the picture itself is a camera's raw data."""
CODED_IN_MANY_WAYS: Final = frozenset({"TIFF", "BMP"})
"""Of which Pillow reads some; what it says of the others sounds like damage."""
_KINDS: Final = {b"\xff\xd8": "JPEG", b"\x89P": "PNG", b"II": "TIFF", b"MM": "TIFF", b"BM": "BMP"}
_MEMORY: Final = "512 MB"
"""What people are told of the bound that `stills` sets."""


class Refused(Exception):  # noqa: N818  it is what the house calls it
    """Why a photo is not taken."""

    def __init__(self, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = {name: str(fact) for name, fact in facts.items()}


class Bounds(NamedTuple):
    """What a photo may be, and take."""

    megapixels: float
    bytes: int

    @property
    def pixels(self) -> float:
        """How many there may be."""
        return self.megapixels * 1_000_000


def opened(content: BinaryIO, bounds: Bounds) -> ImageFile.ImageFile:
    """Open by content; nothing is decoded before its size is known."""
    Image.MAX_IMAGE_PIXELS = None
    formats: tuple[str, ...] = _FORMATS
    head = content.read(12)
    if head[4:8] == b"ftyp":
        from pillow_heif import register_heif_opener  # noqa: PLC0415  slow, and rarely needed

        register_heif_opener(thumbnails=False)
        formats = ("HEIF",)
    if head[8:] == b"WEBP":  # its reader takes room for two pictures before it tells the size
        Image.MAX_IMAGE_PIXELS = bounds.bytes // 8 // 2
    try:
        image = Image.open(content, formats=formats)
    except Image.DecompressionBombError:
        raise Refused("NeedsTooMuchMemory", measured="WebP", limit=_MEMORY) from None
    except (OSError, ValueError) as error:
        kind = _KINDS.get(head[:2], formats[-1])
        if not isinstance(error, UnidentifiedImageError) and kind not in CODED_IN_MANY_WAYS:
            raise
        raise Refused("UnreadablePhoto", format=kind, detail=error) from None
    if image.width * image.height > bounds.pixels:
        raise _too_large(image, bounds)
    if image.format == "TIFF" and image.tag_v2.get(SUBFILE_TYPE, 0) & 1:  # type: ignore[attr-defined]
        raise Refused("UnknownMedia", detail="RAW")
    least = byte_count(image) / (4 if image.format in _MAY_BE_HALVED else 1)
    if max(least, _unscanned(image)) > bounds.bytes:
        raise too_heavy(image)
    if image.format in _MAY_MOVE and (frames := getattr(image, "n_frames", 1)) > 1:
        raise Refused("AnimatedPhoto", frames=frames)
    return image


def _bytes_a_pixel(image: Image.Image) -> int:
    """Pillow keeps several colours, and numbers, in four bytes."""
    return {"1": 1, "L": 1, "P": 1}.get(image.mode, 2 if image.mode.startswith("I;16") else 4)


def byte_count(image: Image.Image) -> int:
    """Say what its pixels take, decoded."""
    return image.width * image.height * _bytes_a_pixel(image)


def _unscanned(image: ImageFile.ImageFile) -> float:
    """Count the bytes of what a progressive JPEG's reader keeps until the last scan."""
    if not image.info.get("progressive"):
        return 0
    layers: list[tuple[int, int, int, int]] = image.layer  # type: ignore[attr-defined]
    sampled = [across * down for _, across, down, _ in layers]
    return 2 * image.width * image.height * sum(sampled) / max(sampled)


def _too_large(image: Image.Image, bounds: Bounds) -> Refused:
    return Refused("TooLarge", measured=_megapixels(image), limit=f"{bounds.megapixels:g} MP")


def too_heavy(image: Image.Image) -> Refused:
    """Say that it needs more memory than there is."""
    return Refused("NeedsTooMuchMemory", measured=_megapixels(image), limit=_MEMORY)


def _megapixels(image: Image.Image) -> str:
    return f"{image.width * image.height / 1_000_000:.0f} MP"


def orientation_of(image: Image.Image) -> int:
    """EXIF's number for how the decoded picture lies; a broken EXIF says nothing."""
    if image.format in {"PNG", "TIFF"}:
        image.load()  # PNG's EXIF may follow its picture; TIFF is laid upright by its reader
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except BAD_METADATA:
        return 1
