"""Every address of the desk, and who may go there.

There is no other way in: `urls` is made from these, and a page behind one never runs for anybody
whom its route does not name.
"""

import time
from collections.abc import Callable, Collection, Iterator
from functools import wraps
from typing import Any, Final, NamedTuple, cast
from urllib.parse import quote, urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.web import (
    account,
    asset,
    audit,
    authenticity,
    captions,
    catalogue,
    feeds,
    gates,
    guide,
    home,
    inbox,
    library,
    media,
    newsroom,
    notices,
    packages,
    papers,
    people,
    sign_in,
    upload,
    versions,
)
from cluster_feed.web.asked import Asked
from cluster_feed.web.editions import approval, edit, look, preview, withdrawals
from cluster_feed.web.models import Person
from cluster_feed.web.roles import (
    APPROVERS,
    CARRIERS,
    DEPARTMENT,
    EDITORS,
    EVERYONE,
    OPERATORS,
    OVERSEERS,
    REVIEWERS,
    SETTLERS,
    WRITERS,
    Role,
)

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
    Route("man-hinh/<slug:cluster>/<slug:screen>/", "authenticity", authenticity.screen),
    Route("nguoi/", "people", people.index, OPERATORS),
    Route("nguoi/moi/", "invite", people.invite, OPERATORS),
    Route("nguoi/<slug:name>/thoi/", "show-out", people.show_out, OPERATORS),
    Route("noi-dung/", "library", library.index, EVERYONE),
    Route("noi-dung/<slug:asset>/", "asset", asset.asset, EVERYONE),
    Route("noi-dung/<slug:asset>/chu-thich/", "caption", captions.write, WRITERS),
    Route("noi-dung/<slug:asset>/thay/", "replace", versions.replace, WRITERS),
    Route("noi-dung/<slug:asset>/hinh/", "thumbnail", media.thumbnail, EVERYONE),
    Route("noi-dung/<slug:asset>/xem-nhanh/", "quick-look", media.quick_look, EVERYONE),
    Route("noi-dung/<slug:asset>/hinh/<slug:still>/", "still", media.still, EVERYONE),
    Route("noi-dung/<slug:asset>/goc/", "original", media.original, EVERYONE),
    Route("noi-dung/<slug:asset>/<slug:profile>/", "rendition", media.rendition, EVERYONE),
    Route("hop-thu/", "inbox", inbox.inbox, EVERYONE),
    Route("hop-thu/<int:rejection>/da-xem/", "seen", inbox.seen, SETTLERS),
    Route("gui/", "send", upload.start, WRITERS),
    Route("gui/<slug:newsroom>/", "upload", upload.upload, WRITERS),
    Route("toa-soan/", "newsrooms", newsroom.start, EVERYONE),
    Route("toa-soan/<slug:newsroom>/", "newsroom", newsroom.newsroom, EVERYONE),
    Route("cum/", "gates", gates.index, DEPARTMENT),
    Route("cum/<slug:cluster>/", "gate", gates.gate, DEPARTMENT),
    Route("cum/<slug:cluster>/gui/", "delivery", gates.delivery, DEPARTMENT),
    Route("cum/<slug:cluster>/ngung/", "stop-gate", gates.stop, OPERATORS),
    Route("cum/<slug:cluster>/chay/", "start-gate", gates.start, OPERATORS),
    Route("cum/<slug:cluster>/man-hinh/<slug:screen>/", "screen", gates.screen, DEPARTMENT),
    Route(
        "cum/<slug:cluster>/man-hinh/<slug:screen>/anh/",
        "screen-picture",
        gates.picture,
        DEPARTMENT,
    ),
    Route("cum/<slug:cluster>/man-hinh/<slug:screen>/phieu/", "sheet", gates.sheet, DEPARTMENT),
    Route(
        "cum/<slug:cluster>/man-hinh/<slug:screen>/nhan/", "admit-device", gates.admit, OPERATORS
    ),
    Route(
        "cum/<slug:cluster>/man-hinh/<slug:screen>/thoi/", "retire-device", gates.retire, OPERATORS
    ),
    Route("nhat-ky/", "audit", audit.index, OVERSEERS),
    Route("nhat-ky/kiem-tra/", "verify-audit", audit.verify, OVERSEERS),
    Route("nhat-ky/<str:form>/", "export-audit", audit.export, OVERSEERS),
    Route("tro-giup/", "guide", guide.index, EVERYONE),
    Route("tro-giup/<slug:part>/", "guide-part", guide.part, EVERYONE),
    Route("phien-ban/", "editions", look.index, DEPARTMENT),
    Route("phien-ban/lap/", "assemble", look.start, EDITORS),
    Route("phien-ban/<slug:edition>/", "edition", look.edition, DEPARTMENT),
    Route("phien-ban/<slug:edition>/thay-doi/", "changes", look.changes, DEPARTMENT),
    Route("phien-ban/<slug:edition>/phieu/", "approval-sheet", approval.sheet, DEPARTMENT),
    Route("phien-ban/<slug:edition>/trinh/", "submit", approval.submit, EDITORS),
    Route("phien-ban/<slug:edition>/bo/", "drop", approval.drop, EDITORS),
    Route("phien-ban/<slug:edition>/duyet/", "approve", approval.approve, APPROVERS),
    Route("phien-ban/<slug:edition>/yeu-cau/", "request", approval.signing_request, APPROVERS),
    Route("phien-ban/<slug:edition>/chu-ky/", "signature", approval.take_signature, APPROVERS),
    Route("phien-ban/<slug:edition>/tra-lai/", "return", approval.give_back, REVIEWERS),
    Route("phien-ban/<slug:edition>/thoi/", "keep", withdrawals.keep_from_screens, REVIEWERS),
    Route("phien-ban/<slug:edition>/sua/<slug:cluster>/", "arrange", edit.arrange, EDITORS),
    Route(
        "phien-ban/<slug:edition>/sua/<slug:cluster>/bo-ra/", "leave-out", edit.leave_out, EDITORS
    ),
    Route("phien-ban/<slug:edition>/sua/<slug:cluster>/dua-vao/", "take-in", edit.take_in, EDITORS),
    Route(
        "phien-ban/<slug:edition>/sua/<slug:cluster>/theo-quy-tac/",
        "follow-rules",
        edit.follow_rules,
        EDITORS,
    ),
    Route(
        "phien-ban/<slug:edition>/xem/<slug:cluster>/<slug:profile>/",
        "preview",
        preview.preview,
        DEPARTMENT,
    ),
    Route(
        "phien-ban/<slug:edition>/tep/<slug:cluster>/<slug:file>/",
        "edition-file",
        preview.file,
        DEPARTMENT,
    ),
    Route("giay-to/", "papers", papers.index, DEPARTMENT),
    Route("giay-to/<slug:kind>/mau/", "template", papers.template, DEPARTMENT),
    Route("giay-to/<slug:kind>/mau/nop/", "put-template", papers.put_template, EDITORS),
    Route("giay-to/<slug:kind>/mau/bo/", "drop-template", papers.drop_template, EDITORS),
    Route("giay-to/<slug:kind>/<slug:form>/", "paper", papers.download, DEPARTMENT),
    Route("danh-muc/", "catalogue", catalogue.index, DEPARTMENT),
    Route("danh-muc/<slug:form>/", "export-catalogue", catalogue.export, DEPARTMENT),
    Route("vietnam-vn/", "packages", packages.index, DEPARTMENT),
    Route("vietnam-vn/lap/", "package-make", packages.make, EDITORS),
    Route("vietnam-vn/<slug:package>/", "package", packages.package, DEPARTMENT),
    Route("vietnam-vn/<slug:package>/tai/", "package-file", packages.file, CARRIERS),
    Route("vietnam-vn/<slug:package>/kiem-tra/", "package-check", packages.check, CARRIERS),
    Route("vietnam-vn/<slug:package>/chuyen/", "package-hand-over", packages.hand_over, CARRIERS),
    Route("vietnam-vn/<slug:package>/dia-chi/", "package-listed", packages.listed, EDITORS),
    Route("vietnam-vn/<slug:package>/gui/", "package-sent", packages.sent, EDITORS),
    Route("vietnam-vn/<slug:package>/dang/", "package-posted", packages.posted, EDITORS),
    Route("thu-hoi/", "withdrawals", withdrawals.index, DEPARTMENT),
    Route("thu-hoi/moi/", "withdraw", withdrawals.ask, REVIEWERS),
    Route("thu-hoi/<slug:asset>/phat-lai/", "lift", withdrawals.lift, REVIEWERS),
    Route("thong-bao/", "notices", notices.index, DEPARTMENT),
    Route("thong-bao/moi/", "prepare-notice", notices.prepare, EDITORS),
    Route("thong-bao/<slug:notice>/", "notice", notices.notice, DEPARTMENT),
    Route("thong-bao/<slug:notice>/duyet/", "approve-notice", notices.approve, APPROVERS),
    Route("thong-bao/<slug:notice>/yeu-cau/", "notice-request", notices.signing_request, APPROVERS),
    Route("thong-bao/<slug:notice>/chu-ky/", "notice-signature", notices.take_signature, APPROVERS),
    Route("thong-bao/<slug:notice>/phat/", "release-notice", notices.release, APPROVERS),
    Route("thong-bao/<slug:notice>/go/", "end-notice", notices.end, APPROVERS),
)


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
    Way(Bilingual("Phiên bản phát", "Editions"), "editions", "editions"),
    Way(Bilingual("Thông báo khẩn", "Notices"), "notices", "notice"),
    Way(Bilingual("Thu hồi", "Withdrawals"), "withdrawals", "cross"),
    Way(Bilingual("Cụm, màn hình", "Clusters"), "gates", "gates"),
    Way(Bilingual("Giấy tờ", "Papers"), "papers", "report"),
    Way(Bilingual("Vietnam.vn", "Vietnam.vn"), "packages", "package"),
    Way(Bilingual("Danh mục đã duyệt", "Catalogue"), "catalogue", "catalogue"),
    Way(Bilingual("Tòa soạn", "Newsrooms"), "newsrooms", "newsroom"),
    Way(Bilingual("Nhật ký", "Audit log"), "audit", "audit"),
    Way(Bilingual("Người dùng", "People"), "people", "people"),
    Way(Bilingual("Trợ giúp", "Help"), "guide", "help"),
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


def _again(request: HttpRequest) -> str:
    """Where to go on after signing in: a form's address shows nothing, but its page does."""
    if request.method != "POST":
        return request.path
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()})
    return quote(urlsplit(came_from).path) if ours else "/"


def _guarded(route: Route) -> Page:
    """Let nobody in but whom the route names."""

    @wraps(route.page)
    def page(request: HttpRequest, **parts: Any) -> HttpResponseBase:  # noqa: ANN401  Django's
        person = request.user
        if not isinstance(person, Person):
            lost = "&lost=1" if request.method == "POST" else ""
            return redirect(f"{reverse('sign-in')}?next={_again(request)}{lost}")
        if person.part not in route.roles:
            raise PermissionDenied
        if person.part.needs_second_factor and not route.half_in and not _verified(request):
            return redirect(f"{reverse('second-factor')}?next={_again(request)}")
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
