import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from cluster_feed.screen import node
from tests.screen.hub import Hub, entry, playlist

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
    assert screen.put("/outbox/led/health.json", content=b"{}").is_success
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


def test_proof_is_taken_once_and_never_replaced(hub: Hub, screen: httpx.Client) -> None:
    path = "/outbox/led/proof-0000000001.jsonl"
    assert screen.put(path, content=b"one\n").status_code == 201
    assert screen.put(path, content=b"one\n").status_code == 204
    assert screen.put(path, content=b"two\n").status_code == 409
    folder = hub.folder / "outbox" / "led"
    assert (folder / "proof-0000000001.jsonl").read_bytes() == b"one\n"
    assert [each.name for each in folder.iterdir()] == ["proof-0000000001.jsonl"]


def test_health_is_replaced(hub: Hub, screen: httpx.Client) -> None:
    for content in (b"{}", b'{"at":1}'):
        assert screen.put("/outbox/led/health.json", content=content).status_code == 204
        assert (hub.folder / "outbox" / "led" / "health.json").read_bytes() == content


NO_DELIVERY = (
    "/outbox/led/other.json",
    "/outbox/led/.health.json",
    "/outbox/led/proof-1.jsonl",
    "/outbox/led/proof-١٢٣٤٥٦٧٨٩٠.jsonl",
    "/outbox/led/proof-0000000001.jsonl%0A",
    "/outbox/../metadata/timestamp.json",
    "/outbox/..%2Fmetadata/timestamp.json",
    "/outbox/LED/health.json",
    "/outbox/%2e%2e/health.json",
    "/metadata/timestamp.json",
    "/targets/lao-bao/x.mp4",
)


def test_nothing_else_can_be_written(hub: Hub, screen: httpx.Client) -> None:
    before = sorted(each for each in hub.folder.rglob("*"))
    for path in NO_DELIVERY:
        assert screen.put(path, content=b"x").status_code in {404, 405}, path
    assert sorted(each for each in hub.folder.rglob("*")) == before


def test_a_delivery_too_large_is_not_taken(hub: Hub, screen: httpx.Client) -> None:
    answer = screen.put("/outbox/led/health.json", content=bytes((8 << 20) + 1))
    assert answer.status_code == 413
    assert not (hub.folder / "outbox").exists()


def test_a_full_node_takes_no_delivery(
    screen: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "_RESERVE", 1 << 60)
    assert screen.put("/outbox/led/health.json", content=b"{}").status_code == 507
