"""Is this installation able to do its work?  What is wrong, and who must mend it."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from cluster_feed.adapters import process, trial
from cluster_feed.adapters.live_feed import LiveFeed
from cluster_feed.adapters.sftp.link import open_link
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.errors import (
    ApproversGone,
    DaemonNeverRan,
    DaemonStopped,
    DiskFull,
    FeedError,
    HubClockBehind,
    KeysMissing,
    NodeIsAnExample,
    ToolMissing,
    TrustExpires,
)
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

_PROGRAMS: Final = {"ffmpeg": "apt install ffmpeg", "ffprobe": "apt install ffmpeg"}
_CAPABILITIES: Final = {
    "-encoders": ("libx264", " aac "),
    "-filters": ("bwdif", "ebur128", "idet", " ass "),
}
_LEAST_FREE_GIB: Final = 20
_CLOCK_BACK: Final = timedelta(minutes=5)
_SILENT: Final = timedelta(minutes=1)
"""The daemon says at every tick, each five seconds, that it is at work."""
_RENEW_AHEAD: Final = timedelta(days=90)
"""Two leaders must be found, and every gate reached, before screens stop believing."""


class Finding(NamedTuple):
    """One thing that was looked at; `problem` says what to mend, None: it is right."""

    what: Bilingual
    problem: FeedError | None = None


def run(workspace: Workspace) -> Iterator[Finding]:
    """Look at everything that the stages will need; loading the workspace checked its documents."""
    yield Finding(
        what=Bilingual(
            f"Cấu hình, {len(workspace.profiles)} hồ sơ hiển thị, {len(workspace.clusters)} cụm",
            f"Settings, {len(workspace.profiles)} profiles, {len(workspace.clusters)} clusters",
        )
    )
    yield from _programs()
    yield from _capabilities()
    yield _sandbox()
    yield from _encoder(workspace)
    yield _disk(workspace)
    yield _clock(datetime.now(UTC))
    yield from _keys(workspace, datetime.now(UTC))
    yield from _nodes(workspace)


def at_hand(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    """Look only at what is known at once: no program is run, no node is called."""
    yield from _programs()
    yield _disk(workspace)
    yield _clock(now)
    yield from _keys(workspace, now)
    yield from _examples(workspace)


def stopped(workspace: Workspace, now: datetime) -> FeedError | None:
    """Why nothing goes on by itself; None: the daemon is at work."""
    last = workspace.last_beat()
    if last is None:
        return DaemonNeverRan()
    if now - last < _SILENT:
        return None
    return DaemonStopped(since=f"{last.astimezone(ZONE):%H:%M %d/%m/%Y}")


def _node(cluster: Cluster) -> Bilingual:
    return Bilingual(f"Máy chủ {cluster.title}", f"Node of {cluster.title}")


def _examples(workspace: Workspace) -> Iterator[Finding]:
    """Find the nodes that nobody has put an address to."""
    for cluster in workspace.clusters.values():
        if cluster.in_service and cluster.node.host.endswith(".example"):
            yield Finding(
                what=_node(cluster),
                problem=NodeIsAnExample(cluster=cluster.name, host=cluster.node.host),
            )


def _programs() -> Iterator[Finding]:
    for program, install in _PROGRAMS.items():
        lacking = None if shutil.which(program) else ToolMissing(tool=program, install=install)
        yield Finding(what=Bilingual(program, program), problem=lacking)


def _capabilities() -> Iterator[Finding]:
    if shutil.which("ffmpeg"):
        for listing, wanted in _CAPABILITIES.items():
            can = subprocess.run(
                ["ffmpeg", "-hide_banner", listing], capture_output=True, text=True, check=False
            ).stdout
            for name in wanted:
                tool = f"ffmpeg ({name.strip()})"
                lacking = (
                    None if name in can else ToolMissing(tool=tool, install=_PROGRAMS["ffmpeg"])
                )
                yield Finding(what=Bilingual(tool, tool), problem=lacking)


def _sandbox() -> Finding:
    """Say whether strangers' files are opened apart; without it there are still limits."""
    if process.sandboxed():
        what = Bilingual("Mở tệp trong hộp cát (bubblewrap)", "Files are opened in a sandbox")
    else:
        what = Bilingual(
            "Mở tệp không có hộp cát, chỉ có giới hạn tài nguyên; nên cài: apt install bubblewrap",
            "Files are opened within limits but in no sandbox; better: apt install bubblewrap",
        )
    return Finding(what=what)


