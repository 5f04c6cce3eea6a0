"""Make every asset fit every kind of screen.

What is due is an asset without a rendition for a wanted profile by the recipe of today.  A
rendition is recorded once it was measured against its profile, decoded to its end, and kept by
the store; a failure is recorded likewise, and not tried again until the recipe changes.
"""

import logging
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Count, Q

from cluster_feed.adapters import clips, stills
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.process import Patience
from cluster_feed.adapters.store import Store, Stored
from cluster_feed.core.asset import Asset, Kind, MediaInfo, Rendition
from cluster_feed.core.errors import (
    DamagedMedia,
    DiskFull,
    Refusal,
    ToolMissing,
)
from cluster_feed.core.finding import Finding
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.core.value import canonical, digest
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import Tick, quiet
from cluster_feed.pipeline.normalize import clip, photo
from cluster_feed.pipeline.normalize.clip import Product, Subtitles
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)

ACTOR: Final = "hub"
_NONE: Final[Subtitles] = MappingProxyType({})
_TELL_SECONDS: Final = 0.5
_PART_OF_ENCODING: Final = 0.9
_BYTES_OF_A_PHOTO: Final = 8 << 20
_STILL: Final = "scale=640:640:force_original_aspect_ratio=decrease:force_divisible_by=2"


class Made(NamedTuple):
    """What a run came to: renditions made, assets refused, assets left for the next run."""

    renditions: int = 0
    refused: int = 0
    postponed: int = 0


@dataclass(frozen=True)
class Job:
    """One asset, and the profiles, by recipe, for which it has no rendition."""

    asset: Asset
    lacking: Mapping[str, DisplayProfile]
    subtitles: Subtitles


class Failed(NamedTuple):
    """Why a rendition could not be made."""

    profile: str
    recipe: str
    why: Refusal


Outcome = list[Rendition | Failed]


def recipe(profile: DisplayProfile, kind: Kind, subtitles: Subtitles = _NONE) -> str:
    """Name the way in which a kind of asset is made for a profile; its title does not matter.

    Of its subtitles those count that are burnt in.
    """
    version = clips.RECIPE if kind is Kind.VIDEO else stills.RECIPE
    parts: list[object] = [version, profile.model_dump(mode="json", exclude={"title"})]
    parts += [
        [language, *(cue.model_dump(mode="json") for cue in subtitles[language])]
        for language in profile.subtitles
        if kind is Kind.VIDEO and language in subtitles
    ]
    return digest(canonical(parts))


def run(workspace: Workspace, now: datetime, tick: Tick = quiet) -> Made:
    """Make what is lacking.

    Raises DiskFull or ToolMissing when the machine stands in the way; what was recorded until
    then stays, the rest is still due.
    """
    jobs = list(_due(workspace))
    if not jobs:
        return Made()
    settings = workspace.settings.normalizing
    stop = Event()
    patience = Patience(settings.stall_seconds, stop)
    parts: dict[str, float] = {}
    tally = Made()
    workers = settings.workers or os.cpu_count() or 1
    with ThreadPoolExecutor(workers, thread_name_prefix="normalize") as pool:
        pending = {pool.submit(_make, workspace.store, job, patience, parts): job for job in jobs}
        try:
            while pending:
                done, _ = wait(pending, _TELL_SECONDS, FIRST_COMPLETED)
                for name, part in list(parts.items()):
                    tick(name, part)
                for future in done:
                    job = pending.pop(future)
                    parts.pop(job.asset.name, None)
                    tally = _settle(future, job, now, tally)
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
    return tally


def _due(workspace: Workspace) -> Iterator[Job]:
    """Ask the ledger, once a kind, for the assets with fewer renditions than recipes."""
    profiles = list(workspace.wanted_profiles.values())
    for kind in Kind:
        recipes = {recipe(each, kind): each for each in profiles}
        if kind is Kind.VIDEO and any(each.subtitles for each in profiles):
            yield from _due_with_subtitles(profiles)
            continue
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
            yield Job(row.to_value(), lacking, _NONE)


def _due_with_subtitles(profiles: list[DisplayProfile]) -> Iterator[Job]:
    """Look at every clip, since each has recipes of its own."""
    rows = ledger.Asset.objects.filter(kind=Kind.VIDEO).order_by("received_at", "sha256")
    for row in rows.prefetch_related("renditions"):
        subtitles = row.to_caption().subtitles
        recipes = {recipe(each, Kind.VIDEO, subtitles): each for each in profiles}
        have = {rendition.recipe for rendition in row.renditions.all()}
        if lacking := {key: each for key, each in recipes.items() if key not in have}:
            yield Job(row.to_value(), lacking, subtitles)


def _settle(future: Future[Outcome], job: Job, now: datetime, tally: Made) -> Made:
    """Record what became of a job; one that crashed is left for the next run."""
    error = future.exception()
    if isinstance(error, (DiskFull, ToolMissing)):
        raise error
    if error:
        _log.error("%s was not normalized, it is left for later", job.asset.name, exc_info=error)
        return tally._replace(postponed=tally.postponed + 1)
    outcome = future.result()
    made = [each for each in outcome if isinstance(each, Rendition)]
    failed = [each for each in outcome if isinstance(each, Failed)]
    with transaction.atomic():
        _record_made(made, now)
        _record_failed(job.asset, failed, now)
    return tally._replace(
        renditions=tally.renditions + len(made), refused=tally.refused + bool(failed)
    )


