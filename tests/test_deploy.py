"""The documents that are shipped say what is true."""

import re
from pathlib import Path

from cluster_feed.core.cycle import CycleRules
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.settings import FILE_NAME, Settings

DEPLOY = Path(__file__).parents[1] / "deploy"
COMMENTED = re.compile(r"^# ([a-z_]+ = )", re.MULTILINE)


def uncommented(document: Path, to: Path) -> Path:
    """The document with every `# key = default` line at work."""
    to.write_text(COMMENTED.sub(r"\1", document.read_text()))
    return to


def test_the_settings_that_are_shown_in_comments_are_the_defaults(tmp_path: Path) -> None:
    shipped = DEPLOY / FILE_NAME
    (tmp_path / FILE_NAME).write_text(shipped.read_text())
    plain = Settings.load(tmp_path)
    uncommented(shipped, tmp_path / FILE_NAME)
    assert Settings.load(tmp_path) == plain
    assert plain.cycle == CycleRules()


def test_the_screens_example_is_one_and_shows_the_defaults(tmp_path: Path) -> None:
    shipped = DEPLOY / "screen" / "screen.toml"
    plain = ScreenConfig.load(shipped)
    said = ScreenConfig.load(uncommented(shipped, tmp_path / "screen.toml"))
    chosen_by_hand = {"deliver_to", "video_output", "audio_output"}
    assert said.model_dump(exclude=chosen_by_hand) == plain.model_dump(exclude=chosen_by_hand)
