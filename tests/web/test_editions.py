"""The way of an edition through the desk, by the real stages and real signatures."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Template
from django.test import Client, utils
from django.urls import reverse

from cluster_feed.adapters import keys, request
from cluster_feed.core.caption import Caption
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import State, called
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, assemble
from cluster_feed.web.models import Person
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.material import admit, caption
from tests.office import PEOPLE
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW
from tests.web.conftest import SignedIn

HOSTILE = '<script>alert("x")</script>\u202e' + "ừ" * 10_000


@pytest.fixture(autouse=True)
def _contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let answers tell what their templates were given."""
    monkeypatch.setattr(Template, "_render", vars(utils)["instrumented_test_render"])


@pytest.fixture
def name(workspace: Workspace) -> str:
    """A draft of the coming month, of two assets."""
    supply(workspace, "chợ phiên", "lễ hội")
    return assemble.run(workspace, NOW, workspace.calendar.current(NOW)).name


@pytest.fixture
def editor(signed_in: SignedIn) -> Client:
    return signed_in(Role.EDITOR)


@pytest.fixture
def approver(signed_in: SignedIn) -> Client:
    """An approver by the name of An, whose key is on the hub."""
    client = signed_in(Role.APPROVER)
    Person.objects.filter(name="approver").update(name="an", full_name="Nguyễn Thị An")
    return client


def seen(name: str) -> str:
    return ledger.Edition.objects.get(name=name).fingerprint


def state(name: str) -> str:
    return ledger.Edition.objects.get(name=name).state


def shown(name: str, cluster: str = "lao-bao") -> list[str]:
    playlist = ledger.Programme.objects.get(edition__name=name, cluster=cluster).to_value()
    return [entry.captions["vi"] for entry in playlist.entries]


def order(client: Client, name: str, *titles: str, **more: str | list[str]) -> None:
    """Post the rows of the editor in an order."""
    ids = dict(ledger.Asset.objects.values_list("name", "pk"))
    blank = [""] * len(titles)
    form = {
        "seen": seen(name),
        "asset": [ids[title] for title in titles],
        "daypart": blank,
        "valid_from": blank,
        "valid_until": blank,
    }
    answer = client.post(reverse("arrange", args=[name, "lao-bao"]), form | more)
    assert answer.status_code in (302, 409)


def test_an_editor_drafts_the_month_from_the_list(workspace: Workspace, editor: Client) -> None:
    supply(workspace, "chợ phiên")
    page = editor.get(reverse("editions"))
    answer = editor.post(reverse("assemble"), {"cycle": str(page.context["cycle"])})
    assert state(str(page.context["cycle"])) == State.DRAFT
    assert editor.get(answer["Location"]).status_code == 200


def test_an_editions_page_shows_each_cluster(name: str, editor: Client) -> None:
    for cluster in ("lao-bao", "la-lay", "cha-lo"):
        page = editor.get(reverse("edition", args=[name]), {"cum": cluster, "ngay": "2026-13-40"})
        said = page.content.decode()
        assert page.context["chosen"].name == cluster
        assert "chợ phiên" in said
        assert "Đã mô phỏng" in said
        assert len(page.content) < 100_000


def test_what_stays_out_of_the_package_is_named_before_it_is_submitted(
    workspace: Workspace, name: str, editor: Client, approver: Client
) -> None:
    english = {"en": {"title": "A market", "alt_text": "A market"}}
    for row in ledger.Asset.objects.all():
        whole = row.caption | {
            "vietnam_vn": True,
            "usage_terms": "Tự do" if row.name == "chợ phiên" else "",
            "created_on": "2026-10-03",
            "licence_granted": True,
        }
        whole["words"] |= english
        whole["words"]["vi"]["alt_text"] = "Cái chợ"
        row.caption = Caption.model_validate(whole).model_dump(mode="json")
        row.save()
    page = editor.get(reverse("edition", args=[name]))
    portal = page.context["portal"]
    assert ([each.title for each in portal.held], len(portal.going)) == (["lễ hội"], 1)
    assert "1 nội dung được đề xuất nhưng còn thiếu" in page.content.decode()
    editor.post(reverse("submit", args=[name]))
    for row in ledger.Asset.objects.all():
        row.caption["words"] |= {"en": {"title": "Written since", "alt_text": "A market"}}
        row.save()
    kept = ledger.Submission.objects.get()
    said = approver.get(reverse("approve", args=[name])).content.decode()
    assert kept.words in said
    assert "<strong>A market</strong>" in said
    assert ledger.Event.objects.get(act="submit").facts["words"] == kept.words


