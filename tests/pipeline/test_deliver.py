import hashlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cluster_feed.adapters import keys
from cluster_feed.adapters.sftp import outbox as outbox_module
from cluster_feed.adapters.sftp.link import Link
from cluster_feed.core.cluster import Node, Status
from cluster_feed.core.delivery import (
    Delivered,
    Failed,
    Outcome,
    Planned,
    Skipped,
    Unfinished,
    UpToDate,
    Waiting,
)
from cluster_feed.core.errors import (
    DeliveryUnderWay,
    HostKeyChanged,
    HubKeyUnreadable,
    KeysMissing,
    NodeFault,
    NodeFull,
    NodeRefusedHub,
    NodeUnreachable,
    StoreDamaged,
)
from cluster_feed.core.health import Fault, Health
from cluster_feed.core.playlist import ZONE, Hours, Playlist
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import deliver
from cluster_feed.settings import Delivery
from cluster_feed.workspace import Workspace
from demo.gates import Gate, open_gate
from tests.gates import MEGABYTE, Hub, error_of, noise, on_the_node, publish, wanted
from tests.links import bad_link
from tests.trust import NOW, playlist_of, screen

pytestmark = pytest.mark.usefixtures("database")

ROUND = sys.modules["cluster_feed.pipeline.deliver.round"]


def test_a_node_gets_the_whole_feed_and_a_screen_accepts_it(
    hub: Hub, gate: Gate, tmp_path: Path
) -> None:
    publish(hub, noise(3 * MEGABYTE), b"short", noise(70_000))
    ticks: list[tuple[str, float]] = []

    outcome = deliver.run(
        hub.workspace(lao_bao=gate.node), NOW, lambda what, part: ticks.append((what, part))
    )

    sent = 3 * MEGABYTE + 5 + 70_000 + len(playlist_of("lao-bao", 1, b"").to_bytes())
    [delivered] = outcome
    assert isinstance(delivered, Delivered)
    assert (delivered.version, delivered.blobs, delivered.returned) == (2, 4, 0)
    assert delivered.byte_count >= sent
    assert on_the_node(gate) == wanted(hub)
    assert not list((gate.feed / ".incoming").iterdir())
    updater = screen(hub.house.feed, gate.feed, tmp_path / "screen")
    updater.refresh()
    assert updater.get_targetinfo("lao-bao/playlist.json")
    assert ticks[-1] == ("Cụm lao-bao", 1.0)
    assert [part for _, part in ticks] == sorted(part for _, part in ticks)


def test_what_arrived_is_on_record(hub: Hub, gate: Gate) -> None:
    ledger.Edition.objects.create(
        name="2026-11", cycle="2026-11", state="published", number=1, created_at=NOW
    )
    publish(hub, b"a clip")

    deliver.run(hub.workspace(lao_bao=gate.node), NOW)

    receipt = ledger.Receipt.objects.get()
    assert (receipt.cluster, receipt.timestamp_version, receipt.blobs) == ("lao-bao", 2, 2)
    assert receipt.edition is not None
    assert receipt.edition.name == "2026-11"
    files = ledger.FileReceipt.objects.values_list("path", flat=True)
    replaced = {"metadata/root.json", "metadata/timestamp.json"}
    assert set(files) == wanted(hub).keys() - replaced
    event = ledger.Event.objects.get()
    assert (event.actor, event.act, event.subject) == ("hub", "deliver", "lao-bao")
    assert audit.verify() == 1


def test_a_second_run_sends_nothing(hub: Hub, gate: Gate) -> None:
    publish(hub, noise(MEGABYTE))
    with bad_link(gate.node) as link:
        workspace = hub.workspace(lao_bao=link.node)
        deliver.run(workspace, NOW)
        assert link.sent > MEGABYTE
        link.sent = 0

        assert deliver.run(workspace, NOW) == [UpToDate("lao-bao", 2, 0)]
        assert link.sent < 10_000
        assert deliver.run(workspace, NOW, collect=False) == [UpToDate("lao-bao", 2, 0)]
        assert link.connections == 2


