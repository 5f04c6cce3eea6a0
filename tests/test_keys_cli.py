"""The keys' commands, as the page tells a department to give them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cluster_feed.adapters import keys
from cluster_feed.adapters.feed import Feed
from cluster_feed.cli import app
from cluster_feed.core.errors import (
    AlreadyFounded,
    BadAnswer,
    BadPersonName,
    BadRequest,
    KeyOfAnother,
    KeysExist,
    KeysMissing,
    NotACharter,
    NotAnApprover,
    OtherMedia,
    OtherRoot,
    OwnSubmission,
    TooFewLeaders,
    WrongPassphrase,
    WrongSignature,
)
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace
from tests.material import admit
from tests.trust import keep

Command = Callable[..., Result]

PASSPHRASE = "một mật khẩu thật dài"  # noqa: S105  of keys that live for one test


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER_FEED_PASSPHRASE", PASSPHRASE)
    monkeypatch.setattr(keys, "KDF_ROUNDS", 1)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Somebody's own machine: no workspace."""
    machine = tmp_path / "own machine"
    machine.mkdir()
    monkeypatch.chdir(machine)

    def command(*words: str | Path, answer: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], input=answer)

    return command


@pytest.fixture
def hub(
    tmp_path: Path, own: Command, database: None, ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """A hub after a ceremony with three sticks; Minh's key was made elsewhere."""
    monkeypatch.setenv("CLUSTER_FEED_DATABASE_URL", ledger_url)
    root = Workspace.create(tmp_path / "hub").root

    def command(*words: str | Path, answer: str | None = None) -> Result:
        return own("-w", root, *words, answer=answer)

    sticks = [tmp_path / f"usb{nth}" for nth in (1, 2, 3)]
    for stick in sticks:
        stick.mkdir()
    own("keys", "make", "minh.pem", "--for", "minh")
    people = ("--approver", "lan", "--approver", "minh=minh.pub", "--approver", "hoa")
    roots = [word for stick in sticks for word in ("--root", stick)]
    held = command("keys", "init", *people, *roots)
    assert held.exit_code == 0, held.output
    assert "minh" in held.output
    return command


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "hub"


def live(root: Path) -> Feed:
    return Feed(root / "feed")


def test_the_leaders_keys_go_straight_to_three_sticks(
    hub: Command, root: Path, tmp_path: Path
) -> None:
    for nth in (1, 2, 3):
        (key,) = (tmp_path / f"usb{nth}").iterdir()
        assert key.name == f"root-{nth}.pem"
        keys.signer(key, PASSPHRASE)
    on_the_hub = {path.name for path in (root / "keys").rglob("*") if path.is_file()}
    assert on_the_hub == {"online.pem", "hub_ed25519", "hub_ed25519.pub", "lan.pem", "hoa.pem"}
    shown = hub("keys", "show").output
    assert all(name in shown for name in ("lan", "minh", "hoa", "lao-bao"))
    code = keys.code(keys.public_key(Path("minh.pub"), "minh").keyid)
    assert code in shown
    assert "PRIVATE" not in shown


@pytest.mark.parametrize("folders", [("usb1",), ("usb1", "usb1", "usb2"), ("usb1", "usb2", "gone")])
def test_sticks_that_are_not_three_are_asked_for_before_any_key_is_made(
    own: Command, database: None, ledger_url: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, folders: tuple[str, ...],
) -> None:  # fmt: skip
    monkeypatch.setenv("CLUSTER_FEED_DATABASE_URL", ledger_url)
    root = Workspace.create(tmp_path / "hub").root
    for nth in (1, 2):
        (tmp_path / f"usb{nth}").mkdir()
    roots = [word for name in folders for word in ("--root", tmp_path / name)]
    said = own("-w", root, "keys", "init", "--approver", "lan", "--approver", "minh", *roots)
    assert said.exit_code == 2
    assert not (root / "keys").exists()


def test_an_approver_signs_an_edition_on_a_machine_of_their_own(
    hub: Command, own: Command, root: Path
) -> None:
    admit(Workspace.load(root), "Phiên chợ [vùng cao]\x1b[2J")
    hub("assemble", "2026-11")
    hub("submit", "2026-11", "--as", "lan")
    written = hub("request", "2026-11")
    assert written.exit_code == 0
    asked = Path("2026-11.request.json")
    declined = own("sign", asked, "--key", "minh.pem", answer="n\n")
    assert declined.exit_code == 1
    assert not Path("2026-11.minh.sig.json").exists()
    said = own("sign", asked, "--key", "minh.pem", answer="y\n")
    assert said.exit_code == 0, said.output
    edition = ledger.Edition.objects.get()
    assert edition.fingerprint in said.output
    assert "Phiên chợ [vùng cao]" in said.output
    assert "\x1b" not in said.output
    taken = hub("approve", "2026-11", "--signature", "2026-11.minh.sig.json")
    assert "(minh)" in taken.output
    hub("approve", "2026-11", "--as", "hoa", "--seen", edition.fingerprint)
    assert ledger.Edition.objects.get().state == "approved"


def film(root: Path) -> None:
    """Give the store a file for every rendition that the ledger knows."""
    store = Workspace.load(root).store
    for row in ledger.Rendition.objects.select_related("asset"):
        keep(store, f"{row.asset.name} {row.profile}".encode())


@pytest.fixture
def asked(hub: Command, root: Path) -> Path:
    """An edition to be signed, on a stick with the files that it shows."""
    admit(Workspace.load(root), "Phiên chợ vùng cao")
    film(root)
    hub("assemble", "2026-11")
    hub("submit", "2026-11", "--as", "lan")
    given = hub("request", "2026-11", "--media")
    assert given.exit_code == 0, given.output
    assert "2026-11.media" in given.output
    return Path("2026-11.request.json")


def test_an_approver_looks_at_the_very_files_before_signing(own: Command, asked: Path) -> None:
    said = own("sign", asked, "--key", "minh.pem", answer="có\n")
    assert said.exit_code == 0, said.output
    films = sorted(Path("2026-11.media").glob("*.mp4"))
    assert films
    assert f"{len(films)} tệp" in said.output
    page = Path("2026-11.media/XEM.html").resolve()
    assert str(page) in said.output.replace("\n", "")
    assert all(f'src="{film.name}"' in page.read_text(encoding="utf-8") for film in films)
    assert "CHƯA XEM" not in said.output
    assert Path("2026-11.minh.sig.json").exists()


def test_one_other_byte_in_one_file_and_nothing_is_signed(own: Command, asked: Path) -> None:
    elsewhere = Path("usb")
    Path("2026-11.media").rename(elsewhere)
    last = max(elsewhere.iterdir())
    last.write_bytes(last.read_bytes()[:-1] + b"!")
    refused = own("sign", asked, "--key", "minh.pem", "--media", elsewhere, answer="có\n")
    assert isinstance(refused.exception, OtherMedia)
    assert refused.exception.facts["file"] == str(last)
    assert not list(Path().glob("*.sig.json"))
    assert not (elsewhere / "XEM.html").exists()


def test_who_signs_without_the_files_is_told_in_both_languages_and_asked(
    own: Command, asked: Path
) -> None:
    Path("2026-11.media").rename("gone")
    for answer in ("không\n", ""):
        declined = own("sign", asked, "--key", "minh.pem", answer=answer)
        assert declined.exit_code == 1
        assert "CHƯA XEM" in declined.output
        assert "NOT LOOKED AT" in declined.output
        assert "Ký mà CHƯA XEM?" in declined.output
        assert not Path("2026-11.minh.sig.json").exists()
    said = own("sign", asked, "--key", "minh.pem", "--unseen", answer="có\n")
    assert said.exit_code == 0, said.output
    assert "NOT LOOKED AT" in said.output
    assert "Ký mà CHƯA XEM?" not in said.output
    assert Path("2026-11.minh.sig.json").exists()


def test_a_change_of_keys_asks_approvers_to_look_and_leaders_to_compare(
    hub: Command, own: Command, root: Path, tmp_path: Path, asked: Path
) -> None:
    own("sign", asked, "--key", "minh.pem", answer="có\n")
    hub("approve", "2026-11", "--signature", "2026-11.minh.sig.json")
    edition = ledger.Edition.objects.get()
    hub("approve", "2026-11", "--as", "hoa", "--seen", edition.fingerprint)
    ledger.Edition.objects.update(urgent=True)  # it goes out at once
    assert hub("publish").exit_code == 0
    kept = tmp_path / "usb1/root.json"
    kept.write_bytes((root / "feed/metadata/root.json").read_bytes())

    hub("keys", "change", "--revoke", "hoa", "--to", tmp_path, "--media")
    change = tmp_path / "trust-2.request.json"
    assert len(list((tmp_path / "trust-2.media").iterdir())) == len(
        list(Path("2026-11.media").glob("*.mp4"))
    )
    leader = ("sign", change, "--key", tmp_path / "usb1/root-1.pem")
    assert "tờ giấy" in own(*leader, answer="không\n").output
    (tmp_path / "trust-2.media").rename(tmp_path / "gone")
    said = own(*leader, "--root", kept, answer="có\n")
    assert said.exit_code == 0, said.output
    assert "theo bản 1 của bạn" in said.output
    assert "CHƯA XEM" not in said.output
    blind = own("sign", change, "--key", "minh.pem", answer="không\n")
    assert "Ký mà CHƯA XEM?" in blind.output
    assert not (tmp_path / "trust-2.minh.sig.json").exists()


def test_a_leader_signs_no_change_of_what_their_own_copy_does_not_lead_to(
    hub: Command, own: Command, root: Path, tmp_path: Path
) -> None:
    hub("keys", "change", "--to", tmp_path)
    asked = tmp_path / "trust-2.request.json"
    live_root = (root / "feed/metadata/root.json").read_text()
    mine = tmp_path / "usb1/root.json"
    mine.write_text(live_root.replace(live(root).charter().online.keyid, "0" * 64))
    refused = own("sign", asked, "--key", tmp_path / "usb1/root-1.pem", "--root", mine)
    assert isinstance(refused.exception, OtherRoot)
    mine.write_bytes((root / "feed/metadata/timestamp.json").read_bytes())
    wrong = own("sign", asked, "--key", tmp_path / "usb1/root-1.pem", "--root", mine)
    assert isinstance(wrong.exception, NotACharter)
    assert not list(tmp_path.glob("*.sig.json"))


def test_a_copy_of_root_is_for_changes_of_keys_alone(own: Command, root: Path, asked: Path) -> None:
    copy = root / "feed/metadata/root.json"
    said = own("sign", asked, "--key", "minh.pem", "--root", copy, answer="có\n")
    assert said.exit_code == 2
    assert not list(Path().glob("*.sig.json"))


def test_the_submitter_and_a_changed_edition_are_refused_wherever_it_was_signed(
    hub: Command, own: Command, root: Path, tmp_path: Path
) -> None:
    admit(Workspace.load(root), "clip")
    hub("assemble", "2026-11")
    hub("submit", "2026-11", "--as", "minh")
    hub("request", "2026-11", "--to", tmp_path)
    own("sign", tmp_path / "2026-11.request.json", "--key", "minh.pem", answer="y\n")
    signature = tmp_path / "2026-11.minh.sig.json"
    refused = hub("approve", "2026-11", "--signature", signature)
    assert isinstance(refused.exception, OwnSubmission)
    hub("return", "2026-11", "--as", "lan", "--reason", "x")
    hub("submit", "2026-11", "--as", "lan")
    voided = hub("approve", "2026-11", "--signature", signature)
    assert isinstance(voided.exception, WrongSignature)
    assert not ledger.Signature.objects.exists()
    assert hub("approve", "2026-11").exit_code == 2


def test_a_key_is_revoked_by_two_leaders_on_their_own_machines(
    hub: Command, own: Command, root: Path, tmp_path: Path
) -> None:
    asked = tmp_path / "trust-2.request.json"
    hub("keys", "change", "--add", "dung", "--revoke", "hoa", "--to", tmp_path)
    assert own("sign", asked, "--key", tmp_path / "usb1/root-1.pem", answer="y\n").exit_code == 0
    few = hub("keys", "apply", asked, tmp_path / "trust-2.root-1.sig.json")
    assert isinstance(few.exception, TooFewLeaders)
    said = own("sign", asked, "--key", tmp_path / "usb3/root-3.pem", answer="y\n")
    assert "hoa" in said.output
    done = hub("keys", "apply", asked, *sorted(tmp_path.glob("trust-2.*.sig.json")))
    assert done.exit_code == 0, done.output
    assert set(live(root).approvers("la-lay")) == {"lan", "minh", "dung"}
    assert (root / "keys/approvers/dung.pem").exists()
    assert hub("audit", "verify").exit_code == 0


def test_a_leaders_lost_key_is_replaced_from_a_file(
    hub: Command, own: Command, root: Path, tmp_path: Path
) -> None:
    own("keys", "make", "root-2.pem", "--for", "root-2")
    hub("keys", "change", "--replace-root", "2=root-2.pub", "--to", tmp_path)
    asked = tmp_path / "trust-2.request.json"
    for nth in (1, 3):
        own("sign", asked, "--key", tmp_path / f"usb{nth}/root-{nth}.pem", answer="y\n")
    done = hub("keys", "apply", asked, *sorted(tmp_path.glob("trust-2.*.sig.json")))
    assert done.exit_code == 0, done.output
    new = keys.public_key(Path("root-2.pub"), "root-2")
    assert live(root).charter().root_keys[1] == new


def test_after_a_theft_the_hub_gets_new_keys_of_its_own(
    hub: Command, own: Command, root: Path, tmp_path: Path
) -> None:
    before = (root / "keys/online.pem").read_bytes(), (root / "keys/hub_ed25519").read_bytes()
    line = hub("keys", "new-ssh").output
    assert (root / "keys/hub_ed25519.pub").read_text().strip() in line
    hub("keys", "change", "--new-online", "--to", tmp_path)
    asked = tmp_path / "trust-2.request.json"
    for nth in (2, 3):
        own("sign", asked, "--key", tmp_path / f"usb{nth}/root-{nth}.pem", answer="y\n")
    hub("keys", "apply", asked, *sorted(tmp_path.glob("trust-2.*.sig.json")))
    after = (root / "keys/online.pem").read_bytes(), (root / "keys/hub_ed25519").read_bytes()
    assert not set(before) & set(after)
    assert hub("publish").exit_code == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("keys", "make", "x.pem", "--for", "Minh"), BadPersonName),
        (("keys", "make", "minh.pem", "--for", "minh"), KeysExist),
        (("sign", "minh.pub", "--key", "minh.pem"), BadRequest),
    ],
)
def test_a_slip_on_ones_own_machine_is_told(
    hub: Command, own: Command, words: tuple[str, ...], reason: type[Exception]
) -> None:
    assert isinstance(own(*words).exception, reason)


