"""The way of a clip, one stage a module.

    ingest → normalize → assemble → approve → publish → deliver → report
                                                   └──→ syndicate

The release of an urgent notice (`notice`, `release`) and a withdrawal (`withdraw`) are editions
that are made from what is live (`urgent`) and go the same way from `approve` on.

No stage calls another; what people do to editions builds on `approve`.  Each asks the ledger what
is due, does it, and records a fact; doing it twice is harmless, and a crash anywhere is repaired by
running it again.
"""

from collections.abc import Callable

Tick = Callable[[str, float], None]
"""Told how far a piece of work has come: what it is, for a person, and a part of 1."""


def quiet(_what: str, _part: float) -> None:
    """Tell nobody."""
