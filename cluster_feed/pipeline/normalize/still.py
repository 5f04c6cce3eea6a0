"""Pictures of what was found in a rendition, so that a person need not look for it.

In a worker: the ledger is not touched.
"""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from cluster_feed.adapters import glimpses
from cluster_feed.adapters.process import Patience
from cluster_feed.core.errors import DamagedMedia
from cluster_feed.core.finding import Finding

_log = logging.getLogger(__name__)

_SMALL: Final = "scale=640:640:force_original_aspect_ratio=decrease:force_divisible_by=2"


def of(
    made: Path, findings: Iterable[Finding], patience: Patience
) -> Iterator[tuple[Finding, bytes]]:
    """Take a JPEG of each finding that can be seen in a rendition."""
    for each in findings:
        if not each.can_be_seen:
            continue
        try:
            yield each, glimpses.still(made, each.middle_seconds, _SMALL, patience)
        except DamagedMedia as why:
            _log.warning("no still of %s: %s", each.says.en, why)
