import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import segno
from PIL import Image, ImageChops, ImageColor

from cluster_feed.core.errors import NotCommissioned
from cluster_feed.core.health import Showing
from cluster_feed.core.playlist import Playlist, Takeover
from cluster_feed.core.proof import Outcome, PlayRecord, Proof, verify_chain
from cluster_feed.screen import card
from cluster_feed.screen.agent import Agent
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.engine import Engine
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.mpv import Mpv
from tests.screen.clock import Thrown
from tests.screen.filming import Running, eventually
from tests.screen.hub import NOW, Hub, entry, playlist

Material = dict[str, Path]


@pytest.fixture
def show(hub: Hub, material: Material) -> Playlist:
    """A clip and two photos, and an evergreen clip."""
    return playlist(
        5,
        entry(hub.blob(material["one"])),
        entry(hub.blob(material["photo"]), seconds=0.3),
        entry(hub.blob(material["other-photo"]), seconds=0.3),
        evergreen=(entry(hub.blob(material["two"])),),
    )


def take(hub: Hub, config: ScreenConfig, edition: Playlist) -> None:
    hub.publish(edition)
    Agent(config).pull(NOW)


def local(config: ScreenConfig, edition: Playlist, index: int) -> Path:
    """Where an entry's rendition lies on the screen."""
    blob = edition.entries[index].blobs["led-wall"]
    return config.blobs / f"{blob.sha256}{Path(blob.target).suffix}"


def tamper(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def outcomes(records: list[PlayRecord]) -> list[tuple[Outcome, str]]:
    return [(record.outcome, record.reason) for record in records]


def proven(config: ScreenConfig) -> list[PlayRecord]:
    files = sorted(config.outbox.glob("proof-*"))
    records = [each for path in files for each in Proof.from_bytes(path.read_bytes()).records]
    return list(verify_chain(each.to_bytes() for each in records))


def codes(config: ScreenConfig) -> list[str]:
    health = HealthBook(config).read()
    return [fault.code for fault in health.faults] if health else []


def test_a_playlist_plays_to_its_end_in_its_order_and_proves_it(
    hub: Hub, config: ScreenConfig, show: Playlist
) -> None:
    show = show.model_copy(update={"entries": (*show.entries, *show.evergreen)})
    take(hub, config, show)
    seen: list[PlayRecord] = []
    with Engine(config, Mpv(config)) as player:
        records = player.play_once(NOW, seen.append)
    assert [record.asset for record in records] == [each.asset for each in show.entries]
    assert outcomes(records) == [(Outcome.PLAYED, "")] * 4
    assert seen == records == proven(config)
    for record, each in zip(records, show.entries, strict=True):
        assert each.seconds * 0.8 <= record.seconds <= each.seconds * 1.2
        assert record.rendition == each.blobs["led-wall"].sha256
    began = [record.began_at for record in records]
    assert began == sorted(began)
    assert codes(config) == []


def test_a_blob_tampered_with_on_the_screen_is_skipped_reported_and_fetched_again(
    hub: Hub, config: ScreenConfig, show: Playlist
) -> None:
    take(hub, config, show)
    tamper(local(config, show, 1))
    with Engine(config, Mpv(config)) as player:
        records = player.play_once(NOW)
        assert outcomes(records)[1] == (Outcome.SKIPPED, "BlobDamaged")
        assert outcomes(records)[2] == (Outcome.PLAYED, "")
        assert codes(config) == ["BlobDamaged"]
        assert Agent(config).pull(NOW).fetched == 1
        assert outcomes(player.play_once(NOW)) == [(Outcome.PLAYED, "")] * 3


def test_what_mpv_cannot_play_is_skipped_and_the_rest_plays(
    hub: Hub, config: ScreenConfig, show: Playlist, material: Material
) -> None:
    bad = [entry(hub.blob(material[name])) for name in ("junk", "large")]
    short = entry(hub.blob(material["cut"]), seconds=10)
    take(hub, config, show.model_copy(update={"entries": (*bad, short, show.entries[0])}))
    with Engine(config, Mpv(config)) as player:
        records = player.play_once(NOW)
    assert outcomes(records[:2]) == [(Outcome.SKIPPED, "PlayerFailed")] * 2
    assert outcomes(records[2:]) == [(Outcome.INTERRUPTED, "PlayerFailed"), (Outcome.PLAYED, "")]
    assert records[2].seconds < 1
    assert set(codes(config)) == {"PlayerFailed"}


def test_after_the_editions_end_the_evergreen_entries_play(
    hub: Hub, config: ScreenConfig, show: Playlist
) -> None:
    take(hub, config, show)
    with Engine(config, Mpv(config)) as player:
        records = player.play_once(show.show_until + timedelta(days=1))
    assert [record.asset for record in records] == [show.evergreen[0].asset]


def test_a_clock_at_1970_plays_the_edition(hub: Hub, config: ScreenConfig, show: Playlist) -> None:
    take(hub, config, show)
    with Engine(config, Mpv(config)) as player:
        records = player.play_once(datetime(1970, 1, 1, tzinfo=UTC))
    assert len(records) == 3
    assert records[0].began_at >= NOW


def test_a_playlist_changed_on_the_screen_is_not_played(
    hub: Hub, config: ScreenConfig, show: Playlist
) -> None:
    take(hub, config, show)
    path = config.current / "playlist.json"
    path.write_bytes(show.model_copy(update={"entries": show.entries[1:]}).to_bytes())
    with Engine(config, Mpv(config)) as player:
        assert player.play_once(NOW) == []
    assert codes(config) == ["PlaylistDamaged"]
    Agent(config).pull(NOW)
    with Engine(config, Mpv(config)) as player:
        assert len(player.play_once(NOW)) == 3


def test_an_edition_that_was_replaced_cannot_be_put_back_by_hand(
    hub: Hub, config: ScreenConfig, show: Playlist
) -> None:
    take(hub, config, show)
    take(hub, config, show.model_copy(update={"number": 6}))
    config.current.unlink()
    config.current.symlink_to("editions/5")
    with Engine(config, Mpv(config)) as player:
        assert player.play_once(NOW) == []
    assert codes(config) == ["FeedRefused"]


def test_with_nothing_to_play_the_safe_card_is_shown(config: ScreenConfig) -> None:
    with Engine(config, Mpv(config)) as player:
        assert player.play_once(NOW) == []
    assert codes(config) == []


def test_a_screen_never_commissioned_says_so(config: ScreenConfig) -> None:
    shutil.rmtree(config.trust)
    with Engine(config, Mpv(config)) as player, pytest.raises(NotCommissioned):
        player.play_once(NOW)


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (64, 64), (8192, 64)])
def test_the_safe_card_is_never_black_and_fits_any_screen(
    config: ScreenConfig, tmp_path: Path, size: tuple[int, int]
) -> None:
    config = config.model_copy(update={"width": size[0], "height": size[1]})
    with (tmp_path / "card.png").open("wb") as file:
        card.draw(config, file)
    with Image.open(tmp_path / "card.png") as image:
        assert image.size == size
        assert image.convert("L").resize((1, 1)).tobytes() > b"\x20"


