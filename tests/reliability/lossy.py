"""A disk that forgets what was not fsynced, as a power cut leaves it.

Every change of names and every fsync of a process is a moment at which the power could go.  What
the disk may then hold is the weakest that POSIX promises: each file has the bytes of its last
fsync, or later ones, or a part of them; each folder has the names of its own last fsync, or of any
moment since, whatever other folders have.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest import mock

_CHANGES = ("replace", "rename", "symlink", "unlink", "mkdir", "rmdir", "link")

Names = dict[str, int | str | None]
"""A folder's: a file's inode, where a link leads, None for a folder."""


class Moment(NamedTuple):
    """The power could go now: `folders` are all names since each was fsynced, oldest first."""

    after: str
    folders: dict[Path, list[Names]]
    written: dict[int, bytes]
    synced: dict[int, bytes]


class LossyDisk:
    """Records a folder while `recording`; `moments` are then to be tried."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folders: dict[Path, list[Names]] = {}
        self._synced: dict[int, bytes] = {}
        self._held: dict[int, int] = {}
        self.moments: list[Moment] = []
        self._look("the beginning")
        self._synced = dict(self.moments[0].written)
        self.moments[:] = [self.moments[0]._replace(synced=self._synced)]

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record what this process does."""
        with ExitStack() as stack:
            for name in _CHANGES:
                stack.enter_context(mock.patch.object(os, name, self._seen(name)))
            stack.enter_context(mock.patch.object(os, "fsync", self._fsync))
            yield
        for descriptor in self._held.values():
            os.close(descriptor)

    def _seen(self, name: str) -> Callable[..., None]:
        real = getattr(os, name)

        def change(*args: Any, **options: Any) -> None:  # noqa: ANN401
            self._look(f"before {name}")
            real(*args, **options)
            self._look(f"{name} {args[0]}")

        return change

    def _fsync(self, descriptor: int) -> None:
        """What an fsync promises; the real one would only cost time."""
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_dir():
            if path in self._folders:
                del self._folders[path][:-1]
        elif path.is_relative_to(self._folder):
            self._synced[os.fstat(descriptor).st_ino] = path.read_bytes()
        self._look(f"fsync {path}")

    def _look(self, after: str) -> None:
        written: dict[int, bytes] = {}
        for parent, _, __ in os.walk(self._folder):
            names: Names = {}
            for entry in os.scandir(parent):
                if entry.is_symlink():
                    names[entry.name] = str(Path(entry).readlink())
                elif entry.is_dir():
                    names[entry.name] = None
                else:
                    inode = names[entry.name] = entry.inode()
                    written[inode] = Path(entry).read_bytes()
                    if inode not in self._held:  # held, so that its number stays its own
                        self._held[inode] = os.open(entry, os.O_RDONLY)
            new: list[Names] = [{}] if self.moments else []
            self._folders.setdefault(Path(parent), new).append(names)
        folders = {path: list(history) for path, history in self._folders.items()}
        self.moments.append(Moment(after, folders, written, dict(self._synced)))


def survivors(disk: LossyDisk, moment: Moment, random: Random) -> Iterator[Callable[[Path], None]]:
    """Ways in which the disk may come back: nothing lost, all lost, names without bytes, chance."""
    latest: Callable[[list[Names]], Names] = lambda history: history[-1]  # noqa: E731
    oldest: Callable[[list[Names]], Names] = lambda history: history[0]  # noqa: E731

    def whole(inode: int) -> bytes:
        return moment.written.get(inode, bare(inode))  # one without a name is written no more

    def bare(inode: int) -> bytes:
        return moment.synced.get(inode, b"")

    def torn(inode: int) -> bytes:
        written = whole(inode)
        if written == moment.synced.get(inode):
            return written
        part = written[: random.randrange(len(written) + 1)]
        return random.choice([bare(inode), written, part, bytes(len(written))])

    root = disk._folder  # noqa: SLF001
    for names, content in ((latest, whole), (oldest, bare), (latest, bare)):
        yield lambda to, n=names, c=content: _lay_out(root, root, to, moment, n, c)  # type: ignore[misc]
    for _ in range(2):
        yield lambda to: _lay_out(root, root, to, moment, random.choice, torn)


def _lay_out(
    root: Path,
    folder: Path,
    to: Path,
    moment: Moment,
    names: Callable[[list[Names]], Names],
    content: Callable[[int], bytes],
) -> None:
    to.mkdir(exist_ok=True)
    for name, what in names(moment.folders.get(folder, [{}])).items():
        if isinstance(what, str):
            (to / name).symlink_to(what)
        elif what is None:
            _lay_out(root, folder / name, to / name, moment, names, content)
        else:
            (to / name).write_bytes(content(what))
