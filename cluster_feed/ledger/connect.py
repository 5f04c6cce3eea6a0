"""Open the record: SQLite in the workspace, or PostgreSQL by URL."""

from typing import Any

import dj_database_url
from django.core.management import call_command
from django.db import connections

_SQLITE = {
    "timeout": 30,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
        f"PRAGMA mmap_size={1 << 30};"  # pages are read where the kernel has them, not copied
    ),
}


def connect(url: str) -> None:
    """Open the ledger and bring its tables up to date.

    SQLite's commits are fsynced, because an original leaves the inbox on the ledger's word.  A
    thread keeps its connection from one request to the next.
    """
    database: dict[str, Any] = {
        **dj_database_url.parse(url, conn_max_age=None, conn_health_checks=True)
    }
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["OPTIONS"] = _SQLITE
    connections.close_all()
    connections.settings = connections.configure_settings({"default": database})
    del connections["default"]
    call_command("migrate", verbosity=0, interactive=False)
