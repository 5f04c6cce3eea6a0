"""Opens photos that nobody here made; a program of its own.

    main(["<megapixels>", "<bytes>"])                        what the photo on standard input is
    main(["<megapixels>", "<bytes>", "<orders as JSON>"])    JPEGs made of it

A photo may have so many megapixels, and take so many bytes: it is held once, and made smaller a
strip at a time.  `stills` runs this, a process a photo, with a bound on its memory, so that a
picture made to exhaust or to take over its reader costs that one process.  It knows nothing of the
house.  What it refuses it answers with `{"refused": <reason>, "facts": {…}}`.
"""

import io
import json
import math
import struct
import sys
import warnings
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from threading import stack_size
from typing import Any, BinaryIO, Final, NamedTuple

from PIL import (
    ExifTags,
    Image,
    ImageChops,
    ImageCms,
    ImageFile,
    ImageFilter,
    ImageOps,
    IptcImagePlugin,
    UnidentifiedImageError,
)

FORMATS: Final = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF")
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
_SUBFILE_TYPE: Final = 254
"""TIFF's tag; bit 0: what follows is only a preview, the picture itself is a camera's raw data."""
_NO_PAGE: Final = 0b101
"""Its bits for a preview, and for what says where another picture is seen through."""
_MPF_ENTRIES: Final = 0xB002
_MOST_PAGES: Final = 1000
_KINDS: Final = {b"\xff\xd8": "JPEG", b"\x89P": "PNG", b"II": "TIFF", b"MM": "TIFF", b"BM": "BMP"}
_CODED_IN_MANY_WAYS: Final = frozenset({"TIFF", "BMP"})
"""Of which Pillow reads some; what it says of the others sounds like damage."""
_LARGE_PART: Final = 0.25
"""The part of the largest size from which on a picture may need more memory than there is."""
_LIBHEIF_LACKS_MEMORY: Final = "Memory allocation error"
_MEMORY: Final = "512 MB"
"""What people are told of the bound that `stills` sets."""
_STRIP_PIXELS: Final = 4_000_000
_HANDS: Final = 2
"""How many strips are in work at once."""
_STACK_BYTES: Final = 1 << 20
_LONGEST_TEXT: Final = 100_000
_TURN_CLOCKWISE: Final = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
"""By EXIF orientation; 2, 4, 5 and 7 are mirrored as well."""
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_GLANCE: Final = 64
"""Pixels a side of the likeness in which is looked for what draws the eye."""
_ASIDE: Final = 0.15
"""The part of what a window shows that must be gained by going from the middle to an edge."""
_REACH: Final = 3
"""How many of the result's pixels Lanczos looks to each side."""
_SCREENS_GAMMA: Final = 1 / 2.2
"""PNG's for pictures that are shown as they are."""
_HARDLY: Final = 0.05
_EXACT_STEPS: Final = 3.0
"""Pillow's `reducing_gap`: from 3 on the result can hardly be told from that of one step."""

_XMP_SPACES: Final = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
}
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_IPTC_NAMES: Final = {
    5: "object_name",
    25: "keywords",
    40: "special_instructions",
    55: "date_created",
    80: "byline",
    90: "city",
    92: "sublocation",
    101: "country",
    105: "headline",
    110: "credit",
    115: "source",
    116: "copyright_notice",
    120: "caption",
    122: "caption_writer",
}


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


def main(arguments: list[str]) -> None:
    """Do what the arguments order with the photo on standard input.

    Anything that is not foreseen ends the program; its last words are then the reason.
    """
    warnings.simplefilter("ignore")
    stack_size(_STACK_BYTES)
    bounds = Bounds(float(arguments[0]), int(arguments[1]))
    try:
        image = _opened(sys.stdin.buffer, bounds)
        try:
            orders = json.loads(arguments[2]) if arguments[2:] else []
            answer = _develop(image, orders, bounds) if orders else _look(image)
        except (MemoryError, RuntimeError) as error:
            lacks_memory = isinstance(error, MemoryError) or _LIBHEIF_LACKS_MEMORY in str(error)
            is_large = image.width * image.height > bounds.pixels * _LARGE_PART
            if not (lacks_memory and is_large):
                raise
            raise _too_heavy(image) from None
        except (OSError, ValueError) as error:
            if image.format not in _CODED_IN_MANY_WAYS or "truncated" in str(error):
                raise
            raise Refused("UnreadablePhoto", format=image.format, detail=error) from None
    except Refused as refused:
        answer = _json({"refused": refused.reason, "facts": refused.facts})
    sys.stdout.buffer.write(answer)


