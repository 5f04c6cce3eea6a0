"""Take files out of an inbox: for good once they are held, or back with a note of the reason."""

import os
import re
import stat
from pathlib import Path

from cluster_feed.adapters.store import fsync_folder, write_visible
from cluster_feed.adapters.watchfolder import REASON, SENT_BACK, ChangedError, Sight
from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.errors import FeedError

_LONGEST_NAME = 255
"""Bytes of a file's name, on ext4, XFS and btrfs."""

_HALF_WRITTEN = re.compile(r"\.[0-9a-f]{16}\.part")
"""The names under which the store's `write_visible` writes."""


def take_away(path: Path, sight: Sight) -> None:
    """Remove the very file that a look saw, and no other that has taken its name since."""
    if Sight.of(os.lstat(path)) != sight:
        raise ChangedError
    path.unlink()


def send_back(root: Path, path: Path, sight: Sight, why: FeedError) -> Path:
    """Move a refused file to `_tra-lai/` in its newsroom's folder, beside a note that says why.

    Nothing that was sent back before is overwritten.  Returns where the file is now.
    """
    folder = root / SENT_BACK
    folder.mkdir(exist_ok=True)
    if not stat.S_ISDIR(os.lstat(folder).st_mode):
        raise NotADirectoryError(f"{SENT_BACK} is no folder")
    place = _free_place(folder, path.name)
    note = place.with_name(_shortened(place.name, REASON) + REASON)
    if Sight.of(os.lstat(path)) != sight:
        raise ChangedError
    write_visible(note, _letter(path.relative_to(root), why))
    path.rename(place)
    fsync_folder(folder)
    return place


def sweep(root: Path) -> None:
    """Remove half-written notes and pages of ours that a crash has left in a newsroom's folder."""
    for folder in (root, root / SENT_BACK):
        for left in folder.glob(".*.part"):
            if _HALF_WRITTEN.fullmatch(left.name):
                left.unlink(missing_ok=True)


def _free_place(folder: Path, name: str) -> Path:
    """Find a name that is not taken: "clip.mp4", else "clip (2).mp4", and so on."""
    place, count = folder / name, 1
    while os.path.lexists(place):
        count += 1
        stem, dot, suffix = name.rpartition(".")
        ending = f" ({count}){dot}{suffix}" if stem else f" ({count})"
        place = folder / (_shortened(stem or name, ending) + ending)
    return place


def _shortened(name: str, ending: str) -> str:
    while len(os.fsencode(name + ending)) > _LONGEST_NAME:
        name = name[:-1]
    return name


def _letter(name: Path, why: FeedError) -> bytes:
    """Write the note so that any Notepad shows it: a byte order mark and Windows' line ends."""
    shown = os.fsencode(name).decode("utf-8", "replace")
    lines = (shown, "", why.message(Tongue.VI), "", why.message(Tongue.EN), "")
    return "\r\n".join(lines).encode("utf-8-sig")
