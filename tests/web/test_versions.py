"""A person of the desk puts a correct asset in the place of a wrong one."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cluster_feed.core.caption import Caption
from cluster_feed.ledger import models as ledger
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.web.conftest import SignedIn
from tests.web.shelf import HOSTILE, OTHER, OWN, put


def again(workspace: Workspace, newsroom: str) -> tuple[ledger.Asset, ledger.Asset]:
    """A clip, and another that came later under its name."""
    old = put(workspace, "sai", newsroom=newsroom)
    new = put(workspace, "đúng", newsroom=newsroom)
    new.name, new.received_at = old.name, old.received_at + timedelta(hours=1)
    new.save()
    return old, new


@pytest.mark.parametrize("role", [Role.EDITOR, Role.CONTRIBUTOR])
def test_what_came_again_under_its_name_is_offered_and_replaces_when_somebody_says_so(
    signed_in: SignedIn, workspace: Workspace, role: Role
) -> None:
    old, new = again(workspace, OWN)
    client = signed_in(role)
    where = reverse("replace", args=[new.pk])
    assert f"{where}?old={old.pk}" in client.get(reverse("inbox")).content.decode()
    assert "Thay bản đã gửi trước" in client.get(reverse("asset", args=[new.pk])).content.decode()
    page = client.get(where)
    assert page.context["chosen"] == old.pk
    assert not ledger.Replacement.objects.exists()
    assert client.post(where, {"old": old.pk})["Location"] == reverse("asset", args=[new.pk])
    assert ledger.Replacement.objects.get().by == role.value
    assert "Đã được thay bằng" in client.get(reverse("asset", args=[old.pk])).content.decode()
    shown = client.get(reverse("asset", args=[new.pk])).content.decode()
    assert "Thay cho" in shown
    assert "Thay bản đã gửi trước" not in shown
    assert "đã được thay" in client.get(reverse("library")).content.decode()
    assert where not in client.get(reverse("inbox")).content.decode()


def test_a_newsroom_neither_sees_nor_replaces_what_is_anothers(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    theirs, own = put(workspace, "của họ", newsroom=OTHER), put(workspace, "mình", newsroom=OWN)
    contributor = signed_in(Role.CONTRIBUTOR)
    assert contributor.get(reverse("replace", args=[theirs.pk])).status_code == 404
    where = reverse("replace", args=[own.pk])
    assert contributor.post(where, {"old": theirs.pk}).status_code == 404
    assert contributor.post(where, {"old": "x"}).status_code == 404
    assert contributor.post(where).status_code == 404
    assert not contributor.get(f"{where}?q=họ").context["choices"]
    assert not ledger.Replacement.objects.exists()


def test_who_only_looks_is_offered_nothing_and_names_do_no_harm(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    old, new = again(workspace, OWN)
    auditor = signed_in(Role.AUDITOR)
    where = reverse("replace", args=[new.pk])
    for address in (reverse("inbox"), reverse("asset", args=[new.pk])):
        assert where not in auditor.get(address).content.decode()
    editor = signed_in(Role.EDITOR)
    for name in HOSTILE:
        put(workspace, name, newsroom=OWN, says=Caption())
    page = editor.get(where)
    assert page.status_code == 200
    assert b"<script>alert" not in page.content
    assert len(page.content) < 100_000
    refused = editor.post(where, {"old": new.pk})
    assert refused.status_code in (302, 409)
    assert not ledger.Replacement.objects.exists()
    assert old.pk in page.content.decode()
