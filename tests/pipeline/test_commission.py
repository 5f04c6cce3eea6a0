from pathlib import Path

import pytest

from cluster_feed.adapters import keys
from cluster_feed.adapters.feed import Feed
from cluster_feed.core.errors import (
    AlreadyFounded,
    BadPersonName,
    FolderUnwritable,
    KeysExist,
    SameKeyTwice,
    TooFewApprovers,
    WeakPassphrase,
)
from cluster_feed.ledger import audit
from cluster_feed.pipeline.commission import ceremony
from tests.office import LEADERS, PEOPLE, installed
from tests.trust import CLUSTERS, NOW

pytestmark = pytest.mark.usefixtures("database")


def test_the_ceremony_makes_every_key_and_a_feed_that_trusts_them(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "hub")
    feed = ceremony(workspace, NOW, PEOPLE, LEADERS)
    for person, passphrase in PEOPLE.items():
        signer = keys.signer(workspace.keys / "approvers" / f"{person}.pem", passphrase)
        for cluster in CLUSTERS:
            assert feed.approvers(cluster)[person] == signer.public_key.keyid
    for nth, passphrase in enumerate(LEADERS, start=1):
        keys.signer(workspace.keys / f"root-{nth}.pem", passphrase)
    made = {str(path.relative_to(workspace.keys)) for path in workspace.keys.rglob("*.*")}
    assert made == {
        *("root-1.pem", "root-2.pem", "root-3.pem", "online.pem", "hub_ed25519.pub"),
        *(f"approvers/{person}.pem" for person in PEOPLE),
    }
    assert audit.verify() == 1


def test_the_feed_stays_good_when_the_root_keys_have_left_the_hub(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "hub")
    ceremony(workspace, NOW, PEOPLE, LEADERS)
    for key in workspace.keys.glob("root-*.pem"):
        key.unlink()
    online = keys.signer(workspace.keys / "online.pem", None)
    assert Feed(workspace.feed).refresh(online, NOW) == 1


def test_a_second_ceremony_changes_nothing(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "hub")
    ceremony(workspace, NOW, PEOPLE, LEADERS)
    before = {path: path.read_bytes() for path in workspace.keys.rglob("*.pem")}
    with pytest.raises(AlreadyFounded):
        ceremony(workspace, NOW, PEOPLE, LEADERS)
    assert {path: path.read_bytes() for path in workspace.keys.rglob("*.pem")} == before


def test_keys_of_a_ceremony_that_was_cut_short_are_not_overwritten(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "hub")
    keys.create(workspace.keys / "root-2.pem", LEADERS[1])
    with pytest.raises(KeysExist):
        ceremony(workspace, NOW, PEOPLE, LEADERS)
    assert [path.name for path in workspace.keys.iterdir()] == ["root-2.pem"]


def test_a_ceremony_that_is_refused_halfway_can_be_held_again_at_once(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "hub")
    twice = keys.create(tmp_path / "own.pem", LEADERS[0])
    with pytest.raises(SameKeyTwice):
        ceremony(workspace, NOW, {"an": twice, "binh": twice, "chi": LEADERS[1]}, LEADERS)
    assert not [path for path in workspace.keys.rglob("*") if path.is_file()]
    ceremony(workspace, NOW, PEOPLE, LEADERS)


def test_a_stick_that_takes_nothing_leaves_no_key_on_the_others(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "hub")
    sticks = tmp_path / "usb1", tmp_path / "usb2", Path("/proc/self")
    for stick in sticks[:2]:
        stick.mkdir()
    with pytest.raises(FolderUnwritable):
        ceremony(workspace, NOW, PEOPLE, LEADERS, sticks)
    assert not [path for stick in sticks[:2] for path in stick.iterdir()]


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        ({}, TooFewApprovers),
        ({"an": "mật khẩu đủ dài"}, TooFewApprovers),
        ({"an": "mật khẩu đủ dài", "binh": "ngắn"}, WeakPassphrase),
        ({"an": "mật khẩu đủ dài", "../online": "mật khẩu đủ dài"}, BadPersonName),
        ({"an": "mật khẩu đủ dài", "Bình": "mật khẩu đủ dài"}, BadPersonName),
        ({"an": "mật khẩu đủ dài", "": "mật khẩu đủ dài"}, BadPersonName),
    ],
)
def test_a_ceremony_that_cannot_be_right_writes_nothing(
    tmp_path: Path, people: dict[str, str], reason: type[Exception]
) -> None:
    workspace = installed(tmp_path / "hub")
    with pytest.raises(reason):
        ceremony(workspace, NOW, people, LEADERS)
    assert not workspace.keys.exists()
    assert not workspace.feed.exists()