def _json(answer: dict[str, Any] | list[int]) -> bytes:
    return json.dumps(answer).encode()


def _opened(content: BinaryIO, bounds: Bounds) -> ImageFile.ImageFile:
    """Open by content; nothing is decoded before its size is known."""
    Image.MAX_IMAGE_PIXELS = None
    formats: tuple[str, ...] = FORMATS
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
        if not isinstance(error, UnidentifiedImageError) and kind not in _CODED_IN_MANY_WAYS:
            raise
        raise Refused("UnreadablePhoto", format=kind, detail=error) from None
    if image.width * image.height > bounds.pixels:
        raise _too_large(image, bounds)
    if image.format == "TIFF" and image.tag_v2.get(_SUBFILE_TYPE, 0) & 1:  # type: ignore[attr-defined]
        raise Refused("UnknownMedia", detail="RAW")
    least = _bytes(image) / (4 if image.format in _MAY_BE_HALVED else 1)
    if max(least, _unscanned(image)) > bounds.bytes:
        raise _too_heavy(image)
    if image.format in _MAY_MOVE and (frames := getattr(image, "n_frames", 1)) > 1:
        raise Refused("AnimatedPhoto", frames=frames)
    return image


def _bytes_a_pixel(image: Image.Image) -> int:
    """Pillow keeps several colours, and numbers, in four bytes."""
    return {"1": 1, "L": 1, "P": 1}.get(image.mode, 2 if image.mode.startswith("I;16") else 4)


def _bytes(image: Image.Image) -> int:
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


def _too_heavy(image: Image.Image) -> Refused:
    return Refused("NeedsTooMuchMemory", measured=_megapixels(image), limit=_MEMORY)


def _megapixels(image: Image.Image) -> str:
    return f"{image.width * image.height / 1_000_000:.0f} MP"


def _orientation(image: Image.Image) -> int:
    """EXIF's number for how the decoded picture lies; a broken EXIF says nothing."""
    if image.format in {"PNG", "TIFF"}:
        image.load()  # PNG's EXIF may follow its picture; TIFF is laid upright by its reader
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except BAD_METADATA:
        return 1


# --- What it is ---------------------------------------------------------------------------------


