"""What other people's players are given: the right files, in order, and no other byte."""

import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha1, sha256
from pathlib import Path
from typing import NamedTuple

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings

from cluster_feed.core.errors import ScreenError
from cluster_feed.core.playlist import ZONE, Blob, Daypart, Playlist, Takeover
from cluster_feed.core.slot import loop_at
from cluster_feed.core.value import digest
from cluster_feed.screen import outlet
from cluster_feed.screen.agent import Agent
from cluster_feed.screen.config import OutletConfig, OutletKind, ScreenConfig
from cluster_feed.screen.formats import stretches
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.outlet import Outlet, Outlets
from tests.core.test_playlist import minutes, playlists
from tests.screen.hub import CLUSTER, NOW, Hub, entry, playlist

Material = dict[str, Path]
CARD = ".png"


class Told(NamedTuple):
    """A file as a player finds it."""

    path: Path
    seconds: float | None = None


def read(kind: OutletKind, folder: Path, at: datetime) -> list[Told]:
    """What a player would show at a moment, by what the format says."""
    match kind:
        case OutletKind.NUMBERED:
            return [Told(path) for path in sorted((folder / "current").iterdir())]
        case OutletKind.BRIGHTSIGN:
            spec = json.loads((folder / "current-sync.json").read_bytes())
            return [Told(folder / each["link"]) for each in spec["files"]["download"]]
        case OutletKind.SMIL:
            return list(read_smil(folder, at))
        case OutletKind.M3U8:
            lines = (folder / "playlist.m3u8").read_text().splitlines()
            assert lines[0] == "#EXTM3U"
            lengths = [line[8:-1] for line in lines if line.startswith("#EXTINF:")]
            paths = [folder / line for line in lines if not line.startswith("#")]
            return [Told(*each) for each in zip(paths, map(float, lengths), strict=True)]


