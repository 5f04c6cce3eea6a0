"""What newsrooms drop is taken in once, whole, or sent back with a reason."""

import os
import re
import shutil
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual, Tongue, decimal
from cluster_feed.core.caption import Cue
from cluster_feed.core.errors import (
    BreaksOff,
    CannotBeNormalized,
    DiskFull,
    FolderMissing,
    NoAccess,
    Refusal,
    UnknownFolder,
)
from cluster_feed.core.finding import Finding, Flaw
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import acknowledge, ingest
from cluster_feed.pipeline.ingest import Admitted, Captioned, Refused, Trouble, page
from demo import material
from tests import oddities
from tests.pipeline.intake import (
    AIRED,
    FULL,
    NOW,
    Office,
    catalogue,
    lying_in,
    names,
    photo,
    refusals,
    sidecar,
    workbook,
)

pytestmark = pytest.mark.usefixtures("database")


TWINS = (
    unicodedata.normalize("NFC", "Quảng Trị.jpg"),
    unicodedata.normalize("NFD", "Quảng Trị.jpg"),
)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "workspace")


# --- Taking in ----------------------------------------------------------------------------------


def test_a_clip_becomes_an_asset_and_leaves_the_inbox(office: Office, samples: Path) -> None:
    clip = office.inbox() / "thang-11" / "Chợ phiên.mp4"
    clip.parent.mkdir()
    shutil.copy(samples / "big-buck-bunny.mp4", clip)
    sidecar(clip.with_suffix(".yaml"), FULL)
    assert office.look() == []
    office.moment += 11
    (admitted,) = office.look()
    assert isinstance(admitted, Admitted)
    assert admitted.missing == ()
    asset = admitted.asset
    assert (asset.name, asset.submission) == ("thang-11/Chợ phiên.mp4", "thang-11")
    assert asset.kind is Kind.VIDEO
    assert not clip.exists()
    assert office.workspace.store.verify(asset.sha256).stat().st_size == asset.byte_count
    row = ledger.Asset.objects.get()
    assert row.to_value() == asset
    assert row.to_caption().title == "Chợ phiên Lao Bảo"
    assert row.captioned_by == "huong-hoa"
    assert audit.verify() == 1


def test_what_was_there_at_start_up_is_looked_at_twice_too(office: Office) -> None:
    photo(office.inbox() / "a.jpg")
    office.moment += 1000
    office.restart()
    assert office.look() == []
    assert names() == []


def test_a_look_with_nothing_new_asks_and_writes_nothing(office: Office) -> None:
    photo(office.inbox() / "a.jpg")
    sidecar(office.inbox() / "a.yaml", FULL)
    office.settle()
    office.settle()
    before = (office.inbox() / "_trang-thai.html").stat()
    assert office.settle(NOW + timedelta(hours=1)) == []
    assert (office.inbox() / "_trang-thai.html").stat() == before
    assert ledger.Event.objects.count() == 1


def test_a_single_run_takes_in_what_stands_still(tmp_path: Path) -> None:
    office = Office(tmp_path / "workspace", "[intake]\nstable_seconds = 0.2\n")
    photo(office.inbox() / "a.jpg")
    assert len(ingest.run(office.workspace, NOW)) == 1
    assert names() == ["a.jpg"]


def test_a_growing_file_waits_and_the_page_says_so(office: Office) -> None:
    source = photo(office.workspace.root / "whole.jpg").read_bytes()
    path = office.inbox() / "clip.jpg"
    for end in range(50, len(source), 100):
        path.write_bytes(source[:end])
        office.moment += 11
        assert office.look() == []
    assert "clip.jpg" in office.page()
    path.write_bytes(source)
    assert len(office.settle()) == 1


def test_composed_and_decomposed_names_are_two_files_and_nfc_in_the_ledger(office: Office) -> None:
    for seed, name in enumerate(TWINS):
        photo(office.inbox() / name, seed)
    assert len(office.settle()) == 2
    assert names() == ["Quảng Trị.jpg"] * 2
    assert lying_in(office.inbox()) == ["_trang-thai.html"]


