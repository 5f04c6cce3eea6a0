"""Assets and what is said of them."""

from typing import Annotated, Any, Final

from django.db.models import Count, QuerySet
from pydantic import AwareDatetime, Field, JsonValue, TypeAdapter, ValidationError

from cluster_feed.core.asset import Kind, MediaInfo
from cluster_feed.core.caption import Caption, Missing
from cluster_feed.core.collation import sought
from cluster_feed.core.errors import NoSuchAsset
from cluster_feed.core.facets import holding
from cluster_feed.core.proof import Outcome
from cluster_feed.core.value import Moment, Sha256, Slug, Value
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import caption as captions
from cluster_feed.pipeline.standing import Standing, lacking_for_portal, only, with_standing
from cluster_feed.pipeline.status import Problem
from cluster_feed.web import visible
from cluster_feed.web.api.operation import Call, Tagged
from cluster_feed.web.api.paging import Paged, page
from cluster_feed.web.api.problem import not_understood
from cluster_feed.web.house import workspace

_JSON: Final[TypeAdapter[JsonValue]] = TypeAdapter(JsonValue)


class AssetsAsked(Paged):
    """Which assets: whose, of a kind, how far they have come, about a theme, received when.

    `q` searches as the library does, with and without diacritics; `lacking_for_portal` keeps what
    is proposed for Vietnam.vn and could not be given as it is.
    """

    newsroom: Slug | None = None
    kind: Kind | None = None
    standing: Standing | None = None
    theme: Theme | None = None
    q: Annotated[str, Field(max_length=200)] = ""
    received_from: Moment | None = None
    received_before: Moment | None = None
    vietnam_vn: bool | None = None
    lacking_for_portal: bool = False


class AssetLine(Value):
    """An asset in a list.  `missing` is what its caption lacks before an edition may show it."""

    sha256: Sha256
    kind: Kind
    newsroom: str
    name: str
    title: str
    received_at: AwareDatetime
    byte_count: int
    standing: Standing
    missing: tuple[Missing, ...]


class Meant(Value):
    """`again`: also where an edition that was submitted or approved could not go out then."""

    again: bool = False


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
        "proposed": query.vietnam_vn,
        "themes__contains": holding((query.theme,)) if query.theme else None,
    }
    rows = _visible(call).filter(
        **{name: wanted for name, wanted in asked.items() if wanted is not None}
    )
    if query.standing:
        rows = only(workspace(), rows, query.standing)
    if query.lacking_for_portal:
        rows = lacking_for_portal(workspace(), rows)
    for word in sought(query.q):
        rows = rows.filter(searched__contains=word)
    items, following = page(rows, query, "received_at", lambda row: AssetLine(**_line(row)))
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
        caption_tag=captions.version(row),
        missing_for_portal=tuple(caption.missing_for_portal(newsroom, Kind(row.kind))),
        renditions=tuple(_rendition(each) for each in row.renditions.order_by("profile", "pk")),
        plays=Plays(**counted),
    )


def caption(call: Call, sha256: Sha256) -> Tagged[Caption]:
    """Give what is said of an asset; its ETag is what a change of it must name in If-Match."""
    return _said(_found(call, sha256))


def put_caption(
    call: Call, sha256: Sha256, query: Meant, if_match: str, body: Caption
) -> Tagged[Caption]:
    """Replace what is said of an asset, as a whole."""
    return _write(call, _found(call, sha256), if_match, body, query)


def patch_caption(
    call: Call, sha256: Sha256, query: Meant, if_match: str, body: dict[str, JsonValue]
) -> Tagged[Caption]:
    """Change parts of what is said of an asset, by a merge patch (RFC 7396) of its caption."""
    row = _found(call, sha256)
    merged = _merged(row.to_caption().model_dump(mode="json"), body)
    try:
        changed = Caption.model_validate_json(_JSON.dump_json(merged))
    except ValidationError as error:
        raise not_understood(Caption, error) from error
    return _write(call, row, if_match, changed, query)


def _visible(call: Call) -> QuerySet[Any]:
    return with_standing(workspace(), visible.assets(call.person))


def _found(call: Call, sha256: Sha256) -> Any:  # noqa: ANN401  an Asset, with its standing
    row = _visible(call).filter(pk=sha256).first()
    if row is None:
        raise NoSuchAsset(asset=sha256)
    return row


def _write(call: Call, row: ledger.Asset, seen: str, new: Caption, meant: Meant) -> Tagged[Caption]:
    person = call.person
    writer = captions.Writer(person.name, person.newsroom)
    return _said(
        captions.write(workspace(), call.now, row.pk, new, writer, seen=seen, again=meant.again)
    )


def _said(row: ledger.Asset) -> Tagged[Caption]:
    return Tagged(row.to_caption(), captions.version(row))


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


def _line(row: Any) -> dict[str, Any]:  # noqa: ANN401  an Asset, with its standing
    return {
        "sha256": row.pk,
        "kind": row.kind,
        "newsroom": row.newsroom,
        "name": row.name,
        "title": row.caption.get("words", {}).get("vi", {}).get("title", ""),
        "received_at": row.received_at,
        "byte_count": row.byte_count,
        "standing": row.standing,
        "missing": row.missing(workspace().broadcasters),
    }


def _rendition(row: ledger.Rendition) -> RenditionShown:
    why = Problem.of(workspace(), row.code, row.facts, row.made_at) if row.failed else None
    return RenditionShown(
        profile=row.profile,
        made_at=row.made_at,
        sha256=row.sha256,
        byte_count=row.byte_count,
        decision=row.decision,
        problem=why,
    )
