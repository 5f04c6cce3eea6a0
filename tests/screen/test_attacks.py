"""What somebody with root on the node, or the hub's stolen key, can make a screen do: nothing."""

import gzip
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root, TargetFile, Targets

from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.errors import (
    BlobDamaged,
    BlobRefused,
    FeedExpired,
    FeedGarbled,
    FeedIncomplete,
    FeedOfAnotherCluster,
    FeedOversized,
    FeedRefused,
    FeedRolledBack,
    FeedTampered,
    FeedUnreachable,
    FeedUnsigned,
    ScreenError,
    ScreenFull,
    recall,
)
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import digest
from cluster_feed.screen.agent import Agent
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.trust import Trust, TrustedClock
from tests.screen.hostile import HostileNode, endless, give
from tests.screen.hub import CLUSTER, NOW, PROFILE, Hub, entry, playlist

Spoil = Callable[[Hub, Path], None]


class Scene:
    """A screen that plays edition 5, with edition 6 honestly published and an enemy between."""

    def __init__(self, hub: Hub, config: ScreenConfig, material: dict[str, Path]) -> None:
        self.hub, self.config = hub, config
        self.old = hub.folder.with_name("old")
        self.honest = hub.folder.with_name("honest")
        photo = entry(hub.blob(material["photo"]))
        hub.publish(playlist(5, entry(hub.blob(material["one"])), photo))
        assert Agent(config).pull(NOW).number == 5
        shutil.copytree(hub.folder, self.old)
        self.second = playlist(6, entry(hub.blob(material["two"])), photo)
        hub.publish(self.second)
        self.before = self.shown()

    def shown(self) -> dict[str, bytes]:
        """What plays: the playlist and every blob of it, as they lie on the screen's disk."""
        content = (self.config.current / "playlist.json").read_bytes()
        blobs = Blobs(self.config.blobs)
        paths = [blobs.path(blob) for blob in Playlist.from_bytes(content).blobs().values()]
        return {"": content} | {path.name: path.read_bytes() for path in paths}

    def refused(
        self, reason: type[ScreenError], place: str | None = None, now: datetime = NOW
    ) -> ScreenError:
        """A pull is refused for this reason, in words for people, and nothing else happens."""
        config = self.config.model_copy(update={"source": place} if place else {})
        proven = Trust(config.trust).proven
        with pytest.raises(reason) as refusal:
            Agent(config).pull(now)
        assert type(refusal.value) is reason
        assert self.shown() == self.before
        assert Trust(config.trust).proven <= max(proven, now + timedelta(days=1))
        health = HealthBook(config).read()
        assert health
        assert health.faults[-1].code == reason.__name__
        told = recall(health.faults[-1].code, health.faults[-1].facts)
        for tongue in Tongue:
            assert len(told.message(tongue)) > 20
        return refusal.value

    def heals(self, number: int = 6) -> None:
        """The next honest pull takes the edition."""
        assert Agent(self.config).pull(NOW).number == number
        for name, content in self.shown().items():
            assert not name or content == next(self.hub.folder.rglob(f"{name[:64]}*")).read_bytes()


@pytest.fixture
def scene(hub: Hub, config: ScreenConfig, material: dict[str, Path]) -> Scene:
    return Scene(hub, config, material)


def metadata(hub: Hub, name: str) -> Path:
    return hub.folder / "metadata" / name


def newest(hub: Hub) -> str:
    return f"{hub.version}.snapshot.json"


def change(path: Path, how: Callable[[dict[str, Any]], object]) -> None:
    """Edit a document without being able to sign it."""
    document = json.loads(path.read_bytes())
    how(document)
    path.write_text(json.dumps(document))


def versions_ahead(hub: Hub, _: Path) -> None:
    change(metadata(hub, "timestamp.json"), lambda doc: doc["signed"].update(version=10**9))


def later_expiry(hub: Hub, _: Path) -> None:
    change(
        metadata(hub, "timestamp.json"),
        lambda doc: doc["signed"].update(expires="2999-01-01T00:00:00Z"),
    )


