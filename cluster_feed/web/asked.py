"""A request as the pages get it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django_htmx.middleware import HtmxDetails

from cluster_feed.core.bilingual import Tongue
from cluster_feed.web.models import Person

TONGUE_COOKIE: Final = "tongue"


class Asked(HttpRequest):
    """A request of a person; `routes` has made sure of who it is from."""

    user: Person
    htmx: HtmxDetails


def moment() -> datetime:
    """Tell when a person acts."""
    return datetime.now(UTC)


def tongue_of(request: HttpRequest) -> Tongue:
    """Choose the page's language: a cookie's, for this browser, else the person's own."""
    chosen = request.COOKIES.get(TONGUE_COOKIE, "")
    if chosen in list(Tongue):
        return Tongue(chosen)
    user = getattr(request, "user", None)
    return Tongue(user.tongue) if isinstance(user, Person) else Tongue.VI


class InTheirTongue:
    """Write numbers and sizes as the page's language does: 24,4 MB or 24.4 MB."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in it."""
        with translation.override(tongue_of(request)):
            return self._get_response(request)
