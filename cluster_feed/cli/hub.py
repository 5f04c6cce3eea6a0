"""The installation: set up, checked, run, looked at."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cluster_feed import daemon, tables
from cluster_feed.cli.arguments import AsJson, moment, opened
from cluster_feed.console import out, t
from cluster_feed.core.edition import State
from cluster_feed.ledger import audit
from cluster_feed.pipeline import check, status
from cluster_feed.workspace import Workspace

app = typer.Typer()
audit_app = typer.Typer(no_args_is_help=True, help=t("Nhật ký hành động.", "The audit log."))
app.add_typer(audit_app, name="audit")


@app.command(help=t("Tạo thư mục làm việc mới.", "Make a new workspace."))
def init(folder: Path) -> None:
    Workspace.create(folder)
    name, command = t("TÊN", "NAME"), f"cluster-feed -w {shlex.quote(str(folder))}"
    for line in (
        t(f"Đã tạo {folder}. Tiếp theo:", f"Made {folder}. Next:"),
        f"  1. {folder}/cluster-feed.toml  {t('(tòa soạn)', '(newsrooms)')}",
        f"  2. {folder}/playlists/*.toml   {t('(cụm, máy chủ)', '(clusters, nodes)')}",
        f"  3. {command} keys init --approver {name} --approver {name} --approver {name}",
        f"  4. {command} check",
        f"  5. {command} run",
        f"  6. {command} desk invite {name} --role operator",
        f"  7. {command} desk run",
    ):
        out.print(escape(line), soft_wrap=True)


@app.command(name="check", help=t("Kiểm tra cài đặt.", "Check the installation."))
def check_(context: typer.Context) -> None:
    findings = list(check.run(opened(context)))
    out.print(tables.findings(findings))
    raise typer.Exit(any(finding.problem for finding in findings))


@app.command(help=t("Chạy liên tục (dịch vụ).", "Run as the daemon."))
def run(context: typer.Context) -> None:
    daemon.run(opened(context))


@app.command(name="status", help=t("Mọi việc đang ở đâu.", "Where everything stands."))
def status_(context: typer.Context, *, as_json: AsJson = False) -> None:
    stands = status.of(opened(context), moment())
    if as_json:
        sys.stdout.write(stands.model_dump_json(indent=2) + "\n")
        return
    out.print(tables.intake(stands))
    if stands.editions:
        out.print(tables.editions(stands.editions))
    if stands.notices:
        out.print(tables.notices(stands.notices))
    out.print(tables.clusters(stands.clusters))
    for line in tables.problems(stands):
        out.print(line, soft_wrap=True)
    for edition in stands.editions:
        if edition.state is State.APPROVED and not edition.problem:
            out.print(tables.waits(edition), soft_wrap=True)


@audit_app.command(name="verify", help=t("Kiểm tra chuỗi nhật ký.", "Verify the log's chain."))
def audit_verify(
    context: typer.Context,
    noted: Annotated[
        audit.Anchor | None,
        typer.Option(
            parser=audit.Anchor.parse,
            metavar="'1234 ABCD-…'",
            help=t(
                "Dòng và mã đã ghi lại lần trước: thấy cả khi đuôi nhật ký bị cắt",
                "The row and code noted last time: a cut end is noticed too",
            ),
        ),
    ] = None,
) -> None:
    opened(context)
    rows, now = audit.verify(noted), audit.head()
    out.print(t(f"✓ {rows} dòng, chuỗi nguyên vẹn", f"✓ {rows} rows, the chain is whole"))
    if now:
        note = t("Ghi lại ở nơi khác để so lần sau:", "Note this elsewhere, for the next time:")
        out.print(f"{note} {now}", soft_wrap=True)
