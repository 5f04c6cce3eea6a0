"""Draw up the department's papers from the record, and from nothing else.

What the record cannot tell is left blank with a note.  The same record gives the same paper.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import transaction

from cluster_feed.adapters import papers
from cluster_feed.adapters.store import write_visible
from cluster_feed.core.errors import NothingToPaper
from cluster_feed.core.paper import Cell, Order, Paper, PaperKind, readable
from cluster_feed.core.person import check_person
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.span import Span
from cluster_feed.ledger import audit
from cluster_feed.pipeline.papers import editions, gates, given, intake, plays, report
from cluster_feed.pipeline.papers.found import Found, People
from cluster_feed.workspace import Workspace

Gather = Callable[[Workspace, datetime, Order, People], Found]

_GATHER: Final[Mapping[PaperKind, Gather]] = {
    PaperKind.INTAKE: intake.gather,
    PaperKind.APPROVAL: editions.gather,
    PaperKind.PLAYED: plays.gather,
    PaperKind.REPORT: report.gather,
    PaperKind.PACKAGE: given.gather,
    PaperKind.GATES: gates.gather,
}


def gather(
    workspace: Workspace, now: datetime, order: Order, people: People | None = None
) -> Paper:
    """Say what a paper says; `people` tells how those whom the record names are called.

    Raises NoSuchNewsroom, NoSuchEdition, NoSuchCluster or NoSuchPackage where it is to be of
    one that is not there, NothingToPaper where there is none in its days.
    """
    found = _GATHER[order.kind](workspace, now, order, people or {})
    as_of = min(now, order.span.ends_at)
    return Paper(
        kind=order.kind,
        span=order.span,
        of=found.of,
        as_of=as_of,
        facts={key: _cell(fact) for key, fact in (_letterhead(workspace) | found.facts).items()},
        rows={
            key: tuple(tuple(_cell(cell) for cell in row) for row in rows)
            for key, rows in found.rows.items()
        },
        notes=tuple(map(readable, found.notes)),
    )


def document(workspace: Workspace, paper: Paper) -> bytes:
    """Write it by its template: the department's own where there is one; TemplateBroken."""
    return papers.document(paper, template_of(workspace, paper.kind))


def annex(paper: Paper) -> bytes:
    """Write its tables whole, as a workbook."""
    return papers.annex(paper)


def template_of(workspace: Workspace, kind: PaperKind) -> Path:
    """Where the department keeps its own template of a paper."""
    return workspace.root / "mau" / f"{kind.value}.docx"


def template(workspace: Workspace, kind: PaperKind) -> bytes:
    """Give the template that a paper is drawn up by: the department's own, or the product's."""
    own = template_of(workspace, kind)
    return own.read_bytes() if own.is_file() else papers.template(kind)


def put_template(
    workspace: Workspace, now: datetime, kind: PaperKind, content: bytes, by: str
) -> None:
    """Take a template from a person; TemplateBroken where this month's paper cannot be drawn by it.

    Nothing changes then.  Raises BadPersonName, too.
    """
    check_person(by)
    path = template_of(workspace, kind)
    today = now.astimezone(ZONE)
    order = Order(kind=kind, span=Span.parse(f"{today:%Y-%m}"))
    papers.check(content, path.name)
    with suppress(NothingToPaper):
        papers.filled_in(gather(workspace, now, order), content, path.name)
    path.parent.mkdir(exist_ok=True)
    with transaction.atomic():
        audit.record(now, by, "put-template", kind, sha256=hashlib.sha256(content).hexdigest())
        write_visible(path, content)


def drop_template(workspace: Workspace, now: datetime, kind: PaperKind, by: str) -> None:
    """Go back to the product's own template; BadPersonName."""
    check_person(by)
    with transaction.atomic():
        audit.record(now, by, "drop-template", kind)
        template_of(workspace, kind).unlink(missing_ok=True)


def lay_out_templates(workspace: Workspace) -> list[Path]:
    """Write every template that is not there yet, for officials to change in Word."""
    laid = []
    for kind in PaperKind:
        path = template_of(workspace, kind)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(papers.template(kind))
            laid.append(path)
    return laid


def _letterhead(workspace: Workspace) -> dict[str, Cell]:
    sender = workspace.settings.sender
    return {
        "co_quan_chu_quan": sender.parent.upper(),
        "co_quan": sender.organization.upper(),
        "ten_co_quan": sender.organization,
        "ten_co_quan_chu_quan": sender.parent,
        "ky_hieu": sender.symbol,
        "chuc_vu": sender.signatory.upper(),
        "dia_danh": sender.place,
    }


def _cell(cell: Cell) -> Cell:
    return readable(cell) if isinstance(cell, str) else cell
