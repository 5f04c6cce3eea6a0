import errno
import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_feed.core.errors import ScreenError, gist
from cluster_feed.core.proof import Outcome, PlayRecord, Proof, verify_chain
from cluster_feed.screen.agent import commission
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.player import Shown
from cluster_feed.screen.spool import Spool
from tests.screen.hub import NOW, Hub


def play(spool: Spool, at: datetime = NOW) -> PlayRecord:
    return spool.append(
        edition=5,
        asset="a" * 64,
        rendition="b" * 64,
        began_at=at,
        shown=Shown(8),
        outcome=Outcome.PLAYED,
    )


def closed(*folders: Path) -> list[Proof]:
    """Every file of proof, its signature verified."""
    files = sorted((f for folder in folders for f in folder.glob("proof-*")), key=lambda f: f.name)
    return [Proof.from_bytes(file.read_bytes()) for file in files]


def chain(*folders: Path) -> list[PlayRecord]:
    """Every closed row, verified from the first."""
    records = [record for proof in closed(*folders) for record in proof.records]
    return list(verify_chain(record.to_bytes() for record in records))


def test_a_file_is_closed_after_its_rows_or_its_minutes(config: ScreenConfig) -> None:
    spool = Spool(config.model_copy(update={"proof_rows": 3, "proof_minutes": 10}))
    for _ in range(4):
        play(spool)
    play(spool, NOW + timedelta(minutes=11))
    play(spool)
    mark = Device(config.trust).mark
    names = [path.name for path in sorted(config.outbox.glob("proof-*"))]
    assert names == [f"proof-{mark}-000000000{row}.jsonl.gz" for row in (1, 4)]
    assert len(chain(config.outbox)) == 5


@pytest.mark.parametrize("torn", [b"", b"{", b'{"row":3,"prev', b"\0" * 40, b"\0" * 40 + b"\n"])
def test_what_a_power_cut_tore_is_cut_off_and_the_chain_goes_on(
    config: ScreenConfig, torn: bytes
) -> None:
    spool = Spool(config)
    play(spool)
    play(spool)
    with (config.outbox / ".open.jsonl").open("ab") as file:
        file.write(torn)
    again = Spool(config)
    assert play(again).row == 3
    again.close()
    assert len(chain(config.outbox)) == 3


def test_a_cut_between_closing_and_remembering_forks_nothing(config: ScreenConfig) -> None:
    spool = Spool(config)
    play(spool)
    spool.close()
    (config.trust / "chain.json").unlink()
    assert play(Spool(config)).row == 2


def test_the_chain_goes_on_after_its_files_have_left(config: ScreenConfig) -> None:
    hand_over_each_row = config.model_copy(update={"proof_rows": 1})
    for row in range(1, 4):
        assert play(Spool(hand_over_each_row)).row == row
        hand_over(config, NOW)
    assert not list(config.outbox.glob("proof-*"))
    assert len(chain(config.outbox / ".handed")) == 3


