"""Assets on the desk's shelves, their files in the store."""

from pathlib import Path

from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Caption
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace
from tests.material import admit

OWN, OTHER = "bao-quang-tri", "xa-lao-bao"
HOSTILE = ("<script>alert(1)</script>", "\u202etxt.exe", "x" * 10_000, "'\"><img src=x onerror=1>")


def put(
    workspace: Workspace,
    name: str,
    *,
    newsroom: str = OTHER,
    kind: Kind = Kind.VIDEO,
    says: Caption | None = None,
    rendered: bool = True,
    hours: int = 0,
) -> ledger.Asset:
    """An asset of a newsroom, captioned by it."""
    row = admit(workspace, name, kind=kind, says=says, rendered=rendered, hours=hours)
    row.newsroom = row.captioned_by = newsroom
    row.save()
    return row


def keep(workspace: Workspace, sha256: str, content: bytes) -> Path:
    """Put bytes where the store would hold a file of this identity."""
    path = workspace.store.path(sha256)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path
