"""A photo for every screen: develop it once, and look at each picture that was made.

In a worker: the ledger is not touched.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cluster_feed.adapters import lettering, photo_clips, proving, stills
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.probe import read_clip
from cluster_feed.core.asset import Kind, MediaInfo
from cluster_feed.core.bilingual import joined
from cluster_feed.core.caption import Caption, Language
from cluster_feed.core.decision import of_photo
from cluster_feed.core.errors import CannotBeNormalized, Refusal
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.pipeline.normalize.clip import UNSAID, Outlook, Product, judged


def make(
    path: Path,
    media: MediaInfo,
    folder: Path,
    lacking: Mapping[str, DisplayProfile],
    work: Work,
    caption: Caption = UNSAID,
) -> Iterator[tuple[str, Product | Refusal]]:
    """Make a picture in the folder for each profile that lacks one, by recipe, or say why not.

    Raises a Refusal that goes for all.
    """
    pictures = stills.develop(path, media.video, list(lacking.values()), work.patience)
    for (recipe, profile), picture in zip(lacking.items(), pictures, strict=True):
        made = folder / f"{profile.name}.jpg"
        made.write_bytes(picture)
        try:
            made, looked = _looked_at(made, profile, profile.titles_of(caption), work)
        except Refusal as why:
            yield recipe, why
            continue
        if problems := list(profile.deviations(looked, Kind.PHOTO)):
            yield recipe, CannotBeNormalized(profile=profile.name, detail=joined(problems, "; "))
        else:
            doubts = tuple(profile.doubts(media))
            product = Product(profile, made, looked, of_photo(media, caption, profile), doubts)
            yield recipe, judged(product)


def _looked_at(
    picture: Path, profile: DisplayProfile, titles: Mapping[Language, str], work: Work
) -> tuple[Path, MediaInfo]:
    """Measure what a screen gets: the picture, or a clip of it that was decoded to its end."""
    script = None
    if titles:
        script = picture.with_suffix(".ass")
        written = lettering.script((), profile, [*titles.values()])
        script.write_text(written, encoding="utf-8")
    if profile.photo_clip_seconds is None:
        if script:
            picture = photo_clips.titled(picture, script, profile, Work(work.patience))
        return picture, stills.look(picture, work.patience).media
    made = picture.with_suffix(".mp4")
    photo_clips.of_photo(picture, made, profile, Work(work.patience), script)
    media = read_clip(made).media
    proving.prove(made, media, Work(work.patience))
    return made, media


def foresee(
    media: MediaInfo, caption: Caption, profiles: Sequence[DisplayProfile]
) -> Iterator[Outlook]:
    """Say what would be made of a photo."""
    for profile in profiles:
        yield Outlook(profile, of_photo(media, caption, profile), tuple(profile.doubts(media)))
