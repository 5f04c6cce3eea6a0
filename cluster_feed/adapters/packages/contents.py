"""Whether a package of the province's holds what it says of itself.

Its hashes prove that it arrived as it left; this, that its documents can be read by whoever takes
them, and that all of them name the same files.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as SafeET
from defusedxml import DefusedXmlException

from cluster_feed.adapters.packages import schema
from cluster_feed.adapters.packages.ninjs import named_by_hash
from cluster_feed.adapters.packages.tree import UNREADABLE
from cluster_feed.adapters.sheets.sheet import UnreadableError
from cluster_feed.adapters.sheets.workbook import opened
from cluster_feed.core.bagit import Finding, Flaw, found

_PAPERS: Final = ("DANH_MUC.xlsx", "danh_muc.csv", "catalogue.jsonld", "HUONG_DAN.txt")
_OF_AN_ITEM: Final = ("dc.xml", "schema.jsonld", "phieu_duyet.json")
_LARGEST: Final = 32 << 20
_MOST_FLAWS: Final = 5
"""Of one document that are told; more are of no use to anybody."""
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_HEAD: Final = 256 << 10
"""Bytes of a picture in which what it says of itself lies."""
_TEXT_OF: Final = "{http://purl.org/dc/elements/1.1/}identifier"
_UNREADABLE: Final = (
    *UNREADABLE,
    *(RecursionError, UnreadableError, ParseError, DefusedXmlException),
    *(LookupError, TypeError, AttributeError),
)
"""What a document raises that is not what its name says, or does not have the fields it has."""


def findings(
    listed: Mapping[str, str], open_: Callable[[str], BinaryIO], sizes: Mapping[str, int]
) -> Iterator[Finding]:
    """Compare a package's documents with its files; `listed` gives the SHA-256 of each by path."""
    yield from _Contents(listed, open_, sizes).findings()


