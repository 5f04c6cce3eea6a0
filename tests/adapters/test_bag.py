import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import bagit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cluster_feed.adapters.packages import bag, bag_check, profile
from cluster_feed.adapters.packages.tree import Limits
from cluster_feed.cli import app
from cluster_feed.core.bagit import Flaw
from cluster_feed.core.errors import PackageInvalid

AT = datetime(2026, 11, 25, 11, tzinfo=UTC)
INFO = [
    ("Source-Organization", "Sở Văn hóa,\nThể thao và Du lịch"),
    ("Organization-Address", "Quảng Trị"),
    ("Contact-Name", "Phòng"),
    ("Contact-Phone", "0233"),
    ("Contact-Email", "a@b.vn"),
    ("Internal-Sender-Identifier", ""),
    ("External-Description", "Một gói"),
    ("External-Identifier", "B"),
    ("Bag-Group-Identifier", "2026-11"),
    ("Bag-Count", "1 of ?"),
    ("Internal-Sender-Description", "2026-11"),
    ("BagIt-Profile-Identifier", profile.IDENTIFIER),
    ("Bag-Software-Agent", "cluster-feed"),
]
PROFILE = {profile.NAME: profile.document()}
Files = dict[str, bytes]


@pytest.fixture
def made(tmp_path: Path, samples: Path) -> Path:
    return make(tmp_path / "B.zip", samples)


def make(to: Path, samples: Path) -> Path:
    payload: dict[str, bag.Source] = {
        "media/clip.mp4": samples / "big-buck-bunny.mp4",
        "note.txt": b"Qu\xe1\xba\xa3ng Tr\xe1\xbb\x8b",
        "empty": b"",
    }
    bag.write(to, "B", payload, INFO, AT, PROFILE)
    return to


def content_of(path: Path) -> Files:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def errors(path: Path, limits: Limits | None = None) -> set[Flaw]:
    return {each.flaw for each in bag_check.findings(path, limits) if each.grave}


