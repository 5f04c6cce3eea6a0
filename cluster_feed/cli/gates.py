"""The gates: their nodes and screens."""

from typing import Annotated

import typer

from cluster_feed import tables
from cluster_feed.cli.arguments import opened
from cluster_feed.console import out, t
from cluster_feed.pipeline import node_check
from cluster_feed.screen.cli import serve

app = typer.Typer()
node_app = typer.Typer(no_args_is_help=True, help=t("Máy chủ của cụm.", "A cluster's node."))
app.add_typer(node_app, name="node")

node_app.command(name="serve", help=t("Phục vụ mạng nội bộ của cụm.", "Serve the LAN."))(serve)


@node_app.command(name="check", help=t("Kiểm tra máy chủ của một cụm.", "Check a cluster's node."))
def check_(
    context: typer.Context,
    cluster: Annotated[str, typer.Argument(help=t("Ví dụ: lao-bao", "For example: lao-bao"))],
) -> None:
    findings = list(node_check.run(opened(context), cluster))
    out.print(tables.findings(findings))
    raise typer.Exit(any(finding.problem for finding in findings))
