"""How a clip's coded pictures and sound lie in its file: what no header says of them."""

from collections.abc import Iterator
from typing import Final

from cluster_feed.core.bilingual import Bilingual, comma
from cluster_feed.core.value import Value

LONGEST_GOP_SECONDS: Final = 10.0
"""The longest way to the next picture that can be decoded by itself."""

SOUND_OFF_SECONDS: Final = 0.1
"""How much later than the picture sound may begin in a file that players must keep in step."""

SOUND_OVER_SECONDS: Final = 0.5
"""How much longer than the picture sound may go on."""


class Packing(Value):
    """What was read of a clip's packets and container, without decoding.

    `picture_ends_seconds` and `sound_ends_seconds` are when the last packets end, counted from the
    first picture; None: there is no sound.  `strangers` names what the container holds besides
    pictures, sound and their index: tags, places, further tracks, bytes that belong to nothing.
    `index_in_front`: it plays before it was read whole.  Both are looked for in what may be copied
    as it is: an MP4 of H.264.
    """

    constant_rate: bool
    closed_gops: bool
    longest_gop_seconds: float
    starts_at_once: bool
    nothing_cut: bool
    picture_ends_seconds: float
    sound_from_seconds: float = 0.0
    sound_ends_seconds: float | None = None
    index_in_front: bool = False
    strangers: tuple[str, ...] = ()

    @property
    def sound_over_seconds(self) -> float:
        """How much longer than the picture the sound goes on."""
        return max(0.0, (self.sound_ends_seconds or 0.0) - self.picture_ends_seconds)

    def picture_faults(self) -> Iterator[Bilingual]:
        """Name why the pictures cannot stay as they are coded."""
        if not self.constant_rate:
            yield Bilingual("tốc độ hình không đều", "its rate is not constant")
        if not self.closed_gops:
            yield Bilingual("nhóm hình (GOP) mở", "open GOPs")
        if self.longest_gop_seconds > LONGEST_GOP_SECONDS:
            yield Bilingual(
                f"một nhóm hình (GOP) dài {comma(self.longest_gop_seconds)} giây",
                f"a GOP of {self.longest_gop_seconds:.1f} s",
            )
        if not self.starts_at_once:
            yield Bilingual("hình bắt đầu muộn", "the picture begins late")
        if not self.nothing_cut:
            yield Bilingual("danh sách cắt bỏ bớt hình", "an edit list cuts pictures off")

    def sound_faults(self) -> Iterator[Bilingual]:
        """Name why the sound cannot stay as it is coded."""
        if self.sound_from_seconds > SOUND_OFF_SECONDS:
            yield Bilingual(
                f"tiếng bắt đầu ở giây {comma(self.sound_from_seconds)}",
                f"sound begins at {self.sound_from_seconds:.1f} s",
            )
        if self.sound_over_seconds > SOUND_OVER_SECONDS:
            yield Bilingual(
                f"tiếng dài hơn hình {comma(self.sound_over_seconds)} giây",
                f"sound is {self.sound_over_seconds:.1f} s longer than the picture",
            )

    def container_faults(self) -> Iterator[Bilingual]:
        """Name why the streams, right as they are, need another container."""
        if not self.index_in_front:
            yield Bilingual("mục lục nằm cuối tệp", "index at the end")
        if self.strangers:
            held = ", ".join(self.strangers)
            yield Bilingual(f"tệp còn chứa {held}", f"it also holds {held}")
