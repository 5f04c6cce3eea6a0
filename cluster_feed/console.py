"""How the command line speaks: Vietnamese, or English where the locale asks for it."""

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.errors import FeedError
from cluster_feed.core.value import printable


def tongue_of(environ: Mapping[str, str]) -> Tongue:
    """Choose the language of a terminal: `CLUSTER_FEED_LANGUAGE`, else the locale's.

    Only an English locale asks for English; a bare server's "C" does not.
    """
    names = ("CLUSTER_FEED_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((environ[name] for name in names if environ.get(name)), "")
    return Tongue.EN if chosen.startswith("en") else Tongue.VI


TONGUE: Final = tongue_of(os.environ)
out: Final = Console(highlight=False)
err: Final = Console(highlight=False, stderr=True)


def t(vi: str, en: str) -> str:
    """Pick the sentence in the terminal's language."""
    return vi if TONGUE is Tongue.VI else en


def plain(text: str) -> str:
    """Give a stranger's words as letters only, which no mark-up changes."""
    return escape(printable(text))


def complain(error: FeedError) -> None:
    """Tell a person why something was refused and who must act."""
    says = "\n".join(map(plain, error.message(TONGUE).splitlines()))
    err.print(f"[bold red]✗[/] {says}", soft_wrap=True)


class Progressing:
    """Progress bars for whatever pieces of work report themselves; a `pipeline.Tick`."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            console=out,
            transient=not out.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def __call__(self, what: str, part: float) -> None:
        """Show how far one piece of work has come."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(escape(what), total=1.0)
        self._bars.update(self._tasks[what], completed=part)
