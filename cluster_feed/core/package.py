"""What the province gives to Vietnam.vn from an edition: items, their files, who approved them."""

import re
import uuid
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from cluster_feed.core import subtitles
from cluster_feed.core.asset import Asset, Kind, MediaInfo
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Caption, Language
from cluster_feed.core.person import Official
from cluster_feed.core.value import Sha256, Slug, Value, digest, nfc, suffix_of

_MIME: Final = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".mxf": "application/mxf",
    ".ts": "video/mp2t",
    ".m2ts": "video/mp2t",
    ".mts": "video/mp2t",
    ".mpg": "video/mpeg",
    ".mpeg": "video/mpeg",
    ".mkv": "video/x-matroska",
    ".webm": "video/webm",
    ".avi": "video/x-msvideo",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
_PORTAL_PIXELS: Final = 3000
_PORTAL_SECONDS: Final = 300


class Change(StrEnum):
    """What is told of an asset, against the packages before."""

    NEW = "new"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> Bilingual:
        """As people call it."""
        return _CHANGES[self]


_CHANGES: Final[Mapping[Change, Bilingual]] = {
    Change.NEW: Bilingual("mới", "new"),
    Change.CHANGED: Bilingual("cập nhật", "changed"),
    Change.WITHDRAWN: Bilingual("thu hồi", "withdrawn"),
}


class Way(StrEnum):
    """How a package goes to the Ministry."""

    SFTP = "sftp"
    FOLDER = "folder"
    USB = "usb"

    @property
    def label(self) -> Bilingual:
        """As people call it."""
        return _WAYS[self]


_WAYS: Final[Mapping[Way, Bilingual]] = {
    Way.SFTP: Bilingual("SFTP", "SFTP"),
    Way.FOLDER: Bilingual("thư mục chung", "a shared folder"),
    Way.USB: Bilingual("USB", "USB"),
}


class PackagedFile(Value):
    """One medium of an item; `path` is its place under the item's folder.

    `role` is "master" for a clip as the newsroom gave it, "1080p" and "720p" for the portal's
    copies of it, "poster" for the still that stands for it; for a photo "original", its own
    picture, or "full" where that is no JPEG, and "3000" and "1920".
    """

    path: str
    role: str
    sha256: Sha256
    byte_count: int
    media: MediaInfo

    @property
    def mime(self) -> str:
        """The media type, by the name."""
        return _MIME.get(suffix_of(self.path), "application/octet-stream")


class Track(Value):
    """What is said in a clip, in one language: subtitles for a player, or the words alone."""

    path: str
    role: str
    language: Language
    mime: str
    content: str

    @property
    def to_bytes(self) -> bytes:
        """The file's."""
        return self.content.encode()

    @property
    def byte_count(self) -> int:
        """The file's."""
        return len(self.to_bytes)

    @property
    def sha256(self) -> Sha256:
        """The file's."""
        return digest(self.to_bytes)


class Approval(Value):
    """One person's signature, and how they were named when they gave it."""

    approver: Slug
    at: AwareDatetime
    full_name: str = ""
    office: str = ""

    @property
    def by(self) -> Official:
        """Who gave it."""
        return Official(name=self.approver, full_name=self.full_name, office=self.office)


class Told(Value):
    """What an earlier package told of an item; `asset` was its content then."""

    package: str
    at: AwareDatetime
    version: int
    change: Change
    asset: Sha256


class Past(Value):
    """A package before, and how many items it gave, gave anew and took back."""

    name: str
    at: AwareDatetime
    new: int
    changed: int
    withdrawn: int


