"""The department's papers: choose one and its days, and take the draft away."""

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.errors import TemplateBroken
from cluster_feed.core.paper import Order, PaperKind
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.span import Span
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import papers
from cluster_feed.web.asked import Asked, moment, tongue_of
from cluster_feed.web.house import workspace
from cluster_feed.web.models import Person

_LISTED: Final = 60
_FORMS: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_LARGEST: Final = 5_000_000
"""Bytes of a template that is handed in."""
_NO_FILE: Final = Bilingual("chưa chọn tệp", "no file was chosen")
_TOO_LARGE: Final = Bilingual("tệp lớn hơn 5 MB", "the file is larger than 5 MB")
_PUT: Final = Bilingual("Đã nhận mẫu; từ nay dùng mẫu này.", "The template is in use from now on.")
_DROPPED: Final = Bilingual(
    "Đã dùng lại mẫu có sẵn.", "The product's own template is in use again."
)
_SAYS: Final = {
    PaperKind.INTAKE: Bilingual(
        "Nội dung đã nhận, tệp trả lại và lý do, chỗ còn thiếu.",
        "What was taken in, what was refused and why, what is missing.",
    ),
    PaperKind.APPROVAL: Bilingual(
        "Danh sách phát từng cụm, người trình, chữ ký số.",
        "Each cluster's playlist, who submitted and who signed.",
    ),
    PaperKind.PLAYED: Bilingual(
        "Dự kiến và thực phát từng màn hình, vì sao không phát, sự cố.",
        "Planned and played by screen, why not, faults.",
    ),
    PaperKind.REPORT: Bilingual(
        "Tháng, 6 tháng, năm hoặc đột xuất: theo đơn vị, chủ đề, thể loại, ngôn ngữ, cụm, nhiệm "
        "vụ; có biểu đồ.",
        "Month, half-year, year or any days: by unit, theme, form, language, cluster, task; with "
        "charts.",
    ),
    PaperKind.PACKAGE: Bilingual(
        "Công văn gửi Bộ và bảng kê của gói dữ liệu.", "The letter to the Ministry and its list."
    ),
    PaperKind.GATES: Bilingual(
        "Cụm hoạt động, cụm ngừng và lý do; mỗi màn hình một phiếu kiểm tra.",
        "Which clusters are served, which are not and why; an inspection sheet for each screen.",
    ),
}


class Choice(NamedTuple):
    """A paper, and what it may be about one of."""

    kind: PaperKind
    says: Bilingual
    label: Bilingual
    of: list[tuple[str, str]]
    all: Bilingual | None
    """What it is about where none of them is chosen; None: it has no choice."""

    @property
    def own(self) -> bool:
        """Whether the department has its own template of it."""
        return papers.template_of(workspace(), self.kind).is_file()


@require_safe
def index(request: Asked) -> HttpResponse:
    """Show every paper, for the days that were asked for."""
    today = moment().astimezone(ZONE).date()
    span = _span(request) or Span.parse(f"{today:%Y-%m}")
    shown = {
        "choices": list(_choices()),
        "span": span,
        "presets": list(_presets(today)),
    }
    return render(request, "desk/papers/index.html", shown)


@require_safe
def download(request: Asked, kind: str, form: str) -> HttpResponse:
    """Give a paper as a document of Word, or its tables as a workbook."""
    span = _span(request)
    if kind not in list(PaperKind) or form not in _FORMS or span is None:
        raise Http404
    order = Order(kind=PaperKind(kind), span=span, of=request.GET.get("of", ""))
    people = dict(Person.objects.values_list("name", "full_name"))
    paper = papers.gather(workspace(), moment(), order, people)
    content = papers.document(workspace(), paper) if form == "docx" else papers.annex(paper)
    name = f"{paper.file_name}.{form}"
    return HttpResponse(
        content,
        content_type=_FORMS[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_safe
def template(request: Asked, kind: str) -> HttpResponse:
    """Give the template that a paper is drawn up by, to be changed in Word."""
    del request
    content = papers.template(workspace(), _kind(kind))
    return HttpResponse(
        content,
        content_type=_FORMS["docx"],
        headers={"Content-Disposition": f'attachment; filename="{kind}.docx"'},
    )


@require_POST
def put_template(request: Asked, kind: str) -> HttpResponse:
    """Take the department's own template."""
    sent = request.FILES.get("template")
    if not isinstance(sent, UploadedFile):
        raise TemplateBroken(path=f"{kind}.docx", detail=_NO_FILE)
    if (sent.size or 0) > _LARGEST:
        raise TemplateBroken(path=sent.name, detail=_TOO_LARGE)
    papers.put_template(workspace(), moment(), _kind(kind), sent.read(), request.user.name)
    messages.success(request, _PUT.to(tongue_of(request)))
    return redirect("papers")


@require_POST
def drop_template(request: Asked, kind: str) -> HttpResponse:
    """Go back to the product's."""
    papers.drop_template(workspace(), moment(), _kind(kind), request.user.name)
    messages.success(request, _DROPPED.to(tongue_of(request)))
    return redirect("papers")


def _kind(written: str) -> PaperKind:
    if written not in list(PaperKind):
        raise Http404
    return PaperKind(written)


def _span(request: Asked) -> Span | None:
    """Read the days: as one word, or as a form's two; None: they are none."""
    asked = request.GET
    written = asked.get("span") or f"{asked.get('begins', '')}..{asked.get('ends', '')}"
    try:
        return Span.parse(written[:40])
    except ValueError:
        return None


def _presets(today: date) -> Iterator[tuple[Bilingual, str]]:
    this = Cycle(year=today.year, month=today.month)
    half = 1 if today.month <= 6 else 2  # noqa: PLR2004  June
    yield Bilingual("tháng này", "this month"), str(this)
    yield Bilingual("tháng trước", "last month"), str(this.previous)
    yield Bilingual("quý này", "this quarter"), f"{today.year}-Q{(today.month + 2) // 3}"
    yield Bilingual("6 tháng", "half-year"), f"{today.year}-H{half}"
    yield Bilingual(f"năm {today.year}", f"{today.year}"), str(today.year)
    yield Bilingual(f"năm {today.year - 1}", f"{today.year - 1}"), str(today.year - 1)


def _choices() -> Iterator[Choice]:
    editions = ledger.Edition.objects.order_by("-created_at", "-pk")
    packages = ledger.Package.objects.order_by("-at", "-pk")
    newsrooms = [(each.slug, each.title) for each in workspace().settings.newsrooms]
    clusters = [(each.name, each.title) for each in workspace().clusters.values()]
    names = [(name, name) for name in editions.values_list("name", flat=True)[:_LISTED]]
    made = [(each.title, each.title) for each in packages[:_LISTED]]
    every, latest = Bilingual("tất cả", "all"), Bilingual("mới nhất trong kỳ", "latest of the days")
    of = {
        PaperKind.INTAKE: (Bilingual("Đơn vị", "Newsroom"), newsrooms, every),
        PaperKind.APPROVAL: (Bilingual("Phiên bản phát", "Edition"), names, latest),
        PaperKind.PLAYED: (Bilingual("Cụm", "Cluster"), clusters, every),
        PaperKind.REPORT: (Bilingual("", ""), [], None),
        PaperKind.PACKAGE: (Bilingual("Gói", "Package"), made, latest),
        PaperKind.GATES: (Bilingual("Cụm", "Cluster"), clusters, every),
    }
    for kind in PaperKind:
        yield Choice(kind, _SAYS[kind], *of[kind])