def test_twins_with_the_same_content_are_taken_in_once(office: Office) -> None:
    for name in TWINS:
        photo(office.inbox() / name)
    assert len(office.settle()) == 1
    assert names() == ["Quảng Trị.jpg"]
    assert lying_in(office.inbox()) == ["_trang-thai.html"]


@pytest.mark.parametrize(
    "name",
    [
        *("-y.jpg", "a'b\"c;$(reboot).jpg", "two\nlines.jpg", "100%d.jpg", "http:127.0.0.1.jpg"),
        *("🎬.jpg", " .jpg", "no suffix", "<script>alert(1)</script>.jpg".replace("/", "")),
        *(("ế" * 82) + ".jpg", os.fsdecode(b"\xff\xfe.jpg"), "con.jpg", "a\tb.jpg", "C:\\x.jpg"),
    ],
)
def test_odd_names_are_only_names(office: Office, name: str) -> None:
    photo(office.inbox() / name)
    office.inbox("dai").joinpath(name).write_text("Không phải ảnh.")
    outcomes = office.settle()
    assert len(names()) == 1
    assert list(refusals(outcomes).values()) == ["UnknownMedia"]
    assert lying_in(office.inbox()) == ["_trang-thai.html"]
    assert os.path.exists(office.inbox("dai") / "_tra-lai" / name)  # noqa: PTH110
    assert len(office.sent_back("dai")) == 1
    assert "<script>" not in office.page() + office.page("dai")


def test_many_photos_at_once_are_all_there_and_once(office: Office) -> None:
    for seed in range(32):
        photo(office.inbox() / f"dot-{seed % 7}" / f"{seed}.jpg", seed, (64, 64))
    outcomes = office.settle()
    assert len(outcomes) == 32
    assert ledger.Asset.objects.count() == len(office.stored) == 32


def test_an_emptied_submission_is_removed_once_it_has_been_quiet(office: Office) -> None:
    photo(office.inbox() / "thang-11" / "sub" / "a.jpg")
    untouched = office.inbox() / "mới tạo"
    untouched.mkdir()
    office.settle()
    assert (office.inbox() / "thang-11" / "sub").is_dir()
    for _ in range(6):
        office.moment += 700
        office.look()
    assert not (office.inbox() / "thang-11").exists()
    assert untouched.is_dir()


# --- Sending back -------------------------------------------------------------------------------


def test_the_real_cases_are_judged_by_their_content(office: Office) -> None:
    inbox = office.inbox()
    material.portrait_photo(inbox / "portrait.mp4")
    material.silent_clip(inbox / "silent.mp4").rename(inbox / "silent.jpg")
    material.playlist_in_disguise(inbox / "playlist.mp4")
    material.text_named_jpg(inbox / "text.jpg")
    material.truncated_photo(inbox / "truncated.jpg")
    bad = {"playlist.mp4": "UnknownMedia", "text.jpg": "UnknownMedia"}
    bad["truncated.jpg"] = "DamagedMedia"
    assert refusals(office.settle()) == bad
    assert names() == ["portrait.mp4", "silent.jpg"]
    for name in bad:
        assert name in office.sent_back()[name]
        assert (inbox / "_tra-lai" / name).is_file()


def test_a_note_is_in_vietnamese_first_for_any_notepad(office: Office) -> None:
    (office.inbox() / "a.jpg").write_bytes(b"")
    office.settle()
    note = (office.inbox() / "_tra-lai" / "a.jpg.ly-do.txt").read_bytes()
    assert note.startswith(b"\xef\xbb\xbfa.jpg\r\n")
    text = note.decode("utf-8-sig")
    assert text.index("Tệp rỗng") < text.index("The file is empty")


def test_nothing_that_was_sent_back_is_overwritten(office: Office) -> None:
    for content in ("một", "hai", "ba"):
        (office.inbox() / "a.jpg").write_text(content)
        assert refusals(office.settle()) == {"a.jpg": "UnknownMedia"}
    sent = office.inbox() / "_tra-lai"
    assert [(sent / name).read_text() for name in ("a.jpg", "a (2).jpg", "a (3).jpg")] == [
        "một",
        "hai",
        "ba",
    ]
    assert ledger.Rejection.objects.count() == 3


