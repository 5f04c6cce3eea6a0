"""How the command line speaks: Vietnamese, or English where the locale asks for it."""

import os
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from typer import Abort, BadParameter, Typer
from typer.exceptions import TyperException

from cluster_feed.core.bilingual import Bilingual, Tongue
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


def serve(app: Typer) -> None:
    """Be a program: run a command, and tell the person what was refused or is wrong with it."""
    try:
        status = app(standalone_mode=False)
    except FeedError as error:
        complain(error)
        status = 1
    except Abort:
        err.print(t("Đã dừng.", "Stopped."))
        status = 1
    except TyperException as error:
        _correct(error)
        status = error.exit_code
    sys.exit(status)


def _correct(error: TyperException) -> None:
    """Say in a person's language what is wrong with a command, above the library's own words."""
    own = error.message if isinstance(error, BadParameter) else ""
    own = own or error.format_message()
    if not own:
        return  # no word at all was written, and the help is there already
    says = _WRONG.get(type(error).__name__, _WRONG_SOMEHOW)
    param = getattr(error, "param", None)
    name = param.get_error_hint().strip("'") if param else getattr(error, "option_name", "")
    about = f" “{name}”" if name else ""
    context = getattr(error, "ctx", None)
    usage = f"{context.command_path} --help" if context else "--help"
    err.print(
        f"[bold red]✗[/] {plain(says.fill(about=about, usage=usage).to(TONGUE))}\n  {plain(own)}",
        soft_wrap=True,
    )


_WRONG: Final[Mapping[str, Bilingual]] = {
    "MissingParameter": Bilingual(
        "Câu lệnh thiếu{about}. Cách viết: {usage}", "It lacks{about}. See: {usage}"
    ),
    "BadParameter": Bilingual(
        "Giá trị{about} không dùng được. Cách viết: {usage}",
        "The value{about} cannot be used. See: {usage}",
    ),
    "NoSuchOption": Bilingual(
        "Câu lệnh không có tùy chọn{about}. Cách viết: {usage}",
        "There is no option{about}. See: {usage}",
    ),
    "BadOptionUsage": Bilingual(
        "Tùy chọn{about} viết chưa đúng. Cách viết: {usage}",
        "The option{about} is not written so. See: {usage}",
    ),
}
"""By what the library calls it; it keeps these classes to itself."""
_WRONG_SOMEHOW: Final = Bilingual(
    "Câu lệnh viết chưa đúng. Cách viết: {usage}", "The command is not written so. See: {usage}"
)


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
