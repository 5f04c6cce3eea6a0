"""Thirty editors at a desk of ten thousand assets: how long pages take, and how large they are.

    python -m tests.bench.bench_desk [assets] [editors] [seconds] [pause]

The record is made up (rows only, no media; a draft of the month that people arrange); the desk is
the product's own, served by its gunicorn on loopback.

People read.  An editor opens a page, looks at it for `pause` seconds on average (8 unless told;
exponential, so that some click twice at once and some read for a minute), and opens another: any
page that an editor may open, with any filter, or a list of the API, each kind as often as the
others, though most people's day is the cheap ones.  One call in twenty writes a caption, one in
fifty moves an entry of the draft.  Thirty such editors make about four calls a second.  Three
rounds are printed:

1. each kind of page alone, warm, nobody else asking: what it costs;
2. the editors: this is what a bar on waiting is held against;
3. the same editors without any pause, which no people are: what the machine can take at most.
   Waiting is then the number of callers over the throughput, whatever the pages cost.

A line a kind: calls, p50, p95 and p99 at the caller in milliseconds, the largest answer in
kilobytes as it is and as it travels.  Of each round: the server's CPU time a call, which other work
on the machine moves less, and the caller's own (one thread; none of the server's processes).
"""

import asyncio
import hashlib
import os
import random
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import httpx
from django.db import connections, transaction
from django.urls import reverse

