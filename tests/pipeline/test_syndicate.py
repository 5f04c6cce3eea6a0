import hashlib
import io
import json
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path

import bagit
import bagit_profile
import openpyxl
import pytest
from PIL import Image, ImageOps

from cluster_feed.adapters.packages import bag, bag_check
from cluster_feed.core import portal
from cluster_feed.core.asset import AudioInfo, Kind, MediaInfo, VideoInfo
from cluster_feed.core.bagit import Flaw
from cluster_feed.core.caption import Broadcast, Caption, Missing, Words
from cluster_feed.core.edition import State
from cluster_feed.core.errors import (
    NotMadeForPortal,
    PackageMadeOtherwise,
    PackageNotOnRecord,
    StoreDamaged,
)
from cluster_feed.core.package import urn
from cluster_feed.core.playlist import Blob, Entry, Playlist
from cluster_feed.core.vocabulary import (
    Consent,
    DigitalSource,
    Genre,
    InformationClass,
    RepublishBasis,
    Theme,
)
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import syndicate
from cluster_feed.workspace import Workspace

NOW = datetime(2026, 11, 26, 1, tzinfo=UTC)
PUBLISHED_AT = datetime(2026, 11, 25, 11, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
SETTINGS = """
[[newsrooms]]
slug = "bao-dai"
title = "Báo và phát thanh, truyền hình Quảng Trị"
kind = "dai"

[sender]
contact = "Phòng Thông tin đối ngoại"
phone = "0233 385 0000"
email = "ttdn@quangtri.gov.vn"
"""


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    del database  # only to be empty
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    shutil.copytree(ROOT / "playlists", tmp_path / "playlists")
    (tmp_path / "cluster-feed.toml").write_text(SETTINGS, encoding="utf-8")
    return Workspace.load(tmp_path)


def caption(title: str = "Đường biên giới hữu nghị", *, vietnam_vn: bool = True) -> Caption:
    return Caption(
        words={
            "vi": Words(title=title, description="Mô tả", alt_text="Đồng cỏ trên núi"),
            "en": Words(
                title="A border of friendship",
                description="Description",
                alt_text="A mountain meadow",
            ),
        },
        themes=(Theme.BORDER, Theme.LAOS),
        genre=Genre.REPORTAGE,
        information_class=InformationClass.CLARIFICATION,
        language="vi",
        creator="Nguyễn Văn A",
        contributors=("Trần Văn B",),
        rights_holder="Báo Quảng Trị",
        usage_terms="Ghi nguồn khi đăng lại",
        licence_granted=True,
        consent=Consent.GIVEN,
        digital_source=DigitalSource.EDITED,
        republish_basis=RepublishBasis.OWN,
        places=("Lao Bảo", "Hướng Hóa"),
        created_on=date(2026, 10, 3),
        broadcast=Broadcast(on=date(2026, 10, 25), channel="QTV", programme="Biên giới"),
        no_state_secrets=True,
        valid_until=date(2027, 6, 30),
        vietnam_vn=vietnam_vn,
    )


def admitted(
    workspace: Workspace, source: Path, kind: Kind, says: Caption | None = None
) -> ledger.Asset:
    with source.open("rb") as content:
        stored = workspace.store.copy_in(content)
    clip = kind is Kind.VIDEO
    width, height = (1920, 1080) if clip else shown(source)
    media = MediaInfo(
        container="mov,mp4" if clip else "jpeg",
        byte_count=stored.byte_count,
        seconds=65.25 if clip else None,
        video=VideoInfo(
            codec="h264" if clip else "mjpeg",
            width=width,
            height=height,
            fps=Fraction(24) if clip else None,
            pixel_format="yuv420p",
        ),
        audio=(AudioInfo(codec="aac", channels=2, sample_rate=48_000),) if clip else (),
    )
    return ledger.Asset.objects.create(
        sha256=stored.sha256,
        kind=kind,
        newsroom="bao-dai",
        name=source.name,
        byte_count=stored.byte_count,
        received_at=PUBLISHED_AT - timedelta(days=9, seconds=ledger.Asset.objects.count()),
        media=media.model_dump(mode="json"),
        caption=(says or caption()).model_dump(mode="json"),
        captioned_by="bao-dai",
    )


def shown(photo: Path) -> tuple[int, int]:
    with Image.open(photo) as opened:
        return ImageOps.exif_transpose(opened).size


@cache
def moving(size: tuple[int, int]) -> bytes:
    """A quarter of a second in the colours of a screen."""
    source = f"testsrc2=size={size[0]}x{size[1]}:rate=24:duration=0.25,format=yuv420p"
    coding = ("-c:v", "libx264", "-preset", "ultrafast", "-movflags", "frag_keyframe+empty_moov")
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, *coding, "-f", "mp4", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def rendered(
    workspace: Workspace, row: ledger.Asset, profile: str, size: tuple[int, int]
) -> ledger.Rendition:
    """A clip that a player would play, with a box at its end to tell it from any other."""
    mark = f"{row.pk} for {profile}".encode()
    content = moving(size) + struct.pack(">L4s", 8 + len(mark), b"free") + mark
    stored = workspace.store.copy_in(io.BytesIO(content))
    media = row.to_value().media
    picture = media.video.model_copy(update={"width": size[0], "height": size[1]})
    seconds = 0.25 if row.kind == Kind.VIDEO else None
    return ledger.Rendition.objects.create(
        asset=row,
        profile=profile,
        recipe="1",
        made_at=PUBLISHED_AT,
        sha256=stored.sha256,
        byte_count=stored.byte_count,
        suffix=".mp4" if row.kind == Kind.VIDEO else ".jpg",
        media=media.model_copy(update={"video": picture, "seconds": seconds}).model_dump(
            mode="json"
        ),
    )


def entry(cluster: str, row: ledger.Asset) -> Entry:
    return Entry(
        asset=row.pk,
        kind=Kind(row.kind),
        seconds=8,
        captions={},
        blobs={
            rendition.profile: Blob(
                target=f"{cluster}/{row.pk[:16]}.{rendition.profile}{rendition.suffix}",
                sha256=rendition.sha256,
                byte_count=rendition.byte_count,
            )
            for rendition in row.renditions.exclude(profile__in=portal.ROLES)
        },
    )


def published(
    *rows: ledger.Asset, name: str = "2026-11", clusters: tuple[str, ...] = ("lao-bao",)
) -> ledger.Edition:
    edition = ledger.Edition.objects.create(
        name=name,
        cycle="2026-11",
        state=State.PUBLISHED,
        number=ledger.Edition.objects.count() + 7,
        fingerprint="f" * 64,
        submitted_by="hoa",
        created_at=PUBLISHED_AT - timedelta(hours=8),
        published_at=PUBLISHED_AT,
    )
    for cluster in clusters:
        playlist = Playlist(
            cluster=cluster,
            cycle="2026-11",
            number=edition.number,
            show_from=PUBLISHED_AT,
            show_until=PUBLISHED_AT + timedelta(days=45),
            entries=tuple(entry(cluster, row) for row in rows),
        )
        edition.programmes.create(cluster=cluster, playlist=playlist.to_bytes())
    edition.submissions.create(
        number=edition.number,
        by="hoa",
        at=PUBLISHED_AT - timedelta(hours=3),
        fingerprint=edition.fingerprint,
        playlists={},
        captions=edition.words_to_submit(),
    )
    for hours, approver in ((2, "lan"), (1, "minh")):
        edition.signatures.create(
            approver=approver,
            at=PUBLISHED_AT - timedelta(hours=hours),
            by_cluster={},
            **ledger.Official.naming(approver),
        )
    return edition


def says(row: ledger.Asset, **changes: object) -> None:
    """Write a caption anew, as somebody does at the desk."""
    row.caption = row.to_caption().model_copy(update=changes).model_dump(mode="json")
    row.save()


@pytest.fixture
def clip(workspace: Workspace, samples: Path) -> ledger.Asset:
    row = admitted(workspace, samples / "big-buck-bunny.mp4", Kind.VIDEO)
    rendered(workspace, row, "lcd-1080p", (1920, 1080))
    rendered(workspace, row, "portrait-1080p", (1080, 1920))
    rendered(workspace, row, "led-wall", (960, 540))
    for_portal(workspace, row)
    return row


def for_portal(workspace: Workspace, row: ledger.Asset) -> None:
    for profile in portal.profiles(row.to_value().media):
        rendered(workspace, row, profile.name, (profile.width, profile.height))


@pytest.fixture
def photo(workspace: Workspace, samples: Path) -> ledger.Asset:
    row = admitted(workspace, samples / "storm-road.jpg", Kind.PHOTO)
    rendered(workspace, row, "lcd-1080p", (1920, 1080))
    return row


def files_of(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def only_package(workspace: Workspace) -> Path:
    came = syndicate.run(workspace, NOW)
    assert (came.nothing_new, came.refused) == ([], {})
    (package,) = came.packages
    return package


# --- What is made -------------------------------------------------------------------------------


def test_a_published_edition_becomes_one_verified_package(
    workspace: Workspace, tmp_path: Path, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    edition = published(clip, photo, clusters=("lao-bao", "cha-lo"))
    package = only_package(workspace)
    assert package == workspace.packages / "QTR-TTDN-2026-11_v01.zip"
    assert bag_check.findings(package, ours=True) == []
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "unpacked")
    bagit.Bag(str(tmp_path / "unpacked" / "QTR-TTDN-2026-11_v01")).validate()
    items = sorted(name for name in files_of(package) if name.startswith("data/items/"))
    assert items == [
        "data/items/QTR-2026-11-0001/dc.xml",
        "data/items/QTR-2026-11-0001/item.en.ninjs.json",
        "data/items/QTR-2026-11-0001/item.vi.ninjs.json",
        "data/items/QTR-2026-11-0001/media/QTR-2026-11-0001_original.jpg",
        "data/items/QTR-2026-11-0001/phieu_duyet.json",
        "data/items/QTR-2026-11-0001/schema.jsonld",
        "data/items/QTR-2026-11-0001/text/QTR-2026-11-0001.en.txt",
        "data/items/QTR-2026-11-0001/text/QTR-2026-11-0001.vi.txt",
        "data/items/QTR-2026-11-0002/dc.xml",
        "data/items/QTR-2026-11-0002/item.en.ninjs.json",
        "data/items/QTR-2026-11-0002/item.vi.ninjs.json",
        "data/items/QTR-2026-11-0002/media/QTR-2026-11-0002_1080p.mp4",
        "data/items/QTR-2026-11-0002/media/QTR-2026-11-0002_720p.mp4",
        "data/items/QTR-2026-11-0002/media/QTR-2026-11-0002_master.mp4",
        "data/items/QTR-2026-11-0002/media/QTR-2026-11-0002_poster.jpg",
        "data/items/QTR-2026-11-0002/phieu_duyet.json",
        "data/items/QTR-2026-11-0002/schema.jsonld",
        "data/items/QTR-2026-11-0002/text/QTR-2026-11-0002.en.txt",
        "data/items/QTR-2026-11-0002/text/QTR-2026-11-0002.vi.txt",
    ]
    row = edition.packages.get()
    assert (row.name, row.assets) == (package.name, 2)
    event = ledger.Event.objects.get()
    assert (event.act, event.subject, event.facts["sha256"]) == ("syndicate", "2026-11", row.sha256)
    assert audit.verify() == 1


def test_a_package_is_made_once(workspace: Workspace, clip: ledger.Asset) -> None:
    published(clip)
    only_package(workspace)
    assert syndicate.run(workspace, NOW) == syndicate.Syndicated()


def test_a_package_is_made_again_from_the_record_byte_for_byte(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip)
    only_package(workspace)
    published(clip, photo, name="2026-11-khan-1")
    path = only_package(workspace)
    first = path.read_bytes()
    says(photo, creator="Người khác")
    settings = (workspace.root / "cluster-feed.toml").read_text(encoding="utf-8")
    changed = settings.replace("Phòng", "Ban").replace("Quảng Trị", "Huế")
    (workspace.root / "cluster-feed.toml").write_text(changed, encoding="utf-8")
    ledger.Official.learn("lan", "Trần Thị Lan", "Giám đốc")
    path.unlink()
    assert syndicate.rebuild(Workspace.load(workspace.root), path.stem) == path
    assert path.read_bytes() == first


def test_a_package_that_comes_out_otherwise_is_named_and_put_nowhere(
    workspace: Workspace, clip: ledger.Asset
) -> None:
    published(clip)
    path = only_package(workspace)
    first = path.read_bytes()
    row = ledger.Package.objects.get()
    row.says["items"][0]["newsroom"] = "Ai đó"
    row.save()
    with pytest.raises(PackageMadeOtherwise, match=row.sha256[:10]):
        syndicate.rebuild(workspace, path.stem)
    assert path.read_bytes() == first
    row.says = {}
    row.save()
    with pytest.raises(PackageNotOnRecord):
        syndicate.rebuild(workspace, path.stem)


def test_no_package_is_made_before_it_says_whom_to_call(
    workspace: Workspace, clip: ledger.Asset
) -> None:
    published(clip)
    path = workspace.root / "cluster-feed.toml"
    path.write_text(SETTINGS.replace('phone = "0233 385 0000"', 'phone = " "'), encoding="utf-8")
    unsaid = Workspace.load(workspace.root)
    refused = syndicate.run(unsaid, NOW).refused["2026-11"]
    assert "[sender]" in str(refused)
    assert refused.facts == {"fields": "phone"}
    assert not workspace.packages.exists()
    only_package(workspace)


@pytest.mark.parametrize("address", ["", "https://quangtri.gov.vn/ttdn/bagit-profile.json"])
def test_the_profiles_own_validator_finds_a_package_valid(
    workspace: Workspace, tmp_path: Path, photo: ledger.Asset, address: str
) -> None:
    published(photo)
    path = workspace.root / "cluster-feed.toml"
    path.write_text(f'{SETTINGS}profile = "{address}"\n', encoding="utf-8")
    package = only_package(Workspace.load(workspace.root))
    assert bag_check.findings(package) == []
    assert bag_check.findings(package, ours=True) == []
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "unpacked")
    unpacked = tmp_path / "unpacked" / package.stem
    carried = json.loads((unpacked / "bagit-profile.json").read_text(encoding="utf-8"))
    identifier = carried["BagIt-Profile-Info"]["BagIt-Profile-Identifier"]
    assert identifier.startswith(address or "urn:uuid:")
    judge = bagit_profile.Profile(identifier, profile=carried)
    assert judge.validate_serialization(str(package))
    assert judge.validate(bagit.Bag(str(unpacked))), str(judge.report)
    lines = (unpacked / "bag-info.txt").read_text(encoding="utf-8")
    (unpacked / "bag-info.txt").write_text(lines.replace("Contact-Phone", "Phone"))
    assert not judge.validate(bagit.Bag(str(unpacked)))


def test_nothing_new_makes_no_package_and_says_so(workspace: Workspace, clip: ledger.Asset) -> None:
    clip.caption = caption(vietnam_vn=False).model_dump(mode="json")
    clip.save()
    published(clip)
    assert syndicate.run(workspace, NOW).nothing_new == ["2026-11"]
    assert syndicate.run(workspace, NOW) == syndicate.Syndicated()
    assert not workspace.packages.exists()


def test_what_lacks_something_stays_out_and_is_named(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    copied = Words(title="đường biên giới HỮU NGHỊ", alt_text="Dong co tren nui")
    says(photo, usage_terms="", words={**photo.to_caption().words, "en": copied})
    says(clip, licence_granted=False)
    published(clip, photo)
    came = syndicate.run(workspace, NOW)
    assert came.packages == []
    assert {each.asset: set(each.lacks) for each in came.held["2026-11"]} == {
        clip.pk: {Missing.LICENCE},
        photo.pk: {Missing.USAGE_TERMS, Missing.ENGLISH_TITLE, Missing.ENGLISH_ALT_TEXT},
    }
    says(clip, licence_granted=True)
    assert syndicate.run(workspace, NOW) == syndicate.Syndicated()  # it was not approved so
    published(clip, photo, name="2026-11-khan-1")
    came = syndicate.run(workspace, NOW)
    assert [each.asset for each in came.held["2026-11-khan-1"]] == [photo.pk]
    assert len(came.packages) == 1


def test_what_nobody_may_use_any_more_stays_out(workspace: Workspace, clip: ledger.Asset) -> None:
    says(clip, rights_until=NOW.date() - timedelta(days=1))
    published(clip)
    (held,) = syndicate.run(workspace, NOW).held["2026-11"]
    assert held.lacks == (Missing.RIGHTS,)


def test_what_the_portal_gets_is_what_was_approved_and_not_what_was_written_since(
    workspace: Workspace, clip: ledger.Asset
) -> None:
    edition = published(clip)
    says(clip, usage_terms="Tùy ý", words={"vi": Words(title="Khác"), "en": Words(title="Other")})
    files = files_of(only_package(workspace))
    head, row = cells(files, "Danh mục")
    told = dict(zip(head, row, strict=True))
    assert told["Tiêu đề (vi)"] == "Đường biên giới hữu nghị"
    assert told["Điều kiện sử dụng"] == "Ghi nguồn khi đăng lại"
    slip = json.loads(files["data/items/QTR-2026-11-0001/phieu_duyet.json"])
    assert slip["words_sha256"] == edition.submissions.get().words
    says(clip, **caption("Đường biên giới mới").__dict__)
    published(clip, name="2026-11-khan-1")
    head, row = cells(files_of(only_package(workspace)), "Danh mục")
    told = dict(zip(head, row, strict=True))
    assert (told["Tiêu đề (vi)"], told["Tình trạng"]) == ("Đường biên giới mới", "cập nhật")


def test_an_edition_made_from_what_is_live_keeps_the_words_that_were_approved(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip, photo)
    only_package(workspace)
    says(clip, creator="Người khác")
    live = ledger.Edition.objects.get()
    derived = ledger.Edition.objects.create(
        name="2026-11-thu-hoi-1",
        cycle="2026-11",
        urgent=True,
        derived=True,
        state=State.DRAFT,
        fingerprint="e" * 64,
        created_at=NOW,
    )
    derived.programmes.create(cluster="lao-bao", playlist=live.programmes.get().playlist)
    assert derived.words_to_submit() == live.submissions.get().captions


@pytest.mark.parametrize("state", sorted(set(State) - {State.PUBLISHED}))
def test_only_what_is_published_is_given(
    workspace: Workspace, clip: ledger.Asset, state: State
) -> None:
    edition = published(clip)
    edition.state = state
    edition.save()
    assert syndicate.run(workspace, NOW) == syndicate.Syndicated()


def test_what_is_proposed_but_not_in_the_edition_stays_here(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip)
    names = files_of(only_package(workspace))
    assert not any("0002" in name for name in names)
    assert photo.pk.encode() not in b"".join(names.values())


def test_a_second_edition_of_a_cycle_gives_the_next_version_and_goes_on_counting(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip)
    only_package(workspace)
    published(photo, name="2026-11-khan-1")
    package = only_package(workspace)
    assert package.name == "QTR-TTDN-2026-11_v02.zip"
    assert "data/items/QTR-2026-11-0002/dc.xml" in files_of(package)


def test_what_the_portal_has_already_is_not_given_again(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip)
    only_package(workspace)
    published(clip, photo, name="2026-11-khan-1")
    files = files_of(only_package(workspace))
    assert {name.split("/")[2] for name in files if name.startswith("data/items/")} == {
        "QTR-2026-11-0002"
    }
    published(clip, photo, name="2026-11-khan-2")
    assert syndicate.run(workspace, NOW).nothing_new == ["2026-11-khan-2"]


def test_an_asset_keeps_its_code_when_it_has_changed(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(photo, clip)
    only_package(workspace)
    says(clip, **caption("Tên đã sửa").__dict__)
    later = published(clip, photo, name="2026-12")
    later.cycle = "2026-12"
    later.save()
    head, row, *others = cells(files_of(only_package(workspace)), "Danh mục")
    told = dict(zip(head, row, strict=True))
    assert others == []
    assert (told["Mã"], told["Tình trạng"], told["Lần cung cấp"]) == (
        "QTR-2026-11-0002",
        "cập nhật",
        2,
    )


def test_what_was_taken_back_is_named_once_with_its_code(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip, photo)
    document = "data/items/QTR-2026-11-0002/item.en.ninjs.json"
    given = json.loads(files_of(only_package(workspace))[document])
    edition = published(photo, name="2026-11-thu-hoi-1")
    ledger.Withdrawal.objects.create(
        asset=clip, at=NOW, by="lan", reason="=Sai tên địa danh", edition=edition
    )
    files = files_of(only_package(workspace))
    assert cells(files, "Danh mục")[1:] == []
    canceled = json.loads(files["data/withdrawn/QTR-2026-11-0002/item.en.ninjs.json"])
    assert canceled["pubStatus"] == "canceled"
    assert canceled["uri"] == given["uri"]
    assert (canceled["version"], given["version"]) == ("2", "1")
    _, (code, title, reason, _) = cells(files, "Thu hồi")
    assert (code, title, reason) == (
        "QTR-2026-11-0002",
        "Đường biên giới hữu nghị",
        "=Sai tên địa danh",
    )
    published(photo, name="2026-11-khan-1")
    assert syndicate.run(workspace, NOW).nothing_new == ["2026-11-khan-1"]


def test_a_withdrawal_that_nobody_has_signed_yet_takes_nothing_back(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip)
    only_package(workspace)
    request = published(photo, name="2026-11-thu-hoi-1")
    request.state = State.SUBMITTED
    request.save()
    ledger.Withdrawal.objects.create(asset=clip, at=NOW, by="lan", reason="?", edition=request)
    published(clip, photo, name="2026-11-khan-1")
    files = files_of(only_package(workspace))
    assert cells(files, "Thu hồi")[1:] == []


def test_a_newsroom_that_no_longer_proposes_its_asset_takes_it_back(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip, photo)
    only_package(workspace)
    says(clip, vietnam_vn=False)
    assert syndicate.run(workspace, NOW) == syndicate.Syndicated()  # it goes with the next
    published(clip, photo, name="2026-11-khan-1")
    _, row = cells(files_of(only_package(workspace)), "Thu hồi")
    assert row[0] == "QTR-2026-11-0002"
    says(clip, vietnam_vn=True)
    published(clip, photo, name="2026-11-khan-2")
    head, row = cells(files_of(only_package(workspace)), "Danh mục")
    told = dict(zip(head, row, strict=True))
    assert (told["Mã"], told["Lần cung cấp"]) == ("QTR-2026-11-0002", 3)


def test_what_may_not_be_shown_any_more_is_told_at_once_in_the_cycle_of_today(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip)
    only_package(workspace)
    later = published(photo, name="2026-12")
    later.cycle = "2026-12"
    later.save()
    only_package(workspace)
    ledger.Withdrawal.objects.create(asset=clip, at=NOW, by="lan", reason="sai tên")
    told_at = NOW + timedelta(days=90)
    (package,) = syndicate.run(workspace, told_at).packages
    assert package.name == "QTR-TTDN-2026-12_v02.zip"
    files = files_of(package)
    assert b"Bagging-Date: 2027-02-24\n" in files["bag-info.txt"]
    assert cells(files, "Thu hồi")[1][:3] == [
        "QTR-2026-11-0001",
        "Đường biên giới hữu nghị",
        "sai tên",
    ]
    assert syndicate.run(workspace, told_at) == syndicate.Syndicated()


def test_what_is_not_declared_any_more_is_taken_back_at_once(
    workspace: Workspace, clip: ledger.Asset
) -> None:
    published(clip)
    only_package(workspace)
    says(clip, no_state_secrets=False)
    assert cells(files_of(only_package(workspace)), "Thu hồi")[1][0] == "QTR-2026-11-0001"


def test_an_edition_that_waited_longer_does_not_bring_older_words_back(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    late = published(clip, photo)
    path = workspace.store.path(photo.pk)
    whole = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(whole[:-1] + b"?")
    says(clip, creator="Tác giả đúng")
    published(clip, name="2026-11-khan-1")
    came = syndicate.run(workspace, NOW)
    assert (list(came.refused), len(came.packages)) == ([late.name], 1)
    path.write_bytes(whole)
    head, row = cells(files_of(only_package(workspace)), "Danh mục")
    assert dict(zip(head, row, strict=True))["Loại hình"] == "Ảnh"


def test_the_history_tells_the_packages_before_and_every_version(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip)
    only_package(workspace)
    says(clip, creator="Tác giả đúng")
    published(clip, photo, name="2026-11-khan-1")
    files = files_of(only_package(workspace))
    history = [row[1:] for row in cells(files, "Lịch sử")[1:]]
    first, this = "QTR-TTDN-2026-11_v01", "QTR-TTDN-2026-11_v02"
    code = "QTR-2026-11-0001"
    assert history[0] == ["Gói trước: 1 mới, 0 cập nhật, 0 thu hồi", None, None, None, first]
    assert ["Lần trước: mới", None, code, 1, first] in history
    assert ["Gói này: cập nhật", None, code, 2, this] in history
    assert f"sau gói {first}".encode() in files["bag-info.txt"]
    assert b">QTR-2026-11-0001 v1 (QTR-TTDN-2026-11_v01)<" in files[f"data/items/{code}/dc.xml"]
    linked = json.loads(files[f"data/items/{code}/schema.jsonld"])
    assert linked["isBasedOn"]["version"] == 1
    assert json.loads(files["data/catalogue.jsonld"])["isBasedOn"] == first


def test_who_approved_is_named_as_on_the_day_of_the_signature(
    workspace: Workspace, clip: ledger.Asset
) -> None:
    ledger.Official.learn("lan", "Nguyễn Thị Lan", "Phó Giám đốc Sở")
    published(clip)
    ledger.Official.learn("lan", "Nguyễn Thị Lan", "Giám đốc Sở")
    files = files_of(only_package(workspace))
    approvers = "Nguyễn Thị Lan, Phó Giám đốc Sở; minh"
    assert ["Người duyệt", approvers] in cells(files, "Bìa")
    head, row = cells(files, "Danh mục")
    assert dict(zip(head, row, strict=True))["Người duyệt"] == approvers
    slip = json.loads(files["data/items/QTR-2026-11-0001/phieu_duyet.json"])
    assert slip["approved"][0] | {"at": ""} == {
        "by": "lan",
        "name": "Nguyễn Thị Lan",
        "office": "Phó Giám đốc Sở",
        "at": "",
    }


def test_a_correct_one_is_the_next_version_of_what_it_replaces(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip)
    only_package(workspace)
    ledger.Replacement.objects.create(old=clip, new=photo, at=NOW, by="lan")
    edition = published(photo, name="2026-11-khan-1")
    ledger.Withdrawal.objects.create(asset=clip, at=NOW, by="lan", reason="sai", edition=edition)
    files = files_of(only_package(workspace))
    head, row = cells(files, "Danh mục")
    told = dict(zip(head, row, strict=True))
    assert (told["Mã"], told["Lần cung cấp"]) == ("QTR-2026-11-0001", 2)
    assert told["Tình trạng"] == "cập nhật"
    assert cells(files, "Thu hồi")[1:] == []  # the code is the correct one's now
    published(photo, name="2026-11-khan-2")
    assert syndicate.run(workspace, NOW).nothing_new == ["2026-11-khan-2"]


def test_a_damaged_master_stops_its_package_alone(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip)
    published(photo, name="2026-11-khan-1")
    path = workspace.store.path(clip.pk)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    came = syndicate.run(workspace, NOW)
    assert isinstance(came.refused["2026-11"], StoreDamaged)
    assert [package.name for package in came.packages] == ["QTR-TTDN-2026-11_v01.zip"]
    assert list((workspace.root / "store" / ".incoming").iterdir()) == []


def test_a_missing_rendition_is_named(workspace: Workspace, clip: ledger.Asset) -> None:
    published(clip)
    gone = str(clip.renditions.get(profile="vietnam-vn-720p").sha256)
    workspace.store.path(gone).unlink()
    assert gone in str(syndicate.run(workspace, NOW).refused["2026-11"])


def test_a_clip_too_large_for_the_portal_goes_as_its_renditions(
    workspace: Workspace, clip: ledger.Asset
) -> None:
    clip.byte_count = 500_000_001
    clip.save()
    published(clip)
    files = files_of(only_package(workspace))
    head, row = cells(files, "Danh mục")
    assert dict(zip(head, row, strict=True))["Lưu ý"] == "Không kèm video gốc"
    media = sorted(name for name in files if "/media/" in name)
    assert [name.rpartition("_")[2] for name in media] == ["1080p.mp4", "720p.mp4", "poster.jpg"]


def test_a_clip_that_tells_where_it_was_filmed_goes_as_its_renditions(
    workspace: Workspace, samples: Path, tmp_path: Path
) -> None:
    phone = tmp_path / "phone.mp4"
    source = samples / "big-buck-bunny.mp4"
    tag = ("-metadata", "location=+16.6200+106.6000/")
    subprocess.run(["ffmpeg", "-v", "error", "-i", source, "-c", "copy", *tag, phone], check=True)
    row = admitted(workspace, phone, Kind.VIDEO)
    rendered(workspace, row, "led-wall", (960, 540))
    for_portal(workspace, row)
    published(row)
    media = sorted(name for name in files_of(only_package(workspace)) if "/media/" in name)
    assert [name.rpartition("_")[2] for name in media] == ["1080p.mp4", "720p.mp4", "poster.jpg"]


def test_no_screen_s_rendition_is_given(workspace: Workspace, clip: ledger.Asset) -> None:
    published(clip)
    given = {
        hashlib.sha256(each).hexdigest() for each in files_of(only_package(workspace)).values()
    }
    of_screens = clip.renditions.exclude(profile__in=portal.ROLES)
    assert given.isdisjoint(of_screens.values_list("sha256", flat=True))
    assert given > set(
        clip.renditions.filter(profile__in=portal.ROLES).values_list("sha256", flat=True)
    )


def test_a_package_waits_for_the_portal_s_copies_and_says_of_what(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    clip.renditions.filter(profile="vietnam-vn-720p").delete()
    published(clip, photo)
    refused = syndicate.run(workspace, NOW).refused["2026-11"]
    assert isinstance(refused, NotMadeForPortal)
    assert refused.facts == {"edition": "2026-11", "assets": "Đường biên giới hữu nghị"}
    assert not workspace.packages.exists()
    rendered(workspace, clip, "vietnam-vn-720p", (1280, 720))
    only_package(workspace)


def test_a_copy_that_could_not_be_made_is_left_out(
    workspace: Workspace, clip: ledger.Asset
) -> None:
    published(clip)
    clip.renditions.filter(profile__in=portal.ROLES).update(code="cannot-be-normalized")
    media = {
        name.rpartition("_")[2]: content
        for name, content in files_of(only_package(workspace)).items()
        if "/media/" in name
    }
    assert sorted(media) == ["master.mp4", "poster.jpg"]
    with Image.open(io.BytesIO(media["poster.jpg"])) as picture:
        assert picture.size == (1920, 1080)


def test_a_copy_too_large_for_the_portal_stays_here(
    workspace: Workspace, clip: ledger.Asset
) -> None:
    published(clip)
    clip.renditions.filter(profile="vietnam-vn-1080p").update(byte_count=500_000_001)
    names = files_of(only_package(workspace))
    assert not any(name.endswith("_1080p.mp4") for name in names)


def test_an_own_file_that_is_a_copy_as_it_stands_is_given_once(
    workspace: Workspace, clip: ledger.Asset
) -> None:
    published(clip)
    clip.renditions.filter(profile="vietnam-vn-1080p").update(sha256=clip.pk)
    files = files_of(only_package(workspace))
    media = sorted(name.rpartition("_")[2] for name in files if "/media/" in name)
    assert media == ["1080p.mp4", "720p.mp4", "poster.jpg"]
    head, row = cells(files, "Danh mục")
    assert dict(zip(head, row, strict=True))["Lưu ý"] is None


def test_a_photo_is_given_without_what_its_camera_wrote(
    workspace: Workspace, samples: Path, tmp_path: Path
) -> None:
    source = tmp_path / "phone.jpg"
    shutil.copyfile(samples / "storm-road.jpg", source)
    subprocess.run(
        [
            *("exiftool", "-q", "-overwrite_original"),
            *("-GPSLatitude=16.62", "-GPSLongitude=106.6", "-Orientation#=6"),
            *("-XMP:GPSLatitude=16.62", "-Comment=at home", source),
        ],
        check=True,
    )
    row = admitted(workspace, source, Kind.PHOTO)
    rendered(workspace, row, "lcd-1080p", (1920, 1080))
    published(row)
    files = files_of(only_package(workspace))
    content = files["data/items/QTR-2026-11-0001/media/QTR-2026-11-0001_original.jpg"]
    with Image.open(source) as before, Image.open(io.BytesIO(content)) as given:
        assert given.tobytes() == before.tobytes()
        assert given.quantization == before.quantization  # type: ignore[attr-defined]
    says = told(content, "-EXIF:all", "-File:all", "-Composite:all", "-JFIF:all")
    assert (says["Orientation"], says["ColorSpace"]) == ("Rotate 90 CW", "sRGB")
    assert not [name for name in says if "GPS" in name or name in {"Comment", "Make", "Model"}]
    assert b"16.62" not in content
    assert b"at home" not in content


def test_a_photo_that_is_no_jpeg_is_given_as_one(
    workspace: Workspace, samples: Path, tmp_path: Path
) -> None:
    with Image.open(samples / "storm-road.jpg") as photo:
        photo.save(tmp_path / "storm.png", compress_level=1)
    row = admitted(workspace, tmp_path / "storm.png", Kind.PHOTO)
    row.media["container"] = "png"
    row.save()
    rendered(workspace, row, "lcd-1080p", (1920, 1080))
    published(row)
    media = {
        name.rpartition("_")[2]: content
        for name, content in files_of(only_package(workspace)).items()
        if "/media/" in name
    }
    assert set(media) == {"full.jpg"}
    says = told(media["full.jpg"], "-EXIF:all", "-ICC_Profile:all", "-IPTC:all")
    assert (says["ColorSpace"], says["ProfileDescription"]) == ("sRGB", "sRGB built-in")
    assert says["By-line"] == "Nguyễn Văn A"


def test_a_photo_is_given_in_the_sizes_that_it_exceeds(workspace: Workspace, samples: Path) -> None:
    row = admitted(workspace, samples / "mountain-meadow.jpg", Kind.PHOTO)
    rendered(workspace, row, "lcd-1080p", (1920, 1080))
    published(row)
    sizes = {}
    for name, content in files_of(only_package(workspace)).items():
        if "/media/" in name:
            with Image.open(io.BytesIO(content)) as copy:
                sizes[name.rpartition("_")[2]] = copy.size
    assert sizes == {
        "original.jpg": (3088, 2056),
        "3000.jpg": (3000, 1997),
        "1920.jpg": (1920, 1278),
    }


def told(jpeg: bytes, *groups: str) -> dict[str, object]:
    """What exiftool, which others use, reads of a picture."""
    wanted = groups or ("-XMP:all", "-GPS:all")
    command = ["exiftool", "-json", "-struct", *wanted, "-"]
    read = subprocess.run(command, input=jpeg, check=True, capture_output=True)
    (found,) = json.loads(read.stdout)
    return dict(found)


def test_a_photo_says_what_it_shows_wherever_it_goes(
    workspace: Workspace, photo: ledger.Asset
) -> None:
    published(photo)
    files = files_of(only_package(workspace))
    says = told(files["data/items/QTR-2026-11-0001/media/QTR-2026-11-0001_original.jpg"])
    terms = (
        "Ghi nguồn khi đăng lại; Cho phép Bộ Văn hóa, Thể thao và Du lịch đăng tải, khai thác "
        "trên Vietnam.vn"
    )
    assert {name: says[name] for name in says if name not in {"SourceFile", "XMPToolkit"}} == {
        "About": urn(photo.pk),
        "Identifier": "QTR-2026-11-0001",
        "Headline": "Đường biên giới hữu nghị",
        "Title": "Đường biên giới hữu nghị",
        "Title-vi": "Đường biên giới hữu nghị",
        "Title-en": "A border of friendship",
        "Description": "Mô tả",
        "Description-vi": "Mô tả",
        "Description-en": "Description",
        "AltTextAccessibility": "Đồng cỏ trên núi",
        "AltTextAccessibility-vi": "Đồng cỏ trên núi",
        "AltTextAccessibility-en": "A mountain meadow",
        "Creator": ["Nguyễn Văn A"],
        "Contributor": ["Trần Văn B"],
        "Language": ["vi"],
        "Credit": "Báo và phát thanh, truyền hình Quảng Trị / QTV",
        "Source": "Biên giới",
        "DateCreated": "2026:10:03",
        "Rights": "© Báo Quảng Trị",
        "Rights-vi": "© Báo Quảng Trị",
        "Marked": True,
        "Owner": ["Báo Quảng Trị"],
        "UsageTerms": terms,
        "UsageTerms-vi": terms,
        "UsageTerms-en": (
            "The Ministry of Culture, Sports and Tourism may publish and use it on Vietnam.vn"
        ),
        "DigitalSourceType": DigitalSource.EDITED.newscode,
        "ModelReleaseStatus": "Unlimited Model Releases",
        "ModifyDate": "2026:11:26 08:00:00+07:00",
        "MetadataDate": "2026:11:26 08:00:00+07:00",
        "Subject": [*Theme.BORDER.label, *Theme.LAOS.label],
        "LocationShown": [
            {"LocationName": place, "LocationName-vi": place} for place in ("Lao Bảo", "Hướng Hóa")
        ],
    }


def test_a_clip_is_stood_for_by_a_frame_of_its_own_shape(
    workspace: Workspace, clip: ledger.Asset
) -> None:
    published(clip)
    files = files_of(only_package(workspace))
    poster = files["data/items/QTR-2026-11-0001/media/QTR-2026-11-0001_poster.jpg"]
    with Image.open(io.BytesIO(poster), formats=["JPEG"]) as picture:
        assert picture.size == (1920, 1080)
    assert told(poster)["Headline"] == "Đường biên giới hữu nghị"
    linked = json.loads(files["data/items/QTR-2026-11-0001/schema.jsonld"])
    assert linked["thumbnailUrl"] == "media/QTR-2026-11-0001_poster.jpg"


def test_a_rendition_that_rotted_gives_no_poster(workspace: Workspace, clip: ledger.Asset) -> None:
    published(clip)
    path = workspace.store.path(clip.renditions.get(profile="vietnam-vn-1080p").sha256)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert isinstance(syndicate.run(workspace, NOW).refused["2026-11"], StoreDamaged)


# --- Whether it is what it says -----------------------------------------------------------------

FIRST = "items/QTR-2026-11-0001"


def changed(path: str, before: bytes, after: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(payload: dict[str, bytes]) -> None:
        assert before in payload[path]
        payload[path] = payload[path].replace(before, after)

    return change


def another_hash_in_the_workbook(payload: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(payload["DANH_MUC.xlsx"]))
    book["Tệp"]["K2"] = "0" * 64
    written = io.BytesIO()
    book.save(written)
    payload["DANH_MUC.xlsx"] = written.getvalue()


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        (changed(f"{FIRST}/item.vi.ninjs.json", b'"urn:uuid:', b'"no address: '), Flaw.NOT_NINJS),
        (changed(f"{FIRST}/item.vi.ninjs.json", b'"title"', b'"titel"'), Flaw.NOT_NINJS),
        (changed(f"{FIRST}/item.vi.ninjs.json", b'"ni:///', b'"ni:///x'), Flaw.TOLD_OTHERWISE),
        (changed(f"{FIRST}/item.vi.ninjs.json", b"{", b"["), Flaw.BAD_DOCUMENT),
        (changed(f"{FIRST}/dc.xml", b"<dc:title", b"<dc:titel"), Flaw.BAD_DOCUMENT),
        (changed(f"{FIRST}/dc.xml", b"QTR-2026-11-0001", b"QTR-2026-11-0009"), Flaw.TOLD_OTHERWISE),
        (changed(f"{FIRST}/schema.jsonld", b'"sha256": "', b'"sha256": "0'), Flaw.TOLD_OTHERWISE),
        (
            changed("catalogue.jsonld", b"QTR-2026-11-0001", b"QTR-2026-11-0009"),
            Flaw.TOLD_OTHERWISE,
        ),
        (changed(f"{FIRST}/phieu_duyet.json", b'.jpg": "', b'.jpg": "0'), Flaw.TOLD_OTHERWISE),
        (
            changed(
                f"{FIRST}/media/QTR-2026-11-0001_original.jpg", b"ns.adobe.com/xap/1.0/", b"x" * 21
            ),
            Flaw.SAYS_NOTHING,
        ),
        (another_hash_in_the_workbook, Flaw.TOLD_OTHERWISE),
        (lambda payload: payload.update({"DANH_MUC.xlsx": b"PK\x03\x04"}), Flaw.BAD_DOCUMENT),
        (lambda payload: payload.update({"ảnh.txt": b""}), Flaw.NOT_ASCII),
        (lambda payload: payload.pop("HUONG_DAN.txt"), Flaw.LACKS),
        (lambda payload: payload.pop(f"{FIRST}/dc.xml"), Flaw.LACKS),
        (lambda payload: payload.pop(f"{FIRST}/media/QTR-2026-11-0001_original.jpg"), Flaw.LACKS),
        (lambda payload: payload.update({"catalogue.jsonld": b"[" * 9000}), Flaw.BAD_DOCUMENT),
    ],
)
def test_a_package_whose_papers_are_not_as_they_should_be_is_found(
    package_of_a_photo: dict[str, bytes],
    tmp_path: Path,
    change: Callable[[dict[str, bytes]], None],
    flaw: Flaw,
) -> None:
    payload = {
        name.removeprefix("data/"): content
        for name, content in package_of_a_photo.items()
        if name.startswith("data/")
    }
    change(payload)
    info = [
        (label, value)
        for label, _, value in (
            line.partition(": ")
            for line in package_of_a_photo["bag-info.txt"].decode().splitlines()
        )
        if label not in {"Bagging-Date", "Payload-Oxum", "Bag-Size"}
    ]
    tags = {"bagit-profile.json": package_of_a_photo["bagit-profile.json"]}
    again = tmp_path / "again.zip"
    bag.write(again, "QTR", payload, info, NOW, tags)
    found = bag_check.findings(again)
    assert flaw in {each.flaw for each in found if each.grave}
    assert len(found) < 10


_MADE: dict[str, bytes] = {}


@pytest.fixture
def package_of_a_photo(request: pytest.FixtureRequest) -> dict[str, bytes]:
    """Made once, and taken apart by many."""
    if not _MADE:
        published(request.getfixturevalue("photo"))
        _MADE.update(files_of(only_package(request.getfixturevalue("workspace"))))
    return dict(_MADE)


# --- What it says -------------------------------------------------------------------------------


def cells(files: dict[str, bytes], sheet: str) -> list[list[object]]:
    book = openpyxl.load_workbook(io.BytesIO(files["data/DANH_MUC.xlsx"]))
    rows = list(book[sheet].iter_rows())
    assert not [cell for row in rows for cell in row if cell.data_type == "f"]
    return [[cell.value for cell in row] for row in rows]


def test_the_workbook_has_real_dates_and_every_file(
    workspace: Workspace, clip: ledger.Asset, photo: ledger.Asset
) -> None:
    published(clip, photo)
    files = files_of(only_package(workspace))
    head, _, of_clip = cells(files, "Danh mục")
    row = dict(zip(head, of_clip, strict=True))
    assert row["Mã"] == "QTR-2026-11-0002"
    assert row["Ngày phát sóng"] == datetime(2026, 10, 25)  # noqa: DTZ001  a sheet has no zones
    assert row["Ngày phát hành"] == datetime(2026, 11, 25)  # noqa: DTZ001
    assert (row["Chủ đề 1"], row["Chủ đề 3"]) == (Theme.BORDER.label.vi, None)
    assert row["Cơ quan cung cấp"] == "Báo và phát thanh, truyền hình Quảng Trị"
    listed = {str(row[1]): row[-1] for row in cells(files, "Tệp")[1:]}
    manifest = files["manifest-sha256.txt"].decode()
    assert listed
    assert all(f"{sha256}  {path}\n" in manifest for path, sha256 in listed.items())
    book = openpyxl.load_workbook(io.BytesIO(files["data/DANH_MUC.xlsx"]))
    assert book.sheetnames == ["Bìa", "Danh mục", "Tệp", "Thu hồi", "Chủ đề", "Lịch sử"]
    assert book["Danh mục"].freeze_panes == "B2"
    assert book["Danh mục"]["A2"].parent.data_validations.count == 8


def test_the_records_tell_who_approved_and_what(workspace: Workspace, clip: ledger.Asset) -> None:
    published(clip, clusters=("cha-lo", "lao-bao"))
    files = files_of(only_package(workspace))
    slip = json.loads(files["data/items/QTR-2026-11-0001/phieu_duyet.json"])
    assert [each["by"] for each in slip["approved"]] == ["lan", "minh"]
    assert slip["approved"][0]["at"] == "2026-11-25T16:00:00+07:00"
    assert (slip["number"], slip["fingerprint"]) == (7, "f" * 64)
    assert slip["clusters"] == ["cha-lo", "lao-bao"]
    assert len(slip["approved_renditions_sha256"]) == 3


def test_the_json_ld_is_a_video_with_its_files(workspace: Workspace, clip: ledger.Asset) -> None:
    published(clip)
    files = files_of(only_package(workspace))
    document = json.loads(files["data/items/QTR-2026-11-0001/schema.jsonld"])
    assert document["@type"] == "VideoObject"
    assert document["duration"] == "PT1M5.25S"
    assert document["publication"]["startDate"] == "2026-10-25"
    assert {"@language": "en", "@value": "A border of friendship"} in document["name"]
    for encoding in document["encoding"]:
        content = files[f"data/items/QTR-2026-11-0001/{encoding['contentUrl']}"]
        assert len(content) == int(encoding["contentSize"])


@pytest.mark.parametrize(
    "change",
    [
        lambda says: says.update(genre=None, places=[], valid_until=None),
        lambda says: says.update(created_on="1885-07-05"),
        lambda says: says.update(created_on="0001-01-01", valid_until="9999-12-31"),
        lambda says: says.update(places=["Lao Bảo"] * 10_000),
        lambda says: says["words"].update({"zh-Hant": {"title": "x"}, "zh-hant": {"title": "y"}}),
        lambda says: says["words"].update({"bru": {"title": "x"}, "zh-Hant": {"title": "y"}}),
    ],
    ids=[
        "little",
        "before Excel's first day",
        "the ends of time",
        "long",
        "a twin",
        "many languages",
    ],
)
def test_an_odd_caption_makes_a_package(
    workspace: Workspace, clip: ledger.Asset, change: Callable[[dict[str, object]], None]
) -> None:
    change(clip.caption)
    clip.save()
    published(clip)
    cells(files_of(only_package(workspace)), "Danh mục")


@pytest.mark.parametrize(
    "name", ["clip.exe", "clip", "クリップ", "a/../b.mp4\0", ".mp4", "CLIP.MXF"]
)
def test_a_newsroom_s_file_name_never_names_a_file_in_the_package(
    workspace: Workspace, clip: ledger.Asset, name: str
) -> None:
    clip.name = name
    clip.save()
    published(clip)
    names = files_of(only_package(workspace))
    masters = [each for each in names if "_master" in each]
    assert {each.rpartition(".")[2] for each in masters} <= {"bin", "mp4", "mxf"}
