"""Whether a bag is whole and safe, as a strict recipient would judge it.

Any bag: in a folder or a zip, of BagIt 0.93 to 1.0 (RFC 8493), made by whomever.  A bag that comes
from here is held to its profile as well (`profile`), to what it says of itself (`contents`), and to
no warning at all.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from cluster_feed.adapters.packages import contents, profile
from cluster_feed.adapters.packages.paths import fits_windows, is_the_systems, leads_out, spelling
from cluster_feed.adapters.packages.tag_files import Declared, declaration, lines_of, tags
from cluster_feed.adapters.packages.tree import UNREADABLE, Limits, Tree, Unsafe, opened
from cluster_feed.core.bagit import Finding, Flaw, found
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import PackageInvalid

_CHUNK: Final = 1 << 20
_OLD_NAME_OF_BAG_INFO: Final = (0, 94)
"""Up to this version bag-info.txt was package-info.txt."""
_HASHES: Final = {
    re.sub("[^a-z0-9]", "", name): name
    for name in hashlib.algorithms_guaranteed
    if not name.startswith("shake")
}
_WEAK: Final = frozenset({"md5", "sha1"})
_PROVES: Final = "manifest-sha256.txt"
"""The hashes by which a package's own documents name its files."""
_MANIFEST: Final = re.compile(r"(?P<tag>tag)?manifest-(?P<algorithm>[a-z0-9]+)\.txt")
_LINE: Final = re.compile(r"(?P<digest>[0-9a-fA-F]+)[ \t]+(?P<path>\S.*)")
_FETCH_LINE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+[ \t]+(-|[0-9]+)[ \t]+(?P<path>\S.*)")
_OXUM: Final = re.compile(r"(?P<bytes>0|[1-9][0-9]{0,18})\.(?P<files>0|[1-9][0-9]{0,18})")
_STRAY_PERCENT: Final = re.compile(r"%(?!25|0[AaDd])")
_ESCAPE: Final = re.compile(r"%(25|0[AaDd])")
_LINE_END: Final = re.compile(r"%(0[AaDd])")


def verify(bag: Path) -> None:
    """Hold one of our own to everything; raises PackageInvalid, naming the first few flaws."""
    if wrong := findings(bag, ours=True):
        more = f" (+{len(wrong) - 5})" if len(wrong) > 5 else ""  # noqa: PLR2004
        vi = "; ".join(each.says.vi for each in wrong[:5])
        en = "; ".join(each.says.en for each in wrong[:5])
        raise PackageInvalid(package=bag.name, detail=Bilingual(vi + more, en + more))


def findings(bag: Path, limits: Limits | None = None, *, ours: bool = False) -> list[Finding]:
    """Name what is wrong with a bag, or may become so, up to a limit; an empty list: nothing is.

    `ours`: it must follow the profile that packages from here have, whatever it says of itself.
    """
    limits = limits or Limits()
    try:
        with opened(bag, limits) as tree:
            return list(islice(_Bag(tree, limits).findings(ours=ours), limits.findings))
    except Unsafe as unsafe:
        return unsafe.findings[: limits.findings]


class _Listed(NamedTuple):
    """A manifest's lines, read: the digest that each file should have, by its path on the disk."""

    name: str
    digests: dict[str, str]
    of_tags: bool


