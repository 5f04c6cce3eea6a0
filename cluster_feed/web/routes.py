"""Every address of the desk, and who may go there.

There is no other way in: `urls` is made from these, and a page behind one never runs for anybody
whom its route does not name.
"""

import time
from collections.abc import Callable, Collection, Iterator
from functools import wraps
from http import HTTPMethod
from typing import Any, Final, NamedTuple, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.web import (
    account,
    asset,
    captions,
    feeds,
    home,
    inbox,
    library,
    media,
    newsroom,
    people,
    sign_in,
    upload,
)
from cluster_feed.web.api import (
    about,
    assets,
    editions,
    gates,
    notices,
    record,
    rejections,
    withdrawals,
)
from cluster_feed.web.api.operation import Operation
from cluster_feed.web.asked import Asked
from cluster_feed.web.models import Person
from cluster_feed.web.roles import (
    APPROVERS,
    AUDITORS,
    DEPARTMENT,
    EDITORS,
    EVERYONE,
    OPERATORS,
    WRITERS,
    Role,
)

GET, POST, PUT, PATCH = HTTPMethod.GET, HTTPMethod.POST, HTTPMethod.PUT, HTTPMethod.PATCH
Page = Callable[..., HttpResponseBase]
_HERE: Final = "here"
_SECONDS_REMEMBERED: Final = 60


class Route(NamedTuple):
    """An address, its page, and whose it is; nobody's: also a stranger's, before signing in."""

    pattern: str
    name: str
    page: Page
    roles: Collection[Role] = ()
    half_in: bool = False
    """Whether the password alone is enough here: to enter the second factor."""

    def to_path(self) -> URLPattern:
        """Make it Django's."""
        return path(self.pattern, _guarded(self) if self.roles else self.page, name=self.name)


ROUTES: Final = (
    Route("vao/", "sign-in", sign_in.sign_in),
    Route("moi/<str:secret>/", "invitation", sign_in.invitation),
    Route("ngon-ngu/", "tongue", account.choose_tongue),
    Route("vao/ma/", "second-factor", sign_in.second_factor, EVERYONE, half_in=True),
    Route("vao/ma/moi/", "enrol", sign_in.enrol, EVERYONE, half_in=True),
    Route("ra/", "sign-out", sign_in.sign_out, EVERYONE, half_in=True),
    Route("", "home", home.home, EVERYONE),
    Route("toi/", "account", account.account, EVERYONE),
    Route("toi/khoa/moi/", "make-token", account.make_token, EVERYONE),
    Route("toi/khoa/<int:token>/thu-hoi/", "revoke-token", account.revoke_token, EVERYONE),
    Route("tin/<slug:language>/rss.xml", "feed-rss", feeds.rss),
    Route("tin/<slug:language>/feed.json", "feed-json", feeds.json_feed),
    Route("tin/<slug:code>/anh.jpg", "published-picture", feeds.picture),
    Route("tin/<slug:code>/<slug:language>/", "published", feeds.published),
    Route("nguoi/", "people", people.index, OPERATORS),
    Route("nguoi/moi/", "invite", people.invite, OPERATORS),
    Route("nguoi/<slug:name>/thoi/", "show-out", people.show_out, OPERATORS),
    Route("noi-dung/", "library", library.index, EVERYONE),
    Route("noi-dung/<slug:asset>/", "asset", asset.asset, EVERYONE),
    Route("noi-dung/<slug:asset>/chu-thich/", "caption", captions.write, WRITERS),
    Route("noi-dung/<slug:asset>/hinh/", "thumbnail", media.thumbnail, EVERYONE),
    Route("noi-dung/<slug:asset>/goc/", "original", media.original, EVERYONE),
    Route("noi-dung/<slug:asset>/<slug:profile>/", "rendition", media.rendition, EVERYONE),
    Route("hop-thu/", "inbox", inbox.inbox, EVERYONE),
    Route("hop-thu/<int:rejection>/da-xem/", "seen", inbox.seen, EDITORS | OPERATORS),
    Route("gui/", "send", upload.start, WRITERS),
    Route("gui/<slug:newsroom>/", "upload", upload.upload, WRITERS),
    Route("toa-soan/", "newsrooms", newsroom.start, EVERYONE),
    Route("toa-soan/<slug:newsroom>/", "newsroom", newsroom.newsroom, EVERYONE),
)


