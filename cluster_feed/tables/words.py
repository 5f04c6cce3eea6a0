"""How every table writes a moment, a count, a mark and a reason."""

from collections.abc import Iterable
from datetime import datetime

from cluster_feed.console import TONGUE, t
from cluster_feed.core.caption import Missing
from cluster_feed.core.errors import FeedError
from cluster_feed.core.playlist import ZONE

YES, NO, WAITS = "[green]✓[/]", "[red]✗[/]", "[yellow]…[/]"


def when(moment: datetime | None) -> str:
    """Write a moment as people in the province do: 25/11/2026 18:00."""
    return f"{moment.astimezone(ZONE):%d/%m/%Y %H:%M}" if moment else "—"


def alarming(count: int) -> str:
    """Write a count that should be none."""
    return f"[yellow]{count}[/]" if count else "0"


def why(error: FeedError) -> str:
    """Say why, with a program's own words: who reads this is the operator."""
    raw = error.facts.get("machine_said")
    return error.message(TONGUE) + (f" [{raw}]" if raw else "")


def lacking(missing: Iterable[Missing]) -> str:
    """Name what a caption still lacks; nothing where it is complete."""
    fields = ", ".join(field.label.to(TONGUE) for field in missing)
    return fields and t(f"còn thiếu: {fields}", f"still missing: {fields}")
