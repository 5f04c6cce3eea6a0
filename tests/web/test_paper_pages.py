"""Papers, the catalogue and receipts on the desk."""

import io
import zipfile
from datetime import timedelta

import docx
import pytest
from django.test import Client
from django.urls import reverse

from cluster_feed.core.caption import Caption, Missing
from cluster_feed.core.errand import Errand
from cluster_feed.core.errors import NotMadeForPortal, SenderUnsaid
from cluster_feed.core.package import Change
from cluster_feed.core.paper import PaperKind
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import errands, papers
from cluster_feed.pipeline.syndicate.contents import Proposed
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW
from tests.web.conftest import SignedIn
from tests.web.shelf import HOSTILE

TODAY = NOW.astimezone(ZONE).date()
NAME = "QTR-TTDN-2026-11_v01"


@pytest.fixture
def month(workspace: Workspace) -> str:
    supply(workspace, "Chợ phiên", "Sông Sê Pôn")
    name = show_last_month(workspace)
    package = ledger.Package.objects.create(
        edition=ledger.Edition.objects.get(name=name),
        name=f"{NAME}.zip",
        sha256="a" * 64,
        assets=1,
        at=NOW,
    )
    asset = ledger.Asset.objects.earliest("pk")
    package.items.create(code="QTR-0001", asset=asset, version=1, change="new", content="b" * 64)
    return name


@pytest.fixture
def editor(month: str, signed_in: SignedIn) -> Client:
    return signed_in(Role.EDITOR)


def test_every_paper_is_offered_and_taken_away(editor: Client, month: str) -> None:
    page = editor.get(reverse("papers")).content.decode()
    for kind in PaperKind:
        assert kind.label.vi in page
        for form, begins in (("docx", b"PK"), ("xlsx", b"PK")):
            of = month if kind is PaperKind.APPROVAL else ""
            asked = {"begins": TODAY.isoformat(), "ends": TODAY.isoformat(), "of": of}
            answer = editor.get(reverse("paper", args=[kind.value, form]), asked)
            assert answer.status_code == 200, (kind, form)
            assert answer.content.startswith(begins)
            assert f'filename="{kind.value}_' in answer["Content-Disposition"]


def test_a_paper_calls_people_by_their_full_names(editor: Client, month: str) -> None:
    asked = {"span": TODAY.isoformat(), "of": month}
    answer = editor.get(reverse("paper", args=["phieu-duyet", "docx"]), asked)
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(answer.content)).paragraphs)
    assert month in text


@pytest.mark.parametrize(
    "asked",
    [
        {"span": "hôm qua"},
        {"begins": "2026-12-01", "ends": "2026-01-01"},
        {"begins": "", "ends": ""},
        {"span": "9" * 9_999},
        {},
    ],
)
def test_days_that_are_none_find_no_paper(editor: Client, asked: dict[str, str]) -> None:
    assert editor.get(reverse("paper", args=["bao-cao", "docx"]), asked).status_code == 404
    assert editor.get(reverse("papers"), asked).status_code == 200


def test_a_paper_of_something_unknown_says_what_to_choose(editor: Client) -> None:
    for kind in ("tiep-nhan", "phieu-duyet", "nhat-ky-phat", "cong-van", "tinh-trang"):
        for of in ("nobody", *HOSTILE[:2]):
            asked = {"span": "2026", "of": of}
            answer = editor.get(reverse("paper", args=[kind, "docx"]), asked)
            assert answer.status_code == 409, (kind, of)
            assert "<script>alert" not in answer.content.decode()
    assert (
        editor.get(reverse("paper", args=["bao-cao", "exe"]), {"span": "2026"}).status_code == 404
    )


def test_a_template_that_somebody_broke_is_told_on_the_page(
    editor: Client, workspace: Workspace
) -> None:
    path = papers.template_of(workspace, PaperKind.REPORT)
    path.parent.mkdir()
    path.write_bytes(b"no document")
    answer = editor.get(reverse("paper", args=["bao-cao", "docx"]), {"span": "2026"})
    assert answer.status_code == 409
    assert "bao-cao.docx" in answer.content.decode()
    annex = editor.get(reverse("paper", args=["bao-cao", "xlsx"]), {"span": "2026"})
    assert annex.status_code == 200, "an annex needs no template"