API: Final = (
    Operation(GET, "problems", about.problems),
    Operation(GET, "problems/{code}", about.problem),
    Operation(GET, "me", about.me, EVERYONE),
    Operation(GET, "assets", assets.index, EVERYONE),
    Operation(GET, "assets/{sha256}", assets.one, EVERYONE),
    Operation(GET, "assets/{sha256}/caption", assets.caption, EVERYONE),
    Operation(PUT, "assets/{sha256}/caption", assets.put_caption, WRITERS),
    Operation(PATCH, "assets/{sha256}/caption", assets.patch_caption, WRITERS),
    Operation(GET, "rejections", rejections.index, EVERYONE),
    Operation(POST, "rejections/{rejection}/seen", rejections.seen, EDITORS | OPERATORS),
    Operation(GET, "editions", editions.index, DEPARTMENT),
    Operation(GET, "editions/{name}", editions.one, DEPARTMENT),
    Operation(POST, "editions/{name}/submit", editions.submit, EDITORS),
    Operation(POST, "editions/{name}/return", editions.return_, APPROVERS),
    Operation(GET, "editions/{name}/request", editions.request, APPROVERS),
    Operation(POST, "editions/{name}/signatures", editions.sign, APPROVERS),
    Operation(GET, "withdrawals", withdrawals.index, DEPARTMENT),
    Operation(POST, "withdrawals", withdrawals.make, EDITORS | APPROVERS),
    Operation(POST, "withdrawals/{sha256}/lift", withdrawals.lift, EDITORS | APPROVERS),
    Operation(GET, "notices", notices.index, DEPARTMENT),
    Operation(GET, "notices/{name}", notices.one, DEPARTMENT),
    Operation(GET, "notices/{name}/request", notices.request, APPROVERS),
    Operation(POST, "notices/{name}/signatures", notices.sign, APPROVERS),
    Operation(POST, "notices/{name}/release", notices.release, APPROVERS),
    Operation(POST, "notices/{name}/end", notices.end, APPROVERS),
    Operation(GET, "status", gates.status_now, DEPARTMENT),
    Operation(GET, "clusters", gates.index, DEPARTMENT),
    Operation(GET, "clusters/{name}", gates.one, DEPARTMENT),
    Operation(GET, "plays", gates.plays, DEPARTMENT),
    Operation(GET, "packages", record.packages, DEPARTMENT),
    Operation(GET, "audit", record.acts, AUDITORS),
)
"""What programs may do; each operation by its own roles, by a token alone (`api.door`)."""


class Way(NamedTuple):
    """A line of the menu."""

    title: Bilingual
    name: str
    icon: str

    def leads(self, person: Person) -> bool:
        """Whether the person may go there."""
        return any(route.name == self.name and person.part in route.roles for route in ROUTES)


MENU: Final = (
    Way(Bilingual("Hôm nay", "Today"), "home", "home"),
    Way(Bilingual("Nội dung", "Library"), "library", "library"),
    Way(Bilingual("Hộp thư", "Inbox"), "inbox", "inbox"),
    Way(Bilingual("Tòa soạn", "Newsrooms"), "newsrooms", "newsroom"),
    Way(Bilingual("Người dùng", "People"), "people", "people"),
)


class Step(NamedTuple):
    """A line of the menu as a page shows it."""

    title: Bilingual
    address: str
    icon: str
    here: bool


def ways(person: Person, at: str) -> Iterator[Step]:
    """Give the menu of a person who is at an address."""
    for way in MENU:
        if way.leads(person):
            address = reverse(way.name)
            here = at == address or (way.name != "home" and at.startswith(address))
            yield Step(way.title, address, way.icon, here)


def _guarded(route: Route) -> Page:
    """Let nobody in but whom the route names."""

    @wraps(route.page)
    def page(request: HttpRequest, **parts: Any) -> HttpResponseBase:  # noqa: ANN401  Django's
        person = request.user
        if not isinstance(person, Person):
            return redirect(f"{reverse('sign-in')}?next={request.path}")
        if person.part not in route.roles:
            raise PermissionDenied
        if person.part.needs_second_factor and not route.half_in and not _verified(request):
            return redirect(f"{reverse('second-factor')}?next={request.path}")
        _stays(request)
        return route.page(cast("Asked", request), **parts)

    return page


def _stays(request: HttpRequest) -> None:
    """Remember once a minute that the person is here: a write for each page would be waited for."""
    now = int(time.time())
    if now - request.session.get(_HERE, 0) >= _SECONDS_REMEMBERED:
        request.session[_HERE] = now


def _verified(request: HttpRequest) -> bool:
    proven: Callable[[], bool] = getattr(request.user, "is_verified", bool)  # django-otp adds it
    return proven()
