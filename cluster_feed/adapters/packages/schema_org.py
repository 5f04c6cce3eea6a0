"""Items and their list in schema.org's words, as JSON-LD that a web site can take over."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.package import Item, Package, PackagedFile, Track, urn
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.vocabulary import (
    Consent,
    DigitalSource,
    Genre,
    InformationClass,
    RepublishBasis,
    Term,
    Theme,
)

Json = dict[str, object]

_CONTEXT: Final = "https://schema.org"
_THEMES: Final = "Chủ đề thông tin đối ngoại"
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
        "contributor": [_named(each) for each in caption.contributors],
        "publisher": _named(item.newsroom, "Organization"),
        "copyrightHolder": _named(caption.rights_holder),
        "copyrightNotice": item.copyright_notice,
        "license": _licence(item),
        "usageInfo": {"@type": "CreativeWork", "text": item.usage} if item.usage else None,
        "digitalSourceType": caption.digital_source.newscode if caption.digital_source else None,
        "about": [_theme(theme) for theme in caption.themes],
        "genre": [
            each for term in (caption.genre, caption.information_class) for each in _both(term)
        ],
        "inLanguage": caption.language,
        "dateCreated": _iso(caption.created_on),
        "datePublished": published_at.astimezone(ZONE).isoformat(),
        "uploadDate": item.asset.received_at.astimezone(ZONE).isoformat() if item.is_clip else None,
        "expires": _iso(caption.expires),
        "isPartOf": _programme(item),
        "isBasedOn": _version_before(item),
        "contentLocation": [_named(place, "Place") for place in caption.places],
        "publication": _broadcast(item),
        "duration": _duration(item.asset.media),
        "thumbnailUrl": next((file.path for file in item.files if file.role == "poster"), None),
        "thumbnail": [
            _encoding(file) | {"@type": "ImageObject"}
            for file in item.files
            if _is_still(item, file)
        ],
        "encoding": [_encoding(file) for file in item.files if not _is_still(item, file)],
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
            "dateModified": package.made_at.astimezone(ZONE).isoformat(),
            "isBasedOn": package.past[-1].name if package.past else None,
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


_VOCABULARIES: Final[dict[str, type[Term]]] = {
    "Loại thông tin": InformationClass,
    "Thể loại": Genre,
    "Căn cứ phát lại": RepublishBasis,
    "Đồng ý hình ảnh": Consent,
    "Nguồn số": DigitalSource,
}


def vocabulary_document() -> bytes:
    """Write chu_de.json: the codes of the themes and of all other lists, with their labels."""
    others = [{"title": title, "terms": _terms(each)} for title, each in _VOCABULARIES.items()]
    return _to_bytes({"title": _THEMES, "terms": _terms(Theme), "others": others})


def _terms(terms: type[Term]) -> list[Json]:
    return [
        {"code": each.value, "uri": each.urn, "vi": each.label.vi, "en": each.label.en}
        for each in terms
    ]


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
    return {
        "@type": "DefinedTerm",
        "@id": theme.urn,
        "termCode": theme.value,
        "name": _both(theme),
        "inDefinedTermSet": {"@type": "DefinedTermSet", "name": _THEMES},
    }


def _both(term: Term | None) -> list[Json]:
    labels = zip(("vi", "en"), term.label, strict=True) if term else ()
    return [{"@language": language, "@value": label} for language, label in labels]


def _licence(item: Item) -> Json | None:
    """Say what its owner lets the Ministry do."""
    said = zip(("vi", "en"), item.licence, strict=True)
    text = [{"@language": language, "@value": each} for language, each in said if each]
    return {"@type": "CreativeWork", "text": text} if text else None


def _programme(item: Item) -> Json | None:
    aired = item.caption.broadcast
    if not (aired and aired.programme):
        return None
    return {"@type": "CreativeWorkSeries", "name": aired.programme}


def _version_before(item: Item) -> Json | None:
    """Name the version whose place it takes."""
    before = item.replaces
    if not before:
        return None
    return {
        "@type": "CreativeWork",
        "@id": urn(before.asset),
        "identifier": item.id,
        "version": before.version,
        "isPartOf": before.package,
    }


def _is_still(item: Item, file: PackagedFile) -> bool:
    """Whether a file stands for a clip and is not the clip itself."""
    return item.is_clip and file.mime.startswith("image/")


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
