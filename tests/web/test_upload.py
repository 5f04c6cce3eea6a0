"""Files sent through the desk."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import ingest
from cluster_feed.pipeline.upload import clean_name
from cluster_feed.web import house
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.pipeline.intake import FULL, photo, sidecar
from tests.web.conftest import SignedIn
from tests.web.shelf import OTHER, OWN


def send(client: Client, newsroom: str, *files: tuple[str, bytes]) -> list[str]:
    """Send files; give what the desk said."""
    given = [SimpleUploadedFile(name, content) for name, content in files]
    answer = client.post(reverse("upload", args=[newsroom]), {"files": given}, follow=True)
    assert answer.status_code == 200
    return [str(each) for each in answer.context["messages"]]


def lying(workspace: Workspace, newsroom: str = OWN) -> list[str]:
    folder = workspace.inbox / newsroom
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


def test_what_was_sent_lies_in_the_inbox_whole(signed_in: SignedIn, workspace: Workspace) -> None:
    contributor = signed_in(Role.CONTRIBUTOR)
    content = os.urandom(3 << 20)
    (said,) = send(contributor, OWN, ("Chợ phiên.mp4", content), ("Chợ phiên.yaml", b"a: b"))
    assert "Đã nhận 2 tệp" in said
    clip, sheet = lying(workspace)
    assert clip.startswith("tai-len-")
    assert clip.endswith("/Chợ phiên.mp4")
    assert sheet == clip.replace(".mp4", ".yaml")
    assert (workspace.inbox / OWN / clip).read_bytes() == content
    (event,) = ledger.Event.objects.filter(act="upload")
    assert event.actor == "contributor"


def test_nothing_is_overwritten(signed_in: SignedIn, workspace: Workspace) -> None:
    contributor = signed_in(Role.CONTRIBUTOR)
    for content in (b"1", b"2"):
        send(contributor, OWN, ("a.mp4", content), ("a.mp4", content + b"again"))
    contents = {(workspace.inbox / OWN / each).read_bytes() for each in lying(workspace)}
    assert contents == {b"1", b"1again", b"2", b"2again"}


def test_what_was_sent_is_taken_in(
    signed_in: SignedIn, workspace: Workspace, tmp_path: Path
) -> None:
    picture = photo(tmp_path / "ảnh.jpg").read_bytes()
    sheet = sidecar(tmp_path / "ảnh.yaml", FULL).read_bytes()
    send(signed_in(Role.EDITOR), OTHER, ("ảnh.jpg", picture), ("ảnh.yaml", sheet))
    moment = 0.0
    look = ingest.Ingest(workspace, clock=lambda: moment)
    look.look(datetime.now(UTC))
    moment = 11.0
    look.look(datetime.now(UTC))
    row = ledger.Asset.objects.get()
    assert (row.newsroom, row.lacks) == (OTHER, "")
    assert row.name.endswith("/ảnh.jpg")


def test_a_secret_leaves_no_byte_and_is_on_record(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    contributor = signed_in(Role.CONTRIBUTOR)
    said = send(contributor, OWN, ("[MẬT] phương án.mp4", b"secret"), ("a.mp4", b"open"))
    assert any("MẬT" in each and "người phụ trách" in each for each in said)
    assert [each.rpartition("/")[2] for each in lying(workspace)] == ["a.mp4"]
    assert ledger.Rejection.objects.get().code == "SecrecyMarking"


def test_what_is_too_large_empty_or_a_systems_own_is_refused(
    signed_in: SignedIn, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = workspace.settings.intake.model_copy(update={"largest_clip_gib": 1 / (1 << 20)})
    small = workspace.settings.model_copy(update={"intake": intake})
    monkeypatch.setattr(
        house.House,
        "workspace",
        Workspace(workspace.root, small, workspace.profiles, workspace.clusters),
    )
    contributor = signed_in(Role.CONTRIBUTOR)
    said = send(contributor, OWN, ("a.mp4", b"x" * 2000), ("b.mp4", b""), ("Thumbs.db", b"x"))
    assert sum("quá lớn" in each for each in said) == 1
    assert sum("rỗng" in each for each in said) == 1
    assert sum("tệp hệ thống" in each for each in said) == 1
    assert lying(workspace) == []
    assert send(contributor, OWN) == ["Chưa chọn tệp nào."]


def test_what_a_crash_left_is_swept_a_day_later(signed_in: SignedIn, workspace: Workspace) -> None:
    folder = workspace.inbox / OWN
    folder.mkdir(parents=True)
    old, new, other = (folder / f".{c * 24}{end}" for c, end in ("a.", "b.", "cx"))
    old, new = old.with_name(f".{'a' * 24}.upload"), new.with_name(f".{'b' * 24}.upload")
    for each in (old, new, other):
        each.write_bytes(b"half")
    os.utime(old, (time.time() - 100_000,) * 2)
    send(signed_in(Role.CONTRIBUTOR), OWN, ("a.mp4", b"1"))
    assert [each.exists() for each in (old, new, other)] == [False, True, True]


def test_a_newsroom_sends_only_for_itself(signed_in: SignedIn, workspace: Workspace) -> None:
    given = SimpleUploadedFile("a.mp4", b"1")
    address = reverse("upload", args=[OTHER])
    assert signed_in(Role.CONTRIBUTOR).post(address, {"files": given}).status_code == 404
    assert not (workspace.inbox / OTHER).exists()


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ("Chợ phiên.mp4", "Chợ phiên.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\video\\a.mp4", "a.mp4"),
        ('a<b>:"|?*.mp4', "a_b______.mp4"),
        ("..hidden.mp4", "hidden.mp4"),
        ("~$mo.xlsx", "$mo.xlsx"),
        ("a.mp4. .", "a.mp4"),
        ("a\nb\x00c.mp4", "a_bc.mp4"),
        ("..", ""),
        ("", ""),
    ],
)
def test_a_name_is_made_one_that_any_file_system_holds(written: str, cleaned: str) -> None:
    assert clean_name(written) == cleaned


def test_a_long_name_keeps_its_ending() -> None:
    name = clean_name("ả" * 500 + ".mp4")
    assert name.endswith("ả.mp4")
    assert len(name.encode()) <= 180
    assert clean_name("." + "x" * 500) == ""
