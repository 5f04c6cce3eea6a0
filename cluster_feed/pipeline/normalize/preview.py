"""A small copy of a long clip, to look at on the desk until its renditions are there.

It is no rendition: nothing is proven of it, no screen gets it, and it may be made again.
"""

import logging
from pathlib import Path

from cluster_feed.adapters import glimpses
from cluster_feed.adapters.process import Patience
from cluster_feed.core.asset import Asset
from cluster_feed.core.errors import Refusal
from cluster_feed.core.value import Sha256
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)


def path(workspace: Workspace, asset: Sha256) -> Path:
    """Where an asset's preview lies, if there is one."""
    return workspace.previews / f"{asset}.mp4"


def make(workspace: Workspace, asset: Asset, patience: Patience) -> None:
    """Make a preview that is not there yet; of a clip that cannot be read there is none."""
    to = path(workspace, asset.sha256)
    if to.exists():
        return
    to.parent.mkdir(exist_ok=True)
    made = to.with_suffix(".part")
    source = workspace.store.path(asset.sha256)
    try:
        glimpses.preview(source, asset.media, made, patience)
        made.replace(to)
    except Refusal as why:
        _log.info("no preview of %s: %s", asset.name, why)
    finally:
        made.unlink(missing_ok=True)
