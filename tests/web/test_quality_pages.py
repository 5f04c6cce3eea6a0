"""What was found in picture and sound is where people look, and is theirs alone to see."""

import hashlib
from typing import Any

import pytest
from django.urls import reverse

from cluster_feed.core.asset import AudioInfo
from cluster_feed.core.finding import Finding, Flaw
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, assemble, notice
from cluster_feed.web.quality import plot
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.material import measured, media
from tests.pipeline.urgency import supply
from tests.trust import NOW
from tests.web.conftest import SignedIn
from tests.web.shelf import OTHER, keep, put

STILL = b"a JPEG"
KEY = hashlib.sha256(STILL).hexdigest()
FLAWS = [
    Finding(flaw=Flaw.BLACK, from_seconds=4, to_seconds=8.5, still=KEY),
    Finding(flaw=Flaw.LOW_RESOLUTION, detail="640x480, x2.2"),
]
COURSE = (None, None, -30.0, -18.5, None, -24.0)


def look(workspace: Workspace, row: ledger.Asset, *flaws: Finding) -> ledger.Asset:
    """Let an asset's renditions have sound, and these flaws."""
    keep(workspace, KEY, STILL)
    track = AudioInfo(codec="aac", channels=2, sample_rate=48_000, loudness_lufs=-23.1)
    heard = media(6.0).model_copy(
        update={"audio": (track.model_copy(update={"course_lufs": COURSE}),)}
    )
    row.renditions.update(
        findings=[each.model_dump(mode="json") for each in flaws],
        media=heard.model_dump(mode="json"),
        decision="remux: index at the end; sound -23.1 LUFS",
    )
    return row


