"""Whoever scans a screen's code learns whether it is signed, and nothing else."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client

from cluster_feed.core.cluster import Screen
from cluster_feed.core.health import Fault, Health, Showing
from cluster_feed.core.value import digest
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
        reports(entry.asset, switched_at=datetime(2026, 11, 3, 5, 6, tzinfo=UTC))
        said = page()
        assert "Nội dung chính thức" in said
        assert "Official content" in said
        assert said.count("12:06 03/11/2026") == 3
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


def test_what_was_reported_an_hour_ago_is_not_said_of_now(public: Workspace) -> None:
    asset, now = live("lao-bao").entries[0].asset, datetime.now(UTC)
    reports(asset, at=now - timedelta(minutes=50))
    assert "Nội dung chính thức" in page()
    for shown in (asset, None):
        reports(shown, at=now - timedelta(minutes=70))
        said = page()
        assert "Chưa xác nhận được lúc này" in said
        assert "Nội dung chính thức" not in said


def test_a_screen_whose_picture_or_clock_or_playlist_is_another_is_not_confirmed(
    public: Workspace,
) -> None:
    asset = live("lao-bao").entries[0].asset
    seen = {"at": AT, "asset": asset, "sha256": "b" * 64}
    playlist = live("lao-bao").to_bytes()
    good = {"playlist": digest(playlist), "wanted": 1, "holds": 1}
    for doubtful, facts in (
        (False, {"picture": {**seen, "difference": 3.0}, "clock": AT, "inventory": good}),
        (True, {"picture": {**seen, "difference": 80.0}}),
        (False, {"picture": {**seen, "difference": 80.0, "at": AT - timedelta(days=1)}}),
        (True, {"clock": AT - timedelta(days=365)}),
        (True, {"inventory": {**good, "playlist": digest(playlist + b" ")}}),
    ):
        reports(asset, **facts)
        said = page()
        assert ("Official content" not in said) is doubtful
        assert ("Not confirmed" in said) is doubtful


def test_the_loop_of_now_is_listed_in_three_languages(public: Workspace) -> None:
    reports(live("lao-bao").entries[0].asset)
    said = page()
    assert said.count("<li>Chợ phiên</li>") == 3
    assert "&lt;script&gt;" in said


def test_every_verdict_is_said_in_vietnamese_english_and_lao(public: Workspace) -> None:
    captions = {"vi": "Chợ", "en": "Market", "lo": "ຕະຫຼາດ"}
    entry = live("lao-bao").entries[0].model_copy(update={"captions": captions})
    for verdict in authenticity.Verdict:
        answer = authenticity.Answer("x", verdict, entry, (entry,), "97-11", AT, AT, AT)
        for tag, title in captions.items():
            said = render_to_string(f"desk/authenticity/{tag}.html", {"answer": answer})
            told = (said.count(title), said.count("97-11"), said.count("<time"))
            assert (*told, said.count('class="state')) == (2, 1, 3, 1)
            foreign = [each for each in re.sub(r"<[^>]*>", "", said) if each.isalpha()]
            assert all("ກ" <= letter <= "ໟ" for letter in foreign) == (tag == "lo")


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

    def counted(gate: str, cluster: str, screen: Screen, now: datetime) -> authenticity.Answer:
        asked.append(screen.name)
        return answer(gate, cluster, screen, now)

    monkeypatch.setattr(authenticity, "_answer", counted)
    codes = [Client().get(ADDRESS).status_code for _ in range(65)]
    assert codes == [200] * 60 + [429] * 5
    assert asked == ["led"]
