"""The cluster's node: serves the feed tree to the screens of one LAN and takes their proof.

It is an untrusted mirror and can forge nothing.  It reads `metadata/` and `targets/`, and writes
only `outbox/<screen>/`, which the hub fetches and empties by SFTP.  Anybody on the LAN may deliver:
what no device signed is not taken, each device has its own files and its own room, and whether a
device is a screen's at all is for the hub to say.
"""

import logging
import os
import re
import shutil
import threading
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from cluster_feed.adapters.store import write_visible
from cluster_feed.core import health, proof
from cluster_feed.core.errors import OperatorError, ReportUnreadable
from cluster_feed.core.health import SignedHealth
from cluster_feed.core.proof import Proof
from cluster_feed.core.value import digest

logger = logging.getLogger(__name__)

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_SCREEN: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SCREENS: Final = 16
_DEVICES: Final = 8
"""How many devices of one screen's name may deliver."""
_ROOM: Final = 64 << 20
"""Bytes of one device's that wait for the hub: three months of a play every 10 s."""
_SILENT_SECONDS: Final = 86_400
"""After this a device that left nothing but its health gives way to a new one."""
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
        self._writing = threading.Lock()

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
            (proof.NAME, proof.LARGEST, self._keep_proof),
            (health.NAME, health.LARGEST, self._keep_health),
            (health.PICTURE, health.LARGEST_PICTURE, self._keep_picture),
        )
        fitting = [(largest, keep) for kind, largest, keep in kinds if kind.fullmatch(name)]
        if not _SCREEN.fullmatch(screen) or not fitting:
            raise HTTPException(404)
        ((largest, keep),) = fitting
        content = await _body(request, largest)
        try:
            status = await run_in_threadpool(keep, screen, name, content)
        except OperatorError as error:
            logger.warning("%s/%s was not taken: %s", screen, name, error)
            status = 422
        return Response(status_code=status)

    def _readable(self, *parts: str) -> Path:
        """Find a file; hidden ones, partial ones and links out of the tree are not there."""
        path = self._folder.joinpath(*parts)
        plain = all(_PLAIN.fullmatch(part) for part in parts)
        if not plain or not path.resolve().is_relative_to(self._folder) or not path.is_file():
            raise HTTPException(404)
        return path

    def _keep_proof(self, screen: str, name: str, content: bytes) -> int:
        """Write signed rows down; what is already there is never overwritten."""
        told = Proof.from_bytes(content)
        _check_name(told.name, told.records[0].screen, to=(screen, name))
        with self._writing:
            folder = self._folder / "outbox" / screen
            if (folder / name).exists():
                return 204 if (folder / name).read_bytes() == content else 409
            self._make_room(folder, name, len(content))
            write_visible(folder / name, content)
        return 201

    def _keep_health(self, screen: str, name: str, content: bytes) -> int:
        """Write a device's account over an earlier one of its own, never over a later one."""
        told = SignedHealth.from_bytes(content)
        _check_name(told.name, told.says.screen, to=(screen, name))
        with self._writing:
            folder = self._folder / "outbox" / screen
            held = _held(folder / name)
            if held and held.says.serial >= told.says.serial:
                return 204 if held == told else 409
            self._make_room(folder, name, len(content))
            write_visible(folder / name, content)
        return 204

    def _keep_picture(self, screen: str, name: str, content: bytes) -> int:
        """Write a picture of the screen over the one before, where its device's account has it."""
        mark = name.removeprefix("picture-").removesuffix(".jpg")
        with self._writing:
            folder = self._folder / "outbox" / screen
            held = _held(folder / f"health-{mark}.json")
            if not held or not held.says.picture or held.says.picture.sha256 != digest(content):
                raise ReportUnreadable(detail=f"no account of this device has {name}")
            self._make_room(folder, name, len(content))
            write_visible(folder / name, content)
        return 204

    def _make_room(self, folder: Path, name: str, byte_count: int) -> None:
        """Let nobody fill the disk, or take the place of another: 507 where there is no room."""
        if shutil.disk_usage(self._folder).free < byte_count + _RESERVE:
            raise HTTPException(507)
        if not folder.exists():
            outbox = folder.parent
            if outbox.exists() and sum(each.is_dir() for each in outbox.iterdir()) >= _SCREENS:
                raise HTTPException(507)
            folder.mkdir(parents=True)
        by_device: dict[str, list[os.stat_result]] = defaultdict(list)
        for each in folder.iterdir():
            of = _device_of(each.name)
            with suppress(FileNotFoundError):  # the hub has just fetched it
                by_device[of[1] if of else ""].append(each.stat())
        by_device.pop("", None)
        of_this = _device_of(name)
        mark = of_this[1] if of_this else ""
        if mark not in by_device and len(by_device) >= _DEVICES:
            _give_way(folder, by_device)
        if sum(each.st_size for each in by_device[mark]) + byte_count > _ROOM:
            raise HTTPException(507)


def _device_of(name: str) -> re.Match[str] | None:
    kinds = (proof.NAME, health.NAME, health.PICTURE)
    return next((match for kind in kinds if (match := kind.fullmatch(name))), None)


def _check_name(name: str, of_screen: str, *, to: tuple[str, str]) -> None:
    if (of_screen, name) != to:
        raise ReportUnreadable(detail=f"it is {name} of screen {of_screen}")


def _held(path: Path) -> SignedHealth | None:
    """A device's account that is here; none where it is not, or was damaged."""
    try:
        return SignedHealth.from_bytes(path.read_bytes())
    except (FileNotFoundError, OperatorError):
        return None


def _give_way(folder: Path, by_device: dict[str, list[os.stat_result]]) -> None:
    """Forget the device that is silent the longest and left nothing but its account."""
    pictures = {mark: folder / f"picture-{mark}.jpg" for mark in by_device}
    idle = [m for m, files in by_device.items() if len(files) == 1 + pictures[m].exists()]
    paths = [folder / f"health-{mark}.json" for mark in idle]
    silent = [(path.stat().st_mtime, path) for path in paths if path.exists()]
    if not silent or min(silent)[0] > time.time() - _SILENT_SECONDS:
        raise HTTPException(507)
    gives_way = min(silent)[1]
    gives_way.unlink()
    pictures[gives_way.stem.removeprefix("health-")].unlink(missing_ok=True)


async def _body(request: Request, largest: int) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > largest:
            raise HTTPException(413)
    return bytes(content)
