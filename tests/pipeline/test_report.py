import gzip
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.errors import (
    BrokenChain,
    Busy,
    ClockWrong,
    DeviceRetired,
    DeviceWaiting,
    FeedError,
    NoSuchDevice,
    NoSuchScreen,
    ProofMissing,
    ScreenSilent,
)
from cluster_feed.core.health import Health
from cluster_feed.core.proof import Outcome, PlayRecord
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import devices, report
from cluster_feed.workspace import Workspace
from tests.device import BEGAN, Device

pytestmark = pytest.mark.usefixtures("database")

PUSHED = BEGAN
ASSET = "a" * 64


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "workspace")


@pytest.fixture
def device() -> Device:
    """The admitted device of lao-bao/led."""
    device = Device()
    admitted(device)
    return device


def admitted(device: Device) -> ledger.Device:
    row = devices.meet(device.cluster, device.screen, device.public, BEGAN)
    row.admitted_at, row.admitted_by = BEGAN, "lan"
    row.save()
    return row


def bring(workspace: Workspace, device: Device, records: Sequence[PlayRecord]) -> Path:
    """Lay a file of proof where a delivery brings it."""
    return device.brings(workspace.returned, device.proof(records))


def missing() -> int:
    return ledger.Device.objects.get().to_life().missing


# --- What came back -----------------------------------------------------------------------------


def test_every_play_is_counted_once_however_often_it_comes(
    workspace: Workspace, device: Device
) -> None:
    told = device.chain(5)
    first = bring(workspace, device, told[:3])
    assert report.run(workspace, BEGAN) == (3, 0)
    assert not first.exists()
    assert (first.parent / "read" / first.name).exists()
    bring(workspace, device, told[:3])
    bring(workspace, device, told[3:])
    assert report.run(workspace, BEGAN) == (2, 0)
    assert report.run(workspace, BEGAN) == (0, 0)
    rows = ledger.Play.objects.order_by("row").values_list("row", "sha256")
    assert list(rows) == [(record.row, record.sha256) for record in told]


def test_the_pictures_that_were_presented_are_kept(workspace: Workspace, device: Device) -> None:
    told = device.chain(2, frames=499)
    bring(workspace, device, told)
    report.run(workspace, BEGAN)
    assert set(ledger.Play.objects.values_list("frames", "sha256")) == {
        (499, each.sha256) for each in told
    }


def test_what_other_clusters_sent_waits_for_their_own_visit(
    workspace: Workspace, device: Device
) -> None:
    waits = bring(workspace, device, device.chain(3))
    assert report.run(workspace, BEGAN, ["la-lay"]) == (0, 0)
    assert waits.exists()
    assert report.run(workspace, BEGAN, ["lao-bao"]) == (3, 0)


def test_a_proof_that_overlaps_adds_only_what_is_new(workspace: Workspace, device: Device) -> None:
    told = device.chain(6)
    bring(workspace, device, told[:4])
    report.run(workspace, BEGAN)
    bring(workspace, device, told[2:])
    assert report.run(workspace, BEGAN) == (2, 0)


def test_a_reading_that_was_killed_before_the_file_was_set_aside_is_made_good(
    workspace: Workspace, device: Device
) -> None:
    spool = bring(workspace, device, device.chain(3))
    report.run(workspace, BEGAN)
    (spool.parent / "read" / spool.name).rename(spool)
    assert report.run(workspace, BEGAN) == (0, 0)
    assert not spool.exists()


def test_rows_that_never_arrived_are_told_once_and_stop_no_later_ones(
    workspace: Workspace, device: Device
) -> None:
    told = device.chain(9)
    bring(workspace, device, told[2:4])
    bring(workspace, device, told[7:])
    assert report.run(workspace, BEGAN) == (4, 0)
    assert report.run(workspace, BEGAN) == (0, 0)
    event = ledger.Event.objects.get(act="miss-proof")
    assert (event.facts["rows"], event.facts["device"]) == ("1-2, 5-7", device.code)
    assert missing() == 5
    bring(workspace, device, told[5:8])
    assert report.run(workspace, BEGAN) == (2, 0)
    assert missing() == 3
    bring(workspace, device, told[:5])
    assert report.run(workspace, BEGAN) == (3, 0)
    assert missing() == 0
    assert ledger.Event.objects.filter(act="miss-proof").count() == 1


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_comes_in_whatever_order_is_counted_once(
    workspace: Workspace, data: st.DataObject
) -> None:
    device = Device()
    row = admitted(device)
    told = device.chain(data.draw(st.integers(1, 14)))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(told)))) | {0, len(told)})
    files = [told[a:b] for a, b in pairwise(cuts)]
    visits = data.draw(st.lists(st.lists(st.sampled_from(files), max_size=4), max_size=6))
    for visit in visits:
        for file in visit:
            bring(workspace, device, file)
        assert report.run(workspace, BEGAN).broken == 0
    came = {record.row for visit in visits for file in visit for record in file}
    counted = ledger.Play.objects.filter(device=device.keyid).values_list("row", flat=True)
    assert sorted(counted) == sorted(came)
    row.refresh_from_db()
    assert row.to_life().missing == max(came, default=0) - len(came)