def test_the_next_edition_sends_only_what_is_new(hub: Hub, gate: Gate) -> None:
    shared = noise(2 * MEGABYTE)
    publish(hub, shared)
    with bad_link(gate.node) as link:
        workspace = hub.workspace(lao_bao=link.node)
        deliver.run(workspace, NOW)
        link.sent = 0
        publish(hub, shared, b"new", number=2)

        [outcome] = deliver.run(workspace, NOW)

        assert isinstance(outcome, Delivered)
        assert outcome.blobs == 2
        assert link.sent < 60_000


def test_a_dry_run_tells_what_would_be_sent_and_touches_nothing(hub: Hub, gate: Gate) -> None:
    publish(hub, b"a clip")
    with bad_link(gate.node) as link:
        workspace = hub.workspace(lao_bao=link.node)
        [planned] = deliver.run(workspace, NOW, dry_run=True)
        assert isinstance(planned, Planned)
        assert (planned.version, planned.blobs) == (2, 2)
        assert link.connections == 0
        deliver.run(workspace, NOW)
        assert deliver.run(workspace, NOW, dry_run=True) == [UpToDate("lao-bao", 2, 0)]


def test_a_cluster_out_of_service_is_passed_over_with_its_reason(hub: Hub, gate: Gate) -> None:
    workspace = hub.workspace(lao_bao=gate.node, la_lay=gate.node)
    broken = workspace.clusters["la-lay"].model_copy(
        update={"status": Status.OUT_OF_SERVICE, "status_reason": "hư hỏng, chờ thay thế"}
    )
    workspace = Workspace(
        hub.root, workspace.settings, {}, {**workspace.clusters, "la-lay": broken}
    )
    outcomes = deliver.run(workspace, NOW)

    assert Skipped("la-lay", "hư hỏng, chờ thay thế") in outcomes
    assert [type(each) for each in outcomes].count(Delivered) == 1


def test_one_cluster_s_failure_does_not_touch_another(hub: Hub, gate: Gate) -> None:
    publish(hub, b"a clip")
    nobody = gate.node.model_copy(update={"port": 1})
    far = gate.node.model_copy(update={"host": "no-such-host.invalid"})

    outcomes = deliver.run(hub.workspace(cha_lo=far, la_lay=nobody, lao_bao=gate.node), NOW)

    found_at = {each.cluster: each for each in outcomes}
    assert error_of(found_at["cha-lo"]) is NodeUnreachable
    assert error_of(found_at["la-lay"]) is NodeUnreachable
    assert isinstance(found_at["lao-bao"], Delivered)


def test_a_link_that_is_cut_is_taken_up_where_it_broke(
    hub: Hub, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ROUND, "_PAUSE_SECONDS", 0.01)
    clip = noise(12 * MEGABYTE)
    publish(hub, clip)
    cuts = [3 * MEGABYTE, 2 * MEGABYTE + 12_345, 4 * MEGABYTE]
    with bad_link(gate.node, cuts) as link:
        [outcome] = deliver.run(hub.workspace(lao_bao=link.node), NOW)

        assert isinstance(outcome, Delivered)
        assert link.connections == len(cuts) + 1
        assert link.sent < len(clip) + (len(cuts) + 1) * MEGABYTE
    assert on_the_node(gate) == wanted(hub)


def test_a_link_that_carries_nothing_is_left_for_the_next_run(hub: Hub, gate: Gate) -> None:
    publish(hub, noise(MEGABYTE))
    with bad_link(gate.node, cuts=[1000, 5000]) as link:
        workspace = hub.workspace(lao_bao=link.node)
        assert error_of(deliver.run(workspace, NOW)[0]) is NodeUnreachable
        assert error_of(deliver.run(workspace, NOW)[0]) is NodeUnreachable
        assert link.connections == 2
        assert isinstance(deliver.run(workspace, NOW)[0], Delivered)
    acts = ledger.Event.objects.order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["deliver-failed", "deliver"]


