import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from cluster_feed.adapters import clips, stills
from cluster_feed.adapters.coders import Order
from cluster_feed.adapters.probe import probe
from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Cue
from cluster_feed.core.errors import CannotBeNormalized, DiskFull, ToolMissing
from cluster_feed.core.finding import Flaw
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import normalize, status
from cluster_feed.pipeline.normalize import Made
from cluster_feed.workspace import Workspace
from demo import material
from tests import oddities

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
Make = Callable[[Path], Path]

PROFILE = """
name = "{name}"
title = "{name}"
width = {width}
height = {height}
fps = "25"
fit = "blur"
bitrate_kbps = 1500
{sound}
"""
CLUSTER = """
name = "lao-bao"
title = "Lao Bảo"
gate = "Lao Bảo"
[node]
host = "127.0.0.1"
user = "feed"
host_key = "ssh-ed25519 AAAA"
[[screens]]
name = "hall"
title = "Hall"
profile = "hall"
[[screens]]
name = "wall"
title = "Wall"
profile = "wall"
"""


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    return lay_out(tmp_path / "hub")


def lay_out(root: Path) -> Workspace:
    for folder in ("profiles", "playlists"):
        (root / folder).mkdir(parents=True)
    (root / "cluster-feed.toml").write_text("[normalizing]\nworkers = 2\n", encoding="utf-8")
    hall = PROFILE.format(name="hall", width=320, height=180, sound="loudness_lufs = -23.0")
    wall = PROFILE.format(name="wall", width=128, height=256, sound="")
    (root / "profiles" / "hall.toml").write_text(hall, encoding="utf-8")
    (root / "profiles" / "wall.toml").write_text(wall, encoding="utf-8")
    (root / "playlists" / "lao-bao.toml").write_text(CLUSTER, encoding="utf-8")
    return Workspace.load(root)


def admit(workspace: Workspace, make: Make) -> ledger.Asset:
    """Do what the intake does with a file."""
    path = make(workspace.root / make.__name__)
    media = probe(path)
    with path.open("rb") as content:
        stored = workspace.store.copy_in(content)
    return ledger.Asset.objects.create(
        sha256=stored.sha256,
        kind=media.kind,
        newsroom="dai",
        name=f"Tin/{make.__name__}.mp4",
        byte_count=stored.byte_count,
        received_at=NOW,
        media=media.media.model_dump(mode="json"),
        caption={},
    )


def nothing_is_left(workspace: Workspace) -> bool:
    return not list((workspace.root / "store" / ".incoming").iterdir())


def test_every_asset_is_made_for_every_screen(workspace: Workspace) -> None:
    clip, photo = admit(workspace, oddities.plain), admit(workspace, oddities.progressive)
    told: list[tuple[str, float]] = []
    done = normalize.run(workspace, NOW, lambda what, part: told.append((what, part)))
    assert done == Made(renditions=4)
    made = {(row.asset_id, row.profile): row.to_value() for row in ledger.Rendition.objects.all()}
    assert set(made) == {(each.sha256, name) for each in (clip, photo) for name in ("hall", "wall")}
    for each in made.values():
        assert workspace.store.verify(each.sha256).stat().st_size == each.byte_count
    hall, wall = made[clip.sha256, "hall"], made[clip.sha256, "wall"]
    assert hall.media.audio[0].loudness_lufs == pytest.approx(-23, abs=0.5)
    assert len(hall.media.audio[0].course_lufs) == 2
    assert hall.media.seconds == pytest.approx(2, abs=0.05)
    assert hall.decision == (
        "full: colours not named BT.709; h264, 320x180, fills the screen, sound -27.8 to -23.0 LUFS"
    )
    assert wall.media.audio == ()
    assert wall.decision == (
        "full: 320x180 instead of 128x256, colours not named BT.709; "
        "h264, 320x180, blurred bars around 128x72, no sound"
    )
    assert (hall.suffix, made[photo.sha256, "hall"].suffix) == (".mp4", ".jpg")
    assert all(0 <= part <= 1 for _, part in told)
    assert audit.verify() == 4
    (by,) = {event.facts["ffmpeg"] for event in ledger.Event.objects.filter(act="normalize")}
    said = subprocess.run(["ffmpeg", "-version"], check=True, capture_output=True, text=True).stdout
    assert said.startswith(f"ffmpeg version {by} ")
    assert nothing_is_left(workspace)


