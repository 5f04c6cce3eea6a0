"""The kit for a screen does what it says, on this machine."""

import json
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

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


def given(trusted: Path, config: Path = KIT / "screen.toml") -> tuple[str | Path, ...]:
    return ("--config", config, "--root", trusted, "--lowest", "1")


@pytest.fixture
def device(tmp_path: Path, trusted: Path) -> Iterator[Path]:
    """A device's files after the script ran twice."""
    root = tmp_path / "device"
    with lending(ACCOUNT):
        for _ in range(2):
            run = install(KIT, root, *given(trusted))
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
    assert services(device) == {"cluster-feed-display.service", "cluster-feed-screen.service"}


@pytest.mark.parametrize(
    ("answers", "does", "status"),
    [
        (0, ["check"], 0),
        (3, ["check", "commission"], 0),
        (1, ["check"], 2),  # who cannot tell loses no trust
    ],
)
def test_a_trust_is_set_up_again_where_the_program_says_that_it_must(
    trusted: Path, answers: int, does: list[str], status: int
) -> None:
    with TemporaryDirectory() as name, lending(ACCOUNT):
        device, said = Path(name) / "device", Path(name) / "said"
        program = device / "opt/cluster-feed/.venv/bin/cluster-feed"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\necho "$@" >>{said}\n[ "$2" != check ] || exit {answers}\n')
        program.chmod(0o755)
        said.touch()
        said.chmod(0o666)
        Path(name).chmod(0o755)
        old = device / "var/lib/cluster-feed-screen/trust/root.json"
        old.parent.mkdir(parents=True)
        old.write_bytes(trusted.read_bytes())
        run = install(KIT, device, *given(trusted))
        assert run.returncode == status, run.stderr
        called = [line.split() for line in said.read_text().splitlines()]
        assert [words[1] for words in called] == does
        if "commission" in does:
            assert called[-1][3:5] == ["--lowest", "1"]


def services(device: Path) -> set[str]:
    """The services that the script has laid down, without those that it has barred."""
    units = (device / "etc/systemd/system").iterdir()
    return {path.name for path in units if not path.is_symlink()}


def test_nobody_logs_in_and_no_key_does_anything(device: Path) -> None:
    etc = device / "etc"
    for unit in ("getty@.service", "autovt@.service", "serial-getty@.service"):
        assert (etc / "systemd/system" / unit).readlink() == Path("/dev/null")
    assert (etc / "systemd/system/ctrl-alt-del.target").readlink() == Path("/dev/null")
    assert (
        "CtrlAltDelBurstAction=none"
        in (etc / "systemd/system.conf.d/cluster-feed.conf").read_text()
    )
    logind = (etc / "systemd/logind.conf.d/cluster-feed.conf").read_text().splitlines()
    assert {"NAutoVTs=0", "ReserveVT=0", "HandlePowerKey=ignore"} <= {*logind}
    assert (etc / "sysctl.d/cluster-feed.conf").read_text() == "kernel.sysrq=0\n"
    display = (etc / "X11/xorg.conf.d/cluster-feed.conf").read_text()
    ignored = re.search(r'Section "InputClass"(.*?)EndSection', display, re.DOTALL)
    assert ignored
    assert 'Option "Ignore" "on"' in ignored[1]
    assert "Match" not in ignored[1], "it is for every device"
    assert 'Option "DontVTSwitch" "on"' in display
    policy = json.loads((etc / "chromium/policies/managed/cluster-feed.json").read_text())
    assert policy["URLAllowlist"] == ["http://127.0.0.1"]


def test_no_port_is_open_but_one_for_whom_the_operator_names(device: Path, trusted: Path) -> None:
    rules = device / "etc/nftables.conf"
    assert "policy drop" in rules.read_text()
    assert "tcp" not in rules.read_text()
    run = install(KIT, device, *given(trusted), "--ssh", "192.168.10.2")
    assert run.returncode == 0, run.stderr
    opened = "    ip saddr 192.168.10.2 tcp dport 22 accept\n  }\n}\n"
    assert rules.read_text().endswith(opened)
    assert rules.read_text().count("tcp") == 1


def test_the_clock_is_set_by_the_machine_that_is_named_also_when_it_is_not_named_again(
    device: Path, trusted: Path
) -> None:
    sources = device / "etc/chrony/sources.d/cluster-feed.sources"
    assert not sources.exists()
    for more in (("--time-server", "192.168.10.2"), ()):
        run = install(KIT, device, *given(trusted), *more)
        assert run.returncode == 0, run.stderr
        assert sources.read_text() == "server 192.168.10.2 iburst\n"


