"""In which order renditions are made, and what people see before."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster_feed.adapters import clips, glimpses
from cluster_feed.adapters.probe import probe
from cluster_feed.adapters.store import Store
from cluster_feed.core.errors import BadPersonName, DamagedMedia, UnfitForNotice
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import normalize, notice
from cluster_feed.pipeline.normalize import preview
from cluster_feed.pipeline.normalize import queue as queues
from cluster_feed.pipeline.normalize.queue import Job, Queue
from cluster_feed.workspace import Workspace
from tests import oddities
from tests.material import measured
from tests.pipeline.test_normalize import NOW, admit, lay_out


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    return lay_out(tmp_path / "hub")


def in_order(queue: Queue) -> list[str]:
    return [job.asset.sha256 for job in queue.jobs]


def test_what_is_marked_overtakes_what_came_before_it(workspace: Workspace) -> None:
    for make in (oddities.plain, oddities.progressive, oddities.cmyk):
        admit(workspace, make)
    queue = Queue(workspace)
    first, second, last = in_order(queue)
    queue.take(queue.jobs[0])
    normalize.hurry(NOW, last[:10], "lan")
    assert in_order(queue) == [second, last]
    queue.refresh()
    assert in_order(queue) == [last, second]
    with pytest.raises(BadPersonName):
        normalize.hurry(NOW, first, "")


def test_what_was_measured_meanwhile_is_known_to_what_is_left(workspace: Workspace) -> None:
    assets = [admit(workspace, each) for each in (oddities.plain, oddities.anamorphic)]
    queue = Queue(workspace)
    known = measured(assets[0].to_value().media)
    queue.know(assets[0].pk, known)
    left = {job.asset.sha256: job.asset.media.measurement for job in queue.jobs}
    assert left == {assets[0].pk: known.measurement, assets[1].pk: None}


def test_what_comes_while_others_are_made_is_made_in_the_same_run(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit(workspace, oddities.progressive)
    late: Iterator[object] = iter([lambda: admit(workspace, oddities.cmyk)])
    refresh = Queue.refresh

    def refreshed(queue: Queue) -> None:
        for come in late:
            come()  # type: ignore[operator]
        refresh(queue)

    monkeypatch.setattr(Queue, "refresh", refreshed)
    assert normalize.run(workspace, NOW).renditions == 4


def test_what_is_urgent_waits_for_nobody_though_every_hand_is_busy(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (oddities.plain, oddities.anamorphic):
        admit(workspace, each)
    urgent_done, order = threading.Event(), []
    make, refresh = normalize._make, Queue.refresh

    def long(store: Store, job: Job, *how: object) -> object:
        assert job.urgent or urgent_done.wait(60)
        made = make(store, job, *how)  # type: ignore[arg-type]
        order.append(job.urgent)
        if job.urgent:
            urgent_done.set()
        return made

    def refreshed(queue: Queue) -> None:
        if ledger.Asset.objects.count() == 2:
            normalize.hurry(NOW, admit(workspace, oddities.cmyk).pk, "lan")
        refresh(queue)

    monkeypatch.setattr(normalize, "_make", long)
    monkeypatch.setattr(Queue, "refresh", refreshed)
    assert normalize.run(workspace, NOW).renditions == 6
    assert order == [True, False, False]


def test_a_crash_is_not_tried_again_in_the_same_run(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError

    admit(workspace, oddities.progressive)
    monkeypatch.setattr(normalize, "_make", crash)
    assert normalize.run(workspace, NOW).postponed == 1


def test_a_notice_of_what_has_no_renditions_yet_lets_them_go_first(workspace: Workspace) -> None:
    admit(workspace, oddities.progressive)
    warning = admit(workspace, oddities.cmyk)
    with pytest.raises(UnfitForNotice):
        notice.prepare(workspace, NOW, "bao-lu", "lan", [warning.pk])
    assert in_order(Queue(workspace))[0] == warning.pk


def test_a_preview_is_there_until_the_renditions_are(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "_LONG_SECONDS", 1)
    clip = admit(workspace, oddities.anamorphic)
    shown: list[tuple[int, int]] = []
    make = clips.transcode

    def transcode(*given: object, **more: object) -> object:
        shown.append(probe(preview.path(workspace, clip.pk)).media.video.shown_size)
        return make(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(clips, "transcode", transcode)
    assert normalize.run(workspace, NOW).renditions == 2
    assert shown == [(320, 180)]
    assert not list(workspace.previews.iterdir())


def test_a_preview_of_what_cannot_be_read_delays_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise DamagedMedia(detail="?")

    monkeypatch.setattr(queues, "_LONG_SECONDS", 1)
    monkeypatch.setattr(glimpses, "preview", damaged)
    admit(workspace, oddities.plain)
    assert normalize.run(workspace, NOW).renditions == 2


@pytest.mark.parametrize(
    "make", [oddities.turned, oddities.surround, oddities.fields, oddities.hybrid_log_gamma]
)
def test_a_preview_is_small_and_upright(tmp_path: Path, make: object) -> None:
    source = make(tmp_path / "asset")  # type: ignore[operator]
    media = probe(source).media
    glimpses.preview(source, media, tmp_path / "made.mp4")
    made = probe(tmp_path / "made.mp4").media
    assert max(made.video.shown_size) <= 640
    across, down = media.video.shown_size
    assert made.video.width / made.video.height == pytest.approx(across / down, rel=0.03)
    assert bool(made.audio) is bool(media.audio)


def test_the_record_knows_who_let_an_asset_go_first(workspace: Workspace) -> None:
    asset = admit(workspace, oddities.progressive)
    normalize.hurry(NOW, asset.pk, "lan")
    event = ledger.Event.objects.get(act="hurry")
    assert (event.actor, event.subject) == ("lan", asset.pk)