def no_signature(hub: Hub, _: Path) -> None:
    change(metadata(hub, "timestamp.json"), lambda doc: doc["signatures"].clear())


def one_signature_twice(hub: Hub, _: Path) -> None:
    role = metadata(hub, "6.lao-bao.json")
    change(role, lambda doc: doc.update(signatures=[doc["signatures"][0]] * 2))
    announce_as_the_thief(hub, role)


def too_few_signatures(hub: Hub, _: Path) -> None:
    role = metadata(hub, "6.lao-bao.json")
    change(role, lambda doc: doc["signatures"].pop())
    announce_as_the_thief(hub, role)


def a_file_more(hub: Hub, _: Path) -> None:
    role = metadata(hub, "6.lao-bao.json")
    added = {"length": 1, "hashes": {"sha256": "0" * 64}}
    change(role, lambda doc: doc["signed"]["targets"].update({"lao-bao/evil.mp4": added}))
    announce_as_the_thief(hub, role)


def announce_as_the_thief(hub: Hub, role: Path) -> None:
    """Sign with the online key whatever lies there, its true hash included."""
    content = role.read_bytes()
    named = hub.meta["lao-bao.json"]
    named.length, named.hashes = len(content), {"sha256": digest(content)}
    hub.announce()


def anothers_signature(hub: Hub, _: Path) -> None:
    hub.online = CryptoSigner.generate_ed25519()
    hub.announce()


def the_thief_approves(hub: Hub, _: Path) -> None:
    hub.publish(playlist(7), signers=[hub.online, CryptoSigner.generate_ed25519()])


def the_thief_goes_back(hub: Hub, _: Path) -> None:
    hub.meta["lao-bao.json"].version = 4
    hub.announce()


def the_thief_goes_ahead(hub: Hub, _: Path) -> None:
    hub.meta["lao-bao.json"].version = 10**9
    hub.announce()


def last_months_tree(hub: Hub, old: Path) -> None:
    metadata(hub, "timestamp.json").write_bytes(
        old.joinpath("metadata", "timestamp.json").read_bytes()
    )


def old_role_under_the_new_name(hub: Hub, _: Path) -> None:
    shutil.copy(metadata(hub, "5.lao-bao.json"), metadata(hub, "6.lao-bao.json"))


def old_snapshot_under_the_new_name(hub: Hub, _: Path) -> None:
    shutil.copy(metadata(hub, f"{hub.version - 1}.snapshot.json"), metadata(hub, newest(hub)))


def one_role_for_another(hub: Hub, _: Path) -> None:
    shutil.copy(metadata(hub, newest(hub)), metadata(hub, "timestamp.json"))


def anothers_playlist(hub: Hub, _: Path) -> None:
    theirs = playlist(7, cluster="la-lay")
    hub.publish(theirs, role=CLUSTER)


def the_other_clusters_tree(hub: Hub, _: Path) -> None:
    hub.publish(playlist(9, cluster="la-lay"))
    for path in (hub.folder / "metadata").glob("*.lao-bao.json"):
        path.unlink()


def a_changed_playlist(hub: Hub, _: Path) -> None:
    for path in (hub.folder / "targets").rglob("*.playlist.json"):
        path.write_bytes(path.read_bytes().replace(b'"seconds":0.8', b'"seconds":9.9'))


def a_playlist_cut_short(hub: Hub, _: Path) -> None:
    for path in (hub.folder / "targets").rglob("*.playlist.json"):
        path.write_bytes(path.read_bytes()[:-9])


def an_endless_playlist(hub: Hub, _: Path) -> None:
    for path in (hub.folder / "targets").rglob("*.playlist.json"):
        os.truncate(path, 1 << 40)


def no_playlist(hub: Hub, _: Path) -> None:
    for path in (hub.folder / "targets").rglob("*.playlist.json"):
        path.unlink()


