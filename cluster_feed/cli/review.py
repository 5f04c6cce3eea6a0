"""What the department does to an edition: look, submit, sign, return, withdraw."""

from pathlib import Path
from typing import Annotated

import typer
from django.db import transaction
from rich.markup import escape

from cluster_feed import tables
from cluster_feed.adapters import request
from cluster_feed.cli.arguments import EditionName, Person, Reason, moment, opened, passphrase
from cluster_feed.console import TONGUE, out, t
from cluster_feed.core.asset import Kind
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import Edition
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, assemble, caption

app = typer.Typer()


def _cycle(name: str) -> Cycle:
    try:
        return Cycle.parse(name)
    except ValueError:
        raise typer.BadParameter(t("tháng viết như 2026-11", "a month such as 2026-11")) from None


@app.command(name="assemble", help=t("Lập phiên bản phát nháp.", "Draft the edition."))
def assemble_(
    context: typer.Context,
    cycle: Annotated[
        Cycle | None, typer.Argument(parser=_cycle, help=t("Kỳ, ví dụ 2026-11", "Cycle: 2026-11"))
    ] = None,
    *,
    urgent: Annotated[bool, typer.Option(help=t("Bản khẩn", "An urgent edition"))] = False,
    without: Annotated[
        list[str] | None, typer.Option(help=t("Bỏ nội dung theo mã", "Leave an asset out"))
    ] = None,
) -> None:
    workspace = opened(context)
    chosen = cycle or workspace.calendar.current(moment())
    edition = assemble.run(workspace, moment(), chosen, urgent=urgent, without=without or ())
    _show(edition.name)


@app.command(help=t("Xem danh sách phát từng cụm.", "Show every cluster's playlist."))
def show(context: typer.Context, edition: EditionName) -> None:
    opened(context)
    _show(edition)


def _show(name: str) -> str:
    """Print an edition's playlists and give the fingerprint of exactly what was printed."""
    with transaction.atomic():
        row = ledger.Edition.called(name)
        programmes = list(row.programmes.order_by("cluster"))
    for programme in programmes:
        out.print(tables.programme(programme, programme.to_value()))
    out.print(
        t(
            f"{name}: {row.to_value().state.label.vi}. Mã nội dung để duyệt: {row.fingerprint}",
            f"{name}: {row.state}. Fingerprint to approve: {row.fingerprint}",
        ),
        soft_wrap=True,
    )
    return row.fingerprint


@app.command(help=t("Trình phiên bản phát để duyệt.", "Submit an edition for approval."))
def submit(context: typer.Context, edition: EditionName, person: Person) -> None:
    approve.submit(opened(context), moment(), edition, person)
    _show(edition)


def _whole(seen: str) -> str:
    """Take a fingerprint as it was shown: its beginning could be that of other content."""
    if seen and len(seen) != ledger.SHA256_LENGTH:
        raise typer.BadParameter(
            t(
                f"hãy chép đủ {ledger.SHA256_LENGTH} ký tự của mã nội dung",
                f"copy all {ledger.SHA256_LENGTH} characters of the fingerprint",
            )
        )
    return seen


@app.command(name="request", help=t("Ghi yêu cầu ký ra tệp.", "Write what is to be signed."))
def request_(
    context: typer.Context,
    edition: EditionName,
    to: Annotated[Path, typer.Option(help=t("Thư mục", "The folder"))] = Path(),
) -> None:
    written = request.write(to, approve.request(opened(context), moment(), edition), edition)
    out.print(escape(str(written)), soft_wrap=True)


@app.command(name="approve", help=t("Duyệt bằng chữ ký.", "Approve by signature."))
def approve_(
    context: typer.Context,
    edition: EditionName,
    person: Person = "",
    seen: Annotated[
        str,
        typer.Option(
            help=t("Mã nội dung đã xem", "The fingerprint that was looked at"), callback=_whole
        ),
    ] = "",
    signature: Annotated[
        Path | None, typer.Option(help=t("Chữ ký làm ở máy khác", "A signature made elsewhere"))
    ] = None,
) -> None:
    workspace = opened(context)
    if signature:
        answer = request.read_answer(signature)
        _say(approve.import_signature(workspace, moment(), edition, answer))
        return
    if not person:
        raise typer.BadParameter(t("cần --as hoặc --signature", "--as or --signature is needed"))
    if not seen:
        seen = _show(edition)
        typer.confirm(t("Duyệt nội dung trên?", "Approve what is shown above?"), abort=True)
    value = approve.approve(workspace, moment(), edition, person, seen, passphrase(person))
    _say(value)


def _say(edition: Edition) -> None:
    people = f" ({', '.join(edition.approvals)})" if edition.approvals else ""
    out.print(f"✓ {edition.name}: {edition.state.label.to(TONGUE)}{people}")


@app.command(name="return", help=t("Trả lại để sửa.", "Give it back to be changed."))
def return_(
    context: typer.Context,
    edition: EditionName,
    person: Person,
    reason: Reason,
) -> None:
    _say(approve.return_(opened(context), moment(), edition, person, reason))


@app.command(help=t("Thu hồi bản đã duyệt.", "Withdraw an approved edition."))
def withdraw(
    context: typer.Context,
    edition: EditionName,
    person: Person,
    reason: Reason,
) -> None:
    _say(approve.withdraw(opened(context), moment(), edition, person, reason))


@app.command(name="caption", help=t("Ghi chú thích từ tệp YAML.", "Set a caption from YAML."))
def caption_(
    context: typer.Context,
    asset: Annotated[str, typer.Argument(help=t("Đầu mã nội dung", "Beginning of the id"))],
    sheet: Annotated[Path, typer.Argument(help="YAML")],
    person: Person,
) -> None:
    workspace = opened(context)
    row = caption.run(moment(), asset, sheet, person)
    newsroom = workspace.newsroom_class(row.newsroom)
    out.print(tables.captioned(str(row), row.to_caption().missing(newsroom, Kind(row.kind))))
