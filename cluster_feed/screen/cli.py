"""The commands of a gate: a screen's agent and player, and the node between it and the hub."""

import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from cluster_feed import console
from cluster_feed.console import complain, out, t
from cluster_feed.core.errors import NotCommissioned, ScreenError
from cluster_feed.screen import agent, node
from cluster_feed.screen.browser import Browser
from cluster_feed.screen.config import FILE_NAME, PlayerKind, ScreenConfig
from cluster_feed.screen.engine import Engine
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.mpv import Mpv
from cluster_feed.screen.outlet import Outlets
from cluster_feed.screen.player import Player
from cluster_feed.screen.service import Watchdog
from cluster_feed.screen.trust import Trust

screen_app = typer.Typer(no_args_is_help=True, help=t("Màn hình tại cửa khẩu.", "A screen."))

_PLAYERS: Final[Mapping[PlayerKind, Callable[[ScreenConfig], Player]]] = {
    PlayerKind.BROWSER: Browser,
    PlayerKind.MPV: Mpv,
}

_TO_COMMISSION: Final = 3
"""The exit status that asks for `commission`, and that nothing else has."""

ConfigFile = Annotated[
    Path, typer.Option("--config", help=t("Tệp cấu hình màn hình", "The screen's file"))
]


@screen_app.command(help=t("Thiết lập tin cậy tại chỗ.", "Set the screen's trust up, on site."))
def commission(
    root: Annotated[Path, typer.Argument(help="root.json", exists=True, dir_okay=False)],
    lowest: Annotated[
        int,
        typer.Option(
            min=1,
            help=t(
                "Số của phiên bản đang phát hành, cột “Số” của “cluster-feed status” tại trung "
                "tâm; bản cũ hơn không bao giờ được phát. 1: chưa từng phát hành",
                "The number of the edition that is published, column “Number” of “cluster-feed "
                "status” at the hub; nothing older will ever show. 1: none ever was",
            ),
        ),
    ],
    config: ConfigFile = Path(FILE_NAME),
) -> None:
    """Trust a root that was carried here, from now on, and no edition below the lowest.

    There is no default: a screen that was set up anew would show any old edition that still runs.
    """
    screen = ScreenConfig.load(config)
    device = agent.commission(screen, root.read_bytes(), lowest, datetime.now(UTC))
    whose = f"{screen.cluster}/{screen.screen}"
    out.print(f"✓ {whose}")
    out.print(
        t(
            f"Mã thiết bị: [bold]{device.code}[/]\nHãy đọc mã này cho trung tâm; tại đó chạy: "
            f"cluster-feed screens admit {whose} {device.code} --as <tên>",
            f"Device code: [bold]{device.code}[/]\nRead this code out to the hub, where one runs: "
            f"cluster-feed screens admit {whose} {device.code} --as <name>",
        ),
        soft_wrap=True,
    )


@screen_app.command(
    help=t(
        "Khóa tin cậy có nguyên vẹn không; kết thúc bằng 3: hãy thiết lập (lại).",
        "Whether the screen's trust is whole; ends with 3: commission it (again).",
    )
)
def check(config: ConfigFile = Path(FILE_NAME)) -> None:
    """Mend what one damaged copy can be mended from, and say whether a person must come."""
    screen = ScreenConfig.load(config)
    try:
        Trust(screen.trust).check()
    except NotCommissioned as error:
        complain(error)
        raise typer.Exit(_TO_COMMISSION) from error
    out.print(f"✓ {screen.cluster}/{screen.screen}")


@screen_app.command(help=t("Tải và báo về một lần.", "Pull and hand over once."))
def pull(config: ConfigFile = Path(FILE_NAME)) -> None:
    """Take the newest edition, if there is one, and give back proof of play and health."""
    screen = ScreenConfig.load(config)
    try:
        pulled = agent.Agent(screen).pull(datetime.now(UTC))
    except ScreenError:
        with suppress(ScreenError):  # the first refusal is the one to tell
            hand_over(screen, datetime.now(UTC))
        raise
    out.print(f"✓ #{pulled.number}: +{pulled.fetched} ({pulled.fetched_bytes / 1e6:.1f} MB)")
    handed = ", ".join(hand_over(screen, datetime.now(UTC)))
    out.print(t(f"✓ báo về: {handed or '—'}", f"✓ handed over: {handed or '—'}"), soft_wrap=True)


@screen_app.command(help=t("Tải, kiểm tra và phát, mãi mãi.", "Pull, verify and play, for ever."))
def run(
    config: ConfigFile = Path(FILE_NAME),
    player: Annotated[
        PlayerKind | None,
        typer.Option(
            help=t(
                "Trình phát; không nêu: theo tệp cấu hình",
                "What plays; not named: as the screen's file says",
            )
        ),
    ] = None,
) -> None:
    """Serve until SIGTERM."""
    screen = ScreenConfig.load(config)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: stop.set())
    beside: list[Callable[[threading.Event], None]] = [agent.Agent(screen).run]
    if screen.outlets:
        beside.append(Outlets(screen).run)
    with ExitStack() as opened:
        shows: Callable[[threading.Event], object] = _wait
        if chosen := _PLAYERS.get(player or screen.player):
            with_it = opened.enter_context(closing(chosen(screen)))
            shows = opened.enter_context(Engine(screen, with_it)).run
        threads = [threading.Thread(target=each, args=(stop,)) for each in beside]
        for thread in threads:
            thread.start()
        try:
            shows(stop)
        finally:
            stop.set()  # or the agent would keep alive a service that shows nothing
            for thread in threads:
                thread.join()


def _wait(stop: threading.Event) -> None:
    """Wait while other people's players show what the outlets lay out."""
    watchdog = Watchdog()
    while not stop.wait(1):
        watchdog.alive()


def serve(
    folder: Annotated[
        Path,
        typer.Argument(help=t("Thư mục feed", "The feed's folder"), exists=True, file_okay=False),
    ],
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8080,
) -> None:
    """Serve the feed to the screens of this LAN, and take their proof."""
    node.serve(folder, host, port)


def main() -> None:
    """Be `cluster-feed screen` without the hub's libraries: a device has its picture sooner."""
    console.serve(screen_app)
