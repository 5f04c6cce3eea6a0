from datetime import timedelta
from pathlib import Path

import pytest

from cluster_feed.adapters import keys
from cluster_feed.adapters.feed import Feed
from cluster_feed.core.edition import State
from cluster_feed.core.errors import AlreadyPublished
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, publish
from cluster_feed.workspace import Workspace
from tests.office import approve_by, approved, draft, installed, opened
from tests.trust import CLUSTERS, NOW, push, screen

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return opened(tmp_path / "hub")


def state_of(name: str) -> str:
    return ledger.Edition.objects.get(name=name).state


def refusals(name: str) -> list[str]:
    events = ledger.Event.objects.filter(subject=name, act="publish-refused")
    return [event.facts["code"] for event in events.order_by("pk")]


def test_an_approved_edition_goes_out_on_the_25th_and_not_before(workspace: Workspace) -> None:
    cycle = workspace.calendar.current(NOW)
    push_at = workspace.calendar.push_at(cycle)
    assert push_at.day == 25
    approved(workspace, str(cycle), cycle=str(cycle))
    assert publish.run(workspace, push_at - timedelta(seconds=1)) == []
    assert publish.run(workspace, push_at) == [str(cycle)]


def test_what_is_published_is_read_and_verified_by_a_screen_of_each_cluster(
    workspace: Workspace, tmp_path: Path
) -> None:
    approved(workspace, "2026-01")
    assert publish.run(workspace, NOW) == ["2026-01"]
    row = ledger.Edition.objects.get()
    assert (row.state, row.published_at) == (State.PUBLISHED, NOW)
    feed = Feed(workspace.feed)
    for cluster in CLUSTERS:
        assert feed.live_number(cluster) == row.number
        push(feed, workspace.store, cluster, tmp_path / cluster)
        client = screen(feed, tmp_path / cluster, tmp_path / "screens" / cluster)
        playlist = row.programmes.get(cluster=cluster).to_value()
        for target in (f"{cluster}/playlist.json", *playlist.blobs()):
            info = client.get_targetinfo(target)
            assert info is not None
            client.download_target(info)
    audit.verify()


def test_an_urgent_edition_goes_out_at_once(workspace: Workspace) -> None:
    approved(workspace, "2999-01-khan-1", cycle="2999-01", urgent=True)
    approved(workspace, "2999-01", cycle="2999-01")
    assert publish.run(workspace, NOW) == ["2999-01-khan-1"]
    assert state_of("2999-01") == State.APPROVED


def test_what_is_not_approved_stays_where_it_is(workspace: Workspace) -> None:
    draft(workspace, "2026-01")
    approve.submit(workspace, NOW, "2026-01", "duong")
    approve_by(workspace, "2026-01", "an")
    assert publish.run(workspace, NOW) == []
    assert Feed(workspace.feed).live_numbers() == {}


def test_publishing_again_changes_nothing(workspace: Workspace) -> None:
    approved(workspace, "2026-01")
    publish.run(workspace, NOW)
    version, events = Feed(workspace.feed).timestamp_version, ledger.Event.objects.count()
    assert publish.run(workspace, NOW) == []
    assert (Feed(workspace.feed).timestamp_version, ledger.Event.objects.count()) == (
        version,
        events,
    )


def test_two_missed_editions_go_out_in_their_order(workspace: Workspace) -> None:
    approved(workspace, "2026-01")
    approved(workspace, "2026-02", cycle="2026-02")
    assert publish.run(workspace, NOW) == ["2026-01", "2026-02"]
    assert set(Feed(workspace.feed).live_numbers().values()) == {202602001}


def test_an_urgent_edition_does_not_overtake_the_one_approved_for_the_next_month(
    workspace: Workspace,
) -> None:
    approved(workspace, "2026-01")
    publish.run(workspace, NOW)
    coming = workspace.calendar.current(NOW)
    approved(workspace, str(coming), cycle=str(coming))
    approved(workspace, "2026-01-khan-1", urgent=True)
    assert publish.run(workspace, NOW) == ["2026-01-khan-1"]
    assert refusals(str(coming)) == []
    assert publish.run(workspace, workspace.calendar.push_at(coming)) == [str(coming)]


