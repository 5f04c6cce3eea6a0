"""The desk as tests visit it: one installation, a person for each part."""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.template import Template
from django.test import Client
from django.test.utils import instrumented_test_render  # type: ignore[attr-defined]
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from cluster_feed.web import house
from cluster_feed.web.models import Person, Token
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.office import opened

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

PASSWORD = "một câu đủ dài"  # noqa: S105
NEWSROOMS = """
[[newsrooms]]
slug = "bao-quang-tri"
title = "Báo và phát thanh, truyền hình Quảng Trị"
kind = "dai"

[[newsrooms]]
slug = "xa-lao-bao"
title = "UBND xã Lao Bảo"
kind = "co-quan"
"""


@pytest.fixture
def workspace(tmp_path: Path, database: None, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An installation after the ceremony, which the desk serves."""
    made = opened(tmp_path / "hub", NEWSROOMS)
    made.beat()
    tomorrow = time.time() + 24 * 60 * 60  # however long a test takes
    os.utime(made.root / ".run.beat", (tomorrow, tomorrow))
    monkeypatch.setattr(house.House, "workspace", made, raising=False)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["testserver"])
    return made


@pytest.fixture(autouse=True)
def _pages_tell_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test ask an answer for its `context`."""
    monkeypatch.setattr(Template, "_render", instrumented_test_render)


SignedIn = Callable[[Role], Client]


@pytest.fixture
def signed_in(workspace: Workspace) -> SignedIn:
    """Let someone of a part in, as far as they must prove who they are."""

    def enter(role: Role) -> Client:
        person = someone(role)
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        if role.needs_second_factor:
            device = TOTPDevice.objects.create(user=person, confirmed=True)
            session = client.session
            session[DEVICE_ID_SESSION_KEY] = device.persistent_id
            session.save()
        return client

    return enter


class Program:
    """A program that shows the token of someone of a part."""

    def __init__(self, role: Role, person: Person | None = None) -> None:
        self.person = person or Person.objects.filter(name=role.value).first() or someone(role)
        _, self.token = Token.make(self.person, "thử", datetime.now(UTC), timedelta(days=1))

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> "_MonkeyPatchedWSGIResponse":
        """Send a call; `If_Match` writes a header."""
        shown = {"Authorization": f"Bearer {self.token}"}
        shown |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if body is None else json.dumps(body).encode()
        kind = shown.pop("Content-Type", "application/json")
        where = path if path.startswith("/") else f"/api/v1/{path}"
        return Client().generic(method, where, content, kind, headers=shown)


def someone(role: Role) -> Person:
    """A person of a part, whose name is the part's."""
    newsroom = "bao-quang-tri" if role is Role.CONTRIBUTOR else ""
    person, _ = Person.invite(datetime.now(UTC), role.value, role.label.vi, role, newsroom)
    person.come_in(PASSWORD)
    return person
