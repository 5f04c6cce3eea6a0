"""Files that are read through before their turns, so that no turn waits for a disk.

A clip of 300 MB takes an SD card eight seconds: as long as the photo before it is on.  So the files
of the next turns are read in a thread, one after the other, while another turn is shown.
"""

import threading
from collections.abc import Iterable
from concurrent.futures import Future, wait

from cluster_feed.core.errors import BlobDamaged
from cluster_feed.core.playlist import Blob
from cluster_feed.core.value import Sha256
from cluster_feed.screen.blobs import Blobs, GivenUp, Verified


class Reading:
    """A rendition on its way to being verified."""

    def __init__(self, blobs: Blobs, blob: Blob) -> None:
        """Begin; a disk that answers no more keeps the thread, and nobody else."""
        self._blobs, self._blob = blobs, blob
        self._given_up = threading.Event()
        self._read: Future[Verified] = Future()
        threading.Thread(target=self._run, name="reading", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Whether it is over, well or not, after waiting so long for it."""
        return bool(wait([self._read], seconds).done)

    @property
    def file(self) -> Verified:
        """What was read; BlobDamaged where it is not what was approved."""
        return self._read.result()

    @property
    def failed(self) -> bool:
        """Whether it is over, and not well."""
        return self._read.done() and self._read.exception() is not None

    def close(self) -> None:
        """Let go of the file, also where it is still being read."""
        self._given_up.set()
        self._read.add_done_callback(_close)

    def _run(self) -> None:
        try:
            self._read.set_result(self._blobs.open(self._blob, self._given_up))
        except (BlobDamaged, GivenUp) as error:
            self._read.set_exception(error)


def _close(read: Future[Verified]) -> None:
    if not read.exception():
        read.result().close()


class Ahead:
    """The files of the turns that come next."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._wanted: dict[Sha256, Blob] = {}
        self._readings: dict[Sha256, Reading] = {}

    def want(self, blobs: Iterable[Blob]) -> None:
        """Have these read, in this order, and no others."""
        self._wanted = {blob.sha256: blob for blob in blobs}
        for sha256 in self._readings.keys() - self._wanted.keys():
            self._readings.pop(sha256).close()
        self._begin()

    def is_read(self, blob: Blob) -> bool:
        """Whether a file that is wanted was read through, well or not."""
        self._begin()
        reading = self._readings.get(blob.sha256)
        return bool(reading and reading.wait(0))

    def take(self, blob: Blob) -> Reading:
        """Give the reading of a file, to be closed: begun before or now.

        One that failed is begun anew where a pull has fetched the file since.
        """
        self._wanted.pop(blob.sha256, None)
        reading = self._readings.pop(blob.sha256, None)
        if reading and reading.failed and self._blobs.holds(blob):
            reading = None
        return reading or Reading(self._blobs, blob)

    def close(self) -> None:
        """Let go of all."""
        self.want(())

    def _begin(self) -> None:
        """Read what is wanted first, and only then the next: a card reads one file at a time."""
        for sha256, blob in self._wanted.items():
            if sha256 not in self._readings:
                self._readings[sha256] = Reading(self._blobs, blob)
            if not self._readings[sha256].wait(0):
                return
