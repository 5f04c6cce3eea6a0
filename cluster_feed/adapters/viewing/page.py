"""The page on which a signer looks at what would be signed, written on the signer's machine."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from django.template import Context, Engine

from cluster_feed.adapters.request import Request, lay
from cluster_feed.adapters.viewing import PAGE, Loop, MediaFile, View, files
from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual, comma
from cluster_feed.core.playlist import Entry
from cluster_feed.core.value import Sha256, printable

_TEMPLATES = Engine(dirs=[str(Path(__file__).parent)])


class _Picture(NamedTuple):
    """An entry as one kind of screen shows it."""

    profile: str
    file: MediaFile


class _Line(NamedTuple):
    """One entry."""

    title: str
    others: Sequence[tuple[str, str]]
    seconds: str
    hours: Bilingual
    dates: str
    sensitive: bool
    lacking: str
    moving: bool
    pictures: Sequence[_Picture]


def write(folder: Path, asked: Request, shown: Sequence[View]) -> Path:
    """Write it beside the files that it shows; FolderUnwritable.

    It runs nothing and fetches nothing from elsewhere.
    """
    named = files(shown)
    clusters = [
        {
            "name": view.cluster,
            "says": view.says,
            "loops": [(loop.heading, list(_lines(loop, view, named))) for loop in view.loops],
        }
        for view in shown
    ]
    context = {"name": asked.file_name, "clusters": clusters, "files": str(len(named))}
    html = _TEMPLATES.get_template("page.html").render(Context(context))
    path = folder / PAGE
    lay(path, html.encode())
    return path


def _lines(loop: Loop, view: View, named: Mapping[Sha256, MediaFile]) -> Iterator[_Line]:
    profiles = {profile for entry in view.entries() for profile in entry.blobs}
    for entry in loop.entries:
        titles = {printable(tongue): printable(text) for tongue, text in entry.captions.items()}
        yield _Line(
            title=titles.pop("vi", "?"),
            others=sorted(titles.items()),
            seconds=comma(entry.seconds),
            hours=_hours(entry, view),
            dates=entry.dates,
            sensitive=entry.sensitive,
            lacking=", ".join(sorted(profiles - entry.blobs.keys())),
            moving=entry.kind is Kind.VIDEO,
            pictures=[
                _Picture(profile, named[blob.sha256])
                for profile, blob in sorted(entry.blobs.items())
            ],
        )


def _hours(entry: Entry, view: View) -> Bilingual:
    if entry.daypart is None:
        return _ALL_DAY
    says = [hours.says for hours in view.hours[entry.daypart]]
    return Bilingual(
        f"{entry.daypart} {'; '.join(each.vi for each in says)}",
        f"{entry.daypart} {'; '.join(each.en for each in says)}",
    )


_ALL_DAY: Final = Bilingual("cả ngày", "all day")
