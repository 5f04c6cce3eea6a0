"""Bags of our own under the names of the Library of Congress's conformance suite's cases.

What each holds is what its name says and RFC 8493 rules; the Library's own bags are in
`tests/conformance/`.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cluster_feed.adapters.packages import bag_check
from cluster_feed.adapters.packages.tree import Limits
from cluster_feed.cli import app
from cluster_feed.core.bagit import Flaw

VERSIONS = ("0.93", "0.94", "0.95", "0.96", "0.97", "1.0")


class Bag:
    """A bag in the making: its files, and what is yet to be written of its manifests."""

    def __init__(self, version: str = "0.97", algorithm: str = "md5") -> None:
        self.version = version
        self.algorithm = algorithm
        self.declaration = f"BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n"
        self.encoding = "utf-8"
        old = version in {"0.93", "0.94"}
        self.info_name = "package-info.txt" if old else "bag-info.txt"
        self.info = "Source-Organization: Org\nContact-Name: Người\n"
        self.payload = {"data/bare-filename": b"bare", "data/text-file.txt": b"text\n"}
        self.tags: dict[str, bytes] = {}
        self.lines: list[str] = []
        self.unlisted: set[str] = set()
        self.tag_lines: list[str] = []

    def digest(self, content: bytes) -> str:
        return hashlib.new(self.algorithm, content).hexdigest()

    def files(self) -> dict[str, bytes]:
        manifest = [
            f"{self.digest(content)}  {path}"
            for path, content in self.payload.items()
            if path not in self.unlisted
        ]
        text = "".join(f"{line}\n" for line in [*manifest, *self.lines])
        tags = {
            "bagit.txt": self.declaration.encode(),
            f"manifest-{self.algorithm.replace('_', '')}.txt": text.encode(self.encoding),
            **self.tags,
        }
        if self.info:
            tags[self.info_name] = self.info.encode(self.encoding)
        listed = [f"{self.digest(content)}  {path}" for path, content in tags.items()]
        text = "".join(f"{line}\n" for line in [*listed, *self.tag_lines])
        tags[f"tagmanifest-{self.algorithm.replace('_', '')}.txt"] = text.encode(self.encoding)
        return {**self.payload, **tags}

    def line(self, path: str, content: bytes = b"text\n") -> None:
        self.lines.append(f"{self.digest(content)}  {path}")


Case = Callable[[Bag], None]
VALID: dict[str, tuple[Case, str]] = {}
WARNING: dict[str, tuple[Case, str]] = {}
INVALID: dict[str, tuple[Case, str]] = {}


def case(among: dict[str, tuple[Case, str]], *versions: str) -> Callable[[Case], Case]:
    def listed(make: Case) -> Case:
        for version in versions or ("0.97",):
            among[f"v{version}/{make.__name__.replace('_', '-')}"] = (make, version)
        return make

    return listed


def written(bag: Bag, folder: Path) -> Path:
    for path, content in bag.files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def flaws(path: Path) -> tuple[set[Flaw], set[Flaw]]:
    found = bag_check.findings(path)
    return (
        {each.flaw for each in found if each.grave},
        {each.flaw for each in found if not each.grave} - {Flaw.WEAK_ALGORITHM},
    )


# --- Valid --------------------------------------------------------------------------------------


@case(VALID, *VERSIONS)
def basic_bag(bag: Bag) -> None: ...


@case(VALID, *VERSIONS)
def minimal_bag(bag: Bag) -> None:
    bag.info = ""


@case(VALID, *VERSIONS)
def duplicate_metadata_entries(bag: Bag) -> None:
    bag.info += "Contact-Name: Người khác\nContact-Name: Người\n"


@case(VALID)
def uncommon_metadata_separators(bag: Bag) -> None:
    bag.info = (
        "Source-Organization : Org\nContact-Name:Người\nContact-Phone \t:\t 1\nNote: a\n\t b\n"
    )


@case(VALID, "0.97", "1.0")
def bag_with_space(bag: Bag) -> None:
    bag.payload["data/a dir/test 1.txt"] = b"space"


@case(VALID)
def bag_with_escapable_characters(bag: Bag) -> None:
    bag.payload["data/100%.txt"] = b"percent"
    bag.payload["data/%41%25.txt"] = b"percent"


@case(VALID, "0.97", "1.0")
def bag_with_encoded_names(bag: Bag) -> None:
    bag.payload |= {"data/two\nlines": b"2", "data/a\rb": b"3"}
    bag.unlisted = {"data/two\nlines", "data/a\rb"}
    bag.line("data/two%0Alines", b"2")
    bag.line("data/a%0db", b"3")


@case(VALID)
def bag_with_leading_dot_slash_in_manifest(bag: Bag) -> None:
    bag.unlisted = {"data/text-file.txt"}
    bag.line("./data/text-file.txt")


@case(VALID)
def bag_in_a_bag(bag: Bag) -> None:
    bag.payload |= {f"data/inner/{path}": content for path, content in Bag().files().items()}


@case(VALID)
def holey_bag(bag: Bag) -> None:
    bag.tags["fetch.txt"] = b"http://localhost/foo 4 data/bare-filename\n"


@case(VALID)
def utf_16_encoded_tag_files(bag: Bag) -> None:
    bag.declaration = bag.declaration.replace("UTF-8", "UTF-16BE")
    bag.encoding = "utf-16-be"


@case(VALID)
def iso_8859_1_encoded_tag_files(bag: Bag) -> None:
    bag.declaration = bag.declaration.replace("UTF-8", "ISO-8859-1")
    bag.encoding = "iso-8859-1"
    bag.info = "Contact-Name: Édouard\n"


@case(VALID)
def lines_that_end_as_on_other_systems(bag: Bag) -> None:
    bag.declaration = bag.declaration.replace("\n", "\r\n")
    bag.info = bag.info.replace("\n", "\r")


# --- Valid, with a warning ----------------------------------------------------------------------


@case(WARNING)
def duplicate_file_with_different_case(bag: Bag) -> None:
    bag.payload["data/TEXT-FILE.txt"] = b"text\n"


@case(WARNING)
def duplicate_file_with_different_case_on_a_disk_that_kept_one(bag: Bag) -> None:
    bag.line("data/TEXT-FILE.txt")


@case(WARNING)
def made_with_md5sum_tools(bag: Bag) -> None:
    bag.unlisted = {"data/text-file.txt"}
    bag.lines.append(f"{bag.digest(b'text' + chr(10).encode())} *data/text-file.txt")


@case(WARNING)
def relative_path(bag: Bag) -> None:
    bag.unlisted = {"data/text-file.txt"}
    bag.line("./data/text-file.txt")


@case(WARNING)
def same_filename_listed_twice_with_different_normalization(bag: Bag) -> None:
    bag.payload["data/N\u00fa\u00f1ez"] = b""
    bag.line("data/Nu\u0301n\u0303ez", b"")


@case(WARNING)
def filename_normalization(bag: Bag) -> None:
    bag.payload["data/N\u00fa\u00f1ez"] = b""
    bag.unlisted = {"data/N\u00fa\u00f1ez"}
    bag.line("data/Nu\u0301n\u0303ez", b"")


@case(WARNING)
def same_filename_listed_twice_with_the_same_hash(bag: Bag) -> None:
    bag.line("data/text-file.txt")


@case(WARNING)
def special_system_files(bag: Bag) -> None:
    bag.payload |= {"data/.DS_Store": b"", "data/Thumbs.db": b"", "data/._x": b""}


@case(WARNING)
def special_system_files_that_were_not_kept(bag: Bag) -> None:
    bag.line("data/.DS_Store")
    bag.line("data/sub/Thumbs.db")


# --- Invalid ------------------------------------------------------------------------------------


@case(INVALID)
def baginfo_missing_encoding(bag: Bag) -> None:
    bag.declaration = bag.declaration.splitlines(keepends=True)[0]


@case(INVALID, *VERSIONS)
def bagit_with_invalid_whitespace(bag: Bag) -> None:
    bag.declaration = bag.declaration.replace("BagIt-Version:", "BagIt-Version :")


@case(INVALID, *VERSIONS)
def bagit_with_a_space_at_the_end(bag: Bag) -> None:
    bag.declaration = bag.declaration.replace("UTF-8", "UTF-8 ")


@case(INVALID, "0.97", "1.0")
def bom_in_bagit_txt(bag: Bag) -> None:
    bag.declaration = f"\ufeff{bag.declaration}"


@case(INVALID)
def invalid_version_number(bag: Bag) -> None:
    bag.declaration = bag.declaration.replace("0.97", ".97")


@case(INVALID)
def version_that_never_was(bag: Bag) -> None:
    bag.declaration = bag.declaration.replace("0.97", "2.0")


@case(INVALID, *VERSIONS)
def corrupt_data_file(bag: Bag) -> None:
    bag.unlisted = {"data/bare-filename"}
    bag.line("data/bare-filename", b"not what it is")


@case(INVALID)
def corrupt_tag_file(bag: Bag) -> None:
    bag.tag_lines = [f"{bag.digest(b'other')}  manifest-md5.txt"]


@case(INVALID, *VERSIONS)
def extra_file_in_bag(bag: Bag) -> None:
    bag.payload["data/bar"] = b"bar"
    bag.unlisted = {"data/bar"}


@case(INVALID)
def missing_baginfo(bag: Bag) -> None:
    bag.info = ""
    bag.tag_lines = [f"{bag.digest(b'')}  bag-info.txt"]


@case(INVALID)
def missing_data_file(bag: Bag) -> None:
    bag.line("data/gone.txt")


@case(INVALID)
def missing_encoding_that_exists(bag: Bag) -> None:
    bag.declaration = bag.declaration.replace("UTF-8", "rot13")


@case(INVALID)
def same_filename_listed_twice_with_different_hashes(bag: Bag) -> None:
    bag.line("data/text-file.txt", b"other")


@case(INVALID, "1.0")
def same_filename_listed_twice_with_different_hashes_since(bag: Bag) -> None:
    bag.line("data/text-file.txt", b"other")


@case(INVALID, "1.0")
def missing_from_manifest(bag: Bag) -> None:
    bag.tags["manifest-sha512.txt"] = (
        f"{hashlib.sha512(b'bare').hexdigest()}  data/bare-filename\n".encode()
    )


@case(INVALID, "1.0")
def metadata_separator_of_old(bag: Bag) -> None:
    bag.info = "Source-Organization : Org\n"


@case(INVALID, "1.0")
def percent_that_is_not_encoded(bag: Bag) -> None:
    bag.payload["data/100%.txt"] = b"percent"


@case(INVALID)
def holey_bag_of_which_a_file_is_elsewhere(bag: Bag) -> None:
    bag.line("data/elsewhere")
    bag.tags["fetch.txt"] = b"http://localhost/elsewhere - data/elsewhere\n"


OUTSIDE = {
    "dot-notation": "../../../README.md",
    "dot-notation-in-the-middle": "data/../../README.md",
    "absolute-path": "/tmp/foo",  # noqa: S108  it is what must not be read
    "shortcut": "~/foo",
    "shortcut-username": "~root/foo",
    "windows-absolute-path": r"C:\Windows\System32\setx.exe",
    "windows-shortcut": r"%HomeDrive%\Windows\System32\setx.exe",
    "windows-unc": r"\\UNC\server\Windows\System32\setx.exe",
    "a-tag-file": "bag-info.txt",
}


@pytest.mark.parametrize("name", VALID)
def test_a_valid_bag_is_valid(tmp_path: Path, name: str) -> None:
    make, version = VALID[name]
    bag = Bag(version)
    make(bag)
    errors, _ = flaws(written(bag, tmp_path))
    assert errors == set()


@pytest.mark.parametrize("name", WARNING)
def test_a_bag_that_may_suffer_elsewhere_is_valid_and_warned_of(tmp_path: Path, name: str) -> None:
    make, version = WARNING[name]
    bag = Bag(version)
    make(bag)
    errors, warnings = flaws(written(bag, tmp_path))
    assert errors == set()
    assert warnings


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_bag_is_invalid(tmp_path: Path, name: str) -> None:
    make, version = INVALID[name]
    bag = Bag(version)
    make(bag)
    errors, _ = flaws(written(bag, tmp_path))
    assert errors


@pytest.mark.parametrize("for_fetch", [False, True])
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_path_that_leads_out_of_the_bag_is_found(
    tmp_path: Path, name: str, *, for_fetch: bool
) -> None:
    bag = Bag()
    if for_fetch:
        bag.tags["fetch.txt"] = f"http://localhost/foo - {OUTSIDE[name]}\n".encode()
    else:
        bag.line(OUTSIDE[name])
    errors, _ = flaws(written(bag, tmp_path))
    assert errors == {Flaw.OUT_OF_SCOPE}


@pytest.mark.parametrize("missing", ["bagit.txt", "manifest-md5.txt"])
def test_a_bag_without_its_papers_is_no_bag(tmp_path: Path, missing: str) -> None:
    (written(Bag(), tmp_path) / missing).unlink()
    errors, _ = flaws(tmp_path)
    assert errors


def test_a_folder_of_nothing_but_papers_is_no_bag(tmp_path: Path) -> None:
    bag = Bag()
    bag.payload = {}
    assert flaws(written(bag, tmp_path))[0] == {Flaw.NO_DATA}


@pytest.mark.parametrize("algorithm", ["sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256"])
def test_every_common_hash_is_known(tmp_path: Path, algorithm: str) -> None:
    bag = Bag(algorithm=algorithm)
    assert flaws(written(bag, tmp_path))[0] == set()
    bag.line("data/text-file.txt", b"other")
    assert flaws(written(bag, tmp_path))[0] == {Flaw.LISTED_OTHERWISE}


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    bag = Bag()
    bag.payload["data/passwd"] = Path("/etc/passwd").read_bytes()
    folder = written(bag, tmp_path / "bag")
    (folder / "data" / "passwd").unlink()
    (folder / "data" / "passwd").symlink_to("/etc/passwd")
    assert flaws(folder)[0] == {Flaw.LINK}


def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = written(Bag(), tmp_path / "bag")
    (folder / "data" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert flaws(folder)[0] == {Flaw.LINK}


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    folder = written(Bag(), tmp_path)
    os.mkfifo(folder / "data" / "pipe")
    assert flaws(folder)[0] == {Flaw.LINK}


def test_a_pipe_in_place_of_a_zip_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "bag.zip")
    assert flaws(tmp_path / "bag.zip")[0] == {Flaw.LINK}


def test_a_name_that_is_no_text_is_found(tmp_path: Path) -> None:
    folder = written(Bag(), tmp_path)
    (folder / "data" / os.fsdecode(b"\xff\xfe")).write_bytes(b"")
    assert flaws(folder)[0] == {Flaw.UNPLAIN_NAME}


def test_no_more_is_told_than_somebody_would_read(tmp_path: Path) -> None:
    bag = Bag()
    bag.lines = ["nonsense"] * 5000
    assert len(bag_check.findings(written(bag, tmp_path), Limits(findings=100))) == 100


def test_what_a_name_would_do_to_a_terminal_is_written_out(tmp_path: Path) -> None:
    bag = Bag()
    bag.line("data/\x1b[2J\u202e[red]x")
    told = CliRunner().invoke(app, ["package", "verify", str(written(bag, tmp_path))])
    assert "\\x1b[2J\\u202e[red]x" in told.stderr
    assert told.exit_code == 1


def test_the_command_says_what_is_valid_and_fails_for_what_is_not(tmp_path: Path) -> None:
    good, odd, bad = (tmp_path / name for name in ("good", "odd", "bad"))
    written(Bag("1.0", "sha512"), good)
    bag = Bag("1.0", "sha512")
    duplicate_file_with_different_case(bag)
    written(bag, odd)
    bag.line("data/gone")
    written(bag, bad)

    def told(*paths: Path) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, ["package", "verify", *map(str, paths)])
        return result.exit_code, result.stdout, result.stderr

    status, said, warned = told(good)
    assert (status, warned) == (0, "")
    assert str(good) in said
    status, said, warned = told(odd)
    assert (status, str(odd) in said) == (0, True)
    assert "TWIN" in warned
    status, said, warned = told(good, bad)
    assert (status, str(bad) in said) == (1, False)
    assert "MISSING" in warned
    assert told(tmp_path / "nothing")[0] == 1
