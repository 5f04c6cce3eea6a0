"""Items and their list in schema.org's words, as JSON-LD that a web site can take over."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.package import Item, Package, PackagedFile, Track
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.vocabulary import Theme

Json = dict[str, object]

_CONTEXT: Final = "https://schema.org"
_NOT_IN_A_SCRIPT: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""A page may paste the document into a <script>, which a caption must not be able to end."""


def item_document(package: Package, item: Item) -> bytes:
    """Write schema.jsonld: one VideoObject or ImageObject with its files."""
    return _to_bytes({"@context": _CONTEXT, **describe(item, package.published_at)})


def dataset_document(owner: str, on: date, items: Iterable[Json]) -> bytes:
    """Write a whole record of items as they stand on a day."""
    return _to_bytes(
        {
            "@context": _CONTEXT,
            "@type": "Dataset",
            "name": "Danh mục nội dung thông tin đối ngoại đã duyệt",
            "inLanguage": "vi",
            "creator": _named(owner, "Organization"),
            "dateModified": on.isoformat(),
            "hasPart": [_said(item) for item in items],
        }
    )


def describe(item: Item, published_at: datetime) -> Json:
    """Say what an item is."""
    caption = item.caption
    return {
        "@type": "VideoObject" if item.is_clip else "ImageObject",
        "@id": item.urn,
        "identifier": item.id,
        "version": item.version,
        "name": _in_languages(item, "title"),
        "description": _in_languages(item, "description"),
        "accessibilitySummary": _in_languages(item, "alt_text"),
        "creator": _named(caption.creator),
        "publisher": _named(item.newsroom, "Organization"),
        "copyrightHolder": _named(caption.rights_holder),
        "copyrightNotice": f"© {caption.rights_holder}" if caption.rights_holder else None,
        "usageInfo": _usage(item),
        "about": [_theme(theme) for theme in caption.themes],
        "genre": [term.label.vi for term in (caption.genre, caption.information_class) if term],
        "inLanguage": caption.language,
        "dateCreated": _iso(caption.created_on),
        "datePublished": published_at.astimezone(ZONE).isoformat(),
        "uploadDate": item.asset.received_at.astimezone(ZONE).isoformat() if item.is_clip else None,
        "expires": _iso(caption.valid_until),
        "contentLocation": [_named(place, "Place") for place in caption.places],
        "publication": _broadcast(item),
        "duration": _duration(item.asset.media),
        "thumbnailUrl": next((file.path for file in item.files if file.role == "poster"), None),
        "encoding": [_encoding(file) for file in item.files],
        "caption": [_track(track) for track in item.tracks if track.role == "subtitles"],
        "transcript": [
            {"@language": track.language, "@value": track.content}
            for track in item.tracks
            if track.role == "transcript"
        ],
    }


def catalogue_document(package: Package) -> bytes:
    """Write catalogue.jsonld: the package and what is in it."""
    return _to_bytes(
        {
            "@context": _CONTEXT,
            "@type": "Collection",
            "identifier": package.name,
            "name": f"Dữ liệu cung cấp cho Vietnam.vn, kỳ {package.cycle}",
            "inLanguage": "vi",
            "provider": _named(package.sender, "Organization"),
            "datePublished": package.published_at.astimezone(ZONE).isoformat(),
            "hasPart": [
                {
                    "@type": "VideoObject" if item.is_clip else "ImageObject",
                    "@id": item.urn,
                    "identifier": item.id,
                    "name": _in_languages(item, "title"),
                    "url": f"{item.folder}/schema.jsonld",
                }
                for item in package.items
            ],
            "potentialAction": [
                {
                    "@type": "DeleteAction",
                    "object": {"@id": each.urn, "identifier": each.id, "name": each.title},
                    "description": each.reason,
                }
                for each in package.withdrawn
            ],
        }
    )


def vocabulary_document() -> bytes:
    """Write chu_de.json: the themes' codes with their labels."""
    terms = [{"code": theme.value, "vi": theme.label.vi, "en": theme.label.en} for theme in Theme]
    return _to_bytes({"title": "Chủ đề thông tin đối ngoại", "terms": terms})


def _to_bytes(document: Json) -> bytes:
    text = json.dumps(_said(document), ensure_ascii=False, indent=1)
    return f"{text.translate(_NOT_IN_A_SCRIPT)}\n".encode()


def _said(document: Json) -> Json:
    """Leave out what is not known."""
    return {name: value for name, value in document.items() if value not in (None, "", [], {})}


def _in_languages(item: Item, field: str) -> list[Json]:
    return [
        {"@language": language, "@value": getattr(words, field)}
        for language, words in sorted(item.caption.words.items())
        if getattr(words, field)
    ]


def _named(name: str, kind: str | None = None) -> Json | None:
    """Say who or where; a creator may be a person or a team, so nothing is claimed of that."""
    if not name:
        return None
    return {"@type": kind, "name": name} if kind else {"name": name}


def _theme(theme: Theme) -> Json:
    return {"@type": "DefinedTerm", "termCode": theme.value, "name": theme.label.vi}


def _usage(item: Item) -> Json | None:
    basis = item.caption.republish_basis
    said = [basis.label.vi if basis else "", item.caption.agreement, item.caption.usage_terms]
    text = "; ".join(each for each in said if each)
    return {"@type": "CreativeWork", "text": text} if text else None


def _broadcast(item: Item) -> Json | None:
    aired = item.caption.broadcast
    if not aired:
        return None
    return {
        "@type": "BroadcastEvent",
        "name": aired.programme,
        "startDate": aired.on.isoformat(),
        "publishedOn": {"@type": "BroadcastService", "name": aired.channel},
    }


def _encoding(file: PackagedFile) -> Json:
    width, height = file.media.video.shown_size
    encoding: Json = {
        "@type": "MediaObject",
        "name": file.role,
        "contentUrl": file.path,
        "encodingFormat": file.mime,
        "width": width,
        "height": height,
        "contentSize": str(file.byte_count),
        "sha256": file.sha256,
    }
    if duration := _duration(file.media):
        encoding["duration"] = duration
    return encoding


def _track(track: Track) -> Json:
    return {
        "@type": "MediaObject",
        "contentUrl": track.path,
        "encodingFormat": track.mime,
        "inLanguage": track.language,
        "contentSize": str(track.byte_count),
        "sha256": track.sha256,
    }


def _duration(media: MediaInfo) -> str | None:
    """Write a length as ISO 8601 has it: PT1M4.5S."""
    if media.seconds is None:
        return None
    milliseconds = round(media.seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds = (Decimal(rest) / 1000).normalize()
    parts = [
        f"{hours}H" if hours else "",
        f"{minutes}M" if minutes else "",
        f"{seconds:f}S" if seconds or not milliseconds else "",
    ]
    return "PT" + "".join(parts)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
