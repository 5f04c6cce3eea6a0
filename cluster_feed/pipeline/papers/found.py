"""What the record was found to say for a paper, and the words that several papers share."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from cluster_feed.core.asset import Kind
from cluster_feed.core.cluster import Cluster, Status
from cluster_feed.core.errors import NoSuchCluster
from cluster_feed.core.paper import Cell
from cluster_feed.core.vocabulary import Theme
from cluster_feed.workspace import Workspace

People = Mapping[str, str]
"""How people are called, by the names under which the record knows them."""

_KINDS: Final = {Kind.VIDEO: "Video", Kind.PHOTO: "Ảnh"}
_THEMES: Final[Mapping[str, Theme]] = {theme.value: theme for theme in Theme}
_STATUSES: Final = {
    Status.ACTIVE: "đang hoạt động",
    Status.OUT_OF_SERVICE: "ngừng phục vụ",
    Status.COMMISSIONING: "đang lắp đặt, chạy thử",
}


class Found(NamedTuple):
    """Facts and tables of one paper, by their names; `of`: what it is about, if one thing."""

    facts: dict[str, Cell]
    rows: dict[str, tuple[tuple[Cell, ...], ...]]
    notes: tuple[str, ...] = ()
    of: str = ""


def newsroom(workspace: Workspace, slug: str) -> str:
    """What a newsroom is called; of one that is gone, its folder."""
    known = workspace.newsroom(slug)
    return known.title if known else slug


def kind(name: str) -> str:
    """What an asset is."""
    return _KINDS[Kind(name)]


def themes(caption: Mapping[str, Any]) -> str:
    """What an asset is about."""
    return "; ".join(theme_label(code) for code in caption.get("themes", ()))


def theme_label(code: str) -> str:
    """What a theme is called."""
    return _THEMES[code].label.vi if code in _THEMES else code


def standing(cluster: Cluster) -> str:
    """Whether a cluster is served."""
    return _STATUSES[cluster.status]


def clusters(workspace: Workspace, name: str = "") -> list[Cluster]:
    """Give a cluster, or all; NoSuchCluster."""
    if name and name not in workspace.clusters:
        raise NoSuchCluster(cluster=name, known=", ".join(workspace.clusters))
    return [workspace.clusters[each] for each in ([name] if name else workspace.clusters)]


def percent(played: int, planned: int | None) -> Cell:
    """What was proven of what was planned, in hundredths; None: nothing was planned."""
    return min(100 * played // planned, 100) if planned else None


def together(words: Iterable[str]) -> str:
    """Put several sayings into one cell."""
    return "; ".join(each for each in words if each)
