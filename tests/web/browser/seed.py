"""Lay out an installation for a browser to visit, in a process of its own.

    python -m tests.web.browser.seed FOLDER PORT

prints, as JSON, a session's cookie for each part and what the addresses' parts may be.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cluster_feed.web  # noqa: F401  first: it names Django's settings
from cluster_feed.ledger.connect import connect  # isort: split

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from cluster_feed.core.caption import Caption
from cluster_feed.core.device import keyid_of
from cluster_feed.core.health import Fault, Health, Showing
from cluster_feed.core.package import Way
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, assemble, receipts, withdraw
from cluster_feed.pipeline.commission import ceremony
from cluster_feed.web.house import open_house
from cluster_feed.web.models import Person
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.device import Device
from tests.material import admit, caption, play
from tests.office import LEADERS, PEOPLE, installed
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW

NEWSROOM = "so-vhttdl"
PASSWORD = "một câu đủ dài"  # noqa: S105
_SETTINGS = """
[[newsrooms]]
slug = "so-vhttdl"
title = "Sở Văn hóa, Thể thao và Du lịch"
kind = "co-quan"

[desk]
port = {port}
address = "http://localhost:{port}"
public_screens = true
"""


def main(root: Path, port: int) -> None:
    """Make it all."""
    workspace = installed(root, _SETTINGS.format(port=port))
    connect(workspace.database_url)
    ceremony(workspace, NOW, PEOPLE, LEADERS)
    open_house(workspace)
    edition = _month(workspace)
    draft = _next_month(workspace)
    _gates()
    asset = ledger.Asset.objects.order_by("pk").first()
    seeded = {
        "sessions": {role.value: session(role) for role in Role}
        | {name: cookie_of(approver(name)) for name in PEOPLE},
        "draft": draft,
        "parts": {
            "name": edition,
            "edition": edition,
            "sha": asset.pk if asset else "",
            "sha256": asset.pk if asset else "",
            "asset": asset.pk if asset else "",
            "cluster": "lao-bao",
            "screen": "led",
            "profile": "led-wall",
            "part": "operator",
            "newsroom": NEWSROOM,
            "secret": "never-given",
            "package": _package(),
        },
    }
    sys.stdout.write(json.dumps(seeded))


def _month(workspace: Workspace) -> str:
    """Last month on the screens, this one submitted; something incomplete, refused, withdrawn."""
    supply(workspace, "Chợ phiên", "Sông Sê Pôn", "Cửa khẩu Lao Bảo", "Biên giới xanh")
    show_last_month(workspace)
    supply(workspace, "Lễ hội A Riêu", "Phim hỏng")
    ledger.Rejection.objects.create(
        newsroom=NEWSROOM, name="bao-cao.mp4", code="EmptyFile", facts={}, at=NOW
    )
    edition = assemble.run(workspace, NOW, workspace.calendar.current(NOW))
    approve.submit(workspace, NOW, edition.name, "duong")
    gone = ledger.Asset.objects.order_by("pk").last()
    live = ledger.Edition.objects.filter(state="published").get()
    if gone:
        withdraw.run(workspace, NOW, live.name, "duong", "nhầm địa danh", [gone.pk])
    admit(workspace, "Chưa có chú thích", says=Caption(), rendered=False)
    return edition.name


def _package() -> str:
    """A package with a letter, one of its items published."""
    live = ledger.Edition.objects.get(state="published")
    package = ledger.Package.objects.create(
        edition=live, name="QTR-TTDN-2026-11_v01.zip", sha256="a" * 64, assets=2, at=NOW
    )
    for number, asset in enumerate(ledger.Asset.objects.order_by("pk")[:2], start=1):
        code = f"QTR-2026-11-{number:04}"
        package.items.create(code=code, asset=asset, version=1, change="new", content="b" * 64)
    today = NOW.astimezone(ZONE).date()
    receipts.sent(NOW, package.title, "123/SVHTTDL-TTBC", today, Way.USB, "lan")
    receipts.note_posting(NOW, "QTR-2026-11-0001", "https://vietnam.vn/lao-bao", today, "lan")
    return package.title


def _next_month(workspace: Workspace) -> str:
    """A draft to be put right, and captions to be completed."""
    for number in range(1, 6):
        says = caption(f"Phóng sự số {number}").model_copy(update={"creator": ""})
        admit(workspace, f"phong-su-{number}.mp4", says=says, hours=number)
    cycle = workspace.calendar.current(NOW).next
    return assemble.run(workspace, NOW, cycle).name


def _gates() -> None:
    """A screen that is heard, with faults; plays of a few days; a device that waits."""
    device, stranger = Device(), Device()
    known = ledger.Device.objects.create(
        cluster="lao-bao",
        screen="led",
        keyid=keyid_of(device.public),
        public=device.public,
        seen_at=NOW,
        admitted_at=NOW,
        admitted_by="lan",
    )
    ledger.Device.objects.create(
        cluster="lao-bao", screen="led", keyid=stranger.keyid, public=stranger.public, seen_at=NOW
    )
    programme = ledger.Programme.live("lao-bao")
    entries = list(programme.to_value().entries) if programme else []
    says = Health(
        cluster="lao-bao",
        screen="led",
        at=NOW,
        clock=NOW,
        version="0.1.0",
        edition=programme.edition.number if programme else 0,
        showing=Showing(asset=entries[0].asset, since=NOW),
        free_bytes=70 << 30,
        faults=(Fault(at=NOW, code="BlobDamaged", facts={"name": "lao-bao/x.led-wall.mp4"}),),
    )
    ledger.Health.objects.create(
        cluster="lao-bao", screen="led", at=NOW, says=says.model_dump(mode="json")
    )
    row = 0
    for entry in entries:
        for hours in range(60):
            row += 1
            play(
                entry.asset,
                row,
                "skipped" if hours % 20 == 0 else "played",
                device=known.keyid,
                edition=says.edition,
                began_at=NOW - timedelta(hours=hours),
                seconds=entry.seconds,
                reason="BlobDamaged" if hours % 20 == 0 else "",
            )


def session(role: Role, newsroom: str = NEWSROOM) -> str:
    """Let someone of a part in, and give their cookie."""
    newsroom = newsroom if role is Role.CONTRIBUTOR else ""
    now = datetime.now(UTC)
    person, _ = Person.invite(now, role.value, f"Trần Thị {role.label.vi}", role, newsroom)
    person.come_in(PASSWORD)
    return cookie_of(person)


def approver(name: str) -> Person:
    """An approver whose key is on the hub."""
    person, _ = Person.invite(datetime.now(UTC), name, f"Lê Văn {name.title()}", Role.APPROVER, "")
    person.come_in(PASSWORD)
    return person


def cookie_of(person: Person) -> str:
    """Make the session that signing in with a password and a code makes."""
    device = TOTPDevice.objects.create(user=person, confirmed=True)
    kept = SessionStore()
    kept[SESSION_KEY] = str(person.pk)
    kept[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    kept[HASH_SESSION_KEY] = person.get_session_auth_hash()
    kept[DEVICE_ID_SESSION_KEY] = device.persistent_id
    kept.create()
    return kept.session_key or ""


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
