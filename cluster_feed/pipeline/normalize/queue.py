"""What is due: assets without a rendition for a wanted profile by the recipe of today.

Where there is one for a screen, and the newsroom proposes the clip for Vietnam.vn, the portal's
copies are due as well, after all that screens wait for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from django.db.models import Count, Exists, OuterRef, Prefetch, Q

from cluster_feed.adapters import clips, stills, trial
from cluster_feed.adapters.encoders import X264, Encoder
from cluster_feed.core import portal
from cluster_feed.core.asset import Asset, Kind, MediaInfo
from cluster_feed.core.caption import Caption
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.core.value import Sha256, canonical, digest
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.normalize.clip import UNSAID
from cluster_feed.workspace import Workspace

_LONG_SECONDS: Final = 10
"""A shorter clip's renditions are there almost as soon as its preview would be."""


@dataclass(frozen=True)
class Job:
    """One asset, and the profiles, by recipe, for which it has no rendition."""

    asset: Asset
    lacking: Mapping[str, DisplayProfile]
    caption: Caption
    urgent: bool = False
    for_portal: bool = False
    encoder: Encoder = X264

    @property
    def previewed(self) -> bool:
        """Whether people should be shown something sooner than its renditions are made."""
        return not self.for_portal and (self.asset.media.seconds or 0) >= _LONG_SECONDS


class Queue:
    """The jobs in the order in which they are to be done: what is urgent, then by arrival.

    The ledger is asked again where assets came or were marked meanwhile, so that these wait for no
    more than what is already being done; and when nothing is left, for what follows from the rest.
    """

    def __init__(self, workspace: Workspace) -> None:
        """Ask what is due."""
        self._workspace = workspace
        self._encoder = trial.chosen(workspace.settings.normalizing.hardware).encoder
        self._given: set[tuple[str, str]] = set()
        self._seen: dict[str, int] = {}
        self.jobs = self._ask()

    def refresh(self) -> None:
        """Ask again, if there is anything new."""
        seen = ledger.Asset.objects.aggregate(all=Count("pk"), urgent=Count("hurried_at"))
        if seen != self._seen or not self.jobs:
            self._seen, self.jobs = seen, self._ask()

    def take(self, job: Job) -> None:
        """Give a job away: in this run it is due no longer."""
        self.jobs.remove(job)
        self._given.update((job.asset.sha256, recipe) for recipe in job.lacking)

    def know(self, asset: Sha256, media: MediaInfo) -> None:
        """Let what is left to do of an asset know what was measured of it meanwhile."""
        self.jobs = [
            replace(job, asset=job.asset.model_copy(update={"media": media}))
            if job.asset.sha256 == asset
            else job
            for job in self.jobs
        ]

    def _ask(self) -> list[Job]:
        jobs = [
            job
            for job in chain(_all_due(self._workspace, self._encoder), _due_for_portal())
            if not all((job.asset.sha256, recipe) in self._given for recipe in job.lacking)
        ]
        return sorted(jobs, key=lambda job: not job.urgent)


def recipe(
    profile: DisplayProfile, kind: Kind, caption: Caption = UNSAID, encoder: Encoder = X264
) -> str:
    """Name the way in which a kind of asset is made for a profile, whose own title does not matter.

    Of what is said of the asset, the titles and subtitles count that are burnt in.  Where the
    encoder is not x264 it is named, and the same recipe promises a rendition that is as good, no
    longer the same bytes.
    """
    version = clips.RECIPE if kind is Kind.VIDEO else stills.RECIPE
    as_clip = kind is Kind.PHOTO and profile.photo_clip_seconds is not None
    spared = {"title", "titles"} if as_clip else {"title", "titles", "photo_clip_seconds"}
    parts: list[object] = [version, profile.model_dump(mode="json", exclude=spared)]
    parts += [clips.RECIPE] if as_clip else []
    if kind is Kind.VIDEO:
        parts += [{"encoder": encoder.name}] if encoder != X264 else []
        parts += [
            [language, *(cue.model_dump(mode="json") for cue in cues)]
            for language, cues in profile.subtitles_of(caption).items()
        ]
    if titles := profile.titles_of(caption):
        parts.append({"titles": [*titles.items()]})
    return digest(canonical(parts))


def _all_due(workspace: Workspace, encoder: Encoder) -> Iterator[Job]:
    """Ask the ledger, once a kind, for the assets with fewer renditions than recipes."""
    profiles = list(workspace.wanted_profiles.values())
    for kind in Kind:
        if any(each.titles or (kind is Kind.VIDEO and each.subtitles) for each in profiles):
            yield from _due_with_words(profiles, kind, encoder)
            continue
        recipes = {recipe(each, kind, encoder=encoder): each for each in profiles}
        rows = (
            ledger.Asset.objects.filter(kind=kind)
            .annotate(done=Count("renditions", filter=Q(renditions__recipe__in=recipes)))
            .filter(done__lt=len(recipes))
            .order_by("received_at", "sha256")
            .prefetch_related("renditions")
        )
        for row in rows:
            have = {rendition.recipe for rendition in row.renditions.all()}
            lacking = {key: each for key, each in recipes.items() if key not in have}
            yield Job(row.to_value(), lacking, UNSAID, bool(row.hurried_at), encoder=encoder)


def _due_for_portal() -> Iterator[Job]:
    """Look at every clip that is proposed and on some screen, since each has its own profiles.

    The portal's copies are coded by x264 whatever codes for screens: anybody can make them again.
    """
    on_screens = ledger.Rendition.objects.filter(asset=OuterRef("pk"), code="")
    given = {"caption__vietnam_vn": True, "caption__no_state_secrets": True, "withdrawal": None}
    rows = ledger.Asset.objects.filter(Exists(on_screens), kind=Kind.VIDEO, **given)
    for row in rows.order_by("received_at", "sha256").prefetch_related("renditions"):
        asset = row.to_value()
        recipes = {recipe(each, Kind.VIDEO): each for each in portal.profiles(asset.media)}
        have = {rendition.recipe for rendition in row.renditions.all()}
        if lacking := {key: each for key, each in recipes.items() if key not in have}:
            yield Job(asset, lacking, UNSAID, for_portal=True)


def _due_with_words(profiles: list[DisplayProfile], kind: Kind, encoder: Encoder) -> Iterator[Job]:
    """Look at every asset, since each has recipes of its own.

    Words that were corrected and are now as they were before are due again: of a profile's
    renditions it is the newest that is shown.
    """
    by_age = Prefetch("renditions", ledger.Rendition.objects.order_by("made_at", "pk"))
    rows = ledger.Asset.objects.filter(kind=kind).order_by("received_at", "sha256")
    for row in rows.prefetch_related(by_age):
        caption = row.to_caption()
        recipes = {recipe(each, kind, caption, encoder): each for each in profiles}
        newest = {rendition.profile: rendition.recipe for rendition in row.renditions.all()}
        if lacking := {key: each for key, each in recipes.items() if newest.get(each.name) != key}:
            yield Job(row.to_value(), lacking, caption, bool(row.hurried_at), encoder=encoder)