def test_a_device_that_tells_another_story_than_before_is_not_believed(
    workspace: Workspace, device: Device
) -> None:
    bring(workspace, device, device.chain(3))
    report.run(workspace, BEGAN)
    for lie in (
        device.chain(3, outcome=Outcome.SKIPPED),
        device.chain(5, outcome=Outcome.SKIPPED)[3:],
    ):
        spool = bring(workspace, device, lie)
        assert report.run(workspace, BEGAN) == (0, 1)
        assert (spool.parent / "broken" / spool.name).exists()
    assert set(ledger.Play.objects.values_list("outcome", flat=True)) == {Outcome.PLAYED}
    (told,) = [error for error, _ in devices.concerns("lao-bao", "led", None, BEGAN)]
    assert isinstance(told, BrokenChain)
    events = ledger.Event.objects.filter(act="refuse-proof")
    said = [event.facts[f"detail_{Tongue.VI}"] for event in events]
    assert said == ["khác với lần báo trước", "không nối tiếp dòng trước"]


def test_what_fills_a_gap_must_fit_both_of_its_ends(workspace: Workspace, device: Device) -> None:
    told, other = device.chain(9), device.chain(9, seconds=5)
    bring(workspace, device, told[:3])
    bring(workspace, device, told[6:])
    report.run(workspace, BEGAN)
    for lie in (other[3:6], other[3:5], other[4:6]):
        bring(workspace, device, lie)
        assert report.run(workspace, BEGAN) == (0, 1)
    bring(workspace, device, told[3:6])
    assert report.run(workspace, BEGAN) == (3, 0)


# --- Whose word counts --------------------------------------------------------------------------


def test_a_device_counts_once_a_person_has_admitted_it(workspace: Workspace) -> None:
    device = Device()
    device.brings(workspace.returned, device.health(edition=7))
    spool = bring(workspace, device, device.chain(3))
    for _ in range(2):
        assert report.run(workspace, BEGAN) == (0, 0)
    assert not ledger.Health.objects.exists()
    assert spool.exists()
    devices.admit(workspace, BEGAN, "lao-bao/led", device.code.lower().replace("-", " "), "lan")
    assert report.run(workspace, BEGAN) == (3, 0)
    assert ledger.Health.objects.get().says["edition"] == 7
    event = ledger.Event.objects.get(act="admit-screen")
    assert (event.actor, event.subject, event.facts["device"]) == (
        *("lan", "lao-bao/led"),
        device.code,
    )


def test_admitting_needs_the_whole_code_of_a_device_that_has_reported(
    workspace: Workspace, device: Device
) -> None:
    for code in ("", device.code[:-1], Device().code, device.code + "A"):
        with pytest.raises(NoSuchDevice):
            devices.admit(workspace, BEGAN, "lao-bao/led", code, "lan")
    for screen in ("lao-bao/hall", "lao-bao", "lao-bao/none", "../x", "none/led"):
        with pytest.raises((NoSuchDevice, NoSuchScreen)):
            devices.admit(workspace, BEGAN, screen, device.code, "lan")


def test_a_replaced_screens_plays_count_until_the_new_one_is_admitted(
    workspace: Workspace, device: Device
) -> None:
    new = Device()
    told = device.chain(200)
    bring(workspace, device, told[:50])
    bring(workspace, new, new.chain(10))
    device.brings(workspace.returned, device.health())
    assert report.run(workspace, BEGAN).plays == 50
    replaced = BEGAN + timedelta(minutes=40)
    devices.admit(workspace, replaced, "lao-bao/led", new.code, "lan")
    assert not ledger.Health.objects.exists()
    bring(workspace, device, told[50:100])
    device.brings(workspace.returned, device.health(serial=9))
    assert report.run(workspace, replaced) == (60, 0)
    assert not ledger.Health.objects.exists()
    bring(workspace, device, told[100:])
    assert report.run(workspace, replaced) == (0, 1)
    assert ledger.Event.objects.get(act="refuse-proof").facts["code"] == "DeviceRetired"


def test_unknown_devices_without_end_fill_neither_the_ledger_nor_the_disk(
    workspace: Workspace, device: Device
) -> None:
    known = Device()
    for wave in range(3):
        known.brings(workspace.returned, known.health(serial=wave + 1))
        for _ in range(7):
            stranger = Device()
            stranger.brings(workspace.returned, stranger.health())
            bring(workspace, stranger, stranger.chain(1))
        report.run(workspace, BEGAN + timedelta(hours=wave))
    assert ledger.Device.objects.count() == 9
    fresh = ledger.Device.objects.filter(seen_at=BEGAN + timedelta(hours=2), admitted_at=None)
    assert fresh.count() == 8
    assert known.keyid in fresh.values_list("keyid", flat=True)
    assert len(list((workspace.returned / "lao-bao" / "led").iterdir())) == 15
    assert not ledger.Event.objects.exists()