def test_hostile_words_stay_words_on_every_page(
    workspace: Workspace, name: str, editor: Client, approver: Client
) -> None:
    admit(workspace, "evil", says=caption("x" + HOSTILE[:290]), hours=5)
    assemble.run(workspace, NOW, Cycle.parse(name))
    evil = ledger.Asset.objects.get(name="evil").pk
    pages = [
        reverse("edition", args=[name]),
        reverse("arrange", args=[name, "lao-bao"]),
        reverse("changes", args=[name]),
        reverse("preview", args=[name, "lao-bao", "led-wall"]),
        reverse("prepare-notice"),
    ]
    for page in pages:
        answer = editor.get(page)
        assert answer.status_code == 200
        assert b"<script>alert" not in answer.content
    form = {"seen": seen(name), "asset": evil, "reason": "y" + HOSTILE}
    editor.post(reverse("leave-out", args=[name, "la-lay"]), form)
    assert b"<script>alert" not in editor.get(pages[0]).content
    editor.post(reverse("submit", args=[name]))
    for page in ("approve", "approval-sheet"):
        assert b"<script>alert" not in approver.get(reverse(page, args=[name])).content


def test_buttons_move_an_entry_and_a_form_keeps_the_whole_order(name: str, editor: Client) -> None:
    first, second = shown(name)
    order(editor, name, first, second, down="0")
    assert shown(name) == [second, first]
    order(editor, name, second, first, up="0")
    assert shown(name) == [second, first]
    order(editor, name, first, second)
    assert shown(name) == [first, second]
    for odd in ("x", "99", "-1", "²"):
        order(editor, name, first, second, up=odd)
    assert shown(name) == [first, second]


def test_rows_that_do_not_fit_together_are_no_order(name: str, editor: Client) -> None:
    where = reverse("arrange", args=[name, "lao-bao"])
    assert editor.post(where, {"asset": ["a", "b"], "daypart": [""]}).status_code == 404
    before = shown(name)
    ids = [ledger.Asset.objects.get(name=title).pk for title in before]
    days = [["not a day", ""], ["2026-12-01", "0001-01-01"], ["²", "9" * 400]]
    for odd in days:
        form = {"seen": seen(name), "asset": ids, "daypart": ["", ""], "valid_from": ["", ""]}
        assert editor.post(where, {**form, "valid_until": odd}).status_code == 302
    assert shown(name) == before


def test_what_is_left_out_has_its_reason_and_comes_back(name: str, editor: Client) -> None:
    first, second = shown(name)
    gone = ledger.Asset.objects.get(name=first).pk
    form = {"seen": seen(name), "asset": gone, "reason": "số liệu cũ"}
    editor.post(reverse("leave-out", args=[name, "lao-bao"]), form)
    assert shown(name) == [second]
    page = editor.get(reverse("arrange", args=[name, "lao-bao"])).content.decode()
    assert "đã chọn bỏ ra: số liệu cũ" in page
    editor.post(reverse("take-in", args=[name, "lao-bao"]), {"seen": seen(name), "asset": gone})
    assert sorted(shown(name)) == sorted([first, second])


def test_only_a_draft_is_arranged_and_who_takes_it_back_is_told_what_is_void(
    name: str, editor: Client, approver: Client, workspace: Workspace
) -> None:
    editor.post(reverse("submit", args=[name]))
    sign(approver, name)
    assert editor.get(reverse("arrange", args=[name, "lao-bao"])).status_code == 302
    before = shown(name)
    order(editor, name, *reversed(before))
    assert shown(name) == before
    page = editor.get(reverse("edition", args=[name])).content.decode()
    assert "mất hiệu lực" in page
    answer = editor.post(reverse("return", args=[name]), {"reason": "sửa thứ tự"}, follow=True)
    assert "Đã lấy lại phiên bản phát" in answer.content.decode()
    assert "Nguyễn Thị An không còn hiệu lực" in answer.content.decode()
    assert state(name) == State.DRAFT
    assert "sửa thứ tự" in answer.content.decode()


def sign(client: Client, name: str, passphrase: str = PEOPLE["an"], **more: str) -> str:
    form = {"seen": seen(name), "passphrase": passphrase} | more
    where = reverse("approve", args=[name])
    answer = client.post(where, form, follow=True, headers={"referer": f"http://testserver{where}"})
    assert passphrase not in answer.content.decode()
    assert all(passphrase not in step[0] for step in answer.redirect_chain)
    return answer.content.decode()


