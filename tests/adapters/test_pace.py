import asyncio
from contextlib import suppress

from hypothesis import given, settings
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
        entered = await pace.enter(size)
        silence = size / bytes_a_second
        clock.seconds += silence
        pace.leave(size, entered)
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
            entered = await pace.enter(size)
            under_way += size
            assert under_way <= 1 << 20
            await asyncio.sleep(0)
            under_way -= size
            pace.leave(size, entered)

        await asyncio.gather(*map(request, sizes))

    asyncio.run(scenario())


def test_a_long_line_is_filled_and_a_near_server_is_not_flooded() -> None:
    async def under_way_at_most(seconds: float) -> int:
        clock = Clock()
        pace = Pace(LARGEST, clock=clock)
        entered = await pace.enter(LARGEST)
        clock.seconds += seconds
        pace.leave(LARGEST, entered)
        under_way = 0
        with suppress(TimeoutError):
            while True:
                await asyncio.wait_for(pace.enter(1 << 15), 0.01)
                under_way += 1 << 15
        return under_way

    assert asyncio.run(under_way_at_most(0.001)) < 1 << 20
    assert asyncio.run(under_way_at_most(0.15)) == 3 << 20


@settings(deadline=None)
@given(
    st.floats(min_value=5_000, max_value=5_000_000),
    st.floats(min_value=0, max_value=0.5),
    st.lists(st.floats(min_value=0, max_value=3), max_size=20),
)
def test_a_capped_link_carries_its_allowance_within_a_tenth_and_no_more(
    allowance: float, oversleeps: float, stalls: list[float]
) -> None:
    """However late the loop wakes, and whatever stalls there were before."""
    clock = Clock()

    async def sleep(seconds: float) -> None:
        clock.seconds += seconds + oversleeps

    async def scenario() -> None:
        pace = Pace(LARGEST, allowance, clock, sleep)
        for stall in stalls:
            clock.seconds += stall
            pace.leave(1000, await pace.enter(1000))
        began, carried = clock.seconds, 0
        while clock.seconds - began < 10 or carried < 40 * LARGEST:
            size = pace.request_bytes
            entered = await pace.enter(size)
            carried += size
            pace.leave(size, entered)
            seconds = clock.seconds - began
            assert carried <= allowance * (seconds + 1) + 2 * LARGEST
        assert carried >= 0.9 * allowance * seconds - LARGEST

    asyncio.run(scenario())


def test_what_nobody_waits_for_any_more_is_in_nobody_s_way() -> None:
    async def scenario() -> None:
        pace = Pace(LARGEST)
        await pace.enter(LARGEST)
        await pace.enter(LARGEST)
        pace.rest()
        for _ in range(20):
            pace.leave(LARGEST, await asyncio.wait_for(pace.enter(LARGEST), 1))

    asyncio.run(scenario())
