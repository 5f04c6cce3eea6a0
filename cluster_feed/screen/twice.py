"""Small facts that one damaged file cannot lose: each lies on the disk twice, the same each time.

A copy that is damaged or gone, or that a power cut left behind, is written anew from the other.
Two copies written in turn would cost half, and would go back one step where the later breaks: what
may never go back cannot be kept so.
"""

import logging
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from pydantic import Field, ValidationError

from cluster_feed.adapters.store import write_visible
from cluster_feed.core.errors import CopiesLost, CopyDamaged, ScreenError
from cluster_feed.core.value import Value, digest
from cluster_feed.screen.lock import locked

logger = logging.getLogger(__name__)

ValueT = TypeVar("ValueT")
FactT = TypeVar("FactT", bound="Fact")

Tell = Callable[[ScreenError], None]
"""Whom to tell what was found damaged."""

_MOST_BYTES: Final = 4 << 20


def log(error: ScreenError) -> None:
    """Tell the log alone."""
    logger.warning("%s", error)


class _Copy(NamedTuple, Generic[ValueT]):
    """One of the two, as it lies there."""

    path: Path
    value: ValueT
    content: bytes
    written: tuple[int, int]
    """Its file's times, which a copy of it is given too."""


class Twice(Generic[ValueT]):
    """Bytes in two files, `name` and `name.copy`, that `read` can tell from damaged ones.

    `read` raises ValueError.  Of two good copies that differ the one of the higher `age` counts.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[bytes], ValueT],
        *,
        age: Callable[[ValueT], int] = lambda _: 0,
        mode: int = 0o644,
        tell: Tell = log,
    ) -> None:
        self._paths = (path, path.with_name(f"{path.name}.copy"))
        self._lock = path.with_name(f".{path.name}.lock")
        self._parse, self._age, self._mode, self._tell = read, age, mode, tell

    def read(self) -> ValueT:
        """What is kept, both copies being right afterwards where the disk takes it.

        Raises CopiesLost where neither can be read.
        """
        copies, _ = self._copies()
        if len(copies) == len(self._paths) and copies[0].content == copies[1].content:
            return copies[0].value
        try:  # another process may be between the two copies: ask again when it is done
            with locked(self._lock):
                copies, troubles = self._copies()
                unmended = self._mend(copies)
        except OSError as error:
            copies, troubles = self._copies()
            unmended = str(error)
        if not copies:
            raise CopiesLost(path=self._paths[0], detail="; ".join(troubles))
        for trouble in troubles:
            detail = f"{trouble}; {unmended}" if unmended else trouble
            self._tell(CopyDamaged(path=self._paths[0], detail=detail))
        return self._newest(copies).value

    def update(self, change: Callable[[ValueT | None], bytes]) -> None:
        """Write what `change` makes of what is kept, or of nothing, one copy after the other.

        Raises OSError; what was written then is there whole, or what was there before.
        """
        self._paths[0].parent.mkdir(parents=True, exist_ok=True)
        with locked(self._lock):
            copies, _ = self._copies()
            content = change(self._newest(copies).value if copies else None)
            for path in self._paths:
                self._write(path, content)

    def _mend(self, copies: Sequence[_Copy[ValueT]]) -> str:
        """Write anew whatever is not as the newest; gives why the disk does not take it."""
        if not copies:
            return ""
        newest = self._newest(copies)
        right = {copy.path for copy in copies if copy.content == newest.content}
        try:
            for path in set(self._paths) - right:
                self._write(path, newest.content)
                os.utime(path, ns=newest.written)
        except OSError as error:
            return str(error)
        return ""

    def _write(self, path: Path, content: bytes) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        write_visible(path, content, self._mode)

    def _copies(self) -> tuple[list[_Copy[ValueT]], list[str]]:
        """The copies that can be read, and what is wrong with the others."""
        copies, troubles = [], []
        for path in self._paths:
            try:
                with path.open("rb") as file:
                    content = file.read(_MOST_BYTES)
                    about = os.fstat(file.fileno())
                written = (about.st_atime_ns, about.st_mtime_ns)
                copies.append(_Copy(path, self._parse(content), content, written))
            except (OSError, ValueError) as error:
                said = error.strerror if isinstance(error, OSError) else str(error)
                troubles.append(f"{path.name}: {said}")
        return copies, troubles

    def _newest(self, copies: Sequence[_Copy[ValueT]]) -> _Copy[ValueT]:
        return max(copies, key=lambda copy: self._age(copy.value))


class Fact(Value):
    """What is kept twice as JSON; `serial` counts how often it was written."""

    serial: int = Field(default=0, ge=0)


class Facts(Twice[FactT]):
    """A fact in two files, each a line of JSON and a line with its hash: a digit may break too."""

    def __init__(self, path: Path, model: type[FactT], tell: Tell = log) -> None:
        def read(content: bytes) -> FactT:
            line, _, mark = content.partition(b"\n")
            if digest(line).encode() != mark.strip():
                raise ValueError("its hash is another")
            try:
                return model.model_validate_json(line)
            except ValidationError as error:
                raise ValueError(error.errors()[0]["msg"]) from error

        super().__init__(path, read, age=lambda fact: fact.serial, tell=tell)

    def keep(self, change: Callable[[FactT | None], FactT]) -> None:
        """Write what `change` makes of the fact, or of nothing; raises OSError."""

        def sealed(before: FactT | None) -> bytes:
            serial = {"serial": before.serial + 1 if before else 0}
            line = change(before).model_copy(update=serial).model_dump_json().encode()
            return line + b"\n" + digest(line).encode() + b"\n"

        self.update(sealed)
