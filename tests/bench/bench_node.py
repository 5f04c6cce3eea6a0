"""Five hundred screens at one node: how long each waits, while proof is handed over too.

    python -m tests.bench.bench_node [screens] [seconds]

The node is the product's own, a process on loopback kept to two cores; the screens are tasks of
another process.  Each screen has a name, a device and an address of its own, and looks every 30
seconds, at a moment of its own, as screens that were started one after another do: it asks for
timestamp.json, and hands over a new account of itself and a new file of proof.  Each request has a
connection of its own.  Prints, for each kind, calls, p50, p99 and the longest in milliseconds,
and what was answered otherwise than it should be.
"""

import asyncio
import multiprocessing
import os
import random
import resource
import socket
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx
import uvicorn

from cluster_feed.screen import node
from tests.device import Device
from tests.screen.hub import Hub

_EVERY: Final = 30.0
_ROWS: Final = 20
_GOOD: Final = {200, 201, 204}
_FORK = multiprocessing.get_context("fork")


def serve(folder: Path, taken: socket.socket) -> None:
    """Run the node on its two cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    uvicorn.Server(node.server_config(folder, "127.0.0.1", 0)).run([taken])


class Screens:
    """All of them, and how long they waited."""

    def __init__(self, url: str, count: int, seconds: float) -> None:
        self._count, self._looks = count, int(seconds / _EVERY) + 1
        self.waited: dict[str, list[float]] = defaultdict(list)
        self.other: dict[str, int] = defaultdict(int)
        self._url = url
        self._reports = [self._files(Device(screen=f"s{number}")) for number in range(count)]
        self._ends = time.monotonic() + seconds

    def _files(self, device: Device) -> list[list[tuple[str, bytes]]]:
        """What a device hands over, look by look."""
        rows = device.chain(_ROWS * self._looks)
        return [
            [
                _to(device, device.health(serial=look + 1, at=datetime.now(UTC))),
                _to(device, device.proof(rows[look * _ROWS : (look + 1) * _ROWS])),
            ]
            for look in range(self._looks)
        ]

    async def run(self) -> None:
        """Look, each at its moment, until the end."""
        await asyncio.gather(*(self._screen(number) for number in range(self._count)))

    async def _screen(self, number: int) -> None:
        transport = httpx.AsyncHTTPTransport(
            local_address=f"127.0.{number // 250 + 1}.{number % 250 + 1}",
            limits=httpx.Limits(max_keepalive_connections=0),
            verify=False,
        )
        client = httpx.AsyncClient(
            base_url=self._url, transport=transport, trust_env=False, timeout=30
        )
        async with client:
            await self._looks_of(client, self._reports[number])

    async def _looks_of(
        self, client: httpx.AsyncClient, reports: list[list[tuple[str, bytes]]]
    ) -> None:
        await asyncio.sleep(random.uniform(0, _EVERY))  # noqa: S311  a moment
        for look in range(self._looks):
            began = time.monotonic()
            if began > self._ends:
                return
            await self._ask(client, "GET", "metadata/timestamp.json")
            for path, content in reports[look]:
                await self._ask(client, "PUT", path, content)
            await asyncio.sleep(max(0, began + _EVERY - time.monotonic()))

    async def _ask(
        self, client: httpx.AsyncClient, method: str, path: str, content: bytes | None = None
    ) -> None:
        what, began = path.rsplit("/", maxsplit=1)[-1].split("-", maxsplit=1)[0], time.monotonic()
        try:
            answer = await client.request(method, path, content=content)
        except httpx.HTTPError as error:
            self.other[f"{what}: {type(error).__name__}"] += 1
            return
        self.waited[what].append(time.monotonic() - began)
        if answer.status_code not in _GOOD:
            self.other[f"{what}: {answer.status_code}"] += 1


def _to(device: Device, file: tuple[str, bytes]) -> tuple[str, bytes]:
    return f"outbox/{device.screen}/{file[0]}", file[1]


def main(screens: int = 500, seconds: float = 45) -> None:
    """Measure."""
    with TemporaryDirectory() as folder:
        hub = Hub(Path(folder) / "feed")
        taken = socket.create_server(("127.0.0.1", 0), backlog=2048)
        serving = _FORK.Process(target=serve, args=(hub.folder, taken))
        serving.start()
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        try:
            asked = Screens(url, screens, seconds)
            asyncio.run(asked.run())
        finally:
            serving.terminate()
            serving.join()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    for what, waited in sorted(asked.waited.items()):
        waited.sort()
        p50, p99 = (1000 * waited[int(part * (len(waited) - 1))] for part in (0.5, 0.99))
        times = f"p50 {p50:6.1f}  p99 {p99:6.1f}  longest {1000 * waited[-1]:6.1f}"
        say(f"{what:16} {len(waited):6} calls  {times}")
    calls = sum(map(len, asked.waited.values()))
    cpu = 1000 * (spent.ru_utime + spent.ru_stime) / max(calls, 1)
    say(f"{cpu:.1f} ms of the node's CPU a call, its start included")
    say(f"otherwise: {dict(asked.other) or 'nothing'}; load {os.getloadavg()[0]:.1f}")


def say(words: str) -> None:
    """Print a line now."""
    print(words, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
