import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from cluster_feed.core.errors import (
    BlobRefused,
    FeedRefused,
    FeedUnreachable,
    NotCommissioned,
    ScreenFull,
)
from cluster_feed.core.playlist import Playlist
from cluster_feed.screen.agent import Agent, commission
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.trust import Trust
from tests.screen.hub import CLUSTER, NOW, Hub, entry, playlist
from tests.screen.link import Link

Material = dict[str, Path]


@pytest.fixture
def first(hub: Hub, material: Material) -> Playlist:
    return playlist(5, entry(hub.blob(material["one"])), entry(hub.blob(material["photo"])))


@pytest.fixture
def second(hub: Hub, material: Material) -> Playlist:
    return playlist(6, entry(hub.blob(material["two"])), entry(hub.blob(material["photo"])))


def plays(config: ScreenConfig) -> int:
    """The edition that plays; 0 for none."""
    path = config.current / "playlist.json"
    return Playlist.from_bytes(path.read_bytes()).number if path.exists() else 0


def faults(config: ScreenConfig) -> list[str]:
    health = HealthBook(config).read()
    return [fault.code for fault in health.faults] if health else []


def held(config: ScreenConfig) -> int:
    return sum(path.is_file() for path in config.blobs.iterdir())


def test_an_edition_is_pulled_from_a_folder_and_plays(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    hub.publish(first)
    pulled = Agent(config).pull(NOW)
    assert (pulled.number, pulled.switched, pulled.fetched) == (5, True, 2)
    assert plays(config) == 5
    health = HealthBook(config).read()
    assert health
    assert (health.edition, health.switched_at, health.faults) == (5, NOW, ())


def test_pulling_again_over_http_fetches_nothing(
    hub: Hub, config: ScreenConfig, first: Playlist, serve: Callable[[Path], str]
) -> None:
    hub.publish(first)
    config = config.model_copy(update={"source": serve(hub.folder)})
    assert Agent(config).pull(NOW).fetched == 2
    assert Agent(config).pull(NOW)[1:] == (False, 0, 0)


def test_the_next_edition_fetches_only_what_is_new_and_the_one_before_the_last_goes(
    hub: Hub, config: ScreenConfig, first: Playlist, second: Playlist, material: Material
) -> None:
    hub.publish(first)
    Agent(config).pull(NOW)
    hub.publish(second)
    assert Agent(config).pull(NOW).fetched == 1
    assert held(config) == 3
    hub.publish(playlist(7, entry(hub.blob(material["other-photo"]))))
    Agent(config).pull(NOW)
    assert plays(config) == 7
    assert held(config) == 3
    assert sorted(path.name for path in config.editions.iterdir()) == ["6", "7"]


def refused(config: ScreenConfig, match: str | None, now: datetime = NOW, playing: int = 5) -> None:
    """The pull is refused, reported, and what plays is untouched."""
    with pytest.raises(FeedRefused, match=match) as refusal:
        Agent(config).pull(now)
    assert plays(config) == playing
    assert faults(config)[-1] == refusal.value.code


def test_too_few_signatures_are_refused(
    hub: Hub, config: ScreenConfig, first: Playlist, second: Playlist
) -> None:
    hub.publish(first)
    Agent(config).pull(NOW)
    hub.publish(second, signers=hub.approvers[:1])
    refused(config, "was signed by 1/2 keys")


def test_one_approver_signing_twice_is_refused(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    hub.publish(first, signers=[hub.approvers[0], hub.approvers[0]])
    refused(config, "was signed by 1/2 keys", playing=0)


def test_a_hub_that_was_stolen_cannot_approve(
    hub: Hub, config: ScreenConfig, first: Playlist, second: Playlist
) -> None:
    hub.publish(first)
    Agent(config).pull(NOW)
    hub.publish(second, signers=[hub.online, CryptoSigner.generate_ed25519()])
    refused(config, "was signed by 0/2 keys")


def test_another_clusters_edition_is_refused(
    hub: Hub, config: ScreenConfig, second: Playlist
) -> None:
    hub.publish(second.model_copy(update={"cluster": "la-lay"}), role=CLUSTER)
    refused(config, "edition is cluster la-lay's", playing=0)


def test_metadata_rolled_back_by_the_node_is_refused(
    hub: Hub, config: ScreenConfig, first: Playlist, second: Playlist, tmp_path: Path
) -> None:
    hub.publish(first)
    shutil.copytree(hub.folder, tmp_path / "old")
    hub.publish(second)
    Agent(config).pull(NOW)
    old = config.model_copy(update={"source": str(tmp_path / "old")})
    refused(old, "must be >=", playing=6)


def test_an_old_edition_is_refused_though_the_cache_was_lost(
    hub: Hub, config: ScreenConfig, first: Playlist, second: Playlist, tmp_path: Path
) -> None:
    hub.publish(first)
    shutil.copytree(hub.folder, tmp_path / "old")
    hub.publish(second)
    Agent(config).pull(NOW)
    shutil.rmtree(Trust(config.trust).metadata)
    old = config.model_copy(update={"source": str(tmp_path / "old")})
    refused(old, "edition 5 is older than 6", playing=6)


def test_an_edition_below_the_one_set_on_site_is_refused(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    commission(config, hub.root, 6, NOW)
    hub.publish(first)
    refused(config, "edition 5 is older than 6", playing=0)


def test_content_that_changed_under_its_number_is_refused(
    hub: Hub, config: ScreenConfig, first: Playlist, material: Material
) -> None:
    hub.publish(first)
    Agent(config).pull(NOW)
    hub.publish(playlist(5, entry(hub.blob(material["other-photo"]))))
    refused(config, "changed under its number")


def test_expired_metadata_brings_nothing_new_and_leaves_what_plays(
    hub: Hub, config: ScreenConfig, first: Playlist, second: Playlist
) -> None:
    hub.publish(first)
    Agent(config).pull(NOW)
    hub.publish(second)
    refused(config, "expired", now=NOW + timedelta(days=101))


def test_an_approval_that_has_expired_is_refused(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    hub.publish(first, expires=NOW - timedelta(days=1))
    refused(config, "expired", playing=0)


def test_a_playlist_whose_blob_was_signed_as_another_file_is_refused(
    hub: Hub, config: ScreenConfig, first: Playlist, material: Material
) -> None:
    other = hub.blob(material["two"])
    lying = entry(other.model_copy(update={"target": first.entries[0].blobs["led-wall"].target}))
    both = playlist(5, first.entries[0], lying)
    hub.publish(both)
    refused(config, "signed as another file", playing=0)


def test_an_edition_with_nothing_for_this_screens_profile_is_refused(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    hub.publish(first)
    other = config.model_copy(update={"profile": "lcd-1080p"})
    refused(other, "nothing in it is made for profile lcd-1080p", playing=0)


def test_rubbish_for_metadata_is_refused(hub: Hub, config: ScreenConfig, first: Playlist) -> None:
    hub.publish(first)
    timestamp = hub.folder / "metadata" / "timestamp.json"
    for rubbish in (b"", b"\0" * 100, b"[" * 10_000, b"null", b"{}", b"a" * 20_000):
        timestamp.write_bytes(rubbish)
        refused(config, None, playing=0)


def test_a_clock_at_1970_is_not_believed(hub: Hub, config: ScreenConfig, first: Playlist) -> None:
    commission(config, hub.root, 1, NOW + timedelta(days=101))
    hub.publish(first)
    refused(config, "expired", now=datetime(1970, 1, 1, tzinfo=UTC), playing=0)


def test_a_clock_at_1970_takes_an_edition_by_the_time_that_was_proven(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    hub.publish(first)
    Agent(config).pull(datetime(1970, 1, 1, tzinfo=UTC))
    health = HealthBook(config).read()
    assert health
    assert health.at == NOW


def test_a_clock_a_year_ahead_does_no_lasting_harm(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    hub.publish(first)
    refused(config, "expired", now=NOW + timedelta(days=365), playing=0)
    assert Agent(config).pull(NOW).switched
    assert Trust(config.trust).proven == NOW


def test_the_hubs_word_carries_a_clock_without_battery_to_the_editions_beginning(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    later = NOW + timedelta(days=30)
    hub.signed_at = later + timedelta(hours=2)
    hub.publish(first.model_copy(update={"show_from": later}))
    Agent(config).pull(datetime(1970, 1, 1, tzinfo=UTC))
    assert Trust(config.trust).proven == later


@pytest.mark.parametrize("said", [NOW + timedelta(days=39), datetime(8000, 1, 1, tzinfo=UTC)])
def test_a_stolen_hub_cannot_end_an_edition_early(
    hub: Hub, config: ScreenConfig, first: Playlist, said: datetime
) -> None:
    approved_until = hub.expires
    hub.expires = datetime(9000, 1, 1, tzinfo=UTC)
    hub.signed_at = said
    hub.publish(first, expires=approved_until)
    for _ in range(3):
        hub.announce()
        Agent(config).pull(NOW)
    assert Trust(config.trust).proven == NOW + timedelta(days=1)
    commission(config, hub.root, 1, NOW)
    Agent(config).pull(datetime(1970, 1, 1, tzinfo=UTC))
    assert Trust(config.trust).proven == first.show_from


def test_a_clock_set_ahead_and_back_again_leaves_no_trace(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    hub.publish(first)
    Agent(config).pull(NOW + timedelta(days=60))
    assert Trust(config.trust).proven == NOW


def test_a_hub_that_is_not_heard_for_five_weeks_is_reported_once(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    hub.signed_at = NOW
    hub.publish(first)
    for days in (34, 36, 37):
        assert Agent(config).pull(NOW + timedelta(days=days)).number == 5
    assert faults(config) == ["FeedStale"]
    hub.signed_at = NOW + timedelta(days=38)
    hub.announce()
    Agent(config).pull(NOW + timedelta(days=39))
    health = HealthBook(config).read()
    assert health
    assert [fault.at for fault in health.faults] == [NOW + timedelta(days=37)]


def test_a_blob_tampered_with_on_the_node_is_refused_and_fetched_once_it_is_right(
    hub: Hub, config: ScreenConfig, first: Playlist, second: Playlist, serve: Callable[[Path], str]
) -> None:
    hub.publish(first)
    Agent(config).pull(NOW)
    hub.publish(second)
    target = hub.target(second.entries[0].blobs["led-wall"])
    right = target.read_bytes()
    over_http = config.model_copy(update={"source": serve(hub.folder)})
    for wrong in (right[:-1] + b"?", right[:-1], right + b"?", b""):
        target.write_bytes(wrong)
        for screen in (config, over_http):
            with pytest.raises(BlobRefused):
                Agent(screen).pull(NOW)
            assert plays(screen) == 5
            assert faults(screen)[-1] == "BlobRefused"
    target.write_bytes(right)
    assert Agent(config).pull(NOW).number == 6


def test_a_blob_damaged_on_the_screen_is_fetched_again_when_an_edition_begins(
    hub: Hub, config: ScreenConfig, first: Playlist, second: Playlist
) -> None:
    hub.publish(first)
    Agent(config).pull(NOW)
    shared = next(path for path in config.blobs.glob("*.jpg"))
    right = shared.read_bytes()
    shared.chmod(0o644)
    shared.write_bytes(right[:-1] + b"?")
    hub.publish(second)
    assert Agent(config).pull(NOW).fetched == 2
    assert shared.read_bytes() == right


def test_a_screen_without_room_goes_on_with_what_it_has(
    hub: Hub, config: ScreenConfig, first: Playlist, second: Playlist
) -> None:
    hub.publish(first)
    Agent(config).pull(NOW)
    hub.publish(second)
    full = config.model_copy(update={"reserve_mib": 1 << 30})
    with pytest.raises(ScreenFull):
        Agent(full).pull(NOW)
    assert plays(config) == 5
    assert faults(config) == ["ScreenFull"]


@pytest.mark.parametrize("place", ["http://127.0.0.1:9", "/no/such/stick"])
def test_a_source_that_is_not_there_is_one_fault_however_often_it_is_tried(
    config: ScreenConfig, place: str
) -> None:
    config = config.model_copy(update={"source": place})
    for hours in range(3):
        with pytest.raises(FeedUnreachable):
            Agent(config).pull(NOW + timedelta(hours=hours))
    health = HealthBook(config).read()
    assert health
    assert [fault.at for fault in health.faults] == [NOW + timedelta(hours=2)]


def test_links_and_devices_on_a_stick_are_not_read(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    hub.publish(first)
    target = hub.target(first.entries[0].blobs["led-wall"])
    for place in ("/dev/zero", "/etc/passwd", str(target)):
        target.unlink()
        target.symlink_to(place)
        with pytest.raises(FeedUnreachable):
            Agent(config).pull(NOW)
    target.unlink()
    os.mkfifo(target)
    with pytest.raises(FeedUnreachable):
        Agent(config).pull(NOW)
    target.unlink()
    target.mkdir()
    with pytest.raises(FeedUnreachable, match="is not a file"):
        Agent(config).pull(NOW)


def test_a_screen_that_was_never_commissioned_takes_nothing(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    hub.publish(first)
    shutil.rmtree(config.trust)
    with pytest.raises(NotCommissioned):
        Agent(config).pull(NOW)
    assert plays(config) == 0


def test_a_root_that_did_not_sign_itself_commissions_nothing(
    hub: Hub, config: ScreenConfig
) -> None:
    timestamp = (hub.folder / "metadata" / "timestamp.json").read_bytes()
    for wrong in (b"{}", hub.root.replace(b'"version":1', b'"version":2'), timestamp):
        with pytest.raises(FeedRefused, match="root"):
            commission(config, wrong, 1, NOW)


def test_a_pull_killed_in_the_middle_is_resumed(
    hub: Hub,
    config: ScreenConfig,
    first: Playlist,
    material: Material,
    serve: Callable[[Path], str],
    link: Callable[[str], Link],
) -> None:
    large = hub.blob(material["large"])
    hub.publish(playlist(5, *first.entries, entry(large)))
    slow = link(serve(hub.folder))
    slow.pause = 0.02
    config = config.model_copy(update={"source": slow.url})
    script = (
        "import sys\nfrom datetime import datetime\n"
        "from cluster_feed.screen.agent import Agent\n"
        "from cluster_feed.screen.config import ScreenConfig\n"
        "config = ScreenConfig.model_validate_json(sys.argv[1])\n"
        "Agent(config).pull(datetime.fromisoformat(sys.argv[2]))\n"
    )
    arguments = [config.model_dump_json(), NOW.isoformat()]
    process = subprocess.Popen([sys.executable, "-c", script, *arguments])
    part = config.blobs / ".incoming" / f"{large.sha256}.part"
    while not part.exists() or part.stat().st_size < 500_000:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    begun = part.stat().st_size
    assert 0 < begun < large.byte_count
    assert plays(config) == 0
    slow.pause = 0
    Agent(config).pull(NOW)
    assert plays(config) == 5
    assert f"range: bytes={begun}-" in slow.requests[-1].lower()
    assert (config.blobs / f"{large.sha256}.mp4").read_bytes() == material["large"].read_bytes()
    assert not part.exists()


def test_a_broken_download_resumes_where_it_broke(
    hub: Hub,
    config: ScreenConfig,
    material: Material,
    serve: Callable[[Path], str],
    link: Callable[[str], Link],
) -> None:
    large = hub.blob(material["large"])
    hub.publish(playlist(5, entry(large)))
    bad = link(serve(hub.folder))
    config = config.model_copy(update={"source": bad.url})
    bad.cut_after = 1_500_000
    sizes = [0]
    part = config.blobs / ".incoming" / f"{large.sha256}.part"
    while plays(config) == 0:
        try:
            Agent(config).pull(NOW)
        except FeedUnreachable:
            sizes.append(part.stat().st_size)
            assert sizes[-1] > sizes[-2]
    assert len(sizes) > 2
    assert f"range: bytes={sizes[-1]}-" in bad.requests[-1].lower()
    assert "if-range: " in bad.requests[-1].lower()
    assert (config.blobs / f"{large.sha256}.mp4").read_bytes() == material["large"].read_bytes()


def test_a_part_that_a_power_cut_left_wrong_is_fetched_whole(
    hub: Hub, config: ScreenConfig, material: Material, serve: Callable[[Path], str]
) -> None:
    large = hub.blob(material["large"])
    hub.publish(playlist(5, entry(large)))
    part = config.blobs / ".incoming" / f"{large.sha256}.part"
    for source, size in ((str(hub.folder), 1_000_000), (serve(hub.folder), large.byte_count + 9)):
        shutil.rmtree(config.blobs, ignore_errors=True)
        config.current.unlink(missing_ok=True)
        part.parent.mkdir(parents=True)
        part.write_bytes(bytes(size))
        Agent(config.model_copy(update={"source": source})).pull(NOW)
        assert (config.blobs / f"{large.sha256}.mp4").read_bytes() == material["large"].read_bytes()


@pytest.mark.parametrize("step", ["accept", "symlink", "settle", "sweep"])
def test_a_crash_in_the_switch_is_completed_by_the_next_pull(
    hub: Hub,
    config: ScreenConfig,
    first: Playlist,
    second: Playlist,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class PowerCutError(Exception):
        pass

    def cut(*_: object, **__: object) -> None:
        raise PowerCutError

    hub.publish(first)
    Agent(config).pull(NOW)
    hub.publish(second)
    places = {"accept": Trust, "symlink": Path, "settle": Trust, "sweep": Blobs}
    names = {"symlink": "symlink_to"}
    with monkeypatch.context() as patch:
        patch.setattr(places[step], names.get(step, step), cut)
        with pytest.raises(PowerCutError):
            Agent(config).pull(NOW)
    accepted = Trust(config.trust).accepted
    playing = (config.current / "playlist.json").read_bytes()
    assert accepted.playlists[plays(config)] == sha256(playing).hexdigest()
    Agent(config).pull(NOW)
    assert plays(config) == 6
    assert Trust(config.trust).accepted.lowest_number == 6


def test_an_agent_that_runs_takes_what_comes_once_it_is_commissioned(
    hub: Hub, config: ScreenConfig, first: Playlist
) -> None:
    hub.publish(first)
    shutil.rmtree(config.trust)
    config = config.model_copy(update={"pull_minutes": 0.001})
    stop = threading.Event()
    thread = threading.Thread(target=Agent(config).run, args=[stop])
    thread.start()
    time.sleep(0.3)
    now = max(NOW, datetime.now(UTC))
    hub.expires = now + timedelta(days=100)
    hub.publish(first.model_copy(update={"number": 6}))
    commission(config, hub.root, 1, now)
    for _ in range(100):
        if plays(config) == 6 and list((hub.folder / "outbox" / "led").glob("health-*.json")):
            break
        time.sleep(0.05)
    stop.set()
    thread.join()
    assert plays(config) == 6
    assert list((hub.folder / "outbox" / "led").glob("health-*.json"))


def test_an_agent_whose_screen_can_make_no_key_goes_on_pulling(
    hub: Hub, config: ScreenConfig, first: Playlist, second: Playlist
) -> None:
    now = max(NOW, datetime.now(UTC))
    hub.expires = now + timedelta(days=100)
    hub.publish(first)
    key = config.trust / "device.pem"
    key.unlink()
    key.symlink_to("nowhere")
    stop = threading.Event()
    running = Agent(config.model_copy(update={"pull_minutes": 0.001}))
    thread = threading.Thread(target=running.run, args=[stop])
    thread.start()
    for edition in (first, second):
        hub.publish(edition)
        for _ in range(100):
            if plays(config) == edition.number:
                break
            time.sleep(0.05)
    stop.set()
    thread.join()
    assert plays(config) == second.number