def _record_made(made: list[Rendition], now: datetime) -> None:
    """Write the facts; what another run has recorded meanwhile stands."""
    rows = [
        ledger.Rendition(
            asset_id=each.asset, made_at=now, **each.model_dump(mode="json", exclude={"asset"})
        )
        for each in made
    ]
    ledger.Rendition.objects.bulk_create(rows, ignore_conflicts=True)
    for each in made:
        facts = {"profile": each.profile, "sha256": each.sha256, "decision": each.decision}
        audit.record(now, ACTOR, "normalize", each.asset, **facts)


def _record_failed(asset: Asset, failed: list[Failed], now: datetime) -> None:
    """Write the facts, and tell the newsroom every reason once."""
    rows = [
        ledger.Rendition(
            asset_id=asset.sha256,
            profile=each.profile,
            recipe=each.recipe,
            made_at=now,
            code=each.why.code,
            facts=each.why.facts,
        )
        for each in failed
    ]
    ledger.Rendition.objects.bulk_create(rows, ignore_conflicts=True)
    for why in {str(each.why): each.why for each in failed}.values():
        ledger.Rejection.objects.create(
            newsroom=asset.newsroom,
            name=asset.name,
            submission=asset.submission,
            sha256=asset.sha256,
            code=why.code,
            facts=why.facts,
            at=now,
        )
        audit.record(now, ACTOR, "refuse", asset.sha256, code=why.code, **why.facts)


# --- In a worker: no ledger ---------------------------------------------------------------------


def _make(store: Store, job: Job, patience: Patience, parts: dict[str, float]) -> Outcome:
    """Make what a job lacks.

    Before the newsroom is blamed, the disk and the store's own copy are looked at: raises
    DiskFull or StoreDamaged.
    """
    asset = job.asset
    store.make_sure_of_room(room_for(asset.media, job.lacking.values()))
    folder = store.scratch()
    folder.mkdir()

    def tell(part: float) -> None:
        parts[asset.name] = part * _PART_OF_ENCODING

    trouble: OSError | None = None
    try:
        outcome: Outcome = list(_renditions(store, folder, job, Work(patience, tell)))
    except Refusal as why:
        outcome = [Failed(each.name, key, why) for key, each in job.lacking.items()]
    except OSError as error:
        outcome, trouble = [], error
    finally:
        shutil.rmtree(folder)
    if trouble or any(isinstance(each, Failed) for each in outcome):
        store.make_sure_of_room(0)
        store.verify(asset.sha256)
    if trouble:
        raise trouble
    return outcome


def room_for(media: MediaInfo, profiles: Collection[DisplayProfile]) -> int:
    """Count the bytes that the renditions of a file may take."""
    if media.seconds is None:
        return len(profiles) * _BYTES_OF_A_PHOTO
    return round(media.seconds * sum(each.bitrate_kbps for each in profiles) * 1000 / 8)


def _products(
    store: Store, folder: Path, job: Job, work: Work
) -> Iterator[tuple[str, Product | Refusal]]:
    source, media = store.path(job.asset.sha256), job.asset.media
    if job.asset.kind is Kind.PHOTO:
        return photo.make(source, media, folder, job.lacking, work)
    listened = clip.listen(source, media, list(job.lacking.values()), work, job.subtitles)
    return clip.make(listened, folder, job.lacking)


def _renditions(store: Store, folder: Path, job: Job, work: Work) -> Iterator[Rendition | Failed]:
    shown: dict[Finding, Finding] = {}
    for key, made in _products(store, folder, job, work):
        if isinstance(made, Refusal):
            yield Failed(job.lacking[key].name, key, made)
            continue
        for each in set(made.findings) - shown.keys():
            shown[each] = _with_still(store, folder, made.path, each, work)
        findings = tuple(shown[each] for each in made.findings)
        yield _kept(store, job.asset, key, made._replace(findings=findings))


def _with_still(store: Store, folder: Path, made: Path, finding: Finding, work: Work) -> Finding:
    """Let the store keep a picture of what was found, where it can be seen."""
    if not finding.can_be_seen:
        return finding
    try:
        picture = clips.still(made, finding.middle_seconds, _STILL, work.patience)
    except DamagedMedia as why:
        _log.warning("no still of %s: %s", finding.says.en, why)
        return finding
    path = folder / "still.jpg"
    path.write_bytes(picture)
    return finding.model_copy(update={"still": store.move_in(path).sha256})


def _kept(store: Store, asset: Asset, recipe: str, product: Product) -> Rendition:
    """Let the store keep what was made; the original itself it has."""
    stored = Stored(asset.sha256, asset.byte_count)
    if product.path != store.path(asset.sha256):
        stored = store.move_in(product.path)
    return Rendition(
        asset=asset.sha256,
        profile=product.profile.name,
        recipe=recipe,
        sha256=stored.sha256,
        byte_count=stored.byte_count,
        suffix=product.suffix,
        media=product.media,
        decision=product.decision,
        findings=product.findings,
    )
