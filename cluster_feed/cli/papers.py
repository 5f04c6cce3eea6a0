"""The department's papers: drafts to number, date and sign."""

from pathlib import Path
from typing import Annotated

import typer

from cluster_feed.adapters.store import write_visible
from cluster_feed.cli.arguments import moment, opened
from cluster_feed.console import TONGUE, out, t
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.paper import Order, PaperKind
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.span import Span
from cluster_feed.core.value import Mistake
from cluster_feed.pipeline import catalogue, papers
from cluster_feed.web.models import Person

app = typer.Typer()
To = Annotated[Path, typer.Option("--to", help=t("Thư mục ghi", "Folder to write to"))]


def _span(written: str) -> str:
    try:
        Span.parse(written or "2026")
    except Mistake as mistake:
        raise typer.BadParameter(mistake.says.to(TONGUE)) from mistake
    return written


@app.command(help=t("Lập dự thảo văn bản của Sở.", "Draw up a paper of the department."))
def paper(
    context: typer.Context,
    kind: Annotated[PaperKind, typer.Argument(help=t("Văn bản", "Which paper"))],
    span: Annotated[
        str,
        typer.Argument(
            help=t(
                "Kỳ: 2026-11, 2026, 2026-H1, 2026-Q4, 2026-01-01..2026-05-25; để trống: tháng này",
                "2026-11, 2026, 2026-H1, 2026-Q4, 2026-01-01..2026-05-25; none: this month",
            ),
            callback=_span,
        ),
    ] = "",
    *,
    of: Annotated[
        str,
        typer.Option(
            help=t(
                "Chỉ của một tòa soạn, phiên bản phát, cụm hoặc gói",
                "Of one newsroom, edition, cluster or package only",
            )
        ),
    ] = "",
    to: To = Path(),
) -> None:
    workspace = opened(context)
    today = moment().astimezone(ZONE)
    days = Span.parse(span or str(Cycle(year=today.year, month=today.month)))
    people = dict(Person.objects.values_list("name", "full_name"))
    drawn = papers.gather(workspace, moment(), Order(kind=kind, span=days, of=of), people)
    for suffix, content in (
        (".docx", papers.document(workspace, drawn)),
        (".xlsx", papers.annex(drawn)),
    ):
        path = to / f"{drawn.file_name}{suffix}"
        write_visible(path, content)
        out.print(f"✓ {path}", soft_wrap=True, markup=False)


@app.command(
    name="paper-templates",
    help=t("Chép các mẫu vào mau/ để sửa bằng Word.", "Lay the templates out in mau/, for Word."),
)
def templates(context: typer.Context) -> None:
    workspace = opened(context)
    for path in papers.lay_out_templates(workspace):
        out.print(f"✓ {path}", soft_wrap=True, markup=False)


@app.command(
    name="catalogue",
    help=t(
        "Xuất danh mục mọi nội dung đã duyệt (XLSX, CSV, JSON-LD).",
        "Export all that was ever approved (XLSX, CSV, JSON-LD).",
    ),
)
def catalogue_(context: typer.Context, to: To = Path()) -> None:
    workspace = opened(context)
    for name, content in (
        ("danh-muc.xlsx", catalogue.as_workbook(workspace, moment())),
        ("danh-muc.csv", catalogue.as_csv(workspace)),
        ("danh-muc.jsonld", catalogue.as_json_ld(workspace, moment())),
    ):
        write_visible(to / name, content)
        out.print(f"✓ {to / name}", soft_wrap=True, markup=False)