def test_an_approver_sees_what_is_signed_and_signs_it(
    name: str, editor: Client, approver: Client
) -> None:
    editor.post(reverse("submit", args=[name]))
    page = approver.get(reverse("approve", args=[name])).content.decode()
    assert seen(name) in page
    assert "Chữ ký 0/2" in page
    assert "không có gì phải sửa" in page
    assert "Còn cần 1 chữ ký" in sign(approver, name)
    assert state(name) == State.SUBMITTED
    assert "Anh chị đã ký." in approver.get(reverse("approve", args=[name])).content.decode()


def test_a_wrong_passphrase_signs_nothing(name: str, editor: Client, approver: Client) -> None:
    editor.post(reverse("submit", args=[name]))
    assert "không đúng" in sign(approver, name, "sai hoàn toàn")
    assert not ledger.Signature.objects.exists()


def test_what_changed_since_it_was_seen_is_not_signed_and_a_page_says_so(
    name: str, editor: Client, approver: Client
) -> None:
    old = seen(name)
    order(editor, name, *reversed(shown(name)))
    editor.post(reverse("submit", args=[name]))
    form = {"seen": old, "passphrase": PEOPLE["an"]}
    answer = approver.post(reverse("approve", args=[name]), form)
    assert answer.status_code == 409
    assert "Nội dung đã đổi từ lúc xem" in answer.content.decode()
    assert not ledger.Signature.objects.exists()


def test_who_submits_does_not_approve(workspace: Workspace, name: str, approver: Client) -> None:
    approve.submit(workspace, NOW, name, "an")
    page = approver.get(reverse("approve", args=[name])).content.decode()
    assert "người khác duyệt" in page
    assert "không được tự duyệt" in sign(approver, name)


def test_a_signature_made_elsewhere_counts_and_what_is_none_is_refused(
    workspace: Workspace, name: str, editor: Client, approver: Client, tmp_path: Path
) -> None:
    editor.post(reverse("submit", args=[name]))
    given = approver.get(reverse("request", args=[name]))
    assert given["Content-Disposition"] == f'attachment; filename="{name}.request.json"'
    path = tmp_path / "asked.json"
    path.write_bytes(given.content)
    key = keys.signer(workspace.approver_key("binh"), PEOPLE["binh"])
    answer = request.answer(request.read(path), "binh", key)
    where = reverse("signature", args=[name])
    for bad in (b"", b"{}", b"\xff" * 10):
        approver.post(where, {"signature": SimpleUploadedFile("a.sig.json", bad)})
    approver.post(where)
    assert not ledger.Signature.objects.exists()
    sent = SimpleUploadedFile("a.sig.json", answer.model_dump_json().encode())
    approver.post(where, {"signature": sent})
    assert ledger.Signature.objects.get().approver == "binh"


def test_what_was_done_is_told_with_the_editions_title(
    name: str, editor: Client, approver: Client
) -> None:
    said = editor.post(reverse("submit", args=[name]), follow=True).content.decode()
    assert f"Đã trình phiên bản phát {called(name).vi}." in said
    where = reverse("return", args=[name])
    said = approver.post(where, {"reason": "sai"}, follow=True).content.decode()
    assert f"Đã trả lại phiên bản phát {called(name).vi}." in said


def test_giving_back_needs_a_reason(name: str, editor: Client, approver: Client) -> None:
    editor.post(reverse("submit", args=[name]))
    approver.post(reverse("return", args=[name]), {"reason": "  "})
    assert state(name) == State.SUBMITTED
    approver.post(reverse("return", args=[name]), {"reason": HOSTILE})
    assert state(name) == State.DRAFT
    page = editor.get(reverse("edition", args=[name]))
    assert b"<script>alert" not in page.content


def test_who_gave_it_back_and_why_is_told_until_it_is_submitted_again(
    name: str, editor: Client, approver: Client
) -> None:
    editor.post(reverse("submit", args=[name]))
    approver.post(reverse("return", args=[name]), {"reason": "sai địa danh"})
    said = editor.get(reverse("edition", args=[name])).content.decode()
    assert "Nguyễn Thị An đã trả lại: sai địa danh" in said
    assert "Nguyễn Thị An đã trả lại: sai địa danh" in editor.get("/").content.decode()
    assert "bị trả lại" in editor.get(reverse("editions")).content.decode()
    editor.post(reverse("submit", args=[name]))
    assert "bị trả lại" not in editor.get(reverse("editions")).content.decode()