def stands_still(to: Path) -> Path:
    """A clip whose picture stands still from the second second on."""
    picture = f"{oddities.SMALL},loop=loop=200:size=1:start=49,trim=end=9,setpts=N/25/TB"
    return oddities.clip(to, picture, *oddities.FAST_H264)


def test_what_is_found_is_told_once_with_a_still_and_its_place_in_the_store(
    workspace: Workspace,
) -> None:
    asset = admit(workspace, stands_still)
    normalize.run(workspace, NOW)
    hall, wall = (row.to_findings() for row in ledger.Rendition.objects.order_by("profile"))
    assert [each.flaw for each in hall] == [Flaw.FREEZE]
    assert [each.flaw for each in wall] == [Flaw.FREEZE]
    assert hall == wall
    assert hall[0].still
    with Image.open(workspace.store.path(hall[0].still)) as still:
        assert (still.format, still.size) == ("JPEG", (640, 360))
    assert ledger.Rendition.found(workspace.wanted_profiles) == {asset.pk: list(hall)}
    assert ledger.Rendition.found(workspace.wanted_profiles, []) == {}
    assert status.of(workspace, NOW).with_findings == 1


def test_subtitles_that_come_later_are_burnt_in_where_a_screen_wants_them(
    workspace: Workspace,
) -> None:
    hall = workspace.root / "profiles" / "hall.toml"
    hall.write_text(f'{hall.read_text("utf-8")}\nsubtitles = ["vi", "lo"]\n', "utf-8")
    workspace = Workspace.load(workspace.root)
    asset = admit(workspace, oddities.plain)
    assert normalize.run(workspace, NOW) == Made(renditions=2)
    assert normalize.run(workspace, NOW) == Made()
    cue = Cue(from_seconds=0, to_seconds=2, text="ສະບາຍດີ")
    caption = asset.to_caption().model_copy(update={"subtitles": {"lo": (cue,), "en": (cue,)}})
    asset.caption = caption.model_dump(mode="json")
    asset.save()
    assert normalize.run(workspace, NOW) == Made(renditions=1)
    assert normalize.run(workspace, NOW) == Made()
    before, after = (
        row.to_value() for row in asset.renditions.filter(profile="hall").order_by("pk")
    )
    assert before.sha256 != after.sha256
    assert after.decision.startswith("full: subtitles in lo; ")