def no_snapshot(hub: Hub, _: Path) -> None:
    metadata(hub, newest(hub)).unlink()


def an_endless_timestamp(hub: Hub, _: Path) -> None:
    os.truncate(metadata(hub, "timestamp.json"), 1 << 40)


def an_endless_root(hub: Hub, _: Path) -> None:
    metadata(hub, "2.root.json").touch()
    os.truncate(metadata(hub, "2.root.json"), 1 << 40)


def a_root_again(hub: Hub, _: Path) -> None:
    shutil.copy(metadata(hub, "1.root.json"), metadata(hub, "2.root.json"))


def a_root_of_strangers(hub: Hub, _: Path) -> None:
    strangers = [CryptoSigner.generate_ed25519() for _ in range(3)]
    root = Metadata[Root].from_bytes(hub.root).signed
    root.version = 2
    for key in list(root.roles["root"].keyids):
        root.revoke_key(key, "root")
    for each in strangers:
        root.add_key(each.public_key, "root")
    hub.write("2.root", root, strangers)


def a_root_with_one_leader(hub: Hub, _: Path) -> None:
    root = Metadata[Root].from_bytes(hub.root).signed
    root.version = 2
    hub.write("2.root", root, hub.root_keys[:1])


def a_pipe(hub: Hub, _: Path) -> None:
    metadata(hub, "timestamp.json").unlink()
    os.mkfifo(metadata(hub, "timestamp.json"))


def a_device(hub: Hub, _: Path) -> None:
    metadata(hub, "timestamp.json").unlink()
    os.mknod(metadata(hub, "timestamp.json"), 0o20666, os.makedev(1, 5))


def a_link_out(hub: Hub, _: Path) -> None:
    metadata(hub, "timestamp.json").unlink()
    metadata(hub, "timestamp.json").symlink_to("/etc/passwd")


def a_folder(hub: Hub, _: Path) -> None:
    metadata(hub, "timestamp.json").unlink()
    metadata(hub, "timestamp.json").mkdir()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (versions_ahead, FeedUnsigned),
        (later_expiry, FeedUnsigned),
        (no_signature, FeedUnsigned),
        (too_few_signatures, FeedUnsigned),
        (one_signature_twice, FeedGarbled),
        (a_file_more, FeedUnsigned),
        (anothers_signature, FeedUnsigned),
        (the_thief_approves, FeedUnsigned),
        (the_thief_goes_back, FeedRolledBack),
        (the_thief_goes_ahead, FeedIncomplete),
        (last_months_tree, FeedRolledBack),
        (old_role_under_the_new_name, FeedTampered),
        (old_snapshot_under_the_new_name, FeedTampered),
        (one_role_for_another, FeedRefused),
        (anothers_playlist, FeedOfAnotherCluster),
        (the_other_clusters_tree, FeedIncomplete),
        (a_changed_playlist, FeedTampered),
        (a_playlist_cut_short, FeedTampered),
        (an_endless_playlist, FeedOversized),
        (no_playlist, FeedIncomplete),
        (no_snapshot, FeedIncomplete),
        (an_endless_timestamp, FeedOversized),
        (an_endless_root, FeedOversized),
        (a_root_again, FeedRolledBack),
        (a_root_of_strangers, FeedUnsigned),
        (a_root_with_one_leader, FeedUnsigned),
        (a_pipe, FeedUnreachable),
        (a_device, FeedUnreachable),
        (a_link_out, FeedUnreachable),
        (a_folder, FeedUnreachable),
    ],
)
def test_a_tree_that_was_tampered_with_is_refused_with_its_reason(
    scene: Scene, spoil: Spoil, reason: type[ScreenError]
) -> None:
    if last_months_tree is spoil:
        scene.heals()
        scene.before = scene.shown()
    meta = dict(scene.hub.meta)
    online = scene.hub.online
    spoil(scene.hub, scene.old)
    scene.refused(reason)
    if spoil is the_thief_goes_ahead:
        return  # what heals that is told below
    scene.hub.online, scene.hub.meta = online, {**scene.hub.meta, **meta}
    for left in ("2.root.json", "timestamp.json"):
        path = metadata(scene.hub, left)
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    again = scene.second.model_copy(update={"number": 10})
    scene.hub.publish(again)
    scene.heals(10)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"\0" * 4096,
        b"\xff\xfe\xfd" * 99,
        b"[" * 16_000,
        b'{"a":' * 3_000,
        b'{"signed": {"_type": "timestamp"}, "signatures": []}',
        b'{"signed": 5, "signatures": {}}',
        b'{"signed": {"_type": [], "version": {}}, "signatures": [[]]}',
        b'{"version": ' + b"9" * 5_000 + b"}",
        b'{"signed": "\\ud800"}',
        b"NaN",
        b"1e999999",
    ],
)
def test_rubbish_for_any_role_is_refused(scene: Scene, rubbish: bytes) -> None:
    for name in ("timestamp.json", newest(scene.hub), "2.root.json"):
        path = metadata(scene.hub, name)
        honest = path.read_bytes() if path.exists() else None
        path.write_bytes(rubbish)
        with pytest.raises(FeedRefused):
            Agent(scene.config).pull(NOW)
        assert scene.shown() == scene.before
        path.unlink()
        if honest:
            path.write_bytes(honest)
    scene.heals()


