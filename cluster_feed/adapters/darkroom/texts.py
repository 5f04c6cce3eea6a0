"""The texts in a photo: EXIF, IPTC, XMP."""

from collections.abc import Iterator
from typing import Any, Final

from PIL import ExifTags, ImageFile, IptcImagePlugin

from .opening import BAD_METADATA

_LONGEST_TEXT: Final = 100_000
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


def embedded(image: ImageFile.ImageFile) -> Iterator[tuple[str, str]]:
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
