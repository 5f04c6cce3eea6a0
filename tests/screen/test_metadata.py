from pathlib import Path

import pytest

from cluster_feed.screen.metadata import LIMITS
from tests.bench.bench_metadata import cost, edition
from tests.trust import House, found


@pytest.fixture
def house(tmp_path: Path) -> House:
    return found(tmp_path)


def test_what_a_screen_fetches_does_not_grow_with_editions_that_are_past(
    house: House, tmp_path: Path
) -> None:
    fetched = []
    for number in range(1, 9):
        house.put(edition(number, 50), "an", "binh")
        fetched.append(cost(house, tmp_path / str(number), edition(number, 50)).byte_count)
    assert fetched[-1] <= fetched[0] + 100


def test_an_edition_of_ten_thousand_files_is_far_below_what_a_screen_reads_at_most(
    house: House, tmp_path: Path
) -> None:
    large = edition(1, 10_000)
    house.put(large, "an", "binh")
    assert cost(house, tmp_path / "trust", large).byte_count < LIMITS.targets_max_length / 5


def test_what_was_fetched_once_is_not_fetched_again(house: House, tmp_path: Path) -> None:
    house.put(edition(1, 200), "an", "binh")
    first = cost(house, tmp_path / "trust", edition(1, 200)).byte_count
    again = cost(house, tmp_path / "trust", edition(1, 200)).byte_count
    assert again < 2_000 < first