def test_the_same_bad_content_is_refused_again_but_told_once(office: Office) -> None:
    for _ in range(2):
        (office.inbox() / "a.jpg").write_text("ghi chú")
        assert refusals(office.settle()) == {"a.jpg": "UnknownMedia"}
    assert ledger.Rejection.objects.count() == 1


def test_a_corrected_file_under_the_same_name_is_welcome(office: Office) -> None:
    (office.inbox() / "a.jpg").write_text("ghi chú")
    office.settle()
    assert "Bị trả lại" in office.page()
    photo(office.inbox() / "a.jpg")
    later = NOW + timedelta(minutes=5)
    assert isinstance(office.settle(later)[0], Admitted)
    assert "Bị trả lại" not in office.page()


def test_the_page_counts_everything_and_lists_what_fits(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "_MOST_ASSETS", 3)
    monkeypatch.setattr(page, "_MOST_REFUSALS", 2)
    for number in range(4):
        photo(office.inbox() / f"bare-{number}.jpg", number)
    for number in range(3):
        (office.inbox() / f"wrong-{number}.jpg").write_text(f"ghi chú {number}")
    office.settle()
    written = office.page()
    assert "<b>4</b>cần bổ sung" in written
    assert "<b>3</b>cần sửa" in written
    assert (written.count("Còn thiếu"), written.count("Hãy xuất lại")) == (3, 2)
    assert "và 1 nội dung khác" in written
    assert "và 1 lần trả lại trước đó" in written


def test_a_line_break_in_a_name_is_none_in_what_people_read(office: Office) -> None:
    photo(office.inbox() / "a\nhub sent b.jpg")
    office.settle()
    assert names() == ["a hub sent b.jpg"]


def test_a_duplicate_is_told_and_moved_away(office: Office) -> None:
    photo(office.inbox() / "a.jpg")
    office.settle()
    photo(office.inbox() / "b.jpg")
    photo(office.inbox("dai") / "a.jpg")
    assert refusals(office.settle()) == {"a.jpg": "Duplicate", "b.jpg": "Duplicate"}
    assert "“a.jpg” (từ UBND xã Hướng Hóa)" in office.sent_back()["b.jpg"]
    assert names() == ["a.jpg"]


def test_links_pipes_and_folders_named_as_clips(office: Office) -> None:
    inbox = office.inbox()
    (inbox / "link.mp4").symlink_to("/etc/passwd")
    (inbox / "dangling.mp4").symlink_to("/nowhere")
    os.mkfifo(inbox / "pipe.mp4")
    (inbox / "folder.mp4").mkdir()
    photo(inbox / "folder.mp4" / "a.jpg")
    assert refusals(office.settle()) == dict.fromkeys(
        ("link.mp4", "dangling.mp4", "pipe.mp4"), "NotARegularFile"
    )
    assert names() == ["folder.mp4/a.jpg"]
    assert (inbox / "_tra-lai" / "link.mp4").is_symlink()


def test_limits_of_size_and_time(tmp_path: Path, samples: Path) -> None:
    limits = "largest_clip_gib = 0.001\nlargest_photo_mib = 0.001\nshortest_clip_seconds = 6\n"
    office = Office(tmp_path / "workspace", f"[intake]\n{limits}")
    with (office.inbox() / "sparse.mp4").open("wb") as sparse:
        sparse.truncate(2 << 20)
    photo(office.inbox() / "a.jpg", size=(900, 900))
    shutil.copy(samples / "big-buck-bunny.mp4", office.inbox())
    codes = refusals(office.settle())
    assert codes["sparse.mp4"] == codes["a.jpg"] == "TooLarge"
    notes = office.sent_back()
    assert "quá lớn: 0,0019531 GiB, giới hạn là 0,001 GiB" in notes["sparse.mp4"]
    assert "too large: 0.0019531 GiB, the limit is 0.001 GiB" in notes["sparse.mp4"]
    assert re.search(r"quá lớn: 0,\d+ MiB, giới hạn là 0,001 MiB", notes["a.jpg"])
    assert office.stored == set()


def test_a_short_clip_is_refused(tmp_path: Path, samples: Path) -> None:
    office = Office(tmp_path / "workspace", "[intake]\nshortest_clip_seconds = 6\n")
    shutil.copy(samples / "big-buck-bunny.mp4", office.inbox())
    assert refusals(office.settle()) == {"big-buck-bunny.mp4": "TooShort"}


