"""Draw up every paper of a workspace and render it to pages, for a person to look at.

    python -m tests.bench.look_at_papers WORKSPACE 2026-11 FOLDER

needs `apt install --no-install-recommends libreoffice-writer libreoffice-calc poppler-utils`.
"""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import cluster_feed.web  # noqa: F401  first: it names Django's settings
from cluster_feed.core.errors import NothingToPaper
from cluster_feed.core.paper import Order, PaperKind
from cluster_feed.core.span import Span
from cluster_feed.ledger.connect import connect
from cluster_feed.pipeline import papers
from cluster_feed.workspace import Workspace

_DOTS_AN_INCH = "70"


def main(root: Path, span: Span, folder: Path) -> None:
    """Write each paper and its annex, as PDF and a picture a page besides."""
    workspace = Workspace.load(root)
    connect(workspace.database_url)
    folder.mkdir(parents=True, exist_ok=True)
    now = max(datetime.now(UTC), span.ends_at)
    for kind in PaperKind:
        try:
            paper = papers.gather(workspace, now, Order(kind=kind, span=span))
        except NothingToPaper as nothing:
            sys.stdout.write(f"{nothing}\n")
            continue
        made = {
            ".docx": papers.document(workspace, paper),
            ".xlsx": papers.annex(paper),
        }
        for suffix, content in made.items():
            (folder / f"{paper.file_name}{suffix}").write_bytes(content)
            _render(folder, f"{paper.file_name}{suffix}")


def _render(folder: Path, name: str) -> None:
    pdf = f"{name}.pdf"
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", name],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    (folder / Path(name).with_suffix(".pdf").name).rename(folder / pdf)
    subprocess.run(["pdftoppm", "-r", _DOTS_AN_INCH, "-png", pdf, name], cwd=folder, check=True)
    sys.stdout.write(f"{folder / pdf}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Span.parse(sys.argv[2]), Path(sys.argv[3]))