def test_a_feed_that_is_frozen_until_it_expires_takes_nothing_new_and_says_so(
    scene: Scene,
) -> None:
    scene.refused(FeedExpired, now=NOW + timedelta(days=101))


def test_versions_that_a_thief_drove_up_are_forgotten_once_root_has_a_new_online_key(
    scene: Scene,
) -> None:
    hub = scene.hub
    honest = dict(hub.meta)
    the_thief_goes_ahead(hub, scene.old)
    hub.version = 10**9
    hub.announce()
    scene.refused(FeedIncomplete)
    hub.meta, hub.version = honest, 20
    hub.meta["lao-bao.json"].version = 6
    hub.announce()
    scene.refused(FeedRolledBack)
    root = Metadata[Root].from_bytes(hub.root).signed
    root.version = 2
    stolen, hub.online = hub.online, CryptoSigner.generate_ed25519()
    for role in ("snapshot", "timestamp"):
        root.revoke_key(stolen.public_key.keyid, role)
        root.add_key(hub.online.public_key, role)
    hub.write("2.root", root, hub.root_keys[:2])
    hub.announce()
    scene.heals()


def test_leaders_alone_show_nothing_past_the_approvers(scene: Scene) -> None:
    hub = scene.hub
    path = metadata(hub, "1.targets.json")
    targets = Metadata[Targets].from_bytes(path.read_bytes()).signed
    content = playlist(7, scene.second.entries[1]).to_bytes()
    name = f"{CLUSTER}/playlist.json"
    targets.targets = {name: TargetFile.from_data(name, content, ["sha256"])}
    for blob in scene.second.blobs().values():
        targets.targets[blob.target] = TargetFile(
            blob.byte_count, {"sha256": blob.sha256}, blob.target
        )
    (hub.folder / "targets" / CLUSTER / f"{digest(content)}.playlist.json").write_bytes(content)
    targets.version = 2
    hub.meta["targets.json"] = hub.named("2.targets", targets, hub.root_keys[:2])
    hub.announce()
    scene.refused(FeedRefused)


