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
from cluster_feed.core.errors import Duplicate
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
    """Add to each asset its `standing`; meant for as many as a page shows."""
    cases = (When(when, then=Value(str(each))) for each, when in _conditions(workspace).items())
    return assets.annotate(
        standing=Case(*cases, default=Value(str(Standing.BEING_MADE)), output_field=CharField())
    )


def only(
    workspace: Workspace, assets: QuerySet[ledger.Asset], wanted: Standing
) -> QuerySet[ledger.Asset]:
    """Keep those that stand so, asking of each no more than that needs."""
    is_so = Q()
    for each, when in _conditions(workspace).items():
        if each is wanted:
            return assets.filter(is_so & when)
        is_so &= ~when
    return assets.filter(is_so)


def _conditions(workspace: Workspace) -> dict[Standing, Q]:
    """The standings in their order: a caption is no use to a clip that cannot be shown."""
    return {
        Standing.WITHDRAWN: _withdrawn(),
        Standing.REPLACED: _replaced(),
        Standing.HELD: Q(captioned_by=HELD, lacks__contains=str(Missing.SECRECY_DECLARATION)),
        Standing.FAILED: _failed(workspace),
        Standing.INCOMPLETE: ledger.Asset.lacking(workspace.broadcasters),
        Standing.READY: _all_made(workspace),
    }


def with_made(workspace: Workspace, assets: QuerySet[ledger.Asset]) -> QuerySet[Any]:
    """Add for how many wanted profiles each is rendered; meant for as many as a page shows."""
    made = _renditions(workspace).filter(asset=OuterRef("pk"), code="").values("asset")
    counted = made.annotate(n=Count("profile", distinct=True)).values("n")
    return assets.annotate(made=Coalesce(Subquery(counted), 0, output_field=IntegerField()))


def in_the_works(workspace: Workspace, assets: QuerySet[ledger.Asset]) -> QuerySet[ledger.Asset]:
    """Find what is being rendered, whatever its caption lacks; the oldest first."""
    unfinished = assets.filter(~_all_made(workspace), ~_withdrawn())
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


def _withdrawn() -> Q:
    return Q(pk__in=ledger.Withdrawal.objects.values("asset"))


def _replaced() -> Q:
    return Q(pk__in=ledger.Replacement.objects.values("old"))


def _failed(workspace: Workspace) -> Q:
    """Whether one could not be made, by any recipe."""
    renditions = _renditions(workspace)
    made = renditions.filter(asset=OuterRef("asset"), profile=OuterRef("profile"), code="")
    failed = renditions.filter(code__gt="").filter(~Exists(made))
    return Q(pk__in=failed.values("asset"))


def incomplete(workspace: Workspace, assets: QuerySet[ledger.Asset]) -> QuerySet[ledger.Asset]:
    """Find what is worth completing, newest first: not what goes nowhere."""
    return only(workspace, assets, Standing.INCOMPLETE).order_by("-received_at", "sha256")


def lacking_for_portal(
    workspace: Workspace, assets: QuerySet[ledger.Asset]
) -> QuerySet[ledger.Asset]:
    """Find what is proposed for Vietnam.vn, lacks something for it and has never been there.

    Not what goes nowhere.  Newest first.
    """
    lacking = assets.filter(ledger.Asset.lacking_for_portal(workspace.broadcasters))
    nowhere = (Standing.WITHDRAWN, Standing.REPLACED, Standing.HELD, Standing.FAILED)
    conditions = _conditions(workspace)
    for each in nowhere:
        lacking = lacking.filter(~conditions[each])
    never = ~Q(pk__in=ledger.PackagedItem.objects.values("asset"))
    return lacking.filter(never).order_by("-received_at", "sha256")


def unseen(refusals: QuerySet[ledger.Rejection]) -> QuerySet[ledger.Rejection]:
    """Find those that nobody has looked at, of the ones after which somebody must act."""
    return refusals.filter(_UNSEEN)


def unseen_first(refusals: QuerySet[ledger.Rejection]) -> QuerySet[ledger.Rejection]:
    """Put those first that somebody must still look at, then the newest."""
    return refusals.order_by(Case(When(_UNSEEN, then=0), default=1), "-at", "-pk")


_UNSEEN: Final = Q(seen_at=None) & ~Q(code=Duplicate.__name__)


def plays(assets: Iterable[str]) -> QuerySet[ledger.Play]:
    """Find when and where these assets were shown."""
    return ledger.Play.objects.filter(asset__in=assets, outcome="played")