def text(answer: Any) -> str:  # noqa: ANN401  a test client's
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_assets_page_shows_what_was_found_and_how_loud_it_is(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row = look(workspace, put(workspace, "Chợ phiên"), *FLAWS)
    page = text(signed_in(Role.EDITOR).get(reverse("asset", args=[row.pk])))
    assert reverse("still", args=[row.pk, KEY]) in page
    assert '/lcd-1080p/#t=4.00" data-at="4.00">0:04–0:08</a>' in page
    assert "<strong>độ phân giải thấp</strong> 640x480, x2.2" in page
    assert "giữ hình và tiếng, chỉ đóng gói lại" in page
    assert "to nhất -18,5 lúc 0:04, nhỏ nhất -30,0 lúc 0:03" in page
    assert 'style="' not in page


def test_an_assets_page_says_what_the_original_is_before_any_rendition_is_made(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row = put(workspace, "Chợ phiên", rendered=False)
    client, address = signed_in(Role.EDITOR), reverse("asset", args=[row.pk])
    assert "LUFS" not in text(client.get(address))
    clipped = Finding(flaw=Flaw.CLIPPING, from_seconds=3, to_seconds=4)
    row.media = measured(media(20), clipped).model_dump(mode="json")
    row.save(update_fields=["media"])
    for page in (text(client.get(address)), text(client.get(address, HTTP_HX_REQUEST="true"))):
        assert "-27,8&nbsp;LUFS<br><small>-12,4&nbsp;dBTP" in page
        for fact in ("h264 960x540 yuv420p, 25 hình/giây", "aac, 2 kênh, 48000 Hz", "20,00 giây"):
            assert fact in page
        assert "tiếng vỡ 0:03.0-0:04.0" in page
        assert ('hx-swap-oob="true"' in page) == ("<html" not in page)


def test_what_is_not_measured_is_not_called_silent(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row = put(workspace, "Chợ phiên", rendered=False)
    row.media = measured(media(20)).model_dump(mode="json") | {"measurement": None}
    row.media["audio"][0] |= {"loudness_lufs": None, "true_peak_dbtp": None}
    row.save(update_fields=["media"])
    page = text(signed_in(Role.EDITOR).get(reverse("asset", args=[row.pk])))
    assert "chưa đo, sẽ đo khi tạo bản phát" in page
    assert '<td class="number">chưa đo</td>' in page
    assert ">không tiếng<" not in page


def test_nothing_found_and_nothing_measured_is_not_spoken_of(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    page = text(signed_in(Role.EDITOR).get(reverse("asset", args=[put(workspace, "một").pk])))
    assert "cần xem lại" not in page
    assert "<svg viewBox" not in page


def test_a_still_is_given_with_its_own_asset_only(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row = look(workspace, put(workspace, "một", newsroom=OTHER), *FLAWS)
    other = put(workspace, "hai", newsroom=OTHER)
    editor, contributor = signed_in(Role.EDITOR), signed_in(Role.CONTRIBUTOR)
    given = editor.get(reverse("still", args=[row.pk, KEY]))
    assert (given["Content-Type"], b"".join(given)) == ("image/jpeg", STILL)
    given.close()
    assert editor.get(reverse("still", args=[other.pk, KEY])).status_code == 404
    assert editor.get(reverse("still", args=[row.pk, row.pk])).status_code == 404
    assert contributor.get(reverse("still", args=[row.pk, KEY])).status_code == 404


def test_silence_is_a_gap_and_what_was_never_followed_is_not_drawn(workspace: Workspace) -> None:
    row = look(workspace, put(workspace, "một")).renditions.get(profile="lcd-1080p")
    drawn = plot("LCD", -23.0, row)
    assert drawn
    assert (drawn.path.count("M"), drawn.path.count("L")) == (2, 1)
    assert (drawn.loudest.lufs, drawn.quietest.seconds) == (-18.5, 3.0)
    row.media = media(6.0).model_dump(mode="json")
    assert plot("LCD", -23.0, row) is None


def test_the_inbox_names_what_to_look_at_and_a_newsroom_sees_its_own(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row = look(workspace, put(workspace, "Chợ phiên", newsroom=OTHER), *FLAWS)
    put(workspace, "không sao", newsroom=OTHER)
    page = signed_in(Role.EDITOR).get(reverse("inbox"))
    assert [each.row.pk for each in page.context["to_look_at"]] == [row.pk]
    assert f"{reverse('asset', args=[row.pk])}#t=4.00" in text(page)
    assert "hình đen" not in text(signed_in(Role.CONTRIBUTOR).get(reverse("inbox")))


@pytest.mark.parametrize("facts", [{}, {"detail_vi": "x"}, {"{": "x"}])
def test_a_reason_of_another_version_breaks_no_page(
    signed_in: SignedIn, workspace: Workspace, facts: dict[str, str]
) -> None:
    for code in ("TooBigByFar", "CannotBeNormalized"):
        ledger.Rejection.objects.create(
            newsroom=OTHER, name="cũ.mp4", code=code, facts=facts, at=NOW
        )
    row = put(workspace, "một", newsroom=OTHER, rendered=False)
    row.renditions.create(
        profile="lcd-1080p", recipe="0", made_at=NOW, code="TooBigByFar", facts=facts
    )
    editor = signed_in(Role.EDITOR)
    for address in (reverse("inbox"), reverse("newsroom", args=[OTHER])):
        page = text(editor.get(address))
        assert "TooBigByFar" in page
        assert "người vận hành cần xem máy" in page
    assert "TooBigByFar" in text(editor.get(reverse("asset", args=[row.pk])))


def test_who_approves_sees_what_was_found_wherever_they_look(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    (row,) = supply(workspace, "Chợ phiên")
    look(workspace, row, *FLAWS)
    name = assemble.run(workspace, NOW, workspace.calendar.current(NOW)).name
    approve.submit(workspace, NOW, name, "duong")
    approver = signed_in(Role.APPROVER)
    said = "hình đen 0:04.0-0:08.5"
    assert said in text(approver.get(reverse("edition", args=[name])))
    assert f"Cần xem lại: {said}" in text(approver.get(reverse("approval-sheet", args=[name])))
    seen = approver.get(reverse("approve", args=[name]))
    assert "1 nội dung có hình, tiếng cần xem lại" in text(seen)
    assert reverse("still", args=[row.pk, KEY]) in text(seen)
    preview = text(approver.get(reverse("preview", args=[name, "lao-bao", "lcd-1080p"])))
    assert 'data-at="4.00">hình đen' in preview


def test_who_approves_a_notice_sees_what_was_found_in_it(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    (row,) = supply(workspace, "Bão")
    look(workspace, row, *FLAWS)
    notice.prepare(workspace, NOW, "bao-so-5", "duong", [row.pk])
    page = text(signed_in(Role.APPROVER).get(reverse("notice", args=["bao-so-5"])))
    assert reverse("still", args=[row.pk, KEY]) in page
