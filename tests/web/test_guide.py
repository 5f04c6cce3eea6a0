"""Help, for each part and in both languages."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from cluster_feed.web.asked import TONGUE_COOKIE
from cluster_feed.web.guide import PARTS
from cluster_feed.web.roles import Role
from tests.web.conftest import SignedIn


def test_every_part_has_its_guide_in_both_languages_and_no_picture_is_missing(
    signed_in: SignedIn,
) -> None:
    client = signed_in(Role.EDITOR)
    pages = {}
    for tongue in ("vi", "en"):
        client.cookies[TONGUE_COOKIE] = tongue
        for part in PARTS:
            page = client.get(reverse("guide-part", args=[part.value])).content.decode()
            pages[part, tongue] = page
            assert page.count("<section") == page.count("</section>") >= 1
            for picture in re.findall(r'src="/static/(desk/help/[^"]+)"', page):
                assert finders.find(picture)
    assert len(set(pages.values())) == 2 * len(PARTS)


@pytest.mark.parametrize("part", ["auditor", "none"])
def test_there_is_no_guide_for_anything_else(signed_in: SignedIn, part: str) -> None:
    assert signed_in(Role.EDITOR).get(reverse("guide-part", args=[part])).status_code == 404


def test_ones_own_guide_comes_first(signed_in: SignedIn) -> None:
    page = signed_in(Role.APPROVER).get(reverse("guide")).content.decode()
    links = re.findall(r'href="/tro-giup/(\w+)/"', page)
    assert links[0] == "approver"
    assert set(links) == {part.value for part in PARTS}


def test_pictures_are_small() -> None:
    folder = Path(__file__).parents[2] / "cluster_feed/web/static/desk/help"
    assert all(picture.stat().st_size <= 60_000 for picture in folder.glob("*.webp"))
