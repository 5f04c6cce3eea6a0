"""All that was ever approved, with its use."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from cluster_feed.core.asset import Kind
from cluster_feed.core.edition import State
from cluster_feed.core.package import urn
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, assemble, catalogue, receipts, withdraw
from cluster_feed.pipeline.catalogue import Sieve, Standing
from cluster_feed.workspace import Workspace
from tests.material import play
from tests.office import opened
from tests.pipeline.urgency import show_last_month, sign, supply
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
    assert {row.title for row in catalogue.matching(Sieve("song"))} == {"Sông Sê Pôn"}
    assert not catalogue.matching(Sieve("chưa"))
    assert not catalogue.matching(Sieve("du lịch không có"))


def test_it_is_there_from_the_last_signature_and_stays_whatever_becomes_of_it(
    workspace: Workspace,
) -> None:
    name = ledger.Edition.objects.exclude(published_at__isnull=False).get().name
    approve.submit(workspace, NOW, name, "duong")
    sign(workspace, name, "an")
    assert not catalogue.matching(Sieve("chưa")), "one signature is not enough"
    sign(workspace, name, "binh")
    (row,) = catalogue.matching(Sieve("chưa"))
    use = catalogue.uses([row.pk])[row.pk]
    assert (use.standing, use.published_at) == (Standing.APPROVED, None)
    assert not catalogue.matching(Sieve("chưa", standing=Standing.PUBLISHED))
    approve.withdraw(workspace, NOW, name, "lan", "sai ngày")
    use = catalogue.uses([row.pk])[row.pk]
    assert use.standing is Standing.KEPT_BACK
    (line,) = [each for each in table(workspace) if each["Tiêu đề (vi)"] == "Chưa duyệt"]
    assert line["Trạng thái"] == "đã thu hồi trước khi phát"
    assert line["Ngày phát hành"] == ""
    document = json.loads(catalogue.as_json_ld(workspace, NOW))
    (said,) = [each for each in document["hasPart"] if each["@id"] == urn(row.pk)]
    assert "datePublished" not in said
    assert said["creativeWorkStatus"] == "kept-back"


def test_a_draft_that_was_dropped_was_never_approved(workspace: Workspace) -> None:
    ledger.Edition.objects.filter(published_at=None).update(state=State.WITHDRAWN)
    assert not catalogue.matching(Sieve("chưa"))


def test_it_is_sifted_by_who_supplied_theme_year_and_kind(workspace: Workspace) -> None:
    row = ledger.Asset.objects.get(name="Chợ phiên")
    row.caption["themes"] = [Theme.BORDER.value]
    row.save()
    ledger.Asset.objects.filter(pk=row.pk).update(newsroom="xa-lao-bao")
    (year,) = catalogue.years()
    for wanted in (
        *(Sieve(newsroom="xa-lao-bao"), Sieve(theme=Theme.BORDER)),
        Sieve(words="cho", year=year, kind=Kind.VIDEO),
    ):
        assert [each.pk for each in catalogue.matching(wanted)] == [row.pk], wanted
    for wanted in (Sieve(year=year + 1), Sieve(theme="x"), Sieve(kind="x"), Sieve(newsroom="x")):
        assert not catalogue.matching(wanted), wanted


def test_an_export_has_the_packages_columns_and_the_whole_use(workspace: Workspace) -> None:
    (first, *_) = table(workspace)
    for header in ("Mô tả (vi)", "Chủ đề 1", "Thể loại", "Địa danh", "Văn bản thỏa thuận"):
        assert header in first
    assert {"Trạng thái", "Cụm", "SHA-256", "Ngày duyệt"} <= first.keys()
    assert len(first) == len(set(first))
    book = load_workbook(io.BytesIO(catalogue.as_workbook(workspace, NOW)))
    (headers, *_) = book["Danh mục"].iter_rows(values_only=True)
    assert list(headers) == list(first)
    document = json.loads(catalogue.as_json_ld(workspace, NOW))
    assert all(each["encoding"][0]["sha256"] for each in document["hasPart"])
    nothing = catalogue.as_csv(workspace, Sieve(words="không có gì"))
    assert nothing.count(b"\n") == 1


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
    today = NOW.astimezone(ZONE).date()
    receipts.note_posting(NOW, "QTR-0001", "https://vietnam.vn/cho", today, "lan")
    withdraw.run(workspace, NOW, live.edition.name, "lan", "nhầm địa danh", [asset.pk])
    (row,) = [row for row in table(workspace) if row["Tiêu đề (vi)"] == "Chợ phiên"]
    assert row["Số lượt phát"] == "2"
    assert row["Phiên bản phát"] == live.edition.name
    assert workspace.clusters["lao-bao"].title in row["Cụm"]
    assert row["Vietnam.vn"] == "https://vietnam.vn/cho"
    assert row["Mã"] == "QTR-0001"
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
