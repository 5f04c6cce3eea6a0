"""A department's installation: its workspace, its people's keys, its editions."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from cluster_feed.adapters import keys
from cluster_feed.core.edition import Edition, State, fingerprint
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve
from cluster_feed.pipeline.commission import ceremony
from cluster_feed.workspace import Workspace
from tests.trust import CLUSTERS, NOW, keep, playlist_of

PEOPLE = {"an": "mật khẩu của chị An", "binh": "mật khẩu của anh Bình", "chi": "mật khẩu của Chi"}
LEADERS = ("lãnh đạo thứ nhất", "lãnh đạo thứ hai", "lãnh đạo thứ ba")
HERE = Path(__file__).parents[1]

keys.KDF_ROUNDS = 1  # of keys that live for one test; half a second each otherwise


def installed(root: Path, settings: str = "") -> Workspace:
    """A workspace before the ceremony."""
    root.mkdir()
    shutil.copytree(HERE / "profiles", root / "profiles")
    shutil.copytree(HERE / "playlists", root / "playlists")
    (root / "cluster-feed.toml").write_text(settings, encoding="utf-8")
    return Workspace.load(root)


def opened(root: Path, settings: str = "") -> Workspace:
    """A workspace after the ceremony."""
    workspace = installed(root, settings)
    ceremony(workspace, NOW, PEOPLE, LEADERS)
    return workspace


def never_closes(workspace: Workspace) -> Workspace:
    """The same where every gate is open day and night: a test runs at any hour."""
    for document in (workspace.root / "playlists").glob("*.toml"):
        said = document.read_text(encoding="utf-8")
        said = said.replace("opens = 06:00:00", "opens = 00:00:00")
        document.write_text(said.replace("closes = 22:00:00", "closes = 00:00:00"), "utf-8")
    return Workspace.load(workspace.root)


def draft(
    workspace: Workspace,
    name: str,
    *,
    cycle: str = "2026-01",
    urgent: bool = False,
    clusters: tuple[str, ...] = CLUSTERS,
) -> ledger.Edition:
    """An edition as it is assembled, its files in the store."""
    playlists = {
        cluster: playlist_of(cluster, 1, f"clip of {name} at {cluster}".encode())
        for cluster in clusters
    }
    row = ledger.Edition.objects.create(
        name=name,
        cycle=cycle,
        urgent=urgent,
        state=State.DRAFT,
        fingerprint=fingerprint(playlists),
        created_at=NOW,
    )
    for cluster, playlist in playlists.items():
        keep(workspace.store, f"clip of {name} at {cluster}".encode())
        row.programmes.create(cluster=cluster, playlist=playlist.to_bytes())
    return row


def approve_by(workspace: Workspace, name: str, person: str, now: datetime = NOW) -> Edition:
    """Approve what is there as one who has just looked at it."""
    seen = ledger.Edition.objects.get(name=name).fingerprint
    return approve.approve(workspace, now, name, person, seen, PEOPLE[person])


def approved(
    workspace: Workspace, name: str, *, cycle: str = "2026-01", urgent: bool = False
) -> None:
    """Take an edition from draft to approved."""
    draft(workspace, name, cycle=cycle, urgent=urgent)
    approve.submit(workspace, NOW, name, "duong")
    approve_by(workspace, name, "an")
    approve_by(workspace, name, "binh", NOW + timedelta(minutes=1))