def test_what_is_made_is_not_made_again_and_starts_no_process(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit(workspace, oddities.progressive)
    normalize.run(workspace, NOW)
    monkeypatch.setenv("PATH", "")
    assert normalize.run(workspace, NOW) == Made()


def test_a_thousand_finished_assets_cost_three_questions(workspace: Workspace) -> None:
    asset = admit(workspace, oddities.progressive)
    normalize.run(workspace, NOW)
    done = list(ledger.Rendition.objects.values_list("profile", "recipe"))
    for number in range(1000):
        asset.pk = f"{number:064x}"
        asset.save(force_insert=True)
    ledger.Rendition.objects.bulk_create(
        ledger.Rendition(asset_id=f"{number:064x}", profile=profile, recipe=recipe, made_at=NOW)
        for number in range(1000)
        for profile, recipe in done
    )
    with CaptureQueriesContext(connection) as questions:
        assert normalize.run(workspace, NOW) == Made()
    assert len(questions) == 3  # about clips, photos, and what is for the portal


def test_a_damaged_clip_is_told_to_its_newsroom_and_not_tried_again(workspace: Workspace) -> None:
    damaged, photo = admit(workspace, material.truncated_clip), admit(workspace, oddities.heic)
    assert normalize.run(workspace, NOW) == Made(renditions=2, refused=1)
    rejection = ledger.Rejection.objects.get()
    assert (rejection.newsroom, rejection.name) == ("dai", damaged.name)
    assert rejection.sha256 == damaged.sha256
    assert rejection.code == "BreaksOff"
    assert "second 1." in str(rejection.to_error())
    failed = ledger.Rendition.objects.filter(asset=damaged)
    assert {(row.profile, row.failed) for row in failed} == {("hall", True), ("wall", True)}
    assert ledger.Rendition.objects.filter(asset=photo, code="").count() == 2
    assert normalize.run(workspace, NOW) == Made()
    assert ledger.Rejection.objects.count() == 1
    assert nothing_is_left(workspace)


def test_another_recipe_makes_what_failed_due_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = admit(workspace, oddities.progressive)
    for name, profile in workspace.wanted_profiles.items():
        ledger.Rendition.objects.create(
            asset=photo,
            profile=name,
            recipe=normalize.recipe(profile, Kind.PHOTO),
            made_at=NOW,
            code="CannotBeNormalized",
            facts={"profile": name, "detail": "?"},
        )
    assert normalize.run(workspace, NOW) == Made()
    monkeypatch.setattr(stills, "RECIPE", "photo-next")
    assert normalize.run(workspace, NOW) == Made(renditions=2)


def test_a_new_kind_of_screen_needs_only_its_own_rendition(workspace: Workspace) -> None:
    admit(workspace, oddities.progressive)
    normalize.run(workspace, NOW)
    wall = workspace.root / "profiles" / "wall.toml"
    wall.write_text(wall.read_text(encoding="utf-8").replace("256", "512"), encoding="utf-8")
    assert normalize.run(Workspace.load(workspace.root), NOW) == Made(renditions=1)


def test_a_profiles_title_is_no_reason_to_make_it_all_again(workspace: Workspace) -> None:
    profile = workspace.profiles["hall"]
    renamed = profile.model_copy(update={"title": "Sảnh chờ"})
    wider = profile.model_copy(update={"width": 322})
    recipes = [normalize.recipe(each, Kind.VIDEO) for each in (profile, renamed, wider)]
    assert recipes[0] == recipes[1] != recipes[2]


def test_what_fills_the_disk_is_seen_before_it_is_removed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit(workspace, oddities.plain)
    usage = shutil.disk_usage(workspace.root)

    def left(_path: Path) -> object:
        """Nothing, while there is anything in a scratch folder."""
        scratch = [*workspace.store.scratch().parent.glob("*/*")]
        return usage._replace(free=0) if scratch else usage

    def fills(
        _source: Path, _media: object, orders: list[Order], *_: object, **_more: object
    ) -> None:
        orders[0].path.write_bytes(b"as much as there was room for")
        raise CannotBeNormalized(profile="wall", detail="No space left on device")

    monkeypatch.setattr(shutil, "disk_usage", left)
    monkeypatch.setattr(clips, "transcode", fills)
    with pytest.raises(DiskFull):
        normalize.run(workspace, NOW)
    assert not ledger.Rejection.objects.exists()


def test_a_full_disk_is_the_operators_matter_and_blames_nobody(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit(workspace, oddities.plain)
    usage = shutil.disk_usage(workspace.root)._replace(free=1 << 20)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _path: usage)
        with pytest.raises(DiskFull):
            normalize.run(workspace, NOW)
    assert not ledger.Rendition.objects.exists()
    assert not ledger.Rejection.objects.exists()
    assert normalize.run(workspace, NOW) == Made(renditions=2)


def test_a_missing_program_blames_nobody(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit(workspace, oddities.plain)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolMissing):
        normalize.run(workspace, NOW)
    assert not ledger.Rejection.objects.exists()
    assert nothing_is_left(workspace)


def test_an_original_that_rotted_in_the_store_is_not_its_newsrooms_fault(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    rotten, photo = admit(workspace, oddities.zero_tail), admit(workspace, oddities.progressive)
    path = workspace.store.path(rotten.sha256)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1000] + b"x" * 1000)
    assert normalize.run(workspace, NOW) == Made(renditions=2, postponed=1)
    assert "Restore it from the backup" in caplog.text
    assert not ledger.Rejection.objects.exists()
    assert ledger.Rendition.objects.filter(asset=photo).count() == 2


HUB = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from cluster_feed.adapters.probe import probe
from cluster_feed.ledger import models as ledger
from cluster_feed.ledger.connect import connect
from cluster_feed.pipeline import normalize
from cluster_feed.workspace import Workspace

