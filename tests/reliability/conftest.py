from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.scene import in_memory


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory: what is tried is never this machine's disk."""
    with in_memory() as folder:
        yield folder
