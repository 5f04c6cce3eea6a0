"""All that was ever approved, with its use."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest

from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import assemble, catalogue, receipts, withdraw
from cluster_feed.workspace import Workspace
from tests.material import play
from tests.office import opened
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = opened(tmp_path / "hub")
    supply(made, "Chợ phiên", "Sông Sê Pôn")
    show_last_month(made)
    supply(made, "Chưa duyệt")
    assemble.run(made, NOW, made.calendar.current(NOW))
    return made


def table(workspace: Workspace) -> list[dict[str, str]]:
    content = catalogue.as_csv(workspace)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_what_was_approved_is_there_and_a_draft_is_not(workspace: Workspace) -> None:
    assert {row["Tiêu đề (vi)"] for row in table(workspace)} == {"Chợ phiên", "Sông Sê Pôn"}
    assert {row.title for row in catalogue.matching("song")} == {"Sông Sê Pôn"}
    assert not catalogue.matching("chưa")
    assert not catalogue.matching("du lịch không có")


def test_it_tells_the_use_that_was_made(workspace: Workspace) -> None:
    asset = ledger.Asset.objects.get(name="Chợ phiên")
    live = ledger.Programme.live("lao-bao")
    assert live
    for turn in range(3):
        play(
            asset.pk,
            turn,
            "played" if turn else "skipped",
            edition=live.edition.number,
            began_at=NOW + timedelta(minutes=turn),
        )
    given = ledger.Package.objects.create(
        edition=live.edition, name="x.zip", sha256="a" * 64, assets=1, at=NOW
    )
    given.items.create(code="QTR-0001", asset=asset, version=1, change="new", content="b" * 64)
    today = NOW.date()
    receipts.note_posting(NOW, "QTR-0001", "https://vietnam.vn/cho", today, "lan")
    withdraw.run(workspace, NOW, live.edition.name, "lan", "nhầm địa danh", [asset.pk])
    (row,) = [row for row in table(workspace) if row["Tiêu đề (vi)"] == "Chợ phiên"]
    assert row["Số lượt phát"] == "2"
    assert row["Phiên bản phát"] == live.edition.name
    assert "lao-bao" in row["Cụm"]
    assert row["Vietnam.vn"] == "https://vietnam.vn/cho"
    assert row["Mã cung cấp"] == "QTR-0001"
    assert row["Đã thu hồi"] == "có"
    document = json.loads(catalogue.as_json_ld(workspace, NOW))
    (said,) = [each for each in document["hasPart"] if each["identifier"] == "QTR-0001"]
    assert said["url"] == "https://vietnam.vn/cho"
    assert said["interactionStatistic"]["userInteractionCount"] == 2
    assert said["@type"] == "VideoObject"


@pytest.mark.parametrize("words", ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "＝1", "\t=1", " =1"])
def test_no_cell_is_a_formula(workspace: Workspace, words: str) -> None:
    row = ledger.Asset.objects.get(name="Chợ phiên")
    row.caption["creator"] = words
    row.caption["words"]["vi"]["title"] = words
    ledger.Asset.objects.filter(pk=row.pk).update(caption=row.caption)
    cells = [cell for line in table(workspace) for cell in line.values()]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "＝"))]
    assert "<" not in catalogue.as_json_ld(workspace, NOW).decode()
