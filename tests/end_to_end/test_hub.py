"""The daemon with people, a power cut, and a real gate."""

import hashlib
import random
import re
import time

from django.db.models import QuerySet

from cluster_feed.core.playlist import Playlist
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from demo.gates import open_gate, write_node
from tests.end_to_end.conftest import Hub


def test_power_cuts_lose_nothing_and_double_nothing(hub: Hub) -> None:
    dropped = {}
    power = random.Random(25)  # noqa: S311  a power cut keeps no secret
    for number in range(30):
        hub.drop_photo(f"photo-{number}", (number * 8, 80, 160))
        content = (hub.inbox / f"photo-{number}.jpg").read_bytes()
        dropped[hashlib.sha256(content).hexdigest()] = f"photo-{number}.jpg"
    for _ in range(4):
        hub.start()
        time.sleep(power.uniform(1.0, 5.0))
        hub.kill()
    hub.start()
    hub.wait_until(lambda: ledger.Rendition.objects.count() == 4 * len(dropped))
    hub.wait_until(lambda: not hub.waiting())
    assert hub.stop() == 0
    assert dict(ledger.Asset.objects.values_list("sha256", "name")) == dropped
    assert not ledger.Rejection.objects.exists()
    for stored in (hub.root / "store").glob("??/*"):
        assert hashlib.sha256(stored.read_bytes()).hexdigest() == stored.name
    assert audit.verify() > 0
    page = (hub.inbox / "_trang-thai.html").read_text()
    assert all(name in page for name in dropped.values())


def test_the_journal_tells_a_trouble_once_and_a_file_in_a_line(hub: Hub) -> None:
    (hub.root / "inbox" / "lost.txt").write_text("whose?")
    hub.start()
    hub.wait_until(lambda: hub.status()["daemon"] is None)
    for number in range(2):
        hub.drop_photo(f"photo-{number}", (number * 8, 80, 160))
        hub.wait_until(lambda: not hub.waiting())
    assert hub.stop() == 0
    journal = (hub.root / "daemon.log").read_text()
    assert journal.count("lost.txt") == 1
    assert [journal.count(f"photo-{number}.jpg") for number in range(2)] == [1, 1]


def delivered() -> QuerySet[ledger.Receipt]:
    """Receipts that name an edition; before the first one a node holds an empty feed."""
    return ledger.Receipt.objects.filter(edition__isnull=False)


def test_an_urgent_edition_goes_from_the_folder_to_the_gate(hub: Hub) -> None:
    public_key = (hub.root / "keys" / "hub_ed25519.pub").read_text()
    for name in ("la-lay", "cha-lo"):
        document = hub.root / "playlists" / f"{name}.toml"
        broken = document.read_text().replace('status = "active"', 'status = "out_of_service"')
        document.write_text(broken.replace('status_reason = ""', 'status_reason = "hư hỏng"'))
    with open_gate("lao-bao", public_key, screens=["led", "hall"]) as gate:
        write_node(hub.root / "playlists" / "lao-bao.toml", gate.node)
        hub.start()
        hub.drop_photo("flood", (20, 60, 200))
        hub.wait_until(lambda: ledger.Rendition.objects.count() == 4)

        shown = hub.run("assemble", "--urgent")
        (name,) = ledger.Edition.objects.values_list("name", flat=True)
        assert "Ảnh flood" in shown
        hub.run("submit", name, "--as", "lan")
        seen = ledger.Edition.objects.get().fingerprint
        hub.run("approve", name, "--as", "minh", "--seen", seen)
        assert not delivered().exists()
        hub.run("approve", name, "--as", "hoa", "--seen", seen)

        hub.wait_until(lambda: delivered().exists())
        playlists = list((gate.feed / "targets" / "lao-bao").glob("*.playlist.json"))
        (playlist,) = (Playlist.from_bytes(path.read_bytes()) for path in playlists)
        assert [entry.captions["vi"] for entry in playlist.entries] == ["Ảnh flood"]
        for blob in playlist.blobs().values():
            place = f"{blob.sha256}.{blob.target.rpartition('/')[2]}"
            arrived = (gate.feed / "targets" / "lao-bao" / place).read_bytes()
            assert hashlib.sha256(arrived).hexdigest() == blob.sha256

        clusters = {each["name"]: each for each in hub.status()["clusters"]}
        assert clusters["lao-bao"]["delivered"]
        assert clusters["la-lay"]["reason"] == "hư hỏng"
        again = hub.run("deliver")
        assert re.search(r"lao-bao.*up to date", again)
        assert hub.stop() == 0
