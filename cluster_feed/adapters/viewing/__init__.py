"""The very files that a signature would let screens show, in a folder beside the request.

The hub lays them there, and may lie about every one.  So the signer's own machine compares each
with what is to be signed before anybody looks, and itself writes the page that shows them: see
`page`.
"""

import hashlib
import os
import re
import shutil
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from cluster_feed.adapters.request import NoticeRequest, Request, Shown
from cluster_feed.adapters.store import Store, fsync_folder
from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import FolderUnwritable, OtherMedia
from cluster_feed.core.labels import fold
from cluster_feed.core.notice import Notice
from cluster_feed.core.playlist import Entry, Hours
from cluster_feed.core.value import Sha256, Slug

PAGE: Final = "XEM.html"

_SUFFIXES: Final = {Kind.VIDEO: ".mp4", Kind.PHOTO: ".jpg"}
"""By what the entry is, never as the hub would have it: Windows runs some."""
_OURS: Final = re.compile(r"\d{3,}-[a-z0-9-]+\.(mp4|jpg)")
_LEFT_BY_WINDOWS: Final = frozenset({"thumbs.db", "desktop.ini"})
_LONGEST_TITLE: Final = 40

Tick = Callable[[str, float], None]


class Loop(NamedTuple):
    """Entries in their order, under a heading."""

    heading: Bilingual
    entries: Sequence[Entry]


class View(NamedTuple):
    """What one cluster's screens would show; `hours` are those of its dayparts."""

    cluster: Slug
    says: Bilingual
    loops: tuple[Loop, ...]
    hours: Mapping[Slug, Sequence[Hours]]

    def entries(self) -> Iterator[Entry]:
        """Every entry."""
        for loop in self.loops:
            yield from loop.entries


class MediaFile(NamedTuple):
    """A file of the folder and what it must be."""

    name: str
    sha256: Sha256
    byte_count: int


def views(asked: Request) -> list[View]:
    """What a request would let each cluster show, the same on every machine."""
    if isinstance(asked, NoticeRequest):
        return list(_notice(asked.notice))
    return [_view(shown) for shown in sorted(asked.programmes(), key=_cluster)]


def _cluster(shown: Shown) -> str:
    return shown.playlist.cluster


def _notice(notice: Notice) -> Iterator[View]:
    says = _NOTICE_SAYS.fill(name=notice.name, person=notice.prepared_by)
    for cluster, entries in sorted(notice.entries.items()):
        yield View(cluster, says, (Loop(_NOTICE, entries),), {})


def _view(shown: Shown) -> View:
    playlist = shown.playlist
    # Screens ask no evergreen entry for its daypart.
    evergreen = [each.model_copy(update={"daypart": None}) for each in playlist.evergreen]
    loops = [Loop(_PROGRAMME, playlist.entries), Loop(_EVERGREEN, evergreen)]
    if takeover := playlist.takeover:
        heading = _URGENT.fill(name=takeover.notice, span=takeover.span)
        loops.insert(0, Loop(heading, takeover.entries))
    hours: defaultdict[Slug, list[Hours]] = defaultdict(list)
    for part in playlist.dayparts:
        hours[part.name].append(part)
    return View(
        playlist.cluster,
        _PROGRAMME_SAYS.fill(span=playlist.span, number=playlist.number, until=shown.until),
        tuple(loop for loop in loops if loop.entries),
        hours,
    )


_PROGRAMME: Final = Bilingual("Chương trình", "Programme")
_EVERGREEN: Final = Bilingual("Dự phòng", "Evergreen")
_URGENT: Final = Bilingual("Thông báo khẩn {name}, {span}", "Urgent notice {name}, {span}")
_NOTICE: Final = Bilingual("Thông báo khẩn", "Urgent notice")
_NOTICE_SAYS: Final = Bilingual(
    "Thông báo {name} do {person} chuẩn bị, chờ sẵn; lúc phát mới có giờ kết thúc",
    "Notice {name}, prepared by {person}, kept ready; its end is set when it is released",
)
_PROGRAMME_SAYS: Final = Bilingual(
    "Số {number}, phát {span}; màn hình nhận đến {until}",
    "Number {number}, shown {span}; screens take it until {until}",
)


def files(shown: Iterable[View]) -> dict[Sha256, MediaFile]:
    """Name every rendition once, after the place where it shows first."""
    found: dict[Sha256, MediaFile] = {}
    for view in shown:
        for entry in view.entries():
            for profile, blob in sorted(entry.blobs.items()):
                words = (f"{len(found) + 1:03}", view.cluster, profile, _title(entry))
                name = "-".join(filter(None, words)) + _SUFFIXES[entry.kind]
                found.setdefault(blob.sha256, MediaFile(name, blob.sha256, blob.byte_count))
    return found


def _title(entry: Entry) -> str:
    words = re.findall(r"[a-z0-9]+", fold(entry.captions.get("vi", "")))
    return "-".join(words)[:_LONGEST_TITLE].strip("-")


def folder_of(request_file: Path, asked: Request) -> Path:
    """Where a request's files lie unless somebody says otherwise: beside it."""
    return request_file.with_name(f"{asked.file_name}.media")


def lay_out(folder: Path, asked: Request, store: Store, tick: Tick) -> Path:
    """Copy what a request is about into its folder, in place of what lay there for an earlier one.

    Copies: a link would let whoever gets the folder touch the store.  Raises StoreDamaged,
    FolderUnwritable.
    """
    into = folder_of(folder / "request.json", asked)
    wanted = list(files(views(asked)).values())
    try:
        into.mkdir(exist_ok=True)
        for left in into.iterdir():
            if left.name == PAGE or _OURS.fullmatch(left.name):
                left.unlink()
        for done, file in enumerate(wanted, start=1):
            source = store.verify(file.sha256)
            with source.open("rb") as content, (into / file.name).open("xb") as copy:
                shutil.copyfileobj(content, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
            tick(into.name, done / len(wanted))
        fsync_folder(into)
    except OSError as error:
        raise FolderUnwritable(path=into, detail=error.strerror) from error
    return into


def compare(folder: Path, shown: Iterable[View], tick: Tick) -> list[MediaFile]:
    """Read every file that would be signed, and give them; OtherMedia where one is another.

    A file that is not of the request is refused too: somebody may mean it to be looked at instead.
    """
    wanted = list(files(shown).values())
    named = {PAGE, *(file.name for file in wanted)}
    try:
        lying = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise OtherMedia(file=folder, detail=_MISSING) from error
    for name in lying:
        if name not in named and name.lower() not in _LEFT_BY_WINDOWS and name[0] != ".":
            raise OtherMedia(file=folder / name, detail=_NOT_ASKED)
    for done, file in enumerate(wanted, start=1):
        _compare(folder / file.name, file)
        tick(folder.name, done / len(wanted))
    return wanted


def _compare(path: Path, file: MediaFile) -> None:
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode) or about.st_size != file.byte_count:
            raise OtherMedia(file=path, detail=_OTHER)
        with path.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise OtherMedia(file=path, detail=_MISSING) from error
    except OSError as error:
        raise OtherMedia(file=path, detail=error.strerror) from error
    if sha256 != file.sha256:
        raise OtherMedia(file=path, detail=_OTHER)


_MISSING: Final = Bilingual("không có", "it is not there")
_OTHER: Final = Bilingual("khác với tệp sẽ được ký", "it is not the file that would be signed")
_NOT_ASKED: Final = Bilingual(
    "không thuộc yêu cầu ký; nếu là của bạn thì chuyển đi nơi khác",
    "it is not of the request; if it is yours, move it elsewhere",
)
