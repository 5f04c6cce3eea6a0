"""Captions written at the desk."""

from datetime import UTC, date, datetime

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Broadcast, Caption, Words
from cluster_feed.core.edition import State
from cluster_feed.core.playlist import Playlist
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import caption as captions
from cluster_feed.web.caption_form import CaptionForm
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.material import caption
from tests.trust import playlist_of
from tests.web.conftest import SignedIn
from tests.web.shelf import OTHER, OWN, put

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
FULL = {
    "title-vi": "Chợ phiên",
    "description-vi": "Người hai bên đi chợ.",
    "alt_text-vi": "Chợ.",
    "title-en": "Market",
    "title-lo": "ຕະຫຼາດ",
    "themes": ["DU_LICH", "THUONG_MAI"],
    "information_class": "QUANG_BA",
    "genre": "ANH",
    "language": "vi",
    "creator": "An",
    "contributors": "Bình; Chi",
    "rights_holder": "UBND xã",
    "usage_terms": "Tự do",
    "rights_until": "1/1/2028",
    "licence_granted": "on",
    "consent": "DA_DONG_Y",
    "digital_source": "GHI_HINH",
    "republish_basis": "THOA_THUAN",
    "agreement": "12/TT",
    "places": "Lao Bảo; Khe Sanh",
    "created_on": "1/11/2026",
    "broadcast_on": "15/11/2026",
    "channel": "QTV",
    "programme": "Thời sự",
    "valid_from": "20/11/2026",
    "valid_until": "31/12/2026",
    "no_state_secrets": "on",
    "vietnam_vn": "on",
}


def written(client: Client, row: ledger.Asset, **changed: object) -> tuple[int, dict[str, str]]:
    """Save what the form shows with changes; give the status and what is wrong."""
    address = reverse("caption", args=[row.pk])
    seen = client.get(address).context["seen"]
    answer = client.post(address, {"seen": seen, **FULL, **changed})
    errors = answer.context["form"].errors if answer.status_code == 422 else {}
    return answer.status_code, {name: says.vi for name, says in errors.items()}


def test_every_field_is_saved_and_shown_again(signed_in: SignedIn, workspace: Workspace) -> None:
    row, editor = put(workspace, "chợ", says=Caption()), signed_in(Role.EDITOR)
    assert written(editor, row) == (302, {})
    row.refresh_from_db()
    said = row.to_caption()
    assert said.in_language("lo").title == "ຕະຫຼາດ"
    assert said.places == ("Lao Bảo", "Khe Sanh")
    assert said.broadcast == Broadcast(on=date(2026, 11, 15), channel="QTV", programme="Thời sự")
    assert said.valid_until == date(2026, 12, 31)
    assert said.no_state_secrets
    assert row.captioned_by == "editor"
    form = CaptionForm(said, workspace.newsroom_class(OTHER), Kind.VIDEO)
    assert form.take(posted_again(form)) == said
    event = ledger.Event.objects.get(act="caption")
    assert "title (vi)" in event.facts["changed"]
    assert list(said.missing(workspace.newsroom_class(OTHER), Kind.VIDEO)) == []


def posted_again(form: CaptionForm) -> QueryDict:
    """Post what the form shows, as a browser does."""
    posted = QueryDict(mutable=True)
    for tab in form.tabs:
        for field in tab.fields:
            posted[field.name] = field.written
    for name in FULL:
        if "-" not in name and name != "themes":
            posted[name] = form[name].written
    posted.setlist("themes", form.themes_written)
    return posted


