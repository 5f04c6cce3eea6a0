"""What damage on the screen's own disk may do to what it believes: nothing that goes back."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_feed.core.device import code_of
from cluster_feed.core.errors import (
    FeedRolledBack,
    NotCommissioned,
    ScreenDiskFailed,
    ScreenError,
    TrustOutdated,
)
from cluster_feed.screen.agent import Agent, commission
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.programme import Programme
from cluster_feed.screen.trust import Trust, TrustedClock
from tests.screen.hub import NOW, Hub, playlist

FACTS = ("root.json", "time.json", "accepted.json", "device.pem")


def flip(path: Path, at: int) -> None:
    """Change a single bit."""
    content = bytearray(path.read_bytes())
    content[at // 8 % len(content)] ^= 1 << at % 8
    path.write_bytes(content)


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def become_a_folder(path: Path) -> None:
    path.unlink()
    (path / "lost+found").mkdir(parents=True)


DAMAGES: list[Callable[[Path], object]] = [
    Path.unlink,
    zero,
    become_a_folder,
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(path.read_bytes()[:-9]),
    lambda path: path.write_bytes(path.read_bytes().replace(b"2", b"3", 1)),
]


def believed(trust: Path) -> tuple[object, ...]:
    found = Trust(trust)
    accepted = found.accepted
    return (
        found.root,
        found.proven,
        accepted.lowest_number,
        accepted.playlists,
        Device(trust).public,
    )


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("copy", ["", ".copy"])
def test_one_damaged_copy_of_anything_changes_nothing_is_told_and_is_mended(
    config: ScreenConfig, copy: str, damage: Callable[[Path], object]
) -> None:
    Device(config.trust)
    Trust(config.trust).settle(6, "a" * 64)
    before = believed(config.trust)
    for name in FACTS:
        told: list[ScreenError] = []
        path = config.trust / f"{name}{copy}"
        was = path.read_bytes()
        damage(path)
        found = Trust(config.trust, told.append)
        assert (found.root, found.proven, found.accepted) == (
            *before[:2],
            Trust(config.trust).accepted,
        )
        Device(config.trust, told.append)
        assert [each.code for each in told] == ["CopyDamaged"], name
        assert path.read_bytes() == was
    assert believed(config.trust) == before


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(FACTS), st.sampled_from(["", ".copy"]), st.integers(0, 1 << 16))
def test_no_single_bit_changes_what_is_believed(name: str, copy: str, at: int) -> None:
    with kept() as (folder, before):
        flip(folder / f"{name}{copy}", at)
        after = believed(folder)
        assert after[1:] == before[1:]
        if name != "root.json":  # in a signature more than is needed, or between the words
            assert after == before


@contextmanager
def kept() -> Iterator[tuple[Path, tuple[object, ...]]]:
    """A trust folder that was used for a while."""
    with TemporaryDirectory(dir="/dev/shm") as folder:
        trust = Trust.commission(Path(folder) / "trust", ROOT, 1, NOW)
        trust.settle(6, "a" * 64)
        yield Path(folder) / "trust", believed(Path(folder) / "trust")


def _root() -> bytes:
    with TemporaryDirectory() as folder:
        return Hub(Path(folder)).root


ROOT = _root()
STEPS = st.one_of(
    st.tuples(st.just("prove"), st.integers(0, 5000)),
    st.tuples(st.just("settle"), st.integers(1, 30)),
    st.tuples(st.just("zero"), st.sampled_from(["time.json", "accepted.json"])),
    st.tuples(st.just("zero"), st.sampled_from(["time.json.copy", "accepted.json.copy"])),
    st.tuples(st.just("delete"), st.sampled_from(["time.json", "accepted.json"])),
    st.tuples(st.just("look"), st.just(0)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_whatever_is_damaged_neither_time_nor_editions_go_back(
    steps: list[tuple[str, int | str]],
) -> None:
    with TemporaryDirectory(dir="/dev/shm") as name:
        folder = Path(name)
        Trust.commission(folder, ROOT, 1, NOW)
        lowest = 1
        for step, fact in steps:
            trust = Trust(folder)
            match step, fact:
                case "zero", str(file):
                    (folder / file).write_bytes(bytes(80))
                case "delete", str(file):
                    for each in (file, f"{file}.copy"):
                        (folder / each).unlink(missing_ok=True)
            try:
                match step, fact:
                    case "prove", int(seconds):
                        trust.prove(NOW + timedelta(seconds=seconds))
                    case "settle", int(number) if number >= trust.accepted.lowest_number:
                        trust.accept(number, "b" * 64)
                        trust.settle(number, "b" * 64)
                        lowest = number
                    case "look", _:
                        assert trust.proven >= NOW
                assert trust.accepted.lowest_number >= lowest
                assert set(trust.accepted.playlists) <= {lowest}
                assert trust.proven >= NOW
            except NotCommissioned:
                return


def codes(config: ScreenConfig) -> set[str]:
    health = HealthBook(config).read()
    return {fault.code for fault in health.faults} if health else set()


@pytest.mark.parametrize("damage", DAMAGES[:4])
def test_where_all_that_was_accepted_is_lost_no_older_edition_comes_in_and_a_pull_mends_it(
    hub: Hub, config: ScreenConfig, damage: Callable[[Path], object]
) -> None:
    hub.publish(playlist(5))
    Agent(config).pull(NOW)
    old = {path: path.read_bytes() for path in hub.folder.rglob("*") if path.is_file()}
    hub.publish(playlist(6))
    Agent(config).pull(NOW)
    for name in ("accepted.json", "accepted.json.copy"):
        damage(config.trust / name)
    shutil.rmtree(config.trust / "metadata")  # nor does python-tuf remember
    shutil.rmtree(config.editions)
    now = {path: path.read_bytes() for path in hub.folder.rglob("*") if path.is_file()}
    for path, content in old.items():
        path.write_bytes(content)
    with pytest.raises(FeedRolledBack):
        Agent(config).pull(NOW)
    assert "CopiesLost" in codes(config)
    for path, content in now.items():
        path.write_bytes(content)
    assert Agent(config).pull(NOW).switched
    assert Trust(config.trust).is_settled(6, Trust(config.trust).accepted.playlists[6])


def test_what_was_not_verified_anew_does_not_play_after_all_that_was_accepted_is_lost(
    hub: Hub, config: ScreenConfig
) -> None:
    hub.publish(playlist(6))
    Agent(config).pull(NOW)
    health = HealthBook(config)
    running = Programme(config, Trust(config.trust), health)
    assert running.look(lambda: NOW)
    for path in config.trust.glob("accepted*"):
        path.unlink()
    assert running.look(lambda: NOW), "what was verified already plays on"
    started = Programme(config, Trust(config.trust, health.tell), health)
    assert not started.look(lambda: NOW)
    Agent(config).pull(NOW)
    assert started.look(lambda: NOW)


@pytest.mark.parametrize("damage", [each for each in DAMAGES if each is not become_a_folder])
def test_a_playlist_that_broke_on_the_disk_is_told_as_that_in_one_line_and_a_pull_mends_it(
    hub: Hub, config: ScreenConfig, damage: Callable[[Path], object]
) -> None:
    hub.publish(playlist(6))
    Agent(config).pull(NOW)
    health = HealthBook(config)
    started = Programme(config, Trust(config.trust), health)
    damage(config.current / "playlist.json")
    assert not started.look(lambda: NOW)
    told = health.read()
    assert told
    (fault,) = told.faults
    assert fault.code == "PlaylistDamaged"
    assert all("\n" not in fact and "https:" not in fact for fact in fault.facts.values())
    Agent(config).pull(NOW)
    assert started.look(lambda: NOW)


def test_where_all_times_are_lost_the_time_of_the_last_edition_is_believed(
    hub: Hub, config: ScreenConfig
) -> None:
    later = NOW + timedelta(days=3)
    Trust(config.trust).prove(later)
    hub.publish(playlist(6))
    Agent(config).pull(NOW)
    for name in ("time.json", "time.json.copy"):
        zero(config.trust / name)
    assert Trust(config.trust).proven == later
    assert Agent(config).pull(NOW).number == 6


def test_where_nothing_is_left_the_screen_takes_nothing_until_a_person_comes(
    hub: Hub, config: ScreenConfig
) -> None:
    hub.publish(playlist(6))
    for name in ("time.json", "accepted.json"):
        for copy in ("", ".copy"):
            zero(config.trust / f"{name}{copy}")
    with pytest.raises(NotCommissioned):
        Agent(config).pull(NOW)
    assert codes(config) == {"NotCommissioned"}


def test_what_an_older_version_kept_says_so_until_it_is_commissioned_again_and_keeps_its_key(
    hub: Hub, config: ScreenConfig
) -> None:
    hub.publish(playlist(6))
    device = Device(config.trust)
    for path in (*config.trust.glob("*.copy"), config.trust / "device.pem.copy"):
        path.unlink(missing_ok=True)
    (config.trust / "time.json").write_text('{"time":"2026-11-01T00:00:00Z"}')
    (config.trust / "accepted.json").write_text('{"lowest_number":5,"playlists":{}}')
    with pytest.raises(TrustOutdated, match="older version"):
        Agent(config).pull(NOW)
    assert codes(config) == {"TrustOutdated"}
    assert commission(config, hub.root, 1, NOW).public == device.public
    Trust(config.trust).check()
    assert Agent(config).pull(NOW).number == 6


@pytest.mark.parametrize("lost", ["root.json", "time.json accepted.json"])
def test_a_check_tells_a_trust_that_a_person_must_set_up_again(
    config: ScreenConfig, lost: str
) -> None:
    zero(config.trust / "root.json")
    Trust(config.trust).check()
    for name in lost.split():
        for copy in ("", ".copy"):
            zero(config.trust / f"{name}{copy}")
    with pytest.raises(NotCommissioned):
        Trust(config.trust).check()


def test_a_full_disk_loses_no_time_while_the_process_runs(
    config: ScreenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust, passed = Trust(config.trust), [0.0]
    monkeypatch.setattr("cluster_feed.screen.trust.time.monotonic", lambda: passed[0])
    clock = TrustedClock(trust)
    start = trust.proven

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("cluster_feed.screen.twice.write_visible", full)
        passed[0] = 3600.0
        with pytest.raises(ScreenDiskFailed):
            clock.keep()
    assert clock() >= start + timedelta(hours=1)
    passed[0] += 60.0
    clock.keep()
    assert trust.proven >= start + timedelta(seconds=3660)


def test_the_time_that_passes_is_written_down_no_oftener_than_it_is_worth(
    config: ScreenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust, passed = Trust(config.trust), [0.0]
    monkeypatch.setattr("cluster_feed.screen.trust.time.monotonic", lambda: passed[0])
    clocks = [TrustedClock(trust), TrustedClock(trust)]
    written = set[datetime]()
    for passed[0] in range(0, 3600, 20):
        for clock in clocks:
            clock.keep()
        written.add(trust.proven)
    assert len(written) <= 3600 / 300


def test_a_damaged_key_is_the_same_key_and_one_that_is_gone_is_said_to_be_another(
    config: ScreenConfig,
) -> None:
    before = Device(config.trust)
    zero(config.trust / "device.pem")
    assert Device(config.trust).public == before.public
    for name in ("device.pem", "device.pem.copy"):
        zero(config.trust / name)
    assert code_of(Device(config.trust).public) != before.code


def test_many_faults_trouble_the_disk_a_few_times_only_and_none_is_forgotten(
    config: ScreenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed, written = [0.0], []
    monkeypatch.setattr("cluster_feed.screen.health.time.monotonic", lambda: passed[0])
    book = HealthBook(config)
    write = book._write  # noqa: SLF001

    def counted(*args: object, **changes: object) -> None:
        written.append(passed[0])
        write(*args, **changes)  # type: ignore[arg-type]

    monkeypatch.setattr(book, "_write", counted)
    for passed[0] in range(3600):
        book.fault(ScreenDiskFailed(path="x", detail=str(passed[0] % 5)), NOW)
    assert len(written) <= 8 + 60
    passed[0] += 60
    book.turns_to("a" * 64, NOW)
    health = book.read()
    assert health
    assert {fault.facts["detail"] for fault in health.faults} == {"0", "1", "2", "3", "4"}


def test_a_fault_on_a_full_disk_is_told_once_there_is_room(
    config: ScreenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    book = HealthBook(config)
    with monkeypatch.context() as patch:
        patch.setattr("cluster_feed.screen.health.write_visible", full)
        book.fault(ScreenDiskFailed(path="x", detail="full"), NOW)
    assert codes(config) == set()
    book.turns_to("a" * 64, NOW)
    assert codes(config) == {"ScreenDiskFailed"}