def test_power_cuts_carry_no_screen_further_ahead_than_a_day(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = datetime.now(UTC)
    Trust.commission(scene.config.trust, scene.hub.root, 1, machine)
    hub = Hub(scene.hub.folder.with_name("stolen"), machine)
    Trust.commission(scene.config.trust, hub.root, 1, machine)
    blob = hub.blob(next(iter(scene.hub.folder.rglob("*.jpg"))))
    hub.signed_at = machine + timedelta(days=90)
    dates = {"show_from": machine - timedelta(days=1), "show_until": machine + timedelta(days=30)}
    hub.publish(playlist(7, entry(blob)).model_copy(update=dates))
    config = scene.config.model_copy(update={"source": str(hub.folder)})
    for _ in range(5):
        stop = threading.Event()
        monkeypatch.setattr(stop, "wait", lambda _seconds, stop=stop: stop.set())
        Agent(config).run(stop)  # a start, one look, and the power is cut
    assert HealthBook(config).read().edition == 7  # type: ignore[union-attr]
    assert Trust(config.trust).proven < machine + timedelta(days=1, hours=1)


def test_a_player_that_runs_learns_a_time_that_the_agent_proved(config: ScreenConfig) -> None:
    trust = Trust(config.trust)
    clock = TrustedClock(trust)
    later = datetime.now(UTC) + timedelta(days=3)
    trust.prove(later)
    clock.keep()
    assert clock() >= later
    assert trust.proven >= later


def test_a_root_chain_that_grew_long_is_followed_and_one_that_was_cut_holds_what_it_had(
    scene: Scene,
) -> None:
    hub = scene.hub
    root = Metadata[Root].from_bytes(hub.root).signed
    for version in range(2, 41):
        root.version = version
        hub.write(f"{version}.root", root, hub.root_keys[:2])
    scene.heals()
    for version in range(1, 41):
        metadata(hub, f"{version}.root.json").unlink()
    scene.hub.publish(scene.second.model_copy(update={"number": 7}))
    scene.heals(7)


@pytest.mark.parametrize("kind", ["tampered", "short", "long", "gone", "empty"])
def test_a_blob_that_is_not_what_was_signed_is_named_by_its_target(scene: Scene, kind: str) -> None:
    blob = scene.second.entries[0].blobs[PROFILE]
    path = scene.hub.target(blob)
    honest = path.read_bytes()
    wrong = {"tampered": b"?" + honest[1:], "short": honest[:-1], "long": honest + b"?"}
    if kind == "gone":
        path.unlink()
    else:
        path.write_bytes(wrong.get(kind, b""))
    refusal = scene.refused(BlobRefused)
    assert refusal.facts["name"] == blob.target
    path.write_bytes(honest)
    scene.heals()


def test_what_broke_on_the_screens_own_disk_is_told_apart_from_what_the_node_sent(
    scene: Scene,
) -> None:
    scene.heals()
    blob = scene.second.entries[0].blobs[PROFILE]
    blobs = Blobs(scene.config.blobs)
    blobs.path(blob).chmod(0o644)
    with blobs.path(blob).open("r+b") as file:
        file.write(b"?")
    with pytest.raises(BlobDamaged), blobs.open(blob):
        pass
    assert Agent(scene.config).pull(NOW).fetched == 1


def test_what_is_played_is_what_was_read_though_its_name_means_another_file_now(
    scene: Scene,
) -> None:
    scene.heals()
    blob = scene.second.entries[0].blobs[PROFILE]
    blobs = Blobs(scene.config.blobs)
    right = blobs.path(blob).read_bytes()
    with blobs.open(blob) as file:
        other = blobs.path(blob).with_name("other")
        other.write_bytes(b"another picture")
        other.replace(blobs.path(blob))
        assert Path(f"/proc/self/fd/{file.fileno()}").read_bytes() == right


# --- Over HTTP ----------------------------------------------------------------------------------


def redirects(screen: socket.socket, _: str, __: bytes) -> None:
    give(screen, b"", "302 Found", "Location: http://127.0.0.1:9/timestamp.json")


def compresses(screen: socket.socket, _: str, file: bytes) -> None:
    give(screen, gzip.compress(file), "200 OK", "Content-Encoding: gzip")


BOMB = gzip.compress(bytes(64 << 20), compresslevel=1)


def gives_a_bomb(screen: socket.socket, _: str, __: bytes) -> None:
    give(screen, BOMB, "200 OK", "Content-Encoding: gzip")


def promises_more(screen: socket.socket, _: str, file: bytes) -> None:
    screen.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + file)


