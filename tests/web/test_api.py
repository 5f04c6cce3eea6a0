"""What programs read and do: the same objects, stages and permissions as at the desk."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from cluster_feed.adapters import keys, request
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.errors import OwnSubmission
from cluster_feed.core.finding import Finding, Flaw
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve
from cluster_feed.web.api.openapi import document
from cluster_feed.web.api.operations import API
from cluster_feed.web.models import Person
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.material import admit, caption, measured, media
from tests.office import PEOPLE, approve_by, draft
from tests.web.conftest import Program

NOW = datetime.now(UTC)
HOSTILE = ("<script>alert(1)</script>", "\u202egnurt", "ấ" * 10_000)


@pytest.fixture
def editor(workspace: Workspace) -> Program:
    return Program(Role.EDITOR)


def approver(name: str) -> Program:
    person, _ = Person.invite(NOW, name, name, Role.APPROVER)
    person.come_in("một câu đủ dài")
    return Program(Role.APPROVER, person)


def signed_elsewhere(workspace: Workspace, name: str, person: str) -> dict[str, object]:
    """What `cluster-feed sign` writes on the person's own machine."""
    asked = approve.request(workspace, NOW, name)
    key = keys.signer(workspace.approver_key(person), PEOPLE[person])
    return request.answer(asked, person, key).model_dump(mode="json")


# --- Assets and captions --------------------------------------------------------------------------


def test_a_contributor_s_program_sees_its_newsroom_only(workspace: Workspace) -> None:
    own, other = admit(workspace, "own"), admit(workspace, "other")
    ledger.Asset.objects.filter(pk=own.pk).update(newsroom="bao-quang-tri")
    program = Program(Role.CONTRIBUTOR)
    assert [each["sha256"] for each in program.call("GET", "assets").json()["items"]] == [own.pk]
    assert program.call("GET", f"assets/{own.pk}").status_code == 200
    assert program.call("GET", f"assets/{other.pk}").status_code == 404
    assert program.call("GET", f"assets/{other.pk}/caption").status_code == 404
    asked = program.call("GET", "assets?newsroom=so-vhttdl").json()
    assert asked["items"] == []


def test_what_was_measured_of_a_clip_is_told_as_it_is_kept(
    workspace: Workspace, editor: Program
) -> None:
    row = admit(workspace, "clip")
    known = measured(media(20), Finding(flaw=Flaw.CLIPPING, from_seconds=3, to_seconds=4))
    row.media = known.model_dump(mode="json")
    row.save(update_fields=["media"])
    told = editor.call("GET", f"assets/{row.pk}").json()["media"]
    assert MediaInfo.model_validate(told) == known == row.to_value().media
    assert {"Measurement", "Packing", "Heard"} <= document(API)["components"]["schemas"].keys()


