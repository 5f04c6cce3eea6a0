from pathlib import Path

import pytest
from django.db import connection
from typer.testing import CliRunner, Result

from cluster_feed.cli import app
from cluster_feed.console import TONGUE
from cluster_feed.core.bilingual import decimal
from cluster_feed.core.caption import Missing
from cluster_feed.core.edition import State
from cluster_feed.core.errors import BadPersonName, KeysMissing, Superseded
from cluster_feed.core.finding import Finding, Flaw
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, publish
from cluster_feed.workspace import Workspace
from tests.material import measured, media
from tests.office import PEOPLE, approve_by, approved, draft, installed, opened
from tests.trust import NOW

pytestmark = pytest.mark.usefixtures("database")

YEARS_AHEAD = "2999-01"


def settings() -> str:
    return f'database_url = "sqlite:///{connection.settings_dict["NAME"]}"\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return opened(tmp_path / "hub", settings())


def say(workspace: Workspace, *words: str, typed: str = "") -> Result:
    environment = {"CLUSTER_FEED_PASSPHRASE": PEOPLE["an"]}
    arguments = ["-w", str(workspace.root), *words]
    return CliRunner(env=environment).invoke(app, arguments, input=typed)


def test_publishing_says_what_waits_for_its_day(workspace: Workspace) -> None:
    approved(workspace, YEARS_AHEAD, cycle=YEARS_AHEAD)
    said = say(workspace, "publish")
    assert said.exit_code == 0
    assert YEARS_AHEAD in said.output
    assert "25/01/2999 18:00" in said.output


def test_publishing_fails_while_an_approved_edition_is_kept_from_going_out(
    workspace: Workspace,
) -> None:
    draft(workspace, "2026-01")
    late = approve.submit(workspace, NOW, "2026-01", "duong").number
    approved(workspace, "2026-01-b")
    publish.run(workspace, NOW)
    for person in ("an", "binh"):
        approve_by(workspace, "2026-01", person)
    says = Superseded(edition="2026-01", number=late, live=late + 1).message(TONGUE)
    for _ in range(2):
        said = say(workspace, "publish")
        assert said.exit_code == 1
        assert says in said.output
    assert says in say(workspace, "status").output
    assert say(workspace, "return", "2026-01", "--as", "an", "--reason", "cũ").exit_code == 0
    assert say(workspace, "publish").exit_code == 0


def test_what_was_found_in_a_clip_is_read_before_it_is_approved(workspace: Workspace) -> None:
    shown = draft(workspace, "2026-01").programmes.all()[0].to_value().entries[0]
    finding = Finding(flaw=Flaw.FREEZE, from_seconds=62, to_seconds=70, still="e" * 64)
    asset = ledger.Asset.objects.create(
        sha256=shown.asset, kind="video", name="a.mp4", byte_count=1, received_at=NOW,
        newsroom="dai", media=measured(media(20)).model_dump(mode="json"), caption={},
    )  # fmt: skip
    profile = next(iter(shown.blobs))
    asset.renditions.create(
        profile=profile,
        recipe="r",
        made_at=NOW,
        decision="keep: it fits",
        findings=[finding.model_dump(mode="json")],
    )
    assert finding.says.to(TONGUE) in say(workspace, "show", "2026-01").output
    about, loud = say(workspace, "asset", shown.asset[:12]), decimal(-27.8).to(TONGUE)
    for word in ("keep: it fits", "1:02.0-1:10.0", "store/ee", "h264 960x540", f"{loud} LUFS"):
        assert word in about.output.replace("\n", "")


def test_nothing_is_published_in_silence_before_the_ceremony(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "hub", settings())
    assert publish.run(workspace, NOW) == []
    assert isinstance(say(workspace, "publish").exception, KeysMissing)


def test_a_person_approves_what_was_on_the_screen(workspace: Workspace) -> None:
    draft(workspace, "2026-01")
    approve.submit(workspace, NOW, "2026-01", "duong")
    assert say(workspace, "approve", "2026-01", "--as", "an", typed="n\n").exit_code == 1
    assert not ledger.Signature.objects.exists()
    said = say(workspace, "approve", "2026-01", "--as", "an", typed="y\n")
    assert f"2026-01: {State.SUBMITTED.label.to(TONGUE)}," in said.output
    assert "1/2 (an)" in said.output
    assert ledger.Edition.objects.get().fingerprint in said.output


def test_the_beginning_of_a_fingerprint_approves_nothing(workspace: Workspace) -> None:
    row = draft(workspace, "2026-01")
    approve.submit(workspace, NOW, "2026-01", "duong")
    said = say(workspace, "approve", "2026-01", "--as", "an", "--seen", row.fingerprint[:10])
    assert said.exit_code != 0
    assert not ledger.Signature.objects.exists()


def test_a_caption_is_signed_with_a_name_that_the_record_can_keep(
    workspace: Workspace, tmp_path: Path
) -> None:
    sheet = tmp_path / "phieu.yaml"
    sheet.write_text("Tiêu đề: Suối\n", encoding="utf-8")
    asset = ledger.Asset.objects.create(
        sha256="a" * 64,
        kind="photo",
        newsroom="so-vhttdl",
        name="suoi.jpg",
        byte_count=1,
        received_at=NOW,
        media={"width": 8, "height": 8, "codec": "mjpeg", "container": "jpeg"},
        caption={},
        captioned_by="so-vhttdl",
    )
    refused = say(workspace, "caption", "aaaa", str(sheet), "--as", "Lan Anh")
    assert isinstance(refused.exception, BadPersonName)
    asset.refresh_from_db()
    assert asset.captioned_by == "so-vhttdl"
    said = say(workspace, "caption", "aaaa", str(sheet), "--as", "lan")
    assert Missing.THEMES.label.to(TONGUE) in said.output