def test_a_failed_visit_is_known_until_the_node_answers_again(hub: Hub, gate: Gate) -> None:
    publish(hub, b"a clip")
    with bad_link(gate.node) as link:
        workspace = hub.workspace(lao_bao=link.node)
        deliver.run(workspace, NOW)
        assert not deliver.failure("lao-bao")
        link.cuts = [100]
        assert error_of(deliver.run(workspace, NOW)[0]) is NodeUnreachable
        failed = deliver.failure("lao-bao")
        assert failed
        assert failed.facts["code"] == "NodeUnreachable"
        for _ in range(2):
            assert isinstance(deliver.run(workspace, NOW)[0], UpToDate)
            assert not deliver.failure("lao-bao")
    acts = ledger.Event.objects.order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["deliver", "deliver-failed", "reach"]


def test_until_everything_is_there_the_node_serves_the_feed_as_it_was(
    hub: Hub, gate: Gate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ROUND, "_ATTEMPTS", 1)
    publish(hub, b"old")
    with bad_link(gate.node) as link:
        workspace = hub.workspace(lao_bao=link.node)
        deliver.run(workspace, NOW)
        publish(hub, noise(MEGABYTE, 2), number=2)
        for cut in range(40_000, 1_400_000, 170_000):
            link.cuts = [cut]
            [outcome] = deliver.run(workspace, NOW)
            updater = screen(hub.house.feed, gate.feed, tmp_path / f"screen-{cut}")
            updater.refresh()
            target = updater.get_targetinfo("lao-bao/playlist.json")
            assert target is not None
            sha256 = target.hashes["sha256"]
            shown = gate.feed / f"targets/lao-bao/{sha256}.playlist.json"
            assert hashlib.sha256(shown.read_bytes()).hexdigest() == sha256
            for blob in Playlist.from_bytes(shown.read_bytes()).blobs().values():
                assert updater.get_targetinfo(blob.target)
                clip = shown.with_name(f"{blob.sha256}.{Path(blob.target).name}")
                assert hashlib.sha256(clip.read_bytes()).hexdigest() == blob.sha256
            if isinstance(outcome, UpToDate):
                break
        deliver.run(workspace, NOW)
    assert on_the_node(gate).items() >= wanted(hub).items()


def test_a_changed_host_key_stops_everything(hub: Hub, gate: Gate) -> None:
    publish(hub, b"a clip")
    with open_gate("impostor", hub.public_key) as impostor:
        posing = impostor.node.model_copy(update={"host_key": gate.node.host_key})
        assert error_of(deliver.run(hub.workspace(lao_bao=posing), NOW)[0]) is HostKeyChanged
        assert not list(impostor.feed.glob("*/*"))
    assert not ledger.Receipt.objects.exists()
    assert ledger.Event.objects.get().facts["code"] == "HostKeyChanged"


def test_a_node_that_does_not_know_the_hub_says_so(hub: Hub, tmp_path: Path) -> None:
    other = keys.create_ssh(tmp_path / "other")
    with open_gate("lao-bao", other) as gate:
        assert error_of(deliver.run(hub.workspace(lao_bao=gate.node), NOW)[0]) is NodeRefusedHub


@pytest.mark.parametrize(
    ("content", "error"), [(None, KeysMissing), (b"not a key", HubKeyUnreadable)]
)
def test_the_hub_s_own_key_must_be_in_order(
    hub: Hub, gate: Gate, content: bytes | None, error: type[Exception]
) -> None:
    path = hub.root / "keys" / "hub_ed25519"
    path.unlink()
    if content:
        path.write_bytes(content)
    assert error_of(deliver.run(hub.workspace(lao_bao=gate.node), NOW)[0]) is error


def test_a_dark_link_is_noticed(hub: Hub, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ROUND, "_ATTEMPTS", 1)
    publish(hub, noise(8 * MEGABYTE))
    with bad_link(gate.node) as link:
        workspace = hub.workspace(lao_bao=link.node)
        began = time.monotonic()
        [outcome] = deliver.run(workspace, NOW, lambda _what, _part: link.dark.set())
        assert error_of(outcome) is NodeUnreachable
        assert time.monotonic() - began < 25


