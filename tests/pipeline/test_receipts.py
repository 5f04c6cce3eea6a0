"""What became of a package, as people note it."""

import hashlib
import json
import re
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from cluster_feed.core.errors import (
    BadPersonName,
    BadReceipt,
    NoSuchAsset,
    NoSuchPackage,
    PackageLost,
    PackageNotHandedOver,
    StoreDamaged,
)
from cluster_feed.core.package import Way
from cluster_feed.core.paper import Order, PaperKind
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.span import Span
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import papers, receipts
from cluster_feed.workspace import Workspace
from demo.gates import open_gate
from tests.office import opened
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW

TODAY = NOW.astimezone(ZONE).date()
DAY = Span(begins=TODAY, ends=TODAY)
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
    assert report.rows["goi"] == ((NAME, 1, TODAY, "123/SVHTTDL-TTBC", "USB", 1, 0),)
    letter = papers.gather(workspace, NOW, Order(kind=PaperKind.PACKAGE, span=span))
    assert letter.rows["bang_ke"][0][8:10] == ("https://vietnam.vn/cho-phien", TODAY)
    assert {event.act for event in ledger.Event.objects.order_by("-pk")[:2]} == {
        "package-sent",
        "package-posted",
    }
    audit.verify()


def test_the_letter_lists_what_the_package_says_and_not_what_a_caption_became(
    workspace: Workspace,
) -> None:
    row, order = ledger.Package.objects.get(), Order(kind=PaperKind.PACKAGE, span=DAY, of=NAME)
    says = {
        "@type": "ImageObject",
        "name": [{"@language": "vi", "@value": "Chợ phiên đã duyệt"}],
        "publisher": {"name": "Báo Quảng Trị"},
        "about": [{"termCode": Theme.TOURISM.value}],
    }
    with zipfile.ZipFile(workspace.packages / row.name, "w") as bag:
        bag.writestr(f"{NAME}/data/items/QTR-0001/schema.jsonld", json.dumps(says))
    letter = papers.gather(workspace, NOW, order)
    line = letter.rows["bang_ke"][0]
    assert line[2:5] == ("Chợ phiên đã duyệt", "Báo Quảng Trị", "Ảnh")
    assert Theme.TOURISM.label.vi in str(line)
    assert letter.notes == ()


def test_a_letter_of_a_package_that_is_gone_says_where_its_words_are_from(
    workspace: Workspace,
) -> None:
    (workspace.packages / f"{NAME}.zip").unlink()
    letter = papers.gather(workspace, NOW, Order(kind=PaperKind.PACKAGE, span=DAY, of=NAME))
    assert letter.rows["bang_ke"][0][2] == "Chợ phiên"
    assert len(letter.notes) == 2


def test_a_package_that_nobody_sent_has_no_letter(workspace: Workspace) -> None:
    span = Span(begins=TODAY, ends=TODAY)
    report = papers.gather(workspace, NOW, Order(kind=PaperKind.REPORT, span=span))
    assert report.rows["goi"] == ((NAME, 1, None, None, None, 0, None),)
    assert report.facts["ty_le_dang"] == 0


def test_an_address_that_is_noted_again_gets_the_new_day(workspace: Workspace) -> None:
    ledger.Package.objects.update(at=NOW - timedelta(days=3))
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
    with pytest.raises(PackageLost):
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


def given_too(code: str) -> None:
    package = ledger.Package.objects.get()
    asset = ledger.Asset.objects.latest("pk")
    package.items.create(code=code, asset=asset, version=1, change="new", content="c" * 64)


