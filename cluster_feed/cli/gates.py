"""The gates: their nodes and screens."""

import typer

from cluster_feed.console import t
from cluster_feed.screen.cli import serve

app = typer.Typer()
node_app = typer.Typer(no_args_is_help=True, help=t("Máy chủ của cụm.", "A cluster's node."))
app.add_typer(node_app, name="node")

node_app.command(name="serve", help=t("Phục vụ mạng nội bộ của cụm.", "Serve the LAN."))(serve)