@pytest.fixture
def small_disk(gate: Gate) -> Iterator[Path]:
    """The gate's folder on a disk of 64 MiB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=0777", "none", str(gate.feed)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    outbox(gate).mkdir(parents=True)
    outbox(gate).chmod(0o777)
    yield gate.feed
    subprocess.run(["umount", gate.feed], check=True)


def test_a_full_node_is_left_alone_and_what_its_screens_said_comes_home(
    hub: Hub, gate: Gate, small_disk: Path
) -> None:
    (outbox(gate) / proof_name(1)).write_bytes(b"proof\n")
    publish(hub, noise(40 * MEGABYTE))

    [outcome] = deliver.run(hub.workspace(lao_bao=gate.node), NOW)

    assert error_of(outcome) is NodeFull
    assert {path.name for path in small_disk.iterdir()} == {"outbox"}
    returned = hub.root / "returned" / "lao-bao" / "led" / proof_name(1)
    assert returned.read_bytes() == b"proof\n"


def test_a_node_that_fills_up_under_a_push_is_told_and_finished_later(
    hub: Hub, gate: Gate, small_disk: Path
) -> None:
    filler = small_disk / "filler"

    def fill(_what: str, _part: float) -> None:
        if not filler.exists():
            with suppress(OSError), filler.open("wb", buffering=0) as disk:
                while True:
                    disk.write(bytes(MEGABYTE))

    publish(hub, noise(20 * MEGABYTE))
    workspace = hub.workspace(lao_bao=gate.node)

    assert error_of(deliver.run(workspace, NOW, fill)[0]) is NodeFull
    assert not (small_disk / "metadata" / "timestamp.json").exists()
    assert not list(small_disk.glob("targets/*/*.mp4"))
    filler.unlink()
    assert isinstance(deliver.run(workspace, NOW)[0], Delivered)
    assert on_the_node(gate) == wanted(hub)


def test_a_slow_gate_is_broken_off_and_goes_on_in_the_next_run(
    hub: Hub, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(hub, noise(4 * MEGABYTE))
    with bad_link(gate.node) as link:
        workspace = hub.workspace(lao_bao=link.node)
        monkeypatch.setattr(ROUND, "_PUSH_SECONDS", 1.0)
        [outcome] = deliver.run(workspace, NOW, lambda _what, _part: link.dark.set())
        assert isinstance(outcome, Unfinished)
        assert 0 < outcome.byte_count < outcome.to_send
    monkeypatch.undo()
    assert isinstance(deliver.run(hub.workspace(lao_bao=gate.node), NOW)[0], Delivered)
    assert on_the_node(gate) == wanted(hub)


def test_an_exchanged_node_is_filled_again_though_receipts_say_it_has_everything(
    hub: Hub, gate: Gate
) -> None:
    publish(hub, b"a clip")
    deliver.run(hub.workspace(lao_bao=gate.node), NOW)
    with open_gate("replacement", hub.public_key) as replacement:
        [outcome] = deliver.run(hub.workspace(lao_bao=replacement.node), NOW)
        assert isinstance(outcome, Delivered)
        assert on_the_node(replacement) == wanted(hub)


def test_a_damaged_store_never_reaches_a_node(hub: Hub, gate: Gate) -> None:
    clip = b"a clip"
    publish(hub, clip)
    path = hub.workspace().store.path(hashlib.sha256(clip).hexdigest())
    path.chmod(0o644)
    path.write_bytes(b"A CLIP")

    assert error_of(deliver.run(hub.workspace(lao_bao=gate.node), NOW)[0]) is StoreDamaged
    assert not (gate.feed / "metadata" / "timestamp.json").exists()
    assert not list(gate.feed.glob("targets/*/*.mp4"))


def test_a_node_whose_folder_is_not_the_hub_s_says_what_is_wrong(hub: Hub, gate: Gate) -> None:
    elsewhere = gate.node.model_copy(update={"folder": "somewhere/else"})
    [outcome] = deliver.run(hub.workspace(lao_bao=elsewhere), NOW)
    assert error_of(outcome) is NodeFault


def test_what_a_node_provokes_in_us_costs_no_other_its_visit(
    hub: Hub, gate: Gate, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publish(hub, b"a clip")
    collect = outbox_module.collect

    async def trips(link: Link, screen: str, into: Path) -> int:
        if "la-lay" in str(into):
            raise RecursionError
        return await collect(link, screen, into)

    monkeypatch.setattr(outbox_module, "collect", trips)
    with open_gate("la-lay", hub.public_key) as other:
        outcomes = deliver.run(hub.workspace(la_lay=other.node, lao_bao=gate.node), NOW)
    assert [type(each) for each in outcomes] == [Failed, Delivered]
    assert "RecursionError" in caplog.text
    failed = deliver.failure("la-lay")
    assert failed
    assert "RecursionError" in failed.facts["machine_said"]


def test_metadata_that_was_tampered_with_is_made_good_at_the_next_version(
    hub: Hub, gate: Gate
) -> None:
    publish(hub, b"a clip")
    deliver.run(hub.workspace(lao_bao=gate.node), NOW)
    [role] = gate.feed.glob("metadata/*.lao-bao.json")
    role.write_bytes(bytes(role.stat().st_size))
    hub.publish(playlist_of("la-lay", 1, b"elsewhere"), b"elsewhere")
    deliver.run(hub.workspace(lao_bao=gate.node), NOW)
    assert on_the_node(gate).items() >= wanted(hub).items()


def test_two_deliveries_to_a_node_do_not_meet(hub: Hub, gate: Gate) -> None:
    publish(hub, b"a clip")
    workspace = hub.workspace(lao_bao=gate.node)
    inner: list[Outcome] = []
    deliver.run(workspace, NOW, lambda _what, _part: inner.extend(deliver.run(workspace, NOW)))
    assert {error_of(each) for each in inner} == {DeliveryUnderWay}


# --- When, and how much ------------------------------------------------------------------------


def hours(*, ahead: float, lasting: float) -> Hours:
    """A window that opens some seconds after NOW; negative: it is open already."""
    opens = (NOW + timedelta(seconds=ahead)).astimezone(ZONE)
    closes = opens + timedelta(seconds=lasting)
    return Hours(start=opens.time(), end=closes.time())


def with_windows(node: Node, *windows: Hours) -> Node:
    return node.model_copy(update={"windows": windows})


CLOSED = hours(ahead=3600, lasting=3600)


def test_what_is_large_waits_for_its_window_and_reports_do_not(hub: Hub, gate: Gate) -> None:
    (outbox(gate) / proof_name(1)).write_bytes(b"proof\n")
    publish(hub, noise(2 * MEGABYTE))
    workspace = hub.workspace(lao_bao=with_windows(gate.node, CLOSED))
    opens_at = NOW + timedelta(hours=1)

    [planned] = deliver.run(workspace, NOW, dry_run=True)
    [outcome] = deliver.run(workspace, NOW)

    assert isinstance(planned, Waiting)
    assert isinstance(outcome, Waiting)
    assert planned == outcome
    assert outcome.byte_count > 2 * MEGABYTE
    assert outcome.opens_at == opens_at
    assert on_the_node(gate) == {}
    assert (hub.root / "returned" / "lao-bao" / "led" / proof_name(1)).exists()
    assert isinstance(deliver.run(workspace, opens_at)[0], Delivered)
    assert on_the_node(gate) == wanted(hub)


def test_what_is_small_waits_for_nothing(hub: Hub, gate: Gate) -> None:
    publish(hub, noise(1000))
    workspace = hub.workspace(lao_bao=with_windows(gate.node, CLOSED))
    assert isinstance(deliver.run(workspace, NOW)[0], Delivered)


def test_an_urgent_edition_ignores_windows(hub: Hub, gate: Gate) -> None:
    ledger.Edition.objects.create(
        name="bao-so-5", cycle="2026-11", urgent=True, state="published", number=1, created_at=NOW
    )
    publish(hub, noise(2 * MEGABYTE))
    workspace = hub.workspace(lao_bao=with_windows(gate.node, CLOSED))
    assert isinstance(deliver.run(workspace, NOW)[0], Delivered)


def test_a_push_stops_with_its_window_and_goes_on_in_the_next(hub: Hub, gate: Gate) -> None:
    clip = noise(4 * MEGABYTE)
    publish(hub, clip)
    closing = hours(ahead=-3600, lasting=3602)
    with bad_link(gate.node) as link:
        workspace = hub.workspace(lao_bao=with_windows(link.node, closing))

        [outcome] = deliver.run(workspace, NOW, lambda _what, _part: link.dark.set())

        assert isinstance(outcome, Unfinished)
        assert 0 < outcome.byte_count < outcome.to_send
    assert not list(gate.feed.glob("metadata/timestamp.json"))
    tomorrow = NOW + timedelta(hours=23)
    with bad_link(gate.node) as link:
        workspace = hub.workspace(lao_bao=with_windows(link.node, closing))
        assert isinstance(deliver.run(workspace, tomorrow)[0], Delivered)
        assert link.sent < len(clip) + 100_000


def test_pushes_are_broken_off_in_good_order_when_the_caller_has_had_enough(
    hub: Hub, gate: Gate
) -> None:
    (outbox(gate) / proof_name(1)).write_bytes(b"proof\n")
    publish(hub, noise(30 * MEGABYTE))
    begun = threading.Event()

    def slowly(_what: str, _part: float) -> None:
        time.sleep(0 if begun.is_set() else 0.6)
        begun.set()

    [outcome] = deliver.run(
        hub.workspace(lao_bao=gate.node),
        NOW,
        slowly,
        enough=begun.is_set,
    )
    assert isinstance(outcome, Unfinished)
    assert 0 < outcome.byte_count < outcome.to_send
    assert (hub.root / "returned" / "lao-bao" / "led" / proof_name(1)).exists()
    assert deliver.failure("lao-bao") is None
    assert isinstance(deliver.run(hub.workspace(lao_bao=gate.node), NOW)[0], Delivered)


def test_a_node_that_answers_nothing_keeps_no_news_from_the_others(
    hub: Hub, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ROUND, "_GOODBYE_SECONDS", 0.5)
    with bad_link(gate.node) as link, open_gate("la-lay", hub.public_key) as other:
        workspace = hub.workspace(Delivery(), lao_bao=link.node, la_lay=other.node)
        deliver.run(workspace, NOW)
        link.dark.set()
        began = time.monotonic()
        outcomes = deliver.run(workspace, NOW, enough=lambda: time.monotonic() - began > 2)
    assert [type(each) for each in outcomes] == [Unfinished, UpToDate]
    assert time.monotonic() - began < 10


def test_only_the_named_clusters_are_visited(hub: Hub, gate: Gate) -> None:
    nobody = gate.node.model_copy(update={"port": 1})
    workspace = hub.workspace(lao_bao=gate.node, la_lay=nobody)
    [outcome] = deliver.run(workspace, NOW, clusters=["lao-bao"])
    assert isinstance(outcome, Delivered)


def test_a_node_is_never_taken_back_to_a_feed_that_has_moved_on(hub: Hub, gate: Gate) -> None:
    publish(hub, noise(2 * MEGABYTE))
    workspace = hub.workspace(lao_bao=gate.node)

    def moves_on(_what: str, _part: float) -> None:
        if hub.house.feed.timestamp_version == 2:
            publish(hub, b"newer", number=2)

    [outcome] = deliver.run(workspace, NOW, moves_on)
    assert isinstance(outcome, Unfinished)
    assert not (gate.feed / "metadata" / "timestamp.json").exists()
    assert isinstance(deliver.run(workspace, NOW)[0], Delivered)
    assert on_the_node(gate).items() >= wanted(hub).items()


# --- What a screen found damaged ---------------------------------------------------------------


def blob_of(gate: Gate) -> Path:
    [path] = gate.feed.glob("targets/lao-bao/*.mp4")
    return path


def refused(path: Path, at: datetime, code: str = "BlobRefused") -> None:
    """The screen's last word: a blob came otherwise than it was signed."""
    name = f"lao-bao/{path.name.partition('.')[2]}"
    fault = Fault(at=at, code=code, facts={"name": name, "detail": "wrong bytes"})
    health = Health(cluster="lao-bao", screen="led", at=at, edition=1, faults=(fault,))
    ledger.Health.objects.update_or_create(
        cluster="lao-bao",
        screen="led",
        defaults={"at": at, "says": health.model_dump(mode="json")},
    )