class _Bag:
    """The files of a harmless tree, judged."""

    def __init__(self, tree: Tree, limits: Limits) -> None:
        self._tree = tree
        self._limits = limits
        self._payload = {path for path in tree.sizes if path.startswith("data/")}
        self._tags = tree.sizes.keys() - self._payload
        self._by_spelling: defaultdict[str, list[str]] = defaultdict(list)
        for path in tree.sizes:
            self._by_spelling[spelling(path)].append(path)
        self._declared = Declared()
        self._fetched: set[str] = set()
        self._said: dict[str, list[str]] = {}

    def findings(self, *, ours: bool) -> Iterator[Finding]:
        yield from self._of_bagit_txt()
        yield from self._of_the_names()
        yield from self._of_bag_info()
        yield from self._of_fetch_txt()
        manifests = []
        for name in sorted(self._tags):
            if match := _MANIFEST.fullmatch(name):
                listed: dict[str, str] = {}
                yield from self._read_manifest(name, listed, of_tags=bool(match["tag"]))
                manifests.append(_Listed(name, listed, bool(match["tag"])))
        yield from self._of_the_algorithms(manifests)
        yield from self._of_completeness(manifests)
        yield from self._of_the_bytes(manifests)
        if ours or profile.is_claimed(self._said, self._carried()):
            yield from profile.findings(self._declared.version, self._tags, self._said)
            listed = next((each.digests for each in manifests if each.name == _PROVES), {})
            there = {path: listed[path] for path in sorted(self._payload & listed.keys())}
            yield from contents.findings(there, self._tree.open, self._tree.sizes)
        if ours:
            yield from self._of_our_own(manifests)

    def _carried(self) -> bytes:
        """Read the profile that the bag has with it; nothing where there is none."""
        try:
            return self._read(profile.NAME) if profile.NAME in self._tags else b""
        except UNREADABLE:
            return b""

    def _of_our_own(self, manifests: list[_Listed]) -> Iterator[Finding]:
        """Ours follows our profile, and every tag file is proven, too: no profile can say this."""
        if not profile.is_claimed(self._said, self._carried()):
            yield found(Flaw.OUTSIDE_PROFILE, detail="BagIt-Profile-Identifier")
        proven = {path for path in self._tags if not path.startswith("tagmanifest-")}
        for each in manifests:
            for path in sorted(proven - each.digests.keys() if each.of_tags else ()):
                yield found(Flaw.UNLISTED, manifest=each.name, path=path)

    # --- Tag files ------------------------------------------------------------------------------

    def _of_bagit_txt(self) -> Iterator[Finding]:
        if "bagit.txt" not in self._tags:
            yield found(Flaw.NO_DECLARATION)
            return
        try:
            text = self._read("bagit.txt").decode()
        except UNREADABLE as error:
            yield found(Flaw.UNREADABLE_TAG_FILE, path="bagit.txt", detail=error)
            return
        self._declared, wrong = declaration(text)
        yield from wrong

    def _of_bag_info(self) -> Iterator[Finding]:
        old = self._declared.version <= _OLD_NAME_OF_BAG_INFO
        name = "package-info.txt" if old else "bag-info.txt"
        if name not in self._tags:
            return
        lines = yield from self._text(name)
        for tag in tags(lines, strict=self._declared.strict):
            if tag.flaw:
                yield found(tag.flaw, path=name, detail=(tag.label or tag.value)[:80])
            self._said.setdefault(tag.label, []).append(tag.value)
        yield from self._of_oxum(self._said.get("payload-oxum", []))

    def _of_oxum(self, told: list[str]) -> Iterator[Finding]:
        if len(told) > 1 and self._declared.strict:
            yield found(Flaw.OXUM_REPEATED)
        byte_count = sum(self._tree.sizes[path] for path in self._payload)
        for each in told:
            oxum = _OXUM.fullmatch(each)
            if not oxum:
                yield found(Flaw.BAD_OXUM, detail=each)
            elif (int(oxum["bytes"]), int(oxum["files"])) != (byte_count, len(self._payload)):
                there = f"{byte_count}.{len(self._payload)}"
                yield found(Flaw.OXUM_DIFFERS, told=each, found=there)

    def _of_fetch_txt(self) -> Iterator[Finding]:
        if "fetch.txt" not in self._tags:
            return
        for number, line in enumerate((yield from self._text("fetch.txt")), start=1):
            match = _FETCH_LINE.fullmatch(line)
            if not match:
                yield found(Flaw.BAD_FETCH, line=number)
                continue
            path = self._on_disk(match["path"].removeprefix("./"))
            if leads_out(path) or not path.startswith("data/"):
                yield found(Flaw.OUT_OF_SCOPE, manifest="fetch.txt", path=match["path"])
            else:
                self._fetched.add(path)
                if path not in self._payload:
                    yield found(Flaw.TO_BE_FETCHED, path=path)

    # --- Names ----------------------------------------------------------------------------------

    def _of_the_names(self) -> Iterator[Finding]:
        for alike in self._by_spelling.values():
            for twin in alike[1:]:
                yield found(Flaw.TWIN, path=alike[0], other=twin)
        for path in sorted(self._tree.sizes):
            if is_the_systems(path):
                yield found(Flaw.SYSTEM_FILE, path=path)
            elif not fits_windows(path):
                yield found(Flaw.UNPORTABLE_NAME, path=path)

    def _on_disk(self, written: str) -> str:
        """Decode a manifest's path; where a bag's maker did not escape, as it is on the disk.

        Before 1.0 only line ends were escaped, so that a percent sign may stand for itself.
        """
        decoded = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), written)
        if self._declared.strict:
            return decoded
        of_old = _LINE_END.sub(lambda code: chr(int(code[1], 16)), written)
        candidates = (each for each in (of_old, written, decoded) if each in self._tree.sizes)
        return next(candidates, of_old)

    # --- Manifests ------------------------------------------------------------------------------

    def _read_manifest(
        self, manifest: str, listed: dict[str, str], *, of_tags: bool
    ) -> Iterator[Finding]:
        oddities: set[Flaw] = set()
        for number, line in enumerate((yield from self._text(manifest)), start=1):
            match = _LINE.fullmatch(line)
            if not match or (self._declared.strict and _STRAY_PERCENT.search(match["path"])):
                yield found(Flaw.BAD_LINE, manifest=manifest, line=number)
                continue
            written = match["path"]
            for start, flaw in (("*", Flaw.MADE_BY_SUM_TOOLS), ("./", Flaw.DOT_SLASH)):
                if written.startswith(start) and written not in self._tree.sizes:
                    written = written.removeprefix(start)
                    oddities.add(flaw)
            path, digest = self._on_disk(written), match["digest"].lower()
            if leads_out(path) or path.startswith("data/") is of_tags:
                yield found(Flaw.OUT_OF_SCOPE, manifest=manifest, path=path)
                continue
            alike = self._by_spelling.get(spelling(path), [])
            if path not in self._tree.sizes and len(alike) == 1:
                yield found(Flaw.OTHER_SPELLING, manifest=manifest, path=path, other=alike[0])
                path = alike[0]
            if path in listed:
                again = listed[path] == digest
                flaw = Flaw.LISTED_AGAIN if again else Flaw.LISTED_OTHERWISE
                yield found(flaw, manifest=manifest, path=path)
                continue
            listed[path] = digest
        for flaw in sorted(oddities, key=lambda flaw: flaw.name):
            yield found(flaw, manifest=manifest)

    def _of_the_algorithms(self, manifests: list[_Listed]) -> Iterator[Finding]:
        known = {_algorithm(each.name) for each in manifests if not each.of_tags} & _HASHES.keys()
        for each in manifests:
            if _algorithm(each.name) not in _HASHES:
                yield found(Flaw.UNKNOWN_ALGORITHM, path=each.name)
        if not self._tree.has_data:
            yield found(Flaw.NO_DATA)
        if not known:
            yield found(Flaw.NO_MANIFEST)
        elif known <= _WEAK:
            yield found(Flaw.WEAK_ALGORITHM, detail=", ".join(sorted(known)))

    def _of_completeness(self, manifests: list[_Listed]) -> Iterator[Finding]:
        """Compare what is listed with what is there.

        Since 1.0 every payload manifest names everything; before, each file was to be in one.  A
        tag manifest names what it wants.
        """
        of_payload = [each for each in manifests if not each.of_tags]
        for each in manifests:
            for path in sorted(each.digests.keys() - self._tree.sizes.keys() - self._fetched):
                flaw = Flaw.SYSTEM_FILE_MISSING if is_the_systems(path) else Flaw.MISSING
                yield found(flaw, manifest=each.name, path=path)
        everywhere = {path for each in of_payload for path in each.digests}
        for each in of_payload:
            there = each.digests.keys() if self._declared.strict else everywhere
            for path in sorted(self._payload - there):
                yield found(Flaw.UNLISTED, manifest=each.name, path=path)
            for path in sorted(self._fetched - there - self._payload):
                yield found(Flaw.FETCH_UNLISTED, manifest=each.name, path=path)

    def _of_the_bytes(self, manifests: list[_Listed]) -> Iterator[Finding]:
        """Read every file once, and compare it with every manifest that lists it.

        What none lists is read, too: a zip's entry may turn out to be another than it seemed.
        """
        known = [each for each in manifests if _algorithm(each.name) in _HASHES]
        for path in sorted(self._tree.sizes):
            wanted = [each for each in known if path in each.digests]
            try:
                digests = self._digests(path, {_algorithm(each.name) for each in wanted})
            except UNREADABLE as error:
                yield found(Flaw.UNREADABLE, detail=f"{path}: {error}")
                continue
            for each in wanted:
                if digests[_algorithm(each.name)] != each.digests[path]:
                    yield found(Flaw.CHANGED, path=path, manifest=each.name)

    def _digests(self, path: str, algorithms: set[str]) -> Mapping[str, str]:
        hashing = {name: hashlib.new(_HASHES[name]) for name in algorithms}
        with self._tree.open(path) as content:
            while chunk := content.read(_CHUNK):
                for each in hashing.values():
                    each.update(chunk)
        return {name: each.hexdigest() for name, each in hashing.items()}

    # --- Reading --------------------------------------------------------------------------------

    def _read(self, path: str) -> bytes:
        if self._tree.sizes[path] > self._limits.tag_file_bytes:
            raise ValueError(f"{self._tree.sizes[path]} bytes")
        with self._tree.open(path) as content:
            return content.read(self._limits.tag_file_bytes + 1)

    def _text(self, path: str) -> Generator[Finding, None, list[str]]:
        """Give a tag file's lines, split at CR, LF or both and at nothing else."""
        try:
            text = self._read(path).decode(self._declared.encoding)
        except UNREADABLE as error:
            yield found(Flaw.UNREADABLE_TAG_FILE, path=path, detail=error)
            return []
        if text.startswith("\ufeff"):
            yield found(Flaw.BYTE_ORDER_MARK, path=path)
            text = text[1:]
        return lines_of(text)


def _algorithm(manifest: str) -> str:
    return manifest.rpartition("-")[2].removesuffix(".txt")
