"""What every page has around it: the language, who is here, where they may go."""

from typing import Any

from django.http import HttpRequest

from cluster_feed.web.asked import tongue_of
from cluster_feed.web.models import Person
from cluster_feed.web.routes import ways


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every template its frame; a context processor."""
    user = getattr(request, "user", None)
    person = user if isinstance(user, Person) else None
    return {
        "tongue": tongue_of(request),
        "person": person,
        "ways": ways(person, request.path) if person else (),
    }
