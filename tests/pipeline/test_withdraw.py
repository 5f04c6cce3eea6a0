from datetime import timedelta
from pathlib import Path

import pytest

from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import Edition, State
from cluster_feed.core.errors import (
    AssetWithdrawn,
    BadPersonName,
    MadeFromWhatWasLive,
    NoSuchAsset,
    NoSuchEdition,
    NothingToWithdraw,
    NotOnTheRoad,
    NotWithdrawn,
    OwnSubmission,
    ReasonNeeded,
)
from cluster_feed.core.vocabulary import NewsroomClass
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, assemble, publish, status, withdraw
from cluster_feed.pipeline.ingest.page import Page
from cluster_feed.settings import Newsroom
from cluster_feed.workspace import Workspace
from tests.office import approve_by, opened
from tests.pipeline.urgency import SOON, hears, live, show_last_month, sign, supply, titles
from tests.trust import CLUSTERS, NOW

pytestmark = pytest.mark.usefixtures("database")

REASON = "nhầm địa danh"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Last month shows a wrong clip, a good one, and an evergreen one at Lao Bảo."""
    root = tmp_path / "hub"
    opened(root)
    document = root / "playlists" / "lao-bao.toml"
    evergreen = 'evergreen = ["so-vhttdl/welcome"]'
    document.write_text(document.read_text().replace("evergreen = []", evergreen))
    workspace = Workspace.load(root)
    supply(workspace, "wrong", "good", "welcome")
    show_last_month(workspace)
    return workspace


def month() -> str:
    return ledger.Edition.objects.order_by("pk")[0].name


def asset(name: str) -> str:
    return ledger.Asset.objects.get(name=name).pk


def take_back(workspace: Workspace, *names: str) -> Edition:
    ids = [asset(name)[:12] for name in names]
    edition = withdraw.run(workspace, SOON, month(), "lan", REASON, ids)
    assert edition
    return edition


def withdrawn() -> set[str]:
    return set(ledger.Withdrawal.objects.values_list("asset__name", flat=True))


def unconfirmed(workspace: Workspace) -> dict[str, list[str]]:
    """By screen, what it may still show."""
    return {
        f"{gate.name}/{screen.name}": [gone.name.partition("/")[2] for gone in screen.may_show]
        for gate in status.of(workspace, SOON).clusters
        for screen in gate.screens
        if screen.may_show
    }


# --- Off the screens ------------------------------------------------------------------------------


def test_a_withdrawal_is_an_urgent_edition_that_two_others_approve_and_goes_out_at_once(
    workspace: Workspace,
) -> None:
    edition = take_back(workspace, "wrong")
    cycle = workspace.calendar.current(NOW)
    assert edition.name == f"{cycle}-thu-hoi-1"
    assert (edition.state, edition.submitted_by, edition.urgent) == (State.SUBMITTED, "lan", True)
    with pytest.raises(OwnSubmission):
        approve.approve(workspace, SOON, edition.name, "lan", edition.fingerprint, "")
    sign(workspace, edition.name)
    assert publish.run(workspace, SOON) == [edition.name]
    for cluster in CLUSTERS:
        assert "wrong" not in titles(live(cluster))
        assert "good" in titles(live(cluster))
    assert live("lao-bao").evergreen
    audit.verify()


def test_withdrawing_the_whole_edition_leaves_what_is_evergreen(workspace: Workspace) -> None:
    edition = withdraw.run(workspace, SOON, month(), "lan", REASON)
    assert edition
    sign(workspace, edition.name)
    publish.run(workspace, SOON)
    assert titles(live("lao-bao")) == ["welcome"]
    assert titles(live("cha-lo")) == ["welcome"]  # one asset is one thing everywhere
    assert withdrawn() == {"wrong", "good"}


def test_evergreen_ones_go_where_they_are_named(workspace: Workspace) -> None:
    edition = take_back(workspace, "wrong", "good", "welcome")
    sign(workspace, edition.name)
    publish.run(workspace, SOON)
    assert live("lao-bao").at(SOON) == ()


def test_clusters_that_do_not_show_it_keep_their_edition(workspace: Workspace) -> None:
    only_there = supply(workspace, "only at Cha Lo")[0]
    only_there.renditions.filter(profile="lcd-1080p").delete()
    cycle = workspace.calendar.current(NOW)
    urgent = assemble.run(workspace, SOON, cycle, urgent=True)
    approve.submit(workspace, SOON, urgent.name, "duong")
    sign(workspace, urgent.name)
    publish.run(workspace, SOON)
    having = {cluster for cluster in CLUSTERS if only_there.pk in live(cluster).assets()}
    assert 0 < len(having) < len(CLUSTERS)
    edition = withdraw.run(workspace, SOON, urgent.name, "lan", REASON, [only_there.pk])
    assert edition
    row = ledger.Edition.called(edition.name)
    assert set(row.programmes.values_list("cluster", flat=True)) == having


def test_what_was_never_shown_is_only_recorded(workspace: Workspace) -> None:
    supply(workspace, "new")
    editions = ledger.Edition.objects.count()
    assert withdraw.run(workspace, SOON, month(), "lan", REASON, [asset("new")]) is None
    assert ledger.Edition.objects.count() == editions
    assert withdrawn() == {"new"}
    with pytest.raises(NothingToWithdraw):
        withdraw.run(workspace, SOON, month(), "lan", REASON, [asset("new")])


def test_what_cannot_be_withdrawn_is_said_and_nothing_is_written(workspace: Workspace) -> None:
    events = ledger.Event.objects.count()
    for refused, words in (
        (NoSuchEdition, ("2020-01", "lan", REASON)),
        (NoSuchAsset, (month(), "lan", REASON, ["zz"])),
        (NoSuchAsset, (month(), "lan", REASON, [asset("wrong"), ""])),
        (ReasonNeeded, (month(), "lan", "  ")),
        (BadPersonName, (month(), "Lan", REASON)),
    ):
        with pytest.raises(refused):
            withdraw.run(workspace, SOON, *words)
    assert (withdrawn(), ledger.Event.objects.count()) == (set(), events)


def test_a_clip_that_turned_out_secret_does_not_hold_a_withdrawal_up(
    workspace: Workspace,
) -> None:
    ledger.Asset.objects.filter(name="good").update(caption={"no_state_secrets": False})
    edition = take_back(workspace, "wrong")
    sign(workspace, edition.name)
    assert publish.run(workspace, SOON) == [edition.name]
    assert titles(live("cha-lo")) == ["welcome"]


def test_a_programme_that_is_over_long_since_can_still_be_withdrawn_from(
    workspace: Workspace,
) -> None:
    much_later = NOW + timedelta(days=300)
    edition = withdraw.run(workspace, much_later, month(), "lan", REASON, [asset("welcome")])
    assert edition
    for person in ("an", "binh"):
        approve_by(workspace, edition.name, person, much_later)
    assert publish.run(workspace, much_later) == [edition.name]
    assert live("lao-bao").at(much_later) == ()


# --- Out of every later edition -------------------------------------------------------------------


def test_from_the_request_on_no_edition_that_shows_it_is_signed_or_published(
    workspace: Workspace,
) -> None:
    coming = workspace.calendar.current(NOW)
    assemble.run(workspace, NOW, coming)
    approve.submit(workspace, NOW, str(coming), "duong")
    approve_by(workspace, str(coming), "an")
    edition = take_back(workspace, "wrong")
    with pytest.raises(AssetWithdrawn, match="“wrong”"):
        approve_by(workspace, str(coming), "binh")
    ledger.Edition.objects.filter(name=str(coming)).update(state=State.APPROVED)
    assert publish.run(workspace, workspace.calendar.push_at(coming)) == []
    event = publish.refusal(ledger.Edition.called(str(coming)))
    assert event
    assert event.facts["code"] == "AssetWithdrawn"
    approve.return_(workspace, SOON, str(coming), "an", REASON)
    assemble.run(workspace, SOON, coming)
    programme = ledger.Programme.objects.get(edition__name=str(coming), cluster="lao-bao")
    assert f"withdrawn: {REASON}" in [each["en"] for each in programme.left_out]
    assert approve.submit(workspace, SOON, str(coming), "duong").number > edition.number


def test_returning_the_withdrawal_lifts_it_and_ends_its_edition(workspace: Workspace) -> None:
    edition = take_back(workspace, "wrong")
    returned = approve.return_(workspace, SOON, edition.name, "an", "không sai")
    assert returned.state is State.WITHDRAWN
    assert withdrawn() == set()
    assert "lifted" in ledger.Event.objects.get(act="return").facts
    with pytest.raises(NotOnTheRoad):
        approve.submit(workspace, SOON, edition.name, "duong")
    again = take_back(workspace, "wrong")
    assert again.name.endswith("thu-hoi-2")
    assert again.number > edition.number


def test_keeping_an_approved_withdrawal_back_lifts_it_too(workspace: Workspace) -> None:
    edition = take_back(workspace, "wrong")
    sign(workspace, edition.name)
    approve.withdraw(workspace, SOON, edition.name, "an", "không sai")
    assert withdrawn() == set()


def test_a_withdrawal_can_be_lifted_with_a_reason(workspace: Workspace) -> None:
    edition = take_back(workspace, "wrong")
    sign(workspace, edition.name)
    publish.run(workspace, SOON)
    with pytest.raises(ReasonNeeded):
        withdraw.lift(SOON, asset("wrong"), "lan", "")
    withdraw.lift(SOON, asset("wrong"), "lan", "đã xác minh")
    with pytest.raises(NotWithdrawn):
        withdraw.lift(SOON, asset("wrong"), "lan", "đã xác minh")
    assemble.run(workspace, SOON, workspace.calendar.current(NOW))
    programme = ledger.Programme.objects.get(
        edition__name=str(workspace.calendar.current(NOW)), cluster="cha-lo"
    )
    assert asset("wrong") in programme.to_value().assets()


def test_an_approved_edition_is_kept_back_as_a_whole_and_its_assets_stay(
    workspace: Workspace,
) -> None:
    coming = str(workspace.calendar.current(NOW))
    assemble.run(workspace, NOW, Cycle.parse(coming))
    approve.submit(workspace, NOW, coming, "duong")
    sign(workspace, coming)
    edition = withdraw.run(workspace, SOON, coming, "lan", REASON)
    assert edition
    assert edition.state is State.WITHDRAWN
    assert withdrawn() == set()


# --- Two withdrawals at once ----------------------------------------------------------------------


def test_of_two_requests_the_later_takes_off_both_and_the_earlier_changes_nothing_more(
    workspace: Workspace,
) -> None:
    first, second = take_back(workspace, "wrong"), take_back(workspace, "good")
    sign(workspace, second.name)
    assert publish.run(workspace, SOON) == [second.name]
    assert live("cha-lo").assets().isdisjoint({asset("wrong"), asset("good")})
    with pytest.raises(MadeFromWhatWasLive):
        approve_by(workspace, first.name, "an")
    approve.return_(workspace, SOON, first.name, "an", "đã gỡ cùng bản sau")
    assert withdrawn() == {"wrong", "good"}


def test_in_their_order_each_takes_its_own_off(workspace: Workspace) -> None:
    first, second = take_back(workspace, "wrong"), take_back(workspace, "good")
    for edition in (first, second):
        sign(workspace, edition.name)
        assert publish.run(workspace, SOON) == [edition.name]
    assert titles(live("cha-lo")) == ["welcome"]


def test_one_made_before_another_edition_went_out_is_given_again(workspace: Workspace) -> None:
    first = take_back(workspace, "good")
    supply(workspace, "new")
    urgent = assemble.run(workspace, SOON, workspace.calendar.current(NOW), urgent=True)
    approve.submit(workspace, SOON, urgent.name, "duong")
    sign(workspace, urgent.name)
    publish.run(workspace, SOON)
    with pytest.raises(MadeFromWhatWasLive):
        approve_by(workspace, first.name, "an")
    approve.return_(workspace, SOON, first.name, "an", "bản khẩn đã gỡ")
    assert withdrawn() == {"good"}


# --- Confirmed by each screen ---------------------------------------------------------------------


def test_a_screen_is_red_from_the_request_until_it_reports_an_edition_without_it(
    workspace: Workspace,
) -> None:
    shown = ledger.Edition.called(month()).number
    assert unconfirmed(workspace) == {}
    hears("lao-bao", "led", shown)
    edition = take_back(workspace, "wrong")
    red = unconfirmed(workspace)
    assert red["lao-bao/led"] == red["lao-bao/hall"] == ["wrong"]
    sign(workspace, edition.name)
    publish.run(workspace, SOON)
    assert unconfirmed(workspace) == red  # published, even delivered, is not confirmed
    hears("lao-bao", "led", edition.number)
    assert unconfirmed(workspace).keys() == red.keys() - {"lao-bao/led"}
    gate = next(each for each in status.of(workspace, SOON).clusters if each.name == "lao-bao")
    hall = next(each for each in gate.screens if each.name == "hall")
    assert [gone.since for gone in hall.may_show] == [SOON]


def test_a_screen_that_may_have_taken_a_later_edition_with_it_is_red(
    workspace: Workspace,
) -> None:
    hears("lao-bao", "led", 1)
    take_back(workspace, "wrong")
    assert unconfirmed(workspace)["lao-bao/led"] == ["wrong"]


def test_a_screen_whose_edition_never_had_it_and_which_can_take_none_that_had_is_not_red(
    workspace: Workspace,
) -> None:
    first = take_back(workspace, "good")
    sign(workspace, first.name)
    publish.run(workspace, SOON)
    for cluster, gate in workspace.clusters.items():
        for screen in gate.screens:
            hears(cluster, screen.name, first.number)
    supply(workspace, "never shown")
    withdraw.run(workspace, SOON, month(), "lan", REASON, [asset("never shown")])
    assert unconfirmed(workspace) == {}


def test_the_newsroom_reads_on_its_page_that_its_clip_was_withdrawn_and_why(
    workspace: Workspace, tmp_path: Path
) -> None:
    take_back(workspace, "wrong")
    newsroom = Newsroom(slug="so-vhttdl", title="Sở", kind=NewsroomClass.AGENCY)
    Page(tmp_path / "page.html", workspace, newsroom).write(SOON, [], [])
    page = (tmp_path / "page.html").read_text()
    assert page.count("Sở đã thu hồi") == 1
    assert REASON in page
