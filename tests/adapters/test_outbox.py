import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster_feed.adapters import keys
from cluster_feed.adapters.sftp import outbox
from cluster_feed.adapters.sftp.link import open_link
from cluster_feed.adapters.sftp.ssh import Patience
from demo.gates import Gate, open_gate

PATIENCE = Patience(connect_seconds=5, keepalive_seconds=1, keepalive_count=2)
FIRST, SECOND = "1" * 16, "2" * 16


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "key"
    keys.create_ssh(path)
    return path


@pytest.fixture(scope="module")
def one_gate(key: Path) -> Iterator[Gate]:
    with open_gate("lao-bao", key.with_suffix(".pub").read_text(), screens=["led"]) as opened:
        yield opened


@pytest.fixture
def left(one_gate: Gate) -> Iterator[Path]:
    """The outbox on the node, empty again after a test."""
    folder = one_gate.feed / "outbox" / "led"
    yield folder
    for each in folder.iterdir():
        each.unlink()


def proof(mark: str, row: int) -> str:
    return f"proof-{mark}-{row:010}.jsonl.gz"


def visit(gate: Gate, key: Path, into: Path) -> int:
    async def act() -> int:
        async with open_link("lao-bao", gate.node, key, PATIENCE) as link:
            return await outbox.collect(link, "led", into)

    return asyncio.run(act())


def test_health_comes_first_and_each_devices_rows_in_their_order(
    one_gate: Gate, key: Path, left: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_MOST_BYTES", 2_500)
    for row in (5, 1, 3, 2):
        (left / proof(FIRST, row)).write_bytes(bytes(1000))
    (left / f"health-{SECOND}.json").write_bytes(b"{}")
    assert visit(one_gate, key, tmp_path) == 3
    assert {path.name for path in tmp_path.iterdir()} == {
        f"health-{SECOND}.json",
        *(proof(FIRST, row) for row in (1, 2)),
    }


def test_what_waits_for_a_person_fills_neither_the_hub_nor_anothers_room(
    one_gate: Gate, key: Path, left: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_ROOM", 2_500)
    for mark in (FIRST, SECOND):
        for row in range(1, 5):
            (left / proof(mark, row)).write_bytes(bytes(1000 if row != 4 else 100))
    assert visit(one_gate, key, tmp_path) == 4
    assert visit(one_gate, key, tmp_path) == 0
    for row in (1, 2):  # the second device was admitted, and its files are read
        (tmp_path / proof(SECOND, row)).unlink()
    assert visit(one_gate, key, tmp_path) == 2
    waiting = {path.name for path in left.iterdir()}
    assert waiting == {proof(FIRST, row) for row in (3, 4)}


def test_a_node_that_names_devices_without_end_is_heard_in_part(
    one_gate: Gate, key: Path, left: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(60):
        (left / f"health-{number:016x}.json").write_bytes(b"{}")
        (left / f"junk-{number}").write_bytes(b"?")
    (left / proof(FIRST, 1)).write_bytes(bytes((1 << 20) + 1))
    assert visit(one_gate, key, tmp_path) == 16
    (told,) = [record.getMessage() for record in caplog.records if "not ours" in record.msg]
    assert "61 files" in told
