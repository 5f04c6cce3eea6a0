"""The scripts that make a machine a node or a screen, run without touching the machine."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

KITS = Path(__file__).parents[1] / "deploy"


def install(kit: Path, root: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a kit's script with the machine's files below a folder."""
    return subprocess.run(
        [kit / "install.sh", *arguments],
        env={**os.environ, "ROOT": str(root)},
        check=False,
        capture_output=True,
        text=True,
    )


@contextmanager
def lending(account: str) -> Iterator[None]:
    """Take away at the end the account that a script makes, unless the machine had it.

    The account is the machine's: tests that borrow it lie in one file, which has one worker.
    """
    if os.geteuid():
        pytest.skip("making accounts needs root")
    there = account in {each.pw_name for each in pwd.getpwall()}
    try:
        yield
    finally:
        if not there:
            subprocess.run(["userdel", account], check=True, capture_output=True)
