"""What was published, for agencies' pages: RSS 2.0 and JSON Feed 1.1, a feed a language.

Public where the operator says so; else there is nothing here for anybody.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Enclosure, Rss201rev2Feed
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from cluster_feed.core.playlist import ZONE
from cluster_feed.core.value import digest
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.syndicate import given
from cluster_feed.pipeline.syndicate.given import Given
from cluster_feed.web.asked import moment
from cluster_feed.web.house import workspace

_MOST: Final = 50
_CHANGES: Final = ("syndicate", "withdraw-asset", "lift-withdrawal", "caption")
"""The acts after which a feed may say something else."""


@require_safe
def rss(request: HttpRequest, language: str) -> HttpResponseBase:
    """Give the feed that every reader knows."""
    _make_sure_it_is_public()
    feed = Rss201rev2Feed(
        title=workspace().settings.sender.organization,
        link=_absolute("home"),
        description="Cluster Feed → Vietnam.vn",
        language=language,
        feed_url=_absolute("feed-rss", language),
    )
    for each in _items(language):
        picture = each.picture
        feed.add_item(
            title=each.title(language),
            link=_absolute("published", each.code, language),
            description=each.description(language),
            unique_id=each.says["@id"],
            unique_id_is_permalink=False,
            pubdate=_published_at(each),
            author_name=each.publisher,
            categories=each.themes(language),
            enclosures=[
                Enclosure(
                    _absolute("published-picture", each.code),
                    str(picture.byte_count),
                    "image/jpeg",
                )
            ]
            if picture
            else [],
        )
    content = feed.writeString("utf-8").encode()
    return _unless_known(
        request, HttpResponse(content, content_type="application/rss+xml; charset=utf-8")
    )


@require_safe
def json_feed(request: HttpRequest, language: str) -> HttpResponseBase:
    """Give the same as JSON Feed."""
    _make_sure_it_is_public()
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": workspace().settings.sender.organization,
        "home_page_url": _absolute("home"),
        "feed_url": _absolute("feed-json", language),
        "language": language,
        "items": [_item(each, language) for each in _items(language)],
    }
    response = JsonResponse(
        document, content_type="application/feed+json", json_dumps_params={"ensure_ascii": False}
    )
    return _unless_known(request, response)


@require_safe
def published(request: HttpRequest, code: str, language: str) -> HttpResponse:
    """Show an item to anybody: where a feed's link leads."""
    each = _found(code)
    if not each.title(language):
        raise Http404
    shown = {
        "code": each.code,
        "item": each,
        "language": language,
        "title": each.title(language),
        "description": each.description(language),
        "alt_text": each.alt_text(language) or each.title(language),
        "published_at": _published_at(each),
        "others": [other for other in each.languages if other != language],
    }
    return render(request, "desk/published.html", shown)


@require_safe
def picture(request: HttpRequest, code: str) -> HttpResponseBase:
    """Give the still that stands for an item."""
    each = _found(code)
    content = given.picture(workspace(), each)
    if content is None:
        raise Http404
    return _unless_known(request, HttpResponse(content, content_type="image/jpeg"))


def _make_sure_it_is_public() -> None:
    if not workspace().settings.desk.public_feeds:
        raise Http404


def _found(code: str) -> Given:
    _make_sure_it_is_public()
    each = given.one(workspace(), moment(), code)
    if each is None:
        raise Http404
    return each


def _items(language: str) -> Iterator[Given]:
    """What stands and has words in a language."""
    return (each for each in given.standing(workspace(), moment(), _MOST) if each.title(language))


def _item(each: Given, language: str) -> dict[str, object]:
    said = {
        "id": each.says["@id"],
        "url": _absolute("published", each.code, language),
        "title": each.title(language),
        "content_text": each.description(language) or each.title(language),
        "date_published": _published_at(each).isoformat(),
        "language": language,
        "tags": each.themes(language),
        "authors": [{"name": each.publisher}] if each.publisher else [],
    }
    if each.picture:
        said["image"] = _absolute("published-picture", each.code)
    return said


def _published_at(each: Given) -> datetime:
    return datetime.fromisoformat(str(each.says["datePublished"]))


def _last_modified() -> datetime:
    """When a feed last may have changed: by an act, or by a day that ended."""
    today = moment().astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    acts = ledger.Event.objects.filter(act__in=_CHANGES)
    last = acts.order_by("-pk").values_list("at", flat=True).first()
    return min(max(last, today), moment()) if last else today


def _unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """Say only that nothing has changed, to who has it."""
    response["Cache-Control"] = "public, max-age=300"
    etag, changed = f'"{digest(response.content)}"', int(_last_modified().timestamp())
    response["ETag"], response["Last-Modified"] = etag, http_date(changed)
    return get_conditional_response(request, etag, changed, response) or response


def _absolute(name: str, *parts: str) -> str:
    return workspace().settings.desk.address.rstrip("/") + reverse(name, args=parts)
