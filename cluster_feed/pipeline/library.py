"""What the record holds, as people look through it: where each asset stands."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Missing
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.ingest.captions import HELD
from cluster_feed.workspace import Workspace


class Standing(StrEnum):
    """How far an asset has come, or why it goes no further; the first that applies."""

    WITHDRAWN = "withdrawn"
    HELD = "held"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    BEING_MADE = "being-made"
    READY = "ready"

    @property
    def label(self) -> Bilingual:
        """The standing as people call it."""
        return _LABELS[self]

    @property
    def tone(self) -> str:
        """Whether it is good, waits, is bad, or is over."""
        return _TONES[self]


_LABELS: Final = {
    Standing.WITHDRAWN: Bilingual("đã thu hồi", "withdrawn"),
    Standing.HELD: Bilingual("bị giữ lại", "held back"),
    Standing.INCOMPLETE: Bilingual("cần bổ sung", "to be completed"),
    Standing.FAILED: Bilingual("không tạo được bản phát", "cannot be rendered"),
    Standing.BEING_MADE: Bilingual("đang xử lý", "in the works"),
    Standing.READY: Bilingual("sẵn sàng", "ready"),
}
_TONES: Final = {
    Standing.WITHDRAWN: "idle",
    Standing.HELD: "bad",
    Standing.INCOMPLETE: "wait",
    Standing.FAILED: "bad",
    Standing.BEING_MADE: "idle",
    Standing.READY: "good",
}


def with_standing(workspace: Workspace, assets: QuerySet[ledger.Asset]) -> QuerySet[Any]:
    """Add to each asset its `standing`, and `made`: for how many wanted profiles it is rendered."""
    wanted = list(workspace.wanted_profiles)
    renditions = ledger.Rendition.objects.filter(profile__in=wanted)
    here = renditions.filter(asset=OuterRef("pk"))
    made = here.filter(code="").values("asset").annotate(n=Count("profile", distinct=True))
    later = renditions.filter(asset=OuterRef("asset"), profile=OuterRef("profile"), code="")
    failed = here.exclude(code="").filter(~Exists(later))
    return assets.annotate(
        made=Coalesce(Subquery(made.values("n")), 0, output_field=IntegerField())
    ).annotate(
        standing=Case(
            When(withdrawal__isnull=False, then=Value(str(Standing.WITHDRAWN))),
            When(
                Q(captioned_by=HELD, lacks__contains=str(Missing.SECRECY_DECLARATION)),
                then=Value(str(Standing.HELD)),
            ),
            When(
                ledger.Asset.lacking(workspace.broadcasters),
                then=Value(str(Standing.INCOMPLETE)),
            ),
            When(Exists(failed), then=Value(str(Standing.FAILED))),
            When(made__lt=len(wanted), then=Value(str(Standing.BEING_MADE))),
            default=Value(str(Standing.READY)),
            output_field=CharField(),
        )
    )


def incomplete(workspace: Workspace, assets: QuerySet[ledger.Asset]) -> QuerySet[ledger.Asset]:
    """Find what people can complete, newest first: not what was withdrawn."""
    lacking = assets.filter(ledger.Asset.lacking(workspace.broadcasters))
    return lacking.filter(withdrawal__isnull=True).order_by("-received_at", "sha256")


def plays(assets: Iterable[str]) -> QuerySet[ledger.Play]:
    """Find when and where these assets were shown."""
    return ledger.Play.objects.filter(asset__in=assets, outcome="played")