@pytest.mark.parametrize("size", [(1920, 1080), (320, 180), (1080, 1920)])
def test_the_safe_card_carries_the_public_page_s_code_whole(
    config: ScreenConfig, tmp_path: Path, size: tuple[int, int]
) -> None:
    address = {"public_page": "https://desk.example.vn/man-hinh/lao-bao/led/"}
    config = config.model_copy(update={"width": size[0], "height": size[1], **address})
    plain = config.model_copy(update={"public_page": ""})
    drawn = []
    for name, each in (("plain", plain), ("code", config)):
        with (tmp_path / name).open("wb") as file:
            card.draw(each, file)
        with Image.open(tmp_path / name) as image:
            drawn.append(image.convert("RGB"))
    box = ImageChops.difference(*drawn).getbbox()
    assert box
    margin = min(size) // 20
    assert box[2] <= size[0] - margin
    assert box[3] <= size[1] - margin
    rows = [*segno.make(address["public_page"], error="m", micro=False).matrix_iter(border=4)]
    pixels = (box[2] - box[0]) // len(rows)
    dark = ImageColor.getrgb(card.INK)
    seen = [
        [
            drawn[1].getpixel((box[0] + x * pixels, box[1] + y * pixels)) == dark
            for x in range(len(rows))
        ]
        for y in range(len(rows))
    ]
    assert seen == [[bool(module) for module in row] for row in rows]


@pytest.fixture
def today(show: Playlist) -> Playlist:
    """The show, for players that ask the machine's clock."""
    return show.model_copy(update={"show_until": datetime(2100, 1, 1, tzinfo=UTC)})


def test_the_player_goes_round_and_takes_up_a_new_edition_at_once(
    hub: Hub, config: ScreenConfig, today: Playlist, material: Material
) -> None:
    long = entry(hub.blob(material["photo"]), seconds=500)
    take(hub, config, today)
    with Running(config, Mpv(config)) as running:
        eventually(lambda: len(running.rows()) >= 4)  # once round
        only_long = {"number": 6, "entries": (long,)}
        take(hub, config, today.model_copy(update=only_long))
        eventually(lambda: {row.edition for row in running.rows()} == {5})
        time.sleep(2.5)
        take(hub, config, today.model_copy(update={"number": 7, "entries": today.entries[:1]}))
        eventually(lambda: running.rows()[-1].edition == 7)
    withdrawn = [row for row in proven(config) if row.edition == 6]
    assert outcomes(withdrawn) == [(Outcome.INTERRUPTED, "withdrawn")]


