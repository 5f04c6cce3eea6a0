"""How bagit.txt, bag-info.txt and manifests are written (RFC 8493, section 2)."""

import codecs
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from cluster_feed.core.bagit import VERSIONS, Finding, Flaw, found

_STRICT: Final = (1, 0)
_DECLARATION: Final = re.compile(
    r"BagIt-Version: (?P<major>[0-9]{1,4})\.(?P<minor>[0-9]{1,4})(\r\n|\r|\n)"
    r"Tag-File-Character-Encoding: (?P<encoding>[A-Za-z0-9][A-Za-z0-9._:-]*)(\r\n|\r|\n)?"
)
_STRICT_TAG: Final = re.compile(r"(?P<label>[^\s:]([^:]*[^\s:])?):[ \t](?P<value>.*)", re.DOTALL)
_OLD_TAG: Final = re.compile(
    r"[ \t]*(?P<label>[^\s:]([^:]*[^\s:])?)[ \t]*:(?P<value>.*)", re.DOTALL
)
_CHARACTER_SETS: Final = (
    *("utf-8", "utf-16", "utf-32", "ascii", "iso8859", "cp125", "cp932", "cp949", "cp950"),
    *("koi8", "shift_jis", "euc", "gb", "big5", "mac", "tis"),
)


class Declared(NamedTuple):
    """What bagit.txt says: the version, and the encoding of every other tag file."""

    version: tuple[int, int] = _STRICT
    encoding: str = "utf-8"

    @property
    def strict(self) -> bool:
        """Whether the RFC holds; the drafts before it left more to the writer."""
        return self.version >= _STRICT


def declaration(text: str) -> tuple[Declared, list[Finding]]:
    """Read bagit.txt; of what it gets wrong today's standard is taken."""
    match = _DECLARATION.fullmatch(text)
    if not match:
        return Declared(), [found(Flaw.BAD_DECLARATION, detail=text[:80])]
    wrong = []
    version = (int(match["major"]), int(match["minor"]))
    if version not in VERSIONS:
        wrong.append(found(Flaw.UNKNOWN_VERSION, detail=f"{match['major']}.{match['minor']}"))
    encoding = match["encoding"]
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        name = ""
    if not name.startswith(_CHARACTER_SETS):
        wrong.append(found(Flaw.UNKNOWN_ENCODING, detail=encoding))
        name = "utf-8"
    elif name not in {"utf-8", "ascii"}:
        wrong.append(found(Flaw.NOT_UTF_8, detail=encoding))
    return Declared(version, name), wrong


def lines_of(text: str) -> list[str]:
    """Split at CR, LF or both, and at nothing else that Python would take for a line's end."""
    lines = re.split(r"\r\n|\r|\n", text)
    return lines[:-1] if not lines[-1] else lines


class Tag(NamedTuple):
    """One label of bag-info.txt and what it says; `flaw`: what is wrong with how it is written."""

    label: str
    value: str
    flaw: Flaw | None = None


def tags(lines: list[str], *, strict: bool) -> Iterator[Tag]:
    """Read bag-info.txt; a line that cannot be read at all has no label."""
    for line in _whole(lines):
        match, flaw = _STRICT_TAG.fullmatch(line), None
        if not match:
            match = _OLD_TAG.fullmatch(line)
            flaw = Flaw.BAD_TAG if strict or not match else Flaw.ODD_TAG
        if match:
            yield Tag(match["label"].casefold(), match["value"].strip(), flaw)
        else:
            yield Tag("", line, flaw)


def _whole(lines: list[str]) -> Iterator[str]:
    """Join lines that go on: an indented one belongs to the one before."""
    parts: list[str] = []
    for line in lines:
        if parts and line.startswith((" ", "\t")):
            parts.append(line.strip())
            continue
        if parts:
            yield " ".join(parts)
        parts = [line] if line.strip() else []
    if parts:
        yield " ".join(parts)
