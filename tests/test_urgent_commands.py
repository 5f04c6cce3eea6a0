"""The storm night and a withdrawal, as people give the commands."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cluster_feed.cli import app
from cluster_feed.console import t
from cluster_feed.core.errors import AnotherEnd, EndNeeded, NoSuchNotice, WouldVoid
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace
from tests.pipeline.urgency import hears, live, supply, titles
from tests.trust import NOW

Command = Callable[..., Result]

PASSPHRASE = "một mật khẩu thật dài"  # noqa: S105  of keys that live for one test
UNTIL = f"{(NOW + timedelta(hours=8)).astimezone(ZONE):%Y-%m-%d %H:%M}"


@pytest.fixture
def give(
    tmp_path: Path, database: None, ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """A founded house with last month's edition on the screens."""
    monkeypatch.setenv("CLUSTER_FEED_DATABASE_URL", ledger_url)
    monkeypatch.setenv("CLUSTER_FEED_PASSPHRASE", PASSPHRASE)
    workspace = Workspace.create(tmp_path / "hub")

    def command(*words: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(app, ["-w", str(workspace.root), *words], input=answer)

    people = [word for name in ("lan", "minh", "hoa") for word in ("--approver", name)]
    assert command("keys", "init", *people).exit_code == 0
    supply(workspace, "storm", "wrong", "good")
    month = str(workspace.calendar.current(NOW).previous)
    command("assemble", month)
    command("submit", month, "--as", "duong")
    for person in ("minh", "hoa"):
        command("approve", month, "--as", person, answer="y\n")
    assert command("publish").exit_code == 0
    return command


def asset(name: str) -> str:
    return ledger.Asset.objects.get(name=name).pk[:12]


def test_a_notice_is_prepared_approved_ahead_released_by_two_and_taken_off(
    give: Command,
) -> None:
    assert (
        "storm" in give("notice", "prepare", "bao", "--asset", asset("storm"), "--as", "lan").output
    )
    ready = t("cần 2", "2 are needed")
    assert ready in " ".join(give("notice", "list").output.split())
    assert give("notice", "approve", "bao", "--as", "minh", answer="n\n").exit_code == 1
    for person in ("minh", "hoa"):
        signed = give("notice", "approve", "bao", "--as", person, answer="y\n")
        assert signed.exit_code == 0
    assert "2/2 (minh, hoa)" in signed.output
    assert "storm" in give("notice", "show", "bao").output

    unsaid = give("notice", "release", "bao", "--as", "minh", answer="y\n")
    assert isinstance(unsaid.exception, EndNeeded)
    first = give("notice", "release", "bao", "--until", UNTIL, "--as", "minh", answer="y\n")
    assert "-khan-1" in first.output
    assert "storm" not in titles(live("cha-lo"))[:1] or len(titles(live("cha-lo"))) == 3
    other = ("--until", "2026-01-01 00:00", "--as", "hoa")
    assert isinstance(give("notice", "release", "bao", *other, answer="y\n").exception, AnotherEnd)
    second = give("notice", "release", "bao", "--as", "hoa", answer="y\n")
    assert (second.exit_code, second.exception) == (0, None)
    assert titles(live("cha-lo")) == ["storm"]  # published by the same command
    (told,) = json.loads(give("notice", "list", "--json").output)
    assert told["until"] is not None

    for person in ("hoa", "minh"):
        ended = give("notice", "end", "bao", "--as", person, answer="y\n")
        assert ended.exit_code == 0
    assert len(titles(live("cha-lo"))) == 3
    assert give("audit", "verify").exit_code == 0


def test_a_withdrawal_stays_red_until_each_screen_has_confirmed_it(give: Command) -> None:
    month = ledger.Edition.objects.get()
    words = ("--asset", asset("wrong"), "--as", "lan", "--reason", "nhầm địa danh")
    asked = give("withdraw", month.name, *words)
    assert asked.exit_code == 0
    (edition,) = ledger.Edition.objects.exclude(pk=month.pk)
    assert edition.name in asked.output
    red = t("chưa xác nhận đã gỡ", "has not confirmed")
    assert red in give("status").output
    for person in ("minh", "hoa"):
        given = give("approve", edition.name, "--as", person, answer="y\n")
    assert given.exit_code == 0
    edition.refresh_from_db()
    assert edition.state == "published"  # at once, by the second signature
    for cluster in json.loads(give("status", "--json").output)["clusters"]:
        for screen in cluster["screens"]:
            (gone,) = screen["may_show"]
            assert gone["name"] == "so-vhttdl/wrong"
            hears(cluster["name"], screen["name"], edition.number)
    assert red not in give("status").output
    lifted = give("withdraw", "--lift", asset("wrong"), "--as", "lan", "--reason", "đã xác minh")
    assert lifted.exit_code == 0
    assert not ledger.Withdrawal.objects.exists()


def test_what_was_never_shown_is_recorded_and_said_so(give: Command) -> None:
    month = ledger.Edition.objects.get().name
    ledger.Edition.objects.update(state="draft")
    words = ("--asset", asset("wrong"), "--as", "lan", "--reason", "nhầm")
    assert "✓" in give("withdraw", month, *words).output
    assert ledger.Withdrawal.objects.get().edition is None


@pytest.mark.parametrize(
    "words",
    [
        ("withdraw", "--as", "lan", "--reason", "x"),
        ("withdraw", "2026-11", "--lift", "abc", "--as", "lan", "--reason", "x"),
        ("notice", "release", "bao", "--until", "mai", "--as", "lan"),
        ("notice", "approve", "bao", "--as", "lan", "--seen", "abc"),
    ],
)
def test_words_that_mean_nothing_are_told(give: Command, words: tuple[str, ...]) -> None:
    assert give(*words).exit_code == 2


@pytest.mark.parametrize("act", ["show", "approve", "release", "end"])
def test_a_notice_that_is_not_there_is_named(give: Command, act: str) -> None:
    person = () if act == "show" else ("--as", "lan")
    assert isinstance(give("notice", act, "bao", *person).exception, NoSuchNotice)


def test_signatures_are_void_only_where_that_is_meant(give: Command) -> None:
    give("assemble", "2999-01")
    give("submit", "2999-01", "--as", "lan")
    without = ("assemble", "2999-01", "--without", asset("wrong"))
    assert isinstance(give(*without).exception, WouldVoid)
    assert give(*without, "--again").exit_code == 0
    assert ledger.Edition.objects.get(name="2999-01").state == "draft"
    assert give("assemble", "2999-01", "--with", asset("wrong")).exit_code == 0
    assert ledger.Edition.objects.get(name="2999-01").without == {}


def test_an_urgent_draft_is_dropped(give: Command) -> None:
    give("assemble", "2999-01", "--urgent")
    assert give("drop", "2999-01-khan-1", "--as", "lan", "--reason", "thừa").exit_code == 0
    assert ledger.Edition.objects.get(name="2999-01-khan-1").state == "withdrawn"