def test_a_clock_set_a_year_ahead_leads_to_the_safe_card_at_once_and_set_right_back_again(
    hub: Hub,
    config: ScreenConfig,
    show: Playlist,
    material: Material,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cluster_feed.screen.trust.datetime", Thrown)
    monkeypatch.setattr(Thrown, "by", timedelta())
    long = entry(hub.blob(material["photo"]), seconds=500)
    now = trusted_now()
    dates = {"show_until": now + timedelta(days=30), "evergreen": ()}
    take(hub, config, show.model_copy(update={"entries": (long,), **dates}))
    with Running(config, Mpv(config)):
        eventually(lambda: shown_by(config) == long.asset)
        monkeypatch.setattr(Thrown, "by", timedelta(days=365))
        eventually(lambda: shown_by(config) is None)
        monkeypatch.setattr(Thrown, "by", timedelta())
        eventually(lambda: shown_by(config) == long.asset)
    assert outcomes(proven(config))[0][1] == "clock"


def shown_by(config: ScreenConfig) -> str | None:
    """What a screen says that it shows; None: the safe card."""
    try:
        return Showing.model_validate_json((config.state / "showing.json").read_bytes()).asset
    except FileNotFoundError:
        return ""


def trusted_now() -> datetime:
    """What a player takes for now when it starts: its commissioning is the earliest."""
    return max(NOW, datetime.now(UTC))


def storm(
    hub: Hub, material: Material, begins: datetime, lasts: timedelta = timedelta(days=1)
) -> Takeover:
    """A notice of one photo."""
    shown = entry(hub.blob(material["other-photo"]), seconds=0.5)
    return Takeover(notice="bao", entries=(shown,), show_from=begins, show_until=begins + lasts)


def test_a_notice_that_is_on_interrupts_what_is_not_its_own_at_once(
    hub: Hub, config: ScreenConfig, today: Playlist, material: Material
) -> None:
    long = entry(hub.blob(material["photo"]), seconds=500)
    takeover = storm(hub, material, trusted_now())
    month = today.model_copy(update={"entries": (long,)})
    take(hub, config, month)
    with Running(config, Mpv(config)) as running:
        eventually(lambda: mpv_of(os.getpid()))
        time.sleep(1)
        take(hub, config, month.model_copy(update={"number": 6, "takeover": takeover}))
        eventually(partial(running.has, 3))
        first, *notice = running.rows()
        assert (first.outcome, first.reason) == (Outcome.INTERRUPTED, "takeover")
        assert {row.asset for row in notice} == {takeover.entries[0].asset}
        assert {row.edition for row in notice} == {6}


def test_a_notice_begins_at_its_time_and_at_its_end_the_last_turn_is_finished(
    hub: Hub, config: ScreenConfig, today: Playlist, material: Material
) -> None:
    programme = entry(hub.blob(material["photo"]), seconds=500)
    begins = trusted_now() + timedelta(seconds=3)
    takeover = storm(hub, material, begins, timedelta(seconds=4))
    month = {"entries": (programme,), "takeover": takeover}
    take(hub, config, today.model_copy(update=month))
    with Running(config, Mpv(config)) as running:
        eventually(partial(running.has, 2))
        time.sleep(6)
    before, *notice, after = proven(config)
    assert (before.asset, before.reason) == (programme.asset, "takeover")
    assert before.began_at < begins
    assert {(row.asset, row.outcome) for row in notice} == {
        (takeover.entries[0].asset, Outcome.PLAYED)
    }
    assert (after.asset, after.reason) == (programme.asset, "stopped")


def test_what_is_in_the_notice_too_finishes_its_turn(
    hub: Hub, config: ScreenConfig, today: Playlist, material: Material
) -> None:
    takeover = storm(hub, material, trusted_now())
    same = takeover.entries[0].model_copy(update={"seconds": 4.0})
    take(hub, config, today.model_copy(update={"entries": (same,)}))
    with Running(config, Mpv(config)) as running:
        eventually(lambda: mpv_of(os.getpid()))
        take(hub, config, today.model_copy(update={"number": 6, "takeover": takeover}))
        eventually(partial(running.has, 2))
    assert (Outcome.INTERRUPTED, "takeover") not in outcomes(proven(config))


def test_a_player_with_nothing_starts_when_something_comes(
    hub: Hub, config: ScreenConfig, today: Playlist
) -> None:
    with Running(config, Mpv(config)) as running:
        time.sleep(0.5)
        take(hub, config, today)
        eventually(lambda: len(running.rows()) >= 1)


def test_an_edition_whose_playlist_broke_plays_once_a_pull_has_mended_it(
    hub: Hub, config: ScreenConfig, show: Playlist
) -> None:
    photo = show.entries[1]
    take(hub, config, show.model_copy(update={"entries": (photo,)}))
    with Engine(config, Mpv(config)) as player:
        player.play_once(NOW)
        later = show.model_copy(update={"number": 6, "entries": (show.entries[2],)})
        take(hub, config, later)
        (config.current / "playlist.json").write_bytes(b"\0" * 100)
        (still,) = player.play_once(NOW)
        assert (still.edition, still.asset) == (5, photo.asset)
        assert codes(config) == ["PlaylistDamaged"]
        Agent(config).pull(NOW)
        (mended,) = player.play_once(NOW)
        assert (mended.edition, mended.asset) == (6, show.entries[2].asset)


def test_a_player_that_cannot_begin_ends_its_service_to_be_started_again(
    config: ScreenConfig, tmp_path: Path
) -> None:
    written = tmp_path / "screen.toml"
    facts = config.model_dump(mode="json", exclude_none=True)
    written.write_text("".join(f"{name} = {json.dumps(fact)}\n" for name, fact in facts.items()))
    service = [sys.executable, "-m", "cluster_feed", "screen", "run", "--config", str(written)]
    nothing = {**os.environ, "PATH": str(tmp_path)}
    ended = subprocess.run(service, capture_output=True, timeout=60, check=False, env=nothing)
    assert ended.returncode != 0


def test_a_spool_that_cannot_be_read_stops_no_screen(
    hub: Hub, config: ScreenConfig, show: Playlist
) -> None:
    take(hub, config, show)
    (config.outbox / ".open.jsonl").mkdir(parents=True)
    with Engine(config, Mpv(config)) as player:
        assert outcomes(player.play_once(NOW)) == [(Outcome.PLAYED, "")] * 3
    assert codes(config) == ["ScreenDiskFailed"]
    assert len(proven(config)) == 3


def test_a_full_disk_interrupts_nothing_and_loses_no_play(
    hub: Hub, config: ScreenConfig, today: Playlist, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    take(hub, config, today)
    with Running(config, Mpv(config)) as running:
        eventually(partial(running.has, 2))
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            time.sleep(2.5)
        eventually(partial(running.has, 5))
    rows = proven(config)
    assert {row.outcome for row in rows[:-1]} == {Outcome.PLAYED}
    gaps = [
        (after.began_at - before.began_at).total_seconds() - before.seconds
        for before, after in itertools.pairwise(rows)
    ]
    assert max(gaps) < 2, "no turn is missing, none waited for the disk"


def mpv_of(parent: int) -> list[int]:
    """The mpv processes that a process started."""
    children = Path(f"/proc/{parent}/task").glob("*/children")
    pids = [int(pid) for each in children for pid in each.read_text().split()]
    return [pid for pid in pids if Path(f"/proc/{pid}/comm").read_text() == "mpv\n"]


def replaced(before: int) -> bool:
    """Whether another mpv runs than before."""
    return mpv_of(os.getpid()) not in ([], [before])


def test_an_mpv_that_crashes_or_hangs_is_started_again(
    hub: Hub, config: ScreenConfig, today: Playlist
) -> None:
    config = config.model_copy(update={"stall_seconds": 1.5})
    take(hub, config, today)
    with Running(config, Mpv(config)) as running:
        for blow in (signal.SIGKILL, signal.SIGSTOP):
            eventually(lambda: mpv_of(os.getpid()))
            (before,) = mpv_of(os.getpid())
            time.sleep(0.3)
            os.kill(before, blow)
            eventually(partial(replaced, before))
            eventually(partial(running.has, len(running.rows()) + 2))
        assert running.rows()[-1].outcome is Outcome.PLAYED
    assert set(codes(config)) == {"PlayerFailed"}
    assert mpv_of(os.getpid()) == []


def test_a_player_killed_at_work_takes_mpv_with_it_and_resumes_its_chain(
    hub: Hub, config: ScreenConfig, today: Playlist
) -> None:
    take(hub, config, today)
    script = (
        "import sys\nfrom threading import Event\n"
        "from cluster_feed.screen.config import ScreenConfig\n"
        "from cluster_feed.screen.engine import Engine\n"
        "from cluster_feed.screen.mpv import Mpv\n"
        "config = ScreenConfig.model_validate_json(sys.argv[1])\n"
        "Engine(config, Mpv(config)).run(Event())\n"
    )
    spool = config.outbox / ".open.jsonl"
    process = subprocess.Popen([sys.executable, "-c", script, config.model_dump_json()])
    eventually(lambda: spool.exists() and spool.read_bytes().count(b"\n") >= 2)
    (mpv,) = mpv_of(process.pid)
    process.kill()
    process.wait()
    eventually(lambda: not Path(f"/proc/{mpv}").exists())
    with Engine(config, Mpv(config)) as player:
        player.play_once(NOW)
    rows = proven(config)
    assert len(rows) >= 5
