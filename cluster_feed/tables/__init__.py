"""What the command line shows of the house, as tables that a person can read."""

from cluster_feed.tables.media import captioned, measured, original, outlook, renditions, unlettered
from cluster_feed.tables.playlists import notice, playlist, programme, simulation, to_look_at
from cluster_feed.tables.rounds import deliveries, findings, packages, plays, taken_in
from cluster_feed.tables.status import (
    clusters,
    devices,
    editions,
    intake,
    missing,
    notices,
    problems,
    still_needed,
    waits,
)
from cluster_feed.tables.words import NO, WAITS, YES, when

__all__ = [
    "NO",
    "WAITS",
    "YES",
    "captioned",
    "clusters",
    "deliveries",
    "devices",
    "editions",
    "findings",
    "intake",
    "measured",
    "missing",
    "notice",
    "notices",
    "original",
    "outlook",
    "packages",
    "playlist",
    "plays",
    "problems",
    "programme",
    "renditions",
    "simulation",
    "still_needed",
    "taken_in",
    "to_look_at",
    "unlettered",
    "waits",
    "when",
]
