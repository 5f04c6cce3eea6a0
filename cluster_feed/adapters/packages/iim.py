"""What a photo says of itself to older programs: IPTC's Information Interchange Model 4.2.

The words are those of its XMP, each cut at a word to the length that the model allows.
"""

import hashlib
import struct
from collections.abc import Iterator
from typing import Final

from cluster_feed.adapters.packages import jpeg
from cluster_feed.core.package import Item

_RECORD: Final = 2
_UTF_8: Final = b"\x1c\x01\x5a" + struct.pack(">H", 3) + b"\x1b%G"
_VERSION: Final = b"\x1c\x02\x00" + struct.pack(">HH", 2, 4)
_IPTC: Final = 0x0404
_DIGEST: Final = 0x0425
"""The MD5 by which programs see whether these fields were changed after the XMP."""
_LONGEST: Final = {
    5: 64,  # object name
    25: 64,  # keyword
    40: 256,  # special instructions
    55: 8,  # date created
    80: 32,  # by-line
    92: 32,  # sublocation
    105: 256,  # headline
    110: 32,  # credit
    115: 32,  # source
    116: 128,  # copyright notice
    120: 2000,  # caption
}
"""Bytes of each field (IIM 4.2, chapter 6)."""


def segment(item: Item) -> bytes:
    """Write the block of an item's words."""
    content = _UTF_8 + _VERSION
    for number, text in sorted(_fields(item), key=lambda field: field[0]):
        if written := _cut(text, _LONGEST[number]):
            content += struct.pack(">BBBH", 0x1C, _RECORD, number, len(written)) + written
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    return jpeg.photoshop([(_IPTC, content), (_DIGEST, digest)])


def _fields(item: Item) -> Iterator[tuple[int, str]]:
    caption = item.caption
    vietnamese = caption.in_language("vi")
    yield 5, vietnamese.title
    for theme in caption.themes:
        yield 25, theme.label.vi
    yield 40, caption.usage_terms
    yield 55, f"{caption.created_on:%Y%m%d}".zfill(8) if caption.created_on else ""
    yield 80, caption.creator
    yield 92, caption.places[0] if caption.places else ""
    yield 105, vietnamese.title
    yield 110, item.newsroom
    yield 115, caption.broadcast.programme if caption.broadcast else ""
    yield 116, f"© {caption.rights_holder}" if caption.rights_holder else ""
    yield 120, vietnamese.description


def _cut(text: str, longest: int) -> bytes:
    """Keep whole words, and of a single one that is too long whole letters."""
    written = text.encode()
    if len(written) <= longest:
        return written
    begun = written[:longest].decode(errors="ignore")
    words = begun if text[len(begun)].isspace() else begun.rpartition(" ")[0]
    return (words.rstrip(" ,;") or begun).encode()
