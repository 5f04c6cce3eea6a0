"""Assets and what is said of them."""

from typing import Any, Final

from django.db.models import Count
from pydantic import AwareDatetime, JsonValue, TypeAdapter, ValidationError

from cluster_feed.core.asset import Kind, MediaInfo
from cluster_feed.core.caption import Caption, Missing
from cluster_feed.core.errors import CaptionChanged, NoSuchAsset
from cluster_feed.core.proof import Outcome
from cluster_feed.core.value import Moment, Sha256, Slug, Value
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import caption as captions
from cluster_feed.pipeline.status import Problem
from cluster_feed.web import visible
from cluster_feed.web.api.operation import Call, Tagged, tag_of
from cluster_feed.web.api.paging import Paged, page
from cluster_feed.web.api.problem import not_understood
from cluster_feed.web.house import workspace

_JSON: Final[TypeAdapter[JsonValue]] = TypeAdapter(JsonValue)


class AssetsAsked(Paged):
    """Which assets: of a newsroom, of a kind, about a theme, received from a moment to another."""

    newsroom: Slug | None = None
    kind: Kind | None = None
    theme: Theme | None = None
    received_from: Moment | None = None
    received_before: Moment | None = None
    withdrawn: bool | None = None
    vietnam_vn: bool | None = None


class AssetLine(Value):
    """An asset in a list.  `missing` is what its caption lacks before an edition may show it."""

    sha256: Sha256
    kind: Kind
    newsroom: str
    name: str
    title: str
    received_at: AwareDatetime
    byte_count: int
    missing: tuple[Missing, ...]
    withdrawn: bool


class AssetPage(Value):
    """A page of assets, the newest first; `next` names the page after it, as `after`."""

    items: tuple[AssetLine, ...]
    next: str | None


class RenditionShown(Value):
    """An asset made for a profile, and what was done and why; or why it could not be made."""

    profile: str
    made_at: AwareDatetime
    sha256: str
    byte_count: int
    decision: str
    problem: Problem | None


class Plays(Value):
    """How often the screens have proven that they showed it, and at how many clusters."""

    played: int
    clusters: int


class AssetShown(AssetLine):
    """All that is known of an asset.  `caption_tag` is the ETag of its caption."""

    submission: str
    media: MediaInfo
    captioned_by: str
    caption_tag: Sha256
    missing_for_portal: tuple[Missing, ...]
    renditions: tuple[RenditionShown, ...]
    plays: Plays


def index(call: Call, query: AssetsAsked) -> AssetPage:
    """List assets, the newest first."""
    asked = {
        "newsroom": query.newsroom,
        "kind": query.kind,
        "received_at__gte": query.received_from,
        "received_at__lt": query.received_before,
        "caption__vietnam_vn": query.vietnam_vn,
        "withdrawal__isnull": None if query.withdrawn is None else not query.withdrawn,
    }
    rows = visible.assets(call.person).filter(
        **{name: wanted for name, wanted in asked.items() if wanted is not None}
    )
    if query.theme:
        rows = rows.filter(caption__themes__icontains=f'"{query.theme.value}"')
    items, following = page(
        rows.select_related("withdrawal"), query, "received_at", lambda row: AssetLine(**_line(row))
    )
    return AssetPage(items=items, next=following)


def one(call: Call, sha256: Sha256) -> AssetShown:
    """Tell all that is known of an asset."""
    row = _found(call, sha256)
    caption = row.to_caption()
    newsroom = workspace().newsroom_class(row.newsroom)
    counted = ledger.Play.objects.filter(asset=row.pk, outcome=Outcome.PLAYED).aggregate(
        played=Count("pk"), clusters=Count("cluster", distinct=True)
    )
    return AssetShown(
        **_line(row),
        submission=row.submission,
        media=row.to_value().media,
        captioned_by=row.captioned_by,
        caption_tag=tag_of(caption),
        missing_for_portal=tuple(caption.missing_for_portal(newsroom, Kind(row.kind))),
        renditions=tuple(_rendition(each) for each in row.renditions.order_by("profile", "pk")),
        plays=Plays(**counted),
    )


def caption(call: Call, sha256: Sha256) -> Tagged[Caption]:
    """Give what is said of an asset; its ETag is what a change of it must name in If-Match."""
    return Tagged.of(_found(call, sha256).to_caption())


def put_caption(call: Call, sha256: Sha256, if_match: str, body: Caption) -> Tagged[Caption]:
    """Replace what is said of an asset, as a whole."""
    return _write(call, sha256, _seen(call, sha256, if_match), body)


def patch_caption(
    call: Call, sha256: Sha256, if_match: str, body: dict[str, JsonValue]
) -> Tagged[Caption]:
    """Change parts of what is said of an asset, by a merge patch (RFC 7396) of its caption."""
    seen = _seen(call, sha256, if_match)
    try:
        changed = Caption.model_validate_json(
            _JSON.dump_json(_merged(seen.model_dump(mode="json"), body))
        )
    except ValidationError as error:
        raise not_understood(Caption, error) from error
    return _write(call, sha256, seen, changed)


def _found(call: Call, sha256: Sha256) -> ledger.Asset:
    row = visible.assets(call.person).filter(pk=sha256).select_related("withdrawal").first()
    if row is None:
        raise NoSuchAsset(asset=sha256)
    return row


def _seen(call: Call, sha256: Sha256, tag: str) -> Caption:
    row = _found(call, sha256)
    now = row.to_caption()
    if tag_of(now) != tag:
        raise CaptionChanged(asset=row)
    return now


def _write(call: Call, sha256: Sha256, seen: Caption, new: Caption) -> Tagged[Caption]:
    row = captions.write(call.now, sha256, new, call.person.name, seen=seen)
    return Tagged.of(row.to_caption())


def _merged(target: JsonValue, patch: JsonValue) -> JsonValue:
    """Apply a merge patch: null takes away, an object goes deeper, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _line(row: ledger.Asset) -> dict[str, Any]:
    caption = row.to_caption()
    newsroom = workspace().newsroom_class(row.newsroom)
    return {
        "sha256": row.pk,
        "kind": row.kind,
        "newsroom": row.newsroom,
        "name": row.name,
        "title": caption.title,
        "received_at": row.received_at,
        "byte_count": row.byte_count,
        "missing": tuple(caption.missing(newsroom, Kind(row.kind))),
        "withdrawn": hasattr(row, "withdrawal"),
    }


def _rendition(row: ledger.Rendition) -> RenditionShown:
    why = Problem.of(row.code, row.facts, row.made_at) if row.failed else None
    return RenditionShown(
        profile=row.profile,
        made_at=row.made_at,
        sha256=row.sha256,
        byte_count=row.byte_count,
        decision=row.decision,
        problem=why,
    )
