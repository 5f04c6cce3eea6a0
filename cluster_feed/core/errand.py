"""What a person asks for at the desk and does not wait for: it takes as long as the files do."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from cluster_feed.core.bilingual import Bilingual


class Errand(StrEnum):
    """Which; all but the first are about one package."""

    MAKE = "make"
    CHECK = "check"
    HAND_OVER = "hand-over"

    @property
    def label(self) -> Bilingual:
        """As people call it."""
        return _LABELS[self]


_LABELS: Final[Mapping[Errand, Bilingual]] = {
    Errand.MAKE: Bilingual("Lập gói", "Make the package"),
    Errand.CHECK: Bilingual("Kiểm tra gói", "Check the package"),
    Errand.HAND_OVER: Bilingual("Chuyển gói", "Hand the package over"),
}
