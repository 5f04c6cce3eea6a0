"""Handing out what is to be signed elsewhere."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cluster_feed.adapters import request, viewing
from cluster_feed.adapters.request import Request
from cluster_feed.console import Progressing, out, t
from cluster_feed.workspace import Workspace

Media = Annotated[
    bool,
    typer.Option(
        "--media",
        help=t("Kèm video, ảnh để người ký xem", "With the clips and photos, for who signs"),
    ),
]


def give(workspace: Workspace, asked: Request, to: Path, *, media: bool) -> Path:
    """Write a request into a folder, after the files that it lets screens show."""
    if media and viewing.views(asked):
        with Progressing() as tick:
            folder = viewing.lay_out(to, asked, workspace.store, tick)
        out.print(escape(str(folder)), soft_wrap=True)
    return request.write(to, asked, asked.file_name)
