"""The people of the desk: an operator invites them, changes their part, shows them out."""

from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import BadPersonName
from cluster_feed.core.person import check_person
from cluster_feed.ledger import audit
from cluster_feed.web import signers
from cluster_feed.web.asked import Asked, moment, tongue_of
from cluster_feed.web.house import workspace
from cluster_feed.web.models import Person
from cluster_feed.web.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

_LONGEST_OFFICE: Final = 200
_OUT = Bilingual(
    "{name} không vào được nữa. Muốn cho vào lại: bấm Mời lại.",
    "{name} comes in no more. To let them in again: invite them again.",
)


class NotOnesOwnName:
    """Refuse a password that holds the person's own name."""

    def validate(self, password: str, user: "AbstractBaseUser | None" = None) -> None:
        """Raise ValidationError where it does."""
        if isinstance(user, Person) and user.name.lower() in password.lower():
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        """Say what to do."""
        return "Mật khẩu không chứa tên của mình."


def index(request: Asked) -> HttpResponse:
    """List everyone, with a form to invite one more."""
    return _page(request)


@require_POST
def invite(request: Asked) -> HttpResponse:
    """Make a person and show the one-time link, once.

    Who is there already begins anew by it: that is never done by a name that was typed twice.
    """
    name, full_name = request.POST.get("name", "").strip(), request.POST.get("full_name", "")
    newsroom = request.POST.get("newsroom", "")
    try:
        role = Role(request.POST.get("role", ""))
        check_person(name)
    except (ValueError, BadPersonName):
        return _page(request, problem="name", status=422)
    if request.POST.get("again") != "yes" and Person.objects.filter(name=name).exists():
        return _page(request, problem="there", status=422)
    no_key = role is Role.APPROVER and request.POST.get("no_key") != "yes"
    if no_key and (keys := signers.trusted()) and name not in keys:
        return _page(request, problem="key", status=422)
    needs_newsroom = role is Role.CONTRIBUTOR
    if needs_newsroom and not workspace().newsroom(newsroom):
        return _page(request, problem="newsroom", status=422)
    person, secret = Person.invite(
        moment(),
        name,
        full_name.strip() or name,
        role,
        newsroom if needs_newsroom else "",
        " ".join(request.POST.get("office", "").split())[:_LONGEST_OFFICE],
    )
    audit.record(moment(), request.user.name, "invite", name, role=role.value)
    link = request.build_absolute_uri(reverse("invitation", args=[secret]))
    return _page(request, link=link, invited=person)


@require_POST
def show_out(request: Asked, name: str) -> HttpResponse:
    """Let a person come in no more; what they did stays on record under their name."""
    person = get_object_or_404(Person, name=name)
    if person != request.user:
        person.show_out()
        audit.record(moment(), request.user.name, "show-out", name)
        said = _OUT.fill(name=person.full_name)
        messages.success(request, said.to(tongue_of(request)))
    return redirect("people")


def _page(request: Asked, status: int = 200, **more: object) -> HttpResponse:
    everyone = Person.objects.order_by("-is_active", "name")
    keys = signers.trusted()
    shown = {
        "everyone": everyone,
        "roles": list(Role),
        "newsrooms": workspace().settings.newsrooms,
        "keys": keys,
        "without_key": {each.name for each in signers.without_key()},
        "not_here": [each for each in keys if not Person.objects.filter(name=each).exists()],
        "typed": request.POST if "problem" in more else {},
    }
    return render(request, "desk/people.html", {**shown, **more}, status=status)
