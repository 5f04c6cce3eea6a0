"""Thirty editors at once in a desk of ten thousand assets: how long pages take, and how large.

python -m tests.bench.bench_desk [assets] [editors] [seconds] [think]

The record is made up (rows only); the desk is the product's own, served by its gunicorn on
loopback.  Each editor asks for a page at random, out of every page that an editor may open and the
API's lists, reads it for `think` seconds on average, and goes on; one in twenty writes a caption.
Printed, a line a page: calls, median and 95th percentile at the client in milliseconds, the
largest answer in kilobytes as it is and as it travels; then all of them, and what failed.
"""

import hashlib
import os
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import httpx
from django.db import connections, transaction
from django.urls import reverse

import cluster_feed.web  # noqa: F401  first: it names Django's settings
from cluster_feed.core.caption import Words
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.commission import ceremony
from cluster_feed.web.api.operations import API
from cluster_feed.web.house import open_house
from cluster_feed.web.models import Person, Token
from cluster_feed.web.roles import Role
from cluster_feed.web.routes import ROUTES, Route
from cluster_feed.workspace import Workspace
from tests.material import caption, media
from tests.office import LEADERS, PEOPLE, installed
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW
from tests.web.browser.seed import cookie_of

PORT: Final = 8099
WORDS: Final = ("đèo", "sông", "chợ phiên", "biên giới", "hữu nghị", "lễ hội", "rừng", "cửa khẩu")
NEWSROOMS: Final = "".join(
    f'[[newsrooms]]\nslug = "toa-soan-{each}"\ntitle = "Tòa soạn {each}"\nkind = "co-quan"\n'
    for each in range(20)
)
SETTINGS: Final = f'{NEWSROOMS}\n[desk]\naddress = "http://localhost:{PORT}"\nport = {PORT}\n'


class Answer(NamedTuple):
    """How a call went."""

    page: str
    status: int
    seconds: float
    byte_count: int
    sent: int


def furnish(workspace: Workspace, assets: int) -> None:
    """Make the record up: assets with renditions, refusals, plays, a year of acts."""
    supply(workspace, "một", "hai", "ba")
    show_last_month(workspace)
    chance = random.Random(1)  # noqa: S311  the same record each time
    rows = [_asset(number, chance) for number in range(assets)]
    profiles = list(workspace.wanted_profiles)
    with transaction.atomic():
        ledger.Asset.objects.bulk_create(rows, batch_size=500)
        ledger.Rendition.objects.bulk_create(
            (_rendition(row, profile) for row in rows for profile in profiles), batch_size=500
        )
        ledger.Rejection.objects.bulk_create(
            ledger.Rejection(
                newsroom=row.newsroom,
                name=row.name,
                code="Duplicate",
                at=row.received_at,
                facts={"name": row.name, "newsroom": "Sở", "received": "20/11/2026"},
            )
            for row in rows[:500]
        )
        ledger.Play.objects.bulk_create(
            (_play(number, rows, chance) for number in range(5 * assets)), batch_size=500
        )
        for number in range(assets):
            audit.record(NOW, "lan", "caption", rows[number].pk, changed="title (vi)")


def _asset(number: int, chance: random.Random) -> ledger.Asset:
    title = " ".join(chance.choices(WORDS, k=5)).capitalize()
    says = caption(title, themes=[chance.choice(list(Theme))])
    if not number % 7:
        says = says.model_copy(update={"words": {"vi": Words(title=title)}})
    row = ledger.Asset(
        sha256=hashlib.sha256(str(number).encode()).hexdigest(),
        kind="video" if number % 3 else "photo",
        newsroom=f"toa-soan-{number % 20}",
        name=f"{title} {number}.mp4",
        byte_count=1000,
        received_at=NOW - timedelta(hours=number),
        media=media(20.0 if number % 3 else None).model_dump(mode="json"),
        caption=says.model_dump(mode="json"),
        captioned_by=f"toa-soan-{number % 20}",
    )
    row.draw_facets()
    return row


def _rendition(row: ledger.Asset, profile: str) -> ledger.Rendition:
    return ledger.Rendition(
        asset=row,
        profile=profile,
        recipe="1",
        made_at=row.received_at,
        sha256=hashlib.sha256(f"{row.pk} {profile}".encode()).hexdigest(),
        byte_count=500,
        suffix=".mp4",
        media=row.media,
    )


def _play(number: int, rows: list[ledger.Asset], chance: random.Random) -> ledger.Play:
    return ledger.Play(
        cluster="lao-bao",
        screen="led",
        device="0" * 64,
        row=number,
        sha256="0" * 64,
        edition=1,
        asset=chance.choice(rows).pk,
        rendition="0" * 64,
        began_at=NOW - timedelta(minutes=number),
        seconds=20,
        outcome="played",
    )


