"""By what an asset is found among ten thousand: drawn from its caption whenever that is written."""

from typing import Final, NamedTuple

from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Caption, Missing
from cluster_feed.core.collation import searchable, sort_key
from cluster_feed.core.vocabulary import NewsroomClass, Theme

BETWEEN: Final = ", "
"""Between the names of what is missing: some are two words, as `title (en)` is."""


class Facets(NamedTuple):
    """What the record can be asked for without reading a caption.

    `themes` holds codes, each between spaces.  `lacks` names what is missing before an asset may
    enter an edition, but for the proof that it was on air: that is asked of the broadcaster only,
    and which newsroom that is the settings say; `aired` tells whether it is there.  `proposed`
    tells whether it is for Vietnam.vn, and `portal_lacks` what it lacks for that beyond `lacks`.
    """

    searched: str
    sort_key: str
    themes: str
    lacks: str
    aired: bool
    proposed: bool
    portal_lacks: str


def facets(name: str, kind: Kind, caption: Caption) -> Facets:
    """Draw them."""
    missing = list(caption.missing(NewsroomClass.BROADCASTER, kind))
    portal = (
        caption.missing_for_portal(NewsroomClass.BROADCASTER, kind) if caption.vietnam_vn else ()
    )
    texts = [text for _, text in caption.all_text()]
    labels = [label for theme in caption.themes for label in theme.label]
    return Facets(
        searched=searchable([name, *texts, *labels]),
        sort_key=sort_key(caption.title or name),
        themes=holding(caption.themes),
        lacks=" ".join(each for each in missing if each is not Missing.BROADCAST),
        aired=Missing.BROADCAST not in missing,
        proposed=caption.vietnam_vn,
        portal_lacks=BETWEEN.join(each for each in portal if each not in missing),
    )


def holding(themes: tuple[Theme, ...]) -> str:
    """Write themes so that one is found with its spaces: ` DU_LICH KTXH `."""
    return f" {' '.join(themes)} " if themes else ""