now = datetime.now(UTC)
workspace = Workspace.load(Path(sys.argv[1]))
connect(workspace.database_url)
workspace.store.sweep()
if not ledger.Asset.objects.exists():
    clip = workspace.root / "clip"
    with clip.open("rb") as content:
        sha256, byte_count = workspace.store.copy_in(content)
    media = probe(clip).media.model_dump(mode="json")
    ledger.Asset.objects.create(
        sha256=sha256, kind="video", newsroom="dai", name="clip", byte_count=byte_count,
        received_at=now, media=media, caption={},
    )
print(*normalize.run(workspace, now), ledger.Rejection.objects.count())
"""


def test_a_crash_in_the_middle_leaves_nothing_wrong(tmp_path: Path) -> None:
    workspace = lay_out(tmp_path / "hub")
    oddities.clip(workspace.root / "clip", "testsrc2=s=320x180:r=25:d=60", *oddities.FAST_H264)
    incoming = workspace.root / "store" / ".incoming"
    run = [sys.executable, "-c", HUB, str(workspace.root)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(run, cwd=root) as hub:
        while not [each for each in incoming.rglob("*.mp4") if each.stat().st_size]:
            assert hub.poll() is None
            time.sleep(0.02)
        hub.kill()
    assert list(incoming.iterdir())
    again = subprocess.run(run, cwd=root, check=True, capture_output=True)
    assert again.stdout.split() == [b"2", b"0", b"0", b"0"]
    assert nothing_is_left(workspace)


# --- For Vietnam.vn -----------------------------------------------------------------------------

PROPOSED = {"vietnam_vn": True, "no_state_secrets": True}


def tall(to: Path) -> Path:
    """An upright clip of thirty frames a second, larger than the portal's smaller box."""
    picture = "testsrc2=size=740x1290:rate=30:duration=1,format=yuv420p"
    sound = "sine=frequency=440:duration=1"
    return oddities.clip(to, picture, *oddities.FAST_H264, sound=sound)


def test_what_is_proposed_is_made_for_the_portal_after_all_that_screens_wait_for(
    workspace: Workspace,
) -> None:
    proposed, other, photo = (
        admit(workspace, each) for each in (tall, oddities.plain, oddities.progressive)
    )
    cues = {"vi": [{"from_seconds": 0, "to_seconds": 1, "text": "chữ"}]}
    ledger.Asset.objects.filter(pk=proposed.pk).update(caption={**PROPOSED, "subtitles": cues})
    ledger.Asset.objects.filter(pk=photo.pk).update(caption=PROPOSED)
    assert normalize.run(workspace, NOW) == Made(renditions=8)
    made = list(ledger.Rendition.objects.order_by("pk"))
    assert {row.profile for row in made[:6]} == {"hall", "wall"}
    assert [(row.asset_id, row.profile) for row in made[6:]] == [
        (proposed.pk, "vietnam-vn-720p"),
        (proposed.pk, "vietnam-vn-1080p"),
    ]
    assert not other.renditions.filter(profile__startswith="vietnam").exists()
    smaller, larger = (row.to_value().media for row in made[6:])
    assert [(each.video.width, each.video.height) for each in (smaller, larger)] == [
        (720, 1254),
        (740, 1290),
    ]
    for each in (smaller, larger):
        assert each.video.fps == 30
        assert each.video.matrix == "bt709"
        assert each.audio[0].loudness_lufs == pytest.approx(-23, abs=0.5)
    assert not list(workspace.previews.glob("*"))
    assert normalize.run(workspace, NOW) == Made()


def test_what_no_screen_can_show_is_not_tried_for_the_portal(workspace: Workspace) -> None:
    asset = admit(workspace, oddities.plain)
    ledger.Asset.objects.filter(pk=asset.pk).update(caption=PROPOSED)
    path = workspace.store.path(asset.pk)
    path.chmod(0o644)
    path.write_bytes(b"?" * path.stat().st_size)
    normalize.run(workspace, NOW)
    assert not ledger.Rendition.objects.filter(profile__startswith="vietnam").exists()


def test_a_clip_proposed_later_is_made_for_the_portal_then(workspace: Workspace) -> None:
    asset = admit(workspace, oddities.plain)
    normalize.run(workspace, NOW)
    ledger.Asset.objects.filter(pk=asset.pk).update(caption=PROPOSED)
    assert normalize.run(workspace, NOW) == Made(renditions=1)
    assert asset.renditions.filter(profile="vietnam-vn-720p", code="").exists()
