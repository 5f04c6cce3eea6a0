"""How a page says no: why, and who must act."""

import logging
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from cluster_feed.core import errors
from cluster_feed.core.errors import FeedError
from cluster_feed.web.api import door, problem
from cluster_feed.web.asked import tongue_of
from cluster_feed.web.telling import told

logger = logging.getLogger(__name__)


class Refusals:
    """Turn a stage's refusal into a sentence on the page where the person acted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Do nothing to what went well."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say a refusal; what is none of ours is Django's."""
        if not isinstance(error, FeedError):
            return None
        said = told(error).to(tongue_of(request))
        logger.info("refused at %s: %s", request.path, error)
        came_from = request.headers.get("Referer", "")
        back = url_has_allowed_host_and_scheme(came_from, {request.get_host()})
        if request.method == "POST" and back and not request.headers.get("HX-Request"):
            messages.error(request, said)
            return redirect(came_from)
        part = (
            "desk/refusal_part.html" if request.headers.get("HX-Request") else "desk/refusal.html"
        )
        return render(request, part, {"said": said}, status=409)


def not_yours(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that a page is not for this person."""
    del exception
    return render(request, "desk/not_yours.html", status=403)


def not_there(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is no such page, or none for this person."""
    del exception
    if door.is_called(request):
        return problem.answer(request, errors.NoSuchAddress())
    return render(request, "desk/not_there.html", status=404)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form was not from this desk, or was open for too long."""
    logger.warning("refused a form at %s: %s", request.path, reason)
    return render(request, "desk/forged.html", status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that the desk is at fault; the log has the traceback."""
    if door.is_called(request):
        return problem.answer(request, errors.Broken())
    return render(request, "desk/broken.html", status=500)