class _Contents:
    def __init__(
        self, listed: Mapping[str, str], open_: Callable[[str], BinaryIO], sizes: Mapping[str, int]
    ) -> None:
        self._listed = {path.removeprefix("data/"): digest for path, digest in listed.items()}
        self._open = open_
        self._sizes = sizes
        self._items: defaultdict[str, list[str]] = defaultdict(list)
        for path in sorted(self._listed):
            if path.startswith("items/") and path.count("/") > 1:
                self._items[path.split("/")[1]].append(path)

    def findings(self) -> Iterator[Finding]:
        for path in sorted(self._listed):
            if not path.isascii():
                yield found(Flaw.NOT_ASCII, path=path)
        for path in _PAPERS:
            if path not in self._listed:
                yield found(Flaw.LACKS, path=path)
        yield from self._read("catalogue.jsonld", self._of_the_catalogue)
        yield from self._read("DANH_MUC.xlsx", self._of_the_workbook)
        for code, paths in self._items.items():
            yield from self._of_an_item(code, paths)
        for path in self._listed:
            if path.endswith(".ninjs.json"):
                yield from self._read(path, self._of_ninjs)

    def _read(
        self, path: str, judge: Callable[[str, bytes], Iterator[Finding]]
    ) -> Iterator[Finding]:
        """Judge a document that is there; one that cannot be read is a flaw of its own."""
        if path not in self._listed:
            return
        try:
            if self._sizes[f"data/{path}"] > _LARGEST:
                raise ValueError(f"> {_LARGEST} bytes")
            with self._open(f"data/{path}") as content:
                yield from judge(path, content.read(_LARGEST))
        except _UNREADABLE as error:
            yield found(Flaw.BAD_DOCUMENT, path=path, detail=error)

    def _of_an_item(self, code: str, paths: list[str]) -> Iterator[Finding]:
        folder = f"items/{code}"
        for name in _OF_AN_ITEM:
            if f"{folder}/{name}" not in paths:
                yield found(Flaw.LACKS, path=f"{folder}/{name}")
        media = [path for path in paths if path.startswith(f"{folder}/media/")]
        if not media:
            yield found(Flaw.LACKS, path=f"{folder}/media/")
        yield from self._read(f"{folder}/dc.xml", self._of_dublin_core)
        yield from self._read(f"{folder}/schema.jsonld", self._of_schema_org)
        yield from self._read(f"{folder}/phieu_duyet.json", self._of_the_slip)
        for path in media:
            if path.endswith(".jpg"):
                yield from self._of_a_picture(path)

    def _of_a_picture(self, path: str) -> Iterator[Finding]:
        try:
            with self._open(f"data/{path}") as content:
                told = _XMP in content.read(_HEAD)
        except UNREADABLE as error:
            yield found(Flaw.BAD_DOCUMENT, path=path, detail=error)
            return
        if not told:
            yield found(Flaw.SAYS_NOTHING, path=path)

    # --- Documents ------------------------------------------------------------------------------

    def _of_the_catalogue(self, path: str, content: bytes) -> Iterator[Finding]:
        told = {str(each["identifier"]) for each in json.loads(content).get("hasPart", [])}
        for code in sorted(told ^ self._items.keys()):
            yield found(Flaw.TOLD_OTHERWISE, path=path, other=f"items/{code}")

    def _of_the_workbook(self, path: str, content: bytes) -> Iterator[Finding]:
        """Compare the sheet of files, row by row, with what is there."""
        with opened(content) as book:
            rows = [list(row) for row in book["Tệp"].iter_rows(values_only=True)]
        head = rows[0]
        place, digest = head.index("Tệp"), head.index("SHA-256")
        told = {str(row[place]).removeprefix("data/"): row[digest] for row in rows[1:]}
        yield from self._compared(path, told)
        for each in sorted(self._listed.keys() - told.keys()):
            if "/media/" in each:
                yield found(Flaw.TOLD_OTHERWISE, path=path, other=each)

    def _of_dublin_core(self, path: str, content: bytes) -> Iterator[Finding]:
        record: Element = SafeET.fromstring(content)
        if path.split("/")[1] not in {each.text for each in record.iter(_TEXT_OF)}:
            yield found(Flaw.TOLD_OTHERWISE, path=path, other="identifier")

    def _of_schema_org(self, path: str, content: bytes) -> Iterator[Finding]:
        said = json.loads(content)
        folder = path.rpartition("/")[0]
        if said["identifier"] != path.split("/")[1]:
            yield found(Flaw.TOLD_OTHERWISE, path=path, other="identifier")
        files = [*said.get("encoding", []), *said.get("caption", [])]
        told = {f"{folder}/{each['contentUrl']}": each["sha256"] for each in files}
        yield from self._compared(path, told)

    def _of_the_slip(self, path: str, content: bytes) -> Iterator[Finding]:
        folder = path.rpartition("/")[0]
        made: Mapping[str, Any] = json.loads(content).get("made_of_the_asset_sha256", {})
        told = {f"{folder}/{name}": digest for name, digest in made.items()}
        yield from self._compared(path, told)

    def _of_ninjs(self, path: str, content: bytes) -> Iterator[Finding]:
        document = json.loads(content)
        for flaw in islice(schema.flaws(document), _MOST_FLAWS):
            yield found(Flaw.NOT_NINJS, path=path, detail=flaw)
        folder = path.rpartition("/")[0]
        for each in document.get("renditions", []):
            digest = self._listed.get(f"{folder}/{each.get('title')}")
            if digest is None or named_by_hash(digest) != each.get("href"):
                yield found(Flaw.TOLD_OTHERWISE, path=path, other=each.get("title"))

    def _compared(self, path: str, told: Mapping[str, Any]) -> Iterator[Finding]:
        for other, digest in told.items():
            if self._listed.get(other) != digest:
                yield found(Flaw.TOLD_OTHERWISE, path=path, other=other)