def test_a_full_disk_is_the_operators_and_the_file_waits(tmp_path: Path, samples: Path) -> None:
    office = Office(tmp_path / "workspace", "[intake]\nlargest_clip_gib = 1000000\n")
    clip = office.inbox() / "clip.mp4"
    shutil.copy(samples / "big-buck-bunny.mp4", clip)
    with clip.open("r+b") as sparse:
        sparse.truncate(shutil.disk_usage(tmp_path).total)
    (trouble,) = office.settle()
    assert isinstance(trouble, Trouble)
    assert isinstance(trouble.why, DiskFull)
    assert clip.exists()
    assert not ledger.Rejection.objects.exists()
    os.truncate(clip, (samples / "big-buck-bunny.mp4").stat().st_size)
    assert isinstance(office.settle()[0], Admitted)


def test_a_file_that_somebody_keeps_open_waits_and_is_on_the_page(office: Office) -> None:
    path = photo(office.inbox() / "a.jpg")
    with path.open("ab"):
        assert office.settle() == []
        assert "a.jpg" in office.page()
        assert office.ingest.waiting == 1
    assert len(office.look()) == 1


# --- Secrets ------------------------------------------------------------------------------------


XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:creator>Máy ảnh</dc:creator><dc:rights>{rights}</dc:rights>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Market</rdf:li>
<rdf:li xml:lang="vi-VN">Chợ</rdf:li><rdf:li xml:lang="en">Market</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def tagged_photo(path: Path, rights: str) -> Path:
    """Write what an agency's software writes into a photo."""
    with Image.open(photo(path)) as image:
        image.load()
        image.save(path, xmp=XMP.format(rights=rights).encode())
    return path


@pytest.mark.parametrize(
    "where", ["name", "folder", "embedded", "sidecar", "catalogue", "preamble"]
)
def test_marked_material_leaves_no_copy_anywhere(office: Office, where: str) -> None:
    inbox = office.inbox()
    if where == "name":
        photo(inbox / "[MẬT] kế hoạch.jpg")
    elif where == "folder":
        photo(inbox / "TỐI MẬT" / "a.jpg")
    elif where == "embedded":
        tagged_photo(inbox / "a.jpg", "Tài liệu TUYỆT MẬT")
    elif where == "sidecar":
        photo(inbox / "a.jpg")
        (inbox / "a.yaml").write_text("# TỐI MẬT\ntitle: [không, xong\n")
    elif where == "catalogue":
        photo(inbox / "a.jpg")
        catalogue(inbox / "danh-muc.xlsx", {"Tệp": "a", "Tiêu đề": "x", "Độ mật": "Mật"})
    else:
        photo(inbox / "a.jpg")
        content = workbook([["TÀI LIỆU MẬT"], ["Tệp", "Tiêu đề"], ["a.jpg", "x"]])
        (inbox / "Danh mục.xlsx").write_bytes(content)
    outcomes = office.settle()
    assert "SecrecyMarking" in refusals(outcomes).values()
    rejection = ledger.Rejection.objects.get(code="SecrecyMarking")
    assert rejection.sha256 == ""
    assert not ledger.Asset.objects.exists()
    assert office.stored == set()
    assert not list((office.workspace.root / "store" / ".incoming").iterdir())
    assert len(office.sent_back()) == 1


def test_a_marking_that_comes_later_holds_the_asset_until_the_department_acts(
    office: Office,
) -> None:
    photo(office.inbox() / "a.jpg")
    sheet = sidecar(office.inbox() / "a.yaml", FULL)
    office.settle()
    sidecar(sheet, FULL, {"Mô tả (en)": "TUYỆT MẬT"})
    assert refusals(office.settle()) == {"a.jpg": "MarkedAfterIntake"}
    row = ledger.Asset.objects.get()
    assert not row.to_caption().no_state_secrets
    assert row.to_caption().title == "Chợ phiên Lao Bảo"
    assert "Bị giữ lại" in office.page()
    sidecar(sheet, FULL)
    assert office.settle() == []
    assert not ledger.Asset.objects.get().to_caption().no_state_secrets
    released = row.to_caption().model_copy(update={"no_state_secrets": True})
    ledger.Asset.objects.update(caption=released.model_dump(mode="json"), captioned_by="an")
    sidecar(sheet, FULL, {"Mô tả (en)": "TUYỆT MẬT"})
    office.restart()
    assert office.settle() == []
    assert ledger.Asset.objects.get().to_caption().no_state_secrets


