"""Open the record: SQLite in the workspace, or PostgreSQL by URL."""

from typing import Any

import dj_database_url
import django
from django.conf import settings

from cluster_feed.ledger import conf

_SQLITE = {
    "timeout": 30,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}


def connect(url: str) -> None:
    """Open the ledger and bring its tables up to date; again in one process: the first stands.

    SQLite commits are fsynced, because an original leaves the inbox on the ledger's word.
    """
    if not settings.configured:
        database: dict[str, Any] = {**dj_database_url.parse(url)}
        if database["ENGINE"] == "django.db.backends.sqlite3":
            database["OPTIONS"] = _SQLITE
        settings.configure(conf, DATABASES={"default": database})
        django.setup()
    from django.core.management import call_command  # noqa: PLC0415  needs the settings

    call_command("migrate", verbosity=0, interactive=False)
