"""What the browser is shown: one page, its orders, and the verified bytes of at most two turns.

It is served on the loopback only, under a path that nobody can guess, to requests that come from
that page itself.  The orders say all that is wanted, every time, so that a page that was loaded
anew needs no past.
"""

import asyncio
import json
import logging
import re
import secrets
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Annotated, Final, Literal

import uvicorn
from pydantic import Field, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cluster_feed.core.errors import BlobDamaged
from cluster_feed.core.value import Value
from cluster_feed.screen import card
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import fresh_code
from cluster_feed.screen.player import Turn

logger = logging.getLogger(__name__)

_PAGE: Final = Path(__file__).with_name("page")
_LONGEST_REPORT: Final = 64 << 10
_RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{0,15})", re.ASCII)
_TYPES: Final = {".mp4": "video/mp4", ".webm": "video/webm", ".jpg": "image/jpeg"}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_RAW_HEADERS: Final = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]

Count = Annotated[int, Field(ge=0, lt=2**53)]


class Told(Value):
    """What the page says of a turn; `late` is by how many ms its pictures came, at the median."""

    turn: Count
    state: Literal["shown", "ended", "failed"]
    detail: Annotated[str, Field(max_length=200)] = ""
    seconds: Annotated[float, Field(ge=0)] = 0
    position: Annotated[float, Field(ge=0)] = 0
    frames: Count = 0
    late: float | None = None


_REPORTS: Final[TypeAdapter[list[Told]]] = TypeAdapter(list[Told])


class Stage:
    """The page's server."""

    def __init__(self, config: ScreenConfig) -> None:
        self._config = config
        self._turns: Mapping[int, Turn] = {}
        self._told: dict[int, Told] = {}
        self._heard = threading.Condition()
        self._heard_at: float | None = None
        self._listening: asyncio.Queue[str] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._path = f"/{secrets.token_urlsafe(32)}"
        self.address = f"http://{self._host}{self._path}/"
        self._server = uvicorn.Server(self._served())
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="stage", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Serve no more."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()
        self._socket.close()

    def want(self, turns: Mapping[int, Turn]) -> None:
        """Have these turns shown, in this order, and nothing else; none: the safe card."""
        self._turns = dict(turns)
        with self._heard:
            self._told = {turn: told for turn, told in self._told.items() if turn in turns}
        if self._loop and self._listening:
            self._loop.call_soon_threadsafe(self._listening.put_nowait, self._orders())

    def told(self, turn: int, seconds: float) -> Told | None:
        """What was last said of a turn, after waiting so long for something new to be said."""
        with self._heard:
            before = self._told.get(turn)
            self._heard.wait_for(lambda: self._told.get(turn) is not before, seconds)
            return self._told.get(turn)

    def silence(self) -> float:
        """Seconds since the page last said anything; infinity: it never has."""
        heard_at = self._heard_at  # another thread may forget it meanwhile
        return time.monotonic() - heard_at if heard_at is not None else float("inf")

    def expect_anew(self) -> None:
        """Forget the page: another one will be loaded."""
        self._heard_at = None

    # --- What is served ------------------------------------------------------------------------

    def _served(self) -> uvicorn.Config:
        routes = [
            Route(f"{self._path}/", self._show_page),
            Route(f"{self._path}/{{name}}", self._show_file),
            Route(f"{self._path}/orders", self._tell_orders),
            Route(f"{self._path}/media/{{turn:int}}", self._show_media),
            Route(f"{self._path}/told", self._take_reports, methods=["POST"]),
        ]
        routes.sort(key=lambda route: "{name}" in route.path)
        app = _OwnPageOnly(Starlette(routes=routes), self._host)
        return uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            access_log=False,
            server_header=False,
            log_config=None,
            timeout_graceful_shutdown=1,
        )

    async def _show_page(self, _request: Request) -> Response:
        return HTMLResponse(_written(self._config))

    async def _show_file(self, request: Request) -> Response:
        if (name := request.path_params["name"]) not in ("page.js", "page.css"):
            raise HTTPException(404)
        return FileResponse(_PAGE / name)

    async def _tell_orders(self, _request: Request) -> Response:
        """Say what is wanted, now and whenever it changes (server-sent events)."""
        self._loop = asyncio.get_running_loop()
        listening = self._listening = asyncio.Queue()

        async def events() -> AsyncIterator[str]:
            yield f"retry: 200\ndata: {self._orders()}\n\n"
            while self._listening is listening:
                yield f"data: {await listening.get()}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _take_reports(self, request: Request) -> Response:
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > _LONGEST_REPORT:
                raise HTTPException(413)
        try:
            reports = _REPORTS.validate_json(bytes(content))
        except ValidationError as error:
            logger.warning("the page's report is not understood: %s", error.errors()[0]["msg"])
            raise HTTPException(422) from error
        with self._heard:
            self._heard_at = time.monotonic()
            for told in reports:
                self._told[told.turn] = told
            self._heard.notify_all()
        return Response(status_code=204)

    async def _show_media(self, request: Request) -> Response:
        """Give the bytes of a wanted turn, whole or in part."""
        turn = self._turns.get(request.path_params["turn"])
        if not turn:
            raise HTTPException(404)
        size = turn.file.byte_count
        begin, end, status = 0, size, 200
        headers = {"Accept-Ranges": "bytes"}
        if asked := _RANGE.fullmatch(request.headers.get("range", "")):
            begin, end, status = int(asked[1]), min(int(asked[2] or size - 1) + 1, size), 206
            if begin >= end:
                raise HTTPException(416, headers={"Content-Range": f"bytes */{size}"})
            headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
        headers["Content-Length"] = str(end - begin)
        kind = _TYPES.get(Path(turn.name).suffix.lower(), "application/octet-stream")
        return StreamingResponse(
            _verified(turn, begin, end), status, headers=headers, media_type=kind
        )

    def _orders(self) -> str:
        """All that is wanted, as JSON."""
        turns = self._turns
        ahead = [turn.ahead for turn in turns.values()]
        return json.dumps(
            {
                "ahead": ahead[-1] if ahead else 0,
                "turns": [
                    {
                        "turn": number,
                        "url": f"media/{number}",
                        "kind": turn.kind.value,
                        "seconds": turn.seconds,
                        "begins": turn.begins,
                        "ends": turn.ends,
                        "captions": dict(turn.captions),
                        "urgent": turn.urgent,
                        "sound": self._config.sound,
                    }
                    for number, turn in turns.items()
                ],
            }
        )


