"""Look at a photo with the product, and with the program that it runs for that alone, in turns.

python -m tests.bench.bench_look [rounds]
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from cluster_feed.adapters import stills

PHOTO = Path(__file__).parents[2] / "samples" / "mountain-meadow.jpg"


def _product() -> None:
    stills.look(PHOTO)


def _program() -> None:
    with PHOTO.open("rb") as content:
        subprocess.run(stills.darkroom_argv(), stdin=content, stdout=subprocess.DEVNULL, check=True)


def main(rounds: int = 30) -> None:
    """Print the median milliseconds of each and their ratio."""
    milliseconds: dict[str, list[float]] = {"look": [], "program": []}
    for _ in range(rounds):
        for name, look in (("look", _product), ("program", _program)):
            began = time.perf_counter()
            look()
            milliseconds[name].append((time.perf_counter() - began) * 1000)
    medians = {name: statistics.median(taken) for name, taken in milliseconds.items()}
    print(medians, f"ratio {medians['look'] / medians['program']:.2f}")  # noqa: T201  its answer


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