def test_a_blob_that_a_screen_refused_is_sent_again_once(hub: Hub, gate: Gate) -> None:
    clip = noise(MEGABYTE)
    publish(hub, clip)
    with bad_link(gate.node) as link:
        workspace = hub.workspace(lao_bao=link.node)
        deliver.run(workspace, NOW)
        blob_of(gate).chmod(0o640)
        blob_of(gate).write_bytes(bytes(MEGABYTE))
        refused(blob_of(gate), NOW + timedelta(minutes=5))
        link.sent = 0

        [planned] = deliver.run(workspace, NOW + timedelta(minutes=6), dry_run=True)
        [outcome] = deliver.run(workspace, NOW + timedelta(minutes=6))
        [after] = deliver.run(workspace, NOW + timedelta(minutes=20))

        assert isinstance(planned, Planned)
        assert (planned.blobs, planned.byte_count) == (1, MEGABYTE)
        assert isinstance(outcome, Delivered)
        assert isinstance(after, UpToDate)
        assert link.sent < 1.1 * MEGABYTE
    assert blob_of(gate).read_bytes() == clip
    assert ledger.Event.objects.filter(act="send-again").count() == 1


def test_a_node_that_lies_cannot_have_a_blob_sent_for_ever(hub: Hub, gate: Gate) -> None:
    publish(hub, b"a clip")
    workspace = hub.workspace(lao_bao=gate.node)
    deliver.run(workspace, NOW)
    outcomes = []
    for hour in (1, 2, 3, 4, 5, 27, 28):
        refused(blob_of(gate), NOW + timedelta(hours=hour))
        outcomes += deliver.run(workspace, NOW + timedelta(hours=hour, minutes=1))
    thrice, again = [Delivered] * 3, [Delivered] * 2
    assert [type(each) for each in outcomes] == [*thrice, UpToDate, UpToDate, *again]


