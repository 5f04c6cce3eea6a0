"""The installation that the desk serves: one workspace a process."""

import logging
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from cluster_feed.adapters.store import write_visible
from cluster_feed.core.errors import FeedError
from cluster_feed.ledger.connect import connect
from cluster_feed.workspace import Workspace

logger = logging.getLogger(__name__)

_DOCUMENTS = ("*.toml", "playlists/[!.]*.toml", "profiles/[!.]*.toml")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class House:
    """What every page may ask."""

    workspace: Workspace
    read: tuple[Path, tuple[tuple[str, int], ...]] = (Path(), ())
    """Which documents of which folder were read, and when each was written."""


def open_house(workspace: Workspace) -> None:
    """Serve this workspace: its ledger, its address, its secret."""
    House.workspace = workspace
    settings.SECRET_KEY = _secret(workspace)
    _live_at(workspace.settings.desk.address)
    connect(workspace.database_url)


def _live_at(address: str) -> None:
    """Answer to no name but the desk's own; cookies travel as safely as its pages do."""
    url = urlsplit(address)
    over_tls = url.scheme == "https"
    settings.ALLOWED_HOSTS = [url.hostname or "", *_LOOPBACK]
    settings.CSRF_TRUSTED_ORIGINS = [address.rstrip("/")] if over_tls else []
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = over_tls
    if over_tls:
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        settings.SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60


def _secret(workspace: Workspace) -> str:
    """Give what signs the sessions; made at the first start, for the hub's account alone."""
    path = workspace.keys / "desk.secret"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_visible(path, secrets.token_urlsafe(48).encode(), mode=0o600)
    return path.read_text()


def workspace() -> Workspace:
    """The installation, its documents read again where somebody changed one.

    A mistake in one is loud, and the last good ones stay in force, as with the daemon.
    """
    now = House.workspace.root, _changed_at(House.workspace.root)
    before, House.read = House.read, now
    if before[0] == now[0] and before != now:
        try:
            House.workspace = Workspace.load(House.workspace.root)
        except FeedError as error:
            logger.error("what was read before stays in force: %s", error)  # noqa: TRY400  it says all
    return House.workspace


def _changed_at(root: Path) -> tuple[tuple[str, int], ...]:
    """When each document was last written; one that is being replaced is read a little later."""
    changed = []
    for path in sorted(path for folder in _DOCUMENTS for path in root.glob(folder)):
        with suppress(FileNotFoundError):
            changed.append((path.name, path.stat().st_mtime_ns))
    return tuple(changed)