def test_a_list_is_noted_as_it_was_pasted(workspace: Workspace) -> None:
    given_too("QTR-0002")
    ledger.Package.objects.update(at=datetime(2026, 11, 1, 1, tzinfo=ZONE))
    written = """STT\tMã\tTiêu đề\tĐịa chỉ\tNgày
1\tQTR-0001\tChợ phiên; vùng cao\thttps://vietnam.vn/cho,phien?a=1;b\t01/11/2026

"QTR-0002","https://vietnam.vn/song","2026-11-02"
QTR-0002;https://vietnam.vn/en/river;3/11/2026
QTR-0002 HTTPS://vietnam.vn/lo/river,"""
    assert receipts.note_postings(NOW, written, TODAY, "lan") == 4
    rows = ledger.Posting.objects.order_by("pk").values_list("url", "on")
    assert list(rows) == [
        ("https://vietnam.vn/cho,phien?a=1;b", date(2026, 11, 1)),
        ("https://vietnam.vn/song", date(2026, 11, 2)),
        ("https://vietnam.vn/en/river", date(2026, 11, 3)),
        ("HTTPS://vietnam.vn/lo/river", TODAY),
    ]
    item = ledger.PackagedItem.objects.get(code="QTR-0002")
    assert len(receipts.postings([item.asset_id])[item.asset_id]) == 3


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("QTR-0009 https://vietnam.vn/x", "dòng 2"),
        ("QTR-0001 vietnam.vn/x", "dòng 2"),
        ("QTR-0001 https://vietnam.vn/x 31/02/2026", "31/02/2026"),
        ("QTR-0001 https://vietnam.vn/x 01/01/2999", "dòng 2"),
        (f"QTR-0001 https://vietnam.vn/{'x' * 2000}", "dòng 2"),
        ("QTR-0001 https://[", "dòng 2"),
        ("x\n" * 3000, "2.000"),
    ],
)
def test_a_list_with_a_wrong_line_is_not_noted_at_all(
    workspace: Workspace, line: str, says: str
) -> None:
    with pytest.raises(BadReceipt) as refused:
        receipts.note_postings(NOW, f"QTR-0001 https://vietnam.vn/a\n{line}", TODAY, "lan")
    assert says in refused.value.sentence.vi
    assert not ledger.Posting.objects.exists()


def test_all_lines_that_are_wrong_are_named_in_their_order(workspace: Workspace) -> None:
    written = """QTR-0001 https://vietnam.vn/a
QTR-0001 https://vietnam.vn/b 01/01/2999
QTR-9 https://vietnam.vn/c
QTR-0001 vietnam.vn/d
QTR-0001 https://vietnam.vn/e 31/02/2026"""
    with pytest.raises(BadReceipt) as refused:
        receipts.note_postings(NOW, written, TODAY, "lan")
    assert re.findall(r"dòng (\d)", refused.value.sentence.vi) == ["2", "3", "4", "5"]
    assert not ledger.Posting.objects.exists()


def test_a_list_without_an_address_is_none(workspace: Workspace) -> None:
    for written in ("", "Mã,Địa chỉ", "\0"):
        with pytest.raises(BadReceipt):
            receipts.note_postings(NOW, written, TODAY, "lan")


def test_a_letter_from_before_the_package_is_not_its(workspace: Workspace) -> None:
    with pytest.raises(BadReceipt):
        receipts.sent(NOW, NAME, "1", TODAY - timedelta(days=1), Way.USB, "lan")


def test_nothing_was_published_before_a_package_first_gave_it(workspace: Workspace) -> None:
    ledger.Package.objects.update(at=NOW - timedelta(days=2))
    row = ledger.PackagedItem.objects.get()
    again = ledger.Package.objects.create(
        edition=row.package.edition, name="later.zip", sha256="b" * 64, assets=1, at=NOW
    )
    again.items.create(
        code=row.code, asset=row.asset, version=2, change="changed", content="c" * 64
    )
    with pytest.raises(BadReceipt) as refused:
        receipts.note_posting(NOW, row.code, "https://x/", TODAY - timedelta(days=3), "lan")
    assert f"{TODAY - timedelta(days=2):%d/%m/%Y}" in refused.value.sentence.vi
    assert receipts.note_posting(NOW, row.code, "https://x/", TODAY - timedelta(days=2), "lan")


def test_handing_over_is_a_row_that_says_when_which_way_and_who(
    workspace: Workspace, tmp_path: Path
) -> None:
    stick = tmp_path / "usb"
    stick.mkdir()
    workspace = with_ministry(workspace, f'way = "folder"\nfolder = "{stick}"\n')
    where = receipts.hand_over(workspace, NOW, NAME, "lan")
    row = ledger.Handover.objects.get()
    assert (row.package.title, row.way, row.where, row.by, row.at) == (
        *(NAME, Way.FOLDER, where, "lan"),
        NOW,
    )
