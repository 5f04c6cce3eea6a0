"""The storm night and a withdrawal, as people give the commands."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cluster_feed.cli import app
from cluster_feed.console import t
from cluster_feed.core.errors import (
    AnotherEnd,
    BadRequest,
    EndNeeded,
    KeyNotHere,
    NoSuchNotice,
    NoticeNotApproved,
    NoticeSignedOtherwise,
    NotSubmitted,
    NotTheClusters,
    OtherMedia,
    OtherRequest,
    OwnSubmission,
    WouldVoid,
)
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


@pytest.fixture
def elsewhere(give: Command, tmp_path: Path) -> Callable[[str], Command]:
    """Minh's and Hoa's own machines, where their keys are: no workspace, one folder each."""
    approvers = tmp_path / "hub" / "keys" / "approvers"
    for person in ("minh", "hoa"):
        (tmp_path / person).mkdir()
        (approvers / f"{person}.pem").rename(tmp_path / person / f"{person}.pem")

    def machine(person: str) -> Command:
        def sign(request: Path, *, answer: str = "y\n") -> Result:
            brought = Path(shutil.copy(request, tmp_path / person))
            words = ("sign", str(brought), "--key", str(tmp_path / person / f"{person}.pem"))
            return CliRunner().invoke(app, words, input=answer)

        return sign

    return machine


def test_who_signs_a_notice_or_its_release_elsewhere_looks_at_its_files_first(
    give: Command, elsewhere: Callable[[str], Command], tmp_path: Path
) -> None:
    stick = tmp_path / "usb"
    stick.mkdir()
    give("notice", "prepare", "bao", "--asset", asset("storm"), "--as", "lan")
    given = give("notice", "request", "bao", "--to", str(stick), "--media")
    assert given.exit_code == 0, given.output
    shutil.copytree(stick / "notice-bao.media", tmp_path / "minh" / "notice-bao.media")
    signed = elsewhere("minh")(stick / "notice-bao.request.json")
    assert "XEM.html" in signed.output
    page = (tmp_path / "minh/notice-bao.media/XEM.html").read_text(encoding="utf-8")
    assert all(gate in page for gate in ("lao-bao", "la-lay", "cha-lo", "storm"))
    assert "CHƯA XEM" in elsewhere("hoa")(stick / "notice-bao.request.json").output
    for person in ("minh", "hoa"):
        answer = str(tmp_path / person / f"notice-bao.{person}.sig.json")
        give("notice", "approve", "bao", "--signature", answer)

    out = ("--as", "minh", "--to", str(stick), "--media")
    begun = give("notice", "release", "bao", "--until", UNTIL, *out, answer="y\n")
    assert begun.exit_code == 0, begun.output
    name = ledger.Edition.objects.order_by("-pk")[0].name
    assert any("storm" in film.name for film in (stick / f"{name}.media").iterdir())
    last = max((stick / f"{name}.media").iterdir())
    shutil.copytree(stick / f"{name}.media", tmp_path / "hoa" / f"{name}.media")
    (tmp_path / "hoa" / f"{name}.media" / last.name).write_bytes(b"mallory's")
    refused = elsewhere("hoa")(stick / f"{name}.request.json")
    assert isinstance(refused.exception, OtherMedia)


def test_keys_that_stay_elsewhere_approve_release_and_end_a_notice(
    give: Command, elsewhere: Callable[[str], Command], tmp_path: Path
) -> None:
    give("notice", "prepare", "bao", "--asset", asset("storm"), "--as", "lan")
    not_here = give("notice", "approve", "bao", "--as", "minh")  # nothing is asked first
    assert isinstance(not_here.exception, KeyNotHere)
    assert give("notice", "approve", "bao").exit_code == 2
    early = give("notice", "release", "bao", "--until", UNTIL, "--as", "minh")
    assert isinstance(early.exception, NoticeNotApproved)
    stick = tmp_path / "usb"
    stick.mkdir()
    written = give("notice", "request", "bao", "--to", str(stick))
    assert written.output.strip() == str(stick / "notice-bao.request.json")
    declined = elsewhere("minh")(stick / "notice-bao.request.json", answer="n\n")
    assert declined.exit_code == 1
    for person in ("minh", "hoa"):
        shown = elsewhere(person)(stick / "notice-bao.request.json")
        assert shown.exit_code == 0, shown.output
        for said in ("storm", "cha-lo", "lao-bao", "lan", "31"):
            assert said in shown.output
        assert ledger.Notice.objects.get().fingerprint in shown.output
        answer = str(tmp_path / person / f"notice-bao.{person}.sig.json")
        taken = give("notice", "approve", "bao", "--signature", answer)
        assert taken.exit_code == 0, taken.output
    assert "2/2 (minh, hoa)" in taken.output

    for command, shown_then in (
        (("release", "bao", "--until", UNTIL), ["storm"]),
        (("end", "bao"), None),
    ):
        out = ("--as", "minh", "--to", str(stick))
        begun = give("notice", *command, *out, answer="y\n")
        assert begun.exit_code == 0, begun.output
        name = ledger.Edition.objects.order_by("-pk")[0].name
        assert "0/2" in begun.output
        assert f"approve {name} --signature {name}." in begun.output
        assert "hoa, minh" in begun.output
        own = give("notice", command[0], "bao", "--as", "lan")  # who prepared it
        assert isinstance(own.exception, OwnSubmission)
        for person in ("hoa", "minh"):
            assert elsewhere(person)(stick / f"{name}.request.json").exit_code == 0
            answer = str(tmp_path / person / f"{name}.{person}.sig.json")
            wrong = give("notice", "approve", "bao", "--signature", answer)
            assert isinstance(wrong.exception, OtherRequest)
            taken = give("approve", name, "--signature", answer)
            assert taken.exit_code == 0, taken.output
        if shown_then:
            assert titles(live("cha-lo")) == shown_then  # published by the second signature
    assert len(titles(live("cha-lo"))) == 3
    assert give("audit", "verify").exit_code == 0


def test_a_withdrawal_writes_at_once_what_is_signed_elsewhere(
    give: Command, elsewhere: Callable[[str], Command], tmp_path: Path
) -> None:
    month = ledger.Edition.objects.get().name
    words = ("--asset", asset("wrong"), "--as", "lan", "--reason", "nhầm", "--to", str(tmp_path))
    asked = give("withdraw", month, *words)
    assert asked.exit_code == 0, asked.output
    name = ledger.Edition.objects.order_by("-pk")[0].name
    assert str(tmp_path / f"{name}.request.json") in asked.output.replace("\n", "")
    elsewhere("minh")(tmp_path / f"{name}.request.json")
    signature = str(tmp_path / "minh" / f"{name}.minh.sig.json")
    assert "1/2" in give("approve", name, "--signature", signature).output


def test_a_request_for_a_notice_changed_on_the_way_is_not_signed(
    give: Command, elsewhere: Callable[[str], Command], tmp_path: Path
) -> None:
    give("notice", "prepare", "bao", "--asset", asset("storm"), "--as", "lan")
    give("notice", "request", "bao", "--to", str(tmp_path))
    file = tmp_path / "notice-bao.request.json"
    for old, new in (
        ("storm", "calm"),
        ("notice-1", "notice-2"),
        ('"kind":"notice"', '"kind":"edition"'),
    ):
        changed = tmp_path / "changed.request.json"
        changed.write_text(file.read_text().replace(old, new))
        told = elsewhere("minh")(changed)
        if old == "storm":  # another notice, shown as what it is, that the hub does not take
            assert "calm" in told.output
            answer = str(tmp_path / "minh" / "notice-bao.minh.sig.json")
            given = give("notice", "approve", "bao", "--signature", answer)
            assert isinstance(given.exception, NoticeSignedOtherwise)
        else:
            assert isinstance(told.exception, (BadRequest, NotTheClusters))
    assert isinstance(give("keys", "apply", str(file), str(file)).exception, BadRequest)


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
            assert gone["name"] == "wrong"
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
    early = give("approve", "2999-01-khan-1", "--as", "minh")  # refused before anything is asked
    assert isinstance(early.exception, NotSubmitted)
    dropped = give("drop", "2999-01-khan-1", "--as", "lan", "--reason", "thừa")
    assert dropped.exit_code == 0
    assert t("đã bỏ", "dropped") in dropped.output
    assert t("đã bỏ", "dropped") in give("status").output
    assert ledger.Edition.objects.get(name="2999-01-khan-1").state == "withdrawn"


def test_a_correct_clip_takes_the_place_of_a_wrong_one_by_a_command(give: Command) -> None:
    wrong, good = (ledger.Asset.objects.get(name=name).pk for name in ("wrong", "good"))
    drafted = give("assemble", "2027-01")
    assert drafted.exit_code == 0
    done = give("replace", wrong[:10], good[:10], "--as", "lan")
    assert done.exit_code == 0
    assert "2027-01" in done.output
    shown = ledger.Edition.called("2027-01").shown()
    assert good in shown
    assert wrong not in shown
    refused = give("replace", wrong[:10], good[:4] + "zz", "--as", "lan")
    assert refused.exit_code == 1
