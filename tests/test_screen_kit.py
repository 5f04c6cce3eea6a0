"""The kit for a screen does what it says, on this machine."""

import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster_feed.screen.config import ScreenConfig
from tests.kits import KITS, install, lending

KIT = KITS / "screen"
ACCOUNT = "cluster-feed-screen"
NEEDED = ("--root", "ROOT", "--lowest", "202611001")


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    path = tmp_path / "root.json"
    path.write_text('{"signatures": [], "signed": {"_type": "root"}}')
    return path


@pytest.fixture
def device(tmp_path: Path, trusted: Path) -> Iterator[Path]:
    """A device's files after the script ran twice."""
    root = tmp_path / "device"
    given = ("--config", KIT / "screen.toml", "--root", trusted, "--lowest", "1")
    with lending(ACCOUNT):
        for _ in range(2):
            run = install(KIT, root, *given)
            assert run.returncode == 0, run.stderr
        yield root


def test_everything_lies_where_it_should_and_is_the_account_s_where_it_must_be(
    device: Path,
) -> None:
    account = pwd.getpwnam(ACCOUNT)
    assert account.pw_shell.endswith("nologin")
    state = device / "var/lib/cluster-feed-screen"
    assert (state.stat().st_uid, stat.S_IMODE(state.stat().st_mode)) == (account.pw_uid, 0o755)
    config = device / "etc/cluster-feed/screen.toml"
    assert config.stat().st_uid == 0
    assert ScreenConfig.load(config).state == Path("/var/lib/cluster-feed-screen")
    units = {path.name for path in (device / "etc/systemd/system").iterdir()}
    assert units == {"cluster-feed-display.service", "cluster-feed-screen.service"}
    assert "needs_root_rights=yes" in (device / "etc/X11/Xwrapper.config").read_text()


def test_a_screen_without_a_browser_has_no_display(device: Path, trusted: Path) -> None:
    config = trusted.with_name("screen.toml")
    config.write_text((KIT / "screen.toml").read_text() + 'player = "mpv"\n')
    run = install(KIT, device, "--config", config, "--root", trusted, "--lowest", "1")
    assert run.returncode == 0, run.stderr
    units = {path.name for path in (device / "etc/systemd/system").iterdir()}
    assert units == {"cluster-feed-screen.service"}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--config", "TOML"),
        ("--config", "TOML", "--root", "/dev/null", "--lowest", "1"),
        ("--config", "/none", *NEEDED),
        ("--config", "TOML", *NEEDED[:3], "0"),
        ("--config", "TOML", *NEEDED[:3], "1; reboot"),
        ("--config", "ELSEWHERE", *NEEDED),
        ("--config", "NO-PLAYER", *NEEDED),
        ("--config", "TOML", *NEEDED, "--reboot"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_done(
    tmp_path: Path, trusted: Path, arguments: tuple[str, ...]
) -> None:
    text = (KIT / "screen.toml").read_text()
    paths = {"ROOT": trusted, "TOML": KIT / "screen.toml"}
    for name, content in (
        ("ELSEWHERE", text.replace("/var/lib/cluster-feed-screen", "/root")),
        ("NO-PLAYER", text + 'player = "vlc"\n'),
    ):
        paths[name] = tmp_path / name
        paths[name].write_text(content)
    run = install(KIT, tmp_path / "device", *(paths.get(each, each) for each in arguments))
    assert run.returncode != 0
    assert run.stderr
    assert not (tmp_path / "device").exists()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd's own judgement")
@pytest.mark.parametrize("name", ["cluster-feed-screen", "cluster-feed-display"])
def test_systemd_reads_every_line_of_the_units(tmp_path: Path, name: str) -> None:
    unit = (KIT / f"{name}.service").read_text()
    copy = tmp_path / f"{name}.service"
    copy.write_text(re.sub("^ExecStart=.*", "ExecStart=/bin/true", unit, flags=re.MULTILINE))
    run = subprocess.run(
        ["systemd-analyze", "verify", copy], check=False, capture_output=True, text=True
    )
    assert copy.name not in run.stderr, run.stderr
