"""Serve the desk: gunicorn with threads, behind the department's own web server or alone."""

import os
from typing import Any, Final

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication

from cluster_feed.web.house import open_house
from cluster_feed.workspace import Workspace

_MOST_WORKERS: Final = 4
"""One a core, as a page is work; the record takes one writer at a time whatever they are."""
_SECONDS_TO_ANSWER: Final = 120
"""A large upload over a slow line; a page takes none of it."""
_SECONDS_BETWEEN_PAGES: Final = 75
"""For which a connection stays open: longer than the web servers before it keep theirs."""


class Server(BaseApplication):  # type: ignore[misc]
    """The desk of one workspace at an address."""

    def __init__(self, workspace: Workspace, host: str, port: int, threads: int) -> None:
        self._workspace = workspace
        self._options: dict[str, Any] = {
            "bind": f"{host}:{port}",
            "worker_class": "gthread",
            "workers": max(2, min(os.cpu_count() or 2, _MOST_WORKERS)),
            "threads": threads,
            "timeout": _SECONDS_TO_ANSWER,
            "keepalive": _SECONDS_BETWEEN_PAGES,
            "max_requests": 20_000,
            "max_requests_jitter": 2_000,
            "forwarded_allow_ips": "127.0.0.1,::1",
            "accesslog": None,
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn; called by it."""
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> WSGIHandler:
        """Open the house in a worker; called by gunicorn."""
        open_house(self._workspace)
        return get_wsgi_application()
