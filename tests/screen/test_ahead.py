"""A file that takes long to read holds nobody up: neither what is shown, nor what must go."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_feed.core.errors import PlayerFailed
from cluster_feed.core.playlist import Blob, Playlist
from cluster_feed.core.proof import PlayRecord, Proof
from cluster_feed.core.value import digest
from cluster_feed.screen.agent import Agent
from cluster_feed.screen.ahead import Ahead, Reading
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.engine import Engine
from cluster_feed.screen.player import Shown, Turn
from tests.screen.hub import NOW, Hub, entry, playlist


def eventually(true: Callable[[], object]) -> None:
    for _ in range(400):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it never happened")


class Wall:
    """A player that shows each turn for as long as its slot."""

    def __init__(self, *, in_step: bool) -> None:
        self.in_step = in_step
        self.cued: list[str] = []
        self.told = 0
        self.holds = 0

    def cue(self, turn: Turn | None) -> None:
        self.cued += [turn.name] if turn else []

    def play(self, turn: Turn) -> Iterator[Shown]:
        since = time.monotonic()
        while (shown := time.monotonic() - since) < turn.seconds and time.time() < turn.ends + 1:
            self.told += 1
            yield Shown(shown)
            time.sleep(0.02)
        yield Shown(turn.seconds)

    def hold(self) -> None:
        self.holds += 1

    def look(self) -> None:
        """Nothing is to be seen."""

    def close(self) -> None:
        """Nothing runs."""


@contextmanager
def run(config: ScreenConfig, wall: Wall) -> Iterator[None]:
    stop = threading.Event()
    with Engine(config, wall) as engine:
        thread = threading.Thread(target=engine.run, args=[stop])
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def rows(config: ScreenConfig) -> list[PlayRecord]:
    files = sorted(config.outbox.glob("proof-*"))
    return [row for path in files for row in Proof.from_bytes(path.read_bytes()).records]


@contextmanager
def hangs(path: Path) -> Iterator[Callable[[], None]]:
    """A file that a disk does not give, until the test lets it: then its bytes come."""
    content = path.read_bytes()
    path.unlink()
    os.mkfifo(path)

    def give() -> None:
        descriptor = os.open(path, os.O_WRONLY)
        path.unlink()
        with os.fdopen(descriptor, "wb") as file, suppress(BrokenPipeError):
            file.write(content)
        path.write_bytes(content)

    yield give
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


def show(hub: Hub, config: ScreenConfig, number: int, *seconds: float) -> Playlist:
    blobs = []
    for index in range(len(seconds)):
        path = hub.folder.parent / f"{number}-{index}.jpg"
        path.write_bytes(f"{number} {index}".encode() * 1000)
        blobs.append(hub.blob(path))
    now = max(NOW, datetime.now(UTC))
    edition = playlist(
        number,
        *(entry(blob, each) for blob, each in zip(blobs, seconds, strict=True)),
        show_until=now + timedelta(days=30),
    )
    hub.publish(edition)
    Agent(config).pull(NOW)
    return edition


def lies(config: ScreenConfig, edition: Playlist, index: int) -> Path:
    return Blobs(config.blobs).path(edition.entries[index].blobs["led-wall"])


def test_a_file_that_is_still_read_gives_way_to_another_edition_at_once(
    hub: Hub, config: ScreenConfig
) -> None:
    edition = show(hub, config, 5, 3000)
    wall = Wall(in_step=False)
    with hangs(lies(config, edition, 0)), run(config, wall):
        eventually(lambda: wall.holds > 3)
        assert not wall.told, "nothing is shown that was not read through"
        show(hub, config, 6, 3000)
        eventually(lambda: wall.told)
    first, second = rows(config)
    assert (first.edition, first.reason, first.seconds) == (5, "withdrawn", 0)
    assert second.edition == 6


def test_what_is_shown_goes_on_while_the_next_file_is_read(hub: Hub, config: ScreenConfig) -> None:
    edition = show(hub, config, 5, 3000, 1)
    wall = Wall(in_step=False)
    with hangs(lies(config, edition, 1)) as give, run(config, wall):
        eventually(lambda: wall.told > 20)
        give()
        told = wall.told
        eventually(lambda: wall.told > told + 20)
    (row,) = rows(config)
    assert row.reason == "stopped"
    assert row.seconds > 0


def test_a_turn_in_step_is_cued_as_soon_as_its_file_is_read(hub: Hub, config: ScreenConfig) -> None:
    edition = show(hub, config, 5, 3000, 3000)
    wall = Wall(in_step=True)
    with run(config, wall):
        eventually(lambda: wall.cued)
    (shown,) = rows(config)
    due = [each.asset for each in edition.entries].index(shown.asset)
    names = [each.blobs["led-wall"].target for each in edition.entries]
    assert wall.cued == [names[1 - due]]


def test_a_screen_is_stopped_though_a_disk_never_answers(hub: Hub, config: ScreenConfig) -> None:
    edition = show(hub, config, 5, 3000)
    wall = Wall(in_step=True)
    with hangs(lies(config, edition, 0)):
        with run(config, wall):
            time.sleep(0.3)
        assert [row.reason for row in rows(config)] == ["stopped"]


CONTENTS = [bytes([at]) * 3000 for at in range(4)]
BLOBS = [
    Blob(target=f"lao-bao/{at}.jpg", sha256=digest(each), byte_count=3000)
    for at, each in enumerate(CONTENTS)
]


def open_in(folder: str) -> list[str]:
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            links.append(str(descriptor.readlink()))
    return [link for link in links if link.startswith(folder)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("want"), st.lists(st.integers(0, 3), max_size=3)),
            st.tuples(st.sampled_from(["take", "is_read", "damage"]), st.integers(0, 3)),
        ),
        max_size=12,
    )
)
def test_no_file_stays_open_and_each_is_what_was_approved(
    steps: list[tuple[str, int | list[int]]],
) -> None:
    with TemporaryDirectory(dir="/dev/shm") as folder:
        blobs = Blobs(Path(folder))
        for blob, content in zip(BLOBS, CONTENTS, strict=True):
            blobs.path(blob).write_bytes(content)
        ahead, taken = Ahead(blobs), list[Reading]()
        for step, fact in steps:
            match step, fact:
                case "want", list(wanted):
                    ahead.want(BLOBS[each] for each in wanted)
                case "is_read", int(at):
                    ahead.is_read(BLOBS[at])
                case "damage", int(at):
                    blobs.path(BLOBS[at]).unlink(missing_ok=True)
                    blobs.path(BLOBS[at]).write_bytes(b"?" * 3000)
                case "take", int(at):
                    taken.append(ahead.take(BLOBS[at]))
                    assert taken[-1].wait(20)
                    if not taken[-1].failed:
                        assert b"".join(taken[-1].file.read(0, 3000)) == CONTENTS[at]
        ahead.close()
        for each in taken:
            each.close()
        eventually(lambda: not open_in(folder))


def test_a_player_that_fails_at_everything_is_given_time(hub: Hub, config: ScreenConfig) -> None:
    class Sick(Wall):
        def play(self, turn: Turn) -> Iterator[Shown]:
            yield Shown()
            raise PlayerFailed(name=turn.name, detail="the browser does not start")

    show(hub, config, 5, *[3000] * 40)
    with run(config, Sick(in_step=False)):
        time.sleep(4)
    failed = [row for row in rows(config) if row.reason == "PlayerFailed"]
    assert 5 <= len(failed) <= 9, "not forty in a moment"
