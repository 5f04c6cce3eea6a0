"""Every command, thin: read the words, call a stage, say what came of it."""

from pathlib import Path
from typing import Annotated

import typer

import cluster_feed.web  # noqa: F401  first: it names Django's settings
from cluster_feed.cli import (
    desk,
    files,
    gates,
    hub,
    keys,
    notices,
    packages,
    papers,
    review,
    sign,
    stages,
)
from cluster_feed.console import serve, t
from cluster_feed.screen.cli import screen_app

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for commands in (hub, stages, review, gates):
    app.add_typer(commands.app)
app.add_typer(keys.app, name="keys")
app.add_typer(sign.app)
app.add_typer(notices.app, name="notice")
app.add_typer(packages.app, name="package")
app.add_typer(papers.app)
app.add_typer(desk.app, name="desk")
app.add_typer(files.app, name="profile")
app.add_typer(screen_app, name="screen")


@app.callback(help=t("Cluster Feed: từ tòa soạn đến màn hình cửa khẩu.", "Cluster Feed."))
def _choose_workspace(
    context: typer.Context,
    workspace: Annotated[
        Path,
        typer.Option(
            "--workspace",
            "-w",
            envvar="CLUSTER_FEED_WORKSPACE",
            help=t("Thư mục làm việc", "The workspace's folder"),
        ),
    ] = Path(),
) -> None:
    context.obj = workspace


def main() -> None:
    """Run a command; a refusal is told to the person and is the exit status."""
    serve(app)
