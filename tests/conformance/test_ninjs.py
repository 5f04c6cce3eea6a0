"""IPTC's own cases for ninjs, and the whole of their suite where `NINJS_SUITE` says it lies."""

import json
import os
from pathlib import Path

import pytest

from cluster_feed.adapters.packages import schema

HERE = Path(__file__).parent / "ninjs"
SUITE = Path(os.environ.get("NINJS_SUITE") or HERE)
"""`validation/test_suite` of github.com/iptc/newsinjson."""


def cases(verdict: str) -> list[Path]:
    return sorted(
        path for version in ("3.0", "3.1") for path in SUITE.glob(f"{version}/{verdict}/*")
    )


def name(path: Path) -> str:
    return str(path.relative_to(SUITE))


@pytest.mark.parametrize("case", cases("should_pass"), ids=name)
def test_what_should_pass_passes(case: Path) -> None:
    assert list(schema.flaws(json.loads(case.read_bytes()))) == []


@pytest.mark.parametrize("case", cases("should_fail"), ids=name)
def test_what_should_fail_fails(case: Path) -> None:
    assert list(schema.flaws(json.loads(case.read_bytes())))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uri", "no address"),
        ("uri", "urn:có dấu"),
        ("firstCreated", "2026-02-30T00:00:00Z"),
        ("firstCreated", "2026-02-03"),
        ("firstCreated", "2026-02-03T00:00:00"),
        ("expires", "2026-02-03T00:00:00+07"),
        ("urgency", 10),
        ("place", "x"),
    ],
)
def test_a_flaw_names_its_field(field: str, value: object) -> None:
    (flaw,) = schema.flaws({"uri": "urn:uuid:0", field: value})
    assert field in flaw


def test_a_place_is_checked_as_geojson() -> None:
    place = {"name": "x", "geoJSON": {"type": "Point", "coordinates": [106.6, 16.6]}}
    document = {"uri": "urn:x:1", "places": [place]}
    assert not list(schema.flaws(document))
    place["geoJSON"] = {"type": "Point"}
    (flaw,) = schema.flaws(document)
    assert flaw.startswith("$.places[0].geoJSON: ")
