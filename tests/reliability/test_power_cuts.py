from pathlib import Path

import pytest

from cluster_feed.adapters import store
from cluster_feed.core.errors import FeedDamaged, ScreenError
from cluster_feed.screen import agent, blobs
from tests.reliability.power_cuts import Kills, hubs_on_a_lossy_disk, screens_on_a_lossy_disk


def rename_alone(made: Path, name: Path, mode: int = 0o644) -> None:
    """What looks as good until the power goes."""
    made.chmod(mode)
    made.replace(name)


def test_a_screen_on_a_disk_that_forgets_plays_the_old_edition_or_the_new_one(
    tmp_path: Path,
) -> None:
    told = screens_on_a_lossy_disk(tmp_path, seed=1)
    assert told["edition 5"] > 50
    assert told["edition 6"] > 20


def test_a_hub_on_a_disk_that_forgets_has_published_or_has_not(tmp_path: Path) -> None:
    told = hubs_on_a_lossy_disk(tmp_path, seed=1)
    assert told["published"] > 5
    assert told["not yet"] > 20


@pytest.mark.parametrize("module", [store, blobs])
def test_the_disk_that_forgets_finds_a_rename_without_fsync(
    tmp_path: Path, module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "make_visible", rename_alone)
    with pytest.raises((AssertionError, ScreenError, FileNotFoundError, ValueError, KeyError)):
        screens_on_a_lossy_disk(tmp_path, seed=1)


def test_the_disk_that_forgets_finds_a_hub_that_does_not_fsync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "make_visible", rename_alone)
    with pytest.raises(FeedDamaged):
        hubs_on_a_lossy_disk(tmp_path, seed=1)


def test_the_disk_that_forgets_finds_a_switch_whose_folder_was_not_fsynced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent, "fsync_folder", lambda _folder: None)
    # The old edition is linked, and only the new one may play.
    with pytest.raises((KeyError, AssertionError)):
        screens_on_a_lossy_disk(tmp_path, seed=1)


def test_hub_node_and_screen_killed_at_random_tear_nothing(tmp_path: Path) -> None:
    told = Kills(tmp_path, seed=4).run(9)
    assert sum(told[f"{name} killed"] for name in ("hub", "node", "screen")) == 9