def _look(image: ImageFile.ImageFile) -> bytes:
    """Say what a photo is, having decoded all of it.

    A JPEG is decoded at an eighth of its size: all its data are read, few of its pixels made.
    """
    facts = {
        "format": str(image.format).lower().replace("mpo", "jpeg"),
        "width": image.width,
        "height": image.height,
        "mode": image.mode,
        "turn": _TURN_CLOCKWISE.get(_orientation(image), 0),
    }
    image.draft(image.mode, (max(1, image.width // 8), max(1, image.height // 8)))
    image.load()
    return _json({**facts, "embedded": dict(_embedded(image)), "pages": _pages(image)})


def _pages(image: Any) -> int:  # noqa: ANN401  what tells it, each format's reader names otherwise
    """Count the pictures that somebody would leaf through: no previews, no maps of a phone's HDR.

    It is leafed through here too, so that this comes last.
    """
    if image.format == "HEIF":
        return int(image.n_frames)
    if image.format == "MPO":
        kinds = [entry["Attribute"]["MPType"] for entry in image.mpinfo[_MPF_ENTRIES]]
        return max(1, sum(str(kind).startswith("Multi-Frame") for kind in kinds))
    count = 1
    for number in range(1, _MOST_PAGES if image.format == "TIFF" else 1):
        try:
            image.seek(number)
            count += not image.tag_v2.get(_SUBFILE_TYPE, 0) & _NO_PAGE
        except (EOFError, *BAD_METADATA):
            break
    return count


def _embedded(image: ImageFile.ImageFile) -> Iterator[tuple[str, str]]:
    """Every text in the file, by a flat name."""
    for name, value in image.info.items():
        if isinstance(value, str) and name not in {"xmp", "XML:com.adobe.xmp"}:
            yield f"text:{name}", value[:_LONGEST_TEXT]
    comment = image.info.get("comment")
    if isinstance(comment, bytes):
        yield "text:comment", _text(comment)
    for read in (_exif, _iptc, _xmp):
        try:
            yield from read(image)
        except BAD_METADATA:
            continue


def _exif(image: ImageFile.ImageFile) -> Iterator[tuple[str, str]]:
    exif = image.getexif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    for tag, value in [*exif.items(), *details.items()]:
        name = ExifTags.TAGS.get(tag, str(tag))
        if isinstance(value, bytes) and name.startswith("XP"):
            text = value.decode("utf-16-le", "replace")
        elif isinstance(value, bytes) and name == "UserComment":
            text = _user_comment(value)
        elif isinstance(value, str):
            text = _mended(value)
        else:
            continue
        if text := text.strip("\0 "):
            yield f"exif:{name}", text[:_LONGEST_TEXT]


def _user_comment(value: bytes) -> str:
    """Read EXIF's comment; in which order its UTF-16 is, few writers get right.

    Latin and Vietnamese letters tell it: most of their high bytes are zero.
    """
    kind, text = value[:8], value[8:]
    if not kind.startswith(b"UNICODE"):
        return _text(text)
    big = text[0::2].count(0) > text[1::2].count(0)
    return text.decode("utf-16-be" if big else "utf-16-le", "replace").lstrip("\ufeff")


def _mended(text: str) -> str:
    """EXIF is ASCII by its standard and UTF-8 in the field; Pillow reads it as Latin-1."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _text(value: bytes) -> str:
    try:
        return value.decode()[:_LONGEST_TEXT]
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")[:_LONGEST_TEXT]


def _iptc(image: ImageFile.ImageFile) -> Iterator[tuple[str, str]]:
    for (record, number), value in (IptcImagePlugin.getiptcinfo(image) or {}).items():
        if record == 2:  # noqa: PLR2004  the record that carries the editorial fields
            values = value if isinstance(value, list) else [value]
            name = _IPTC_NAMES.get(number, str(number))
            if text := "; ".join(_text(each) for each in values if isinstance(each, bytes)):
                yield f"iptc:{name}", text


def _xmp(image: ImageFile.ImageFile) -> Iterator[tuple[str, str]]:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    yield from xmp_texts(packet.encode() if isinstance(packet, str) else packet)


def xmp_texts(packet: bytes) -> Iterator[tuple[str, str]]:
    """Flatten a packet; a text in several languages also has a name a language."""
    from defusedxml import ElementTree  # noqa: PLC0415  slow, and only needed to look

    root = ElementTree.fromstring(packet.strip(b"\0 \n\r\t"))
    for description in root.iter(f"{_RDF}Description"):
        for name, value in description.attrib.items():
            if not name.startswith(_RDF) and value.strip():
                yield f"xmp:{_flat(name)}", value[:_LONGEST_TEXT]
        for field in description:
            said = list(_said(field))
            if not said:
                continue
            flat = f"xmp:{_flat(field.tag)}"
            main = next((text for language, text in said if language == "x-default"), None)
            yield flat, main or "; ".join(dict.fromkeys(text for _, text in said))
            for language, text in said:
                if language not in {"", "x-default"}:
                    yield f"{flat}@{language}", text


def _said(field: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  an Element, of a defused tree
    for element in field.iter():
        if text := (element.text or "").strip():
            language = element.get("{http://www.w3.org/XML/1998/namespace}lang", "")
            yield language, text[:_LONGEST_TEXT]


def _flat(name: str) -> str:
    space, _, local = name.removeprefix("{").rpartition("}")
    return f"{_XMP_SPACES.get(space, space)}:{local}"


# --- What is made of it -------------------------------------------------------------------------


def _develop(image: ImageFile.ImageFile, orders: list[dict[str, Any]], bounds: Bounds) -> bytes:
    """Make a baseline JPEG an order: upright, in sRGB, without metadata, of exactly its size.

    An order for a screen: `whole` the screen, `fitted` the whole picture on it, `filled` the parts
    of 1 of the picture that fill it, `fit` pad, blur, crop (to the middle) or smart.  An order for
    a copy to publish: `longest`, the pixels of its longer side, never enlarged; 0: as it is; it
    carries sRGB's profile.  The answer is a line of JSON with the pictures' lengths in bytes, then
    the pictures.
    """
    orientation = _orientation(image)
    cuts = [_cut(order, image.size, sideways=orientation in _SIDEWAYS) for order in orders]
    smart = any(order.get("fit") == "smart" for order in orders)
    colours = Colours(image.info.get("icc_profile"), _curve(image))
    wanted = [
        2 * max(int(cut.size[0] / cut.across) for cut in cuts),
        2 * max(int(cut.size[1] / cut.down) for cut in cuts),
    ]
    if _bytes(image) > bounds.bytes:
        wanted = [min(each, side // 2) for each, side in zip(wanted, image.size, strict=True)]
    image.draft(image.mode, (wanted[0], wanted[1]))
    white = _white(image)
    seen = attention(scaled(image, _thumb(image), white)) if smart else None
    pictures = []
    for order, cut in zip(orders, cuts, strict=True):
        if seen and order.get("fit") == "smart":
            cut = cut._replace(at=focus(seen, cut.across, cut.down))  # noqa: PLW2901
        ground = "white" if "longest" in order else "black"
        picture = _srgb(scaled(image, cut, white), colours, ground)
        if orientation in _UPRIGHT:
            picture = picture.transpose(_UPRIGHT[orientation])
        if "longest" in order:
            pictures.append(_jpeg(picture, quality=92, subsampling="4:4:4", named=True))
        else:
            picture = _set_in(picture, tuple(order["whole"]), order["fit"])
            pictures.append(_jpeg(picture, quality=88, subsampling="4:2:0"))
    return _json([len(picture) for picture in pictures]) + b"\n" + b"".join(pictures)


class Cut(NamedTuple):
    """The parts of 1 of a stored picture that are wanted, and at what size.

    `at` is where in the room that is left over they lie: 0.5 in the middle, 0 at the left, the top.
    """

    size: tuple[int, int]
    across: float
    down: float
    at: tuple[float, float] = (0.5, 0.5)


class Colours(NamedTuple):
    """What a picture says its numbers mean: an ICC profile, a screen's level for each of 256."""

    profile: bytes | None
    curve: Sequence[int]


class Attention(NamedTuple):
    """How much there is to see in each column, and in each row, of a picture or of several."""

    columns: Sequence[float]
    rows: Sequence[float]


def attention(*pictures: Image.Image) -> Attention:
    """Look for edges and strong colours, which draw the eye; sky, sea and walls have neither."""
    lines = [_lines(picture) for picture in pictures]
    columns, rows = (
        [sum(values) for values in zip(*each, strict=True)] for each in zip(*lines, strict=True)
    )
    return Attention(columns, rows)


def _lines(picture: Image.Image) -> tuple[list[float], list[float]]:
    small = picture.convert("RGB").resize((_GLANCE, _GLANCE), Image.Resampling.BOX)
    _, saturation, brightness = small.convert("HSV").split()
    edges = small.convert("L").filter(ImageFilter.FIND_EDGES)
    seen = ImageChops.add(edges, ImageChops.multiply(saturation, brightness), scale=2)
    seen = seen.crop((1, 1, _GLANCE - 1, _GLANCE - 1)).convert("F")  # a filter's border is no edge
    columns = seen.resize((seen.width, 1), Image.Resampling.BOX)
    rows = seen.resize((1, seen.height), Image.Resampling.BOX)
    return list(array("f", columns.tobytes())), list(array("f", rows.tobytes()))


def focus(seen: Attention, across: float, down: float) -> tuple[float, float]:
    """Find where a window of these parts of 1 takes in most; see `Cut.at`."""
    return _window(seen.columns, across), _window(seen.rows, down)


def _window(energy: Sequence[float], part: float) -> float:
    """Try every place, the middle ones a little preferred: a picture was framed by somebody."""
    length = max(1, round(part * len(energy)))
    places = len(energy) - length
    if not places:
        return 0.5

    def worth(place: int) -> float:
        aside = abs(2 * place / places - 1)
        return sum(energy[place : place + length]) * (1 - _ASIDE * aside) - aside / 1e6

    return max(range(places + 1), key=worth) / places


def _cut(order: dict[str, Any], stored: tuple[int, int], *, sideways: bool) -> Cut:
    if "longest" in order:
        scale = min(1.0, (order["longest"] or max(stored)) / max(stored))
        return Cut((max(1, round(stored[0] * scale)), max(1, round(stored[1] * scale))), 1.0, 1.0)
    (across, down), size = (1.0, 1.0), order["fitted"]
    if order["fit"] in {"crop", "smart"}:
        (across, down), size = order["filled"], order["whole"]
    if sideways:
        return Cut((size[1], size[0]), down, across)
    return Cut((size[0], size[1]), across, down)


def _thumb(image: Image.Image) -> Cut:
    """Take the whole picture, small."""
    scale = min(1.0, 8 * _GLANCE / max(image.size))
    return Cut((max(1, round(image.width * scale)), max(1, round(image.height * scale))), 1.0, 1.0)


def scaled(image: Image.Image, cut: Cut, white: float) -> Image.Image:
    """Cut out and scale, a strip at a time, so that a large picture is never held twice."""
    image.load()
    width, height = cut.across * image.width, cut.down * image.height
    left, top = cut.at[0] * (image.width - width), cut.at[1] * (image.height - height)
    step = height / cut.size[1]
    margin = math.ceil(_REACH * max(1.0, step)) + 1
    rows = min(math.ceil(cut.size[1] / 2 / _HANDS), int(_STRIP_PIXELS / image.width / step)) or 1

    def strip(first: int) -> Image.Image:
        count = min(rows, cut.size[1] - first)
        begins, ends = top + first * step, top + (first + count) * step
        low = max(0, math.floor(begins) - margin)
        high = min(image.height, math.ceil(ends) + margin)
        return _plain(image.crop((0, low, image.width, high)), white).resize(
            (cut.size[0], count),
            Image.Resampling.LANCZOS,
            box=(left, begins - low, min(left + width, image.width), min(ends, high) - low),
            reducing_gap=_EXACT_STEPS,
        )

    with ThreadPoolExecutor(_HANDS) as pool:
        return _stacked(list(pool.map(strip, range(0, cut.size[1], rows))))


def _stacked(parts: Sequence[Image.Image]) -> Image.Image:
    """Put pictures of one width below each other."""
    if len(parts) == 1:
        return parts[0]
    whole = Image.new(parts[0].mode, (parts[0].width, sum(part.height for part in parts)))
    below = accumulate((part.height for part in parts), initial=0)
    for part, top in zip(parts, below, strict=False):
        whole.paste(part, (0, top))
    return whole


def _jpeg(picture: Image.Image, quality: int, subsampling: str, *, named: bool = False) -> bytes:
    """Code a picture; `named`: with the profile of its colours."""
    made = io.BytesIO()
    picture.info = {}
    picture.save(
        made,
        "JPEG",
        quality=quality,
        subsampling=subsampling,
        optimize=True,
        icc_profile=_named_srgb() if named else None,
    )
    return made.getvalue()


def _named_srgb() -> bytes:
    """Write sRGB's profile; it says when it was written, which is at the same moment every time."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]


def _plain(image: Image.Image, white: float) -> Image.Image:
    """Bring a picture to a mode that can be scaled without looking at neighbouring colours."""
    if image.mode in {"RGB", "RGBA", "CMYK", "L", "LA", "LAB"}:
        if image.mode != "LA" and "transparency" not in image.info:
            return image
        return image.convert("RGBA")
    if image.mode.startswith("I") or image.mode == "F":
        return image.convert("F").point(lambda value: value * (255 / white)).convert("L")
    transparent = "transparency" in image.info or image.mode in {"PA", "La", "RGBa"}
    return image.convert("RGBA" if transparent else "RGB")


def _white(image: Image.Image) -> float:
    """Find what grey of 16 bits, 32 bits or fractions means by white; Pillow would say 255."""
    if image.mode not in {"I", "F"}:
        return 65_535
    _, brightest = image.getextrema()
    return max(1.0, float(str(brightest)))


def _curve(image: Image.Image) -> list[int]:
    """Make of PNG's own gamma a screen's, 256 levels; none where its colours are told otherwise."""
    power = _SCREENS_GAMMA / (image.info.get("gamma") or _SCREENS_GAMMA)
    if {"srgb", "icc_profile"} & image.info.keys() or abs(power - 1) < _HARDLY:
        return []
    return [round(255 * (level / 255) ** power) for level in range(256)]


def _srgb(image: Image.Image, colours: Colours, ground: str) -> Image.Image:
    """Convert by what the picture says of its colours where it can be read, on a ground."""
    if image.mode == "RGBA":
        opaque = _srgb(image.convert("RGB"), colours, ground)
        return Image.composite(opaque, Image.new("RGB", image.size, ground), image.getchannel("A"))
    if colours.curve:
        return image.convert("RGB").point([*colours.curve] * 3)
    try:
        profile = colours.profile
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else _assumed(image)
        converted = own and ImageCms.profileToProfile(
            image, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        converted = None
    return converted or image.convert("RGB")


def _assumed(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """LAB says its own colours; of others without a profile Pillow's conversion is as good."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")) if image.mode == "LAB" else None


def _set_in(upright: Image.Image, whole: tuple[int, int], fit: str) -> Image.Image:
    """Set a picture in the middle of the screen, on black or on its own blurred likeness."""
    if upright.size == whole:
        return upright
    ground = Image.new("RGB", whole)
    if fit == "blur":
        small = (max(16, whole[0] // 8), max(16, whole[1] // 8))
        likeness = ImageOps.fit(upright, small, Image.Resampling.BILINEAR)
        likeness = likeness.filter(ImageFilter.GaussianBlur(small[1] / 24))
        ground = likeness.resize(whole, Image.Resampling.BICUBIC)
    ground.paste(upright, ((whole[0] - upright.width) // 2, (whole[1] - upright.height) // 2))
    return ground
