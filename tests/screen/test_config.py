import re
from pathlib import Path

import pytest

from cluster_feed.core.errors import BadDocument
from cluster_feed.screen.config import ScreenConfig

DOCUMENT = """cluster = "lao-bao"
screen = "led"
profile = "led-wall"
gate = "Cửa khẩu quốc tế Lao Bảo"
source = "http://192.168.10.2:8080"
state = "/var/lib/cluster-feed-screen"
"""


def test_a_screens_document_is_read(tmp_path: Path) -> None:
    path = tmp_path / "screen.toml"
    path.write_text(DOCUMENT)
    config = ScreenConfig.load(path)
    assert config.outbox == Path("/var/lib/cluster-feed-screen/outbox/led")


@pytest.mark.parametrize("place", ["feed", "ftp://node", "http://", "http://node:port", ""])
def test_a_source_that_cannot_be_one_is_refused_with_its_line(tmp_path: Path, place: str) -> None:
    path = tmp_path / "screen.toml"
    path.write_text(DOCUMENT.replace("http://192.168.10.2:8080", place))
    with pytest.raises(BadDocument, match=r"screen.toml, line 5: “source” is not right"):
        ScreenConfig.load(path)


def test_the_example_of_a_screens_document_is_right_also_with_its_comments_taken_away(
    tmp_path: Path,
) -> None:
    example = Path(__file__).parents[2] / "deploy" / "screen" / "screen.toml"
    asked = ScreenConfig.load(example)
    spelled_out = tmp_path / "screen.toml"
    text = re.sub(r"^# (?=[a-z_]+ = )", "", example.read_text(encoding="utf-8"), flags=re.MULTILINE)
    spelled_out.write_text(text, encoding="utf-8")
    full = ScreenConfig.load(spelled_out)
    assert full.model_fields_set == ScreenConfig.model_fields.keys()
    optional = {"deliver_to", "audio_output", "outlets", "public_page"}
    assert full.model_dump(exclude=optional) == asked.model_dump(exclude=optional)