def moment_of(wall_clock: str) -> datetime:
    return datetime.strptime(wall_clock, "wallclock(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=ZONE)


def read_smil(folder: Path, at: datetime) -> Iterator[Told]:
    on = 0
    for seq in ElementTree.parse(folder / "index.smil").iterfind("body/par/seq"):
        begins, ends = seq.get("begin"), seq.get("end")
        if (begins and at < moment_of(begins)) or (ends and at >= moment_of(ends)):
            continue
        on += 1
        for media in seq:
            seconds = media.get("dur")
            assert (media.tag == "img") == bool(seconds)
            yield Told(folder / media.attrib["src"], float(seconds[:-1]) if seconds else None)
    assert on == 1


@pytest.fixture(params=list(OutletKind))
def laid(request: pytest.FixtureRequest, config: ScreenConfig, tmp_path: Path) -> OutletConfig:
    return OutletConfig(kind=request.param, folder=tmp_path / "outlet")


def show(hub: Hub, material: Material, number: int = 5) -> Playlist:
    names = ("one", "photo", "two")
    return playlist(number, *(entry(hub.blob(material[name]), 2) for name in names))


def pulled(hub: Hub, config: ScreenConfig, material: Material) -> Playlist:
    """An edition that the screen has."""
    edition = show(hub, material)
    hub.publish(edition)
    Agent(config).pull(NOW)
    return edition


def hashes(told: list[Told]) -> list[str]:
    return [digest(each.path.read_bytes()) for each in told]


def approved(edition: Playlist, at: datetime) -> list[str]:
    return [each.blobs["led-wall"].sha256 for each in loop_at(edition, "led-wall", at)]


def test_what_is_due_is_named_in_its_order_and_what_is_withdrawn_is_gone(
    hub: Hub, config: ScreenConfig, laid: OutletConfig, material: Material
) -> None:
    edition = pulled(hub, config, material)
    placed = Outlet(config, laid)
    assert placed.lay_out(edition, NOW) == []
    assert hashes(read(laid.kind, laid.folder, NOW)) == approved(edition, NOW)
    less = edition.model_copy(update={"number": 6, "entries": edition.entries[1:]})
    placed.lay_out(less, NOW)
    assert hashes(read(laid.kind, laid.folder, NOW)) == approved(less, NOW)
    gone = edition.entries[0].blobs["led-wall"].sha256
    there = [each for each in laid.folder.rglob("*") if each.is_file()]
    assert gone not in {digest(each.read_bytes()) for each in there}
    assert not [each for each in there if each.name.endswith(".part")]


def test_what_somebody_wrote_into_is_laid_out_anew_and_what_is_damaged_is_left_out(
    hub: Hub, config: ScreenConfig, laid: OutletConfig, material: Material
) -> None:
    edition = pulled(hub, config, material)
    Outlet(config, laid).lay_out(edition, NOW)
    first, second, _third = read(laid.kind, laid.folder, NOW)
    for each in (first, second):
        each.path.chmod(0o644)
        each.path.write_bytes(b"!")
    (blob,) = config.blobs.glob(f"{edition.entries[1].blobs['led-wall'].sha256}*")
    blob.chmod(0o644)
    blob.write_bytes(b"?")
    (lacking,) = Outlet(config, laid).lay_out(edition, NOW)  # another run: nothing is remembered
    assert lacking.code == "BlobDamaged"
    wanted = approved(edition, NOW)
    assert hashes(read(laid.kind, laid.folder, NOW)) == [wanted[0], wanted[2]]


def test_with_nothing_to_show_there_is_the_safe_card(
    config: ScreenConfig, laid: OutletConfig
) -> None:
    Outlet(config, laid).lay_out(None, NOW)
    (told,) = read(laid.kind, laid.folder, NOW)
    assert told.path.read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_copied_for_want_of_room_keeps_nothing_that_was_withdrawn(
    hub: Hub, config: ScreenConfig, laid: OutletConfig, material: Material
) -> None:
    edition = pulled(hub, config, material)
    Outlet(config, laid).lay_out(edition.model_copy(update={"entries": edition.entries[:2]}), NOW)
    later = edition.model_copy(update={"entries": edition.entries[1:]})
    full = config.model_copy(update={"reserve_mib": 1 << 40})
    (lacking,) = Outlet(full, laid).lay_out(later, NOW)
    assert lacking.code == "ScreenFull"
    assert hashes(read(laid.kind, laid.folder, NOW)) == approved(later, NOW)[:1]


def test_a_notice_takes_over_at_its_moment_and_ends_at_its_end(
    hub: Hub, config: ScreenConfig, laid: OutletConfig, material: Material
) -> None:
    storm = entry(hub.blob(material["other-photo"]), 3)
    hour = timedelta(hours=1)
    takeover = Takeover(
        notice="bao", entries=(storm,), show_from=NOW + hour, show_until=NOW + 2 * hour
    )
    edition = show(hub, material).model_copy(update={"takeover": takeover})
    hub.publish(edition)
    Agent(config).pull(NOW)
    placed = Outlet(config, laid)
    for at in (NOW, NOW + hour, NOW + 2 * hour):
        placed.lay_out(edition, at)
        assert hashes(read(laid.kind, laid.folder, at)) == approved(edition, at)
    if laid.kind is OutletKind.SMIL:  # it keeps hours itself, should nobody write to it any more
        placed.lay_out(edition, NOW)
        for at in (NOW, NOW + hour, NOW + 2 * hour):
            assert hashes(read(laid.kind, laid.folder, at)) == approved(edition, at)
        after = read(laid.kind, laid.folder, NOW + timedelta(days=9))
        assert [each.path.suffix for each in after] == [CARD]


@given(playlists(), minutes)
def test_stretches_are_the_playlists_own_hours(edition: Playlist, moment: datetime) -> None:
    begins = moment
    for loop, ends_at in stretches(edition, "led", moment):
        if ends_at is None:
            assert loop == ()
            return
        assert ends_at > begins
        for at in (begins, begins + (ends_at - begins) / 2, ends_at - timedelta.resolution):
            assert loop_at(edition, "led", at) == loop
        begins = ends_at
    raise AssertionError("the safe card is last")


def bytes_of(blob: Blob) -> bytes:
    return b"#EXTM3U\n/etc/passwd\n" * (blob.byte_count % 5) + blob.sha256.encode()


def real(edition: Playlist, to: Path) -> Playlist:
    """The same edition, with files that are what it says, some of them damaged."""
    text = edition.to_bytes().decode()
    for blob in edition.blobs().values():
        content = bytes_of(blob)
        true = sha256(content).hexdigest()
        text = text.replace(
            f'"byte_count":{blob.byte_count},"sha256":"{blob.sha256}"',
            f'"byte_count":{len(content)},"sha256":"{true}"',
        )
        whole = blob.byte_count % 3 != 1
        (to / f"{true}.mp4").write_bytes(content if whole else content[:-1])
    return Playlist.from_bytes(text.encode())


@settings(max_examples=40, deadline=None)
@given(playlists(), playlists(), minutes)
def test_whatever_the_edition_only_files_with_its_hashes_are_named(
    before: Playlist, after: Playlist, moment: datetime
) -> None:
    folder = Path(tempfile.mkdtemp())
    config = ScreenConfig(
        cluster=CLUSTER,
        screen="led",
        profile="led",
        gate="Lao Bảo",
        source=str(folder),
        state=folder / "state",
        width=64,
        height=64,
        reserve_mib=0,
    )
    config.blobs.mkdir(parents=True)
    kinds = [OutletConfig(kind=kind, folder=folder / kind) for kind in OutletKind]
    outlets = [Outlet(config, each) for each in kinds]
    try:
        for edition in (before, after):
            played = real(edition, config.blobs)
            known = {blob.sha256 for blob in played.blobs().values()}
            for laid, placed in zip(kinds, outlets, strict=True):
                placed.lay_out(played, moment)
                told = read(laid.kind, laid.folder, moment)
                assert told
                content = [each.path.read_bytes() for each in told]
                cards = [each for each in content if each.startswith(b"\x89PNG")]
                assert {digest(each) for each in content if each not in cards} <= known
                assert not cards or len(told) == 1
                if laid.kind is OutletKind.BRIGHTSIGN:
                    sums = [
                        f"sha1-{sha1(each, usedforsecurity=False).hexdigest()}" for each in content
                    ]
                    assert [each.path.name for each in told] == sums
    finally:
        shutil.rmtree(folder)


def test_mpv_plays_the_playlist_s_files_in_its_order(
    hub: Hub, config: ScreenConfig, material: Material, tmp_path: Path
) -> None:
    edition = pulled(hub, config, material)
    laid = OutletConfig(kind=OutletKind.M3U8, folder=tmp_path / "with blanks, and %41 dấu")
    Outlet(config, laid).lay_out(edition, NOW)
    command = ["mpv", "--no-config", "--vo=null", "--ao=null", "--image-display-duration=0.3"]
    says = subprocess.run(
        [*command, "--term-playing-msg=PLAYS ${path}", laid.folder / "playlist.m3u8"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    played = [Path(line[6:]) for line in says.splitlines() if line.startswith("PLAYS ")]
    assert hashes([Told(path) for path in played]) == approved(edition, NOW)


def test_a_player_that_reads_while_editions_change_never_finds_half_of_one(
    hub: Hub, config: ScreenConfig, laid: OutletConfig, material: Material
) -> None:
    long = show(hub, material)
    short = long.model_copy(update={"entries": long.entries[2:]})
    hub.publish(long)
    Agent(config).pull(NOW)
    placed = Outlet(config, laid)
    placed.lay_out(long, NOW)
    stop, named = threading.Event(), set()

    def look() -> None:
        while not stop.is_set():
            if laid.kind is OutletKind.NUMBERED:  # which it may see being removed
                named.add(3 if (laid.folder / "current" / "0001.mp4").parent.is_dir() else 0)
            else:
                named.add(len(read(laid.kind, laid.folder, NOW)))

    looking = threading.Thread(target=look)
    looking.start()
    for number in range(40):
        placed.lay_out(short if number % 2 else long, NOW)
    stop.set()
    looking.join()
    assert named <= {1, 3}


def test_outlets_follow_what_is_pulled_and_tell_what_is_wrong(
    hub: Hub,
    config: ScreenConfig,
    material: Material,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outlet, "_LOOK_AGAIN", 0.05)
    (tmp_path / "file").write_text("")
    config = config.model_copy(
        update={
            "outlets": (
                OutletConfig(kind=OutletKind.M3U8, folder=tmp_path / "file" / "no-folder"),
                OutletConfig(kind=OutletKind.M3U8, folder=tmp_path / "m3u8"),
            )
        }
    )
    day = Daypart(name="ngay", start=NOW.time(), end=NOW.time())
    edition = show(hub, material).model_copy(
        update={"dayparts": (day,), "show_until": NOW + timedelta(days=9999)}
    )
    stop = threading.Event()
    running = threading.Thread(target=Outlets(config).run, args=(stop,))
    running.start()
    try:
        index = tmp_path / "m3u8" / "playlist.m3u8"
        wait_for(lambda: index.exists() and CARD in index.read_text())
        hub.publish(edition)
        Agent(config).pull(NOW)
        wait_for(lambda: index.read_text().count("EXTINF") == len(edition.entries))
        health = HealthBook(config).read()
        assert health
        assert {fault.code for fault in health.faults} == {"ScreenDiskFailed"}
    finally:
        stop.set()
        running.join()


def test_outlets_go_on_after_whatever_nobody_foresaw(
    hub: Hub, config: ScreenConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = {"odd": OutletKind.NUMBERED, "m3u8": OutletKind.M3U8}
    config = config.model_copy(
        update={
            "outlets": tuple(
                OutletConfig(kind=kind, folder=tmp_path / name) for name, kind in kinds.items()
            )
        }
    )
    monkeypatch.setattr(outlet, "_LOOK_AGAIN", 0.1)
    outlets = Outlets(config)
    odd, look = outlets._outlets[0], outlets._programme.look  # noqa: SLF001
    odd_once = [ZeroDivisionError()]

    def looks(clock: Callable[[], datetime]) -> Playlist | None:
        if odd_once:
            raise odd_once.pop()
        return look(clock)

    def lay_out(playlist: Playlist | None, moment: datetime) -> list[ScreenError]:
        raise ZeroDivisionError

    monkeypatch.setattr(outlets._programme, "look", looks)  # noqa: SLF001
    monkeypatch.setattr(odd, "lay_out", lay_out)
    stop = threading.Event()
    running = threading.Thread(target=outlets.run, args=(stop,))
    running.start()
    try:
        wait_for((tmp_path / "m3u8" / "playlist.m3u8").exists)
    finally:
        stop.set()
        running.join()


def wait_for(true: object) -> None:
    assert callable(true)
    ends = time.monotonic() + 30
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.05)
