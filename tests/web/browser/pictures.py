"""Take the help's pictures anew, of the pages as they are now.

    python -m demo --workspace /tmp/demo     # any workspace with real clips; it is copied
    python -m tests.web.browser.pictures /tmp/demo

Each goes to `cluster_feed/web/static/desk/help/`; commit what has changed.
"""

import io
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from PIL import Image

import cluster_feed.web  # noqa: F401  first: it names Django's settings
from cluster_feed.ledger.connect import connect  # isort: split

from django.db import connections
from django.db.models import F
from django.urls import NoReverseMatch, reverse
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import TimeoutError as NotInTime

from cluster_feed.core.edition import State
from cluster_feed.core.health import Health
from cluster_feed.ledger import models as ledger
from cluster_feed.web.house import open_house
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.web.browser.conftest import free_port
from tests.web.browser.seed import session

_INTO: Final = Path(__file__).parents[3] / "cluster_feed" / "web" / "static" / "desk" / "help"
_LARGEST: Final = 60_000
"""Bytes of a picture: a guide is read over a gate's line too."""
_SHOWN: Final = """() => [...document.images]
  .filter(each => each.getBoundingClientRect().top < innerHeight)
  .every(each => each.naturalWidth)"""
"""Whether the pictures in sight are there: the first time each is made only then."""
_WINDOW: Final = {"width": 1180, "height": 760}
_SECONDS_TO_OPEN: Final = 6

_PAGES: Final = {
    "home": (Role.OPERATOR, "home", ()),
    "gate": (Role.OPERATOR, "gate", ("cluster",)),
    "screen": (Role.OPERATOR, "screen", ("cluster", "screen")),
    "upload": (Role.CONTRIBUTOR, "upload", ("newsroom",)),
    "newsroom": (Role.CONTRIBUTOR, "newsroom", ("newsroom",)),
    "caption": (Role.EDITOR, "caption", ("asset",)),
    "edition": (Role.EDITOR, "edition", ("edition",)),
    "approve": (Role.APPROVER, "approve", ("edition",)),
    "notices": (Role.APPROVER, "notices", ()),
}
"""Each picture: whose page, which route, and the parts of its address in their order."""


def main(original: Path) -> None:
    """Take them all; a page that is not there is told."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "hub"
        shutil.copytree(original, root, ignore=shutil.ignore_patterns("*.sock"))
        port = free_port()
        text = (root / "cluster-feed.toml").read_text(encoding="utf-8").partition("[desk]")[0]
        desk = f'[desk]\nport = {port}\naddress = "http://localhost:{port}"\n'
        (root / "cluster-feed.toml").write_text(f"{text}\n{desk}", encoding="utf-8")
        workspace = Workspace.load(root)
        connect(workspace.database_url)
        open_house(workspace)
        _as_of_today()
        newsroom = workspace.settings.newsrooms[0].slug
        sessions = {role: session(role, newsroom) for role in Role}
        addresses = dict(_addresses(workspace, newsroom))
        connections.close_all()
        command = [sys.executable, "-m", "cluster_feed", "-w", str(root), "desk", "run"]
        served = subprocess.Popen(command)
        try:
            time.sleep(_SECONDS_TO_OPEN)
            _take(f"http://localhost:{port}", sessions, addresses)
        finally:
            served.terminate()
            served.wait(30)


def _as_of_today() -> None:
    """Bring a demonstration, which is played on a 25th to come, back to the last few hours."""
    heard = ledger.Health.objects.order_by("-at").first()
    if heard is None:
        return
    back = datetime.now(UTC) - timedelta(hours=1) - heard.at
    for row in ledger.Health.objects.all():
        says = Health.model_validate(row.says)
        shows = says.showing.model_copy(update={"since": says.at + back}) if says.showing else None
        times = dict.fromkeys(("at", "clock", "pulled_at", "switched_at"), says.at + back)
        row.says = says.model_copy(update={**times, "showing": shows}).model_dump(mode="json")
        row.at = says.at + back
        row.save()
    ledger.Play.objects.update(began_at=F("began_at") + back)
    ledger.Edition.objects.update(published_at=F("published_at") + back)
    ledger.Device.objects.update(seen_at=F("seen_at") + back)
    ledger.Receipt.objects.update(at=F("at") + back)
    ledger.FileReceipt.objects.update(at=F("at") + back)
    for programme in ledger.Programme.objects.all():
        playlist = programme.to_value()
        begins = playlist.model_copy(update={"show_from": playlist.show_from + back})
        programme.playlist = begins.to_bytes()
        programme.save()


def _addresses(workspace: Workspace, newsroom: str) -> Iterator[tuple[str, str]]:
    cluster = next(iter(workspace.clusters.values()))
    asset = ledger.Asset.objects.filter(newsroom=newsroom).order_by("-received_at").first()
    submitted = ledger.Edition.objects.filter(state=State.SUBMITTED).first()
    edition = submitted or ledger.Edition.objects.order_by("-pk").first()
    parts = {
        "cluster": cluster.name,
        "screen": cluster.screens[0].name,
        "newsroom": newsroom,
        "asset": asset.pk if asset else "none",
        "edition": edition.name if edition else "none",
    }
    for name, (_, route, wanted) in _PAGES.items():
        try:
            yield name, reverse(route, args=[parts[each] for each in wanted])
        except NoReverseMatch:
            sys.stderr.write(f"{name}: no such page\n")


def _take(base: str, sessions: Mapping[Role, str], addresses: Mapping[str, str]) -> None:
    _INTO.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, address in addresses.items():
            _picture(browser, name, f"{base}{address}", sessions[_PAGES[name][0]])
        browser.close()


def _picture(browser: Browser, name: str, url: str, cookie: str) -> None:
    context = browser.new_context(viewport=_WINDOW, locale="vi-VN")  # type: ignore[arg-type]
    kept = {"name": "sessionid", "value": cookie, "domain": "localhost", "path": "/"}
    context.add_cookies([kept])  # type: ignore[list-item]
    page = context.new_page()
    answer = page.goto(url)
    page.wait_for_load_state("networkidle")
    if answer is None or not answer.ok:
        sys.stderr.write(f"{name}: {answer.status if answer else 'nothing'} at {url}\n")
    else:
        with suppress(NotInTime):  # of a broken file there is none
            page.wait_for_function(_SHOWN, timeout=10_000)
        with Image.open(io.BytesIO(page.screenshot())) as shot:
            _save(shot.convert("RGB"), _INTO / f"{name}.webp")
    context.close()


def _save(shot: Image.Image, path: Path) -> None:
    """Write the best quality that is small enough."""
    for quality in (80, 65, 50, 35, 20):
        content = io.BytesIO()
        shot.save(content, "WEBP", quality=quality, method=6)
        if content.tell() <= _LARGEST:
            break
    path.write_bytes(content.getvalue())


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
