"""Every page, for everyone who may see it, is usable by people who see, hear and point otherwise.

axe-core looks for violations of WCAG 2.2 AA; it comes inside the package axe-playwright-python.
"""

from importlib import resources

import pytest
from playwright.sync_api import Page

from cluster_feed.web.roles import Role
from cluster_feed.web.routes import ROUTES, Route
from tests.web.browser.conftest import NARROW, WIDE, Desk, Visit

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
LOOK = """() => axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"],
}).then(found => found.violations.map(each => each.id + ": " + each.nodes.map(node =>
  node.target.join(" ") + " (" + node.failureSummary.split("\\n").slice(1, 2) + ")").join("; ")))"""
_OK = 200
_NO_PAGES = {"sign-out", "tongue", "second-factor", "enrol"}
"""What only does something, or is over once one is in."""


def address(route: Route, desk: Desk) -> str:
    """Where a route leads in the installation that is visited."""
    path = "/"
    for piece in route.pattern.split("/"):
        if piece.startswith("<"):
            path += desk.parts.get(piece.strip("<>").partition(":")[2], "none") + "/"
        elif piece:
            path += f"{piece}/"
    return path


def violations(page: Page) -> list[str]:
    """What axe finds at both widths, and whether the page is wider than a phone."""
    found = []
    page.evaluate(AXE)
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width}: {each}" for each in page.evaluate(LOOK)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{width}: the page is wider than the window")
    return found


def is_a_page(route: Route) -> bool:
    """Whether one can look at it: a form's other end and a file for programs are none."""
    return route.name not in _NO_PAGES and not route.pattern.startswith("api/")


@pytest.mark.parametrize("role", list(Role))
def test_every_page_of_a_part_is_accessible(visit: Visit, desk: Desk, role: Role) -> None:
    page, found, seen = visit(role), {}, 0
    for route in ROUTES:
        if role not in route.roles or not is_a_page(route):
            continue
        probe = page.request.head(address(route, desk))
        if probe.status != _OK or "text/html" not in probe.headers.get("content-type", ""):
            continue
        page.set_viewport_size({"width": WIDE, "height": 900})
        page.goto(address(route, desk))
        if not page.evaluate("document.doctype"):
            continue  # a part of a page
        seen += 1
        if wrong := violations(page):
            found[route.name] = wrong
    assert seen
    assert not found, found


@pytest.mark.parametrize(
    "path", ["/vao/", "/moi/never-given/", "/khong-co/", "/man-hinh/lao-bao/led/"]
)
def test_the_door_is_accessible(visit: Visit, path: str) -> None:
    page = visit(None)
    page.goto(path)
    assert not violations(page)
