import gzip
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from cluster_feed.core import health, proof
from cluster_feed.core.device import mark_of
from cluster_feed.core.health import Picture, SignedHealth
from cluster_feed.core.proof import Proof
from cluster_feed.core.value import digest
from cluster_feed.screen import node, outbox, visitor
from tests.device import Device
from tests.screen.hub import NOW, Hub, entry, playlist

Serve = Callable[[Path], str]
Material = dict[str, Path]


@pytest.fixture
def screen(hub: Hub, material: Material, serve: Serve) -> Iterator[httpx.Client]:
    """What a screen, or anybody else on the LAN, can ask of a node."""
    hub.publish(playlist(5, entry(hub.blob(material["one"]))))
    with httpx.Client(base_url=serve(hub.folder), trust_env=False) as client:
        yield client


def test_metadata_and_targets_are_served_with_ranges(
    hub: Hub, material: Material, screen: httpx.Client
) -> None:
    blob = hub.blob(material["one"])
    content = material["one"].read_bytes()
    path = f"/targets/lao-bao/{hub.target(blob).name}"
    whole = screen.get(path)
    assert whole.content == content
    asked = {"Range": "bytes=1000-", "If-Range": whole.headers["ETag"]}
    rest = screen.get(path, headers=asked)
    assert (rest.status_code, rest.content) == (206, content[1000:])
    os.utime(hub.target(blob), (1, 1))
    assert screen.get(path, headers=asked).status_code == 200
    assert screen.get("/metadata/timestamp.json").status_code == 200
    assert screen.head("/metadata/1.root.json").status_code == 200


ELSEWHERE = (
    "/",
    "/metadata",
    "/metadata/",
    "/metadata/.hidden.json",
    "/metadata/nothing.json",
    "/targets/",
    "/targets/lao-bao/",
    "/targets/.incoming/part",
    "/targets/..%2Fsecret/key",
    "/targets/%2e%2e/secret",
    "/targets/lao-bao/..%2f..%2f..%2fsecret",
    "/targets/lao-bao/link",
    "/metadata/%00",
    "/.incoming/part",
    "/outbox/led/health.json",
    "/secret",
)


def test_nothing_else_is_served(hub: Hub, screen: httpx.Client) -> None:
    (hub.folder.parent / "secret").write_text("secret")
    (hub.folder / "secret").write_text("secret")
    (hub.folder / "targets" / "lao-bao" / "link").symlink_to(hub.folder.parent / "secret")
    for hidden in ("targets/.incoming/part", ".incoming/part", "metadata/.hidden.json"):
        (hub.folder / hidden).parent.mkdir(exist_ok=True)
        (hub.folder / hidden).write_text("secret")
    assert put(screen, Device().health()) == 204
    for path in ELSEWHERE:
        answer = screen.get(path)
        assert answer.status_code in {404, 405}, path
        assert b"secret" not in answer.content


