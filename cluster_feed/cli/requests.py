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


def hand_out(workspace: Workspace, asked: Request, to: Path, *, media: bool) -> None:
    """Write a request into a folder, the files that it lets screens show before it."""
    written = []
    if media and asked.playlists:
        with Progressing() as tick:
            written.append(viewing.lay_out(to, asked, workspace.store, tick))
    written.append(request.write(to, asked, asked.name))
    for path in written:
        out.print(escape(str(path)), soft_wrap=True)
