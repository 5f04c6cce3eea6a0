"""What became of a package, as people note it."""

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest

from cluster_feed.core.errors import (
    BadPersonName,
    BadReceipt,
    NoSuchAsset,
    NoSuchPackage,
    PackageNotHandedOver,
    StoreDamaged,
)
from cluster_feed.core.package import Way
from cluster_feed.core.paper import Order, PaperKind
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.span import Span
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import papers, receipts
from cluster_feed.workspace import Workspace
from demo.gates import open_gate
from tests.office import opened
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW

TODAY = NOW.astimezone(ZONE).date()
NAME = "QTR-TTDN-2026-11_v01"
CONTENT = b"a bag" * 1000


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    made = opened(tmp_path / "hub")
    supply(made, "Chợ phiên", "Sông Sê Pôn")
    edition = ledger.Edition.objects.get(name=show_last_month(made))
    given = ledger.Package.objects.create(
        edition=edition,
        name=f"{NAME}.zip",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        assets=1,
        at=NOW,
    )
    asset = ledger.Asset.objects.earliest("pk")
    given.items.create(code="QTR-0001", asset=asset, version=1, change="new", content="b" * 64)
    made.packages.mkdir()
    (made.packages / f"{NAME}.zip").write_bytes(CONTENT)
    return made


def with_ministry(workspace: Workspace, written: str) -> Workspace:
    path = workspace.root / "cluster-feed.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n[ministry]\n{written}", encoding="utf-8")
    return Workspace.load(workspace.root)


def test_a_letter_and_an_address_become_the_reports_figures(workspace: Workspace) -> None:
    receipts.sent(NOW, NAME, " 123/SVHTTDL-TTBC\n", TODAY, Way.USB, "lan")
    receipts.note_posting(NOW, "QTR-0001", "https://vietnam.vn/cho-phien", TODAY, "lan")
    span = Span(begins=TODAY, ends=TODAY)
    report = papers.gather(workspace, NOW, Order(kind=PaperKind.REPORT, span=span))
    assert (report.facts["so_da_dang"], report.facts["ty_le_dang"]) == (1, 100)
    assert report.rows["goi"] == ((NAME, 1, TODAY, "123/SVHTTDL-TTBC", "USB", 1),)
    letter = papers.gather(workspace, NOW, Order(kind=PaperKind.PACKAGE, span=span))
    assert letter.rows["bang_ke"][0][8:10] == ("https://vietnam.vn/cho-phien", TODAY)
    assert {event.act for event in ledger.Event.objects.order_by("-pk")[:2]} == {
        "package-sent",
        "package-posted",
    }
    audit.verify()


def test_a_package_that_nobody_sent_has_no_letter(workspace: Workspace) -> None:
    span = Span(begins=TODAY, ends=TODAY)
    report = papers.gather(workspace, NOW, Order(kind=PaperKind.REPORT, span=span))
    assert report.rows["goi"] == ((NAME, 1, None, None, None, 0),)
    assert report.facts["ty_le_dang"] == 0


def test_an_address_that_is_noted_again_gets_the_new_day(workspace: Workspace) -> None:
    for on in (TODAY - timedelta(days=3), TODAY):
        receipts.note_posting(NOW, "QTR-0001", "https://vietnam.vn/x", on, "lan")
    assert ledger.Posting.objects.get().on == TODAY


@pytest.mark.parametrize(
    "url",
    [
        *("", "vietnam.vn/x", "javascript:alert(1)", "https://", "ftp://vietnam.vn/"),
        *("https://a b/", "http://[", f"https://x/{'y' * 2000}"),
    ],
)
def test_what_is_no_address_is_not_noted(workspace: Workspace, url: str) -> None:
    with pytest.raises(BadReceipt):
        receipts.note_posting(NOW, "QTR-0001", url, TODAY, "lan")
    assert not ledger.Posting.objects.exists()


def test_a_receipt_says_whose_and_of_what_and_when(workspace: Workspace) -> None:
    with pytest.raises(BadReceipt):
        receipts.sent(NOW, NAME, "  ", TODAY, Way.USB, "lan")
    with pytest.raises(BadReceipt):
        receipts.sent(NOW, NAME, "x" * 200, TODAY, Way.USB, "lan")
    with pytest.raises(BadReceipt):
        receipts.sent(NOW, NAME, "1", TODAY + timedelta(days=1), Way.USB, "lan")
    with pytest.raises(NoSuchPackage):
        receipts.sent(NOW, "other", "1", TODAY, Way.USB, "lan")
    with pytest.raises(BadPersonName):
        receipts.sent(NOW, NAME, "1", TODAY, Way.USB, "Lan ")
    with pytest.raises(NoSuchAsset):
        receipts.note_posting(NOW, "QTR-9", "https://vietnam.vn/", TODAY, "lan")
    other = ledger.Asset.objects.latest("pk")
    with pytest.raises(BadReceipt):
        receipts.note_posting(NOW, other.pk, "https://vietnam.vn/", date(2026, 1, 1), "lan")


def test_a_stick_gets_the_package_whole_or_not_at_all(workspace: Workspace, tmp_path: Path) -> None:
    stick = tmp_path / "usb"
    workspace = with_ministry(workspace, f'way = "usb"\nfolder = "{stick}"\n')
    with pytest.raises(PackageNotHandedOver):
        receipts.hand_over(workspace, NOW, NAME, "lan")
    stick.mkdir()
    where = receipts.hand_over(workspace, NOW, NAME, "lan")
    assert Path(where).read_bytes() == CONTENT
    Path(where).unlink()
    (workspace.packages / f"{NAME}.zip").write_bytes(CONTENT[::-1])
    with pytest.raises(StoreDamaged):
        receipts.hand_over(workspace, NOW, NAME, "lan")
    assert list(stick.iterdir()) == []


def test_without_a_folder_nothing_is_handed_over(workspace: Workspace) -> None:
    with pytest.raises(PackageNotHandedOver):
        receipts.hand_over(workspace, NOW, NAME, "lan")
    (workspace.packages / f"{NAME}.zip").unlink()
    with pytest.raises(PackageNotHandedOver):
        receipts.hand_over(workspace, NOW, NAME, "lan")


def test_a_server_gets_it_by_sftp(workspace: Workspace) -> None:
    public = workspace.sftp_key.with_suffix(".pub").read_text(encoding="utf-8")
    with open_gate("bo", public) as gate:
        node = gate.node
        workspace = with_ministry(
            workspace,
            f'way = "sftp"\n[ministry.node]\nhost = "{node.host}"\nport = {node.port}\n'
            f'user = "{node.user}"\nhost_key = "{node.host_key}"\nfolder = "{node.folder}"\n',
        )
        where = receipts.hand_over(workspace, NOW, NAME, "lan")
        assert where.startswith(f"sftp://{node.host}/")
        assert (gate.feed / f"{NAME}.zip").read_bytes() == CONTENT
