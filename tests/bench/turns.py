"""Take several acts in turns, and compare what each cost."""

# ruff: noqa: T201  a bench's answer

import os
import statistics
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cluster_feed.adapters import process


class Cost(NamedTuple):
    """Medians in seconds, the processes that were started included."""

    wall: float
    cpu: float


def in_turns(rounds: int, acts: Iterable[Callable[[], object]]) -> dict[str, Cost]:
    """Take the acts one after another, so many times, and print what each cost.

    Without bubblewrap, which hides the processor's time of what it runs.
    """
    process.sandboxed = lambda: False  # type: ignore[assignment]
    taken: dict[str, list[Cost]] = {act.__name__: [] for act in acts}
    for _ in range(rounds):
        for act in acts:
            taken[act.__name__].append(cost_of(act))
    costs = {
        name: Cost(*(statistics.median(column) for column in zip(*all_, strict=True)))
        for name, all_ in taken.items()
    }
    for name, cost in costs.items():
        print(f"{name:24} wall {cost.wall:7.2f} s   CPU {cost.cpu:7.2f} s")
    print(f"load {os.getloadavg()[0]:.1f}, {rounds} rounds")
    return costs


def cost_of(act: Callable[[], object]) -> Cost:
    """Do it once."""
    began, before = time.perf_counter(), os.times()
    act()
    wall, after = time.perf_counter() - began, os.times()
    return Cost(wall, sum(after[:4]) - sum(before[:4]))


def compare(
    costs: dict[str, Cost],
    title: str,
    over: str,
    under: str,
    *,
    wall: str = "",
    cpu: str = "",
) -> None:
    """Print the ratio of two sums of acts, in time and in processor, and whether bars were kept.

    A bar is written as "<= 0.5".
    """
    ratios = (
        sum(costs[act][column] for act in over.split())
        / sum(costs[act][column] for act in under.split())
        for column in (0, 1)
    )
    said = (
        f"{name} {ratio:6.3f} {judged(ratio, bar) if bar else '':16}"
        for name, ratio, bar in zip(("wall", "CPU"), ratios, (wall, cpu), strict=True)
    )
    print(f"{title:44} {'  '.join(said)}".rstrip())


def judged(value: float, bar: str) -> str:
    """Say whether a value keeps a bar, such as "<= 0.5" or ">= 8"."""
    sign, limit = bar.split()
    kept = value <= float(limit) if sign == "<=" else value >= float(limit)
    return f"{bar} {'kept' if kept else 'MISSED'}"
