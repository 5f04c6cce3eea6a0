"""Items as newsrooms' systems exchange them: IPTC's ninjs 3.1, a document a language.

A ninjs document has one language, no place for alternative text and none for a hash.  So the
documents of one item name each other (`associations`), the alternative text is a description in
that role, and a file is linked by its hash (RFC 6920), with its place in the package as title.
"""

import base64
import json
import uuid
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from cluster_feed.adapters.packages import papers
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.caption import Caption, Words
from cluster_feed.core.package import Item, Package, PackagedFile, Track, Withdrawn
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.value import Sha256, digest
from cluster_feed.core.vocabulary import Term

Json = dict[str, object]

_STANDARD: Final[Json] = {
    "name": "ninjs",
    "version": "3.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#",
}
_ALT_TEXT: Final = "altText"
_TODAYS_CLOCK: Final = timezone(timedelta(hours=7))


def documents(package: Package, item: Item) -> dict[str, bytes]:
    """Write an item's documents, by their names in its folder.

    Tags that differ only in case are one language: the first of them is given.
    """
    written: dict[str, bytes] = {}
    for language, words in sorted(item.caption.words.items()):
        name = _name(language)
        if words.title and name not in written:
            written[name] = _to_bytes(_document(package, item, language, words))
    return written


def cancellations(package: Package, withdrawn: Withdrawn) -> dict[str, bytes]:
    """Write what tells a newsroom's system to take an item down, in each of its languages."""
    return {
        _name(language): _to_bytes(
            {
                "uri": _uri(withdrawn.asset, language),
                "standard": _STANDARD,
                "version": str(withdrawn.version),
                "versionCreated": _moment(package.made_at),
                "pubStatus": "canceled",
                "language": language,
                "title": withdrawn.title,
                "edNote": withdrawn.reason,
                "altIds": _alt_ids(withdrawn.id, withdrawn.urn),
            }
        )
        for language in withdrawn.languages
    }


def _document(package: Package, item: Item, language: str, words: Words) -> Json:
    caption = item.caption
    return {
        "uri": _uri(item.asset.sha256, language),
        "standard": _STANDARD,
        "type": "video" if item.is_clip else "picture",
        "representationType": "full",
        "version": str(item.version),
        "firstCreated": _moment(item.asset.received_at),
        "versionCreated": _moment(package.made_at),
        "contentCreated": _day(caption.created_on),
        "pubStatus": "usable",
        "language": language,
        "title": words.title,
        "headlines": [{"contentType": "text/plain", "value": words.title}],
        "descriptions": [
            {"role": role, "contentType": "text/plain", "value": text}
            for role, text in (("caption", words.description), (_ALT_TEXT, words.alt_text))
            if text
        ],
        "by": caption.creator,
        "people": [{"name": each, "rel": "contributor"} for each in caption.contributors],
        "infoSources": list(_sources(item)),
        "located": caption.places[0] if caption.places else "",
        "places": [{"name": place} for place in caption.places],
        "subjects": [_term(theme, language) for theme in caption.themes],
        "genres": [
            _term(term, language) for term in (caption.genre, caption.information_class) if term
        ],
        "digitalSourceType": _source_type(caption, language),
        "copyrightHolder": caption.rights_holder,
        "copyrightNotice": item.copyright_notice,
        "usageTerms": item.usage,
        "rightsInfo": _rights(item),
        "trustIndicators": [_slip(package, item)],
        "expires": _day(caption.expires, time.max),
        "edNote": _ed_note(item),
        "renditions": [*map(_rendition, item.files), *map(_track, item.tracks)],
        "associations": list(_associations(item, language)),
        "altIds": _alt_ids(item.id, item.urn),
    }


def _to_bytes(document: Json) -> bytes:
    said = {name: value for name, value in document.items() if value not in (None, "", [], {})}
    return f"{json.dumps(said, ensure_ascii=False, indent=1)}\n".encode()


