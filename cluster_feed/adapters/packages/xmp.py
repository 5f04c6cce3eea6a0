"""What a photo says of itself wherever it goes: IPTC Photo Metadata, as an XMP packet.

The words are those of the caption and no others: no place but the ones that it names.
"""

import io
from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree import ElementTree as ET

from cluster_feed.adapters.packages import jpeg
from cluster_feed.core.caption import Words
from cluster_feed.core.package import Item
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.vocabulary import Consent

_X: Final = "adobe:ns:meta/"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_SPACES: Final = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
for _prefix, _uri in {"x": _X, "rdf": _RDF, **_SPACES}.items():
    ET.register_namespace(_prefix, _uri)

_SIGNATURE: Final = b"http://ns.adobe.com/xap/1.0/\0"
_LARGEST: Final = 65_533 - len(_SIGNATURE)
"""Bytes of a packet that one segment of a JPEG can hold (XMP Specification, part 3)."""
_MOST_PLACES: Final = 20
_RELEASES: Final = {
    Consent.NOBODY: "MR-NAP",
    Consent.PUBLIC: "MR-NAP",
    Consent.GIVEN: "MR-UMR",
    Consent.MINORS: "MR-UMR",
}
"""What PLUS calls it: not applicable, or releases of all who are shown (ns.useplus.org/ldf)."""
_FIRST: Final[tuple[str, ...]] = ("vi", "en", "lo")
_BEGIN: Final = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
_END: Final = b'\n<?xpacket end="r"?>'


def segment(item: Item) -> bytes:
    """Write the packet as the part of a JPEG that it is."""
    return jpeg.segment(0xE1, _SIGNATURE + packet_of(item))


def packet_of(item: Item) -> bytes:
    """Write the packet, with as many languages as fit, Vietnamese first."""
    said = item.caption.words
    languages = [each for each in _FIRST if each in said]
    languages += sorted(said.keys() - set(_FIRST))
    while True:
        packet = _packet(item, {language: said[language] for language in languages})
        if len(packet) <= _LARGEST or not languages:
            return packet
        languages.pop()


def _packet(item: Item, words: Mapping[str, Words]) -> bytes:
    meta = ET.Element(_name(_X, "xmpmeta"))
    rdf = ET.SubElement(meta, _name(_RDF, "RDF"))
    about = ET.SubElement(rdf, _name(_RDF, "Description"), {_name(_RDF, "about"): item.urn})
    for tag, text in _texts(item):
        if text:
            _field(about, tag).text = text
    for tag, alternatives in _in_languages(item, words):
        _alternatives(about, tag, alternatives)
    for tag, kind, texts in _lists(item):
        if texts:
            members = ET.SubElement(_field(about, tag), _name(_RDF, kind))
            for text in texts:
                ET.SubElement(members, _name(_RDF, "li")).text = text
    _places(about, item.caption.places)
    content = io.BytesIO()
    ET.ElementTree(meta).write(content, encoding="utf-8")
    return _BEGIN + content.getvalue() + _END


def _texts(item: Item) -> Iterator[tuple[str, str]]:
    caption = item.caption
    yield "dc:identifier", item.id
    yield "photoshop:Headline", caption.title
    yield "photoshop:Credit", _credit(item)
    yield "photoshop:Source", caption.broadcast.programme if caption.broadcast else ""
    yield "photoshop:DateCreated", caption.created_on.isoformat() if caption.created_on else ""
    yield "xmpRights:Marked", "True" if caption.rights_holder else ""
    source = caption.digital_source
    yield "Iptc4xmpExt:DigitalSourceType", source.newscode if source else ""
    release = _RELEASES[caption.consent] if caption.consent else ""
    yield "plus:ModelReleaseStatus", f"http://ns.useplus.org/ldf/vocab/{release}" if release else ""
    if item.at:
        for tag in ("xmp:ModifyDate", "xmp:MetadataDate"):
            yield tag, item.at.astimezone(ZONE).isoformat(timespec="seconds")


def _credit(item: Item) -> str:
    """Name whom to credit: who supplied it, and the channel that aired it."""
    aired = item.caption.broadcast
    return " / ".join(filter(None, (item.newsroom, aired.channel if aired else "")))


def _in_languages(item: Item, words: Mapping[str, Words]) -> Iterator[tuple[str, dict[str, str]]]:
    caption = item.caption
    for tag, field in (
        ("dc:title", "title"),
        ("dc:description", "description"),
        ("Iptc4xmpCore:AltTextAccessibility", "alt_text"),
    ):
        yield tag, {language: getattr(each, field) for language, each in words.items()}
    yield "dc:rights", {"vi": item.copyright_notice}
    terms = "; ".join(filter(None, (caption.usage_terms, item.licence.vi)))
    yield "xmpRights:UsageTerms", {"vi": terms, "en": item.licence.en}


def _lists(item: Item) -> Iterator[tuple[str, str, list[str]]]:
    caption = item.caption
    yield "dc:creator", "Seq", [caption.creator] if caption.creator else []
    yield "dc:contributor", "Bag", list(caption.contributors)
    yield "dc:language", "Bag", sorted(filter(None, {caption.language, *caption.subtitles}))
    yield "dc:subject", "Bag", [label for theme in caption.themes for label in theme.label]
    yield "xmpRights:Owner", "Bag", [caption.rights_holder] if caption.rights_holder else []


def _places(about: ET.Element, places: tuple[str, ...]) -> None:
    named = list(dict.fromkeys(place for place in places if place))[:_MOST_PLACES]
    if not named:
        return
    members = ET.SubElement(_field(about, "Iptc4xmpExt:LocationShown"), _name(_RDF, "Bag"))
    for place in named:
        resource = {_name(_RDF, "parseType"): "Resource"}
        location = ET.SubElement(members, _name(_RDF, "li"), resource)
        _alternatives(location, "Iptc4xmpExt:LocationName", {"vi": place})


def _alternatives(above: ET.Element, tag: str, texts: Mapping[str, str]) -> None:
    """Write a text in its languages; the first is also the one for whoever asks for none."""
    said = [(language, text) for language, text in texts.items() if text]
    if not said:
        return
    members = ET.SubElement(_field(above, tag), _name(_RDF, "Alt"))
    for language, text in [("x-default", said[0][1]), *said]:
        ET.SubElement(members, _name(_RDF, "li"), {_name(_XML, "lang"): language}).text = text


def _field(above: ET.Element, tag: str) -> ET.Element:
    prefix, _, name = tag.partition(":")
    return ET.SubElement(above, _name(_SPACES[prefix], name))


def _name(space: str, name: str) -> str:
    return f"{{{space}}}{name}"