@pytest.mark.parametrize(
    ("minutes", "code"), [(-5, "BlobRefused"), (60, "BlobRefused"), (5, "BlobDamaged")]
)
def test_what_was_reported_before_or_is_another_trouble_sends_nothing(
    hub: Hub, gate: Gate, minutes: float, code: str
) -> None:
    publish(hub, b"a clip")
    workspace = hub.workspace(lao_bao=gate.node)
    deliver.run(workspace, NOW)
    refused(blob_of(gate), NOW + timedelta(minutes=minutes), code)
    assert isinstance(deliver.run(workspace, NOW + timedelta(minutes=6))[0], UpToDate)


# --- What comes home ---------------------------------------------------------------------------


MARK = "0123456789abcdef"
HEALTH = f"health-{MARK}.json"


def proof_name(row: int) -> str:
    return f"proof-{MARK}-{row:010}.jsonl.gz"


def outbox(gate: Gate) -> Path:
    return gate.feed / "outbox" / "led"


def test_proof_and_health_come_home_and_only_proof_is_cleared(hub: Hub, gate: Gate) -> None:
    proof, health = outbox(gate) / proof_name(1), outbox(gate) / HEALTH
    proof.write_bytes(b"row\n" * 20_000)
    health.write_bytes(b"{}")
    home = hub.root / "returned" / "lao-bao" / "led"
    workspace = hub.workspace(lao_bao=gate.node)

    assert deliver.run(workspace, NOW)[0] == Delivered("lao-bao", 1, 0, 0, 2)
    assert (home / proof.name).read_bytes() == b"row\n" * 20_000
    assert (home / health.name).read_bytes() == b"{}"
    assert not proof.exists()
    health.write_bytes(b'{"later": 1}')
    assert deliver.run(workspace, NOW) == [UpToDate("lao-bao", 1, 1)]
    assert (home / health.name).read_bytes() == b'{"later": 1}'