def test_an_edition_that_a_later_one_overtook_is_refused_once_and_can_be_returned(
    workspace: Workspace,
) -> None:
    for name in ("2026-01-khan-1", "2026-01-khan-2"):
        draft(workspace, name, urgent=True)
        approve.submit(workspace, NOW, name, "duong")
    for person in ("an", "binh"):
        approve_by(workspace, "2026-01-khan-2", person)
    assert publish.run(workspace, NOW) == ["2026-01-khan-2"]
    for person in ("an", "binh"):
        approve_by(workspace, "2026-01-khan-1", person)
    for _ in range(3):
        assert publish.run(workspace, NOW) == []
    assert refusals("2026-01-khan-1") == ["Superseded"]
    assert publish.refusal(ledger.Edition.objects.get(name="2026-01-khan-1"))
    approve.return_(workspace, NOW, "2026-01-khan-1", "an", "bản sau đã phát trước")
    approve.submit(workspace, NOW, "2026-01-khan-1", "duong")
    approve_by(workspace, "2026-01-khan-1", "an")
    approve_by(workspace, "2026-01-khan-1", "chi")
    assert not publish.refusal(ledger.Edition.objects.get(name="2026-01-khan-1"))
    assert publish.run(workspace, NOW) == ["2026-01-khan-1"]


def test_an_edition_refused_by_the_feed_does_not_cost_reading_its_files(
    workspace: Workspace,
) -> None:
    approved(workspace, "2026-01")
    approved(workspace, "2026-01-khan-1", urgent=True)
    ledger.Signature.objects.filter(edition__name="2026-01", approver="an").delete()
    told: list[str] = []
    publish.run(workspace, NOW, lambda what, _part: told.append(what))
    assert refusals("2026-01") == ["TooFewSignatures"]
    assert set(told) == {"2026-01-khan-1"}


def test_a_damaged_file_stops_its_edition_only_until_it_is_restored(workspace: Workspace) -> None:
    approved(workspace, "2026-01")
    approved(workspace, "2026-02", cycle="2026-02")
    playlist = ledger.Programme.objects.filter(edition__name="2026-02")[0].to_value()
    blob = next(iter(playlist.blobs().values()))
    path = workspace.store.path(blob.sha256)
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content[::-1])
    for _ in range(2):
        publish.run(workspace, NOW)
    assert (state_of("2026-01"), state_of("2026-02")) == (State.PUBLISHED, State.APPROVED)
    assert refusals("2026-02") == ["StoreDamaged"]
    assert set(Feed(workspace.feed).live_numbers().values()) == {202601001}
    path.write_bytes(content)
    assert publish.run(workspace, NOW) == ["2026-02"]


def test_a_playlist_changed_after_approval_is_not_published(workspace: Workspace) -> None:
    approved(workspace, "2026-01")
    programme = ledger.Programme.objects.get(cluster="lao-bao")
    changed = programme.to_value().model_copy(update={"cycle": "2026-02"})
    ledger.Programme.objects.filter(pk=programme.pk).update(playlist=changed.to_bytes())
    assert publish.run(workspace, NOW) == []
    assert refusals("2026-01") == ["StoreDamaged"]


@pytest.mark.parametrize("to_sign", [None, b"", b"{}"])
def test_signed_bytes_that_are_gone_stop_the_edition(
    workspace: Workspace, to_sign: bytes | None
) -> None:
    approved(workspace, "2026-01")
    ledger.Programme.objects.filter(cluster="lao-bao").update(to_sign=to_sign)
    assert publish.run(workspace, NOW) == []
    assert refusals("2026-01") == ["NotTheClusters"]
    assert Feed(workspace.feed).live_numbers() == {}


