import gzip
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from cluster_feed.core import health, proof
from cluster_feed.core.device import mark_of
from cluster_feed.core.health import Picture, SignedHealth
from cluster_feed.core.proof import Proof
from cluster_feed.core.value import digest
from cluster_feed.screen import node
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


def test_strangers_take_neither_a_devices_place_nor_its_room(
    hub: Hub, screen: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device()
    assert put(screen, device.health()) == 204
    strangers = [Device() for _ in range(8)]
    assert [put(screen, each.health()) for each in strangers] == [204] * 7 + [507]
    monkeypatch.setattr(node, "_ROOM", 3000)
    noisy = strangers[0]
    rows = noisy.chain(60)
    taken = [put(screen, noisy.proof(rows[at : at + 5])) for at in range(0, 60, 5)]
    assert set(taken) == {201, 507}
    assert put(screen, device.proof(device.chain(5))) == 201


def test_a_device_that_fell_silent_gives_way_to_a_new_one(hub: Hub, screen: httpx.Client) -> None:
    devices = [Device() for _ in range(8)]
    for each in devices:
        assert put(screen, each.health()) == 204
    assert put(screen, devices[1].proof(devices[1].chain(1))) == 201
    folder = hub.folder / "outbox" / "led"
    for age, each in ((3, devices[1]), (2, devices[0])):
        os.utime(folder / each.health()[0], (1, time.time() - age * 90_000))
    assert put(screen, Device().health()) == 204
    assert not (folder / devices[0].health()[0]).exists()
    assert (folder / devices[1].health()[0]).exists()


def test_no_stranger_makes_folders_without_end(hub: Hub, screen: httpx.Client) -> None:
    taken = [put(screen, Device(screen=f"s{n}").health(), to=f"s{n}") for n in range(18)]
    assert taken == [204] * 16 + [507] * 2


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
    monkeypatch.setattr(node, "_RESERVE", 1 << 60)
    assert put(screen, Device().health()) == 507