def test_a_path_that_no_client_would_send_is_not_served(hub: Hub, screen: httpx.Client) -> None:
    (hub.folder.parent / "secret").write_text("secret")
    host, port = screen.base_url.host, screen.base_url.port
    with socket.create_connection((host, port or 0)) as raw:
        raw.sendall(b"GET /targets/../../secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert b" 404 " in answer.split(b"\r\n")[0]


def put(screen: httpx.Client, file: tuple[str, bytes], to: str = "led") -> int:
    name, content = file
    return screen.put(f"/outbox/{to}/{name}", content=content).status_code


def test_proof_is_taken_once_and_never_replaced(hub: Hub, screen: httpx.Client) -> None:
    device = Device()
    name, content = device.proof(device.chain(2))
    assert put(screen, (name, content)) == 201
    assert put(screen, (name, content)) == 204
    assert put(screen, device.proof(device.chain(3))) == 409
    folder = hub.folder / "outbox" / "led"
    assert (folder / name).read_bytes() == content
    assert [each.name for each in folder.iterdir()] == [name]


def test_health_is_replaced_by_later_health_of_the_same_device(
    hub: Hub, screen: httpx.Client
) -> None:
    device, stranger = Device(), Device()
    folder = hub.folder / "outbox" / "led"
    for serial, status, stands in ((5, 204, 5), (5, 204, 5), (7, 204, 7), (6, 409, 7)):
        name, content = device.health(serial=serial)
        assert put(screen, (name, content)) == status
        assert SignedHealth.from_bytes((folder / name).read_bytes()).says.serial == stands
    assert put(screen, (name, stranger.health(serial=9)[1])) == 422
    assert put(screen, stranger.health(serial=9)) == 204
    assert SignedHealth.from_bytes((folder / name).read_bytes()).device == device.public


def test_a_picture_of_the_screen_is_taken_where_its_devices_account_vouches_for_it(
    hub: Hub, screen: httpx.Client
) -> None:
    device, jpeg = Device(), b"what is on the screen"
    name = f"picture-{mark_of(device.public)}.jpg"
    assert put(screen, (name, jpeg)) == 422
    seen = Picture(at=NOW, asset="a" * 64, difference=3, sha256=digest(jpeg))
    assert put(screen, device.health(picture=seen)) == 204
    assert put(screen, (name, jpeg)) == 204
    assert put(screen, (name, jpeg + b"?")) == 422
    assert put(screen, (name, jpeg), to="hall") == 422
    assert put(screen, (name, bytes(129 << 10))) == 413
    assert (hub.folder / "outbox" / "led" / name).read_bytes() == jpeg


def test_what_no_device_signed_or_for_another_screen_is_not_taken(
    hub: Hub, screen: httpx.Client
) -> None:
    device = Device()
    name, content = device.proof(device.chain(2))
    lie = Proof(Device().public, device.chain(2)).to_bytes(device.sign)
    for hostile in (b"", b"{}", content[:-9], content + b"x", lie, gzip.compress(bytes(9 << 20))):
        assert put(screen, (name, hostile)) == 422
    health, account = device.health()
    for hostile in (b"", b"[" * 9000, account.replace(b'"edition":0', b'"edition":9')):
        assert put(screen, (health, hostile)) == 422
    assert put(screen, (name, content), to="hall") == 422
    assert put(screen, (health, account), to="hall") == 422
    assert put(screen, (name.replace("0001", "0002"), content)) == 422
    assert not (hub.folder / "outbox").exists()


# --- Strangers ----------------------------------------------------------------------------------

STRANGERS = "127.0.9.9"


@pytest.fixture
def stranger(screen: httpx.Client) -> Iterator[httpx.Client]:
    """Somebody else on the LAN."""
    with somebody(screen, STRANGERS) as client:
        yield client


def somebody(screen: httpx.Client, address: str) -> httpx.Client:
    transport = httpx.HTTPTransport(local_address=address, verify=False)
    return httpx.Client(base_url=screen.base_url, transport=transport, trust_env=False)


def test_a_gate_full_of_screens_hands_over(screen: httpx.Client) -> None:
    for number in range(40):
        device = Device(screen=f"s{number}")
        with somebody(screen, f"127.0.8.{number + 1}") as own:
            assert put(own, device.health(), to=device.screen) == 204


def test_strangers_take_neither_a_devices_place_nor_its_room(
    screen: httpx.Client, stranger: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device()
    assert put(screen, device.health()) == 204
    for _ in range(15):
        noisy = Device()
        assert put(stranger, noisy.proof(noisy.chain(1))) == 201
    monkeypatch.setattr(outbox, "_ROOM", 3000)
    rows = noisy.chain(60)
    taken = [put(stranger, noisy.proof(rows[at : at + 5])) for at in range(5, 60, 5)]
    assert 507 in taken
    assert put(screen, device.proof(device.chain(5))) == 201


def test_a_new_screen_finds_a_place_in_a_crowd_that_left_proof(
    hub: Hub, screen: httpx.Client, stranger: httpx.Client
) -> None:
    crowd = [Device() for _ in range(8)]
    for each in crowd:
        assert put(stranger, each.proof(each.chain(1))) == 201
    device = Device()
    assert put(screen, device.proof(device.chain(2))) == 201
    assert put(stranger, crowd[0].health()) == 204
    assert put(stranger, Device().health()) == 204
    assert put(screen, device.health()) == 204
    there = [each.name for each in (hub.folder / "outbox" / "led").iterdir()]
    assert sum(mark_of(device.public) in name for name in there) == 2


def test_devices_of_many_addresses_are_not_forgotten_for_another(screen: httpx.Client) -> None:
    for number in range(8):
        device = Device()
        with somebody(screen, f"127.0.7.{number + 1}") as own:
            assert put(own, device.proof(device.chain(1))) == 201
    assert put(screen, Device().health()) == 507


def test_a_device_that_fell_silent_gives_way_to_a_new_one(hub: Hub, screen: httpx.Client) -> None:
    devices = [Device() for _ in range(8)]
    for number, each in enumerate(devices):
        with somebody(screen, f"127.0.7.{number + 1}") as own:
            assert put(own, each.health()) == 204
            if number == 1:
                assert put(own, each.proof(each.chain(1))) == 201
    folder = hub.folder / "outbox" / "led"
    for age, each in ((3, devices[1]), (2, devices[0])):
        os.utime(folder / each.health()[0], (1, time.time() - age * 90_000))
    assert put(screen, Device().health()) == 204
    assert not (folder / devices[0].health()[0]).exists()
    assert (folder / devices[1].health()[0]).exists()


def test_no_stranger_makes_folders_or_fills_the_disk_without_end(
    screen: httpx.Client, stranger: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = [put(stranger, Device(screen=f"s{n}").health(), to=f"s{n}") for n in range(18)]
    assert taken == [204] * 16 + [507] * 2
    monkeypatch.setattr(outbox, "_NAMES", 17)
    assert put(screen, Device(screen="hall").health(), to="hall") == 204
    assert put(screen, Device(screen="door").health(), to="door") == 507
    monkeypatch.setattr(outbox, "_ALL", 100)
    assert put(screen, Device(screen="hall").health(serial=2), to="hall") == 507


def test_what_the_hub_has_fetched_leaves_room(
    hub: Hub, screen: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_LOOK_SECONDS", 0)
    monkeypatch.setattr(outbox, "_ALL", 1500)
    for name in ("led", "hall"):
        device = Device(screen=name)
        rows = device.chain(9)
        files = [device.proof(rows[at : at + 1]) for at in range(9)]
        assert 507 in [put(screen, each, to=name) for each in files]
        for path in (hub.folder / "outbox" / name).iterdir():
            path.unlink()


# --- Connections --------------------------------------------------------------------------------


def hold(screen: httpx.Client, said: bytes, address: str = STRANGERS) -> socket.socket:
    """Open a connection, say something, and wait."""
    to = (screen.base_url.host, screen.base_url.port or 0)
    held = socket.create_connection(to, timeout=10, source_address=(address, 0))
    held.sendall(said)
    return held


def is_let_go(held: socket.socket) -> bool:
    try:
        return not held.recv(4096)
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "said", [b"", b"GET /metadata/timest", b"GET / HTTP/1.1\r\nHost: x\r\nA: "]
)
def test_a_request_that_never_begins_is_not_waited_for(
    screen: httpx.Client, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(visitor, "_HEAD_SECONDS", 0.3)
    monkeypatch.setattr(visitor, "_LOOK_SECONDS", 0.1)
    with hold(screen, said) as held:
        assert is_let_go(held)


def test_an_answer_that_nobody_reads_is_not_waited_for(
    hub: Hub, screen: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "_ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(visitor, "_LOOK_SECONDS", 0.1)
    whole = 64 << 20
    with (hub.folder / "targets" / "lao-bao" / "long.mp4").open("wb") as file:
        file.truncate(whole)
    with hold(screen, b"GET /targets/lao-bao/long.mp4 HTTP/1.1\r\nHost: x\r\n\r\n") as held:
        time.sleep(1)
        come = 0
        with suppress(ConnectionResetError):
            while piece := held.recv(1 << 20):
                come += len(piece)
    assert come < whole


def test_a_delivery_that_drips_is_not_waited_for(
    screen: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "_BODY_SECONDS", 0.2)
    head = f"PUT /outbox/led/health-{MARK}.json HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{{"
    with hold(screen, head.encode()) as held:
        assert b" 408 " in held.recv(4096).split(b"\r\n")[0]


def test_connections_of_one_address_leave_the_others_theirs(
    screen: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "_HEAD_SECONDS", 1e9)
    held = [hold(screen, b"") for _ in range(60)]
    assert screen.get("/metadata/timestamp.json").status_code == 200
    assert sum(is_let_go(each) for each in held[40:]) == 20
    for each in held:
        each.close()


MARK = "0123456789abcdef"
NO_DELIVERY = (
    "/outbox/led/other.json",
    "/outbox/led/health.json",
    f"/outbox/led/.health-{MARK}.json",
    f"/outbox/led/proof-{MARK}-1.jsonl.gz",
    f"/outbox/led/proof-{MARK}-١٢٣٤٥٦٧٨٩٠.jsonl.gz",
    f"/outbox/led/proof-{MARK}-0000000001.jsonl.gz%0A",
    f"/outbox/led/proof-{MARK.upper()}-0000000001.jsonl.gz",
    "/outbox/../metadata/timestamp.json",
    "/outbox/..%2Fmetadata/timestamp.json",
    f"/outbox/LED/health-{MARK}.json",
    f"/outbox/%2e%2e/health-{MARK}.json",
    "/metadata/timestamp.json",
    "/targets/lao-bao/x.mp4",
)


def test_nothing_else_can_be_written(hub: Hub, screen: httpx.Client) -> None:
    before = sorted(each for each in hub.folder.rglob("*"))
    for path in NO_DELIVERY:
        assert screen.put(path, content=b"x").status_code in {404, 405}, path
    assert sorted(each for each in hub.folder.rglob("*")) == before


def test_a_delivery_too_large_is_not_taken(hub: Hub, screen: httpx.Client) -> None:
    for name, largest in (
        (f"health-{MARK}.json", health.LARGEST),
        (f"proof-{MARK}-0000000001.jsonl.gz", proof.LARGEST),
    ):
        assert put(screen, (name, bytes(largest + 1))) == 413
    assert not (hub.folder / "outbox").exists()


def test_a_full_node_takes_no_delivery(
    screen: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_RESERVE", 1 << 60)
    assert put(screen, Device().health()) == 507