def test_a_list_comes_page_by_page_and_misses_nothing(
    workspace: Workspace, editor: Program
) -> None:
    for number in range(7):
        admit(workspace, f"clip {number}", hours=number // 3)  # some in the same second
    seen: list[str] = []
    after = ""
    while after is not None:
        page = editor.call("GET", f"assets?limit=2&after={after}").json()
        seen += [each["name"] for each in page["items"]]
        after = page["next"]
        admit(workspace, f"later {len(seen)}", hours=50)
    assert sorted(seen) == [f"clip {number}" for number in range(7)]


@pytest.mark.parametrize("wrong", ["after=x", "after=WyIyMDI2Il0", "limit=0", "limit=x", "no=1"])
def test_a_query_that_nobody_understands_is_told_why(editor: Program, wrong: str) -> None:
    answer = editor.call("GET", f"assets?{wrong}")
    assert (answer.status_code, answer.json()["code"]) == (422, "NotUnderstood")


def test_a_caption_is_changed_only_by_who_has_read_it(
    workspace: Workspace, editor: Program
) -> None:
    asset = admit(workspace, "clip")
    where = f"assets/{asset.pk}/caption"
    read = editor.call("GET", where)
    assert editor.call("PUT", where, read.json()).status_code == 428
    patch = {"words": {"en": {"title": "A clip"}}, "creator": "Lan"}
    done = editor.call("PATCH", where, patch, If_Match=read["ETag"])
    assert done.status_code == 200
    assert done.json()["words"]["vi"]["title"] == "clip"
    assert done.json()["words"]["en"]["title"] == "A clip"
    late = editor.call("PATCH", where, {"creator": "Minh"}, If_Match=read["ETag"])
    assert (late.status_code, late.json()["code"]) == (412, "CaptionChanged")
    again = editor.call("PUT", where, read.json(), If_Match=f"W/{done['ETag']}")
    assert again.json() == read.json()
    acts = ledger.Event.objects.filter(act="caption", subject=asset.pk, actor="editor")
    assert acts.count() == len(("patched", "put back"))
    audit.verify()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(workspace: Workspace, editor: Program, text: str) -> None:
    asset = admit(workspace, "clip")
    where = f"assets/{asset.pk}/caption"
    tag = editor.call("GET", where)["ETag"]
    answer = editor.call("PATCH", where, {"creator": text}, If_Match=tag)
    assert answer.status_code == (200 if len(text) < 300 else 422)
    assert answer["Content-Type"].partition(";")[0].endswith("json")


def test_only_json_of_the_right_shape_is_taken(workspace: Workspace, editor: Program) -> None:
    asset = admit(workspace, "clip")
    where = f"assets/{asset.pk}/caption"
    tag = editor.call("GET", where)["ETag"]
    for body, headers, wanted in (
        ({"themes": ["NONE"]}, {}, 422),
        ({"nothing": 1}, {}, 422),
        ({"words": {"a language?": {"titel": "x"}}}, {}, 422),
        ({"words": {"title": {"titel": "x"}}}, {}, 422),
        ([1], {}, 422),
        (None, {}, 415),
        ({}, {"Content_Type": "text/plain"}, 415),
        ({"creator": "ấ" * 3_000_000}, {}, 413),
    ):
        answer = editor.call("PUT", where, body, If_Match=tag, **headers)
        assert answer.status_code == wanted, body
        assert answer["Content-Type"] == "application/problem+json"


# --- Editions and signatures ----------------------------------------------------------------------


def test_an_edition_is_submitted_and_approved_by_signatures_made_elsewhere(
    workspace: Workspace, editor: Program
) -> None:
    draft(workspace, "2026-01")
    assert editor.call("POST", "editions/2026-01/submit").json()["state"] == "submitted"
    for person, state in (("an", "submitted"), ("binh", "approved")):
        program = approver(person)
        assert program.call("GET", "editions/2026-01/request").json()["name"] == "2026-01"
        answer = signed_elsewhere(workspace, "2026-01", person)
        assert program.call("POST", "editions/2026-01/signatures", answer).json()["state"] == state
    shown = editor.call("GET", "editions/2026-01").json()
    assert [each["approver"] for each in shown["signatures"]] == ["an", "binh"]


def test_a_signature_counts_for_its_key_s_person_and_once(workspace: Workspace) -> None:
    draft(workspace, "2026-01")
    approve.submit(workspace, NOW, "2026-01", "an")
    answer = signed_elsewhere(workspace, "2026-01", "an")
    refused = approver("binh").call("POST", "editions/2026-01/signatures", answer)
    assert (refused.status_code, refused.json()["code"]) == (409, OwnSubmission.__name__)
    answer = signed_elsewhere(workspace, "2026-01", "binh")
    approver("binh").call("POST", "editions/2026-01/signatures", answer)
    twice = approver("chi").call("POST", "editions/2026-01/signatures", answer)
    assert (twice.status_code, twice.json()["code"]) == (409, "ApprovedTwice")


def test_an_edition_is_returned_with_a_reason(workspace: Workspace) -> None:
    draft(workspace, "2026-01")
    approve.submit(workspace, NOW, "2026-01", "duong")
    approve_by(workspace, "2026-01", "binh")
    program = approver("an")
    for reason in ("", "  ", "\x00"):
        answer = program.call("POST", "editions/2026-01/return", {"reason": reason})
        assert answer.status_code == 422
    answer = program.call("POST", "editions/2026-01/return", {"reason": "nhầm địa danh"})
    assert (answer.json()["state"], answer.json()["signatures"]) == ("draft", [])


def test_no_passphrase_is_taken_for_a_notice(workspace: Workspace) -> None:
    program = approver("an")
    body = {"until": (NOW + timedelta(hours=8)).isoformat(), "seen": "0" * 64}
    with_one = program.call("POST", "notices/bao/release", {**body, "passphrase": PEOPLE["an"]})
    assert with_one.status_code == 422
    answer = program.call("POST", "notices/bao/release", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "SignedElsewhereOnly")


def test_what_was_withdrawn_is_listed_and_lifted(workspace: Workspace, editor: Program) -> None:
    asset = admit(workspace, "clip", says=caption("<b>"))
    draft(workspace, "2026-01")
    body = {"edition": "2026-01", "assets": [asset.pk], "reason": "nhầm"}
    assert editor.call("POST", "withdrawals", body).json() == {"edition": None}
    (listed,) = editor.call("GET", "withdrawals").json()["items"]
    assert (listed["asset"], listed["by"], listed["reason"]) == (asset.pk, "editor", "nhầm")
    lift = f"withdrawals/{asset.pk}/lift"
    assert editor.call("POST", lift, {"reason": "đã sửa"}).json() == {"asset": asset.pk}
    assert editor.call("POST", lift, {"reason": "đã sửa"}).status_code == 404


# --- How it says no, and what it says of itself ---------------------------------------------------


def test_a_refusal_has_its_code_and_both_sentences(workspace: Workspace, editor: Program) -> None:
    for language, tongue in (("en-GB,vi;q=0.5", "en"), ("lo,vi", "vi"), ("", "vi")):
        answer = editor.call("POST", "editions/nothing/submit", Accept_Language=language)
        said = answer.json()
        assert (answer.status_code, said["status"], said["code"]) == (404, 404, "NoSuchEdition")
        assert said["detail"] == said[tongue]
        assert said["vi"] != said["en"]
        assert answer["Content-Language"] == tongue
        assert Client().get(said["type"]).json()["code"] == "NoSuchEdition"


def test_an_address_that_is_none_answers_a_program_in_its_own_form(editor: Program) -> None:
    for method, path, status in (
        ("GET", "nothing", 404),
        ("DELETE", "assets", 405),
        ("GET", "assets/xyz", 404),
        ("GET", "editions/%00", 404),
    ):
        answer = editor.call(method, path)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_what_has_not_changed_is_not_sent_again(workspace: Workspace, editor: Program) -> None:
    admit(workspace, "clip")
    tag = editor.call("GET", "assets")["ETag"]
    answer = editor.call("GET", "assets", If_None_Match=tag)
    assert (answer.status_code, answer.content) == (304, b"")


def test_an_auditor_s_program_reads_every_act(workspace: Workspace) -> None:
    audit.record(NOW, "lan", "thử", "2026-01", what="<b>")
    acts = Program(Role.AUDITOR).call("GET", "audit?actor=lan").json()["items"]
    assert [(each["act"], each["facts"]) for each in acts] == [("thử", {"what": "<b>"})]


def test_the_document_tells_every_operation_and_whose_it_is(workspace: Workspace) -> None:
    told = Client().get("/api/v1/openapi.json").json()
    assert told == document(API)
    for operation in API:
        described = told["paths"][f"/api/v1/{operation.path}"][operation.method.lower()]
        assert described.get("x-roles", []) == sorted(operation.roles)
    ids = [each["operationId"] for path in told["paths"].values() for each in path.values()]
    assert len(set(ids)) == len(ids) == len(API)