def _verified(turn: Turn, begin: int, end: int) -> Iterator[bytes]:
    """The bytes of a turn's file, cut off where they are no longer those that were verified."""
    try:
        yield from turn.file.read(begin, end)
    except BlobDamaged as error:
        logger.warning("%s is cut off: %s", turn.name, error)
        raise ConnectionAbortedError from error


def _written(config: ScreenConfig) -> str:
    """The page of a screen, with its safe card."""
    device, seconds = fresh_code(config.trust)
    facts = {
        "device": card.DEVICE + device,
        "seconds": f"{seconds:.0f}",
        "gate": config.gate,
        "province": card.PROVINCE,
        "work": card.WORK,
        "stall": config.stall_seconds,
        "fade": config.fade_seconds,
        "captions": "yes" if config.captions else "no",
        "clock": "yes" if config.clock else "no",
        "mark": "yes" if config.corner_mark else "no",
    }
    page = Template((_PAGE / "page.html").read_text())
    drawn = {"code": card.inline_code(config)}
    return page.substitute({name: escape(str(fact)) for name, fact in facts.items()} | drawn)


class _OwnPageOnly:
    """Lets nothing in but what the page itself asks for, by the address that it was given."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._rules: Sequence[tuple[bytes, frozenset[bytes]]] = (
            (b"host", frozenset([host.encode()])),
            (b"origin", frozenset([b"", f"http://{host}".encode()])),
            (b"sec-fetch-site", frozenset([b"", b"same-origin", b"none"])),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        given = dict(scope["headers"])
        if any(given.get(name, b"") not in allowed for name, allowed in self._rules):
            await Response(status_code=403)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_RAW_HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_headers)
