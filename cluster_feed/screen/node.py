"""The cluster's node: serves the feed tree to the screens of one LAN and takes their proof.

It is an untrusted mirror and can forge nothing.  It reads `metadata/` and `targets/`, and writes
only `outbox/<screen>/`, which the hub fetches and empties by SFTP.  Anybody on the LAN may deliver:
what no device signed is not taken, and whether a device is a screen's at all is for the hub to
say.
"""

import asyncio
import logging
import re
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from cluster_feed.core import health, proof
from cluster_feed.core.errors import NoRoom, OperatorError
from cluster_feed.screen.outbox import Outbox
from cluster_feed.screen.visitor import Visitor

logger = logging.getLogger(__name__)

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_SCREEN: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_AT_ONCE: Final = 1500
"""Connections; a gate of five hundred screens that all ask in one moment has them."""
_BODY_SECONDS: Final = 60.0
"""In which a delivery must have come, a megabyte at the most."""


def application(folder: Path) -> Starlette:
    """Serve the feed tree in `folder`."""
    node = _Node(folder.resolve())
    routes = [
        Route("/metadata/{name}", node.metadata, methods=["GET"]),
        Route("/targets/{cluster}/{name}", node.target, methods=["GET"]),
        Route("/outbox/{screen}/{name}", node.take, methods=["PUT"]),
    ]
    return Starlette(routes=routes)


def serve(folder: Path, host: str, port: int) -> None:
    """Serve until told to stop."""
    uvicorn.Server(server_config(folder, host, port)).run()


def server_config(folder: Path, host: str, port: int) -> uvicorn.Config:
    """How the node's server runs."""
    return uvicorn.Config(
        application(folder),
        host=host,
        port=port,
        http=Visitor,
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        limit_concurrency=_AT_ONCE,
        log_config=None,
    )


class _Node:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._outbox = Outbox(folder / "outbox")

    async def metadata(self, request: Request) -> Response:
        """Give signed metadata; timestamp.json is asked for anew every time."""
        path = self._readable("metadata", request.path_params["name"])
        return FileResponse(path, headers={"Cache-Control": "no-cache"})

    async def target(self, request: Request) -> Response:
        """Give a rendition or a playlist, whole or in part (Range)."""
        path = request.path_params
        return FileResponse(self._readable("targets", path["cluster"], path["name"]))

    async def take(self, request: Request) -> Response:
        """Take a screen's proof of play or health."""
        screen, name = request.path_params["screen"], request.path_params["name"]
        kinds = (
            (proof.NAME, proof.LARGEST, self._outbox.keep_proof),
            (health.NAME, health.LARGEST, self._outbox.keep_health),
            (health.PICTURE, health.LARGEST_PICTURE, self._outbox.keep_picture),
        )
        fitting = [(largest, keep) for kind, largest, keep in kinds if kind.fullmatch(name)]
        if not _SCREEN.fullmatch(screen) or not fitting:
            raise HTTPException(404)
        ((largest, keep),) = fitting
        content = await _body(request, largest)
        address = request.client.host if request.client else ""
        try:
            taken = await run_in_threadpool(keep, screen, name, content, address)
        except OperatorError as error:
            logger.warning("%s/%s was not taken: %s", screen, name, error)
            return Response(status_code=507 if isinstance(error, NoRoom) else 422)
        return Response(status_code=409 if taken.conflicts else 201 if taken.is_new else 204)

    def _readable(self, *parts: str) -> Path:
        """Find a file; hidden ones, partial ones and links out of the tree are not there."""
        path = self._folder.joinpath(*parts)
        plain = all(_PLAIN.fullmatch(part) for part in parts)
        if not plain or not path.resolve().is_relative_to(self._folder) or not path.is_file():
            raise HTTPException(404)
        return path


async def _body(request: Request, largest: int) -> bytes:
    content = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for chunk in request.stream():
                content += chunk
                if len(content) > largest:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    return bytes(content)