def test_a_push_that_never_comes_through_hides_no_report(hub: Hub, gate: Gate) -> None:
    publish(hub, noise(MEGABYTE))
    (outbox(gate) / HEALTH).write_bytes(b"{}")
    with bad_link(gate.node, cuts=[100_000] * 30) as link:
        workspace = hub.workspace(lao_bao=link.node)
        assert error_of(deliver.run(workspace, NOW)[0]) is NodeUnreachable
    assert (hub.root / "returned" / "lao-bao" / "led" / HEALTH).read_bytes() == b"{}"


def test_a_proof_that_came_before_is_cleared_but_never_replaced(
    hub: Hub, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    home = hub.root / "returned" / "lao-bao" / "led"
    home.mkdir(parents=True)
    for row, before, now in ((1, b"same", b"same"), (2, b"mine", b"your"), (3, b"mine", b"longer")):
        (home / proof_name(row)).write_bytes(before)
        (outbox(gate) / proof_name(row)).write_bytes(now)

    with caplog.at_level(logging.WARNING):
        deliver.run(hub.workspace(lao_bao=gate.node), NOW)

    left = {path.name for path in outbox(gate).iterdir()}
    assert left == {proof_name(2), proof_name(3)}
    assert (home / proof_name(2)).read_bytes() == b"mine"
    assert (home / proof_name(3)).read_bytes() == b"mine"
    assert caplog.text.count("not what came under that name before") == 2


def test_a_hostile_outbox_does_no_harm(hub: Hub, gate: Gate) -> None:
    secret = gate.feed.parent / "secret"
    secret.write_text("root:x:0:0")
    (outbox(gate) / proof_name(1)).symlink_to("/secret")
    (outbox(gate) / HEALTH).symlink_to("../../../secret")
    (outbox(gate) / proof_name(2)).mkdir()
    os.mkfifo(outbox(gate) / proof_name(3))
    with (outbox(gate) / proof_name(4)).open("wb") as huge:
        huge.truncate(1 << 40)
    for name in (
        proof_name(5) + "\n",
        f"proof-{MARK}-٠٠٠٠٠٠٠٠٠٦.jsonl.gz",
        "..jsonl",
        proof_name(7) + ".part",
        "-rf",
        "\x1b[2J",
    ):
        (outbox(gate) / name).write_text("?")
    (Path(os.fsencode(outbox(gate)).decode()) / os.fsdecode(b"\xff\xfe.jsonl")).write_text("?")
    (outbox(gate) / proof_name(8)).write_text("good")

    deliver.run(hub.workspace(lao_bao=gate.node), NOW)

    home = hub.root / "returned" / "lao-bao" / "led"
    assert {path.name for path in home.iterdir()} == {proof_name(8)}
    assert secret.read_text() == "root:x:0:0"


def test_an_endless_outbox_is_taken_in_parts(
    hub: Hub, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cluster_feed.adapters.sftp.outbox._MOST_BYTES", 2500)
    for row in range(1, 6):
        (outbox(gate) / proof_name(row)).write_bytes(noise(1000, row))
    workspace = hub.workspace(lao_bao=gate.node)
    counts = [outcome.returned for _ in range(4) for outcome in deliver.run(workspace, NOW)]  # type: ignore[union-attr]
    assert counts == [2, 2, 1, 0]
