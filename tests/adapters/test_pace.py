import asyncio

from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.adapters.sftp.pace import Pace

LARGEST = 128 << 10


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.seconds = 1.0

    def __call__(self) -> float:
        return self.seconds


async def _carry(bytes_a_second: float, total: int) -> tuple[int, float]:
    """Drive a link of a given speed; give the last request's size and the longest silence."""
    clock, longest, carried = Clock(), 0.0, 0
    pace = Pace(LARGEST, clock=clock)
    while carried < total:
        size = pace.request_bytes
        await pace.enter(size)
        silence = size / bytes_a_second
        clock.seconds += silence
        pace.leave(size)
        longest, carried = max(longest, silence), carried + size
    return pace.request_bytes, longest


@given(st.floats(min_value=3_000, max_value=1e9))
def test_a_working_link_is_never_silent_as_long_as_a_dead_one(bytes_a_second: float) -> None:
    _, longest = asyncio.run(_carry(bytes_a_second, 1 << 20))
    assert longest < 15


def test_a_fast_link_gets_the_largest_requests() -> None:
    size, _ = asyncio.run(_carry(10_000_000, 1 << 22))
    assert size == LARGEST


def test_a_slow_link_gets_small_ones() -> None:
    size, longest = asyncio.run(_carry(8_000, 1 << 20))
    assert size == 16 << 10
    assert longest < 5


@given(st.lists(st.integers(min_value=1, max_value=LARGEST), min_size=1, max_size=40))
def test_no_more_than_a_megabyte_is_under_way_and_nobody_waits_for_ever(sizes: list[int]) -> None:
    async def scenario() -> None:
        pace, under_way = Pace(LARGEST), 0

        async def request(size: int) -> None:
            nonlocal under_way
            await pace.enter(size)
            under_way += size
            assert under_way <= 1 << 20
            await asyncio.sleep(0)
            under_way -= size
            pace.leave(size)

        await asyncio.gather(*map(request, sizes))

    asyncio.run(scenario())
