"""Make every asset fit every kind of screen, and what is proposed for Vietnam.vn the portal.

What is due is an asset without a rendition for a wanted profile by the recipe of today.  What is
measured of a clip's content on the way is recorded as soon as it is known, and not measured again.
A rendition is recorded once it was measured against its profile, decoded to its end, and kept by
the store; a failure is recorded likewise, and not tried again until the recipe changes.
"""

import logging
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any, Final, NamedTuple, Self

from django.db import transaction

from cluster_feed.adapters import ffmpeg
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.process import GIB, Patience
from cluster_feed.adapters.store import Store, Stored
from cluster_feed.core.asset import Asset, Kind, MediaInfo, Rendition
from cluster_feed.core.errors import (
    DiskFull,
    Refusal,
    SandboxBroken,
    ToolMissing,
)
from cluster_feed.core.finding import Finding
from cluster_feed.core.person import check_person
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import Tick, quiet
from cluster_feed.pipeline.normalize import clip, photo, preview, still
from cluster_feed.pipeline.normalize.clip import Product
from cluster_feed.pipeline.normalize.queue import Job, Queue, recipe
from cluster_feed.workspace import Workspace

__all__ = ["Made", "hurry", "recipe", "room_for", "run"]

_log = logging.getLogger(__name__)

ACTOR: Final = "hub"
_TELL_SECONDS: Final = 0.5
_MEMORY_OF_A_JOB: Final = 2 * GIB
_PART_OF_ENCODING: Final = 0.9
_BYTES_OF_A_PHOTO: Final = 8 << 20


class Made(NamedTuple):
    """What a run came to: renditions made, assets refused, assets left for the next run."""

    renditions: int = 0
    refused: int = 0
    postponed: int = 0


class Failed(NamedTuple):
    """Why a rendition could not be made."""

    profile: str
    recipe: str
    why: Refusal


class Measured(NamedTuple):
    """An asset, and all that is known of its content now."""

    asset: Sha256
    media: MediaInfo


Outcome = list[Rendition | Failed]


def run(workspace: Workspace, now: datetime, tick: Tick = quiet) -> Made:
    """Make what is lacking; what is urgent, or came meanwhile, is asked for all the time.

    Raises DiskFull, SandboxBroken or ToolMissing when the machine stands in the way; what was
    recorded until then stays, the rest is still due.
    """
    queue, tally = Queue(workspace), Made()
    if not queue.jobs:
        return tally
    with _Workers(workspace) as workers:
        while workers.feed(queue):
            finished = workers.finished(tick)
            for each in workers.measured():
                _record_measured(each)
                queue.know(*each)
            for job, future in finished:
                tally = _settle(workspace, future, job, now, tally)
            queue.refresh()
    return tally


def hurry(now: datetime, asset: str, person: str) -> ledger.Asset:
    """Let an asset overtake all others; BadPersonName, NoSuchAsset."""
    check_person(person)
    row = ledger.Asset.called(asset)
    with transaction.atomic():
        ledger.Asset.hurry([row.pk], now)
        audit.record(now, person, "hurry", row.pk)
    return row


class _Workers:
    """The threads that are at work, and on what.

    One more is kept for what is urgent, which so waits for nobody, and one makes previews.
    """

    def __init__(self, workspace: Workspace) -> None:
        settings = workspace.settings.normalizing
        self._workspace = workspace
        self._count = settings.workers or _as_many_as_fit()
        self._stop = Event()
        self._patience = Patience(settings.stall_seconds, self._stop)
        self._pool = ThreadPoolExecutor(self._count + 1, thread_name_prefix="normalize")
        self._previewers = ThreadPoolExecutor(1, thread_name_prefix="preview")
        self._pending: dict[Future[Outcome], Job] = {}
        self._previews: dict[Sha256, Future[None]] = {}
        self._parts: dict[str, float] = {}
        self._measured: SimpleQueue[Measured] = SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for pool in (self._pool, self._previewers):
            pool.shutdown(cancel_futures=True)

    def feed(self, queue: Queue) -> bool:
        """Begin as much of a queue as there are hands for; whether anything is left to wait for."""
        for job in queue.jobs:
            if job.previewed and job.asset.sha256 not in self._previews:
                looking = self._previewers.submit(
                    preview.make, self._workspace, job.asset, self._patience
                )
                self._previews[job.asset.sha256] = looking
        ready = [job for job in queue.jobs if job.urgent or not self._is_awaiting_preview(job)]
        for job in ready:
            if len(self._pending) >= self._count + job.urgent:
                break
            queue.take(job)
            begun = self._pool.submit(
                _make,
                self._workspace.store,
                job,
                self._patience,
                self._parts,
                self._measured.put,
            )
            self._pending[begun] = job
        return bool(self._pending or queue.jobs)

    def _is_awaiting_preview(self, job: Job) -> bool:
        looking = self._previews.get(job.asset.sha256)
        return looking is not None and not looking.done()

    def finished(self, tick: Tick) -> list[tuple[Job, Future[Outcome]]]:
        """Wait a moment for what comes to its end, and tell how far the rest is."""
        previews = [each for each in self._previews.values() if not each.done()]
        awaited: list[Future[Any]] = [*self._pending, *previews]
        done, _ = wait(awaited, _TELL_SECONDS, FIRST_COMPLETED)
        for name, part in list(self._parts.items()):
            tick(name, part)
        jobs = [(self._pending.pop(each), each) for each in list(self._pending) if each in done]
        for job, _future in jobs:
            self._parts.pop(job.asset.name, None)
        return jobs

    def measured(self) -> Iterator[Measured]:
        """Give what was measured since it was last asked for."""
        while not self._measured.empty():
            yield self._measured.get()


