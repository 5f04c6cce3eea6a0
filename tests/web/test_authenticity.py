"""Whoever scans a screen's code learns whether it is signed, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from cluster_feed.core.health import Fault, Health, Showing
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import withdraw
from cluster_feed.web import authenticity, house
from cluster_feed.workspace import Workspace
from tests.pipeline.urgency import live, show_last_month, sign, supply
from tests.trust import NOW

HOSTILE = "<script>alert(1)</script>"
ADDRESS = "/man-hinh/lao-bao/led/"
AT = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def public(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Something on the screens, and the operator lets anybody ask."""
    desk = workspace.settings.desk.model_copy(update={"public_screens": True})
    settings = workspace.settings.model_copy(update={"desk": desk})
    asked = Workspace(workspace.root, settings, workspace.profiles, workspace.clusters)
    monkeypatch.setattr(house.House, "workspace", asked)
    monkeypatch.setattr(authenticity, "_KEPT_SECONDS", -1)
    monkeypatch.setattr(authenticity, "_allowance", authenticity._Allowance())  # noqa: SLF001
    supply(asked, HOSTILE, "Chợ phiên")
    show_last_month(asked)
    return asked


def reports(asset: str | None, at: datetime = AT, **facts: object) -> None:
    """A screen's account, as the hub keeps it."""
    says = Health.model_validate(
        {
            "cluster": "lao-bao",
            "screen": "led",
            "at": at,
            "version": "9.9.9-secret",
            "edition": live("lao-bao").number,
            "showing": Showing(asset=asset, since=at),
            "faults": (Fault(at=at, code="FeedUnreachable", facts={"source": "http://10.1.2.3"}),),
            **facts,
        }
    )
    ledger.Health.objects.update_or_create(
        cluster="lao-bao",
        screen="led",
        defaults={"at": at, "says": says.model_dump(mode="json")},
    )


def page() -> str:
    answer = Client().get(ADDRESS)
    assert answer.status_code == 200
    assert not answer.cookies
    return answer.content.decode()


def test_it_is_off_unless_the_operator_says_so(workspace: Workspace) -> None:
    assert Client().get(ADDRESS).status_code == 404


def test_what_is_signed_is_said_to_be_with_its_edition_and_nothing_else(public: Workspace) -> None:
    for entry in live("lao-bao").entries:
        reports(entry.asset)
        said = page()
        assert "Nội dung chính thức" in said
        assert "Official content" in said
        assert "2026-" in said
        assert "<script>alert" not in said
        for secret in ("10.1.2.3", "9.9.9-secret", entry.asset, "FeedUnreachable", "127.0.0.1"):
            assert secret not in said


def test_what_is_not_signed_is_not_said_to_be(public: Workspace) -> None:
    reports("f" * 64)
    assert "Không xác nhận được" in page()
    signed = live("lao-bao").entries[0].asset
    reports(signed, edition=999)
    assert "Không xác nhận được" in page()
    reports(None)
    assert "tấm thẻ chờ" in page()


def test_what_was_withdrawn_is_being_taken_off(public: Workspace) -> None:
    before = live("lao-bao")
    asset = before.entries[0].asset
    edition = ledger.Edition.objects.get(state="published").name
    withdraw.run(public, NOW, edition, "duong", "nhầm", [asset])
    derived = ledger.Edition.objects.exclude(name=edition).get()
    sign(public, derived.name)
    ledger.Edition.objects.filter(pk=derived.pk).update(state="published", published_at=NOW)
    reports(asset, edition=before.number)
    assert "Đang được gỡ" in page()


def test_a_screen_that_says_nothing_or_nonsense_is_not_vouched_for(public: Workspace) -> None:
    assert "Chưa có báo cáo" in page()
    reports(live("lao-bao").entries[0].asset, at=AT + timedelta(days=365))
    assert "Chưa có báo cáo" in page()
    reports(live("lao-bao").entries[0].asset, at=AT - timedelta(days=3))
    assert "more than a day" in page()


def test_no_screen_is_invented_and_nothing_is_taken(public: Workspace) -> None:
    for path in ("/man-hinh/lao-bao/none/", "/man-hinh/none/led/"):
        assert Client().get(path).status_code == 404
    assert Client().post(ADDRESS).status_code == 405


def test_whoever_asks_without_end_waits_and_the_record_is_asked_seldom(
    public: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(authenticity, "_KEPT_SECONDS", 3600)
    monkeypatch.setattr(authenticity, "_answers", {})
    monkeypatch.setattr(authenticity, "_A_SECOND", 0)
    answer = authenticity._answer  # noqa: SLF001

    def counted(gate: str, cluster: str, screen: str, now: datetime) -> authenticity.Answer:
        asked.append(screen)
        return answer(gate, cluster, screen, now)

    monkeypatch.setattr(authenticity, "_answer", counted)
    codes = [Client().get(ADDRESS).status_code for _ in range(65)]
    assert codes == [200] * 60 + [429] * 5
    assert asked == ["led"]