def promises_less(screen: socket.socket, _: str, file: bytes) -> None:
    screen.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + file)


def gives_a_part(screen: socket.socket, _: str, file: bytes) -> None:
    give(screen, file, "206 Partial Content", "Content-Range: bytes 0-9/10")


def fails(screen: socket.socket, _: str, __: bytes) -> None:
    give(screen, b"", "500 Internal Server Error")


def floods_with_headers(screen: socket.socket, _: str, __: bytes) -> None:
    endless(screen, b"HTTP/1.1 200 OK\r\n", b"X-Flood: 0123456789\r\n" * 100)


def never_ends(screen: socket.socket, _: str, __: bytes) -> None:
    endless(screen, b"HTTP/1.1 200 OK\r\n\r\n", bytes(1 << 16))


def never_answers(screen: socket.socket, _: str, __: bytes) -> None:
    screen.recv(1)


def hangs_up(screen: socket.socket, _: str, __: bytes) -> None:
    screen.close()


def says_continue(screen: socket.socket, _: str, __: bytes) -> None:
    endless(screen, b"", b"HTTP/1.1 100 Continue\r\n\r\n")


def drips(screen: socket.socket, start: bytes) -> None:
    screen.sendall(start)
    while True:
        time.sleep(0.1)
        screen.sendall(b"x")


def drips_its_head(screen: socket.socket, _: str, __: bytes) -> None:
    drips(screen, b"HTTP/1.1 200 OK\r\nX-Slow: ")


def drips_its_body(screen: socket.socket, _: str, __: bytes) -> None:
    drips(screen, b"HTTP/1.1 200 OK\r\n\r\n")


def drips_a_chunks_length(screen: socket.socket, _: str, __: bytes) -> None:
    drips(screen, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;")


def drips_a_trailer(screen: socket.socket, _: str, file: bytes) -> None:
    chunk = b"%x\r\n%s\r\n0\r\nX-Slow: " % (len(file), file)
    drips(screen, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)


def sends_to_a_place_that_is_none(screen: socket.socket, _: str, __: bytes) -> None:
    give(screen, b"", "302 Found", "Location: http://xn--a/", "Set-Cookie: a=b")


def speaks_another_tongue(screen: socket.socket, _: str, __: bytes) -> None:
    screen.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (redirects, FeedUnreachable),
        (compresses, FeedGarbled),
        (gives_a_bomb, FeedOversized),
        (promises_more, FeedUnreachable),
        (promises_less, FeedGarbled),
        (gives_a_part, FeedUnreachable),
        (fails, FeedUnreachable),
        (floods_with_headers, FeedUnreachable),
        (never_ends, FeedOversized),
        (never_answers, FeedUnreachable),
        (hangs_up, FeedUnreachable),
        (says_continue, FeedUnreachable),
        (drips_its_head, FeedUnreachable),
        (drips_its_body, FeedUnreachable),
        (drips_a_chunks_length, FeedUnreachable),
        (drips_a_trailer, FeedUnreachable),
        (sends_to_a_place_that_is_none, FeedUnreachable),
        (speaks_another_tongue, FeedUnreachable),
    ],
)
def test_a_node_that_does_not_answer_by_the_book_holds_nothing_up(
    scene: Scene,
    enemy: HostileNode,
    answer: Callable[[socket.socket, str, bytes], None],
    reason: type[ScreenError],
) -> None:
    enemy.answers["timestamp.json"] = answer
    began = time.monotonic()
    scene.refused(reason, enemy.url)
    assert time.monotonic() - began < 20
    scene.heals()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (redirects, FeedUnreachable),
        (compresses, BlobRefused),
        (promises_more, BlobRefused),
        (promises_less, BlobRefused),
        (never_ends, BlobRefused),
        (never_answers, FeedUnreachable),
        (drips_its_body, FeedUnreachable),
        (drips_a_chunks_length, FeedUnreachable),
        (drips_a_trailer, FeedUnreachable),
        (sends_to_a_place_that_is_none, FeedUnreachable),
    ],
)
def test_a_blob_that_does_not_come_by_the_book_is_not_taken(
    scene: Scene,
    enemy: HostileNode,
    answer: Callable[[socket.socket, str, bytes], None],
    reason: type[ScreenError],
) -> None:
    enemy.answers[scene.second.entries[0].blobs[PROFILE].sha256] = answer
    scene.refused(reason, enemy.url)
    scene.heals()


