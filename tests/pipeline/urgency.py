"""A department with assets, and last month's edition on the screens."""

from datetime import UTC, datetime, timedelta

from cluster_feed.core.health import Health
from cluster_feed.core.playlist import Playlist
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, assemble, publish
from cluster_feed.workspace import Workspace
from tests.material import admit
from tests.office import approve_by
from tests.trust import NOW, keep

SOON = NOW + timedelta(minutes=10)


def supply(workspace: Workspace, *names: str) -> list[ledger.Asset]:
    """Assets with their renditions in the store."""
    for name in names:
        for profile in workspace.wanted_profiles:
            keep(workspace.store, f"{name} {profile}".encode())
    return [admit(workspace, name) for name in names]


def sign(workspace: Workspace, name: str, *people: str) -> None:
    """Approve an edition by people's signatures."""
    for person in people or ("an", "binh"):
        approve_by(workspace, name, person, SOON)


def show_last_month(workspace: Workspace) -> str:
    """Put last month's edition of everything on the screens."""
    cycle = workspace.calendar.current(NOW).previous
    edition = assemble.run(workspace, NOW, cycle)
    approve.submit(workspace, NOW, edition.name, "duong")
    sign(workspace, edition.name)
    assert publish.run(workspace, NOW) == [edition.name]
    return edition.name


def live(cluster: str) -> Playlist:
    """What was last published for a cluster."""
    programme = ledger.Programme.live(cluster)
    assert programme
    return programme.to_value()


def titles(playlist: Playlist) -> list[str]:
    """What it shows now, for a person."""
    return [entry.captions["vi"] for entry in playlist.at(max(SOON, datetime.now(UTC)))]


def hears(cluster: str, screen: str, number: int) -> None:
    """A screen reports the edition that it shows."""
    says = Health(cluster=cluster, screen=screen, at=SOON, edition=number)
    ledger.Health.objects.update_or_create(
        cluster=cluster,
        screen=screen,
        defaults={"at": SOON, "says": says.model_dump(mode="json")},
    )
