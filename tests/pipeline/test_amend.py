"""Every case of a lost or stolen key, the whole way: request, signatures, feed, a real screen."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner, Key, Signer
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Timestamp

from cluster_feed.adapters import keys, request
from cluster_feed.adapters.feed import Feed
from cluster_feed.adapters.request import Answer, TrustRequest
from cluster_feed.core.errors import (
    AlreadyAnApprover,
    BadPersonName,
    ChangeOutdated,
    FeedError,
    FeedRefused,
    NotACharter,
    NotAnApprover,
    NotAsked,
    NotDelegated,
    OtherRequest,
    SameKeyTwice,
    TooFewApprovers,
    TooFewLeaders,
    WeakPassphrase,
    WrongKey,
    WrongSignature,
)
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import amend, approve, check, publish, status
from cluster_feed.pipeline.amend import Change
from cluster_feed.screen.agent import Agent, commission
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.workspace import Workspace
from tests.office import LEADERS, PEOPLE, approve_by, approved, draft, opened
from tests.trust import NOW, PowerCutError, power_cut, push

pytestmark = pytest.mark.usefixtures("database")

ABROAD = "mật khẩu trên máy riêng"
FAST_FORWARD = 10**9


class Gate:
    """Lao Bảo's node and its screen."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace, self.node = workspace, folder / "node"
        self.feed = Feed(workspace.feed)
        self.config = ScreenConfig(
            cluster="lao-bao",
            screen="led",
            profile="lcd-1080p",
            gate="Lao Bảo",
            source=str(self.node),
            state=folder / "state",
            reserve_mib=1,
        )
        root = (workspace.feed / "metadata" / "1.root.json").read_bytes()
        commission(self.config, root, 1, NOW)

    def pull(self) -> int:
        """Deliver, pull, and tell which edition plays."""
        push(self.feed, self.workspace.store, "lao-bao", self.node)
        return self.pull_only()

    def pull_only(self) -> int:
        """Which edition of the month plays afterwards, counted from 1."""
        return Agent(self.config).pull(NOW).number % 1000


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return opened(tmp_path / "hub")


@pytest.fixture
def gate(workspace: Workspace, tmp_path: Path) -> Gate:
    """A gate that plays edition 1, signed by An and Bình."""
    show(workspace, "2026-01")
    gate = Gate(workspace, tmp_path)
    assert gate.pull() == 1
    return gate


def show(workspace: Workspace, name: str) -> None:
    approved(workspace, name, urgent=True)
    assert publish.run(workspace, NOW) == [name]


def leader(workspace: Workspace, nth: int) -> Signer:
    return keys.signer(workspace.keys / f"root-{nth}.pem", LEADERS[nth - 1])


def approver(workspace: Workspace, person: str, passphrase: str = "") -> Signer:
    path = workspace.keys / "approvers" / f"{person}.pem"
    return keys.signer(path, passphrase or PEOPLE[person])


def signed(asked: TrustRequest, signers: Mapping[str, Signer], folder: Path) -> list[Answer]:
    """Carry the request to each signer's machine and their signatures back, as files."""
    answers = []
    for person, signer in signers.items():
        machine = folder / f"machine of {person}"
        machine.mkdir(exist_ok=True)
        there = request.read(request.write(machine, asked, asked.name))
        written = request.write(machine, request.answer(there, person, signer), there.name)
        answers.append(request.read_answer(written))
    return answers


def leaders(workspace: Workspace, *numbers: int) -> dict[str, Signer]:
    return {f"root-{nth}": leader(workspace, nth) for nth in numbers}


def settle(
    workspace: Workspace, change: Change, folder: Path, signers: Mapping[str, Signer] | None = None
) -> TrustRequest:
    """Make a change with the first two leaders' signatures, or those of others."""
    asked = amend.propose(workspace, NOW, change)
    who = leaders(workspace, 1, 2) if signers is None else signers
    assert amend.apply(workspace, NOW, asked, signed(asked, who, folder)) == []
    return asked


def handed_in(folder: Path, person: str) -> tuple[Signer, Key]:
    """A key that a person makes on a machine of their own, and what the hub gets of it."""
    made = keys.create(folder / f"{person}.pem", ABROAD)
    keys.write_public(folder / f"{person}.pub", person, made)
    public = keys.public_key(folder / f"{person}.pub", person)
    return keys.signer(folder / f"{person}.pem", ABROAD), public