def test_a_node_that_speaks_http_1_0_is_understood(scene: Scene, enemy: HostileNode) -> None:
    def old(screen: socket.socket, _: str, file: bytes) -> None:
        screen.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + file if file else b"HTTP/1.0 404 None\r\n\r\n")

    enemy.answers[""] = old
    config = scene.config.model_copy(update={"source": enemy.url})
    assert Agent(config).pull(NOW).number == 6


@pytest.mark.parametrize("lie", ["wrong bytes", "wrong place", "shorter", "ignores"])
def test_a_node_that_lies_about_a_range_costs_one_more_download_at_most(
    scene: Scene, enemy: HostileNode, lie: str
) -> None:
    blob = scene.second.entries[0].blobs[PROFILE]
    part = Blobs(scene.config.blobs).part(blob)
    part.write_bytes(scene.hub.target(blob).read_bytes()[:1000])
    part.with_suffix(".etag").write_text('"an-etag"')

    def answer(screen: socket.socket, head: str, file: bytes) -> None:
        if "range: bytes=1000-" not in head.lower() or lie == "ignores":
            give(screen, file, "200 OK", 'ETag: W/"weak"')
            return
        body = {"wrong bytes": bytes(len(file) - 1000), "shorter": file[1000:2000]}
        begin = 5 if lie == "wrong place" else 1000
        named = f"Content-Range: bytes {begin}-{len(file) - 1}/{len(file)}"
        give(screen, body.get(lie, file[1000:]), "206 Partial Content", named)

    enemy.answers[blob.sha256] = answer
    config = scene.config.model_copy(update={"source": enemy.url})
    if lie == "wrong place":
        scene.refused(FeedUnreachable, enemy.url)
    assert Agent(config).pull(NOW).number == 6
    scene.heals()


def test_an_etag_that_a_power_cut_spoiled_is_not_asked_with(
    scene: Scene, enemy: HostileNode
) -> None:
    blob = scene.second.entries[0].blobs[PROFILE]
    part = Blobs(scene.config.blobs).part(blob)
    for spoiled in (b"", b"\0" * 40, b"\xff\xfe", b'"\r\nX: y"'):
        part.write_bytes(b"begun")
        part.with_suffix(".etag").write_bytes(spoiled)
        config = scene.config.model_copy(update={"source": enemy.url})
        assert Agent(config).pull(NOW).number == 6
        assert not any("if-range" in asked.lower() for asked in enemy.asked)
        scene.config.current.unlink()
        shutil.rmtree(scene.config.blobs)
        part.parent.mkdir(parents=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_that_fills_up_in_the_middle_is_told_and_nothing_is_lost(
    scene: Scene, enemy: HostileNode, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no mounts here")
    try:
        shutil.copytree(scene.config.state, small / "state", symlinks=True)
        scene.config = scene.config.model_copy(
            update={"state": small / "state", "source": enemy.url, "reserve_mib": 0}
        )
        other = small / "other"

        def fills_the_disk(screen: socket.socket, _: str, file: bytes) -> None:
            other.write_bytes(bytes(shutil.disk_usage(small).free - 8192))
            give(screen, file)

        enemy.answers[scene.second.entries[0].blobs[PROFILE].sha256] = fills_the_disk
        with pytest.raises(ScreenFull):
            Agent(scene.config).pull(NOW)
        assert scene.shown() == scene.before
        other.unlink()
        enemy.answers.clear()
        scene.heals()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
