"""The documents that are shipped say what is true."""

import re
from pathlib import Path

from cluster_feed.core.cycle import CycleRules
from cluster_feed.settings import FILE_NAME, Settings

DEPLOY = Path(__file__).parents[1] / "deploy"
COMMENTED = re.compile(r"^# ([a-z_]+ = )", re.MULTILINE)


def test_the_settings_that_are_shown_in_comments_are_the_defaults(tmp_path: Path) -> None:
    shipped = (DEPLOY / FILE_NAME).read_text()
    (tmp_path / FILE_NAME).write_text(shipped)
    plain = Settings.load(tmp_path)
    (tmp_path / FILE_NAME).write_text(COMMENTED.sub(r"\1", shipped))
    assert Settings.load(tmp_path) == plain
    assert plain.cycle == CycleRules()
