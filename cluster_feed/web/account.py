"""One's own: name, password, language, and the tokens of one's programs."""

from datetime import timedelta
from typing import Final

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cluster_feed.core.bilingual import Tongue
from cluster_feed.ledger import audit
from cluster_feed.web.asked import TONGUE_COOKIE, Asked, moment, tongue_of
from cluster_feed.web.models import LONGEST_TOKEN_NAME, Person, Token

_TOKEN_LASTS: Final = {str(days): timedelta(days=days) for days in (30, 90, 365)}


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
    return _page(request, form=form)


@never_cache
@require_POST
def make_token(request: Asked) -> HttpResponse:
    """Make a token and show it, once."""
    name = _on_one_line(request.POST.get("name", ""))
    lasts = _TOKEN_LASTS.get(request.POST.get("days", ""))
    if not name or lasts is None:
        return _page(request, status=422, token_problem=True)
    token, shown = Token.make(request.user, name, moment(), lasts)
    audit.record(moment(), request.user.name, "make-token", request.user.name, token=token.name)
    return _page(request, made=token, shown=shown)


@require_POST
def revoke_token(request: Asked, token: int) -> HttpResponse:
    """End one of one's own."""
    row = get_object_or_404(request.user.tokens, pk=token)
    row.delete()
    audit.record(moment(), request.user.name, "revoke-token", request.user.name, token=row.name)
    return redirect("account")


def _page(request: Asked, status: int = 200, **more: object) -> HttpResponse:
    shown = {
        "form": PasswordChangeForm(request.user),
        "tokens": request.user.tokens.order_by("until", "pk"),
        "now": moment(),
        "token_days": list(_TOKEN_LASTS),
    }
    return render(request, "desk/account.html", {**shown, **more}, status=status)


def _on_one_line(text: str) -> str:
    kept = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(kept.split())[:LONGEST_TOKEN_NAME]


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
