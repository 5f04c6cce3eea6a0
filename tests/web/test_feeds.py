"""What was published, for anybody: from the package, and only while it stands."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from cluster_feed.core.package import Change
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.web import house
from cluster_feed.workspace import Workspace
from tests.material import admit, caption
from tests.office import draft

NOW = datetime.now(UTC).replace(microsecond=0)
HOSTILE = "<script>alert(1)</script> \u202egnurt ]]> & \U0001f409"
PICTURE = b"\xff\xd8 the picture"


@pytest.fixture
def public(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The operator lets anybody read."""
    desk = workspace.settings.desk.model_copy(update={"public_feeds": True})
    settings = workspace.settings.model_copy(update={"desk": desk})
    open_to_all = Workspace(workspace.root, settings, workspace.profiles, workspace.clusters)
    monkeypatch.setattr(house.House, "workspace", open_to_all)
    return open_to_all


def give(workspace: Workspace, name: str, *titles: dict[str, str], **says: object) -> ledger.Asset:
    """Put items in a package as the portal got them; gives the first one's asset."""
    edition = draft(workspace, f"2026-{name}")
    package = ledger.Package.objects.create(
        edition=edition, name=f"{name}.zip", sha256=f"{len(name):064}", assets=1, at=NOW
    )
    workspace.packages.mkdir(exist_ok=True)
    rows = []
    with zipfile.ZipFile(workspace.packages / package.name, "w") as bag:
        for number, title in enumerate(titles):
            code = f"QTR-{name}-{number:04}"
            row = admit(workspace, code, says=caption("đã đổi sau đó", vietnam_vn=True))
            package.items.create(asset=row, code=code, version=1, change=Change.NEW)
            bag.writestr(
                f"{name}/data/items/{code}/schema.jsonld", json.dumps(says_of(code, title, says))
            )
            bag.writestr(f"{name}/data/items/{code}/media/p.jpg", PICTURE)
            rows.append(row)
    return rows[0]


def says_of(code: str, title: dict[str, str], more: dict[str, object]) -> dict[str, object]:
    said = [{"@language": language, "@value": text} for language, text in title.items()]
    picture = {
        "name": "poster",
        "contentUrl": "media/p.jpg",
        "encodingFormat": "image/jpeg",
        "sha256": "0" * 64,
        "contentSize": str(len(PICTURE)),
    }
    return {
        "@id": f"urn:{code}",
        "name": said,
        "description": said,
        "datePublished": NOW.isoformat(),
        "publisher": {"name": "Sở"},
        "about": [{"termCode": "DU_LICH", "name": "Du lịch"}],
        "encoding": [picture],
        **more,
    }


def titles(language: str) -> list[str]:
    feed = Client().get(f"/tin/{language}/feed.json").json()
    channel = ET.fromstring(Client().get(f"/tin/{language}/rss.xml").content)  # noqa: S314  our own
    told = [str(each["title"]) for each in feed["items"]]
    assert [each.text for each in channel.iter("title")][1:] == told
    return told


def test_nothing_is_public_unless_the_operator_says_so(workspace: Workspace) -> None:
    give(workspace, "a", {"vi": "Đèo"})
    for path in ("vi/rss.xml", "vi/feed.json", "QTR-a-0000/vi/", "QTR-a-0000/anh.jpg"):
        assert Client().get(f"/tin/{path}").status_code == 404


def test_a_feed_tells_what_was_given_in_its_language(public: Workspace) -> None:
    give(public, "a", {"vi": "Đèo", "en": "Pass"}, {"vi": HOSTILE})
    assert sorted(titles("vi")) == sorted(["Đèo", HOSTILE])
    assert titles("en") == ["Pass"]
    assert titles("lo") == []
    (item,) = Client().get("/tin/en/feed.json").json()["items"]
    assert item["tags"] == ["Tourism"]
    for link in (item["url"], item["image"]):
        assert Client().get(link.removeprefix("http://localhost:8080")).status_code == 200
    assert Client().get("/tin/QTR-a-0000/anh.jpg").content == PICTURE
    page = Client().get("/tin/QTR-a-0001/vi/").content.decode()
    assert "<script>alert" not in page
    assert Client().get("/tin/QTR-a-0001/en/").status_code == 404


def test_what_is_taken_back_or_over_is_told_no_more(public: Workspace) -> None:
    row = give(public, "a", {"vi": "Đèo"})
    give(public, "bb", {"vi": "Sông"}, expires=(NOW - timedelta(days=2)).date().isoformat())
    lost = give(public, "ccc", {"vi": "Chợ"})
    (public.packages / "ccc.zip").write_bytes(b"torn")
    assert titles("vi") == ["Đèo"]
    ledger.Withdrawal.objects.create(asset=row, at=NOW, by="lan", reason="nhầm")
    assert titles("vi") == []
    assert Client().get("/tin/QTR-a-0000/anh.jpg").status_code == 404
    ledger.Withdrawal.objects.all().delete()
    lost.packaged.update(change=Change.WITHDRAWN)
    row.caption = caption("Đèo", vietnam_vn=True, no_state_secrets=False).model_dump(mode="json")
    row.save()
    assert titles("vi") == []


@pytest.mark.parametrize("path", ["vi/rss.xml", "vi/feed.json"])
def test_who_has_it_is_told_so_until_it_changes(public: Workspace, path: str) -> None:
    row = give(public, "a", {"vi": "Đèo"})
    first = Client().get(f"/tin/{path}")
    for known in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        assert Client().get(f"/tin/{path}", headers=known).status_code == 304
    ledger.Withdrawal.objects.create(asset=row, at=NOW, by="lan", reason="nhầm")
    audit.record(NOW, "lan", "withdraw-asset", row.pk)
    for known in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        assert Client().get(f"/tin/{path}", headers=known).status_code == 200
