"""What is under way is told again by itself, as a small part, until it is done."""

from django.urls import reverse

from cluster_feed.ledger import models as ledger
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.pipeline.urgency import show_last_month, supply
from tests.web.conftest import SignedIn
from tests.web.shelf import put

AGAIN = {"hx-request": "true"}


def test_an_assets_page_asks_again_until_every_rendition_is_made(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    row = put(workspace, "một", rendered=False)
    where = reverse("asset", args=[row.pk])
    editor = signed_in(Role.EDITOR)
    assert f'hx-get="{where}"' in editor.get(where).content.decode()
    part = editor.get(where, headers=AGAIN).content.decode()
    assert "<html" not in part
    assert f"0/{len(workspace.wanted_profiles)} loại màn hình" in part
    for profile in workspace.wanted_profiles:
        assert "hx-get" in editor.get(where, headers=AGAIN).content.decode()
        row.renditions.create(
            profile=profile, recipe="1", made_at=row.received_at, suffix=".mp4", sha256="0" * 64
        )
    part = editor.get(where, headers=AGAIN).content.decode()
    assert "hx-get" not in part
    assert "Đã xong." in part
    assert "hx-get" not in editor.get(where).content.decode()


def test_the_inbox_asks_often_while_something_is_under_way(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    editor = signed_in(Role.EDITOR)
    assert "every 60s" in editor.get(reverse("inbox"), headers=AGAIN).content.decode()
    put(workspace, "một", rendered=False)
    assert "every 5s" in editor.get(reverse("inbox")).content.decode()


def test_today_asks_again_while_an_edition_is_on_its_way(
    signed_in: SignedIn, workspace: Workspace
) -> None:
    editor = signed_in(Role.EDITOR)
    assert "hx-get" not in editor.get("/").content.decode()
    supply(workspace, "một")
    show_last_month(workspace)
    part = editor.get("/", headers=AGAIN).content.decode()
    assert "<html" not in part
    assert 'hx-get="/"' in part
    edition = ledger.Edition.objects.get()
    for cluster in workspace.clusters:
        ledger.Receipt.objects.create(
            cluster=cluster,
            timestamp_version=10_000,
            edition=edition,
            at=edition.created_at,
            blobs=1,
            byte_count=1,
        )
    assert "hx-get" not in editor.get("/", headers=AGAIN).content.decode()
