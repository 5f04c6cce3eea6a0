"""The audit log on the desk."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some

from cluster_feed.core.errors import Duplicate
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.web.audit import harmless
from cluster_feed.web.models import Person
from cluster_feed.web.roles import Role
from cluster_feed.web.telling import told
from cluster_feed.workspace import Workspace
from tests.material import admit
from tests.web.conftest import SignedIn

NOW = datetime(2026, 11, 25, 20, tzinfo=UTC)
HOSTILE = '=HYPERLINK("http://evil")<script>\u202e'


@pytest.fixture
def auditor(signed_in: SignedIn) -> Client:
    client = signed_in(Role.AUDITOR)
    audit.record(NOW - timedelta(days=2), "lan", "submit", "2026-11", fingerprint="a" * 64)
    audit.record(NOW, "minh", "return", "2026-11", reason=HOSTILE)
    audit.record(NOW, "hub", "deliver-failed", "lao-bao", code="NoSuchCode", x=HOSTILE)
    audit.record(NOW, "so-vhttdl", "refuse", "b" * 64, code="EmptyFile")
    return client


def rows(page: str) -> list[list[str]]:
    """The cells of each row: number, time, person, act, subject, details."""
    found = re.findall(r"<tr><td.*?</tr>", page, re.DOTALL)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in found]


def found(client: Client, **asked: str) -> list[str]:
    told = [row[2] for row in rows(client.get(reverse("audit"), asked).content.decode())]
    return [actor for actor in told if actor in {"lan", "minh", "Hệ thống", "so-vhttdl"}]


def streamed(client: Client, form: str, **asked: str) -> str:
    answer = client.get(reverse("export-audit", args=[form]), asked)
    assert isinstance(answer, StreamingHttpResponse)
    return answer.getvalue().decode()


def test_acts_are_found_by_person_act_subject_and_day(auditor: Client) -> None:
    assert found(auditor)[0] == "so-vhttdl", "the newest first"
    assert found(auditor, who="lan") == ["lan"]
    assert found(auditor, what="return") == ["minh"]
    assert found(auditor, about="2026") == ["minh", "lan"]
    assert found(auditor, about="lao-bao") == ["Hệ thống"]
    assert found(auditor, until="2026-11-25") == ["lan"], "25/11 20:00 UTC is 26/11 here"
    assert len(found(auditor, since="2026-11-26", until="2026-11-26")) == 3


def test_a_person_is_chosen_by_their_full_name_from_a_list(auditor: Client) -> None:
    Person.invite(datetime.now(UTC), "lan", "Trần Thị Lan", Role.EDITOR)
    page = auditor.get(reverse("audit"), {"who": "lan"}).content.decode()
    assert '<option value="lan" selected>Trần Thị Lan (lan)</option>' in page
    assert "<td>Trần Thị Lan<br><small>lan</small></td>" in page
    strange = auditor.get(reverse("audit"), {"who": "ai-đó"}).content.decode()
    assert "<option selected>ai-đó</option>" in strange


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "31/12/2026"},
        {"before": "9" * 400},
        {"before": "-1"},
        {"before": "٣"},
        {"who": "\0", "about": "%_\\' OR 1=1"},
        {"what": HOSTILE * 400},
        {"until": "9999-12-31"},
    ],
)
def test_whatever_is_asked_gets_an_answer(auditor: Client, asked: dict[str, str]) -> None:
    page = auditor.get(reverse("audit"), asked)
    assert page.status_code == 200
    assert "<script>\u202e" not in page.content.decode()


def test_a_page_has_a_hundred_and_leads_to_the_older_ones(auditor: Client) -> None:
    for number in range(120):
        audit.record(NOW, "lan", "caption", str(number))
    first = auditor.get(reverse("audit"), {"who": "lan"}).content.decode()
    last = rows(first)[-1][0]
    assert f"before={last}" in first
    older = auditor.get(reverse("audit"), {"who": "lan", "before": last}).content.decode()
    assert (len(rows(first)), len(rows(older))) == (100, 21)
    assert len(first.encode()) < 100_000


def test_a_reason_is_told_in_words_also_where_its_facts_were_not_kept(auditor: Client) -> None:
    details = {row[2]: row[5] for row in rows(auditor.get(reverse("audit")).content.decode())}
    assert details["so-vhttdl"]
    assert "EmptyFile" not in details["so-vhttdl"]
    assert "NoSuchCode" in details["Hệ thống"]


def test_a_sheet_runs_nothing(auditor: Client) -> None:
    sheet = streamed(auditor, "csv", who="minh")
    assert sheet.startswith("\ufeff")
    told = list(csv.reader(io.StringIO(sheet.removeprefix("\ufeff"))))
    assert told[1][2:6] == ["minh", "trả lại để sửa", "return", "2026-11"]
    assert "\u202e" not in sheet


@given(some.text())
def test_no_cell_begins_a_formula(text: str) -> None:
    assert harmless(text).lstrip()[:1] not in tuple("=+-@|%＝＋－＠\t\r")


def test_lines_hold_the_chain_as_it_was_hashed(auditor: Client) -> None:
    lines = [json.loads(line) for line in streamed(auditor, "jsonl").splitlines()]
    hashes = [line["sha256"] for line in lines]
    assert [line["previous"] for line in lines[:-1]] == hashes[1:]
    assert auditor.get(reverse("export-audit", args=["exe"])).status_code == 404


def test_the_first_row_that_was_touched_is_named(auditor: Client) -> None:
    address = reverse("verify-audit")
    assert "chuỗi nguyên vẹn" in auditor.post(address).content.decode()
    touched = ledger.Event.objects.get(actor="minh")
    ledger.Event.objects.filter(pk=touched.pk).update(actor="hoa")
    answer = auditor.post(address)
    assert answer.status_code == 409
    assert f"từ dòng {touched.pk}" in answer.content.decode()


def test_a_mistyped_note_does_not_accuse_anybody_before_it_is_read_again(auditor: Client) -> None:
    answer = auditor.post(reverse("verify-audit"), {"noted": "9999 ABCD-EFGH-IJKL-MNOP"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "đọc lại số dòng và mã" in page
    assert "bị động tới" not in page
    assert 'value="9999 ABCD-EFGH-IJKL-MNOP"' in page


def test_an_asset_is_found_by_the_name_that_the_page_gives_it(
    workspace: Workspace, auditor: Client
) -> None:
    row = admit(workspace, "chợ phiên vùng cao")
    audit.record(NOW, "minh", "withdraw-asset", row.pk, reason="sai")
    assert found(auditor, about="cho phien") == ["minh"]
    assert found(auditor, about="%_'") == []


def test_a_part_is_said_in_words(auditor: Client) -> None:
    audit.record(NOW, "lan", "invite", "hoa", role="approver")
    assert "phần việc: Người duyệt" in auditor.get(reverse("audit")).content.decode()


def test_facts_are_said_in_words(workspace: Workspace, auditor: Client) -> None:
    newsroom = workspace.settings.newsrooms[0]
    audit.record(NOW, newsroom.slug, "caption", "c" * 64, changed="alt_text (lo), broadcast_on")
    audit.record(NOW, "cluster-feed", "remind", "2026-12", days_before=3, edition="published")
    for said in ({}, {"decision_vi": "làm lại toàn bộ: 1440x1080"}):
        audit.record(NOW, "hub", "normalize", "d" * 64, decision="full: 1440x1080", **said)
    page = auditor.get(reverse("audit"), {"since": "2026-11-26"}).content.decode()
    details = [row[5] for row in rows(page)]
    assert "cách làm: làm lại toàn bộ: 1440x1080" in details[0]
    assert "cách làm: làm lại toàn bộ<" in details[1], "an older row has only English"
    assert "phiên bản phát: đã phát hành" in details[2]
    assert "đã sửa: Văn bản thay thế (tiếng Lào), Ngày phát sóng" in details[3]
    assert f"<td>{newsroom.title}</td>" in page
    assert page.count(">Hệ thống</option>") == 1
    assert len(found(auditor, who="hub", what="remind")) == 1, "the machine by either name"


@pytest.mark.parametrize("noted", ["12", HOSTILE, "9" * 30 + " AAAA-BBBB-CCCC-DDDD"])
def test_a_note_that_is_none_is_asked_for_again(auditor: Client, noted: str) -> None:
    answer = auditor.post(reverse("verify-audit"), {"noted": noted})
    assert answer.status_code in (409, 422)
    assert "<script>" not in answer.content.decode()


def test_a_title_with_a_comma_is_not_taken_for_two(workspace: Workspace) -> None:
    title = workspace.settings.newsrooms[0].title
    assert "," in title
    twice = Duplicate(received="23/11/2026", name="a.jpg", newsroom=title)
    assert f"(từ {title})" in told(twice).vi