def test_kinds_of_screen_and_sensitive_themes_are_told_in_words(
    workspace: Workspace, name: str, editor: Client
) -> None:
    border = caption("cột mốc", themes=["BIEN_GIOI"])
    admit(workspace, "cột mốc", says=border, hours=5)
    assemble.run(workspace, NOW, Cycle.parse(name))
    said = editor.get(reverse("edition", args=[name]), {"cum": "lao-bao"}).content.decode()
    assert workspace.profiles["led-wall"].title in said
    assert "Xem trước: led-wall" not in said
    assert "· nhạy cảm" in said


def test_the_changes_since_the_last_submission_are_side_by_side(
    name: str, editor: Client, approver: Client
) -> None:
    editor.post(reverse("submit", args=[name]))
    approver.post(reverse("return", args=[name]), {"reason": "đổi"})
    order(editor, name, *reversed(shown(name)))
    editor.post(reverse("submit", args=[name]))
    page = approver.get(reverse("approve", args=[name]))
    comparison = page.context["comparison"]
    moved = {each.name: len(each.changed) for each in comparison.since}
    assert moved == {"lao-bao": 1, "la-lay": 0, "cha-lo": 0}
    assert "So với lần trình trước" in page.content.decode()


def test_the_sheet_names_who_signed(name: str, editor: Client, approver: Client) -> None:
    assert editor.get(reverse("approval-sheet", args=[name])).status_code == 404
    editor.post(reverse("submit", args=[name]))
    sign(approver, name)
    page = editor.get(reverse("approval-sheet", args=[name])).content.decode()
    assert "PHIẾU DUYỆT DANH SÁCH PHÁT" in page
    assert "Nguyễn Thị An" in page
    assert seen(name) in page


def test_the_preview_gives_the_very_files_that_are_signed_with_ranges(
    name: str, editor: Client
) -> None:
    page = editor.get(
        reverse("preview", args=[name, "lao-bao", "led-wall"]), {"ngay": "x", "gio": "99"}
    )
    (turn, *_) = page.context["loop"]
    where = reverse("edition-file", args=[name, "lao-bao", turn.file])
    assert where in page.content.decode()
    part = editor.get(where, headers={"range": "bytes=0-3"})
    assert (part.status_code, part["Content-Type"]) == (206, "video/mp4")
    other = ledger.Rendition.objects.exclude(profile__in=["led-wall", "lcd-1080p"]).first()
    assert other
    elsewhere = reverse("edition-file", args=[name, "lao-bao", other.sha256])
    assert editor.get(elsewhere).status_code == 404


def test_what_is_live_is_withdrawn_and_stays_red_until_screens_confirm(
    workspace: Workspace, approver: Client
) -> None:
    supply(workspace, "chợ phiên", "lễ hội")
    show_last_month(workspace)
    gone = ledger.Asset.objects.get(name="lễ hội").pk
    page = approver.get(reverse("withdraw")).content.decode()
    assert "lễ hội" in page
    assert "bao-quang-tri" not in page
    none = approver.post(reverse("withdraw"), {"reason": "sai địa danh"})
    assert (none.status_code, "sai địa danh" in none.content.decode()) == (422, True)
    leads = f"{reverse('withdraw')}?asset={gone}"
    assert leads in approver.get(reverse("asset", args=[gone])).content.decode()
    assert " checked" in approver.get(leads).content.decode()
    answer = approver.post(reverse("withdraw"), {"asset": gone, "reason": HOSTILE}, follow=True)
    assert "chờ người duyệt ký" in answer.content.decode()
    page = approver.get(reverse("withdrawals")).content.decode()
    assert "chưa xác nhận đã gỡ" in page
    assert "bản gỡ chờ người duyệt ký" in page
    takes_off = ledger.Withdrawal.objects.values("edition")
    ledger.Edition.objects.filter(pk__in=takes_off).update(state=State.PUBLISHED)
    page = approver.get(reverse("withdrawals")).content.decode()
    assert "bản gỡ đã phát hành, chờ màn hình xác nhận" in page
    assert "<script>alert" not in page
    assert ledger.Withdrawal.objects.get().by == "an"
    approver.post(reverse("lift", args=[gone]), {"reason": "nhầm"})
    assert not ledger.Withdrawal.objects.exists()


