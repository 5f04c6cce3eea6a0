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
    REPLACED = "replaced"
    HELD = "held"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
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
    Standing.REPLACED: Bilingual("đã được thay", "replaced"),
    Standing.HELD: Bilingual("bị giữ lại", "held back"),
    Standing.INCOMPLETE: Bilingual("cần bổ sung", "to be completed"),
    Standing.FAILED: Bilingual("không tạo được bản phát", "cannot be rendered"),
    Standing.BEING_MADE: Bilingual("đang xử lý", "in the works"),
    Standing.READY: Bilingual("sẵn sàng", "ready"),
}
_TONES: Final = {
    Standing.WITHDRAWN: "idle",
    Standing.REPLACED: "idle",
    Standing.HELD: "bad",
    Standing.INCOMPLETE: "wait",
    Standing.FAILED: "bad",
    Standing.BEING_MADE: "idle",
    Standing.READY: "good",
}


def with_standing(workspace: Workspace, assets: QuerySet[ledger.Asset]) -> QuerySet[Any]:
    """Add to each asset its `standing`: a caption is no use to a clip that cannot be shown."""
    return assets.annotate(
        standing=Case(
            When(withdrawal__isnull=False, then=Value(str(Standing.WITHDRAWN))),
            When(replacement__isnull=False, then=Value(str(Standing.REPLACED))),
            When(
                Q(captioned_by=HELD, lacks__contains=str(Missing.SECRECY_DECLARATION)),
                then=Value(str(Standing.HELD)),
            ),
            When(_failed(workspace), then=Value(str(Standing.FAILED))),
            When(
                ledger.Asset.lacking(workspace.broadcasters),
                then=Value(str(Standing.INCOMPLETE)),
            ),
            When(_all_made(workspace), then=Value(str(Standing.READY))),
            default=Value(str(Standing.BEING_MADE)),
            output_field=CharField(),
        )
    )


def with_made(workspace: Workspace, assets: QuerySet[ledger.Asset]) -> QuerySet[Any]:
    """Add for how many wanted profiles each is rendered; meant for as many as a page shows."""
    made = _renditions(workspace).filter(asset=OuterRef("pk"), code="").values("asset")
    counted = made.annotate(n=Count("profile", distinct=True)).values("n")
    return assets.annotate(made=Coalesce(Subquery(counted), 0, output_field=IntegerField()))


def in_the_works(workspace: Workspace, assets: QuerySet[ledger.Asset]) -> QuerySet[ledger.Asset]:
    """Find what is being rendered, whatever its caption lacks; the oldest first."""
    unfinished = assets.filter(~_all_made(workspace), withdrawal__isnull=True)
    return unfinished.filter(~_failed(workspace)).order_by("received_at", "pk")


def _renditions(workspace: Workspace) -> QuerySet[ledger.Rendition]:
    return ledger.Rendition.objects.filter(profile__in=list(workspace.wanted_profiles))


def _all_made(workspace: Workspace) -> Q:
    """Whether there is a rendition for every profile that a screen needs."""
    made = Q()
    for profile in workspace.wanted_profiles:
        there = ledger.Rendition.objects.filter(asset=OuterRef("pk"), profile=profile, code="")
        made &= Q(Exists(there))
    return made


def _failed(workspace: Workspace) -> Q:
    """Whether one could not be made, by any recipe."""
    renditions = _renditions(workspace)
    made = renditions.filter(asset=OuterRef("asset"), profile=OuterRef("profile"), code="")
    failed = renditions.filter(asset=OuterRef("pk")).filter(code__gt="")
    return Q(Exists(failed.filter(~Exists(made))))


def incomplete(workspace: Workspace, assets: QuerySet[ledger.Asset]) -> QuerySet[ledger.Asset]:
    """Find what is worth completing, newest first: not what goes nowhere."""
    lacking = assets.filter(ledger.Asset.lacking(workspace.broadcasters))
    wanted = lacking.filter(~_failed(workspace), withdrawal__isnull=True, replacement__isnull=True)
    return wanted.order_by("-received_at", "sha256")


def plays(assets: Iterable[str]) -> QuerySet[ledger.Play]:
    """Find when and where these assets were shown."""
    return ledger.Play.objects.filter(asset__in=assets, outcome="played")
