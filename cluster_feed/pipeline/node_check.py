"""Is a cluster's node as it should be?  What the hub needs, and what nobody may do there.

For the day on which a gate is commissioned, and whenever one behaves oddly: every finding says who
must act.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Final

from cluster_feed.adapters.sftp.probe import Probe, Sample, probing
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.errors import (
    FeedError,
    NodeClockWrong,
    NodeFault,
    NodeFilesUnreadable,
    NodeForwards,
    NodeFull,
    NodeLacks,
    NodeNotConfined,
    NodeOutboxClosed,
    NodeRunsCommands,
    NodeTakesOtherLogins,
    NoSuchCluster,
)
from cluster_feed.pipeline.check import Finding
from cluster_feed.workspace import Workspace

_LEAST_FREE: Final = 1 << 30
_CLOCK_OFF_SECONDS: Final = 120
_PATHS_TOLD: Final = 5
_NOT_ALL_TRIED: Final = Bilingual("Các mục còn lại chưa kiểm tra được", "The rest was not tried")


def run(workspace: Workspace, name: str) -> Iterator[Finding]:
    """Look at a cluster's node, also at one that is out of service; NoSuchCluster."""
    cluster = workspace.clusters.get(name)
    if cluster is None:
        raise NoSuchCluster(cluster=name, known=", ".join(sorted(workspace.clusters)))
    yield from asyncio.run(_look(workspace, cluster))


async def _look(workspace: Workspace, cluster: Cluster) -> list[Finding]:
    key_file, patience = workspace.sftp_key, workspace.settings.delivery.patience
    findings: list[Finding] = []
    reached = Bilingual(
        f"{cluster.node.host}:{cluster.node.port}: đúng khóa máy chủ đã ghim, nhận khóa của trung "
        "tâm",
        f"{cluster.node.host}:{cluster.node.port}: the pinned host key, and the hub's key is taken",
    )
    try:
        async with probing(cluster.name, cluster.node, key_file, patience) as probe:
            findings.append(Finding(reached))
            async for finding in _tries(cluster, probe):
                findings.append(finding)  # noqa: PERF401  what was found before a loss stays
    except FeedError as error:
        findings.append(Finding(_NOT_ALL_TRIED if findings else reached, error))
    return findings


async def _tries(cluster: Cluster, probe: Probe) -> AsyncIterator[Finding]:
    for what, look in _LOOKS:
        try:
            for finding in await look(cluster, probe):
                yield finding
        except NodeFault as error:
            yield Finding(what, error)
    for screen in cluster.screens:
        yield await _outbox(cluster, probe, screen.name)
    seconds = await probe.round_trip_seconds()
    milliseconds = f"{seconds * 1000:.0f} ms"
    yield Finding(Bilingual(f"Độ trễ khứ hồi {milliseconds}", f"Round trip {milliseconds}"))


async def _logins(cluster: Cluster, probe: Probe) -> list[Finding]:
    others = [way for way in await probe.logins() if way != "publickey"]
    wrong = NodeTakesOtherLogins(cluster=cluster.name, ways=", ".join(others))
    what = Bilingual("Chỉ đăng nhập bằng khóa", "Login by key only")
    return [Finding(what, wrong if others else None)]


async def _commands(cluster: Cluster, probe: Probe) -> list[Finding]:
    wrong = NodeRunsCommands(cluster=cluster.name, user=cluster.node.user)
    what = Bilingual("Không chạy được lệnh hay shell", "Neither command nor shell")
    return [Finding(what, wrong if await probe.runs_commands() else None)]


async def _forwarding(cluster: Cluster, probe: Probe) -> list[Finding]:
    kinds = await probe.forwards()
    wrong = NodeForwards(cluster=cluster.name, kinds=", ".join(kinds))
    what = Bilingual("Không chuyển tiếp cổng, X11, agent", "No forwarding of ports, X11, agent")
    return [Finding(what, wrong if kinds else None)]