@pytest.mark.parametrize("by_cluster", [{}, {"lao-bao": {"keyid": "x", "sig": "y"}}])
def test_an_approval_written_into_the_ledger_without_a_signature_is_not_published(
    workspace: Workspace, by_cluster: dict[str, dict[str, str]]
) -> None:
    approved(workspace, "2026-01")
    ledger.Signature.objects.filter(approver="an").update(by_cluster=by_cluster)
    assert publish.run(workspace, NOW) == []
    assert refusals("2026-01") == ["TooFewSignatures"]


def test_a_crash_between_the_feed_and_the_ledger_is_repaired_by_running_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(workspace, "2026-01")

    class PowerCutError(Exception):
        pass

    def cut(*_: object, **__: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", cut)
        with pytest.raises(PowerCutError):
            publish.run(workspace, NOW)
    assert state_of("2026-01") == State.APPROVED
    version = Feed(workspace.feed).timestamp_version
    with pytest.raises(AlreadyPublished):
        approve.withdraw(workspace, NOW, "2026-01", "an", "quá muộn")
    assert publish.run(workspace, NOW) == ["2026-01"]
    assert Feed(workspace.feed).timestamp_version == version


def test_what_is_published_cannot_be_taken_back_by_withdrawing(workspace: Workspace) -> None:
    approved(workspace, "2026-01")
    publish.run(workspace, NOW)
    with pytest.raises(AlreadyPublished):
        approve.withdraw(workspace, NOW, "2026-01", "an", "gỡ")


def test_a_cluster_that_an_urgent_edition_does_not_name_keeps_its_own(
    workspace: Workspace,
) -> None:
    approved(workspace, "2026-01")
    publish.run(workspace, NOW)
    draft(workspace, "2026-01-khan-1", urgent=True, clusters=("lao-bao",))
    approve.submit(workspace, NOW, "2026-01-khan-1", "duong")
    approve_by(workspace, "2026-01-khan-1", "binh")
    approve_by(workspace, "2026-01-khan-1", "chi")
    assert publish.run(workspace, NOW) == ["2026-01-khan-1"]
    first = 202601001
    assert Feed(workspace.feed).live_numbers() == {
        "lao-bao": first + 1,
        "la-lay": first,
        "cha-lo": first,
    }


def test_the_timestamp_is_kept_fresh_when_nothing_is_due(workspace: Workspace) -> None:
    publish.run(workspace, NOW + timedelta(days=20))
    assert Feed(workspace.feed).timestamp_version == 1
    publish.run(workspace, NOW + timedelta(days=51))
    assert Feed(workspace.feed).timestamp_version == 2


def test_a_workspace_before_its_ceremony_has_nothing_to_publish(tmp_path: Path) -> None:
    assert publish.run(installed(tmp_path / "new"), NOW) == []


def test_progress_reaches_the_end(workspace: Workspace) -> None:
    approved(workspace, "2026-01")
    told: list[tuple[str, float]] = []
    publish.run(workspace, NOW, lambda what, part: told.append((what, part)))
    assert told[-1] == ("2026-01", 1.0)


def test_a_lost_online_key_is_for_the_operator(workspace: Workspace) -> None:
    approved(workspace, "2026-01")
    path = workspace.keys / "online.pem"
    path.unlink()
    keys.create(path, None)
    assert publish.run(workspace, NOW) == []
    assert refusals("2026-01") == ["WrongKey"]
    assert Feed(workspace.feed).live_numbers() == {}


def test_what_turned_out_to_be_secret_goes_nowhere_although_it_is_approved(
    workspace: Workspace,
) -> None:
    approved(workspace, "2026-01", urgent=True)
    row = ledger.Edition.objects.get()
    entry = row.programmes.get(cluster="lao-bao").to_value().entries[0]
    ledger.Asset.objects.create(
        sha256=entry.asset,
        kind=entry.kind,
        newsroom="so-vhttdl",
        name="phương án.mp4",
        byte_count=1,
        received_at=NOW,
        media={},
        caption={"no_state_secrets": False},
        captioned_by="held",
    )
    assert publish.run(workspace, NOW) == []
    assert state_of("2026-01") == State.APPROVED
    assert refusals("2026-01") == ["NotDeclared"]
