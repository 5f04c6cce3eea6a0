"""Coming in: name and password, then the code of one's telephone."""

from typing import Any

import segno
from axes.utils import reset
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django_otp import login as verify
from django_otp.plugins.otp_totp.models import TOTPDevice

from cluster_feed.ledger import audit
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.models import Person

_TOO_MANY = 429


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Take name and password."""
    if isinstance(request.user, Person):
        return redirect(_onward(request))
    if request.method != "POST":
        shown = {"next": _onward(request), "lost": "lost" in request.GET}
        return render(request, "desk/sign_in.html", shown)
    name = request.POST.get("username", "").strip()
    person = authenticate(request, username=name, password=request.POST.get("password", ""))
    if not isinstance(person, Person):
        shown = {"next": _onward(request), "name": name, "wrong": True}
        return render(request, "desk/sign_in.html", shown, status=422)
    login(request, person)
    audit.record(moment(), person.name, "sign-in", person.name)
    return redirect(_onward(request))


def locked_out(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:  # noqa: ANN401  axes'
    """Say that the door stays shut for a while."""
    return render(request, "desk/sign_in.html", {"locked": True}, status=_TOO_MANY)


@never_cache
def second_factor(request: Asked) -> HttpResponse:
    """Take the telephone's code; who has none yet makes one."""
    device = TOTPDevice.objects.filter(user=request.user, confirmed=True).first()
    if device is None:
        return redirect("enrol")
    soon = request.method == "POST" and not _may_try(device)
    wrong = request.method == "POST" and not _proves(device, request)
    if request.method == "POST" and not wrong:
        verify(request, device)
        return redirect(_onward(request))
    shown = {"next": _onward(request), "wrong": wrong, "soon": soon}
    return render(request, "desk/second_factor.html", shown, status=422 if wrong else 200)


@never_cache
def enrol(request: Asked) -> HttpResponse:
    """Show the code to photograph, and take the first six digits that come of it.

    Who has a second factor gets another only after proving the first: by a new invitation.
    """
    if TOTPDevice.objects.filter(user=request.user, confirmed=True).exists():
        return redirect("second-factor")
    device, _ = TOTPDevice.objects.get_or_create(
        user=request.user, confirmed=False, defaults={"name": "điện thoại"}
    )
    soon = request.method == "POST" and not _may_try(device)
    wrong = request.method == "POST" and not _proves(device, request)
    if request.method == "POST" and not wrong:
        device.confirmed = True
        device.save()
        verify(request, device)
        audit.record(moment(), request.user.name, "second-factor", request.user.name)
        return redirect("home")
    picture = segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=2)
    shown = {
        "picture": picture,
        "secret": _spelt(device),
        "address": device.config_url,
        "wrong": wrong,
        "soon": soon,
    }
    return render(request, "desk/enrol.html", shown, status=422 if wrong else 200)


@never_cache
@sensitive_post_parameters("password", "again")
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Let an invited person choose a password; the link works once, for three days."""
    person = Person.invited(secret, moment())
    if person is None:
        return render(request, "desk/invitation_over.html", status=404)
    problems: list[str] = []
    if request.method == "POST":
        password = request.POST.get("password", "")
        problems = _wrong_with(password, request.POST.get("again", ""), person)
        if not problems:
            person.come_in(password)
            reset(username=person.name)
            audit.record(moment(), person.name, "come-in", person.name)
            login(request, person, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("home")
    shown = {"invited": person, "problems": problems}
    return render(request, "desk/invitation.html", shown, status=422 if problems else 200)


@require_POST
def sign_out(request: Asked) -> HttpResponse:
    """Leave."""
    logout(request)
    return redirect("sign-in")


def _may_try(device: TOTPDevice) -> bool:
    """Whether a code is looked at now: after a wrong one not for a while, which doubles."""
    allowed, _ = device.verify_is_allowed()
    return bool(allowed)


def _proves(device: TOTPDevice, request: HttpRequest) -> bool:
    code = "".join(request.POST.get("code", "").split())
    return _may_try(device) and bool(device.verify_token(code))


def _spelt(device: TOTPDevice) -> str:
    """Give the secret for who cannot photograph it, in groups of four."""
    secret = device.config_url.split("secret=")[1].split("&")[0]
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _wrong_with(password: str, again: str, person: Person) -> list[str]:
    if password != again:
        return ["again"]
    try:
        validate_password(password, person)
    except ValidationError as error:
        return [each.code or "name" for each in error.error_list]
    return []


def _onward(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is a page of this desk."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    here = url_has_allowed_host_and_scheme(wanted, None, require_https=request.is_secure())
    return wanted if here else "/"