def zipped(to: Path, files: Files) -> Path:
    with zipfile.ZipFile(to, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return to


def test_a_bag_is_whole_and_safe_by_our_own_check(made: Path) -> None:
    lacking = {"DANH_MUC.xlsx", "danh_muc.csv", "catalogue.jsonld", "HUONG_DAN.txt"}
    found = bag_check.findings(made, ours=True)
    assert {(each.flaw, each.facts["path"]) for each in found} == {
        (Flaw.LACKS, path) for path in lacking
    }


def test_the_reference_implementation_validates_a_bag(made: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = bagit.Bag(str(tmp_path / "B"))
        found.validate()
    assert found.info["Payload-Oxum"].endswith(".3")
    assert found.info["Bagging-Date"] == "2026-11-25"
    assert found.info["Source-Organization"] == "Sở Văn hóa, Thể thao và Du lịch"
    assert "Internal-Sender-Identifier" not in found.info


def test_the_same_files_give_the_same_bytes(tmp_path: Path, samples: Path) -> None:
    first, second = make(tmp_path / "1.zip", samples), make(tmp_path / "2.zip", samples)
    assert first.read_bytes() == second.read_bytes()


def test_entries_are_sorted_stored_and_plain_files_of_one_time(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.date_time for entry in entries} == {(2026, 11, 25, 18, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {stat.S_IFREG | 0o644}


def test_percent_and_line_ends_in_a_path_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "B.zip"
    bag.write(path, "B", {"100%0A.txt": b"1", "two\r\nlines": b"2"}, [], AT)
    manifest = content_of(path)["B/manifest-sha256.txt"].decode()
    assert "  data/100%250A.txt\n" in manifest
    assert "  data/two%0D%0Alines\n" in manifest
    assert errors(path) == set()


def test_a_clock_before_1980_still_makes_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "B.zip"
    bag.write(path, "B", {"a": b"1"}, [], datetime(1970, 1, 1, tzinfo=UTC))
    assert bag_check.findings(path) == []


def test_a_large_file_gets_zip64_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "B.zip"
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)
    bag.write(path, "B", {"a": bytes(5000)}, [], AT)
    monkeypatch.undo()
    assert bag_check.findings(path) == []
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("B/data/a").extract_version == zipfile.ZIP64_VERSION


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii", exclude_characters="/\\\0"), min_size=1, max_size=9)
        .filter(lambda name: name not in {".", ".."})
        .map(str.lower),
        st.binary(max_size=50),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_is_written_is_found_whole(
    tmp_path_factory: pytest.TempPathFactory, payload: dict[str, bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.zip"
    bag.write(path, "B", {f"x/{name}": content for name, content in payload.items()}, [], AT)
    assert errors(path) == set()


# --- Planted defects ----------------------------------------------------------------------------

Defect = Callable[[Files], None]
DEFECTS: dict[Defect, Flaw] = {}


def planted(flaw: Flaw) -> Callable[[Defect], Defect]:
    """Put a defect on the list, with what must be said of it."""

    def listed(defect: Defect) -> Defect:
        DEFECTS[defect] = flaw
        return defect

    return listed


@planted(Flaw.CHANGED)
def flipped_byte(files: Files) -> None:
    files["B/data/note.txt"] = files["B/data/note.txt"].replace(b"n", b"m")


@planted(Flaw.MISSING)
def missing_file(files: Files) -> None:
    del files["B/data/note.txt"]


@planted(Flaw.UNLISTED)
def extra_file(files: Files) -> None:
    files["B/data/extra.txt"] = b"?"


@planted(Flaw.UNLISTED)
def extra_tag_file(files: Files) -> None:
    files["B/extra.txt"] = b"?"


@planted(Flaw.NOT_ONE_FOLDER)
def second_top_folder(files: Files) -> None:
    files["C/data/a"] = b""


@planted(Flaw.NOT_ONE_FOLDER)
def file_at_the_top(files: Files) -> None:
    files["loose.txt"] = b""


@planted(Flaw.OUTSIDE_PROFILE)
def wrong_version(files: Files) -> None:
    files["B/bagit.txt"] = bag.DECLARATION.replace(b"1.0", b"0.97")


@planted(Flaw.BAD_DECLARATION)
def white_space_in_bagit_txt(files: Files) -> None:
    files["B/bagit.txt"] = bag.DECLARATION.replace(b": ", b" : ", 1)


@planted(Flaw.BAD_DECLARATION)
def byte_order_mark_in_bagit_txt(files: Files) -> None:
    files["B/bagit.txt"] = b"\xef\xbb\xbf" + bag.DECLARATION


@planted(Flaw.NO_DECLARATION)
def no_bagit_txt(files: Files) -> None:
    del files["B/bagit.txt"]


@planted(Flaw.MISSING)
def no_bag_info(files: Files) -> None:
    del files["B/bag-info.txt"]


@planted(Flaw.OXUM_DIFFERS)
def wrong_oxum(files: Files) -> None:
    files["B/bag-info.txt"] = files["B/bag-info.txt"].replace(b".3\n", b".4\n")


@planted(Flaw.OXUM_REPEATED)
def two_oxums(files: Files) -> None:
    files["B/bag-info.txt"] += b"Payload-Oxum: 1.1\n"


@planted(Flaw.BAD_TAG)
def nonsense_in_bag_info(files: Files) -> None:
    files["B/bag-info.txt"] += b"nonsense\n"


@planted(Flaw.UNREADABLE_TAG_FILE)
def latin_1_bag_info(files: Files) -> None:
    files["B/bag-info.txt"] += b"Contact-Name: \xe9\n"


@planted(Flaw.OUTSIDE_PROFILE)
def missing_manifest(files: Files) -> None:
    del files["B/manifest-sha512.txt"]


@planted(Flaw.OUTSIDE_PROFILE)
def missing_tag_manifest(files: Files) -> None:
    del files["B/tagmanifest-sha256.txt"]


@planted(Flaw.CHANGED)
def short_hash(files: Files) -> None:
    files["B/manifest-sha256.txt"] = files["B/manifest-sha256.txt"][1:]


@planted(Flaw.BAD_LINE)
def manifest_line_without_path(files: Files) -> None:
    files["B/manifest-sha256.txt"] += b"ab\n"


@planted(Flaw.LISTED_AGAIN)
def manifest_lists_twice(files: Files) -> None:
    files["B/manifest-sha256.txt"] *= 2


@planted(Flaw.OUT_OF_SCOPE)
def manifest_lists_what_is_outside(files: Files) -> None:
    files["B/manifest-sha256.txt"] += b"0" * 64 + b"  ../../etc/passwd\n"


@planted(Flaw.BAD_LINE)
def manifest_with_a_bare_percent(files: Files) -> None:
    files["B/manifest-sha256.txt"] += b"0" * 64 + b"  data/100%.txt\n"


@planted(Flaw.OUTSIDE_PROFILE)
def manifest_of_md5(files: Files) -> None:
    files["B/manifest-md5.txt"] = b""


@planted(Flaw.OUTSIDE_PROFILE)
def files_elsewhere(files: Files) -> None:
    files["B/fetch.txt"] = b"http://127.0.0.1/x 1 data/x\n"


@planted(Flaw.NO_DATA)
def no_payload(files: Files) -> None:
    for name in [name for name in files if name.startswith("B/data/")]:
        del files[name]


@planted(Flaw.DANGEROUS_ENTRY)
def path_traversal(files: Files) -> None:
    files["B/data/../../x"] = b""


@planted(Flaw.DANGEROUS_ENTRY)
def absolute_path(files: Files) -> None:
    files["/etc/x"] = b""


@planted(Flaw.DANGEROUS_ENTRY)
def windows_drive(files: Files) -> None:
    files["C:/x"] = b""


@planted(Flaw.DANGEROUS_ENTRY)
def backslash(files: Files) -> None:
    files["B/data\\x"] = b""


@planted(Flaw.DANGEROUS_ENTRY)
def empty_part(files: Files) -> None:
    files["B//data/x"] = b""


@planted(Flaw.DANGEROUS_ENTRY)
def twins_by_case(files: Files) -> None:
    files["B/data/NOTE.txt"] = b""


@planted(Flaw.DANGEROUS_ENTRY)
def twins_by_normalization(files: Files) -> None:
    files["B/data/\u1ecb"] = files["B/data/i\u0323"] = b""


@planted(Flaw.DANGEROUS_ENTRY)
def file_that_is_also_a_folder(files: Files) -> None:
    files["B/data/note.txt/x"] = b""


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.__name__)
def test_a_planted_defect_is_found(made: Path, tmp_path: Path, defect: Defect) -> None:
    files = content_of(made)
    defect(files)
    path = zipped(tmp_path / "planted.zip", files)
    assert DEFECTS[defect] in {each.flaw for each in bag_check.findings(path, ours=True)}
    with pytest.raises(PackageInvalid, match=r"planted\.zip"):
        bag_check.verify(path)


def test_the_same_name_twice_is_found(made: Path) -> None:
    with zipfile.ZipFile(made, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("B/data/note.txt", b"Qu\xe1\xba\xa3ng Tr\xe1\xbb\x8b")
    assert errors(made) == {Flaw.DANGEROUS_ENTRY}


def test_a_link_is_found(made: Path) -> None:
    link = zipfile.ZipInfo("B/data/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr(link, b"/etc/passwd")
    assert errors(made) == {Flaw.DANGEROUS_ENTRY}


def test_a_name_that_hides_its_end_behind_a_zero_byte_is_found(made: Path) -> None:
    content = made.read_bytes()
    made.write_bytes(content.replace(b"B/data/note.txt", b"B/data/note\0txt"))
    assert errors(made) == {Flaw.DANGEROUS_ENTRY}


def test_an_encrypted_entry_is_found_and_not_read(made: Path) -> None:
    content = bytearray(made.read_bytes())
    at = content.rindex(b"B/data/note.txt") - 46 + 8
    content[at] |= 1
    made.write_bytes(content)
    (finding,) = bag_check.findings(made)
    assert finding.says.en.endswith("B/data/note.txt is encrypted")


def test_a_bomb_is_told_by_its_declared_size(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("B/data/zeros", bytes(10_000_000))
    assert errors(bomb, Limits(total_bytes=1_000_000)) == {Flaw.TOO_LARGE}


def test_a_small_zip_of_a_great_deal_is_not_read(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("B/data/zeros", bytes(120_000_000))
    (finding,) = bag_check.findings(bomb)
    assert (
        finding.says.en == "is beyond the limit: 120000000 bytes when unpacked, more than 100000000"
    )
    done = CliRunner().invoke(app, ["package", "verify", "--largest", "1", str(bomb)])
    assert "NO_MANIFEST" in done.stderr
    assert "TOO_LARGE" not in done.stderr


def test_a_bomb_that_lies_about_its_size_is_not_read_beyond_it(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("B/data/zeros", bytes(10_000_000))
        archive.writestr("B/manifest-sha256.txt", f"{'0' * 64}  data/zeros\n")
        archive.writestr("B/bagit.txt", bag.DECLARATION)
    size = struct.pack("<L", 10_000_000)
    bomb.write_bytes(bomb.read_bytes().replace(size, struct.pack("<L", 100)))
    assert errors(bomb, Limits(total_bytes=1_000_000)) == {Flaw.UNREADABLE}


def test_an_entry_with_another_name_where_its_bytes_are_is_found(made: Path) -> None:
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("B/notes.txt", b"listed nowhere")
    made.write_bytes(made.read_bytes().replace(b"B/notes.txt", b"../evil.txt", 1))
    assert Flaw.UNREADABLE in errors(made)


def test_entries_that_share_their_bytes_are_found(made: Path) -> None:
    content = made.read_bytes()
    with zipfile.ZipFile(made) as archive:
        first, second = (archive.getinfo(f"B/data/{name}") for name in ("empty", "note.txt"))
    directory = content.rindex(b"B/data/note.txt") - 46
    moved = struct.pack("<L", first.header_offset)
    assert content[directory + 42 : directory + 46] == struct.pack("<L", second.header_offset)
    made.write_bytes(content[: directory + 42] + moved + content[directory + 46 :])
    assert errors(made) == {Flaw.DANGEROUS_ENTRY}


def test_a_program_hidden_before_the_zip_is_found(made: Path) -> None:
    made.write_bytes(b"#!/bin/sh\n" + made.read_bytes())
    assert errors(made) == {Flaw.DANGEROUS_ENTRY}


def test_too_many_entries_are_not_looked_at(made: Path) -> None:
    assert errors(made, Limits(files=3)) == {Flaw.TOO_LARGE}


def test_a_manifest_too_large_to_read_whole_is_refused(made: Path) -> None:
    assert Flaw.UNREADABLE_TAG_FILE in errors(made, Limits(tag_file_bytes=100))


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"not a zip" * 1000])
def test_what_is_no_bag_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    assert bag_check.findings(path)


def test_a_bag_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert bag_check.findings(tmp_path / "x.zip")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("small") / "small.zip"
    bag.write(path, "B", {"a": b"one", "b/c": b"two"}, INFO, AT)
    return path.read_bytes()


@settings(deadline=None)
@given(st.data())
def test_no_damage_to_a_zip_goes_unseen_or_breaks_the_check(
    small: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.zip"
    at = data.draw(st.integers(0, len(small) - 1))
    bits = data.draw(st.integers(1, 255))
    damaged = bytearray(small)
    damaged[at] ^= bits
    path.write_bytes(damaged)
    if not bag_check.findings(path):
        # A time, an attribute or a version: what is in the files is what it was.
        assert content_of(path).items() >= {("B/data/a", b"one"), ("B/data/b/c", b"two")}
