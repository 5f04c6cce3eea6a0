"""The account a screen gives of itself, `outbox/<screen>/health.json`."""

import logging
import shutil
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from cluster_feed.adapters.store import write_visible
from cluster_feed.core.errors import FeedError
from cluster_feed.core.health import Fault, Health
from cluster_feed.core.value import canonical
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.lock import locked

logger = logging.getLogger(__name__)

_FAULTS = 50
_FACT_LENGTH = 300


class HealthBook:
    """Where the agent and the player both write; the latest faults stay until others push them out.

    A fault that returns is kept once, with its latest time: weeks without a link are one line.
    """

    def __init__(self, config: ScreenConfig) -> None:
        self._config = config
        self._lock = config.state / ".health.lock"

    @property
    def path(self) -> Path:
        """The file that is handed over."""
        return self._config.outbox / "health.json"

    def read(self) -> Health | None:
        """The account as it stands; None: there is none yet, or its file was damaged."""
        try:
            return Health.model_validate_json(self.path.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def fault(self, error: FeedError, at: datetime) -> None:
        """Report what was refused or failed; a disk that takes no report stops nothing."""
        logger.warning("%s", error)
        facts = {name: fact[:_FACT_LENGTH] for name, fact in error.facts.items()}
        fault = Fault(at=at, code=error.code, facts=facts)
        try:
            with locked(self._lock):
                health = self._now(at)
                others = [f for f in health.faults if (f.code, f.facts) != (fault.code, facts)]
                self._write(health, faults=(*others, fault)[-_FAULTS:])
        except OSError:
            logger.exception("the fault could not be written down")

    def shows(self, edition: int, at: datetime, *, switched: bool) -> None:
        """Report the edition that the screen shows."""
        with locked(self._lock):
            health = self._now(at)
            since = at if switched or health.edition != edition else health.switched_at
            self._write(health, edition=edition, switched_at=since)

    def _now(self, at: datetime) -> Health:
        free = shutil.disk_usage(self._config.state).free
        health = self.read() or Health(
            cluster=self._config.cluster, screen=self._config.screen, at=at
        )
        return health.model_copy(update={"at": at, "free_bytes": free})

    def _write(self, health: Health, **changes: object) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        document = health.model_copy(update=changes).model_dump(mode="json")
        write_visible(self.path, canonical(document))
