"""What several rooms' tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import cluster_feed.web  # noqa: F401  first: it names Django's settings
from cluster_feed.ledger.connect import connect


@pytest.fixture(scope="session")
def ledger_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The ledger that every test of a run shares, one after the other."""
    url = f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.sqlite3'}"
    connect(url)
    return url


@pytest.fixture
def database(ledger_url: str) -> Iterator[None]:
    """An empty ledger for one test."""
    from django.core.management import call_command  # noqa: PLC0415  needs the connection

    yield
    call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real clips and photos."""
    return Path(__file__).parents[1] / "samples"