def _name(language: str) -> str:
    return f"item.{language.lower()}.ninjs.json"


def _uri(asset: Sha256, language: str) -> str:
    """Name one language of an asset, the same in every package it is ever in."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sha256:{asset}#{language.lower()}").urn


def _alt_ids(code: str, urn: str) -> list[Json]:
    return [{"role": "code", "value": code}, {"role": "asset", "value": urn}]


def _associations(item: Item, language: str) -> Iterator[Json]:
    for other, words in sorted(item.caption.words.items()):
        if words.title and other.lower() != language.lower():
            yield {
                "name": words.title,
                "rel": "translation",
                "uri": _uri(item.asset.sha256, other),
                "language": other,
            }
    if (before := item.replaces) and before.asset != item.asset.sha256:
        yield {
            "name": f"{item.id}, {before.package}",
            "rel": "replaces",
            "uri": _uri(before.asset, language),
            "version": str(before.version),
            "pubStatus": "canceled",
        }


def _sources(item: Item) -> Iterator[Json]:
    if item.newsroom:
        yield {"name": item.newsroom, "role": "supplier"}
    if aired := item.caption.broadcast:
        if aired.channel:
            yield {"name": aired.channel, "role": "broadcaster"}
        if aired.programme:
            yield {"name": aired.programme, "role": "programme"}


def _term(term: Term, language: str) -> Json:
    label = term.label.vi if language.lower().startswith("vi") else term.label.en
    return {"name": label, "uri": term.urn, "literal": term.value}


def _source_type(caption: Caption, language: str) -> Json:
    source = caption.digital_source
    return (_term(source, language) | {"uri": source.newscode}) if source else {}


def _rights(item: Item) -> Json:
    """Say what the Ministry is granted; no language of rights fits, so that it is a sentence."""
    return {"encodedRights": item.licence.vi} if item.licence.vi else {}


def _slip(package: Package, item: Item) -> Json:
    """Link the slip of those who approved it, by its hash."""
    slip = digest(papers.approval_slip(package, item))
    return {"title": "phieu_duyet.json", "href": named_by_hash(slip)}


def _ed_note(item: Item) -> str:
    """Tell the editors what ninjs has no property for."""
    notes = list(item.remarks)
    if item.caption.consent:
        notes.insert(0, f"Người trong hình: {item.caption.consent.label.vi}")
    if aired := item.caption.broadcast:
        notes.insert(0, f"Đã phát sóng {aired.on:%d/%m}/{aired.on.year}")
    return "; ".join(notes)


def _rendition(file: PackagedFile) -> Json:
    width, height = file.media.video.shown_size
    rendition: Json = {
        "name": file.role,
        "href": named_by_hash(file.sha256),
        "title": file.path,
        "contentType": file.mime,
        "width": width,
        "height": height,
        "sizeInBytes": file.byte_count,
    }
    return rendition | _of_a_clip(file.media)


def _track(track: Track) -> Json:
    return {
        "name": f"{track.role}-{track.language}",
        "href": named_by_hash(track.sha256),
        "title": track.path,
        "contentType": track.mime,
        "sizeInBytes": track.byte_count,
    }


def _of_a_clip(media: MediaInfo) -> Json:
    if media.seconds is None:
        return {}
    clip: Json = {"duration": media.seconds, "videoCodec": media.video.codec}
    if media.video.fps:
        clip["frameRate"] = float(media.video.fps)
    return clip


def named_by_hash(sha256: Sha256) -> str:
    """Name a file by its bytes, wherever it lies (RFC 6920)."""
    text = base64.urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=").decode()
    return f"ni:///sha-256;{text}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat()


def _day(day: date | None, at: time = time.min) -> str | None:
    """Write a day as the moment at which it begins, or ends.

    By today's clock: Saigon's of 1900 was seconds off the hour, which no document can say.
    """
    if day is None:
        return None
    return datetime.combine(day, at.replace(microsecond=0), _TODAYS_CLOCK).isoformat()