def _as_many_as_fit() -> int:
    """One a core, as far as there is memory for what four screens' renditions take."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(len(os.sched_getaffinity(0)), memory // _MEMORY_OF_A_JOB))


def _settle(
    workspace: Workspace, future: Future[Outcome], job: Job, now: datetime, tally: Made
) -> Made:
    """Record what became of a job; one that crashed is left for the next run."""
    error = future.exception()
    if isinstance(error, (DiskFull, SandboxBroken, ToolMissing)):
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
    if made:
        preview.path(workspace, job.asset.sha256).unlink(missing_ok=True)
    return tally._replace(
        renditions=tally.renditions + len(made), refused=tally.refused + bool(failed)
    )


def _record_measured(each: Measured) -> None:
    media = each.media.model_dump(mode="json")
    ledger.Asset.objects.filter(pk=each.asset).update(media=media)


def _record_made(made: list[Rendition], now: datetime) -> None:
    """Write the facts; with which ffmpeg, since another may give other bytes."""
    rows = [
        ledger.Rendition(
            asset_id=each.asset, made_at=now, **each.model_dump(mode="json", exclude={"asset"})
        )
        for each in made
    ]
    _write(rows)
    for each in made:
        facts = {"profile": each.profile, "sha256": each.sha256}
        said = {"decision": each.decision, "decision_vi": each.decision_vi}
        by = {"ffmpeg": ffmpeg.version()}
        audit.record(now, ACTOR, "normalize", each.asset, **facts, **said, **by)


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
    _write(rows)
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


def _write(rows: list[ledger.Rendition]) -> None:
    """Record renditions; what was recorded by the same recipe before stands, and is the newest."""
    by_recipe = ["asset", "profile", "recipe"]
    ledger.Rendition.objects.bulk_create(
        rows, update_conflicts=True, update_fields=["made_at"], unique_fields=by_recipe
    )


# --- In a worker: no ledger ---------------------------------------------------------------------


def _make(
    store: Store,
    job: Job,
    patience: Patience,
    parts: dict[str, float],
    tell_measured: Callable[[Measured], None],
) -> Outcome:
    """Make what a job lacks, and tell what was measured for that.

    Before the newsroom is blamed, the disk and the store's own copy are looked at: raises
    DiskFull or StoreDamaged.
    """
    asset = job.asset
    store.make_sure_of_room(room_for(asset.media, job.lacking.values()))
    folder = store.scratch()
    folder.mkdir()

    def tell(part: float) -> None:
        parts[asset.name] = part * _PART_OF_ENCODING

    def look_for_trouble() -> None:
        store.make_sure_of_room(0)  # while what filled the disk still lies there
        store.verify(asset.sha256)

    try:
        products = _products(store, folder, job, Work(patience, tell), tell_measured)
        outcome: Outcome = list(_renditions(store, folder, job, products, patience))
        if any(isinstance(each, Failed) for each in outcome):
            look_for_trouble()
    except Refusal as why:
        look_for_trouble()
        return [Failed(each.name, key, why) for key, each in job.lacking.items()]
    except OSError:
        look_for_trouble()
        raise
    finally:
        shutil.rmtree(folder)
    return outcome


def room_for(media: MediaInfo, profiles: Collection[DisplayProfile]) -> int:
    """Count the bytes that the renditions of a file may take, and one more while it is joined."""
    if media.seconds is None:
        return len(profiles) * _BYTES_OF_A_PHOTO
    kbps = [each.bitrate_kbps for each in profiles]
    return round(media.seconds * (sum(kbps) + max(kbps, default=0)) * 1000 / 8)


def _products(
    store: Store,
    folder: Path,
    job: Job,
    work: Work,
    tell_measured: Callable[[Measured], None],
) -> Iterator[tuple[str, Product | Refusal]]:
    source, media = store.path(job.asset.sha256), job.asset.media
    if job.asset.kind is Kind.PHOTO:
        return photo.make(source, media, folder, job.lacking, work, job.caption)
    listened = clip.listen(source, media, list(job.lacking.values()), work, job.caption)
    if listened.media != media:
        tell_measured(Measured(job.asset.sha256, listened.media))
    return clip.make(listened._replace(encoder=job.encoder), folder, job.lacking)


def _renditions(
    store: Store,
    folder: Path,
    job: Job,
    products: Iterator[tuple[str, Product | Refusal]],
    patience: Patience,
) -> Iterator[Rendition | Failed]:
    shown: dict[Finding, Finding] = {}
    for key, made in products:
        if isinstance(made, Refusal):
            yield Failed(job.lacking[key].name, key, made)
            continue
        for each, picture in still.of(made.path, set(made.findings) - shown.keys(), patience):
            path = folder / "still.jpg"
            path.write_bytes(picture)
            shown[each] = each.model_copy(update={"still": store.move_in(path).sha256})
        findings = tuple(shown.get(each, each) for each in made.findings)
        yield _kept(store, job.asset, key, made._replace(findings=findings))


def _kept(store: Store, asset: Asset, key: str, product: Product) -> Rendition:
    """Let the store keep what was made; the original itself it has."""
    stored = Stored(asset.sha256, asset.byte_count)
    if product.path != store.path(asset.sha256):
        stored = store.move_in(product.path)
    return Rendition(
        asset=asset.sha256,
        profile=product.profile.name,
        recipe=key,
        sha256=stored.sha256,
        byte_count=stored.byte_count,
        suffix=product.suffix,
        media=product.media,
        decision=product.decision.en,
        decision_vi=product.decision.vi,
        findings=product.findings,
    )