def test_home_leads_each_to_what_waits_for_them(
    name: str, editor: Client, approver: Client
) -> None:
    assert reverse("edition", args=[name]) in editor.get("/").content.decode()
    editor.post(reverse("submit", args=[name]))
    assert reverse("approve", args=[name]) in approver.get("/").content.decode()
    sign(approver, name)
    assert reverse("approve", args=[name]) not in approver.get("/").content.decode()


def test_what_is_approved_and_cannot_go_out_is_said_and_waits_for_the_reviewers(
    workspace: Workspace, name: str, editor: Client, approver: Client
) -> None:
    editor.post(reverse("submit", args=[name]))
    sign(approver, name)
    Person.objects.filter(name="an").update(name="binh")
    sign(approver, name, PEOPLE["binh"])
    where = reverse("edition", args=[name])
    assert "Đã đủ chữ ký, phát hành lúc" in editor.get(where).content.decode()
    gone = ledger.Asset.objects.get(name="lễ hội")
    ledger.Withdrawal.objects.create(asset=gone, at=NOW, by="an", reason="sai")
    page = editor.get(where).content.decode()
    assert "có nội dung đã thu hồi" in page
    assert "Đã đủ chữ ký, phát hành lúc" not in page
    for client in (editor, approver):
        assert f"Chưa phát hành được {called(name).vi}" in client.get("/").content.decode()
    assert "· chưa phát hành được" in editor.get(reverse("editions")).content.decode()


def test_a_draft_of_what_was_withdrawn_is_drafted_again_from_its_page(
    name: str, editor: Client, approver: Client
) -> None:
    gone = ledger.Asset.objects.get(name="lễ hội")
    ledger.Withdrawal.objects.create(asset=gone, at=NOW, by="an", reason="sai")
    where = reverse("edition", args=[name])
    page = editor.get(where).content.decode()
    assert '<button class="main">Lập lại với nội dung mới' in page
    assert '<button class="main">Trình để duyệt' not in page
    assert "phải sửa</span>" in page
    refused = editor.post(reverse("submit", args=[name])).content.decode()
    assert "có nội dung đã thu hồi" in refused
    assert "Hãy trả lại" not in refused
    ledger.Edition.objects.filter(name=name).update(state=State.PUBLISHED)
    page = editor.get(where).content.decode()
    assert "đã phát hành nên không sửa được" in page
    assert "trước khi ký" not in page
    assert "phải sửa</span>" not in page
    ledger.Edition.objects.filter(name=name).update(state=State.DRAFT)
    cycle = ledger.Edition.objects.get(name=name).cycle
    editor.post(reverse("assemble"), {"cycle": cycle})
    page = editor.get(where).content.decode()
    assert '<button class="main">Trình để duyệt' in page
    assert "phải sửa</span>" not in page


def test_whose_key_is_elsewhere_is_told_the_desks_way(
    workspace: Workspace, name: str, editor: Client, approver: Client
) -> None:
    workspace.approver_key("an").unlink()
    editor.post(reverse("submit", args=[name]))
    said = (
        sign(approver, name)
        .split("Khóa của Nguyễn Thị An không ở máy trung tâm")[1]
        .split("</p>")[0]
    )
    assert "tải yêu cầu ký" in said
    assert "cluster-feed" not in said


def test_what_can_no_longer_be_signed_asks_nobody_for_a_signature(
    name: str, editor: Client, approver: Client
) -> None:
    editor.post(reverse("submit", args=[name]))
    gone = ledger.Asset.objects.get(name="lễ hội")
    ledger.Withdrawal.objects.create(asset=gone, at=NOW, by="an", reason="sai")
    (waits,) = approver.get("/").context["waiting"]
    assert waits.address == reverse("edition", args=[name])
    page = approver.get(reverse("approve", args=[name])).content.decode()
    assert 'name="passphrase"' not in page
    assert "có nội dung đã thu hồi" in page


def test_an_approver_without_a_trusted_key_is_told(
    name: str, editor: Client, approver: Client
) -> None:
    editor.post(reverse("submit", args=[name]))
    where = reverse("approve", args=[name])
    assert "không có khóa ký được tin cậy" not in approver.get(where).content.decode()
    Person.objects.filter(name="an").update(name="khach")
    assert "không có khóa ký được tin cậy" in approver.get(where).content.decode()