def test_a_screen_without_a_browser_has_no_display(device: Path, trusted: Path) -> None:
    config = trusted.with_name("screen.toml")
    config.write_text((KIT / "screen.toml").read_text() + 'player = "mpv"\n')
    run = install(KIT, device, *given(trusted, config))
    assert run.returncode == 0, run.stderr
    assert services(device) == {"cluster-feed-screen.service"}


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
        ("--config", "TOML", *NEEDED, "--time-server", "a b"),
        ("--config", "TOML", *NEEDED, "--ssh", "0.0.0.0/0"),
        ("--config", "TOML", *NEEDED, "--ssh", "anybody"),
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


@pytest.mark.parametrize(
    "arguments",
    [(), ("--wheels", "EMPTY"), ("--wheels", "TWO"), ("--wheels", "ONE", "--player", "vlc")],
)
def test_a_screen_is_not_prepared_of_what_makes_no_sense(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    wheels = {"EMPTY": (), "ONE": ("1",), "TWO": ("1", "2")}
    for name, versions in wheels.items():
        (tmp_path / name).mkdir()
        for version in versions:
            (tmp_path / name / f"cluster_feed-{version}-py3-none-any.whl").touch()
    paths = [tmp_path / each if each in wheels else each for each in arguments]
    run = subprocess.run(
        [KIT / "prepare.sh", *paths],
        env={"PATH": "/usr/bin:/bin"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert run.stderr


UNITS = ("cluster-feed-screen", "cluster-feed-display")
IMPLYING = (
    *("DynamicUser", "LockPersonality", "MemoryDenyWriteExecute", "PrivateDevices"),
    *("ProtectClock", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules"),
    *("ProtectKernelTunables", "RestrictAddressFamilies", "RestrictNamespaces"),
    *("RestrictRealtime", "RestrictSUIDSGID", "SystemCallArchitectures", "SystemCallFilter"),
    "SystemCallLog",
)
"""With a User=, each implies NoNewPrivileges=yes (systemd.exec(5) of systemd 252)."""
SETUID = re.compile(r"^ExecStart=\S*/(X|Xorg|startx|xinit|su|sudo|mount)\b", re.MULTILINE)
"""Programs that are, or on Debian may start, setuid ones, and need what that gives them."""
needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="needs systemd's own judgement"
)


def cannot_start(path: Path) -> list[str]:
    """The settings of a unit under which its program, which must be root's, would not be."""
    text = path.read_text()
    if not SETUID.search(text):
        return []
    run = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--json=short", path],
        check=True,
        capture_output=True,
        text=True,
    )
    facts = {each["json_field"]: each["set"] for each in json.loads(run.stdout)}
    named = [each for each in IMPLYING if re.search(f"^{each}=(?!no$)", text, re.MULTILINE)]
    explicit = ["NoNewPrivileges"] if facts["NoNewPrivileges"] else []
    return explicit + named if facts["UserOrDynamicUser"] else []


@needs_systemd
@pytest.mark.parametrize("name", UNITS)
def test_what_a_unit_starts_has_the_rights_that_it_needs(tmp_path: Path, name: str) -> None:
    unit = KIT / f"{name}.service"
    assert cannot_start(unit) == []
    lent = tmp_path / unit.name
    lent.write_text(unit.read_text().replace("[Service]\n", f"[Service]\nUser={ACCOUNT}\n"))
    assert ("ProtectHostname" in cannot_start(lent)) == (name == "cluster-feed-display")


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_started_again_at_once_however_often_it_failed(name: str) -> None:
    unit = (KIT / f"{name}.service").read_text().splitlines()
    assert {"Restart=always", "RestartSec=1"} <= {*unit}
    assert "StartLimitIntervalSec=0" in unit[unit.index("[Unit]") : unit.index("[Service]")]


@needs_systemd
@pytest.mark.parametrize("name", UNITS)
def test_systemd_reads_every_line_of_the_units(tmp_path: Path, name: str) -> None:
    unit = (KIT / f"{name}.service").read_text()
    copy = tmp_path / f"{name}.service"
    copy.write_text(re.sub("^ExecStart=.*", "ExecStart=/bin/true", unit, flags=re.MULTILINE))
    run = subprocess.run(
        ["systemd-analyze", "verify", copy], check=False, capture_output=True, text=True
    )
    assert copy.name not in run.stderr, run.stderr
