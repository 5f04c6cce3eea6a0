"""A long and lossy line between two hosts that are network namespaces of this machine.

Real TCP of the kernel, with its real congestion control, meets a delay and a loss that are drawn
from a seed.  Each host has a TUN device; a process carries the packets between the two.  Needs
root and /dev/net/tun, and leaves the machine's own network alone.

python -m tests.lossy_line HUB_FD NODE_FD DELAY_SECONDS LOSS BYTES_A_SECOND SEED   carries packets
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from cluster_feed.core.cluster import Node
from demo.gates import open_gate

HUB_ADDRESS, NODE_ADDRESS = "10.98.0.1", "10.98.0.2"
_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_TUN_WITHOUT_HEADER = 0x1001
_LARGEST_PACKET = 2048
_QUEUE_SECONDS = 0.1
"""How long a packet may wait for the line before it is dropped: a router's buffer."""


class Line(NamedTuple):
    """One way of a line: 75 ms each way are a round trip of 150 ms."""

    delay_seconds: float = 0.075
    loss: float = 0.01
    bytes_a_second: float = 12_500_000
    seed: int = 1


class Far:
    """The node's end of a line."""

    def __init__(self, hub: int, node: int, carrier: subprocess.Popen[bytes]) -> None:
        self._hub = hub
        self._node = node
        self._carrier = carrier

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Let this thread, and what it starts, live at the node."""
        _enter(self._node)
        try:
            yield
        finally:
            _enter(self._hub)

    def cut(self) -> None:
        """Let nothing pass any more, in silence."""
        self._carrier.terminate()
        self._carrier.wait()


@contextmanager
def far_gate(line: Line, congestion_control: str, admitted: str) -> Iterator[tuple[Far, Node]]:
    """Open a gate at the far end of a line, and let this thread live at the hub's end."""
    with lossy_line(line, congestion_control) as far, ExitStack() as stack:
        with far.inside():
            gate = open_gate("far", admitted, settings=f"ListenAddress {NODE_ADDRESS}\n")
            node = stack.enter_context(gate).node
        yield far, node.model_copy(update={"host": NODE_ADDRESS})


@contextmanager
def lossy_line(line: Line, congestion_control: str) -> Iterator[Far]:
    """Let this thread live at the hub's end of a line."""
    with ExitStack() as stack:
        home = _here()
        stack.callback(os.close, home)
        stack.callback(_enter, home)
        node_tun, node = _host(NODE_ADDRESS, HUB_ADDRESS, congestion_control)
        hub_tun, hub = _host(HUB_ADDRESS, NODE_ADDRESS, congestion_control)
        for each in (node_tun, node, hub_tun, hub):
            stack.callback(os.close, each)
        carrier = subprocess.Popen(
            [sys.executable, "-m", "tests.lossy_line", *map(str, (hub_tun, node_tun, *line))],
            pass_fds=(hub_tun, node_tun),
            cwd=Path(__file__).parents[1],
        )
        stack.callback(carrier.wait)
        stack.callback(carrier.terminate)
        yield Far(hub, node, carrier)


def _host(address: str, peer: str, congestion_control: str) -> tuple[int, int]:
    """Make a namespace with one end of a line and enter it; give its device and itself."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "a line between namespaces needs root")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", b"line", _TUN_WITHOUT_HEADER))
    for command in (
        "ip link set lo up",
        f"ip addr add {address} peer {peer} dev line",
        "ip link set line mtu 1500 txqueuelen 1000 up",
    ):
        subprocess.run(command.split(), check=True)
    Path("/proc/sys/net/ipv4/tcp_congestion_control").write_text(congestion_control)
    return tun, _here()


def _here() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def _enter(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _carry(ends: tuple[int, int], line: Line) -> None:
    chance = random.Random(line.seed)  # noqa: S311  a line, not a secret
    to = {ends[0]: ends[1], ends[1]: ends[0]}
    free_at = dict.fromkeys(ends, 0.0)
    on_the_way: list[tuple[float, int, int, bytes]] = []
    number = 0
    while True:
        wait = on_the_way[0][0] - time.monotonic() if on_the_way else None
        ready, _, _ = select.select(ends, (), (), wait if wait is None else max(0, wait))
        now = time.monotonic()
        for end in ready:
            packet = os.read(end, _LARGEST_PACKET)
            begin = max(now, free_at[end])
            if begin - now > _QUEUE_SECONDS or chance.random() < line.loss:
                continue
            free_at[end] = begin + len(packet) / line.bytes_a_second
            number += 1
            arrival = free_at[end] + line.delay_seconds
            heapq.heappush(on_the_way, (arrival, number, to[end], packet))
        while on_the_way and on_the_way[0][0] <= now:
            _, _, end, packet = heapq.heappop(on_the_way)
            os.write(end, packet)


def main(hub: str, node: str, *line: str) -> None:
    """Carry packets until told to end."""
    delay, loss, bytes_a_second, seed = line
    _carry((int(hub), int(node)), Line(float(delay), float(loss), float(bytes_a_second), int(seed)))


if __name__ == "__main__":
    main(*sys.argv[1:])