class Item(Value):
    """One asset with its words.

    `newsroom` is the provider's title; `clusters` show it, as the renditions that were approved.
    `version` counts how often the portal gets it; `told` is what it was told before, the first
    first.  `declared_by` is who made the caption's declarations, `at` when it was put into the
    package.
    """

    id: str
    asset: Asset
    caption: Caption
    newsroom: str
    clusters: tuple[Slug, ...]
    gates: tuple[str, ...] = ()
    """The clusters' names, as people know them."""
    approved_renditions: tuple[Sha256, ...]
    change: Change = Change.NEW
    version: int = 1
    declared_by: str = ""
    at: AwareDatetime | None = None
    told: tuple[Told, ...] = ()
    files: tuple[PackagedFile, ...] = ()

    @property
    def replaces(self) -> Told | None:
        """The version whose place it takes; None: the portal has none."""
        return next((each for each in reversed(self.told) if each.change != Change.WITHDRAWN), None)

    @property
    def urn(self) -> str:
        """A name for the same asset in every package it is ever in."""
        return urn(self.asset.sha256)

    @property
    def copyright_notice(self) -> str:
        """Whose it is, as a notice; nothing where nobody says."""
        return f"© {self.caption.rights_holder}" if self.caption.rights_holder else ""

    @property
    def licence(self) -> Bilingual:
        """What its owner lets the Ministry do; nothing where they have not."""
        if not self.caption.licence_granted:
            return _NO_LICENCE
        until = self.caption.rights_until
        return _LICENCE_UNTIL.fill(day=f"{until:%d/%m}/{until.year}") if until else _LICENCE

    @property
    def usage(self) -> str:
        """By what right it is shown and how it may be used, in Vietnamese."""
        caption = self.caption
        basis = caption.republish_basis.label.vi if caption.republish_basis else ""
        said = (basis, caption.agreement, caption.usage_terms, self.licence.vi)
        return "; ".join(filter(None, said))

    @property
    def folder(self) -> str:
        """Where it lies under data/."""
        return f"items/{self.id}"

    @property
    def is_clip(self) -> bool:
        """Whether it moves."""
        return self.asset.kind is Kind.VIDEO

    @property
    def tracks(self) -> Iterator[Track]:
        """Its subtitles and what is said, as files beside it.

        Tags that differ only in case are one language: the first of them is given.
        """
        spoken = {tag.lower(): tag for tag in sorted(self.caption.subtitles, reverse=True)}
        for name, tag in sorted(spoken.items()) if self.is_clip else ():
            cues = self.caption.subtitles[tag]
            for role, mime, ending, content in (
                ("subtitles", "text/vtt", f"{name}.vtt", subtitles.vtt(cues)),
                (
                    "transcript",
                    "text/plain",
                    f"transcript.{name}.txt",
                    subtitles.transcript(cues),
                ),
            ):
                path = f"text/{self.id}.{ending}"
                yield Track(path=path, role=role, language=tag, mime=mime, content=content)

    @property
    def everything(self) -> Iterator[PackagedFile | Track]:
        """Its media and its tracks: what its documents name as files."""
        yield from self.files
        yield from self.tracks

    @property
    def remarks(self) -> Iterator[str]:
        """What the portal's editors should know, in Vietnamese (limits of Happy Vietnam 2025)."""
        if not self.is_clip:
            if all(max(file.media.video.shown_size) < _PORTAL_PIXELS for file in self.files):
                yield "Cạnh dài của ảnh dưới 3.000 px"
            return
        if (self.asset.media.seconds or 0) > _PORTAL_SECONDS:
            yield "Video dài hơn 5 phút"
        if all(file.sha256 != self.asset.sha256 for file in self.files):
            yield "Không kèm video gốc"


_NO_LICENCE: Final = Bilingual("", "")
_LICENCE: Final = Bilingual(
    "Cho phép Bộ Văn hóa, Thể thao và Du lịch đăng tải, khai thác trên Vietnam.vn",
    "The Ministry of Culture, Sports and Tourism may publish and use it on Vietnam.vn",
)
_LICENCE_UNTIL: Final = Bilingual(f"{_LICENCE.vi} đến hết {{day}}", f"{_LICENCE.en} until {{day}}")


class Withdrawn(Value):
    """An asset that the portal has, in its languages, and is to take off.

    `reason` is the department's.
    """

    id: str
    asset: Sha256
    version: int
    title: str
    languages: tuple[str, ...] = ("vi",)
    reason: str = ""
    told: tuple[Told, ...] = ()

    @property
    def folder(self) -> str:
        """Where its cancellation lies under data/."""
        return f"withdrawn/{self.id}"

    @property
    def urn(self) -> str:
        """The name it had in the packages that gave it."""
        return urn(self.asset)


class Package(Value):
    """All that one edition gives, and by whose approval; `version` counts those of its cycle.

    `made_at` is when it was put together, which may be long after the edition: `words` is the hash
    of what the approvers had before them of all that is proposed.  `past` are the packages before
    it, of its year and the very last; `info` is what bag-info.txt says beside the sizes.
    """

    name: str
    cycle: str
    version: int
    edition: Slug
    number: int
    fingerprint: Sha256
    submitted_by: Official
    approvals: tuple[Approval, ...]
    published_at: AwareDatetime
    made_at: AwareDatetime
    sender: str
    items: tuple[Item, ...]
    withdrawn: tuple[Withdrawn, ...] = ()
    words: Sha256 | None = None
    past: tuple[Past, ...] = ()
    info: tuple[tuple[str, str], ...] = ()


def urn(asset: Sha256) -> str:
    """Name an asset the same in every package."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sha256:{asset}").urn


def package_name(cycle: str, version: int) -> str:
    """Name a cycle's package; a later edition of the same cycle gives the next version."""
    return f"QTR-TTDN-{cycle}_v{version:02}"


def version_of(name: str) -> int:
    """Read which of its cycle's packages a name is."""
    return int(name.removesuffix(".zip").rpartition("_v")[2])


def code_prefix(cycle: str) -> str:
    """Begin the codes of what was first given in a cycle."""
    return f"QTR-{cycle}-"


def item_id(cycle: str, number: int) -> str:
    """Name an item for people; numbers go on through all packages of a cycle."""
    return f"{code_prefix(cycle)}{number:04}"


def master_suffix(name: str) -> str:
    """Give a clip's own extension if it is one of a clip, never one that a desktop would run."""
    suffix = suffix_of(name)
    return suffix if suffix in _MIME else ".bin"


_ILLEGAL: Final = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legible(document: object) -> object:
    """Take out of JSON data what XML 1.0 cannot say, and compose its text.

    Control characters, half surrogates and U+FFFE come from broken encodings and mean nothing;
    everything else, markup and right-to-left marks included, is somebody's text and stays.
    """
    if isinstance(document, str):
        lines = document.replace("\r\n", "\n").replace("\r", "\n")
        return nfc(_ILLEGAL.sub("", lines))
    if isinstance(document, dict):
        return {key: legible(value) for key, value in document.items()}
    if isinstance(document, list):
        return [legible(value) for value in document]
    return document