def test_whom_to_ask_for_a_signature_is_said_by_name(
    workspace: Workspace, name: str, editor: Client, approver: Client, signed_in: SignedIn
) -> None:
    for who in ("binh", "chi"):
        Person.invite(NOW, who, f"Đỗ {who}", Role.APPROVER)
    workspace.approver_key("chi").unlink()
    editor.post(reverse("submit", args=[name]))
    still = "Còn cần 2 chữ ký của: Nguyễn Thị An, Đỗ binh, Đỗ chi (ký ở máy giữ khóa)."
    for client, where in ((editor, "edition"), (approver, "approve")):
        assert still in client.get(reverse(where, args=[name])).content.decode()
    (waits,) = editor.get("/").context["others"]
    assert (waits.address, waits.detail.vi) == (reverse("edition", args=[name]), still)
    assert not approver.get("/").context["others"]
    sign(approver, name)
    (waits,) = approver.get("/").context["others"]
    assert waits.detail.vi == "Còn cần 1 chữ ký của: Đỗ binh, Đỗ chi (ký ở máy giữ khóa)."
    assert "Chờ người khác" in approver.get("/").content.decode()


def test_where_too_few_can_sign_everybody_is_told_and_the_operator_led_to_invite(
    name: str, editor: Client, approver: Client, signed_in: SignedIn
) -> None:
    editor.post(reverse("submit", args=[name]))
    page = editor.get(reverse("edition", args=[name])).content.decode()
    assert "cần thêm 2 chữ ký mà chỉ còn 1 người ký được" in page
    assert "binh, chi có khóa ở máy trung tâm" in page
    operator = signed_in(Role.OPERATOR)
    waits = operator.get("/").context["waiting"]
    assert reverse("people") in [each.address for each in waits if each.urgent]
    Person.invite(NOW, "binh", "Bình", Role.APPROVER)
    assert "không đủ người ký" not in operator.get("/").content.decode()


def test_home_asks_no_signature_of_who_can_never_give_one(
    name: str, editor: Client, approver: Client
) -> None:
    editor.post(reverse("submit", args=[name]))
    Person.objects.filter(name="an").update(name="khach")
    assert not approver.get("/").context["waiting"]
    page = approver.get(reverse("edition", args=[name])).content.decode()
    assert "Xem và duyệt" not in page


def test_one_looks_and_listens_from_where_one_signs(
    workspace: Workspace, name: str, editor: Client, approver: Client
) -> None:
    editor.post(reverse("submit", args=[name]))
    page = approver.get(reverse("approve", args=[name])).content.decode()
    for asset in ledger.Asset.objects.all():
        assert f'href="{reverse("asset", args=[asset.pk])}?tu=' in page