def test_a_language_that_has_no_tab_of_its_own_is_kept(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    words = {"vi": Words(title="Chợ"), "bru": Words(title="Chợ Bru")}
    row = put(workspace, "chợ", says=caption("x", words=words))
    status, _ = written(signed_in(Role.EDITOR), row, **{"title-bru": "Chợ Bru"})
    assert status == 302
    row.refresh_from_db()
    assert row.to_caption().in_language("bru").title == "Chợ Bru"


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"broadcast_on": "31/2/2026"}, "broadcast_on", "không phải là ngày"),
        ({"broadcast_on": ""}, "broadcast_on", "ngày phát sóng"),
        ({"valid_until": "1/11/2026"}, "valid_until", "ngày cuối"),
        ({"themes": ["DU_LICH", "KTXH", "THE_THAO", "LICH_SU"]}, "themes", "nhiều nhất là 3"),
        ({"themes": ["KING"]}, "themes", "không có"),
        ({"genre": "KING"}, "genre", "không có"),
        ({"language": "tiếng sao Hỏa"}, "language", "không rõ ngôn ngữ"),
        ({"title-en": "x" * 10_000}, "title-en", "nhiều nhất là 300"),
        ({"description-vi": "TUYỆT MẬT"}, "description-vi", "dấu chỉ độ mật"),
        ({"created_on": "\x00"}, "created_on", "không phải là ngày"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    signed_in: SignedIn, workspace: Workspace, changed: dict[str, object], field: str, says: str
) -> None:
    row = put(workspace, "chợ", says=Caption())
    status, errors = written(signed_in(Role.EDITOR), row, **changed)
    assert status == 422
    assert list(errors) == [field]
    assert says in errors[field]
    row.refresh_from_db()
    assert row.to_caption() == Caption()