def test_a_dismissed_stranger_is_heard_of_no_more(workspace: Workspace, device: Device) -> None:
    stranger = Device()
    bring(workspace, stranger, stranger.chain(2))
    device.brings(workspace.returned, device.health())
    report.run(workspace, BEGAN)
    later = BEGAN + timedelta(days=1)
    devices.retire(workspace, later, "lao-bao/led", stranger.code, "lan")
    assert report.run(workspace, BEGAN) == (0, 1)
    assert ledger.Health.objects.exists()
    told = [type(error) for error, _ in devices.concerns("lao-bao", "led", None, BEGAN)]
    assert told == [DeviceRetired]


def test_the_audit_log_is_not_filled_by_a_node_that_makes_proof_up(
    workspace: Workspace, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "_BROKEN_KEPT", 20)
    name, content = device.proof(device.chain(2))
    for row in range(1, 60):
        device.brings(workspace.returned, (name.replace("0001.", f"{row:04}."), content[:-8]))
    assert report.run(workspace, BEGAN) == (0, 59)
    assert ledger.Event.objects.count() == 1
    assert len(list((workspace.returned / "lao-bao" / "led" / "broken").iterdir())) == 20


def test_two_processes_do_not_read_the_same_file(workspace: Workspace) -> None:
    with workspace.alone("report"), pytest.raises(Busy):
        report.run(workspace, BEGAN)


def test_health_that_comes_again_turns_nothing_back(workspace: Workspace, device: Device) -> None:
    for serial, edition, stands in ((5, 1, 1), (9, 3, 3), (7, 2, 3), (9, 4, 3), (10, 5, 5)):
        device.brings(workspace.returned, device.health(serial=serial, edition=edition))
        report.run(workspace, BEGAN)
        assert ledger.Health.objects.get().says["edition"] == stands


def test_a_screen_speaks_of_its_own_health_only(workspace: Workspace, device: Device) -> None:
    name, content = device.health(screen="hall")
    for lie in (content, device.health(cluster="cha-lo")[1], b"not json", b"", b"[" * 99_999):
        device.brings(workspace.returned, (name, lie))
        report.run(workspace, BEGAN)
    changed = device.health()[1].replace(b'"edition":0', b'"edition":1')
    device.brings(workspace.returned, (name, changed))
    report.run(workspace, BEGAN)
    assert not ledger.Health.objects.exists()


def test_what_a_person_must_look_into_is_told(workspace: Workspace, device: Device) -> None:
    stranger = Device()
    stranger.brings(workspace.returned, stranger.health())
    bring(workspace, device, device.chain(3)[1:])
    report.run(workspace, BEGAN)
    late = Health(cluster="lao-bao", screen="led", at=BEGAN, clock=datetime(1970, 1, 2, tzinfo=UTC))
    told = [error for error, _ in devices.concerns("lao-bao", "led", late, BEGAN)]
    assert [type(error) for error in told] == [ProofMissing, DeviceWaiting, ClockWrong]
    assert stranger.code in told[1].message(Tongue.VI)
    ahead = late.model_copy(update={"at": BEGAN + timedelta(days=99)})
    assert ClockWrong in {type(e) for e, _ in devices.concerns("lao-bao", "led", ahead, BEGAN)}
    good = late.model_copy(update={"clock": BEGAN})
    told = [error for error, _ in devices.concerns("lao-bao", "led", good, BEGAN)]
    assert ClockWrong not in {type(error) for error in told}


def test_a_screen_that_says_nothing_new_is_asked_after_whatever_its_node_repeats(
    workspace: Workspace, device: Device
) -> None:
    def told(later: timedelta) -> list[type[FeedError]]:
        return [type(e) for e, _ in devices.concerns("lao-bao", "led", None, BEGAN + later)]

    name, content = device.proof(device.chain(3))
    device.brings(workspace.returned, (name, content))
    device.brings(workspace.returned, device.health(serial=5))
    report.run(workspace, BEGAN)
    later = timedelta(days=8)
    packed_anew = gzip.compress(gzip.decompress(content), compresslevel=1, mtime=1)
    device.brings(workspace.returned, (name, packed_anew))
    device.brings(workspace.returned, device.health(serial=5))
    assert report.run(workspace, BEGAN + later) == (0, 0)
    assert told(timedelta(days=6)) == []
    assert told(later) == [ScreenSilent]
    device.brings(workspace.returned, device.health(serial=6))
    report.run(workspace, BEGAN + later)
    assert told(later) == []
