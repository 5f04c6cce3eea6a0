"""An item's record in Dublin Core (ISO 15836, TCVN 7980): the line that Vietnam's archives read.

The root is in no namespace, as the two of Dublin Core name terms and no document.
"""

import io
from collections.abc import Iterator
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from cluster_feed.core.package import Item, Package, urn
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.vocabulary import Term

_DC: Final = "http://purl.org/dc/elements/1.1/"
_TERMS: Final = "http://purl.org/dc/terms/"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_PREFIXES: Final = {"dc": _DC, "dcterms": _TERMS}

for _prefix, _uri in _PREFIXES.items():
    ET.register_namespace(_prefix, _uri)


class _Statement(NamedTuple):
    term: str
    value: object
    language: str = ""


def record(package: Package, item: Item) -> bytes:
    """Write dc.xml; what is not known is left out."""
    root = ET.Element("record")
    for term, value, language in _statements(package, item):
        if value in (None, ""):
            continue
        prefix, _, name = term.partition(":")
        element = ET.SubElement(root, f"{{{_PREFIXES[prefix]}}}{name}")
        element.text = str(value)
        if language:
            element.set(f"{{{_XML}}}lang", language)
    ET.indent(root)
    content = io.BytesIO()
    ET.ElementTree(root).write(content, encoding="utf-8", xml_declaration=True)
    return content.getvalue() + b"\n"


def _statements(package: Package, item: Item) -> Iterator[_Statement]:
    caption = item.caption
    yield _Statement("dc:identifier", item.id)
    yield _Statement("dc:identifier", item.urn)
    for language, words in sorted(caption.words.items()):
        yield _Statement("dc:title", words.title, language)
        yield _Statement("dc:description", words.description, language)
    yield _Statement("dc:creator", caption.creator)
    yield _Statement("dc:publisher", item.newsroom)
    for contributor in caption.contributors:
        yield _Statement("dc:contributor", contributor)
    for theme in caption.themes:
        yield _Statement("dc:subject", theme.value)
        yield from _said("dc:subject", theme)
    yield _Statement("dc:type", "MovingImage" if item.is_clip else "StillImage")
    for term in (caption.genre, caption.information_class, caption.digital_source):
        if term:
            yield from _said("dc:type", term)
    yield _Statement("dc:language", caption.language)
    for language in sorted(caption.subtitles.keys() - {caption.language}):
        yield _Statement("dc:language", language)
    for place in caption.places:
        yield _Statement("dc:coverage", place)
    yield from _dates(package, item)
    yield from _rights(item)
    yield from _extent(item)
    yield _Statement("dcterms:isPartOf", package.name)
    yield from _versions(item)


def _said(term: str, label: Term) -> Iterator[_Statement]:
    yield _Statement(term, label.label.vi, "vi")
    yield _Statement(term, label.label.en, "en")


def _versions(item: Item) -> Iterator[_Statement]:
    """Name what it is a version of, and the version whose place it takes."""
    yield _Statement("dcterms:isVersionOf", item.id if item.version > 1 else "")
    if before := item.replaces:
        yield _Statement("dcterms:replaces", f"{item.id} v{before.version} ({before.package})")
        if before.asset != item.asset.sha256:
            yield _Statement("dcterms:replaces", urn(before.asset))


def _dates(package: Package, item: Item) -> Iterator[_Statement]:
    caption = item.caption
    if caption.broadcast:
        for source in (caption.broadcast.channel, caption.broadcast.programme):
            yield _Statement("dc:source", source)
        yield _Statement("dcterms:issued", caption.broadcast.on.isoformat())
    yield _Statement("dcterms:created", caption.created_on)
    yield _Statement("dcterms:dateSubmitted", item.asset.received_at.astimezone(ZONE).isoformat())
    if package.approvals:
        approved_at = max(approval.at for approval in package.approvals)
        yield _Statement("dcterms:dateAccepted", approved_at.astimezone(ZONE).isoformat())
    if caption.expires:
        yield _Statement("dcterms:valid", f"end={caption.expires}; scheme=W3C-DTF;")


def _rights(item: Item) -> Iterator[_Statement]:
    caption = item.caption
    yield _Statement("dc:rights", caption.usage_terms)
    yield _Statement("dc:rights", item.copyright_notice)
    yield _Statement("dcterms:rightsHolder", caption.rights_holder)
    for language, says in zip(("vi", "en"), item.licence, strict=True):
        yield _Statement("dcterms:license", says, language)
    if caption.consent:
        vietnamese, english = caption.consent.label
        yield _Statement("dc:rights", f"Người trong hình: {vietnamese}", "vi")
        yield _Statement("dc:rights", f"People shown: {english}", "en")
    if caption.republish_basis:
        yield from _said("dcterms:provenance", caption.republish_basis)
    yield _Statement("dcterms:provenance", caption.agreement)
    if caption.no_state_secrets:
        by = f" ({item.declared_by})" if item.declared_by else ""
        said = f"Đã cam kết không chứa bí mật nhà nước{by}"
        yield _Statement("dcterms:accessRights", said, "vi")


def _extent(item: Item) -> Iterator[_Statement]:
    for mime in sorted({file.mime for file in item.files}):
        yield _Statement("dc:format", mime)
    if item.asset.media.seconds is not None:
        yield _Statement("dcterms:extent", f"{item.asset.media.seconds:.3f} s")