def test_a_wrong_passphrase_is_said_beside_its_field(
    name: str, editor: Client, approver: Client
) -> None:
    editor.post(reverse("submit", args=[name]))
    form = {"seen": seen(name), "passphrase": "sai rồi"}
    answer = approver.post(reverse("approve", args=[name]), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.index("chưa ký gì cả") > page.index('id="sign"')
    assert "autofocus" in page
    assert "sai rồi" not in page


def test_home_says_who_gave_back_and_why(name: str, editor: Client, approver: Client) -> None:
    editor.post(reverse("submit", args=[name]))
    approver.post(reverse("return", args=[name]), {"reason": "sai tên bản"})
    for where in ("/", reverse("edition", args=[name])):
        assert "Nguyễn Thị An đã trả lại: sai tên bản" in editor.get(where).content.decode()


def test_who_submitted_a_withdrawal_is_not_led_to_sign_it_and_others_read_why(
    workspace: Workspace, approver: Client
) -> None:
    supply(workspace, "chợ phiên", "lễ hội")
    show_last_month(workspace)
    gone = ledger.Asset.objects.get(name="lễ hội").pk
    made = approver.post(reverse("withdraw"), {"asset": gone, "reason": "sai địa danh"})
    own = approver.get(made["Location"]).content.decode()
    assert "Xem và duyệt" not in own
    assert "Gỡ “lễ hội”: sai địa danh" in own
    Person.objects.filter(name="an").update(name="binh")
    assert "gỡ vì: sai địa danh" in approver.get("/").content.decode()
    assert "Xem và duyệt" in approver.get(made["Location"]).content.decode()
    page = approver.get(reverse("approve", args=[made.headers["Location"].split("/")[-2]]))
    assert "Gỡ “lễ hội”: sai địa danh" in page.content.decode()
    assert "việc thu hồi nội dung này cũng thôi" in page.content.decode()


def test_a_notice_is_prepared_approved_ahead_released_and_ended_by_two_people(
    workspace: Workspace, editor: Client, approver: Client
) -> None:
    supply(workspace, "chợ phiên", "bão")
    show_last_month(workspace)
    storm = ledger.Asset.objects.get(name="bão").pk
    form = {"name": "bao-so-5", "asset": storm}
    editor.post(reverse("prepare-notice"), form)
    row = ledger.Notice.objects.get()
    assert row.prepared_by == "editor"
    listed = editor.get(reverse("notices")).content.decode()
    assert "ở mục “Duyệt trước” của thông báo" in listed
    assert "cluster-feed notice" not in listed
    for person in ("an", "binh"):
        Person.objects.filter(name__in=PEOPLE).update(name=person)
        signing = {"seen": row.fingerprint, "passphrase": PEOPLE[person]}
        approver.post(reverse("approve-notice", args=["bao-so-5"]), signing)
    assert "Sẵn sàng phát" in approver.get(reverse("notice", args=["bao-so-5"])).content.decode()
    until = approver.get(reverse("notice", args=["bao-so-5"])).context["usual"]
    fingerprint = row.fingerprint
    for person in ("an", "binh"):
        Person.objects.filter(name__in=PEOPLE).update(name=person)
        form = {
            "seen": fingerprint,
            "passphrase": PEOPLE[person],
            "until": f"{until:%Y-%m-%dT%H:%M}",
        }
        approver.post(reverse("release-notice", args=["bao-so-5"]), form)
        fingerprint = ledger.Edition.objects.get(notice=row).fingerprint
        if person == "an":
            page = approver.get(reverse("notice", args=["bao-so-5"])).content.decode()
            assert "Anh chị đã ký lệnh này" in page
            assert 'name="passphrase"' not in page
            assert "Sẵn sàng phát" not in page
            assert "chờ người thứ hai ký" in approver.get(reverse("notices")).content.decode()
            Person.objects.filter(name="an").update(name="binh")
            (waits,) = approver.get("/").context["waiting"]
            assert waits.address == reverse("notice", args=["bao-so-5"])
    assert state(ledger.Edition.objects.get(notice=row).name) == State.PUBLISHED
    page = approver.get(reverse("notice", args=["bao-so-5"])).content.decode()
    assert "chiếm màn hình đến" in page
    assert "chưa tới cụm" in page
    fingerprint = row.fingerprint
    for person in ("an", "binh"):
        Person.objects.filter(name__in=PEOPLE).update(name=person)
        form = {"seen": fingerprint, "passphrase": PEOPLE[person]}
        approver.post(reverse("end-notice", args=["bao-so-5"]), form)
        fingerprint = ledger.Edition.objects.latest("pk").fingerprint
    assert not approver.get(reverse("notice", args=["bao-so-5"])).context["on"]


def test_a_notice_goes_all_its_way_with_keys_that_never_come_to_the_hub(
    workspace: Workspace, editor: Client, approver: Client, tmp_path: Path
) -> None:
    supply(workspace, "chợ phiên", "bão")
    show_last_month(workspace)
    form = {"name": "bao-so-5", "asset": ledger.Asset.objects.get(name="bão").pk}
    editor.post(reverse("prepare-notice"), form)
    away = {}
    for person in ("an", "binh"):
        away[person] = keys.signer(workspace.approver_key(person), PEOPLE[person])
        workspace.approver_key(person).rename(tmp_path / person)

    def sign(person: str, asked_at: str, sent_to: str) -> None:
        path = tmp_path / "asked.json"
        path.write_bytes(approver.get(asked_at).content)
        answer = request.answer(request.read(path), person, away[person])
        sent = SimpleUploadedFile("a.sig.json", answer.model_dump_json().encode())
        approver.post(sent_to, {"signature": sent})

    here = reverse("notice", args=["bao-so-5"])
    page = approver.get(here).content.decode()
    assert 'name="passphrase"' not in page
    assert reverse("notice-request", args=["bao-so-5"]) in page
    nothing = SimpleUploadedFile("a.sig.json", b"{}")
    approver.post(reverse("notice-signature", args=["bao-so-5"]), {"signature": nothing})
    for person in ("an", "binh"):
        assert len(approver.get(here).context["ready"].people) == list(away).index(person)
        ways = [reverse(f"notice-{way}", args=["bao-so-5"]) for way in ("request", "signature")]
        sign(person, *ways)
    row = ledger.Notice.objects.get()
    until = approver.get(here).context["usual"]
    for act in ("release-notice", "end-notice"):
        begun = {"seen": row.fingerprint, "until": f"{until:%Y-%m-%dT%H:%M}"}
        answer = approver.post(reverse(act, args=["bao-so-5"]), begun)
        name = ledger.Edition.objects.latest("pk").name
        assert answer["Location"] == reverse("approve", args=[name])
        assert reverse("approve", args=[name]) in approver.get(here).content.decode()
        for person in ("an", "binh"):
            sign(person, *(reverse(way, args=[name]) for way in ("request", "signature")))
        assert state(name) == State.PUBLISHED
        assert bool(approver.get(here).context["on"]) is (act == "release-notice")


def test_a_playlist_of_many_is_still_a_small_page(workspace: Workspace, editor: Client) -> None:
    for number in range(120):
        admit(workspace, f"clip {number}", seconds=30, hours=number % 20)
    name = assemble.run(workspace, NOW, workspace.calendar.current(NOW)).name
    assert len(shown(name)) == 60
    page = editor.get(reverse("edition", args=[name]))
    assert len(page.content) < 200_000
    assert page.context["chosen"].length == 60


def test_a_newsroom_is_not_told_of_addresses_on_the_gates_network(signed_in: SignedIn) -> None:
    facts = {"cluster": "lao-bao", "host": "10.9.8.7:22", "detail": "timed out"}
    audit.record(NOW, "hub", "deliver-failed", "lao-bao", code="NodeUnreachable", **facts)
    assert "10.9.8.7" in signed_in(Role.OPERATOR).get("/").content.decode()
    said = signed_in(Role.CONTRIBUTOR).get("/").content.decode()
    assert "chưa gửi được" in said
    assert "10.9.8.7" not in said


def test_home_says_how_far_the_month_has_come_and_counts_down_only_to_what_is_ahead(
    workspace: Workspace, name: str, editor: Client, approver: Client
) -> None:
    ledger.Edition.objects.filter(name=name).update(name="2001-01")

    def lead() -> str:
        page = editor.get("/").content.decode()
        return page.partition('class="lead">')[2].partition("</p>")[0]

    now = datetime.now(UTC)
    current = str(workspace.calendar.current(now))
    assert "chưa lập bản nháp" in lead()
    ledger.Edition.objects.filter(name="2001-01").update(name=current, cycle=current)
    assert "bản nháp" in lead()
    assert "đến lần phát hành" in lead() or "Phát hành hôm nay" in lead()
    ledger.Edition.objects.filter(name=current).update(
        state="published", published_at=now, number=1, submitted_by="duong"
    )
    assert "đã phát hành lúc" in lead()
    assert "lần phát hành" not in lead()


def test_before_submitting_an_editor_reads_what_is_not_right(
    workspace: Workspace, name: str, editor: Client
) -> None:
    where = reverse("edition", args=[name]) + "?cum=lao-bao"
    before = editor.get(where).context["chosen"].seconds
    order(
        editor,
        name,
        "lễ hội",
        "chợ phiên",
        valid_from=["2031-01-01", ""],
        valid_until=["2031-01-02", ""],
    )
    page = editor.get(where)
    said = page.content.decode()
    assert "1 nội dung không phát ngày nào" in said
    assert "mục tiêu" in said
    assert page.context["chosen"].seconds < before  # what never shows takes no time


def test_dayparts_and_months_are_called_as_people_call_them(
    workspace: Workspace, name: str, editor: Client
) -> None:
    editor.get("/")
    path = workspace.document_of("lao-bao")
    path.write_text(
        path.read_text().replace(
            "[[screens]]",
            '[[dayparts]]\nname = "buoi-toi"\ntitle = "Buổi tối ở cửa khẩu"\n'
            "start = 19:00:00\nend = 22:00:00\n\n[[screens]]",
            1,
        )
    )
    editor.post(reverse("assemble"), {"cycle": name})
    for route in ("edition", "arrange"):
        args = [name, "lao-bao"] if route == "arrange" else [name]
        said = editor.get(reverse(route, args=args) + "?cum=lao-bao").content.decode()
        assert "Buổi tối ở cửa khẩu" in said
        assert ">buoi-toi" not in said
    assert "Tháng 1" in said or "tháng 1" in said.lower()


def test_a_size_is_written_as_the_pages_language_does(
    workspace: Workspace, name: str, editor: Client
) -> None:
    row = ledger.Asset.objects.first()
    assert row
    ledger.Asset.objects.filter(pk=row.pk).update(byte_count=25_600_000)
    page = reverse("asset", args=[row.pk])
    assert "24,4\xa0MB" in editor.get(page).content.decode()
    editor.cookies["tongue"] = "en"
    assert "24.4\xa0MB" in editor.get(page).content.decode()
