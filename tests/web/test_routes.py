"""Who may go where: every route with every part, and nobody by a way that is not listed."""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from cluster_feed.web.api import door
from cluster_feed.web.api.operation import Operation
from cluster_feed.web.api.operations import API
from cluster_feed.web.roles import Role
from cluster_feed.web.routes import ROUTES, Route
from cluster_feed.workspace import Workspace
from tests.web.conftest import Program, SignedIn, someone

EVERYONE = "contributor editor approver operator auditor"
DEPARTMENT = "editor approver operator auditor"
STRANGERS = ""

MAY = {
    "sign-in": STRANGERS,
    "invitation": STRANGERS,
    "tongue": STRANGERS,
    "second-factor": EVERYONE,
    "enrol": EVERYONE,
    "sign-out": EVERYONE,
    "home": EVERYONE,
    "account": EVERYONE,
    "make-token": EVERYONE,
    "revoke-token": EVERYONE,
    "feed-rss": STRANGERS,
    "feed-json": STRANGERS,
    "published-picture": STRANGERS,
    "published": STRANGERS,
    "authenticity": STRANGERS,
    "people": "operator",
    "invite": "operator",
    "show-out": "operator",
    "library": EVERYONE,
    "asset": EVERYONE,
    "caption": "contributor editor",
    "replace": "contributor editor",
    "thumbnail": EVERYONE,
    "still": EVERYONE,
    "original": EVERYONE,
    "quick-look": EVERYONE,
    "rendition": EVERYONE,
    "inbox": EVERYONE,
    "seen": "contributor editor operator",
    "send": "contributor editor",
    "upload": "contributor editor",
    "newsrooms": EVERYONE,
    "newsroom": EVERYONE,
    "gates": DEPARTMENT,
    "gate": DEPARTMENT,
    "delivery": DEPARTMENT,
    "stop-gate": "operator",
    "start-gate": "operator",
    "screen": DEPARTMENT,
    "sheet": DEPARTMENT,
    "screen-picture": DEPARTMENT,
    "admit-device": "operator",
    "retire-device": "operator",
    "audit": "approver operator auditor",
    "verify-audit": "approver operator auditor",
    "export-audit": "approver operator auditor",
    "guide": EVERYONE,
    "guide-part": EVERYONE,
    "editions": DEPARTMENT,
    "assemble": "editor",
    "edition": DEPARTMENT,
    "changes": DEPARTMENT,
    "approval-sheet": DEPARTMENT,
    "submit": "editor",
    "drop": "editor",
    "approve": "approver",
    "request": "approver",
    "signature": "approver",
    "return": "editor approver",
    "keep": "editor approver",
    "arrange": "editor",
    "leave-out": "editor",
    "take-in": "editor",
    "follow-rules": "editor",
    "preview": DEPARTMENT,
    "edition-file": DEPARTMENT,
    "papers": DEPARTMENT,
    "paper": DEPARTMENT,
    "catalogue": DEPARTMENT,
    "export-catalogue": DEPARTMENT,
    "packages": DEPARTMENT,
    "package": DEPARTMENT,
    "template": DEPARTMENT,
    "put-template": "editor",
    "drop-template": "editor",
    "package-make": "editor",
    "package-file": "editor operator",
    "package-check": "editor operator",
    "package-hand-over": "editor operator",
    "package-listed": "editor",
    "package-sent": "editor",
    "package-posted": "editor",
    "withdrawals": DEPARTMENT,
    "withdraw": "editor approver",
    "lift": "editor approver",
    "notices": DEPARTMENT,
    "prepare-notice": "editor",
    "notice": DEPARTMENT,
    "approve-notice": "approver",
    "notice-request": "approver",
    "notice-signature": "approver",
    "release-notice": "approver",
    "end-notice": "approver",
}
"""Written by hand, beside the routes' own: a slip in one is seen in the other."""

MAY_BY_API = {
    "GET problems": STRANGERS,
    "GET problems/{code}": STRANGERS,
    "GET me": EVERYONE,
    "GET assets": EVERYONE,
    "GET assets/{sha256}": EVERYONE,
    "GET assets/{sha256}/caption": EVERYONE,
    "PUT assets/{sha256}/caption": "contributor editor",
    "PATCH assets/{sha256}/caption": "contributor editor",
    "GET rejections": EVERYONE,
    "POST rejections/{rejection}/seen": "editor operator",
    "GET editions": DEPARTMENT,
    "GET editions/{name}": DEPARTMENT,
    "POST editions/{name}/submit": "editor",
    "POST editions/{name}/return": "approver",
    "GET editions/{name}/request": "approver",
    "POST editions/{name}/signatures": "approver",
    "GET withdrawals": DEPARTMENT,
    "POST withdrawals": "editor approver",
    "POST withdrawals/{sha256}/lift": "editor approver",
    "GET notices": DEPARTMENT,
    "GET notices/{name}": DEPARTMENT,
    "GET notices/{name}/request": "approver",
    "POST notices/{name}/signatures": "approver",
    "POST notices/{name}/release": "approver",
    "POST notices/{name}/end": "approver",
    "GET status": DEPARTMENT,
    "GET clusters": DEPARTMENT,
    "GET clusters/{name}": DEPARTMENT,
    "GET plays": DEPARTMENT,
    "GET packages": DEPARTMENT,
    "GET audit": "auditor",
}
"""The same for programs: each operation by itself."""

