"""Tokens: shown once, kept as a hash, ended by their person, by time and by the operator."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cluster_feed.ledger import models as ledger
from cluster_feed.web.models import Person, Token
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.web.conftest import Program, SignedIn

NOW = datetime.now(UTC)


def me(token: str) -> int:
    return Client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_is_made_shown_once_used_and_revoked(signed_in: SignedIn) -> None:
    client = signed_in(Role.EDITOR)
    page = client.post(reverse("make-token"), {"name": "cổng <b>", "days": "90"})
    row = Token.objects.get()
    shown = page.content.decode().split('<code class="long">')[1].split("<")[0]
    assert shown not in str(Token.objects.values_list())
    assert "<b>" not in page.content.decode()
    assert shown not in client.get(reverse("account")).content.decode()
    assert me(shown) == 200
    row.refresh_from_db()
    assert row.used_at
    client.post(reverse("revoke-token", args=[row.pk]))
    assert me(shown) == 401
    acts = ledger.Event.objects.filter(actor="editor").values_list("act", flat=True)
    assert list(acts) == ["make-token", "revoke-token"]


@pytest.mark.parametrize("wrong", [{"name": " \u200b\x00"}, {"days": "1000"}, {"days": ""}])
def test_a_token_needs_a_name_and_an_end(signed_in: SignedIn, wrong: dict[str, str]) -> None:
    asked = {"name": "cổng", "days": "30", **wrong}
    answer = signed_in(Role.EDITOR).post(reverse("make-token"), asked)
    assert answer.status_code == 422
    assert not Token.objects.exists()


def test_nobody_ends_another_s(signed_in: SignedIn) -> None:
    other = Program(Role.APPROVER)
    client = signed_in(Role.EDITOR)
    row = Token.objects.get(person=other.person)
    assert client.post(reverse("revoke-token", args=[row.pk])).status_code == 404
    assert me(other.token) == 200


def test_a_token_ends_in_time(workspace: Workspace) -> None:
    program = Program(Role.EDITOR)
    Token.objects.update(until=NOW - timedelta(seconds=1))
    assert me(program.token) == 401


def test_who_is_shown_out_or_invited_anew_loses_them(signed_in: SignedIn) -> None:
    operator = signed_in(Role.OPERATOR)
    program = Program(Role.EDITOR)
    operator.post(reverse("show-out", args=["editor"]))
    assert me(program.token) == 401
    Person.invite(NOW, "editor", "Biên tập", Role.EDITOR)
    assert me(program.token) == 401
    assert not Token.objects.filter(person=program.person).exists()


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer cf_\u1ea5"])
def test_what_is_no_token_is_told_so(workspace: Workspace, shown: str) -> None:
    answer = Client().get("/api/v1/me", headers={"Authorization": shown})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_who_guesses_is_stopped_and_nobody_else(workspace: Workspace) -> None:
    program = Program(Role.EDITOR)
    answers = [me(f"cf_{number}") for number in range(22)]
    assert (answers[0], answers[-1]) == (401, 429)
    assert me(program.token) == 200