def test_slips_on_the_hub_are_told(hub: Command, own: Command, tmp_path: Path) -> None:
    for words, reason in (
        (("keys", "change", "--add", "dung=minh.pub"), KeyOfAnother),
        (("keys", "change", "--revoke", "dung"), NotAnApprover),
        (("keys", "init", "--approver", "lan", "--approver", "hoa"), AlreadyFounded),
        (("keys", "apply", "minh.pub", "minh.pub"), BadRequest),
    ):
        assert isinstance(hub(*words).exception, reason), words
    hub("keys", "change", "--to", tmp_path)
    asked = tmp_path / "trust-2.request.json"
    assert isinstance(hub("keys", "apply", asked, asked).exception, BadAnswer)
    assert hub("keys", "change", "--replace-root", "x=minh.pub").exit_code == 2
    assert hub("keys", "change", "--add", "dung", "--add", "dung").exit_code == 2
    assert own("sign", asked, "--key", "nowhere.pem", answer="y\n").exit_code == 2


def test_people_are_asked_in_their_own_language_and_may_answer_in_it(
    hub: Command, own: Command, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub("keys", "change", "--add", "dung", "--to", root)
    asked = root / "trust-2.request.json"
    key = ("--key", root.parent / "usb1/root-1.pem")
    for no in ("", "không", "n", "được không"):
        stopped = own("sign", asked, *key, answer=f"{no}\n")
        assert stopped.exit_code == 1
        assert "Đã dừng" in stopped.output
    for yes in ("có", "Có", "co\u0301", "y"):
        assert own("sign", asked, *key, answer=f"{yes}\n").exit_code == 0
    monkeypatch.delenv("CLUSTER_FEED_PASSPHRASE")
    typed = ("ngắn", PASSPHRASE, "khác hẳn lần đầu", PASSPHRASE, PASSPHRASE)
    said = own("keys", "make", "mai.pem", "--for", "mai", answer="\n".join((*typed, "")))
    assert said.exit_code == 0, said.output
    assert "Gõ lại lần nữa" in said.output
    assert "Hai lần gõ khác nhau" in said.output
    assert "quá ngắn" in said.stderr
    keys.signer(Path("mai.pem"), PASSPHRASE)


def test_a_wrong_passphrase_signs_nothing(
    hub: Command, own: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub("keys", "change", "--to", tmp_path)
    asked = tmp_path / "trust-2.request.json"
    monkeypatch.setenv("CLUSTER_FEED_PASSPHRASE", "một mật khẩu khác hẳn")
    refused = own("sign", asked, "--key", tmp_path / "usb1/root-1.pem", answer="y\n")
    assert isinstance(refused.exception, WrongPassphrase)
    assert not list(tmp_path.glob("*.sig.json"))


def test_before_the_ceremony_there_is_nothing_to_show_or_change(
    own: Command, tmp_path: Path, database: None, ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTER_FEED_DATABASE_URL", ledger_url)
    root = Workspace.create(tmp_path / "hub").root
    for words in (("show",), ("change",)):
        assert isinstance(own("-w", root, "keys", *words).exception, KeysMissing)


@pytest.mark.parametrize(
    ("page", "commands"),
    [
        ("keys.vi.md", 20),
        ("keys.en.md", 20),
        ("urgent.vi.md", 15),
        ("urgent.en.md", 15),
        ("clips.vi.md", 4),
        ("clips.en.md", 4),
    ],
)
def test_what_the_page_tells_to_do_are_commands_that_there_are(
    own: Command, page: str, commands: int
) -> None:
    text = (Path(__file__).parents[1] / "docs" / page).read_text(encoding="utf-8")
    told = re.findall(r"cluster-feed ((?:keys |notice |profile )?[a-z-]+)([^`\n#]*)", text)
    assert len(told) > commands
    for command, rest in told:
        helped = own(*command.split(), "--help")
        assert helped.exit_code == 0, command
        options = re.findall(r"--[a-z-]+", rest)
        assert all(option in helped.output for option in options), (command, options)


def test_both_pages_tell_the_same_commands() -> None:
    docs = Path(__file__).parents[1] / "docs"
    pages = [(docs / f"keys.{tongue}.md").read_text(encoding="utf-8") for tongue in ("vi", "en")]
    told = [sorted(re.findall(r"cluster-feed [^`#\n]*[^`#\s]", page)) for page in pages]
    assert told[0] == told[1]
