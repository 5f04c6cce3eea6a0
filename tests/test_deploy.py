"""The documents that are shipped say what is true."""

import re
from pathlib import Path

import pytest

from cluster_feed.adapters import documents
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.cycle import CycleRules
from cluster_feed.core.errors import BadDocument
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


def test_the_node_that_is_shown_in_comments_is_one_that_can_be_read(tmp_path: Path) -> None:
    shipped = (DEPLOY.parent / "playlists" / "lao-bao.toml").read_text()
    before, section, node = shipped.partition("[node]")
    document = tmp_path / "lao-bao.toml"
    document.write_text(before + section + COMMENTED.sub(r"\1", node))
    read = documents.load(document, Cluster).node
    assert read.max_kbps == 8000
    assert [(each.start.hour, each.end.hour) for each in read.windows] == [(22, 5)]


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ('windows = [{ start = "22h", end = 05:00:00 }]', "06:30:00"),
        ("windows = [{ start = 22:00:00 }]", "end"),
        ("windows = [{ start = 22:00:00, end = 05:00:00, days = [] }]", "days"),
        ("windows = 5", "windows"),
        ("max_kbps = -1", "max_kbps"),
        ('max_kbps = "all"', "max_kbps"),
    ],
)
def test_a_node_s_hours_that_make_no_sense_are_told_with_their_line(
    tmp_path: Path, written: str, advice: str
) -> None:
    document = tmp_path / "lao-bao.toml"
    shipped = (DEPLOY.parent / "playlists" / "lao-bao.toml").read_text()
    document.write_text(f"{shipped}{written}\n")
    with pytest.raises(BadDocument) as caught:
        documents.load(document, Cluster)
    assert advice in str(caught.value)
    assert int(caught.value.facts["line"]) == len(shipped.splitlines()) + 1
