"""The library: found, sorted, shown, and only to who may see it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Caption, Words
from cluster_feed.core.errors import BreaksOff, UnknownMedia
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import caption as captions
from cluster_feed.pipeline import status, thumbnail
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.material import caption, play
from tests.trust import playlist_of
from tests.web.conftest import SignedIn
from tests.web.shelf import HOSTILE, OTHER, OWN, keep, put

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


def titles(client: Client, asked: str = "") -> list[str]:
    """The titles of a page of the library, in its order."""
    page = client.get(f"{reverse('library')}?{asked}")
    assert page.status_code == 200
    return [item.title for item in page.context["items"]]


def test_what_came_in_is_listed_newest_first(signed_in: SignedIn, workspace: Workspace) -> None:
    for hours, name in enumerate(("một", "hai", "ba")):
        put(workspace, name, hours=hours)
    assert titles(signed_in(Role.AUDITOR)) == ["ba", "hai", "một"]


def test_titles_are_found_with_and_without_marks_and_sorted_as_vietnamese(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    for name in ("Đèo Lao Bảo", "Chợ phiên", "Ăn Tết", "An toàn", "Bản làng"):
        put(workspace, name)
    editor = signed_in(Role.EDITOR)
    assert titles(editor, "q=cho+phien") == ["Chợ phiên"]
    assert titles(editor, "q=chợ") == ["Chợ phiên"]
    assert titles(editor, "q=chó") == []
    assert titles(editor, "q=%25") == titles(editor, "q=_") == titles(editor)
    in_order = ["An toàn", "Ăn Tết", "Bản làng", "Chợ phiên", "Đèo Lao Bảo"]
    assert titles(editor, "order=title") == in_order


def test_a_caption_that_is_written_is_found_by_its_new_words(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row = put(workspace, "cũ")
    captions.write(workspace, NOW, row.pk, caption("Thác Chênh Vênh"), captions.Writer("lan"))
    assert titles(signed_in(Role.EDITOR), "q=chenh+venh") == ["Thác Chênh Vênh"]
    assert titles(signed_in(Role.EDITOR), "q=thác") == ["Thác Chênh Vênh"]


def test_what_is_proposed_and_lacks_something_for_the_portal_is_led_to(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    put(workspace, "chưa đề xuất")
    words = {"vi": Words(title="Chợ", description="Chợ", alt_text="Chợ")}
    lacking = put(workspace, "thiếu", says=caption("Chợ", vietnam_vn=True, words=words))
    english = {"en": Words(title="A market", alt_text="A market")}
    portal = {"usage_terms": "Tự do", "created_on": "2026-10-03", "licence_granted": True}
    whole = {"words": words | english, "vietnam_vn": True, **portal}
    put(workspace, "đủ", says=caption("Chợ", **whole))
    given = put(workspace, "đã gửi", says=caption("Chợ", vietnam_vn=True, words=words))
    edition = ledger.Edition.objects.create(
        name="2026-10", cycle="2026-10", state="published", fingerprint="0" * 64, created_at=NOW
    )
    edition.programmes.create(cluster="lao-bao", playlist=playlist_of("lao-bao", 1).to_bytes())
    package = edition.packages.create(name="x_v01.zip", sha256="0" * 64, assets=1, at=NOW)
    package.items.create(asset=given, code="x", version=1, change="new")
    editor = signed_in(Role.EDITOR)
    page = editor.get(f"{reverse('library')}?vietnam_vn=lacking")
    assert [item.row.pk for item in page.context["items"]] == [lacking.pk]
    said = page.content.decode()
    for field in ("tiêu đề tiếng Anh", "điều kiện sử dụng", "cho phép Bộ sử dụng"):
        assert field in said
    assert len(titles(editor, "vietnam_vn=proposed")) == 3
    assert len(titles(editor, "vietnam_vn=given")) == 1
    home = editor.get(reverse("home")).content.decode()
    assert "Cần bổ sung cho Vietnam.vn" in home
    assert "1 nội dung được đề xuất còn thiếu" in home
    assert status.of(workspace, NOW).lacking_for_portal == 1
    captions.write(workspace, NOW, lacking.pk, caption("Chợ", **whole), captions.Writer("lan"))
    assert "Cần bổ sung" not in editor.get(reverse("home")).content.decode()


def test_every_filter_keeps_what_it_names(signed_in: SignedIn, workspace: Workspace) -> None:
    put(workspace, "ảnh", kind=Kind.PHOTO, newsroom=OWN, says=caption("ảnh", themes=[Theme.SPORT]))
    put(workspace, "video", hours=24 * 40)
    editor = signed_in(Role.EDITOR)
    for asked, found in {
        "kind=photo": ["ảnh"],
        f"newsroom={OTHER}": ["video"],
        "theme=THE_THAO": ["ảnh"],
        "theme=THE": ["video", "ảnh"],
        "month=2026-11": ["ảnh"],
        "month=2026-12": ["video"],
        "month=%00": ["video", "ảnh"],
        "standing=none": [],
        "page=999": ["video", "ảnh"],
    }.items():
        assert titles(editor, asked) == found, asked


def test_a_standing_is_the_first_reason_to_go_no_further(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    put(workspace, "ready")
    put(workspace, "incomplete", says=Caption())
    put(workspace, "not aired", newsroom=OWN)
    put(workspace, "being-made", rendered=False)
    failed = put(workspace, "failed", says=Caption(), rendered=False)
    why = BreaksOff(at="1", seconds="5")
    failed.renditions.create(
        profile="lcd-1080p", recipe="1", made_at=NOW, code=why.code, facts=why.facts
    )
    mended = put(workspace, "mended")
    mended.renditions.create(
        profile="lcd-1080p", recipe="0", made_at=NOW, code=why.code, facts=why.facts
    )
    gone = put(workspace, "withdrawn")
    ledger.Withdrawal.objects.create(asset=gone, at=NOW, by="lan", reason="nhầm")
    held = put(workspace, "held", says=caption("held", no_state_secrets=False))
    ledger.Asset.objects.filter(pk=held.pk).update(captioned_by="held")
    editor = signed_in(Role.EDITOR)
    for standing in ("incomplete", "being-made", "failed", "withdrawn", "held", "ready"):
        found = set(titles(editor, f"standing={standing}"))
        extra = {"incomplete": {"not aired"}, "ready": {"mended"}}.get(standing, set())
        assert found == {standing} | extra, standing
    assert editor.get(reverse("library")).context["incomplete"] == 2  # as many as the list has
    stands = status.of(workspace, NOW)
    assert (stands.incomplete, stands.failed) == (2, 1)


def test_a_newsroom_sees_nothing_of_another(signed_in: SignedIn, workspace: Workspace) -> None:
    own, other = put(workspace, "của mình", newsroom=OWN), put(workspace, "của người")
    contributor = signed_in(Role.CONTRIBUTOR)
    assert titles(contributor) == ["của mình"]
    assert titles(contributor, f"newsroom={OTHER}") == []
    for name in ("asset", "caption", "thumbnail", "original"):
        assert contributor.get(reverse(name, args=[other.pk])).status_code == 404, name
        assert contributor.get(reverse(name, args=[own.pk])).status_code != 403, name
    assert contributor.get(reverse("rendition", args=[other.pk, "lcd-1080p"])).status_code == 404
    for name in ("newsroom", "upload"):
        assert contributor.get(reverse(name, args=[OTHER])).status_code == 404
        assert contributor.get(reverse(name, args=[OWN])).status_code == 200


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_only_words(signed_in: SignedIn, workspace: Workspace, text: str) -> None:
    line = text[:300]
    says = caption(line, creator=line, words={"vi": Words(title=line, description=text[:5000])})
    row = put(workspace, text[:5000], says=says)
    why = UnknownMedia(detail=text)
    ledger.Rejection.objects.create(
        newsroom=OTHER, name=text, code=why.code, facts=why.facts, at=NOW
    )
    editor = signed_in(Role.EDITOR)
    for address in (
        reverse("library"),
        f"{reverse('library')}?q={text[:300]}",
        reverse("asset", args=[row.pk]),
        reverse("caption", args=[row.pk]),
        reverse("inbox"),
        reverse("newsroom", args=[OTHER]),
    ):
        answer = editor.get(address)
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_page_asks_no_more_of_the_record_for_fifty_than_for_one(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    editor = signed_in(Role.EDITOR)

    def asked(address: str) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            page = editor.get(address)
        return len(queries), len(page.content)

    put(workspace, "đầu tiên", says=Caption())
    addresses = (reverse("library"), reverse("newsroom", args=[OTHER]), reverse("inbox"))
    before = {address: asked(address)[0] for address in addresses}
    for number in range(60):
        put(workspace, f"{number}", says=Caption(), rendered=False)
    for address in addresses:
        count, length = asked(address)
        assert count <= before[address] + 1, address
        assert length < 100_000


def test_an_assets_page_tells_what_became_of_it(signed_in: SignedIn, workspace: Workspace) -> None:
    row = put(workspace, "Chợ phiên")
    captions.write(workspace, NOW, row.pk, caption("Chợ mới"), captions.Writer("lan"))
    for number, outcome in enumerate(["played", "played", "skipped"]):
        play(row.pk, number, outcome)
    answer = signed_in(Role.AUDITOR).get(reverse("asset", args=[row.pk]))
    page = answer.content.decode()
    assert [(each.cluster, each.times) for each in answer.context["plays"]] == [
        ("Cụm thông tin đối ngoại Lao Bảo", 2)
    ]
    assert "sửa chú thích" in page
    assert "Sửa chú thích" not in page


def whole(answer: Any) -> bytes:  # noqa: ANN401  a test client adds to it
    """Read an answer to its end, as a server does."""
    content = answer.getvalue()
    answer.close()
    return bytes(content)


class TestMedia:
    @pytest.fixture
    def clip(self, workspace: Workspace) -> ledger.Asset:
        row = put(workspace, "clip <b>.mp4")
        keep(workspace, row.pk, b"the original")
        made = row.renditions.get(profile="lcd-1080p")
        keep(workspace, made.sha256, bytes(range(256)) * 4)
        return row

    def test_a_part_is_given_to_who_asks_for_one(
        self, signed_in: SignedIn, clip: ledger.Asset
    ) -> None:
        editor, whole_clip = signed_in(Role.EDITOR), bytes(range(256)) * 4
        address = reverse("rendition", args=[clip.pk, "lcd-1080p"])
        everything = editor.get(address)
        assert whole(everything) == whole_clip
        assert everything["Content-Type"] == "video/mp4"
        assert everything["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in everything["Content-Security-Policy"]
        for asked, first, last in (
            ("bytes=0-", 0, 1023), ("bytes=0-9", 0, 9), ("bytes=1000-5000", 1000, 1023),
            ("bytes=-24", 1000, 1023), ("bytes=-9999", 0, 1023),
        ):  # fmt: skip
            part = editor.get(address, headers={"range": asked})
            assert part.status_code == 206
            assert part.content == whole_clip[first : last + 1], asked
            assert part["Content-Range"] == f"bytes {first}-{last}/1024"
        for asked in ("bytes=1024-", "bytes=-0"):
            none = editor.get(address, headers={"range": asked})
            assert none.status_code == 416, asked
            assert none["Content-Range"] == "bytes */1024"
        for asked in ("bytes=9-3", "lines=1-2", "bytes=0-1,5-6", "bytes=-", f"bytes={'9' * 99}-"):
            assert whole(editor.get(address, headers={"range": asked})) == whole_clip, asked

    def test_what_a_browser_holds_is_not_sent_again(
        self, signed_in: SignedIn, clip: ledger.Asset
    ) -> None:
        editor, address = signed_in(Role.EDITOR), reverse("rendition", args=[clip.pk, "lcd-1080p"])
        first = editor.get(address)
        tag = first["ETag"]
        whole(first)
        assert editor.get(address, headers={"if-none-match": tag}).status_code == 304
        other = editor.get(address, headers={"range": "bytes=0-1", "if-range": '"other"'})
        assert len(whole(other)) == 1024

    def test_an_original_is_kept_not_run(self, signed_in: SignedIn, clip: ledger.Asset) -> None:
        answer = signed_in(Role.EDITOR).get(reverse("original", args=[clip.pk]))
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert whole(answer) == b"the original"

    def test_nothing_changes_by_looking(self, signed_in: SignedIn, clip: ledger.Asset) -> None:
        editor = signed_in(Role.EDITOR)
        assert editor.post(reverse("original", args=[clip.pk])).status_code == 405
        head = editor.head(reverse("original", args=[clip.pk]))
        assert (head.status_code, whole(head)) == (200, b"")

    def test_what_the_store_has_lost_is_not_there(
        self, signed_in: SignedIn, workspace: Workspace, clip: ledger.Asset
    ) -> None:
        workspace.store.path(clip.pk).unlink()
        assert signed_in(Role.EDITOR).get(reverse("original", args=[clip.pk])).status_code == 404


def test_a_photos_thumbnail_is_made_once_and_small(
    signed_in: SignedIn, workspace: Workspace, samples: Path
) -> None:
    row = put(workspace, "ảnh", kind=Kind.PHOTO)
    photo = next(each for each in sorted(samples.glob("*.jpg")))
    keep(workspace, row.pk, photo.read_bytes())
    editor, address = signed_in(Role.EDITOR), reverse("thumbnail", args=[row.pk])
    first = whole(editor.get(address))
    assert first.startswith(b"\xff\xd8")
    assert len(first) < 200_000
    workspace.store.path(row.pk).unlink()
    assert whole(editor.get(address)) == first


def test_thumbnails_are_made_ahead_of_who_looks(workspace: Workspace, samples: Path) -> None:
    row = put(workspace, "ảnh", kind=Kind.PHOTO)
    put(workspace, "chưa", rendered=False)
    photo = next(each for each in sorted(samples.glob("*.jpg")))
    kept = keep(workspace, row.pk, photo.read_bytes())
    assert thumbnail.run(workspace) == 1
    kept.unlink()
    assert thumbnail.run(workspace) == 0
    assert thumbnail.of(workspace, row)


def test_what_makes_no_picture_is_tried_once(signed_in: SignedIn, workspace: Workspace) -> None:
    broken = put(workspace, "hỏng", kind=Kind.PHOTO)
    keep(workspace, broken.pk, b"no photo")
    editor = signed_in(Role.EDITOR)
    for row in (broken, put(workspace, "chưa", rendered=False)):
        for _ in range(2):
            answer = editor.get(reverse("thumbnail", args=[row.pk]))
            assert answer["Location"].endswith("no_picture.svg")
    assert [each.stat().st_size for each in workspace.thumbnails.rglob("*.jpg")] == [0]


def test_a_refusal_waits_until_somebody_has_seen_it(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    why = UnknownMedia(detail="HLS")
    rows = [
        ledger.Rejection.objects.create(
            newsroom=newsroom, name="a.mp4", code=why.code, facts=why.facts, at=NOW
        )
        for newsroom in (OWN, OTHER)
    ]
    editor, contributor = signed_in(Role.EDITOR), signed_in(Role.CONTRIBUTOR)
    assert len(contributor.get(reverse("inbox")).context["refused"]) == 1
    page = editor.get(reverse("inbox"))
    assert page.context["unseen"] == 2
    assert "Hãy xuất lại thành MP4" in page.content.decode()
    for _ in range(2):
        assert editor.post(reverse("seen", args=[rows[0].pk])).status_code == 302
    assert editor.get(reverse("inbox")).context["unseen"] == 1
    (event,) = ledger.Event.objects.filter(act="acknowledge")
    assert (event.actor, event.facts) == ("editor", {"code": "UnknownMedia"})
    assert contributor.post(reverse("seen", args=[rows[1].pk])).status_code == 404
    row = ledger.Rejection.objects.create(
        newsroom=OWN, name="b.mp4", code=why.code, facts=why.facts, at=NOW
    )
    part = editor.post(reverse("seen", args=[rows[1].pk]), headers={"hx-request": "true"})
    said = part.content.decode()
    assert said.count("<li") == 1
    assert 'id="unseen" hx-swap-oob="true"> · 1 chưa ai xem' in said
    address = reverse("seen", args=[row.pk]) + f"?newsroom={OTHER}"
    left = editor.post(address, headers={"hx-request": "true"}).content.decode()
    assert "chưa ai xem" not in left


def test_a_newsroom_ticks_its_own_refusals_off_and_none_waits_that_asks_for_nothing(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    of = {"newsroom": OWN, "at": NOW, "facts": {}}
    own = ledger.Rejection.objects.create(
        name="tai-len-20261122-012128/a.mp4", code="EmptyFile", **of
    )
    same = {"received": "22/11/2026", "name": "chợ", "newsroom": OTHER}
    ledger.Rejection.objects.create(**of | {"name": "b.mp4", "code": "Duplicate", "facts": same})
    contributor = signed_in(Role.CONTRIBUTOR)
    home = contributor.get("/").content.decode()
    assert "1 tệp chưa ai xem" in home
    page = contributor.get(reverse("newsroom", args=[OWN])).content.decode()
    assert "tai-len-" not in page
    assert "b.mp4" not in page
    assert contributor.post(reverse("seen", args=[own.pk])).status_code == 302
    assert "chưa ai xem" not in contributor.get("/").content.decode()
    inbox = contributor.get(reverse("inbox")).content.decode()
    assert "không ai phải làm gì" in inbox
    assert "Đã xem" not in inbox
    assert "chưa ai xem" not in inbox
    assert OTHER not in inbox  # newsrooms are called by their titles


def test_the_inbox_shows_what_is_arriving_and_in_the_works(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    folder = workspace.inbox / OWN
    folder.mkdir(parents=True)
    for name in ("clip.mp4", "clip.yaml", ".x.part"):
        (folder / name).write_bytes(b"....")
    put(workspace, "đang làm", newsroom=OWN, rendered=False)
    page = signed_in(Role.EDITOR).get(reverse("inbox"))
    (arriving,) = page.context["arriving"]
    assert arriving.files == [("clip.mp4", 4)]
    assert [each.title for each in page.context["in_the_works"]] == ["đang làm"]
    part = signed_in(Role.CONTRIBUTOR).get(reverse("inbox"), headers={"hx-request": "true"})
    assert "<html" not in part.content.decode()


def test_a_newsrooms_page_tells_how_often_it_was_shown(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row = put(workspace, "của mình", newsroom=OWN)
    for number, cluster in enumerate(("lao-bao", "lao-bao", "la-lay")):
        play(row.pk, number, cluster=cluster, began_at=datetime.now(UTC))
    contributor = signed_in(Role.CONTRIBUTOR)
    assert contributor.get(reverse("newsrooms"))["Location"] == reverse("newsroom", args=[OWN])
    page = contributor.get(reverse("newsroom", args=[OWN]))
    assert page.context["lately"] == {"times": 3, "clusters": 2}
    assert "đã phát 3 lượt" in page.content.decode()


def test_who_writes_captions_goes_from_the_list_straight_to_what_is_missing(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row = put(workspace, "chợ", says=Caption())
    form = reverse("caption", args=[row.pk])
    assert form in signed_in(Role.EDITOR).get(reverse("library")).content.decode()
    assert form not in signed_in(Role.AUDITOR).get(reverse("library")).content.decode()