import cluster_feed.web  # noqa: F401  first: it names Django's settings
from cluster_feed.core.caption import Words
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import assemble
from cluster_feed.pipeline.commission import ceremony
from cluster_feed.pipeline.standing import Standing
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
ADDRESS: Final = f"http://localhost:{PORT}"
EDITION: Final = "2026-11"
_ALONE: Final = 8
WRITES: Final = 0.05
MOVES: Final = 0.02
WORDS: Final = ("đèo", "sông", "chợ phiên", "biên giới", "hữu nghị", "lễ hội", "rừng", "cửa khẩu")
NEWSROOMS: Final = "".join(
    f'[[newsrooms]]\nslug = "toa-soan-{each}"\ntitle = "Tòa soạn {each}"\nkind = "co-quan"\n'
    for each in range(20)
)
SETTINGS: Final = f'{NEWSROOMS}\n[desk]\naddress = "{ADDRESS}"\nport = {PORT}\n'


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
        assemble.run(workspace, NOW, Cycle.parse(EDITION))
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
        asset=chance.choice(rows[:90]).pk,  # as many as a loop of half an hour has
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
        self._desk = httpx.AsyncClient(base_url=ADDRESS, cookies=cookie, timeout=60)
        self._shown = {"Authorization": f"Bearer {token}"}
        self.answers: list[Answer] = []

    async def works(self, pages: list[str], until: float, pause: float) -> None:
        """Do one thing after the other, after a pause: they did not all come in at once."""
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / pause) if pause else 0)
            if time.monotonic() > until:
                return
            which = self._chance.random()
            if which < WRITES:
                await self._write()
            elif which < WRITES + MOVES:
                await self._move()
            else:
                await self.asks(self._chance.choice(pages))

    async def asks(self, page: str) -> httpx.Response:
        """Ask for a page, with something in the places of its address."""
        facts = {
            "asset": self._chance.choice(self._assets),
            "q": "+".join(self._chance.choices(WORDS, k=2)),
            "page": self._chance.randint(1, max(1, len(self._assets) // 50)),
            "newsroom": f"toa-soan-{self._chance.randrange(20)}",
        }
        shown = self._shown if "/api/" in page else {}
        return await self._call(page, "GET", page.format(**facts), headers=shown)

    async def _write(self) -> None:
        page = "/api/v1/assets/{asset}/caption"
        where = page.format(asset=self._chance.choice(self._assets))
        read = await self._call(page, "GET", where, headers=self._shown)
        said = {"creator": " ".join(self._chance.choices(WORDS, k=3))}
        shown = {**self._shown, "If-Match": read.headers.get("ETag", "")}
        await self._call(f"PATCH {page}", "PATCH", where, json=said, headers=shown)

    async def _move(self) -> None:
        """Move the second entry up, as the button does; who comes second is told so (409)."""
        where = f"/phien-ban/{EDITION}/sua/lao-bao/"
        page = (await self._call(where, "GET", where)).text
        order = page.partition('id="order"')[2]
        form = {
            name: re.findall(rf'name="{name}" value="([^"]*)"', order)[:1]
            for name in ("csrfmiddlewaretoken", "seen", "first")
        }
        fields = ("asset", "daypart", "valid_from", "valid_until")
        rows = {
            name: re.findall(rf'form="order" name="{name}" value="([^"]*)"', page)
            for name in fields
        }
        await self._call(f"POST {where}", "POST", where, data={**form, **rows, "up": "1"})

    async def _call(self, kind: str, method: str, where: str, **more: Any) -> httpx.Response:  # noqa: ANN401  httpx's
        began = time.monotonic()
        response = await self._desk.request(method, where, **more)
        seconds = time.monotonic() - began
        whole, sent = len(response.content), response.num_bytes_downloaded
        self.answers.append(Answer(kind, response.status_code, seconds, whole, sent))
        return response


def _kinds() -> list[str]:
    """Every page that an editor may open; lists also with their filters."""
    parts = {
        "asset": "{asset}",
        "newsroom": "{newsroom}",
        "edition": EDITION,
        "cluster": "lao-bao",
        "screen": "led",
        "profile": "led-wall",
    }
    pages = [_address(route, parts) for route in ROUTES if Role.EDITOR in route.roles]
    library = reverse("library")
    asked = ["q={q}", "q=cho+phien", "page={page}", "newsroom={newsroom}", "kind=photo"]
    asked += [f"standing={each}" for each in Standing]
    asked += ["theme=DU_LICH", "month=2026-10", "order=title", "order=old"]
    pages += [f"{library}?{each}" for each in asked]
    pages += [
        f"/api/v1/{each.path}"
        for each in API
        if each.method == "GET" and Role.EDITOR in each.roles and "{" not in each.path
    ]
    pages += ["/api/v1/assets/{asset}", "/api/v1/assets?limit=200", "/api/v1/assets?q={q}"]
    pages += ["/api/v1/assets?standing=incomplete", f"/api/v1/editions/{EDITION}"]
    return list(dict.fromkeys(each for each in pages if each))


def _address(route: Route, parts: dict[str, str]) -> str:
    """Write a route's address with places for what it names; nothing where that is not known."""
    pattern = "/" + route.pattern
    for piece in route.pattern.split("<")[1:]:
        part = piece.partition(">")[0]
        pattern = pattern.replace(f"<{part}>", parts.get(part.partition(":")[2], "?"))
    return "" if "?" in pattern else pattern


@contextmanager
def _served(workspace: Workspace) -> Iterator[int]:
    """Serve the desk; give the process."""
    command = [sys.executable, "-m", "cluster_feed", "-w", str(workspace.root), "desk", "run"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                httpx.get(f"{ADDRESS}/vao/", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield server.pid
    finally:
        server.terminate()
        server.wait()


def _cpu_seconds(pid: int) -> float:
    """What a process and its children have used."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_cpu_seconds(int(child)) for child in children)


async def _alone(editor: Editor, server: int) -> list[str]:
    """Open every kind of page a few times, nobody else asking; give those that there are."""
    kinds = _kinds()
    for kind in kinds:
        for _ in range(3):
            await editor.asks(kind)
    there = [each.page for each in editor.answers if each.status == httpx.codes.OK]
    kinds = [kind for kind in kinds if kind in there]
    editor.answers.clear()
    used, own, work = _cpu_seconds(server), time.process_time(), {}
    for kind in kinds:
        before = _cpu_seconds(server)
        for _ in range(_ALONE):
            await editor.asks(kind)
        work[kind] = 1000 * (_cpu_seconds(server) - before) / _ALONE
    _tell("alone", [editor], _cpu_seconds(server) - used, time.process_time() - own)
    dearest = sorted(work.items(), key=lambda each: -each[1])[:12]
    told = ", ".join(f"{kind} {each:.0f}" for kind, each in dearest)
    print(f"CPU a call at the server, ms, the dearest first: {told}", flush=True)  # noqa: T201
    return kinds


async def _together(
    title: str, editors: list[Editor], kinds: list[str], seconds: float, pause: float, server: int
) -> None:
    used, own = _cpu_seconds(server), time.process_time()
    until = time.monotonic() + seconds
    await asyncio.gather(*(each.works(kinds, until, pause) for each in editors))
    _tell(title, editors, _cpu_seconds(server) - used, time.process_time() - own)


def _tell(title: str, editors: list[Editor], used: float, own: float) -> None:
    """Print a round, its slowest kinds first, and forget it."""
    answers = [answer for each in editors for answer in each.answers]
    by_page = defaultdict(list)
    for answer in answers:
        by_page[answer.page].append(answer)
    print(f"\n{title}")  # noqa: T201
    for page, of_page in sorted(by_page.items(), key=lambda each: -_at(each[1], 0.5)):
        _line(page, of_page)
    _line("all", answers)
    failed = sum(each.status >= httpx.codes.INTERNAL_SERVER_ERROR for each in answers)
    others = sorted({each.status for each in answers if each.status >= httpx.codes.BAD_REQUEST})
    pages = (each for each in answers if "/api/" not in each.page)
    largest = max(pages, key=lambda each: each.byte_count)
    count = len(answers) / 1000
    print(  # noqa: T201
        f"{failed} of {len(answers)} answers were 5xx; others {others}; CPU a call: server "
        f"{used / count:.0f} ms, caller {own / count:.0f} ms; largest page {largest.page} "
        f"{largest.byte_count / 1000:.0f} kB; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    for each in editors:
        each.answers.clear()


def _at(answers: list[Answer], part: float) -> float:
    times = sorted(each.seconds * 1000 for each in answers)
    return times[min(len(times) - 1, int(len(times) * part))]


def _line(title: str, answers: list[Answer]) -> None:
    largest, sent = max(each.byte_count for each in answers), max(each.sent for each in answers)
    print(  # noqa: T201
        f"{title:52} {len(answers):6} calls  p50 {_at(answers, 0.5):6.0f}  p95 "
        f"{_at(answers, 0.95):6.0f}  p99 {_at(answers, 0.99):6.0f} ms  "
        f"{largest / 1000:6.0f} kB, {sent / 1000:5.0f} kB sent"
    )


async def _measure(editors: list[Editor], seconds: float, pause: float, server: int) -> None:
    kinds = await _alone(editors[0], server)
    await _together(f"{len(editors)} editors, {pause} s", editors, kinds, seconds, pause, server)
    await _together("without a pause", editors, kinds, seconds / 3, 0, server)


def main(assets: int = 10_000, editors: int = 30, seconds: int = 120, pause: int = 8) -> None:
    """Print the three rounds."""
    with TemporaryDirectory() as folder:
        workspace = installed(Path(folder) / "hub", SETTINGS)
        open_house(workspace)
        ceremony(workspace, NOW, PEOPLE, LEADERS)
        furnish(workspace, assets)
        rows = ledger.Asset.objects.filter(newsroom__startswith="toa-soan")
        known = list(rows.values_list("pk", flat=True))
        people = [Editor(number, known) for number in range(editors)]
        connections.close_all()
        with _served(workspace) as server:
            asyncio.run(_measure(people, seconds, pause, server))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
