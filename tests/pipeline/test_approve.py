import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from cluster_feed.adapters import keys
from cluster_feed.adapters.feed import Feed
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import Edition, State
from cluster_feed.core.errors import (
    ApprovedTwice,
    ChangedSinceSeen,
    FeedError,
    KeyNotHere,
    KeysMissing,
    NoSuchEdition,
    NotAnApprover,
    NotDelegated,
    NotDropped,
    NothingToShow,
    NotOnTheRoad,
    NotTheClusters,
    OwnSubmission,
    ReasonNeeded,
    WrongPassphrase,
)
from cluster_feed.core.value import digest
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve
from cluster_feed.workspace import Workspace
from tests.office import PEOPLE, approve_by, draft, installed, opened
from tests.trust import CLUSTERS, NOW, playlist_of

pytestmark = pytest.mark.usefixtures("database")

FIRST = 202601001
"""The first number of the month that the office's drafts are of."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return opened(tmp_path / "hub")


@pytest.fixture
def submitted(workspace: Workspace) -> ledger.Edition:
    row = draft(workspace, "2026-11")
    approve.submit(workspace, NOW, "2026-11", "duong")
    row.refresh_from_db()
    return row


def acts() -> list[tuple[str, str]]:
    return list(ledger.Event.objects.order_by("pk").values_list("actor", "act"))


def test_two_people_approve_what_a_third_submitted(
    workspace: Workspace, submitted: ledger.Edition
) -> None:
    assert approve_by(workspace, "2026-11", "an").state is State.SUBMITTED
    assert approve_by(workspace, "2026-11", "binh").state is State.APPROVED
    submitted.refresh_from_db()
    assert submitted.to_value().approvals == ("an", "binh")
    feed = Feed(workspace.feed)
    for programme in submitted.programmes.all():
        for signature in submitted.signatures.all():
            signed = signature.by_cluster[programme.cluster]
            to_sign = bytes(programme.to_sign or b"")
            assert feed.check_signature(programme.cluster, to_sign, signed) == signature.approver
    assert acts()[1:] == [("duong", "submit"), ("an", "sign"), ("binh", "approve")]
    audit.verify()


def test_submitting_writes_the_number_into_every_playlist_and_keeps_the_fingerprint(
    workspace: Workspace,
) -> None:
    before = draft(workspace, "2026-11").fingerprint
    edition = approve.submit(workspace, NOW, "2026-11", "duong")
    row = ledger.Edition.objects.get()
    assert (edition.number, row.number, row.fingerprint) == (FIRST, FIRST, before)
    for programme in row.programmes.all():
        playlist = programme.to_value()
        assert playlist.number == FIRST
        files = Feed.files(programme.cluster, bytes(programme.to_sign or b""))
        assert digest(playlist.to_bytes()) in {file.sha256 for file in files}


def test_the_submitter_cannot_approve(workspace: Workspace) -> None:
    draft(workspace, "2026-11")
    approve.submit(workspace, NOW, "2026-11", "an")
    with pytest.raises(OwnSubmission):
        approve_by(workspace, "2026-11", "an")


@pytest.mark.usefixtures("submitted")
def test_nobody_approves_twice(workspace: Workspace) -> None:
    approve_by(workspace, "2026-11", "an")
    with pytest.raises(ApprovedTwice):
        approve_by(workspace, "2026-11", "an")
    assert ledger.Signature.objects.count() == 1


@pytest.mark.usefixtures("submitted")
def test_approving_something_else_than_what_was_seen_is_refused(workspace: Workspace) -> None:
    with pytest.raises(ChangedSinceSeen):
        approve.approve(workspace, NOW, "2026-11", "an", "0" * 64, PEOPLE["an"])


@pytest.mark.usefixtures("submitted")
@pytest.mark.parametrize("person", ["duong", "", "../online", "../root-1", "AN"])
def test_who_has_no_approvers_key_cannot_approve(workspace: Workspace, person: str) -> None:
    seen = ledger.Edition.objects.get().fingerprint
    with pytest.raises((NotAnApprover, OwnSubmission)):
        approve.approve(workspace, NOW, "2026-11", person, seen, PEOPLE["an"])


def test_a_key_that_was_put_in_an_approvers_place_is_refused(
    workspace: Workspace, submitted: ledger.Edition
) -> None:
    path = workspace.keys / "approvers" / "an.pem"
    path.unlink()
    keys.create(path, "mật khẩu của kẻ khác")
    with pytest.raises(NotAnApprover):
        approve.approve(
            workspace, NOW, "2026-11", "an", submitted.fingerprint, "mật khẩu của kẻ khác"
        )


def test_an_approvers_copied_key_does_not_sign_for_another(
    workspace: Workspace, submitted: ledger.Edition
) -> None:
    approvers = workspace.keys / "approvers"
    shutil.copy(approvers / "an.pem", approvers / "binh.pem")
    with pytest.raises(NotAnApprover):
        approve.approve(workspace, NOW, "2026-11", "binh", submitted.fingerprint, PEOPLE["an"])


def test_a_wrong_passphrase_or_a_key_elsewhere_leaves_everything_as_it_was(
    workspace: Workspace, submitted: ledger.Edition
) -> None:
    with pytest.raises(WrongPassphrase):
        approve.approve(workspace, NOW, "2026-11", "an", submitted.fingerprint, PEOPLE["binh"])
    (workspace.keys / "approvers" / "an.pem").unlink()
    with pytest.raises(KeyNotHere):
        approve_by(workspace, "2026-11", "an")
    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED
    assert not submitted.signatures.exists()
    assert acts()[-1] == ("duong", "submit")


# --- The record was touched --------------------------------------------------------------------


def swap_playlists(row: ledger.Edition) -> None:
    one, two = row.programmes.all()[:2]
    one.playlist, two.playlist = two.playlist, one.playlist
    one.save()
    two.save()


def put_in_another_playlist(row: ledger.Edition) -> None:
    row.programmes.filter(cluster="la-lay").update(
        playlist=playlist_of("la-lay", row.number or 1, b"evil").to_bytes()
    )


def drop_a_cluster(row: ledger.Edition) -> None:
    row.programmes.filter(cluster="la-lay").delete()


def change_what_is_to_be_signed(row: ledger.Edition) -> None:
    evil = Feed.to_sign(playlist_of("la-lay", row.number, b"evil"), NOW + timedelta(days=99))
    row.programmes.filter(cluster="la-lay").update(to_sign=evil)


def stretch_the_expiry(row: ledger.Edition) -> None:
    programme = row.programmes.get(cluster="la-lay")
    programme.to_sign = Feed.to_sign(programme.to_value(), NOW + timedelta(days=9999))
    programme.save()


def raise_the_number(row: ledger.Edition) -> None:
    row.number += 1000
    row.save()


@pytest.mark.parametrize(
    "touch",
    [
        swap_playlists,
        put_in_another_playlist,
        drop_a_cluster,
        change_what_is_to_be_signed,
        stretch_the_expiry,
        raise_the_number,
    ],
)
def test_nobody_signs_a_record_that_was_touched(
    workspace: Workspace, submitted: ledger.Edition, touch: Callable[[ledger.Edition], None]
) -> None:
    touch(submitted)
    with pytest.raises((ChangedSinceSeen, NotTheClusters)):
        approve_by(workspace, "2026-11", "an")
    assert not submitted.signatures.exists()


def test_a_draft_that_was_touched_cannot_be_submitted(workspace: Workspace) -> None:
    put_in_another_playlist(draft(workspace, "2026-11"))
    with pytest.raises(ChangedSinceSeen):
        approve.submit(workspace, NOW, "2026-11", "duong")


def test_an_edition_without_a_playlist_cannot_be_submitted(workspace: Workspace) -> None:
    draft(workspace, "2026-11", clusters=())
    with pytest.raises(NothingToShow):
        approve.submit(workspace, NOW, "2026-11", "duong")


def test_a_cluster_the_root_keys_do_not_know_stops_the_submission(workspace: Workspace) -> None:
    draft(workspace, "2026-11", clusters=(*CLUSTERS, "nam-can"))
    with pytest.raises(NotDelegated):
        approve.submit(workspace, NOW, "2026-11", "duong")
    assert ledger.Edition.objects.get().state == State.DRAFT


def test_before_the_ceremony_nothing_can_be_submitted(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "new")
    draft(workspace, "2026-11")
    with pytest.raises(KeysMissing):
        approve.submit(workspace, NOW, "2026-11", "duong")


def test_an_unknown_edition_is_said_to_be_unknown(workspace: Workspace) -> None:
    with pytest.raises(NoSuchEdition):
        approve.submit(workspace, NOW, "2026-12", "duong")


# --- Back, and again ---------------------------------------------------------------------------


def test_what_was_returned_comes_back_under_another_number_without_its_signatures(
    workspace: Workspace, submitted: ledger.Edition
) -> None:
    approve_by(workspace, "2026-11", "an")
    edition = approve.return_(workspace, NOW, "2026-11", "binh", "thiếu chú thích tiếng Lào")
    assert (edition.state, edition.number) == (State.DRAFT, 0)
    assert not submitted.signatures.exists()
    assert approve.submit(workspace, NOW, "2026-11", "duong").number == FIRST + 1
    assert approve_by(workspace, "2026-11", "an").state is State.SUBMITTED


def test_signatures_that_a_change_left_behind_do_not_count(
    workspace: Workspace, submitted: ledger.Edition
) -> None:
    approve_by(workspace, "2026-11", "an")
    ledger.Edition.objects.update(state=State.DRAFT, number=0, submitted_by="")
    approve.submit(workspace, NOW, "2026-11", "duong")
    assert not submitted.signatures.exists()


@pytest.mark.usefixtures("submitted")
def test_an_approved_edition_can_be_returned_or_withdrawn_with_a_reason(
    workspace: Workspace,
) -> None:
    approve_by(workspace, "2026-11", "an")
    approve_by(workspace, "2026-11", "chi")
    for act in (approve.return_, approve.withdraw):
        with pytest.raises(ReasonNeeded):
            act(workspace, NOW, "2026-11", "an", "  ")
    assert approve.withdraw(workspace, NOW, "2026-11", "an", "sai tên").state is State.WITHDRAWN
    assert acts()[-1] == ("an", "withdraw")
    with pytest.raises(NotOnTheRoad):
        approve.return_(workspace, NOW, "2026-11", "an", "sai tên")


def test_an_urgent_draft_can_be_dropped_with_a_reason_and_a_months_cannot(
    workspace: Workspace,
) -> None:
    draft(workspace, "2026-01-khan-1", urgent=True)
    draft(workspace, "2026-01")
    with pytest.raises(ReasonNeeded):
        approve.drop(NOW, "2026-01-khan-1", "lan", " ")
    assert approve.drop(NOW, "2026-01-khan-1", "lan", "lập nhầm").state is State.WITHDRAWN
    with pytest.raises(NotDropped):
        approve.drop(NOW, "2026-01", "lan", "lập nhầm")
    assert acts()[-1] == ("lan", "drop")
    with pytest.raises(NotOnTheRoad):
        approve.submit(workspace, NOW, "2026-01-khan-1", "duong")


@pytest.mark.usefixtures("submitted")
def test_what_was_submitted_is_returned_and_not_dropped(workspace: Workspace) -> None:
    with pytest.raises(NotOnTheRoad):
        approve.drop(NOW, "2026-11", "lan", "lập nhầm")


def test_an_urgent_edition_is_numbered_in_the_month_that_is_live(workspace: Workspace) -> None:
    draft(workspace, "2999-12", cycle="2999-12")
    draft(workspace, "2999-12-khan-1", cycle="2999-12", urgent=True)
    ahead = approve.submit(workspace, NOW, "2999-12", "duong").number
    urgent = approve.submit(workspace, NOW, "2999-12-khan-1", "duong").number
    assert ahead == 299912001
    assert Cycle.numbered(urgent) == workspace.calendar.current(NOW).previous


def test_a_draft_can_neither_be_returned_nor_withdrawn_nor_approved(workspace: Workspace) -> None:
    draft(workspace, "2026-11")
    for act in (approve.return_, approve.withdraw):
        with pytest.raises(NotOnTheRoad):
            act(workspace, NOW, "2026-11", "an", "lý do")
    with pytest.raises(NotOnTheRoad):
        approve_by(workspace, "2026-11", "an")


def test_the_feeds_threshold_holds_when_the_settings_ask_for_less(tmp_path: Path) -> None:
    opened(tmp_path / "hub")
    (tmp_path / "hub" / "cluster-feed.toml").write_text("[trust]\nthreshold = 1\n")
    workspace = Workspace.load(tmp_path / "hub")
    draft(workspace, "2026-11")
    approve.submit(workspace, NOW, "2026-11", "duong")
    assert approve_by(workspace, "2026-11", "an").state is State.SUBMITTED


# --- Two people at once ------------------------------------------------------------------------


def at_once(*acts: Callable[[], Edition]) -> list[Edition | FeedError]:
    def do(act: Callable[[], Edition]) -> Edition | FeedError:
        try:
            return act()
        except FeedError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(do, acts))


@pytest.mark.usefixtures("submitted")
def test_two_approvers_at_once_are_both_counted(workspace: Workspace) -> None:
    at_once(
        lambda: approve_by(workspace, "2026-11", "an"),
        lambda: approve_by(workspace, "2026-11", "binh"),
    )
    assert ledger.Edition.objects.get().state == State.APPROVED
    assert ledger.Signature.objects.count() == 2
    audit.verify()


@pytest.mark.usefixtures("submitted")
def test_one_approver_in_two_windows_is_counted_once(workspace: Workspace) -> None:
    said = at_once(*[lambda: approve_by(workspace, "2026-11", "an")] * 3)
    assert sorted(type(each).__name__ for each in said) == [
        "ApprovedTwice",
        "ApprovedTwice",
        "Edition",
    ]
    assert ledger.Edition.objects.get().state == State.SUBMITTED


def test_two_editions_submitted_at_once_get_two_numbers(workspace: Workspace) -> None:
    draft(workspace, "2026-11")
    draft(workspace, "2026-11-khan-1")
    at_once(
        lambda: approve.submit(workspace, NOW, "2026-11", "duong"),
        lambda: approve.submit(workspace, NOW, "2026-11-khan-1", "duong"),
    )
    assert set(ledger.Edition.objects.values_list("number", flat=True)) == {FIRST, FIRST + 1}
