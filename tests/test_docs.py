"""The pages on clips keep up with the code."""

import re
import tomllib
from pathlib import Path

import pytest

from cluster_feed.adapters.encoders import Hardware
from cluster_feed.core.decision import Way
from cluster_feed.core.finding import Flaw
from cluster_feed.core.profile import DisplayProfile, Fit, Peaks
from cluster_feed.settings import Normalizing

ROOT = Path(__file__).parents[1]
PAGES = [
    (ROOT / "docs" / f"clips.{tongue}.md").read_text(encoding="utf-8") for tongue in ("vi", "en")
]
ON_EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=["vi", "en"])


def examples(page: str) -> list[dict[str, object]]:
    return [tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", page, re.DOTALL)]


@ON_EVERY_PAGE
def test_the_example_of_a_profile_has_every_key_and_can_be_loaded(page: str) -> None:
    profile, _ = examples(page)
    assert profile.keys() == DisplayProfile.model_fields.keys()
    DisplayProfile.model_validate(profile)


@ON_EVERY_PAGE
def test_the_example_of_settings_is_what_holds_without_it(page: str) -> None:
    _, settings = examples(page)
    assert Normalizing.model_validate(settings["normalizing"]) == Normalizing()
    assert settings["normalizing"] == Normalizing().model_dump(mode="json")


@ON_EVERY_PAGE
def test_every_word_that_may_be_written_or_read_is_explained(page: str) -> None:
    prose = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    assert {*Flaw, *Fit, *Way} <= set(re.findall(r"`([^`\n]+)`", prose))
    assert all(word in page for word in (*Peaks, *Hardware))


def test_both_pages_give_the_same_examples_and_commands() -> None:
    in_vietnamese, in_english = (examples(page) for page in PAGES)
    assert in_vietnamese == in_english
    told = [re.findall(r"cluster-feed [^`#\n]*[^`#\s]", page) for page in PAGES]
    assert told[0] == told[1]


def test_the_shipped_settings_name_every_key_of_normalizing() -> None:
    text = (ROOT / "deploy" / "cluster-feed.toml").read_text(encoding="utf-8")
    part = text.partition("[normalizing]")[2].partition("\n[")[0]
    shown = tomllib.loads(re.sub(r"^# (?=\w+ = )", "", part, flags=re.MULTILINE))
    assert shown == Normalizing().model_dump(mode="json")


def test_the_shipped_profiles_name_every_key_in_one_of_them() -> None:
    text = (ROOT / "profiles" / "lcd-1080p.toml").read_text(encoding="utf-8")
    assert set(re.findall(r"^(?:# )?(\w+) = ", text, re.MULTILINE)) == set(
        DisplayProfile.model_fields
    )