PARTS = {
    "secret": "never-given",
    "name": "nobody",
    "token": "1",
    "sha256": "0" * 64,
    "code": "Busy",
    "language": "vi",
    "asset": "0" * 64,
    "still": "0" * 64,
    "profile": "lcd-1080p",
    "rejection": 1,
    "newsroom": "bao-quang-tri",
    "cluster": "lao-bao",
    "screen": "led",
    "form": "csv",
    "part": "operator",
    "edition": "2999-12",
    "file": "0" * 64,
    "notice": "bao-so-5",
    "kind": "bao-cao",
    "package": "QTR-TTDN-2999-12_v01",
}
_REFUSED = 403


def address(route: Route) -> str:
    wanted = [part.partition(":")[2].rstrip(">") for part in route.pattern.split("<")[1:]]
    names = [each.split(">")[0] for each in wanted]
    return reverse(route.name, kwargs={name: PARTS[name] for name in names})


def test_every_way_in_is_a_route() -> None:
    listed = {route.name for route in ROUTES}
    found = {getattr(pattern, "name", None) for pattern in get_resolver().url_patterns}
    by_api = {door.name_of(operation.path) for operation in API}
    assert found == listed | by_api | {"api-openapi-json"}
    assert set(MAY) == listed, "say in MAY who may go there"
    operations = {f"{operation.method} {operation.path}" for operation in API}
    assert set(MAY_BY_API) == operations, "say in MAY_BY_API who may do it"


def test_a_stranger_is_shown_the_door(workspace: Workspace) -> None:
    for route in ROUTES:
        if MAY[route.name] != STRANGERS:
            for answer in (Client().get(address(route)), Client().post(address(route))):
                assert answer.status_code == 302, route.name
                assert answer["Location"].startswith(reverse("sign-in")), route.name


@pytest.mark.parametrize("role", list(Role))
def test_everyone_sees_what_is_theirs_and_nothing_else(signed_in: SignedIn, role: Role) -> None:
    client = signed_in(role)
    for route in ROUTES:
        if route.name == "sign-out" or MAY[route.name] == STRANGERS:
            continue
        may = role.value in MAY[route.name].split()
        for answer in (client.get(address(route)), client.post(address(route))):
            assert (answer.status_code != _REFUSED) is may, (route.name, answer.status_code)
            assert answer.status_code < 500, route.name


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CONTRIBUTOR])
def test_a_password_alone_lets_nobody_of_the_department_in(
    workspace: Workspace, role: Role
) -> None:
    client = Client()
    client.force_login(someone(role), backend="django.contrib.auth.backends.ModelBackend")
    for route in ROUTES:
        if role.value in MAY[route.name].split() and not route.half_in:
            answer = client.get(address(route))
            assert answer.status_code == 302, route.name
            assert answer["Location"].startswith(reverse("second-factor")), route.name


@pytest.mark.parametrize("role", list(Role))
def test_no_form_is_taken_that_is_not_of_this_desk(signed_in: SignedIn, role: Role) -> None:
    client = signed_in(role)
    client.handler.enforce_csrf_checks = True
    for route in ROUTES:
        if role.value in MAY[route.name].split():
            assert client.post(address(route)).status_code in (_REFUSED, 405), route.name


def at(operation: Operation) -> str:
    return f"/api/v1/{operation.path}".format(**PARTS)


def test_a_program_without_a_token_is_shown_the_door(workspace: Workspace) -> None:
    for operation in API:
        wanted = 200 if MAY_BY_API[f"{operation.method} {operation.path}"] == STRANGERS else 401
        answer = Client().generic(operation.method, at(operation))
        assert answer.status_code == wanted, operation.path


@pytest.mark.parametrize("role", list(Role))
def test_a_program_may_do_what_its_person_may(workspace: Workspace, role: Role) -> None:
    program = Program(role)
    for operation in API:
        may = MAY_BY_API[f"{operation.method} {operation.path}"].split()
        if may:
            answer = program.call(operation.method, at(operation))
            assert (answer.status_code != _REFUSED) is (role.value in may), operation.path
            assert answer.status_code < 500, operation.path


def test_being_signed_in_at_the_desk_lets_no_program_in(signed_in: SignedIn) -> None:
    client = signed_in(Role.EDITOR)
    for operation in API:
        if operation.roles:
            answer = client.generic(operation.method, at(operation))
            assert answer.status_code == 401, operation.path