# --- Captions -----------------------------------------------------------------------------------


def test_a_sheet_that_comes_later_completes_the_caption(office: Office) -> None:
    photo(office.inbox() / "thang-11" / "a.jpg")
    assert len(office.settle()[0].missing) > 5  # type: ignore[union-attr]
    assert "Còn thiếu: tiêu đề tiếng Việt" in office.page()
    catalogue(office.inbox() / "thang-11" / "danh-muc.xlsx", {"Tệp": "a.jpg", **FULL})
    assert office.settle() == [Captioned("huong-hoa", "thang-11/a.jpg", ())]
    assert "Còn thiếu" not in office.page()
    office.restart()
    assert office.settle() == []


def test_a_sidecar_prevails_over_the_catalogue_and_both_over_the_file(office: Office) -> None:
    tagged_photo(office.inbox() / "a.jpg", "Bản quyền trong ảnh")
    row = {"Tệp": "a.jpg", "Tiêu đề": "Danh mục", "Mô tả": "Danh mục", "Tác giả": "Danh mục"}
    catalogue(office.inbox() / "danh-muc.xlsx", row)
    sidecar(office.inbox() / "a.yaml", {"Tiêu đề": "Phiếu riêng"})
    office.settle()
    caption = ledger.Asset.objects.get().to_caption()
    assert caption.title == "Phiếu riêng"
    assert caption.in_language("vi").description == "Danh mục"
    assert caption.creator == "Danh mục"
    assert caption.rights_holder == "Bản quyền trong ảnh"
    assert caption.in_language("en").title == "Market"


def test_what_the_department_has_edited_is_the_departments(office: Office) -> None:
    photo(office.inbox() / "a.jpg")
    office.settle()
    ledger.Asset.objects.update(captioned_by="an")
    sidecar(office.inbox() / "a.yaml", FULL)
    assert office.settle() == []
    assert ledger.Asset.objects.get().to_caption().title == ""


def test_a_bad_sheet_never_loses_its_asset_and_is_complained_of_once(office: Office) -> None:
    photo(office.inbox() / "a.jpg")
    sheet = sidecar(office.inbox() / "a.yaml", {"Tiêu đề": "Chợ phiên", "Chủ đề": "Thời tiết"})
    assert refusals(office.settle()) == {"a.yaml": "BadSheet"}
    assert ledger.Asset.objects.get().to_caption().title == "Chợ phiên"
    assert "dòng 2: “Chủ đề”" in office.page()
    office.restart()
    assert office.settle() == []
    sidecar(sheet, FULL)
    assert len(office.settle()) == 1
    assert "Phiếu cần sửa" not in office.page()
    assert sheet.exists()


def test_media_waits_for_its_sheet_that_is_being_copied(office: Office) -> None:
    photo(office.inbox() / "a.jpg")
    office.look()
    office.moment += 11
    sidecar(office.inbox() / "a.yaml", FULL)
    photo(office.inbox() / "b.jpg", 1)
    assert office.look() == []
    office.moment += 11
    assert [type(each) for each in office.look()] == [Admitted, Admitted]
    assert ledger.Asset.objects.get(name="a.jpg").to_caption().title == "Chợ phiên Lao Bảo"


CUE = "1\n00:00:00,000 --> 00:00:01,000\nXin <i>chào</i>\n"