async def _confinement(cluster: Cluster, probe: Probe) -> list[Finding]:
    seen = await probe.sees()
    wrong = NodeNotConfined(cluster=cluster.name, paths=", ".join(seen[:_PATHS_TOLD]))
    what = Bilingual("Chỉ thấy thư mục feed", "Nothing but the feed's folder is visible")
    return [Finding(what, wrong if seen else None)]


async def _disk(cluster: Cluster, probe: Probe) -> list[Finding]:
    space = await probe.space()
    if space is None:
        what = Bilingual("Dung lượng trống", "Free space")
        return [Finding(what, NodeLacks(cluster=cluster.name, what="statvfs@openssh.com"))]
    free, total = f"{space.free / 2**30:.1f} GiB", f"{space.total / 2**30:.1f} GiB"
    wrong = NodeFull(cluster=cluster.name, free=free, needed=f"{_LEAST_FREE >> 30} GiB")
    what = Bilingual(f"Ổ đĩa còn {free} trên {total}", f"{free} of {total} free on disk")
    return [Finding(what, wrong if space.free < _LEAST_FREE else None)]


async def _writing(cluster: Cluster, probe: Probe) -> list[Finding]:
    sample = await probe.sample()
    return [_written(cluster, sample), _readable(cluster, sample), _clock(cluster, sample)]


def _written(cluster: Cluster, sample: Sample) -> Finding:
    speed = f"{sample.bytes_a_second / 1e6:.1f} MB/s"
    what = Bilingual(
        f"Ghi, fsync, đổi tên, đọc lại, xóa; khoảng {speed}",
        f"Write, fsync, rename, read back, remove; roughly {speed}",
    )
    problem: FeedError | None = None
    if not sample.intact:
        case = {"cluster": cluster.name, "host": f"{cluster.node.host}:{cluster.node.port}"}
        changed = Bilingual("tệp đọc lại khác tệp đã ghi", "what is read is not what was written")
        problem = NodeFault(**case, detail=changed)
    elif sample.lacks:
        problem = NodeLacks(cluster=cluster.name, what=", ".join(sample.lacks))
    return Finding(what, problem)


def _readable(cluster: Cluster, sample: Sample) -> Finding:
    what = Bilingual("Dịch vụ màn hình đọc được tệp", "The screens' service may read the files")
    return Finding(
        what, None if sample.group_may_read else NodeFilesUnreadable(cluster=cluster.name)
    )


def _clock(cluster: Cluster, sample: Sample) -> Finding:
    off = round(sample.seconds_ahead)
    what = Bilingual(f"Đồng hồ lệch {off} giây", f"Clock {off} s off")
    wrong = NodeClockWrong(cluster=cluster.name, seconds=off)
    return Finding(what, wrong if abs(off) > _CLOCK_OFF_SECONDS else None)


async def _outbox(cluster: Cluster, probe: Probe, screen: str) -> Finding:
    empties = await probe.can_empty(screen)
    there = Bilingual(f"outbox/{screen} xem và dọn được", f"outbox/{screen} can be read, cleared")
    none = Bilingual(f"outbox/{screen} chưa có", f"outbox/{screen} is not there yet")
    wrong = NodeOutboxClosed(cluster=cluster.name, screen=screen)
    return Finding(none if empties is None else there, wrong if empties is False else None)


_LOOKS: Final = (
    (Bilingual("Cách đăng nhập", "Ways to log in"), _logins),
    (Bilingual("Chạy lệnh", "Commands"), _commands),
    (Bilingual("Chuyển tiếp kết nối", "Forwarding"), _forwarding),
    (Bilingual("Phạm vi thư mục", "Confinement"), _confinement),
    (Bilingual("Ổ đĩa", "Disk"), _disk),
    (Bilingual("Ghi, đổi tên, đọc lại, xóa", "Write, rename, read back, remove"), _writing),
)