# --- Approvers come and go ---------------------------------------------------------------------


def test_a_new_approver_whose_key_never_was_on_the_hub_approves(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    signer, public = handed_in(tmp_path, "dung")
    settle(workspace, Change(add={"dung": public}), tmp_path)
    assert gate.pull() == 1
    draft(workspace, "2026-02", urgent=True)
    approve.submit(workspace, NOW, "2026-02", "duong")
    asked = approve.request(workspace, NOW, "2026-02")
    approve.import_signature(workspace, NOW, "2026-02", request.answer(asked, "dung", signer))
    approve_by(workspace, "2026-02", "chi")
    publish.run(workspace, NOW)
    assert gate.pull() == 2


def test_a_new_approver_may_have_the_key_on_the_hub(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    settle(workspace, Change(add={"dung": ABROAD}), tmp_path)
    names = sorted(path.name for path in (workspace.keys / "approvers").iterdir())
    assert names == ["an.pem", "binh.pem", "chi.pem", "dung.pem"]
    draft(workspace, "2026-02", urgent=True)
    approve.submit(workspace, NOW, "2026-02", "duong")
    seen = ledger.Edition.objects.get(name="2026-02").fingerprint
    approve.approve(workspace, NOW, "2026-02", "dung", seen, ABROAD)
    approve_by(workspace, "2026-02", "chi")
    publish.run(workspace, NOW)
    assert gate.pull() == 2


def test_an_approver_who_leaves_and_signed_nothing_that_is_live_is_simply_gone(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    asked = settle(workspace, Change(revoke=["chi"]), tmp_path)
    assert set(asked.roles) == {"root", "targets"}
    assert gate.pull() == 1
    draft(workspace, "2026-02", urgent=True)
    approve.submit(workspace, NOW, "2026-02", "duong")
    with pytest.raises(NotAnApprover):
        approve_by(workspace, "2026-02", "chi")


def test_a_stolen_approvers_key_is_revoked_and_those_who_remain_sign_what_is_live(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    asked = amend.propose(workspace, NOW, Change(revoke=["an"]))
    assert set(asked.roles) == {"root", "targets", "lao-bao", "la-lay", "cha-lo"}
    remaining = {person: approver(workspace, person) for person in ("binh", "chi")}
    who = leaders(workspace, 1, 3) | remaining
    assert amend.apply(workspace, NOW, asked, signed(asked, who, tmp_path)) == []
    assert gate.pull() == 1
    assert Agent(gate.config).pull(NOW)[1:] == (False, 0, 0)
    show_with(workspace, "2026-02", "binh", "chi")
    assert gate.pull() == 2


def show_with(workspace: Workspace, name: str, *people: str) -> None:
    draft(workspace, name, urgent=True)
    approve.submit(workspace, NOW, name, "duong")
    for person in people:
        approve_by(workspace, name, person)
    assert publish.run(workspace, NOW) == [name]


def test_a_revocation_takes_effect_at_once_and_the_approvers_may_sign_later(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    asked = amend.propose(workspace, NOW, Change(revoke=["an"]))
    answers = signed(asked, leaders(workspace, 1, 2), tmp_path)
    lacking = amend.apply(workspace, NOW, asked, answers)
    assert {each.facts["cluster"] for each in lacking} == {"lao-bao", "la-lay", "cha-lo"}
    assert {(each.facts["valid"], each.facts["threshold"]) for each in lacking} == {("1", "2")}
    told = {each.problem.code for each in check.trust(workspace, NOW) if each.problem}
    assert told == {"ApproversGone"}
    gates = status.of(workspace, NOW).clusters
    assert {each.unapproved.code for each in gates if each.unapproved} == {"ApproversGone"}
    assert len(gates) == len(lacking)
    with pytest.raises(FeedRefused):
        gate.pull()
    assert (gate.config.current / "playlist.json").exists()

    (half,) = signed(asked, {"chi": approver(workspace, "chi")}, tmp_path)
    assert amend.apply(workspace, NOW, asked, [half]) == []
    assert gate.pull() == 1
    assert not [each for each in check.trust(workspace, NOW) if each.problem]
    root = Metadata.from_file(str(workspace.feed / "metadata" / "2.root.json"))
    assert len(root.signatures) == 2


def test_what_a_revoked_key_signs_afterwards_counts_nowhere(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    stolen = approver(workspace, "an")
    remaining = {person: approver(workspace, person) for person in ("binh", "chi")}
    settle(workspace, Change(revoke=["an"]), tmp_path, leaders(workspace, 1, 2) | remaining)
    gate.pull()
    draft(workspace, "2026-02", urgent=True)
    approve.submit(workspace, NOW, "2026-02", "duong")
    asked = approve.request(workspace, NOW, "2026-02")
    with pytest.raises(NotAnApprover):
        approve.import_signature(workspace, NOW, "2026-02", request.answer(asked, "an", stolen))


def test_a_lost_or_forgotten_approvers_key_is_replaced_and_signs_what_is_live_itself(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    signer, public = handed_in(tmp_path, "an")
    who = leaders(workspace, 2, 3) | {"an": signer}
    settle(workspace, Change(replace={"an": public}), tmp_path, who)
    assert gate.pull() == 1


def test_a_key_replaced_on_the_hub_takes_its_place_only_when_it_is_trusted(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    path = workspace.keys / "approvers" / "chi.pem"
    before = path.read_bytes()
    asked = amend.propose(workspace, NOW, Change(replace={"chi": ABROAD}))
    assert path.read_bytes() == before
    amend.apply(workspace, NOW, asked, signed(asked, leaders(workspace, 1, 2), tmp_path))
    assert approver(workspace, "chi", ABROAD).public_key == asked.charter.approvers["chi"]


def test_a_higher_threshold_asks_for_another_signature_on_what_is_live(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    who = leaders(workspace, 1, 2) | {"chi": approver(workspace, "chi")}
    settle(workspace, Change(threshold=3), tmp_path, who)
    assert gate.pull() == 1
    draft(workspace, "2026-02", urgent=True)
    approve.submit(workspace, NOW, "2026-02", "duong")
    approve_by(workspace, "2026-02", "an")
    assert approve_by(workspace, "2026-02", "binh").state == "submitted"
    assert approve_by(workspace, "2026-02", "chi").state == "approved"


# --- Leaders -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_lost_root_key_is_replaced_by_the_two_others(
    workspace: Workspace, gate: Gate, tmp_path: Path, lost: int
) -> None:
    others = {1, 2, 3} - {lost}
    signer, public = handed_in(tmp_path, f"root-{lost}")
    settle(workspace, Change(roots={lost: public}), tmp_path, leaders(workspace, *others))
    assert gate.pull() == 1
    nth = others.pop()
    who: dict[str, Signer] = {f"root-{lost}": signer, **leaders(workspace, nth)}
    settle(workspace, Change(), tmp_path, who)
    assert gate.pull() == 1
    asked = amend.propose(workspace, NOW, Change())
    alone = signed(asked, {f"root-{lost}": signer}, tmp_path)
    with pytest.raises(TooFewLeaders):
        amend.apply(workspace, NOW, asked, alone)


def test_the_old_key_of_a_leader_counts_for_what_was_and_not_for_what_will_be(
    workspace: Workspace, tmp_path: Path
) -> None:
    _, public = handed_in(tmp_path, "root-1")
    asked = amend.propose(workspace, NOW, Change(roots={1: public}))
    answers = signed(asked, leaders(workspace, 1, 2), tmp_path)
    with pytest.raises(TooFewLeaders) as refusal:
        amend.apply(workspace, NOW, asked, answers)
    assert refusal.value.facts["whose_en"] == "new"
    assert refusal.value.facts["missing"] == "root-1, root-3"
    answers += signed(asked, leaders(workspace, 3), tmp_path)
    assert amend.apply(workspace, NOW, asked, answers) == []


def test_a_screen_that_was_off_through_many_changes_follows_them_all(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    new: dict[int, Signer] = {}
    for nth in (1, 2, 3):
        signer, public = handed_in(tmp_path, f"root-{nth}")
        others = [each for each in (1, 2, 3) if each != nth][:2]
        who = {f"root-{each}": new.get(each) or leader(workspace, each) for each in others}
        settle(workspace, Change(roots={nth: public}), tmp_path, who)
        new[nth] = signer
    show(workspace, "2026-02")
    assert gate.pull() == 2
    assert Feed(workspace.feed).in_force().root.signed.version == 4


def test_expiries_are_renewed_in_time_because_check_tells(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    late = NOW + timedelta(days=5 * 365 - 89)
    told = [each.problem.code for each in check.trust(workspace, late) if each.problem]
    assert told == ["TrustExpires"]
    asked = amend.propose(workspace, late, Change())
    amend.apply(workspace, late, asked, signed(asked, leaders(workspace, 1, 2), tmp_path))
    assert not [each for each in check.trust(workspace, late) if each.problem]


# --- Clusters ----------------------------------------------------------------------------------


def test_a_new_gate_gets_its_role_and_one_that_is_gone_loses_it(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    documents = workspace.root / "playlists"
    text = (documents / "cha-lo.toml").read_text(encoding="utf-8")
    (documents / "nam-can.toml").write_text(text.replace('name = "cha-lo"', 'name = "nam-can"'))
    (documents / "cha-lo.toml").unlink()
    workspace = Workspace.load(workspace.root)
    settle(workspace, Change(clusters=True), tmp_path)
    assert gate.pull() == 1
    feed = Feed(workspace.feed)
    assert set(feed.approvers("nam-can")) == set(PEOPLE)
    with pytest.raises(NotDelegated):
        feed.approvers("cha-lo")
    draft(workspace, "2026-02", urgent=True, clusters=("lao-bao", "la-lay", "nam-can"))
    approve.submit(workspace, NOW, "2026-02", "duong")
    for person in ("an", "chi"):
        approve_by(workspace, "2026-02", person)
    assert publish.run(workspace, NOW) == ["2026-02"]
    assert gate.pull() == 2
    assert feed.tree("nam-can")


# --- A stolen hub ------------------------------------------------------------------------------


def forged(gate: Gate, online: CryptoSigner, version: int) -> None:
    """What a thief with the online key can write to a node: any snapshot and timestamp."""
    metadata = gate.node / "metadata"
    timestamp = Metadata[Timestamp].from_file(str(metadata / "timestamp.json"))
    number = timestamp.signed.snapshot_meta.version
    snapshot = Metadata[Snapshot].from_file(str(metadata / f"{number}.snapshot.json"))
    snapshot.signed.version = version
    snapshot.signed.expires = timestamp.signed.expires = NOW + timedelta(days=3650)
    snapshot.sign(online)
    content = snapshot.to_bytes()
    (metadata / f"{version}.snapshot.json").write_bytes(content)
    timestamp.signed.version = version
    timestamp.signed.snapshot_meta = MetaFile.from_data(version, content, ["sha256"])
    timestamp.sign(online)
    (metadata / "timestamp.json").write_bytes(timestamp.to_bytes())


def test_after_a_stolen_hub_screens_refuse_the_thief_and_take_the_new_hub(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    thief = keys.signer(workspace.keys / "online.pem", None)
    forged(gate, thief, FAST_FORWARD)
    assert gate.pull_only() == 1  # the old key is still believed, and can only say what is signed
    with pytest.raises(FeedRefused):
        gate.pull()  # the hub's own timestamp is older than the thief's

    fresh = {person: handed_in(tmp_path, person) for person in PEOPLE}
    replaced = {person: public for person, (_, public) in fresh.items()}
    who = leaders(workspace, 1, 2) | {person: signer for person, (signer, _) in fresh.items()}
    settle(workspace, Change(new_online=True, replace=replaced), tmp_path, who)
    assert keys.signer(workspace.keys / "online.pem", None).public_key != thief.public_key
    assert gate.pull() == 1

    forged(gate, thief, FAST_FORWARD + 1)
    with pytest.raises(FeedRefused):
        gate.pull_only()
    draft(workspace, "2026-02", urgent=True)
    approve.submit(workspace, NOW, "2026-02", "duong")
    asked = approve.request(workspace, NOW, "2026-02")
    for person in ("an", "chi"):
        answer = request.answer(asked, person, fresh[person][0])
        approve.import_signature(workspace, NOW, "2026-02", answer)
    assert publish.run(workspace, NOW) == ["2026-02"]
    assert gate.pull() == 2


def test_the_new_online_key_is_ready_before_it_is_trusted_and_the_hub_goes_on_meanwhile(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    asked = amend.propose(workspace, NOW, Change(new_online=True))
    show(workspace, "2026-02")
    assert gate.pull() == 2
    amend.apply(workspace, NOW, asked, signed(asked, leaders(workspace, 1, 2), tmp_path))
    show(workspace, "2026-03")
    assert gate.pull() == 3


def test_without_the_new_online_key_a_change_is_not_begun(
    workspace: Workspace, tmp_path: Path
) -> None:
    asked = amend.propose(workspace, NOW, Change(new_online=True))
    for waiting in workspace.keys.glob("online.*.pem"):
        waiting.unlink()
    with pytest.raises(WrongKey):
        amend.apply(workspace, NOW, asked, signed(asked, leaders(workspace, 1, 2), tmp_path))
    assert Feed(workspace.feed).in_force().root.signed.version == 1


def test_a_new_key_for_sftp_leaves_every_old_one_beside_it(workspace: Workspace) -> None:
    path = workspace.keys / "hub_ed25519"
    before = path.read_bytes()
    line = amend.new_ssh(workspace, NOW)
    again = amend.new_ssh(workspace, NOW)
    assert line != again
    assert path.with_name("hub_ed25519.pub").read_text() == again + "\n"
    assert path.read_bytes() != before == path.with_name("hub_ed25519.old").read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in workspace.keys.glob("hub*")) == [
        "hub_ed25519",
        "hub_ed25519.old",
        "hub_ed25519.old-2",
        "hub_ed25519.pub",
    ]


# --- A power cut, and doing it again -----------------------------------------------------------


@pytest.mark.parametrize("cut_after", range(9))
def test_a_power_cut_at_any_file_leaves_the_feed_as_it_was_or_as_it_should_be(
    workspace: Workspace,
    gate: Gate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cut_after: int,
) -> None:
    remaining = {person: approver(workspace, person) for person in ("binh", "chi")}
    asked = amend.propose(workspace, NOW, Change(revoke=["an"], new_online=True))
    answers = signed(asked, leaders(workspace, 1, 2) | remaining, tmp_path)
    with power_cut(monkeypatch, cut_after):
        try:
            amend.apply(workspace, NOW, asked, answers)
        except PowerCutError:
            assert cut_after < 8
    approvers = set(gate.feed.approvers("lao-bao"))
    assert approvers == ({"binh", "chi"} if cut_after >= 7 else set(PEOPLE))
    assert gate.pull() == 1
    assert amend.apply(workspace, NOW, asked, answers) == []
    assert ledger.Event.objects.filter(act="trust-change").count() == 1
    assert gate.pull() == 1
    show_with(workspace, "2026-02", "binh", "chi")
    assert gate.pull() == 2


def test_applying_again_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    asked = amend.propose(workspace, NOW, Change(add={"dung": ABROAD}, new_online=True))
    answers = signed(asked, leaders(workspace, 1, 2), tmp_path)
    amend.apply(workspace, NOW, asked, answers)
    before = {path: path.read_bytes() for path in workspace.root.rglob("*.json")}
    events = ledger.Event.objects.count()
    for again in (answers, answers[:1], []):
        assert amend.apply(workspace, NOW, asked, again) == []
    assert {path: path.read_bytes() for path in workspace.root.rglob("*.json")} == before
    assert ledger.Event.objects.count() == events
    assert audit.verify() == events


def test_a_change_that_another_overtook_is_made_again(workspace: Workspace, tmp_path: Path) -> None:
    slow = amend.propose(workspace, NOW, Change(revoke=["chi"]))
    settle(workspace, Change(add={"dung": ABROAD}), tmp_path)
    answers = signed(slow, leaders(workspace, 1, 2), tmp_path)
    with pytest.raises(ChangeOutdated):
        amend.apply(workspace, NOW, slow, answers)
    settle(workspace, Change(revoke=["chi"]), tmp_path)
    assert set(Feed(workspace.feed).approvers("la-lay")) == {"an", "binh", "dung"}


# --- What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Change(add={"an": ABROAD}), AlreadyAnApprover),
        (Change(add={"An": ABROAD}), BadPersonName),
        (Change(add={"../an": ABROAD}), BadPersonName),
        (Change(add={"dung": "ngắn"}), WeakPassphrase),
        (Change(replace={"dung": ABROAD}), NotAnApprover),
        (Change(revoke=["dung"]), NotAnApprover),
        (Change(revoke=["an", "an"]), NotACharter),
        (Change(revoke=["an"], replace={"an": ABROAD}), NotACharter),
        (Change(revoke=["an", "binh"]), TooFewApprovers),
        (Change(threshold=4), TooFewApprovers),
        (Change(threshold=5, add={"dung": ABROAD}, new_online=True), TooFewApprovers),
        (Change(revoke=["an", "binh"], replace={"chi": ABROAD}, new_online=True), TooFewApprovers),
    ],
)
def test_a_change_that_cannot_be_meant_is_not_proposed_and_leaves_no_key(
    workspace: Workspace, change: Change, reason: type[FeedError]
) -> None:
    before = sorted(workspace.keys.rglob("*"))
    with pytest.raises(reason):
        amend.propose(workspace, NOW, change)
    assert sorted(workspace.keys.rglob("*")) == before


def test_one_key_is_not_two_people(workspace: Workspace) -> None:
    for nobody in (approver(workspace, "an"), leader(workspace, 1)):
        with pytest.raises(SameKeyTwice):
            amend.propose(workspace, NOW, Change(add={"dung": nobody.public_key}))
    stranger = CryptoSigner.generate_ed25519().public_key
    with pytest.raises(NotACharter):
        amend.propose(workspace, NOW, Change(roots={4: stranger}))


@pytest.mark.parametrize("numbers", [(), (1,), (3,)])
def test_fewer_than_two_leaders_change_nothing(
    workspace: Workspace, tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    asked = amend.propose(workspace, NOW, Change(add={"dung": ABROAD}))
    people = {person: approver(workspace, person) for person in PEOPLE}
    with pytest.raises(NotAsked):
        signed(asked, people, tmp_path)
    answers = signed(asked, leaders(workspace, *numbers), tmp_path)
    with pytest.raises(TooFewLeaders):
        amend.apply(workspace, NOW, asked, answers * 2)
    assert Feed(workspace.feed).in_force().root.signed.version == 1


def test_a_signature_for_another_request_or_by_a_strangers_key_is_named(
    workspace: Workspace, tmp_path: Path
) -> None:
    asked = amend.propose(workspace, NOW, Change(revoke=["chi"]))
    other = amend.propose(workspace, NOW, Change(revoke=["an"]))
    answers = signed(other, leaders(workspace, 1, 2), tmp_path)
    with pytest.raises(OtherRequest):
        amend.apply(workspace, NOW, asked, answers)
    (right,) = signed(asked, leaders(workspace, 1), tmp_path)
    with pytest.raises(NotAsked):
        signed(asked, {"mallory": CryptoSigner.generate_ed25519()}, tmp_path)
    stolen = right.by["root"].model_copy(update={"keyid": "0" * 64})
    with pytest.raises(NotAsked):
        amend.apply(workspace, NOW, asked, [right.model_copy(update={"by": {"root": stolen}})])
    swapped = {"root": right.by["targets"], "targets": right.by["root"]}
    with pytest.raises(WrongSignature):
        amend.apply(workspace, NOW, asked, [right.model_copy(update={"by": swapped})])


def test_a_damaged_playlist_in_the_store_does_not_keep_a_stolen_key_trusted(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    playlist = (gate.config.current / "playlist.json").read_bytes()
    (path,) = (
        path for path in (workspace.root / "store").rglob("*")
        if path.is_file() and path.read_bytes() == playlist
    )  # fmt: skip
    path.unlink()
    asked = amend.propose(workspace, NOW, Change(revoke=["an"]))
    assert "lao-bao" not in asked.roles
    remaining = {person: approver(workspace, person) for person in ("binh", "chi")}
    answers = signed(asked, leaders(workspace, 1, 2) | remaining, tmp_path)
    (lacking,) = amend.apply(workspace, NOW, asked, answers)
    assert lacking.facts["cluster"] == "lao-bao"
    assert set(gate.feed.approvers("lao-bao")) == {"binh", "chi"}


def test_a_screen_commissioned_after_a_change_starts_from_the_newest_root(
    workspace: Workspace, gate: Gate, tmp_path: Path
) -> None:
    settle(workspace, Change(new_online=True), tmp_path)
    gate.pull()
    config = gate.config.model_copy(update={"state": tmp_path / "new screen"})
    root = (workspace.feed / "metadata" / "root.json").read_bytes()
    commission(config, root, 1, datetime.now(UTC))
    assert Agent(config).pull(NOW).number % 1000 == 1