@pytest.mark.parametrize("first", ["clip", "subtitles"])
def test_subtitles_stay_and_are_told_to_the_clip_of_their_name(office: Office, first: str) -> None:
    def send(what: str) -> None:
        if what == "clip":
            oddities.plain(office.inbox() / "clip.mp4")
        else:
            (office.inbox() / "clip.vi.srt").write_text(CUE, encoding="utf-8")
            (office.inbox() / "Clip.mp4.lo.vtt").write_text(
                "WEBVTT\n\n00:00.500 --> 00:01.000 line:0\nສະບາຍດີ\n", encoding="utf-16"
            )

    send(first)
    office.settle()
    send("subtitles" if first == "clip" else "clip")
    office.settle()
    assert lying_in(office.inbox()) == ["Clip.mp4.lo.vtt", "_trang-thai.html", "clip.vi.srt"]
    assert "clip.vi.srt" in office.page()
    assert ledger.Asset.objects.get().to_caption().subtitles == {
        "vi": (Cue(from_seconds=0, to_seconds=1, text="Xin chào"),),
        "lo": (Cue(from_seconds=0.5, to_seconds=1, text="ສະບາຍດີ"),),
    }


def test_subtitles_that_cannot_be_read_are_complained_of_line_by_line(office: Office) -> None:
    broken = CUE + "\n2\n00:00:09,000 --> 00:00:08,000\nNgược\n\n3\n0:5 --> 0:6\nSai\n"
    (office.inbox() / "clip.srt").write_text(broken, encoding="utf-8")
    (said,) = office.settle()
    assert isinstance(said, Refused)
    assert "dòng 6" in said.why.message(Tongue.VI)
    assert "dòng 10" in said.why.message(Tongue.VI)


def test_a_secrecy_marking_in_subtitles_is_one(office: Office) -> None:
    oddities.plain(office.inbox() / "clip.mp4")
    (office.inbox() / "clip.srt").write_text(CUE.replace("Xin <i>chào</i>", "TỐI MẬT"), "utf-8")
    assert refusals(office.settle()) == {"clip.mp4": "SecrecyMarking"}


def test_what_looks_wrong_in_a_clip_is_on_the_page(office: Office) -> None:
    photo(office.inbox() / "a.jpg", 1)
    sidecar(office.inbox() / "a.yaml", FULL)
    office.settle()
    finding = Finding(flaw=Flaw.SILENCE, from_seconds=3, to_seconds=9)
    for profile in office.workspace.wanted_profiles:
        ledger.Rendition.objects.create(
            asset=ledger.Asset.objects.get(),
            profile=profile,
            recipe=profile,
            made_at=NOW,
            findings=[finding.model_dump(mode="json")],
        )
    office.settle()
    assert f"Nên xem lại: {finding.says.vi}." in office.page()


def fail(office: Office, row: ledger.Asset, why: Refusal) -> None:
    """Record what normalizing does of an asset that can be made for no screen."""
    about = {"code": why.code, "facts": why.facts}
    for profile in office.workspace.wanted_profiles:
        ledger.Rendition.objects.create(
            asset=row, profile=profile, recipe=profile, made_at=NOW, **about
        )
    ledger.Rejection.objects.create(
        newsroom=row.newsroom, name=row.name, sha256=row.pk, at=NOW, **about
    )


def test_what_was_taken_in_and_cannot_be_made_is_told_once_until_it_is_settled(
    office: Office,
) -> None:
    oddities.plain(office.inbox() / "cho.mp4")
    office.settle()
    fail(office, ledger.Asset.objects.get(), BreaksOff(at=decimal(1), seconds=decimal(5)))
    photo(office.inbox() / "a.jpg", 1)
    office.settle(NOW + timedelta(hours=1))
    written, reason = office.page(), "Video đứt ở giây 1,0 trên tổng số 5,0 giây"
    assert written.count('<p class="meta">cho.mp4') == written.count(reason) == 1
    assert (written.count("Không tạo được bản phát"), "Bị trả lại" in written) == (1, False)
    assert "nằm trong <code>_tra-lai" not in written
    (screens,) = re.findall(r"Cho màn hình: (.+?)\. Video", written)
    titles = {each.title for each in office.workspace.wanted_profiles.values()}
    assert set(screens.split("; ")) == titles
    assert "<b>1</b>cần sửa" in written
    assert written.index(reason) < written.index("a.jpg")
    acknowledge.run(NOW, ledger.Rejection.objects.get(), "lan")
    sidecar(office.inbox() / "cho.yaml", FULL)
    office.settle(NOW + timedelta(days=61))
    written = office.page()
    assert "<b>0</b>cần sửa" in written
    assert written.index("a.jpg") < written.index(reason)


