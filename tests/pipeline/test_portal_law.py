"""Whatever happens between packages, the portal holds what the last approved editions say."""

import io
import json
import tempfile
import zipfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from cluster_feed.core.asset import Kind
from cluster_feed.core.package import urn
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import syndicate
from cluster_feed.workspace import Workspace
from tests.pipeline.test_syndicate import (
    NOW,
    SETTINGS,
    admitted,
    caption,
    published,
    rendered,
    says,
)

ASSETS = 2
TERMS = ("Tự do", "Ghi nguồn khi đăng lại")
WHICH = st.integers(0, ASSETS - 1)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("write"), WHICH, st.sampled_from(["Lan", "Minh"])),
        st.tuples(st.just("terms"), WHICH, st.sampled_from(["", TERMS[0]])),
        st.tuples(st.just("propose"), WHICH, st.booleans()),
        st.tuples(st.just("declare"), WHICH, st.booleans()),
        st.tuples(st.just("withdraw"), WHICH, st.booleans()),
    ),
    max_size=3,
)
PUBLISHED = st.lists(
    st.tuples(st.just("publish"), st.frozensets(WHICH, min_size=1), st.none()), max_size=2
)
LOOK = ("look", None, None)
Step = tuple[str, object, object]
ROUND = st.tuples(CHANGES, PUBLISHED, CHANGES, st.just([LOOK]))
STEPS = st.lists(ROUND, min_size=1, max_size=4).map(
    lambda rounds: [step for each in rounds for part in each for step in part]
)
BOTH = ("publish", frozenset({0, 1}), None)


@dataclass
class Portal:
    """What somebody has who does what the packages say, by asset."""

    has: dict[str, str] = field(default_factory=dict)

    def take(self, package: Path) -> None:
        with zipfile.ZipFile(package) as bag:
            data = f"{package.stem}/data"
            told = json.loads(bag.read(f"{data}/catalogue.jsonld"))
            for back in told.get("potentialAction", ()):
                assert self.has.pop(back["object"]["@id"], None)
            for item in told.get("hasPart", ()):
                said = json.loads(bag.read(f"{data}/{item['url']}"))
                terms = next(each for each in TERMS if each in said["usageInfo"]["text"])
                self.has[said["@id"]] = f"{said['creator']['name']}: {terms}"


@dataclass
class Should:
    """What the portal should have, thought out plainly."""

    has: dict[str, str] = field(default_factory=dict)
    waiting: list[dict[str, dict[str, object]]] = field(default_factory=list)

    def look(self, now: dict[str, dict[str, object]], withdrawn: set[str]) -> None:
        barred = withdrawn | {pk for pk, said in now.items() if not said["no_state_secrets"]}
        dropped = {pk for pk, said in now.items() if not said["vietnam_vn"]}
        back: set[str] = set()
        for edition in self.waiting:
            for pk, said in edition.items():
                if not said["vietnam_vn"]:
                    self.has.pop(pk, None)
                elif pk not in barred | dropped and said["usage_terms"]:
                    self.has[pk] = f"{said['creator']}: {said['usage_terms']}"
            back = barred | dropped
        if barred & self.has.keys():
            back = barred | dropped
        self.has = {pk: name for pk, name in self.has.items() if pk not in back}
        self.waiting.clear()


@pytest.mark.usefixtures("database")
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
@example(steps=[BOTH, LOOK, ("propose", 0, False), BOTH, ("propose", 0, True)])
@example(steps=[BOTH, LOOK, ("write", 0, "Lan"), LOOK, ("terms", 1, ""), BOTH])
@example(steps=[BOTH, ("write", 0, "Lan"), ("terms", 1, "")])
@example(steps=[BOTH, ("withdraw", 0, True), LOOK, ("withdraw", 0, False), LOOK, BOTH])
@example(steps=[BOTH, LOOK, ("propose", 0, False), ("declare", 1, False)])
def test_the_portal_holds_what_the_last_approved_editions_say(
    steps: list[Step],
) -> None:
    call_command("flush", verbosity=0, interactive=False)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "cluster-feed.toml").write_text(SETTINGS, encoding="utf-8")
        for name in ("profiles", "playlists"):
            (root / name).mkdir()
        _walk(Workspace.load(root), [*steps, LOOK])


def _walk(workspace: Workspace, steps: list[Step]) -> None:
    rows = [_photo(workspace, number) for number in range(ASSETS)]
    portal, should, now = Portal(), Should(), NOW
    for act, which, what in steps:
        now += timedelta(hours=1)
        for row in rows:
            row.refresh_from_db()
        if isinstance(which, int):
            _changed(rows[which], act, what)
        elif isinstance(which, frozenset):
            published(*(rows[each] for each in which), name=f"e-{now:%m%d%H}", clusters=("x",))
            should.waiting.append({rows[each].pk: rows[each].caption for each in which})
        else:
            came = syndicate.run(workspace, now)
            assert not came.refused
            withdrawn = set(ledger.Withdrawal.objects.values_list("asset_id", flat=True))
            for package in came.packages:
                portal.take(package)
                assert portal.has.keys().isdisjoint(map(urn, withdrawn))
            should.look({row.pk: row.caption for row in rows}, withdrawn)
            assert portal.has == {urn(pk): name for pk, name in should.has.items()}


def _changed(row: ledger.Asset, act: str, what: object) -> None:
    if act == "withdraw":
        ledger.Withdrawal.objects.filter(asset=row).delete()
        if what:
            ledger.Withdrawal.objects.create(asset=row, at=NOW, by="lan", reason="?")
    else:
        field_of = {
            "write": "creator",
            "terms": "usage_terms",
            "propose": "vietnam_vn",
            "declare": "no_state_secrets",
        }
        says(row, **{field_of[act]: what})


def _photo(workspace: Workspace, number: int) -> ledger.Asset:
    path = workspace.root / f"{number}.jpg"
    made = io.BytesIO()
    Image.new("RGB", (32, 18), (90 * number, 0, 0)).save(made, "JPEG")
    path.write_bytes(made.getvalue())
    row = admitted(workspace, path, Kind.PHOTO, caption())
    rendered(workspace, row, "lcd-1080p", (32, 18))
    return row
