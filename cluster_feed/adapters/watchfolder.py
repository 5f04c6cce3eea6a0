"""The shared folder: what lies in it, which of it is complete, and a nudge when something moves.

Looking is the truth; events only wake.  A newsroom copies from Windows Explorer, over SMB, from a
camera or a browser, and none of them says when it has finished, so a file is complete when

1. its name is no temporary one and none of a system's own (`is_debris`);
2. its size, mtime, ctime and inode stood still over at least two looks and N seconds of the
   monotonic clock (`Stillness`): Explorer gives a file its full size when it begins to copy, so
   the size alone proves nothing;
3. it opens as a regular file, and nobody has it open for writing (`Still`).

It is the same rule at start-up: what was there before is looked at twice like everything else.
"""

import errno
import fcntl
import logging
import os
import re
import signal
import stat
from collections.abc import Callable, Iterable, Mapping
from io import FileIO
from pathlib import Path
from typing import Final, NamedTuple, Self

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from cluster_feed.core.errors import FolderMissing, NotARegularFile

logger = logging.getLogger(__name__)

SENT_BACK: Final = "_tra-lai"
"""Where refused files go, inside their newsroom's own folder."""

REASON: Final = ".ly-do.txt"
"""What the note's name adds to that of the file which it is about."""

STATUS_PAGE: Final = "_trang-thai.html"
"""What became of everything, for the newsroom to read."""

DEEPEST: Final = 12
"""Folders within folders; what lies deeper is reported, not taken in."""