def test_the_broadcaster_cannot_have_aired_it_tomorrow(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row, editor = put(workspace, "tin", newsroom=OWN), signed_in(Role.EDITOR)
    status, errors = written(editor, row, broadcast_on="1/1/2099")
    assert (status, list(errors)) == (422, ["broadcast_on"])


def test_twenty_assets_are_done_one_after_the_other(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    rows = [put(workspace, f"{n}", says=Caption(), hours=n) for n in range(20)]
    editor = signed_in(Role.EDITOR)
    address, done = reverse("caption", args=[rows[7].pk]), 0
    while "chu-thich" in address:
        seen = editor.get(address).context["seen"]
        address = editor.post(address, {"seen": seen, **FULL, "then": "next"})["Location"]
        done += 1
    assert done == 20
    assert address == reverse("library")
    assert not ledger.Asset.objects.filter(ledger.Asset.lacking(())).exists()


def test_the_last_that_is_saved_incomplete_is_not_called_complete(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row = put(workspace, "a", says=Caption())
    editor = signed_in(Role.EDITOR)
    address = reverse("caption", args=[row.pk])
    seen = editor.get(address).context["seen"]
    form = {"seen": seen, **FULL, "creator": "", "then": "next"}
    page = editor.post(address, form, follow=True)
    said = {each.level_tag: str(each) for each in page.context["messages"]}
    assert "Đã lưu" in said["success"]
    assert "thiếu" not in said["success"]
    assert "còn thiếu: tác giả" in said["warning"].lower()
    assert "Không còn nội dung nào khác thiếu chú thích" in said["warning"]


def test_nobody_overwrites_what_they_have_not_seen(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row, editor = put(workspace, "chợ"), signed_in(Role.EDITOR)
    address = reverse("caption", args=[row.pk])
    seen = editor.get(address).context["seen"]
    captions.write(workspace, NOW, row.pk, caption("của người khác"), captions.Writer("minh"))
    answer = editor.post(address, {"seen": seen, **FULL})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "minh" in page
    assert "“của người khác”" in page
    assert answer.context["form"].tabs[0].fields[0].written == FULL["title-vi"]
    row.refresh_from_db()
    assert row.to_caption().title == "của người khác"
    again = editor.post(address, {"seen": answer.context["seen"], **FULL})
    assert again.status_code == 302
    row.refresh_from_db()
    assert row.to_caption().title == FULL["title-vi"]


def test_a_button_pressed_twice_saves_once(signed_in: SignedIn, workspace: Workspace) -> None:
    row, editor = put(workspace, "chợ"), signed_in(Role.EDITOR)
    address = reverse("caption", args=[row.pk])
    seen = editor.get(address).context["seen"]
    assert [editor.post(address, {"seen": seen, **FULL}).status_code for _ in "ab"] == [302, 302]


def test_all_that_is_wrong_is_said_at_once_and_what_is_written_is_not_missing(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row, editor = put(workspace, "chợ", says=Caption()), signed_in(Role.EDITOR)
    wrong = {"created_on": "32/13/2026", "valid_from": "2/11/2026", "valid_until": "1/11/2026"}
    status, errors = written(editor, row, **wrong)
    assert (status, set(errors)) == (422, {"created_on", "valid_until"})
    assert "valid_" not in errors["valid_until"]
    answer = editor.post(reverse("caption", args=[row.pk]), {**FULL, **wrong, "creator": ""})
    assert [each.name for each in answer.context["form"].open_fields] == ["creator"]


def showing(row: ledger.Asset, state: State) -> ledger.Edition:
    edition = ledger.Edition.objects.create(
        name="2026-11", cycle="2026-11", state=state, fingerprint="0" * 64, created_at=NOW
    )
    playlist = playlist_of("lao-bao", 1, b"clip")
    entries = tuple(each.model_copy(update={"asset": row.pk}) for each in playlist.entries)
    shown = Playlist.model_validate({**playlist.model_dump(), "entries": entries})
    edition.programmes.create(cluster="lao-bao", playlist=shown.to_bytes())
    return edition


def test_a_newsroom_writes_until_its_asset_is_submitted(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row, contributor = put(workspace, "tin", newsroom=OWN), signed_in(Role.CONTRIBUTOR)
    assert written(contributor, row)[0] == 302
    row.refresh_from_db()
    assert row.captioned_by == OWN
    assert ledger.Event.objects.get(act="caption").actor == "contributor"
    edition = showing(row, State.DRAFT)
    address = reverse("caption", args=[row.pk])
    assert contributor.get(address).status_code == 200
    edition.state = State.SUBMITTED
    edition.save()
    assert contributor.get(address)["Location"] == reverse("asset", args=[row.pk])
    assert contributor.post(address, FULL).status_code == 403
    edition.delete()
    captions.write(workspace, NOW, row.pk, caption("của Sở"), captions.Writer("lan"))
    assert contributor.post(address, FULL).status_code == 403


def test_a_declaration_is_not_taken_back_unawares(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row, editor = put(workspace, "chợ"), signed_in(Role.EDITOR)
    showing(row, State.APPROVED)
    assert "tháng 11/2026" in editor.get(reverse("caption", args=[row.pk])).content.decode()
    undeclared = {"no_state_secrets": ""}
    status, errors = written(editor, row, **undeclared)
    assert status == 422
    assert "2026-11" in errors["no_state_secrets"]
    assert written(editor, row, **undeclared, again="on")[0] == 302
    page = editor.get(reverse("caption", args=[row.pk])).content.decode()
    assert "không phát hành được nữa" in page


def test_what_is_missing_stands_at_its_field_and_goes_when_it_is_there(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row = put(workspace, "tin", newsroom=OWN, kind=Kind.PHOTO, says=Caption(vietnam_vn=True))
    form = signed_in(Role.EDITOR).get(reverse("caption", args=[row.pk])).context["form"]
    names = {each.name for each in form.open_fields}
    assert {"title-vi", "alt_text-vi", "themes", "broadcast_on", "no_state_secrets"} <= names
    assert form["usage_terms"].for_portal
    assert form.tabs[1].open_points == 2
    assert len(row.missing(workspace.broadcasters)) == len(names)


def test_a_language_is_called_by_its_name_and_read_again(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row, editor = put(workspace, "chợ", says=caption("chợ", language="zxx")), signed_in(Role.EDITOR)
    form = editor.get(reverse("caption", args=[row.pk])).context["form"]
    assert form["language"].written == "không lời"
    assert "không lời" in editor.get(reverse("asset", args=[row.pk])).content.decode()
    assert written(editor, row, language="tiếng Lào") == (302, {})
    row.refresh_from_db()
    assert row.to_caption().language == "lo"