def _encoder(workspace: Workspace) -> Iterator[Finding]:
    """Say what codes clips here, and why; hardware that was asked for is tried."""
    if not shutil.which("ffmpeg"):
        return
    hardware = workspace.settings.normalizing.hardware
    try:
        yield Finding(what=trial.chosen(hardware).says)
    except FeedError as error:
        what = Bilingual(f"Chạy thử {hardware}", f"The trial of {hardware}")
        yield Finding(what=what, problem=error)


def _disk(workspace: Workspace) -> Finding:
    free = shutil.disk_usage(workspace.root).free >> 30
    full = DiskFull(path=workspace.root, free=f"{free} GiB", needed=f"{_LEAST_FREE_GIB} GiB")
    return Finding(
        what=Bilingual(f"Ổ đĩa còn {free} GiB", f"{free} GiB free on disk"),
        problem=full if free < _LEAST_FREE_GIB else None,
    )


def _clock(now: datetime) -> Finding:
    """A clock that went back would blame the gates' clocks, and miss the 25th."""
    told = f"{now.astimezone(ZONE):%H:%M %d/%m/%Y}"
    what = Bilingual(f"Đồng hồ máy này: {told}", f"This machine's clock: {told}")
    # The latest that was written, not the furthest ahead: a day with a wrong clock passes.
    last = ledger.Event.objects.order_by("pk").last()
    if last is None or now >= last.at - _CLOCK_BACK:
        return Finding(what=what)
    acted = f"{last.at.astimezone(ZONE):%H:%M %d/%m/%Y}"
    return Finding(what=what, problem=HubClockBehind(clock=told, last=acted))


def _keys(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    what = Bilingual("Khóa và feed đã ký", "Keys and signed feed")
    if not LiveFeed(workspace.feed).founded:
        yield Finding(what=what, problem=KeysMissing(path=workspace.keys))
        return
    yield Finding(what=what)
    yield from trust(workspace, now)


def trust(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    """Look at how long the leaders' word is good, and whether what is live is still approved."""
    feed = LiveFeed(workspace.feed)
    try:
        in_force = feed.in_force()
        lacking = without_approval(workspace)
    except FeedError as error:
        yield Finding(what=Bilingual("Feed", "Feed"), problem=error)
        return
    expires = min(in_force.root.signed.expires, in_force.targets.signed.expires)
    day = f"{expires:%d/%m/%Y}"
    yield Finding(
        what=Bilingual(f"Khóa gốc có giá trị đến {day}", f"Root keys good until {day}"),
        problem=TrustExpires(day=day) if expires - now < _RENEW_AHEAD else None,
    )
    for cluster, gone in lacking.items():
        yield Finding(
            what=Bilingual(f"Bản đang phát của cụm {cluster}", f"Live edition of {cluster}"),
            problem=gone,
        )


def without_approval(workspace: Workspace) -> Mapping[str, ApproversGone]:
    """The clusters whose live edition screens refuse now, as too few of those who signed count."""
    feed = LiveFeed(workspace.feed)
    request = f"trust-{feed.in_force().root.signed.version}"
    return {
        cluster: ApproversGone(
            cluster=cluster, valid=len(result.signed), threshold=result.threshold, request=request
        )
        for cluster, result in feed.lacking().items()
    }


async def _reach(workspace: Workspace, cluster: Cluster) -> None:
    """Open a link to a node with the key and the patience of a delivery, and close it."""
    settings = workspace.settings.delivery
    async with open_link(cluster.name, cluster.node, workspace.sftp_key, settings.patience):
        pass


def _nodes(workspace: Workspace) -> Iterator[Finding]:
    for cluster in workspace.clusters.values():
        what = _node(cluster)
        if not cluster.in_service:
            yield Finding(
                what=Bilingual(
                    f"{what.vi}: ngừng hoạt động ({cluster.status_reason})",
                    f"{what.en}: out of service ({cluster.status_reason})",
                )
            )
            continue
        try:
            asyncio.run(_reach(workspace, cluster))
        except FeedError as error:
            yield Finding(what=what, problem=error)
        else:
            yield Finding(what=what)