_DEBRIS = re.compile(
    r"""
    \.                          # hidden: ._clip.mp4, .DS_Store, .~lock.a#, .clip.mp4.Xy12
    | ~\$                       # Office has it open
    | (?:thumbs\.db | ehthumbs\.db | desktop\.ini) $
    | (?:@eadir | \#recycle | \$recycle\.bin | system\ volume\ information | lost\+found) $
    | .* \. (?:part | partial | filepart | crdownload | download | opdownload | tmp | temp) $
    | _tra-lai $ | _trang-thai\.html $ | .* \.ly-do\.txt $
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_debris(name: str) -> bool:
    """Whether a file or folder of this name is temporary, a system's own, or ours."""
    return bool(_DEBRIS.match(name))


class Sight(NamedTuple):
    """What one look tells of a file; any write, touch or replacement changes it."""

    byte_count: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    mode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Read it from a file's status."""
        return cls(
            status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode
        )

    @property
    def is_regular(self) -> bool:
        """Whether it is a file and no link, pipe or device."""
        return stat.S_ISREG(self.mode)


class Stillness:
    """Remembers since when everything has stood still; it reads no clock and no disk."""

    def __init__(self, seconds: float) -> None:
        """Ask for so many seconds of stillness."""
        self.seconds = seconds
        self._since: dict[str, tuple[Sight, float]] = {}

    def look(self, seen: Mapping[str, Sight], moment: float) -> list[str]:
        """Take in a look at the monotonic `moment`; name what is complete, in order.

        What is no longer seen is forgotten, so that a file which comes back starts anew.
        """
        since = {}
        for name, sight in seen.items():
            before, began = self._since.get(name, (sight, moment))
            since[name] = (sight, began if before == sight else moment)
        self._since = since
        return sorted(name for name, (_, began) in since.items() if self._is_over(began, moment))

    def _is_over(self, began: float, moment: float) -> bool:
        return moment > began and moment - began >= self.seconds


class Scan(NamedTuple):
    """What lies under a folder, by path relative to it; `unreadable` folders are not in it."""

    files: dict[str, Sight]
    folders: dict[str, Sight]
    unreadable: dict[str, str]


def scan(root: Path) -> Scan:
    """Look at everything under a folder, following no link.

    Links, pipes and devices are among the files: their `mode` says what they are.  Names that are
    not UTF-8 come as Python's surrogate escapes.  Raises FolderMissing where the folder itself
    cannot be read, so that a lost network drive is never taken for an empty folder.
    """
    found = Scan({}, {}, {})
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as entries:
                for entry in entries:
                    _note(entry, os.path.join(folder, entry.name), found, waiting)  # noqa: PTH118
        except OSError as error:
            if not folder:
                raise FolderMissing(path=root) from error
            if error.errno != errno.ENOENT:
                found.unreadable[folder] = error.strerror or type(error).__name__
    return found


def _note(entry: os.DirEntry[str], path: str, found: Scan, waiting: list[str]) -> None:
    if is_debris(entry.name):
        return
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    except OSError as error:
        found.unreadable[path] = error.strerror or type(error).__name__
        return
    if not stat.S_ISDIR(status.st_mode):
        found.files[path] = Sight.of(status)
    elif path.count("/") >= DEEPEST:
        found.unreadable[path] = os.strerror(errno.ENAMETOOLONG)
    else:
        found.folders[path] = Sight.of(status)
        waiting.append(path)


class ChangedError(OSError):
    """A file is being written, or is no longer what the look saw: wait for it to stand still."""


class Still(FileIO):
    """A complete file, open for reading; its end is reached only if it is still what was seen.

    Raises NotARegularFile for a link, a pipe or a device, and ChangedError.
    """

    def __init__(self, path: Path, sight: Sight) -> None:
        """Open the file that a look has seen."""
        self._path, self._sight = path, sight
        if not sight.is_regular:
            raise NotARegularFile
        super().__init__(str(path), "rb", opener=_open_no_link)
        try:
            self.check()
            _refuse_if_being_written(self.fileno())
        except OSError:
            self.close()
            raise

    def read(self, size: int | None = -1) -> bytes:
        """Read; at the end, make sure that all of it was the file that was seen."""
        chunk = super().read(-1 if size is None else size) or b""
        if not chunk or size in (-1, None):
            self.check()
        return chunk

    def check(self) -> None:
        """Raise ChangedError unless the open file and the path are both still what was seen."""
        for status in (os.fstat(self.fileno()), os.lstat(self._path)):
            if Sight.of(status) != self._sight:
                raise ChangedError(errno.EAGAIN, "changed while it was being read")


def _open_no_link(path: str, flags: int) -> int:
    """Open without following a link, and without waiting for a pipe's writer or a lease's holder.

    A file server that has lent a file to its client holds a lease on it.
    """
    try:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    except BlockingIOError as error:
        raise ChangedError(errno.EAGAIN, "lent to a client") from error


def _refuse_if_being_written(descriptor: int) -> None:
    """Ask the kernel for a read lease, which it grants only while nobody can write the file.

    A copy that stalls longer than the rule waits (a sleeping laptop) still holds the file open.
    Should a writer come in the moment before the lease is given back, the kernel's signal is one
    that is ignored by default.  Where leases are not known, or not ours to take, this tells
    nothing.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        if error.errno == errno.EAGAIN and not _REMOTE.match(file_system_of(descriptor)):
            raise ChangedError(errno.EAGAIN, "open for writing") from error
    else:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)


_REMOTE = re.compile(r"nfs|cifs|smb|fuse|9p|virtiofs|ceph|afs")
"""File systems that say EAGAIN to a lease because a server grants it, not because of a writer."""


def file_system_of(descriptor: int) -> str:
    """Name the type of the file system on which an open file lies; empty where nobody can tell."""
    device = os.fstat(descriptor).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    for mount in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        place, _, system = mount.partition(" - ")
        if place.split()[2] == number:
            return system.split()[0]
    return ""


class Waker:
    """Nudges when something moves in the watched folders, so that nobody waits for the next look.

    It promises nothing: inotify is silent on network shares, limits are reached, folders are
    replaced.  Whoever is woken looks for himself, and looks without being woken as well.
    """

    _EVENTS: Final[list[type[FileSystemEvent]]] = [
        FileCreatedEvent,
        FileModifiedEvent,
        FileMovedEvent,
        FileClosedEvent,
    ]

    def __init__(
        self, wake: Callable[[], None], polling: Iterable[Path] = (), poll_seconds: float = 5
    ) -> None:
        """Call `wake`, from another thread, when something moves.

        Folders in `polling` lie on network shares: they are compared every `poll_seconds`.
        """
        self._handler = _Nudge(wake)
        self._polling = frozenset(polling)
        self._by_events: BaseObserver = Observer()
        self._by_looking: BaseObserver = PollingObserver(timeout=poll_seconds)

    def watch(self, folders: Iterable[Path]) -> None:
        """Begin to watch folders; one that cannot be watched is left to the regular looks."""
        for folder in folders:
            observer = self._by_looking if folder in self._polling else self._by_events
            try:
                observer.schedule(
                    self._handler, str(folder), recursive=True, event_filter=self._EVENTS
                )
                if not observer.is_alive():
                    observer.start()
            except OSError as error:
                logger.warning("%s is not watched, only looked at: %s", folder, error)

    def close(self) -> None:
        """Stop watching."""
        for observer in (self._by_events, self._by_looking):
            if observer.is_alive():
                observer.stop()
                observer.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Nudge(FileSystemEventHandler):
    """Passes on what may be news, and not what we did ourselves."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        path = os.fsdecode(event.dest_path or event.src_path)
        if not any(is_debris(part) for part in path.rsplit("/", 2)[-2:]):
            self._wake()
