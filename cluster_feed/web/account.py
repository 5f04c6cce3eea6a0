"""One's own: name, password, language."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from cluster_feed.core.bilingual import Tongue
from cluster_feed.ledger import audit
from cluster_feed.web.asked import TONGUE_COOKIE, Asked, moment, tongue_of
from cluster_feed.web.models import Person


def account(request: Asked) -> HttpResponse:
    """Show oneself, and take a new password."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, request.user)
        audit.record(moment(), request.user.name, "change-password", request.user.name)
        done = {"vi": "Đã đổi mật khẩu.", "en": "The password is changed."}
        messages.success(request, done[tongue_of(request)])
        return redirect("account")
    return render(request, "desk/account.html", {"form": form})


@require_POST
def choose_tongue(request: HttpRequest) -> HttpResponse:
    """Speak the other language from now on, also to a stranger who signs in."""
    chosen = request.POST.get("tongue", "")
    came_from = request.headers.get("Referer", "")
    back = came_from if url_has_allowed_host_and_scheme(came_from, {request.get_host()}) else "home"
    response = redirect(back)
    if chosen in list(Tongue):
        response.set_cookie(TONGUE_COOKIE, chosen, max_age=365 * 24 * 3600, samesite="Lax")
        if isinstance(request.user, Person):
            request.user.tongue = chosen
            request.user.save(update_fields=["tongue"])
    return response