def test_a_template_is_taken_changed_and_handed_in_and_dropped(
    editor: Client, workspace: Workspace
) -> None:
    kind = PaperKind.REPORT.value
    taken = editor.get(reverse("template", args=[kind]))
    document = docx.Document(io.BytesIO(taken.content))
    document.paragraphs[0].insert_paragraph_before("THEO MẪU RIÊNG {{ bieu_do.don_vi }}")
    changed = io.BytesIO()
    document.save(changed)
    put = reverse("put-template", args=[kind])
    assert editor.post(put, {"template": named(changed.getvalue())}).status_code == 302
    paper = editor.get(reverse("paper", args=[kind, "docx"]), {"span": "2026"})
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(paper.content)).paragraphs)
    assert "THEO MẪU RIÊNG" in text
    assert "Mẫu riêng của Sở" in editor.get(reverse("papers")).content.decode()
    editor.post(reverse("drop-template", args=[kind]))
    assert not papers.template_of(workspace, PaperKind.REPORT).exists()
    assert set(ledger.Event.objects.order_by("-pk").values_list("act", flat=True)[:2]) == {
        "put-template",
        "drop-template",
    }
    audit.verify()


def named(content: bytes) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = "mau.docx"
    return file


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 60_000_000)
    return content.getvalue()


def with_words(words: str) -> bytes:
    document = docx.Document()
    document.add_paragraph(words)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"no document",
        bomb(),
        with_words("{{ khong_co_muc_nay }}"),
        with_words("{% for x in %}"),
        with_words("{{ ''.__class__.__mro__ }}"),
        b"x" * 6_000_000,
    ],
    ids=["no document", "bomb", "unknown fact", "syntax", "sandbox", "large"],
)
def test_a_template_that_is_none_leaves_the_old_one_in_use(
    editor: Client, workspace: Workspace, content: bytes
) -> None:
    put = reverse("put-template", args=[PaperKind.REPORT.value])
    assert editor.post(put, {"template": named(content)}).status_code == 409
    assert editor.post(put).status_code == 409
    assert not papers.template_of(workspace, PaperKind.REPORT).exists()


def test_a_letter_and_an_address_are_noted(editor: Client) -> None:
    sent, posted = reverse("package-sent", args=[NAME]), reverse("package-posted", args=[NAME])
    day = TODAY.isoformat()
    editor.post(sent, {"letter": "123/SVHTTDL", "on": day, "way": "usb"})
    editor.post(posted, {"code": "QTR-0001", "url": "https://vietnam.vn/cho", "on": day})
    assert ledger.Sending.objects.get().by == "editor"
    page = editor.get(reverse("package", args=[NAME])).content.decode()
    assert "123/SVHTTDL" in page
    assert f'href="{reverse("library")}"' in page, "the menu is there"
    assert 'href="https://vietnam.vn/cho"' in page
    listed = editor.get(reverse("packages")).content.decode()
    assert "1/1" in listed


