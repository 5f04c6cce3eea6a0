"""What a sheet says of files, however it is written, and what in it its newsroom should mend."""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import BadSheet
from cluster_feed.core.labels import (
    Key,
    Said,
    UnclearError,
    as_text,
    clean,
    field_called,
    meaning,
    nearest_label,
)
from cluster_feed.core.secrecy import marking

_TOLD: Final = 8
"""Complaints that are told one by one; of more, only the number."""


class Row(NamedTuple):
    """What a sheet says of one file.

    `about` is the file's path under the newsroom's folder as the sheet names it, with its
    extension or without; `marked` a secrecy marking with its place in the sheet, where there is
    one.
    """

    about: str
    said: Said
    marked: tuple[str, str] | None = None


class Sheet(NamedTuple):
    """What could be read of a sheet, and what its newsroom should mend."""

    rows: tuple[Row, ...]
    complaint: BadSheet | None = None


class Place(NamedTuple):
    """Where something is written: a line of a sidecar, a cell of a workbook; or the whole sheet."""

    line: int = 0
    cell: str = ""

    def to_bilingual(self) -> Bilingual:
        """Name the place."""
        if self.cell:
            return Bilingual(f"ô {self.cell}", f"cell {self.cell}")
        return Bilingual(f"dòng {self.line}", f"line {self.line}")

    def __str__(self) -> str:
        """Name it as short as in a marking's place."""
        return self.cell or str(self.line)


WHOLE: Final = Place()


class Entry(NamedTuple):
    """One thing written: under which label, and where."""

    label: str
    written: object
    place: Place


class UnreadableError(Exception):
    """Why nothing at all can be read of a sheet."""

    def __init__(self, vi: str, en: str) -> None:
        """Say what to do."""
        super().__init__(en)
        self.says: Final = Bilingual(vi, en)


class Complaints:
    """All that is not clear in one sheet, told as one."""

    def __init__(self) -> None:
        """Begin without any."""
        self._all: list[Bilingual] = []

    def add(self, place: Place, says: Bilingual) -> None:
        """Note one."""
        if place != WHOLE:
            at = place.to_bilingual()
            says = Bilingual(f"{at.vi}: {says.vi}", f"{at.en}: {says.en}")
        self._all.append(says)

    def about(self, sheet: str) -> BadSheet | None:
        """Tell them all; None: there is nothing to mend."""
        if not self._all:
            return None
        told = self._all[:_TOLD]
        if more := len(self._all) - len(told):
            told.append(Bilingual(f"và {more} chỗ khác", f"and {more} more"))
        return BadSheet(
            sheet=sheet,
            problem_vi="; ".join(says.vi for says in told),
            problem_en="; ".join(says.en for says in told),
        )


def understand(entries: Iterable[Entry], complaints: Complaints) -> dict[Key, Any]:
    """Read what was written under known labels; what is not clear is left out and complained of."""
    said: dict[Key, Any] = {}
    for label, written, place in entries:
        key = field_called(label)
        if key is None or not as_text(written):
            continue
        try:
            said[key] = meaning(key[0], written)
        except UnclearError as error:
            about = f"“{clean(label)[:60]}”"
            complaints.add(
                place, Bilingual(f"{about}: {error.says.vi}", f"{about}: {error.says.en}")
            )
    return said


def unknown_label(label: str) -> Bilingual:
    """Complain of a label that means no field."""
    shown, meant = clean(label)[:60], nearest_label(label) or "Tiêu đề, Mô tả, Chủ đề, …"
    return Bilingual(
        f"không có mục “{shown}”; hãy viết: {meant}", f"there is no “{shown}”; write: {meant}"
    )


def first_marking(entries: Iterable[Entry], sheet: str) -> tuple[str, str] | None:
    """Find a secrecy marking in what was written, together with its label ("Độ mật: Mật")."""
    for label, written, place in entries:
        text = as_text(written)
        if text and (found := marking(f"{label}: {text}")):
            return found, f"{sheet}, {place}"
    return None


def decoded(content: bytes) -> str:
    """Read text as Notepad may have saved it."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig")):
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                break
    raise UnreadableError(
        "không phải UTF-8; hãy lưu lại với bảng mã UTF-8", "it is not UTF-8; save it as UTF-8"
    )


def beside(sheet: str, name: str) -> str:
    """Name a file that lies in a sheet's folder, or in a folder below it."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    return str(PurePosixPath(sheet).parent.joinpath(*parts))


def key_of(path: str) -> str:
    """Reduce a file's path to what must agree for a sheet to speak of it."""
    return clean(path).casefold()


def keys_of(name: str) -> Iterator[str]:
    """The ways in which a sheet may name a file: with its extension, or without."""
    yield key_of(name)
    path = PurePosixPath(name)
    if path.suffix:
        yield key_of(str(path.with_suffix("")))