def test_a_disk_that_fills_up_in_the_middle_of_a_row_tears_nothing(
    config: ScreenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    spool = Spool(config)
    play(spool)
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        assert play(spool).row == 2
        assert spool.failure
    assert (config.outbox / ".open.jsonl").read_bytes().count(b"\n") == 1
    assert play(spool).row == 3
    assert not spool.failure
    spool.close()
    assert len(chain(config.outbox)) == 3


def test_a_close_that_was_cut_short_doubles_nothing(config: ScreenConfig) -> None:
    spool = Spool(config)
    play(spool)
    play(spool)
    opened = (config.outbox / ".open.jsonl").read_bytes()
    spool.close()
    for remembered in (True, False):
        (config.outbox / ".open.jsonl").write_bytes(opened)
        if not remembered:
            (config.trust / "chain.json").unlink()
        Spool(config).close()
    assert play(Spool(config)).row == 3
    assert len(chain(config.outbox)) == 2


def test_a_screen_that_lost_its_trust_is_another_device_and_tells_its_open_rows_anew(
    config: ScreenConfig, hub: Hub
) -> None:
    before = Device(config.trust)
    spool = Spool(config.model_copy(update={"proof_rows": 2}))
    for _ in range(3):
        play(spool)
    shutil.rmtree(config.trust)
    after = commission(config, hub.root, 1, NOW)
    assert after.code != before.code
    again = Spool(config)
    assert play(again).row == 2
    again.close()
    told = {proof.device: [each.row for each in proof.records] for proof in closed(config.outbox)}
    assert told == {before.public: [1, 2], after.public: [1, 2]}


def test_commissioning_anew_keeps_the_key_and_the_chain(config: ScreenConfig, hub: Hub) -> None:
    before = Device(config.trust)
    spool = Spool(config)
    play(spool)
    spool.close()
    assert commission(config, hub.root, 1, NOW).public == before.public
    assert (config.trust / "device.pem").stat().st_mode & 0o777 == 0o600
    assert play(Spool(config)).row == 2


def test_a_damaged_key_stops_no_screen(config: ScreenConfig) -> None:
    before = Device(config.trust)
    for name in ("device.pem", "device.pem.copy"):
        (config.trust / name).write_bytes(b"\0" * 119)
    assert Device(config.trust).public != before.public
    assert play(Spool(config)).row == 1


def test_an_outbox_that_somebody_emptied_leaves_a_gap_and_no_second_story(
    config: ScreenConfig,
) -> None:
    spool = Spool(config)
    play(spool)
    spool.close()
    shutil.rmtree(config.outbox)
    assert play(Spool(config)).row == 2


def test_what_was_torn_on_a_disk_that_is_full_is_cut_off_without_room(
    config: ScreenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = play(Spool(config))
    torn = config.outbox / ".open.jsonl"
    with torn.open("ab") as file:
        file.write(b'{"row":2,"prev')

    def full(_name: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr("cluster_feed.screen.spool.write_visible", full)
        Spool(config)
    assert torn.read_bytes() == row.to_bytes() + b"\n"


def test_a_full_disk_takes_back_the_copies_of_what_has_left(
    config: ScreenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(config.model_copy(update={"proof_rows": 1}))
    play(spool)
    play(spool)
    hand_over(config, NOW)
    copies = config.outbox / ".handed"
    synced = os.fsync

    def full_while_there_are_copies(descriptor: int) -> None:
        if len(list(copies.glob("proof-*"))) > 1:
            raise OSError(28, "No space left on device")
        synced(descriptor)

    monkeypatch.setattr("os.fsync", full_while_there_are_copies)
    assert play(spool).row == 3
    assert len(list(copies.glob("proof-*"))) == 1, "the last says where the chain stands"
    assert [record.row for record in closed(config.outbox)[0].records] == [3]


def test_rows_that_no_file_could_be_closed_for_leave_once_there_is_room(
    config: ScreenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_name: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    spool = Spool(config.model_copy(update={"proof_rows": 2}))
    with monkeypatch.context() as patch:
        patch.setattr("cluster_feed.screen.spool.write_visible", full)
        for _ in range(5):
            play(spool)
    play(spool)
    assert [len(proof.records) for proof in closed(config.outbox)] == [2, 2, 2]
    assert len(chain(config.outbox)) == 6


class Disk:
    """A disk that can be full: nothing is made durable on it then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        synced = os.fsync

        def fsync(descriptor: int) -> None:
            if self.full:
                raise OSError(errno.ENOSPC, "No space left on device")
            synced(descriptor)

        monkeypatch.setattr("os.fsync", fsync)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_the_plays_of_a_full_disk_are_chained_and_written_once_there_is_room(
    config: ScreenConfig, disk: Disk
) -> None:
    spool = Spool(config)
    play(spool)
    disk.full = True
    shown = [play(spool, NOW + timedelta(seconds=each)) for each in range(450)]
    disk.full = False
    spool.close_if_due(NOW)
    assert not spool.failure
    spool.close()
    assert chain(config.outbox)[1:] == shown


def test_what_is_more_than_memory_should_hold_is_counted_and_told_in_the_chain(
    config: ScreenConfig, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cluster_feed.screen.spool._MOST_WAITING", 5)
    spool = Spool(config)
    disk.full = True
    shown = [play(spool, NOW + timedelta(seconds=each)) for each in range(12)]
    disk.full = False
    after = play(spool, NOW + timedelta(minutes=1))
    spool.close()
    *kept, told = chain(config.outbox)
    assert kept == shown[:5]
    assert (told.outcome, told.reason) == (Outcome.SKIPPED, "PlaysLost 8")
    assert told.began_at == after.began_at
    assert "8" in gist(told.reason).vi


def test_a_turn_that_ends_after_a_loss_was_told_follows_it(
    config: ScreenConfig, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cluster_feed.screen.spool._MOST_WAITING", 2)
    spool = Spool(config)
    disk.full = True
    for _ in range(3):
        play(spool)
    disk.full = False
    spool.close_if_due(NOW)
    assert play(spool).row == 4
    spool.close()
    assert len(chain(config.outbox)) == 4


def spoil_with_a_folder(config: ScreenConfig) -> None:
    (config.outbox / ".open.jsonl" / "lost+found").mkdir(parents=True)


def spoil_with_a_file(config: ScreenConfig) -> None:
    config.outbox.parent.mkdir(parents=True, exist_ok=True)
    config.outbox.write_bytes(b"")


def spoil_the_keys_place(config: ScreenConfig) -> None:
    config.trust.rename(config.state / "elsewhere")
    config.trust.write_bytes(b"")


@pytest.mark.parametrize("spoil", [spoil_with_a_folder, spoil_with_a_file, spoil_the_keys_place])
def test_a_spool_that_cannot_be_picked_up_waits_for_a_disk_that_lets_it(
    config: ScreenConfig, spoil: Callable[[ScreenConfig], None]
) -> None:
    spoil(config)
    told: list[ScreenError] = []
    spool = Spool(config, told.append)
    play(spool)
    assert spool.failure or {each.code for each in told} == {"ScreenDiskFailed"}
    for place in (config.outbox, config.trust):
        if place.is_file():
            place.unlink()
    if (aside := config.state / "elsewhere").exists():
        aside.rename(config.trust)
    play(spool)
    assert not spool.failure
    spool.close()
    assert len(chain(config.outbox)) == 2


def test_a_start_on_a_full_disk_forgets_nothing_of_before(config: ScreenConfig, disk: Disk) -> None:
    spool = Spool(config)
    for _ in range(3):
        play(spool)
    opened = (config.outbox / ".open.jsonl").read_bytes()
    spool._rows = spool._rows[:2]  # noqa: SLF001  a close that was cut short
    spool.close()
    (config.outbox / ".open.jsonl").write_bytes(opened)
    disk.full = True
    again = Spool(config)
    assert again.failure
    play(again)
    disk.full = False
    play(again)
    again.close()
    assert len(chain(config.outbox)) == 5


def test_a_chain_whose_memory_is_damaged_tells_no_second_story(config: ScreenConfig) -> None:
    spool = Spool(config)
    play(spool)
    spool.close()
    hand_over(config, NOW)
    shutil.rmtree(config.outbox)
    (config.trust / "chain.json").write_bytes(b"\0" * 90)
    assert play(Spool(config)).row == 2


def test_a_file_that_was_closed_is_never_another_under_its_name(
    config: ScreenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.EIO, "I/O error")

    spool = Spool(config.model_copy(update={"proof_rows": 2}))
    with monkeypatch.context() as patch:
        patch.setattr("cluster_feed.screen.twice.write_visible", fails)
        for _ in range(3):
            play(spool)
    hand_over(config, NOW)
    play(spool)
    spool = Spool(config)
    play(spool)
    spool.close()
    assert len(chain(config.outbox / ".handed", config.outbox)) == 5


def as_commissioned(config: ScreenConfig) -> None:
    """Leave what tells a screen from a folder that is nobody's; a spool believes no root."""
    config.trust.mkdir(parents=True)
    (config.trust / "root.json").touch()


_FAILING_DISK = st.lists(
    st.sampled_from(["play", "play", "close", "full", "room", "hand", "start"]), max_size=30
)


def commissioned_below(folder: Path) -> ScreenConfig:
    """A screen in a folder, beside the node that takes what it hands over."""
    (folder / "node" / "metadata").mkdir(parents=True)
    config = ScreenConfig(
        cluster="lao-bao",
        screen="led",
        profile="led-wall",
        gate="",
        source=f"{folder}/node",
        state=folder / "state",
        proof_rows=4,
    )
    as_commissioned(config)
    return config


@settings(max_examples=60, deadline=None)
@given(_FAILING_DISK)
def test_every_turn_is_told_once_or_counted_as_lost_however_the_disk_fills_up(
    steps: list[str],
) -> None:
    with TemporaryDirectory(dir="/dev/shm") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("cluster_feed.screen.spool._MOST_WAITING", 3)
        disk = Disk(patch)
        config = commissioned_below(Path(folder))
        Device(config.trust)
        spool = Spool(config)
        for step in steps:
            match step:
                case "play":
                    play(spool)
                case "close":
                    spool.close()
                case "full" | "room":
                    disk.full = step == "full"
                case "hand" if not disk.full:
                    hand_over(config, NOW)
                case "start" if not spool.failure:
                    spool = Spool(config)
        disk.full = False
        spool.close()
        hand_over(config, NOW)
        arrived = chain(Path(folder) / "node" / "outbox" / "led")
        lost = [row for row in arrived if row.reason]
        counted = sum(int(row.reason.removeprefix("PlaysLost ")) for row in lost)
        assert len(arrived) - len(lost) + counted == steps.count("play")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["play", "close", "kill", "tear", "hand"]), max_size=25))
def test_whatever_happens_the_chain_is_whole(steps: list[str]) -> None:
    with TemporaryDirectory() as folder:
        config = commissioned_below(Path(folder))
        spool = Spool(config)
        for step in steps:
            if step == "play":
                play(spool)
            elif step == "close":
                spool.close()
            elif step == "kill":
                spool = Spool(config)
            elif step == "tear":
                with (config.outbox / ".open.jsonl").open("ab") as file:
                    file.write(b'{"row"')
                spool = Spool(config)
            elif step == "hand":
                hand_over(config, NOW)
        spool.close()
        hand_over(config, NOW)
        arrived = chain(Path(folder) / "node" / "outbox" / "led")
        assert len(arrived) == steps.count("play")