class Editor:
    """Someone who works at the desk, with a program of theirs."""

    def __init__(self, number: int, assets: list[str]) -> None:
        self._chance = random.Random(number)  # noqa: S311  the same day each time
        self._assets = assets
        person, _ = Person.invite(NOW, f"bien-tap-{number}", "Lan", Role.EDITOR)
        _, token = Token.make(person, "bench", datetime.now(UTC), timedelta(days=1))
        cookie = {"sessionid": cookie_of(person)}
        self._desk = httpx.Client(base_url=f"http://localhost:{PORT}", cookies=cookie, timeout=60)
        self._shown = {"Authorization": f"Bearer {token}"}
        self.answers: list[Answer] = []

    def works(self, pages: list[str], until: float, think: float) -> None:
        """Ask for one thing after the other."""
        while time.monotonic() < until:
            if self._chance.random() < 0.05:
                self._write()
            else:
                self.asks(self._chance.choice(pages))
            time.sleep(self._chance.uniform(0, 2 * think))

    def asks(self, page: str) -> Answer:
        """Ask for a page, with something in the places of its address."""
        self._get(page, self._filled(page))
        return self.answers[-1]

    def _filled(self, page: str) -> str:
        facts = {
            "asset": self._chance.choice(self._assets),
            "q": "+".join(self._chance.choices(WORDS, k=2)),
            "page": self._chance.randint(1, max(1, len(self._assets) // 50)),
            "newsroom": f"toa-soan-{self._chance.randrange(20)}",
        }
        return page.format(**facts)

    def _write(self) -> None:
        where = f"/api/v1/assets/{self._chance.choice(self._assets)}/caption"
        tag = self._get("/api/v1/assets/{asset}/caption", where).headers.get("ETag", "")
        said = {"creator": " ".join(self._chance.choices(WORDS, k=3))}
        began = time.monotonic()
        response = self._desk.patch(where, json=said, headers={**self._shown, "If-Match": tag})
        self._keep("PATCH /api/v1/assets/{asset}/caption", response, began)

    def _get(self, page: str, where: str) -> httpx.Response:
        began = time.monotonic()
        response = self._desk.get(where, headers=self._shown if "/api/" in where else {})
        self._keep(page, response, began)
        return response

    def _keep(self, page: str, response: httpx.Response, began: float) -> None:
        seconds = time.monotonic() - began
        sent = response.num_bytes_downloaded
        self.answers.append(
            Answer(page, response.status_code, seconds, len(response.content), sent)
        )


def _pages(editor: Editor) -> list[str]:
    """Every page that an editor may open, by trying each once; lists also filtered."""
    parts = {"asset": "{asset}", "newsroom": "{newsroom}", "name": "lao-bao", "cluster": "lao-bao"}
    pages = [_address(route, parts) for route in ROUTES if Role.EDITOR in route.roles]
    pages += [
        _address(route, parts | {"name": "2026-10"})
        for route in ROUTES
        if Role.EDITOR in route.roles
    ]
    library = reverse("library")
    pages += [f"{library}?q={{q}}", f"{library}?page={{page}}", f"{library}?newsroom={{newsroom}}"]
    pages += [
        f"/api/v1/{each.path}"
        for each in API
        if each.method == "GET" and Role.EDITOR in each.roles and "{" not in each.path
    ]
    pages += ["/api/v1/assets/{asset}", "/api/v1/assets?limit=200", "/api/v1/assets?q={q}"]
    found = dict.fromkeys(each for each in pages if each)
    return [each for each in found if editor.asks(each).status == httpx.codes.OK]


def _address(route: Route, parts: dict[str, str]) -> str:
    """Write a route's address with places for what it names; nothing where that is not known."""
    pattern = "/" + route.pattern
    for piece in route.pattern.split("<")[1:]:
        part = piece.partition(">")[0]
        pattern = pattern.replace(f"<{part}>", parts.get(part.partition(":")[2], "?"))
    return "" if "?" in pattern else pattern


@contextmanager
def _served(workspace: Workspace) -> Iterator[None]:
    command = [sys.executable, "-m", "cluster_feed", "-w", str(workspace.root), "desk", "run"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                httpx.get(f"http://localhost:{PORT}/vao/", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


def _told(title: str, answers: list[Answer]) -> None:
    times = sorted(each.seconds * 1000 for each in answers)
    p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
    largest, sent = max(each.byte_count for each in answers), max(each.sent for each in answers)
    print(  # noqa: T201
        f"{title:45} {len(times):6} calls  p50 {statistics.median(times):6.0f} ms  "
        f"p95 {p95:6.0f} ms  {largest / 1000:6.0f} kB, {sent / 1000:5.0f} kB sent"
    )


def main(assets: int = 10_000, editors: int = 30, seconds: int = 60, think: int = 2) -> None:
    """Print a line for each page."""
    with TemporaryDirectory() as folder:
        workspace = installed(Path(folder) / "hub", SETTINGS)
        open_house(workspace)
        ceremony(workspace, NOW, PEOPLE, LEADERS)
        furnish(workspace, assets)
        known = list(
            ledger.Asset.objects.filter(newsroom__startswith="toa-soan").values_list(
                "pk", flat=True
            )
        )
        people = [Editor(number, known) for number in range(editors)]
        connections.close_all()
        with _served(workspace):
            pages = _pages(people[0])
            people[0].answers.clear()
            until = time.monotonic() + seconds
            with ThreadPoolExecutor(editors) as pool:
                for future in [pool.submit(each.works, pages, until, think) for each in people]:
                    future.result()
    answers = [answer for each in people for answer in each.answers]
    by_page = defaultdict(list)
    for answer in answers:
        by_page[answer.page].append(answer)
    for page, of_page in sorted(by_page.items()):
        _told(page, of_page)
    _told("all", answers)
    failed = sum(each.status >= httpx.codes.INTERNAL_SERVER_ERROR for each in answers)
    others = sorted({each.status for each in answers if each.status >= httpx.codes.BAD_REQUEST})
    load = os.getloadavg()[0]
    print(f"{failed} of {len(answers)} answers were 5xx; others {others}; load {load:.1f}")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
