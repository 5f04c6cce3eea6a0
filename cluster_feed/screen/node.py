"""The cluster's node: serves the feed tree to the screens of one LAN and takes their proof.

It is an untrusted mirror: it verifies nothing and can forge nothing.  It reads `metadata/` and
`targets/`, and writes only `outbox/<screen>/`, which the hub fetches and empties by SFTP.
"""

import logging
import os
import re
import secrets
import shutil
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from cluster_feed.adapters.store import fsync_folder, make_visible
from cluster_feed.screen.handover import PROOF_NAME

logger = logging.getLogger(__name__)

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_SCREEN: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LARGEST: Final = 8 << 20
"""Bytes of one delivery; a file of proof has some hundred rows of 500 bytes."""
_RESERVE: Final = 64 << 20
"""Bytes that deliveries leave free on the node's disk, for the feed."""


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
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        limit_concurrency=200,
        log_config=None,
    )


class _Node:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

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
        is_proof = PROOF_NAME.fullmatch(name) is not None
        if not _SCREEN.fullmatch(screen) or not (is_proof or name == "health.json"):
            raise HTTPException(404)
        content = await _body(request)
        status = await run_in_threadpool(self._keep, screen, name, content, replace=not is_proof)
        return Response(status_code=status)

    def _readable(self, *parts: str) -> Path:
        """Find a file; hidden ones, partial ones and links out of the tree are not there."""
        path = self._folder.joinpath(*parts)
        plain = all(_PLAIN.fullmatch(part) for part in parts)
        if not plain or not path.resolve().is_relative_to(self._folder) or not path.is_file():
            raise HTTPException(404)
        return path

    def _keep(self, screen: str, name: str, content: bytes, *, replace: bool) -> int:
        """Write a delivery; proof that is already there is never overwritten, health always."""
        if shutil.disk_usage(self._folder).free < len(content) + _RESERVE:
            return 507
        folder = self._folder / "outbox" / screen
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f".{name}.{secrets.token_hex(6)}"
        path = folder / name
        try:
            made.write_bytes(content)
            if replace:
                make_visible(made, path)
                return 204
            with made.open("rb") as file:
                os.fsync(file.fileno())
            path.hardlink_to(made)
        except FileExistsError:
            return 204 if path.read_bytes() == content else 409
        finally:
            made.unlink(missing_ok=True)
        fsync_folder(folder)
        return 201


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _LARGEST:
            raise HTTPException(413)
    return bytes(content)
