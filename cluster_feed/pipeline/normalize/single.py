"""One file by itself, for any newsroom: neither a workspace nor a ledger is needed."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from cluster_feed.adapters import sheets
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.probe import probe
from cluster_feed.adapters.process import PATIENT
from cluster_feed.adapters.store import make_sure_of_room, make_visible
from cluster_feed.core.asset import Kind, MediaInfo
from cluster_feed.core.caption import Caption
from cluster_feed.core.errors import FolderUnwritable, Refusal
from cluster_feed.core.finding import Finding
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.pipeline import Tick, quiet
from cluster_feed.pipeline.normalize import clip, photo, room_for, still
from cluster_feed.pipeline.normalize.clip import Outlook, Product, Source

_SPARE_BYTES: Final = 16 << 20


class Found(NamedTuple):
    """A file, measured, with what lies beside it in words; `listened` where it is a clip."""

    path: Path
    media: MediaInfo
    listened: Source | None
    caption: Caption

    @property
    def kind(self) -> Kind:
        """Whether it is a clip or a photo."""
        return Kind.VIDEO if self.listened else Kind.PHOTO


class Written(NamedTuple):
    """A rendition that was proven, where it lies, and a picture beside it of what was found."""

    path: Path
    made: Product
    stills: Mapping[Finding, Path]


def look_at(path: Path, profiles: Sequence[DisplayProfile], tick: Tick = quiet) -> Found:
    """Tell what a file is and how it sounds on some screens; a Refusal."""
    probed = probe(path)
    caption = _said_beside(path, probed.kind, profiles)
    if probed.kind is Kind.PHOTO:
        return Found(path, probed.media, None, caption)
    work = Work(PATIENT, lambda part: tick(path.name, part))
    listened = clip.listen(path, probed.media, profiles, work, caption)
    return Found(path, listened.media, listened, caption)


def _said_beside(path: Path, kind: Kind, profiles: Sequence[DisplayProfile]) -> Caption:
    """Read a clip's subtitles, and a sidecar's titles, only where somebody is to read them."""
    subtitled = kind is Kind.VIDEO and any(profile.subtitles for profile in profiles)
    titled = any(profile.titles for profile in profiles)

    def is_wanted(name: str) -> bool:
        if sheets.is_subtitle(name):
            return subtitled
        return titled and sheets.is_sidecar(name)

    return sheets.beside(path, is_wanted)


def foresee(found: Found, profiles: Sequence[DisplayProfile]) -> list[Outlook]:
    """Say what each kind of screen would get, having decoded the file to its end; a Refusal."""
    if found.listened is None:
        return list(photo.foresee(found.media, found.caption, profiles))
    return list(clip.foresee(found.listened, profiles))


def make(
    found: Found, profiles: Sequence[DisplayProfile], folder: Path
) -> Iterator[tuple[DisplayProfile, Written | Refusal]]:
    """Make the renditions in a folder as `name.profile.mp4`, proven as any other.

    What was found and can be seen lies beside them as `name.profile.1m05.freeze.jpg`.  Raises a
    Refusal that goes for all, DiskFull, FolderUnwritable or ToolMissing.
    """
    lacking = {profile.name: profile for profile in profiles}
    folder = folder.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        make_sure_of_room(folder, room_for(found.media, profiles) + _SPARE_BYTES)
        with TemporaryDirectory(prefix=".cluster-feed-", dir=folder) as name:
            scratch = Path(name)
            for profile, made in _products(found, scratch, lacking):
                if isinstance(made, Refusal):
                    make_sure_of_room(folder, _SPARE_BYTES)  # before the file is blamed
                    yield lacking[profile], made
                    continue
                to = folder / f"{found.path.stem}.{profile}{made.suffix}"
                path = _put(found, made, scratch, to)
                stills = {
                    finding: _put_beside(to, finding, picture)
                    for finding, picture in still.of(path, made.findings, PATIENT)
                }
                yield lacking[profile], Written(path, made, stills)
    except Refusal:
        make_sure_of_room(folder, _SPARE_BYTES)  # before the file is blamed
        raise
    except OSError as error:
        raise FolderUnwritable(path=folder, detail=error.strerror) from error


def _products(
    found: Found, scratch: Path, lacking: Mapping[str, DisplayProfile]
) -> Iterator[tuple[str, Product | Refusal]]:
    if found.listened is None:
        return photo.make(found.path, found.media, scratch, lacking, Work(), found.caption)
    return clip.make(found.listened, scratch, lacking)


def _put(found: Found, made: Product, scratch: Path, to: Path) -> Path:
    """Let a file appear whole under its name; the original stays where it is."""
    path = made.path
    if path == found.path:
        path = Path(shutil.copyfile(path, scratch / to.name))
    make_visible(path, to)
    return to


def _put_beside(rendition: Path, finding: Finding, picture: bytes) -> Path:
    """Write a still under a name that nothing else has; one that is there already is left."""
    minutes, seconds = divmod(int(finding.from_seconds), 60)
    name = f"{rendition.stem}.{minutes}m{seconds:02}.{finding.flaw}"
    for number in count(1):
        to = rendition.with_name(f"{name}{f'-{number}' if number > 1 else ''}.jpg")
        if to.is_file() and to.read_bytes() == picture:
            return to
        with suppress(FileExistsError), to.open("xb") as file:
            file.write(picture)
            return to
    raise AssertionError