def test_a_package_is_made_checked_and_handed_over_from_the_desk(
    editor: Client, workspace: Workspace
) -> None:
    page = reverse("package", args=[NAME])
    for name in ("package-check", "package-hand-over"):
        assert editor.post(reverse(name, args=[NAME])).status_code == 302
        assert editor.post(reverse(name, args=["QTR-TTDN-2999-12_v01"])).status_code == 404
    editor.post(reverse("package-make"))
    assert {each.act for each in ledger.Errand.objects.all()} == set(Errand)
    assert "chờ chuyển" in editor.get(page).content.decode()
    part = editor.get(page, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith("<section"), "while it goes on only that part is asked for again"
    assert 'hx-trigger="every 3s"' in part
    packages = workspace.packages
    packages.mkdir()
    (packages / f"{NAME}.zip").write_bytes(b"no bag")
    errands.run(workspace, NOW)
    told = editor.get(page).content.decode()
    assert "không hợp lệ" in told
    assert "chưa chuyển được" in told
    done = editor.get(page, headers={"HX-Request": "true"})
    assert done["HX-Refresh"] == "true"
    assert editor.get(reverse("packages")).status_code == 200
    row = ledger.Package.called(NAME)
    row.handovers.create(way="usb", where="/media/<script>alert(1)", by="editor", at=NOW)
    told = editor.get(page).content.decode()
    assert Role.EDITOR.label.vi in told
    assert "<script>alert" not in told


def test_nothing_is_handed_over_from_the_desk_before_a_folder_is_set(
    editor: Client, workspace: Workspace
) -> None:
    workspace.packages.mkdir()
    (workspace.packages / f"{NAME}.zip").write_bytes(b"a bag")
    address = reverse("package", args=[NAME])
    assert "<button disabled>Chuyển theo" in editor.get(address).content.decode()
    path = workspace.root / "cluster-feed.toml"
    written = path.read_text(encoding="utf-8")
    path.write_text(f"{written}\n[ministry]\nfolder = '/media/usb'\n", encoding="utf-8")
    page = editor.get(address).content.decode()
    assert "<button>Chuyển theo" in page
    assert "/media/usb" in page


def test_the_next_package_is_seen_before_it_is_made_with_what_is_held_back(editor: Client) -> None:
    ledger.Package.objects.all().delete()
    ledger.Submission.objects.update(captions=None)  # what is said now was approved
    whole, lacking = ledger.Asset.objects.order_by("pk")
    for row in (whole, lacking):
        row.caption |= {"vietnam_vn": True, "usage_terms": "được đăng", "created_on": "2026-01-01"}
        row.caption["words"]["vi"]["alt_text"] = "Một phiên chợ"
        row.caption["words"]["en"] = {"title": "At the border", "alt_text": "A market"}
    whole.caption["licence_granted"] = True
    whole.save()
    lacking.save()
    page = editor.get(reverse("packages"))
    seen = page.context["ahead"]
    assert [(each.asset, each.change) for each in seen.lines] == [(whole.pk, Change.NEW)]
    assert [(each.asset, each.lacks) for each in seen.held] == [(lacking.pk, (Missing.LICENCE,))]
    told = page.content.decode()
    assert "<strong>1</strong> mới" in told
    assert Missing.LICENCE.label.vi in told
    assert f"Còn đang làm bản sao dành cho cổng của: {whole.title}" in " ".join(told.split())
    assert reverse("package-make") in told


def test_a_package_that_waits_for_copies_is_no_failure_and_one_that_was_made_since_is_none(
    editor: Client, month: str
) -> None:
    shown = reverse("packages")
    edition = ledger.Edition.objects.get(name=month)
    edition.settled_at = None
    edition.save()
    waits = ledger.Errand.objects.create(
        act=Errand.MAKE,
        by="editor",
        asked_at=NOW,
        began_at=NOW,
        ended_at=NOW,
        code=NotMadeForPortal.__name__,
        facts=NotMadeForPortal(edition=month, assets="Sông").facts,
    )
    told = editor.get(shown).content.decode()
    assert "chờ bản sao, tự lập khi đủ" in told
    assert "chưa lập được" not in told
    ledger.Errand.objects.filter(pk=waits.pk).update(
        code=SenderUnsaid.__name__, facts={"fields": "x"}
    )
    assert "chưa lập được" in editor.get(shown).content.decode()
    ledger.Package.objects.update(at=NOW + timedelta(minutes=4))
    assert "chưa lập được" not in editor.get(shown).content.decode()
    ledger.Package.objects.update(at=NOW)
    ledger.Errand.objects.filter(pk=waits.pk).update(code=waits.code, facts=waits.facts)
    edition.settled_at = NOW
    edition.save()
    assert "chờ bản sao" not in editor.get(shown).content.decode()


def test_the_desk_calls_an_item_as_was_approved_and_as_the_package_says(editor: Client) -> None:
    row, item = ledger.Package.objects.get(), ledger.PackagedItem.objects.get()
    asset = item.asset
    words = {"vi": {"title": "Đã duyệt"}}
    row.says = {"items": [{"id": item.code, "caption": {"words": words}}]}
    row.save()
    asset.caption["words"]["vi"]["title"] = "Sửa sau khi duyệt"
    asset.save()
    page = editor.get(reverse("package", args=[NAME])).content.decode()
    assert "<strong>Đã duyệt</strong>" in page
    assert "Sửa sau khi duyệt" not in page
    proposed = Proposed(asset, Caption.model_validate({"words": words}), "Báo", (), ())
    assert proposed.title == "Đã duyệt"
    row.says = {"withdrawn": [{"id": item.code, "title": "Đã gỡ"}]}
    row.save()
    page = editor.get(reverse("package", args=[NAME])).content.decode()
    assert "<strong>Đã gỡ</strong>" in page


def test_a_package_is_downloaded_whole_by_who_may_and_that_is_on_record(
    editor: Client, signed_in: SignedIn, workspace: Workspace
) -> None:
    address = reverse("package-file", args=[NAME])
    assert editor.get(address).status_code == 409, "the file is not there, and the page says so"
    workspace.packages.mkdir()
    (workspace.packages / f"{NAME}.zip").write_bytes(b"a bag")
    answer = editor.get(address)
    assert b"".join(answer.streaming_content) == b"a bag"  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == f'attachment; filename="{NAME}.zip"'
    assert ledger.Event.objects.get(act="take-package").actor == "editor"
    page = signed_in(Role.AUDITOR).get(reverse("package", args=[NAME])).content.decode()
    assert address not in page
    assert reverse("package-hand-over", args=[NAME]) not in page


def test_a_pasted_list_is_noted_or_its_wrong_line_told(editor: Client) -> None:
    address, page = reverse("package-listed", args=[NAME]), reverse("package", args=[NAME])
    day = TODAY.isoformat()
    wrong = {"list": "QTR-0001 https://vietnam.vn/a\nQTR-9 https://vietnam.vn/b", "on": day}
    refused = editor.post(address, wrong, headers={"Referer": f"http://testserver{page}"})
    told = refused.content.decode()
    assert refused.status_code == 422
    assert "dòng 2" in told
    assert f"\n{wrong['list']}</textarea>" in told, "nobody has to write it again"
    assert "chưa có dòng nào" in editor.post(address, {"list": "<b>x", "on": day}).content.decode()
    assert "cần một ngày" in editor.post(address, wrong | {"on": ""}).content.decode()
    assert not ledger.Posting.objects.exists()
    right = {"list": "QTR-0001\thttps://vietnam.vn/a\nQTR-0001\thttps://vietnam.vn/en/a", "on": day}
    assert editor.post(address, right).status_code == 302
    told = editor.get(page).content.decode()
    assert "https://vietnam.vn/a" in told
    assert "https://vietnam.vn/en/a" in told


def test_what_was_withdrawn_since_is_marked_with_the_package_that_says_so(
    editor: Client, workspace: Workspace
) -> None:
    address, item = reverse("package", args=[NAME]), ledger.PackagedItem.objects.get()
    assert 'name="url"' in editor.get(address).content.decode()
    ledger.Withdrawal.objects.create(asset=item.asset, at=NOW, by="an", reason="sai")
    page = editor.get(address).content.decode()
    assert "Chưa có gói báo thu hồi" in page
    assert "đã thu hồi sau khi làm gói" in page
    assert 'name="url"' not in page
    edition = ledger.Edition.objects.create(name="2026-11-go", cycle="2026-11", created_at=NOW)
    later = ledger.Package.objects.create(
        edition=edition, name="QTR-TTDN-2026-11_v02.zip", sha256="b" * 64, assets=0, at=NOW
    )
    later.items.create(code=item.code, asset=item.asset, version=2, change="withdrawn")
    page = editor.get(address).content.decode()
    assert reverse("package", args=[later.title]) in page
    assert "—" in editor.get(reverse("packages")).content.decode()
    assert (
        "đã thu hồi sau khi làm gói"
        not in editor.get(reverse("package", args=[later.title])).content.decode()
    )


def test_a_withdrawal_that_waits_for_signatures_is_told_as_that(editor: Client) -> None:
    address, item = reverse("package", args=[NAME]), ledger.PackagedItem.objects.get()
    waits = ledger.Edition.objects.create(
        name="2026-11-go", cycle="2026-11", created_at=NOW, state="submitted"
    )
    ledger.Withdrawal.objects.create(asset=item.asset, at=NOW, by="an", reason="x", edition=waits)
    page = editor.get(address).content.decode()
    assert "đang chờ duyệt thu hồi" in page
    assert "đã thu hồi" not in page
    assert 'name="url"' in page
    told = " ".join(editor.get(reverse("packages")).content.decode().split())
    assert f"đủ chữ ký sẽ báo cổng: {item.asset.title}." in told
    assert "Không có gì mới" not in told
    waits.state = "published"
    waits.save()
    page = editor.get(address).content.decode()
    assert "đã thu hồi sau khi làm gói" in page
    assert "Xem lại trước khi gửi" in page
    item.package.sendings.create(letter="1", on=TODAY, way="usb", by="an", at=NOW)
    page = editor.get(address).content.decode()
    assert "phải báo Bộ" in page
    assert "Xem lại trước khi gửi" not in page


def test_what_cannot_be_noted_is_told(editor: Client) -> None:
    sent, posted = reverse("package-sent", args=[NAME]), reverse("package-posted", args=[NAME])
    tomorrow = (TODAY + timedelta(days=3)).isoformat()
    day = TODAY.isoformat()
    for asked in (
        {"letter": "", "on": day, "way": "usb"},
        {"letter": "1", "on": tomorrow, "way": "usb"},
        {"letter": "1", "on": "hôm nay", "way": "usb"},
        {"letter": "1", "on": day, "way": "pigeon"},
        {"letter": "x" * 10_000, "on": day, "way": "usb"},
    ):
        assert editor.post(sent, asked).status_code == 409
    for url in ("javascript:alert(1)", "", *HOSTILE):
        asked = {"code": "QTR-0001", "url": url, "on": day}
        assert editor.post(posted, asked).status_code == 409
    assert editor.post(posted, {"code": "QTR-9", "url": "https://x/", "on": day}).status_code == 404
    assert not ledger.Sending.objects.exists()
    assert not ledger.Posting.objects.exists()


def test_hostile_words_are_shown_as_words(editor: Client) -> None:
    for words in HOSTILE[:2]:
        editor.post(
            reverse("package-sent", args=[NAME]),
            {"letter": words, "on": TODAY.isoformat(), "way": "usb"},
        )
    row = ledger.Asset.objects.earliest("pk")
    row.caption["words"]["vi"]["title"] = HOSTILE[0]
    row.save()
    for page in (reverse("package", args=[NAME]), reverse("catalogue"), reverse("packages")):
        assert "<script>alert" not in editor.get(page).content.decode()


def test_the_catalogue_is_searched_and_taken_away(editor: Client) -> None:
    page = editor.get(reverse("catalogue"), {"q": "cho phien"}).content.decode()
    assert "Chợ phiên" in page
    assert "Sông Sê Pôn" not in page
    for asked in ({"year": "1999"}, {"year": "٢٠٢٦"}, {"theme": "x"}, {"kind": "x"}):
        assert "Chợ phiên" not in editor.get(reverse("catalogue"), asked).content.decode()
    sifted = editor.get(reverse("export-catalogue", args=["csv"]), {"q": "cho phien"})
    assert "Sông Sê Pôn" not in sifted.content.decode()
    assert editor.get(reverse("export-catalogue", args=["xlsx"])).content.startswith(b"PK")
    sheet = editor.get(reverse("export-catalogue", args=["csv"]))
    assert sheet.content.startswith(b"\xef\xbb\xbf")
    assert editor.get(reverse("export-catalogue", args=["jsonld"])).json()["@type"] == "Dataset"
    assert editor.get(reverse("export-catalogue", args=["exe"])).status_code == 404


def test_the_home_page_tells_the_next_deadline(editor: Client, workspace: Workspace) -> None:
    assert editor.get(reverse("home")).status_code == 200  # it has read the settings once
    path = workspace.root / "cluster-feed.toml"
    written = path.read_text(encoding="utf-8")
    day = TODAY + timedelta(days=40)
    path.write_text(
        f"{written}\n[[deadlines.own]]\nname = 'quy'\ntitle = 'Báo cáo quý'\nbasis = 'CV 12'\n"
        f"month = {day.month}\nday = {min(day.day, 28)}\nfirst_year = 2026\nlast_year = 9000\n",
        encoding="utf-8",
    )
    page = editor.get(reverse("home")).content.decode()
    assert "Báo cáo quý" in page
    assert "CV 12" in page
