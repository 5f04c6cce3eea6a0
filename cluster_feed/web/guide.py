"""Help: two pages for each part, with pictures of the pages themselves."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import select_template
from django.views.decorators.http import require_safe

from cluster_feed.web.asked import Asked, tongue_of
from cluster_feed.web.roles import Role

PARTS = (Role.CONTRIBUTOR, Role.EDITOR, Role.APPROVER, Role.OPERATOR)


@require_safe
def index(request: Asked) -> HttpResponse:
    """List the guides, one's own first."""
    parts = sorted(PARTS, key=lambda part: part is not request.user.part)
    return render(request, "desk/help/index.html", {"parts": parts})


@require_safe
def part(request: Asked, part: str) -> HttpResponse:
    """Give the guide of one part; reading another's is no secret."""
    if part not in list(PARTS):
        raise Http404
    role, tongue = Role(part), tongue_of(request)
    page = select_template([f"desk/help/{role}.{tongue}.html", f"desk/help/{role}.vi.html"])
    return render(request, page.template.name, {"part": role})