def test_what_cannot_be_made_is_corrected_by_a_file_of_the_same_name(office: Office) -> None:
    for number in range(2):
        photo(office.inbox() / f"{number}.jpg", number)
        sidecar(office.inbox() / f"{number}.yaml", FULL)
    office.settle()
    why = CannotBeNormalized(profile="lcd-1080p", detail=Bilingual("mất tiếng", "no sound"))
    for row in ledger.Asset.objects.all():
        fail(office, row, why)
    photo(office.inbox() / "1.jpg", 2)
    office.settle(NOW + timedelta(hours=1))
    written = office.page()
    assert re.findall(r'<p class="meta">(\d\.jpg)', written) == ["0.jpg", "1.jpg", "1.jpg"]
    assert re.findall(r'<li class="(refused|settled|busy)">\n<div', written) == [
        "refused",
        "busy",
        "settled",
    ]
    assert "<b>1</b>cần sửa" in written
    title = office.workspace.profiles["lcd-1080p"].title
    assert f"<p>Không tạo được bản phát cho màn hình {title}: mất tiếng. Hãy" in written


# --- The broadcaster ----------------------------------------------------------------------------


def test_the_broadcaster_sends_what_has_been_on_air(office: Office) -> None:
    inbox = office.inbox("dai")
    for seed, (name, aired) in enumerate(
        {"today": "20/11/2026", "tomorrow": "21/11/2026", "never": ""}.items()
    ):
        photo(inbox / f"{name}.jpg", seed)
        sidecar(inbox / f"{name}.yaml", FULL, AIRED | {"Ngày phát sóng": aired})
    late = datetime(2026, 11, 20, 16, 59, tzinfo=UTC)
    assert refusals(office.settle(late)) == {"tomorrow.jpg": "NotBroadcastYet"}
    assert names() == ["never.jpg", "today.jpg"]
    assert "ngày phát sóng, kênh, chương trình" in office.page("dai")


def test_other_newsrooms_need_no_broadcast(office: Office) -> None:
    photo(office.inbox() / "a.jpg")
    sidecar(office.inbox() / "a.yaml", FULL, {"Ngày phát sóng": "21/11/2026"})
    assert refusals(office.settle()) == {}


def test_a_broadcast_date_to_come_in_a_late_sheet_is_not_taken_over(office: Office) -> None:
    photo(office.inbox("dai") / "a.jpg")
    office.settle()
    sidecar(office.inbox("dai") / "a.yaml", FULL, AIRED | {"Ngày phát sóng": "1/12/2026"})
    assert refusals(office.settle()) == {"a.jpg": "NotBroadcastYet"}
    assert ledger.Asset.objects.get().to_caption().broadcast is None


# --- Folders ------------------------------------------------------------------------------------


def test_a_lost_drive_is_told_and_nothing_is_made_in_its_place(office: Office) -> None:
    photo(office.inbox() / "a.jpg")
    office.settle()
    shutil.rmtree(office.inbox())
    (trouble,) = office.settle()
    assert isinstance(trouble, Trouble)
    assert isinstance(trouble.why, FolderMissing)
    assert not office.inbox().exists()
    shutil.rmtree(office.workspace.inbox)
    (trouble,) = office.settle()
    assert isinstance(trouble, Trouble)
    assert not office.workspace.inbox.exists()
    assert names() == ["a.jpg"]


def test_a_strangers_folder_is_told(office: Office) -> None:
    photo(office.workspace.inbox / "ai-do" / "a.jpg")
    (trouble,) = office.settle()
    assert isinstance(trouble, Trouble)
    assert isinstance(trouble.why, UnknownFolder)
    assert names() == []


def test_a_page_that_cannot_be_written_stops_nothing(office: Office) -> None:
    page = office.inbox() / "_trang-thai.html"
    page.unlink()
    page.mkdir()
    photo(office.inbox() / "a.jpg")
    outcomes = office.settle()
    assert [type(each) for each in outcomes] == [Admitted, Trouble]
    trouble = outcomes[1]
    assert isinstance(trouble, Trouble)
    assert isinstance(trouble.why, NoAccess)
