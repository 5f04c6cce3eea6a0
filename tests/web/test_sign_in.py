"""Coming in: by invitation, by password and code, and not otherwise."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from cluster_feed.core.errors import BadPersonName
from cluster_feed.ledger import models as ledger
from cluster_feed.web.models import Person
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.web.conftest import PASSWORD, SignedIn, someone

NOW = datetime.now(UTC)


@pytest.fixture
def door(workspace: Workspace) -> Client:
    return Client()


def code_of(person: Person) -> str:
    """What the person's telephone shows now."""
    totp = TOTP(TOTPDevice.objects.get(user=person).bin_key)
    totp.time = datetime.now(UTC).timestamp()
    return f"{totp.token():06}"


def test_an_invited_person_sets_a_password_and_a_second_factor_and_is_in(door: Client) -> None:
    person, secret = Person.invite(NOW, "lan", "Trần Thị Lan", Role.APPROVER)
    link = reverse("invitation", args=[secret])
    assert "Trần Thị Lan" in door.get(link).content.decode()
    answer = door.post(link, {"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 302
    assert door.get("/")["Location"].startswith(reverse("second-factor"))
    page = door.get(reverse("enrol")).content.decode()
    assert "data:image/svg" in page
    assert 'href="otpauth://totp/' in page
    wrong = door.post(reverse("enrol"), {"code": "000000"})
    assert wrong.status_code == 422
    early = door.post(reverse("enrol"), {"code": code_of(person)})
    assert early.status_code == 422
    assert "chưa được xem" in early.content.decode()
    assert "Mã không đúng" not in early.content.decode()
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    assert door.post(reverse("enrol"), {"code": code_of(person)}).status_code == 302
    assert door.get("/").status_code == 200
    acts = ledger.Event.objects.filter(actor="lan").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["come-in", "second-factor"]


def test_an_invitation_works_once_and_for_three_days(door: Client) -> None:
    _, secret = Person.invite(NOW, "lan", "Lan", Role.EDITOR)
    link = reverse("invitation", args=[secret])
    door.post(link, {"password": PASSWORD, "again": PASSWORD})
    assert Client().get(link).status_code == 404
    _, late = Person.invite(NOW - timedelta(days=4), "hoa", "Hoa", Role.EDITOR)
    assert door.get(reverse("invitation", args=[late])).status_code == 404
    assert door.get(reverse("invitation", args=["guessed"])).status_code == 404


@pytest.mark.parametrize(
    "password", ["ngắn", "password1234", "lan-lan-lan-lan", "mười hai ký tự mà khác"]
)
def test_a_weak_password_is_not_taken(door: Client, password: str) -> None:
    person, secret = Person.invite(NOW, "lan", "Lan", Role.EDITOR)
    again = password if "khác" not in password else "điều khác hẳn"
    link = reverse("invitation", args=[secret])
    assert door.post(link, {"password": password, "again": again}).status_code == 422
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_a_person_who_is_invited_again_must_begin_anew(door: Client) -> None:
    person = someone(Role.EDITOR)
    TOTPDevice.objects.create(user=person, confirmed=True)
    Person.invite(NOW, "editor", "Biên tập", Role.EDITOR)
    assert not TOTPDevice.objects.filter(user=person).exists()
    tried = door.post(reverse("sign-in"), {"username": "editor", "password": PASSWORD})
    assert tried.status_code == 422


def test_password_and_code_let_one_in_and_a_code_counts_once(door: Client) -> None:
    person = someone(Role.EDITOR)
    TOTPDevice.objects.create(user=person, confirmed=True)
    asked = f"{reverse('sign-in')}?next={reverse('account')}"
    answer = door.post(asked, {"username": "editor", "password": PASSWORD})
    assert answer["Location"] == reverse("account")
    code = code_of(person)
    assert door.post(reverse("second-factor"), {"code": code}).status_code == 302
    assert door.get(reverse("account")).status_code == 200
    other = Client()
    other.post(reverse("sign-in"), {"username": "editor", "password": PASSWORD})
    assert other.post(reverse("second-factor"), {"code": code}).status_code == 422


def test_five_wrong_passwords_shut_the_door(door: Client) -> None:
    someone(Role.EDITOR)
    for _ in range(4):
        wrong = door.post(reverse("sign-in"), {"username": "editor", "password": "sai"})
        assert wrong.status_code == 422
    assert (
        door.post(reverse("sign-in"), {"username": "editor", "password": "sai"}).status_code == 429
    )
    right = door.post(reverse("sign-in"), {"username": "editor", "password": PASSWORD})
    assert right.status_code == 429


def test_nobody_is_sent_elsewhere_after_signing_in(door: Client) -> None:
    someone(Role.CONTRIBUTOR)
    asked = f"{reverse('sign-in')}?next=https://evil.example/"
    answer = door.post(asked, {"username": "contributor", "password": PASSWORD})
    assert answer["Location"] == "/"


def test_who_was_shown_out_is_out(signed_in: SignedIn) -> None:
    operator, editor = signed_in(Role.OPERATOR), signed_in(Role.EDITOR)
    assert editor.get("/").status_code == 200
    operator.post(reverse("show-out", args=["editor"]))
    assert editor.get("/").status_code == 302


def test_who_sends_a_form_after_the_session_ended_is_told_that_it_was_lost(door: Client) -> None:
    for came_from, goes_on in (("http://testserver/toi/?x=1", "/toi/"), ("https://evil/x", "/")):
        form = {"name": "x"}
        asked = door.post(reverse("make-token"), form, headers={"referer": came_from})["Location"]
        page = door.get(asked)
        assert "chưa được ghi" in page.content.decode()
        assert page.context["next"] == goes_on
    asked = door.get(reverse("account"))["Location"]
    assert "chưa được ghi" not in door.get(asked).content.decode()


def test_an_operator_invites_and_the_link_is_shown_once(signed_in: SignedIn) -> None:
    operator = signed_in(Role.OPERATOR)
    asked = {"name": "hoa", "full_name": "Hoa <b>", "role": "contributor", "newsroom": "xa-lao-bao"}
    page = operator.post(reverse("invite"), asked).content.decode()
    assert "http://testserver/moi/" in page
    assert "<b>" not in page
    assert "http://testserver/moi/" not in operator.get(reverse("people")).content.decode()
    for wrong in ({"name": "Hoa Lê"}, {"role": "king"}, {"newsroom": "none"}):
        assert operator.post(reverse("invite"), {**asked, **wrong}).status_code == 422


def test_inviting_does_not_overwrite_who_is_there_nor_who_invites(signed_in: SignedIn) -> None:
    operator, there = signed_in(Role.OPERATOR), someone(Role.EDITOR)
    asked = {"name": "editor", "full_name": "Người khác", "role": "approver"}
    refused = operator.post(reverse("invite"), asked)
    there.refresh_from_db()
    assert (refused.status_code, there.role, there.full_name) == (422, "editor", "Biên tập")
    assert there.has_usable_password()
    assert 'value="Người khác"' in refused.content.decode()
    again = operator.post(reverse("invite"), {**asked, "role": "editor", "again": "yes"})
    there.refresh_from_db()
    assert "/moi/" in again.content.decode()
    assert not there.has_usable_password()
    assert again.context["person"].name == "operator"


def test_an_approver_is_invited_by_the_name_of_a_key(signed_in: SignedIn) -> None:
    operator = signed_in(Role.OPERATOR)
    page = operator.get(reverse("people")).content.decode()
    assert '<option value="an">' in page
    asked = {"name": "dung", "full_name": "Dũng", "role": "approver"}
    refused = operator.post(reverse("invite"), asked)
    assert refused.status_code == 422
    assert "an, binh, chi" in refused.content.decode()
    assert not Person.objects.filter(name="dung").exists()
    assert operator.post(reverse("invite"), {**asked, "name": "an"}).context["invited"].name == "an"
    later = operator.post(reverse("invite"), {**asked, "no_key": "yes"}).content.decode()
    assert "không có khóa ký mang tên này" in later
    assert '<option value="an">' not in later


def test_a_person_is_shown_out_only_after_a_second_touch(signed_in: SignedIn) -> None:
    someone(Role.EDITOR)
    page = signed_in(Role.OPERATOR).get(reverse("people")).content.decode()
    asked = page.split("<details>")[1].split("</details>")[0]
    assert reverse("show-out", args=["editor"]) in asked
    assert page.count(reverse("show-out", args=["editor"])) == 1


def test_a_name_is_one_that_the_record_knows(door: Client) -> None:
    with pytest.raises(BadPersonName):
        Person.invite(NOW, "Lan ", "Lan", Role.EDITOR)


def test_no_page_runs_a_script_of_its_own(signed_in: SignedIn) -> None:
    answer = signed_in(Role.OPERATOR).get("/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in answer.content.decode()


def test_both_languages_are_whole(signed_in: SignedIn) -> None:
    client = signed_in(Role.EDITOR)
    assert 'lang="vi"' in client.get("/").content.decode()
    client.post(reverse("tongue"), {"tongue": "en"})
    page = client.get("/").content.decode()
    assert 'lang="en"' in page
    assert "Waits for me" in page


def test_who_works_stays_in_and_reading_writes_nothing(signed_in: SignedIn) -> None:
    client = signed_in(Role.EDITOR)
    client.get("/toi/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/toi/")
    assert not [each for each in asked if each["sql"].startswith(("UPDATE", "INSERT"))]
    session = client.session
    session["here"] -= 60
    session.save()
    before = Session.objects.get(pk=session.session_key).expire_date
    client.get("/toi/")
    assert Session.objects.get(pk=session.session_key).expire_date > before
