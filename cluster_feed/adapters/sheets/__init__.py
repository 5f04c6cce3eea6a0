"""Caption sheets: `clip.yaml` beside a clip, one `danh-muc.xlsx` for a folder.

A sheet is read as far as it can be: what is clear in it stands, what is not is one complaint that
names each cell or line and what to write there.  Sheets are as hostile as media: they are bounded
in bytes, rows and columns before they are parsed, and no value in them is computed.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from cluster_feed.adapters.sheets import sidecar, subtitles, workbook
from cluster_feed.adapters.sheets.sheet import (
    WHOLE,
    Complaints,
    Row,
    Sheet,
    UnreadableError,
    key_of,
    keys_of,
)
from cluster_feed.core.caption import Caption
from cluster_feed.core.errors import BadSheet
from cluster_feed.core.labels import Key, Said, caption_of, clean, fold, meaning

LARGEST: Final = workbook.LARGEST
"""Bytes of a sheet; a larger one is not read to its end."""

_SIDECARS = {".yaml", ".yml"}
_WORKBOOKS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv"}
_SUBTITLES = {".srt", ".vtt"}


def is_sheet(name: str) -> bool:
    """Whether a file speaks of others: a sidecar, subtitles, or a workbook of any kind."""
    return _suffix(name) in _SIDECARS | _WORKBOOKS | _SUBTITLES


def is_sidecar(name: str) -> bool:
    """Whether a sheet speaks of the one file whose name it bears."""
    return _suffix(name) in _SIDECARS


def is_subtitle(name: str) -> bool:
    """Whether a file holds a clip's subtitles."""
    return _suffix(name) in _SUBTITLES


def may_speak_of(sheet: str, name: str) -> bool:
    """Whether a sheet, by its own name and place, could be about a file."""
    if is_subtitle(sheet):
        stem = PurePosixPath(sheet).with_suffix("")
        return not {key_of(str(stem)), key_of(str(stem.with_suffix("")))}.isdisjoint(keys_of(name))
    if is_sidecar(sheet):
        return key_of(str(PurePosixPath(sheet).with_suffix(""))) in keys_of(name)
    return PurePosixPath(name).is_relative_to(PurePosixPath(sheet).parent)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def read(content: bytes, name: str) -> Sheet:
    """Read a sheet; `name` is its path under the newsroom's folder."""
    complaints = Complaints()
    read_rows = sidecar.rows if is_sidecar(name) else workbook.rows
    if is_subtitle(name):
        read_rows = subtitles.rows
    try:
        rows = read_rows(content, name, complaints)
    except UnreadableError as error:
        rows = ()
        complaints.add(WHOLE, error.says)
    return Sheet(rows, complaints.about(name))


def read_sidecar(path: Path) -> Caption:
    """Read one caption from a YAML file; BadSheet where anything in it is not clear."""
    return caption_of(merged(_read_file(path, f"{path.stem}.yaml").rows))


def beside(file: Path, is_wanted: Callable[[str], bool]) -> Caption:
    """Read what lies beside a file under its name, `clip.vi.srt` or `clip.yaml`; BadSheet.

    `is_wanted` tells by a sheet's name whether to read it.
    """
    rows = [
        row
        for path in sorted(file.parent.iterdir())
        if is_wanted(path.name) and may_speak_of(path.name, file.name)
        for row in _read_file(path, path.name).rows
    ]
    return caption_of(merged(rows))


def _read_file(path: Path, name: str) -> Sheet:
    try:
        with path.open("rb") as source:
            content = source.read(LARGEST)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise BadSheet(sheet=path.name, problem_vi=detail, problem_en=detail) from error
    sheet = read(content, name)
    if sheet.complaint:
        raise sheet.complaint
    return sheet


def merged(rows: Iterable[Row]) -> Said:
    """Put together what several rows say of one file; a later one prevails."""
    return {key: value for row in rows for key, value in row.said.items()}


class Shelf:
    """The sheets of one newsroom's folder as they were last read.

    A sidecar prevails over a folder's catalogue.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._sheets: dict[str, Sheet] = {}
        self._index: Mapping[str, list[tuple[bool, Row]]] = {}

    def replace(self, name: str, sheet: Sheet | None) -> None:
        """Put a sheet in the place of its last version; None: it is gone."""
        self._sheets.pop(name, None)
        if sheet:
            self._sheets[name] = sheet
        index = defaultdict(list)
        for each in sorted(self._sheets):
            for row in self._sheets[each].rows:
                index[key_of(row.about)].append((is_sidecar(each), row))
        self._index = index

    def about(self, name: str) -> list[Row]:
        """All that sheets say of a file, the strongest last."""
        named = [entry for key in keys_of(name) for entry in self._index.get(key, ())]
        return [row for _, row in sorted(named, key=lambda entry: entry[0])]


def said_in_file(embedded: Mapping[str, str]) -> Said:
    """Read the caption that an agency's software wrote into the file itself (IPTC, XMP).

    Texts in no named language are taken for Vietnamese.  A clip's container tags are left out:
    they name editing projects, not pictures.
    """
    said: dict[Key, Any] = {}
    for field, names in _EMBEDDED.items():
        for name in names:
            for tag, text in sorted(embedded.items(), reverse=True):
                plain, _, language = tag.partition("@")
                key = _key(field, language.partition("-")[0].lower())
                if key and fold(plain) == fold(name) and (text := clean(text)):
                    said.setdefault(key, meaning(field, text[: _ROOM[field]]))
    return said


def _key(field: str, language: str) -> Key | None:
    if field not in {"title", "description", "alt_text"}:
        return field, ""
    return (field, language or "vi") if re.fullmatch(r"([a-z]{2,3})?", language) else None


_EMBEDDED: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("xmp:photoshop:Headline", "iptc:headline", "xmp:dc:title"),
    "description": ("xmp:dc:description", "iptc:caption"),
    "alt_text": ("xmp:Iptc4xmpCore:AltTextAccessibility",),
    "creator": ("xmp:dc:creator", "iptc:byline", "exif:Artist"),
    "rights_holder": ("xmp:dc:rights", "iptc:copyright_notice", "exif:Copyright"),
    "usage_terms": ("xmp:xmpRights:UsageTerms",),
}
_ROOM = dict.fromkeys(("title", "creator", "rights_holder"), 300) | dict.fromkeys(
    ("description", "alt_text", "usage_terms"), 5000
)
