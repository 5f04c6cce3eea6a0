"""What is asked of a signer is what the signature will say, or nothing is signed."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner, Key
from tuf.api.metadata import Metadata, Root, TargetFile, Targets
from tuf.api.serialization.json import CanonicalJSONSerializer

from cluster_feed.adapters import request, role
from cluster_feed.adapters.charter import Charter, expiry
from cluster_feed.adapters.request import EditionRequest, InForce, NoticeRequest, TrustRequest
from cluster_feed.core.edition import fingerprint
from cluster_feed.core.errors import (
    BadAnswer,
    BadRequest,
    FeedError,
    NotACharter,
    NotAsked,
    NotTheClusters,
    OtherRoot,
    UnreadableDocument,
)
from cluster_feed.core.notice import Notice
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import canonical, digest
from tests.trust import CLUSTERS, NOW, House, found, playlist_of

EXPIRES = NOW + timedelta(days=60)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return found(tmp_path_factory.mktemp("house"))


def text(signed: Root | Targets) -> str:
    return CanonicalJSONSerializer().serialize(signed).decode()


def edition_request(*playlists: Playlist) -> EditionRequest:
    playlists = playlists or tuple(playlist_of(cluster, 7) for cluster in CLUSTERS)
    return EditionRequest(
        name="2026-11",
        made_at=NOW,
        roles={each.cluster: role.to_sign(each, EXPIRES).decode() for each in playlists},
        playlists={each.cluster: each.to_bytes().decode() for each in playlists},
    )


def trust_request(
    house: House,
    change: Callable[[Root, Targets], None] | None = None,
    playlist: Playlist | None = None,
) -> TrustRequest:
    """The same charter for longer, changed by an attacker's hand."""
    in_force, charter = house.feed.in_force(), house.feed.charter()
    root, targets = charter.root(2), charter.targets(2)
    if change:
        change(root, targets)
    playlists = {playlist.cluster: playlist} if playlist else {}
    return TrustRequest(
        name="trust-2",
        made_at=NOW,
        before=InForce(
            root=in_force.root.to_bytes().decode(), targets=in_force.targets.to_bytes().decode()
        ),
        roles={
            "root": text(root),
            "targets": text(targets),
            **{name: role.to_sign(each, EXPIRES).decode() for name, each in playlists.items()},
        },
        playlists={name: each.to_bytes().decode() for name, each in playlists.items()},
    )


def carried(asked: request.Request, folder: Path) -> request.Request:
    return request.read(request.write(folder, asked, asked.name))


# --- An edition --------------------------------------------------------------------------------


def test_an_edition_comes_through_a_file_and_is_signed_as_on_the_hub(
    house: House, tmp_path: Path
) -> None:
    asked = edition_request()
    again = carried(asked, tmp_path)
    assert again == asked
    assert again.digest == asked.digest
    assert isinstance(again, EditionRequest)
    playlists = {cluster: playlist_of(cluster, 7) for cluster in CLUSTERS}
    assert again.fingerprint == fingerprint(playlists)
    answer = request.answer(again, "an", house.people["an"])
    written = request.write(tmp_path, answer, again.name)
    assert written.name == "2026-11.an.sig.json"
    assert request.read_answer(written) == answer
    for cluster, signature in answer.by.items():
        to_sign = role.to_sign(playlists[cluster], EXPIRES)
        assert house.feed.check_signature(cluster, to_sign, signature.model_dump()) == "an"


def _another_clip(asked: dict[str, Any]) -> None:
    asked["playlists"]["lao-bao"] = playlist_of("lao-bao", 7, b"nice clip").to_bytes().decode()


def _another_number(asked: dict[str, Any]) -> None:
    asked["playlists"]["lao-bao"] = playlist_of("lao-bao", 8).to_bytes().decode()


def _another_cluster(asked: dict[str, Any]) -> None:
    asked["roles"]["lao-bao"] = asked["roles"]["la-lay"]


def _both_of_another_cluster(asked: dict[str, Any]) -> None:
    for part in ("roles", "playlists"):
        asked[part]["lao-bao"] = asked[part]["la-lay"]


def _hidden_playlist(asked: dict[str, Any]) -> None:
    del asked["playlists"]["lao-bao"]


def _spaced(asked: dict[str, Any]) -> None:
    asked["playlists"]["lao-bao"] += " "


def _more_targets(asked: dict[str, Any]) -> None:
    signed = Targets.from_dict(json.loads(asked["roles"]["lao-bao"]))
    signed.targets["lao-bao/evil.mp4"] = TargetFile.from_data("lao-bao/evil.mp4", b"evil")
    asked["roles"]["lao-bao"] = text(signed)


def _a_field_that_nobody_shows(asked: dict[str, Any]) -> None:
    signed = json.loads(asked["roles"]["lao-bao"])
    asked["roles"]["lao-bao"] = text(Targets.from_dict({**signed, "also": "this"}))


def _good_for_ever(asked: dict[str, Any]) -> None:
    signed = Targets.from_dict(json.loads(asked["roles"]["lao-bao"]))
    signed.expires = NOW + timedelta(days=36500)
    asked["roles"]["lao-bao"] = text(signed)


def _root_among_them(asked: dict[str, Any]) -> None:
    for part in ("roles", "playlists"):
        asked[part]["targets"] = asked[part]["lao-bao"]


def _deep(asked: dict[str, Any]) -> None:
    asked["roles"]["lao-bao"] = "[" * 200_000


def _surrogate(asked: dict[str, Any]) -> None:
    asked["roles"]["lao-bao"] = "\ud800"


def _of_another_kind(asked: dict[str, Any]) -> None:
    asked["kind"] = "trust"


def _numbers_apart(asked: dict[str, Any]) -> None:
    other = edition_request(playlist_of("cha-lo", 9))
    asked["roles"]["cha-lo"] = other.roles["cha-lo"]
    asked["playlists"]["cha-lo"] = other.playlists["cha-lo"]


@pytest.mark.parametrize(
    "spoil",
    [
        _another_clip,
        _another_number,
        _another_cluster,
        _both_of_another_cluster,
        _hidden_playlist,
        _spaced,
        _more_targets,
        _a_field_that_nobody_shows,
        _good_for_ever,
        _root_among_them,
        _deep,
        _surrogate,
        _of_another_kind,
        _numbers_apart,
        lambda asked: asked.update(name="../../etc/passwd"),
        lambda asked: asked.update(roles={}, playlists={}),
        lambda asked: asked.update(roles={"../x": "y"}),
        lambda asked: asked.update(more="x"),
        lambda asked: asked.update(format=2),
    ],
)
def test_an_edition_that_shows_one_thing_and_has_another_signed_is_refused(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None]
) -> None:
    asked = json.loads(edition_request().to_bytes())
    spoil(asked)
    path = tmp_path / "2026-11.request.json"
    path.write_text(json.dumps(asked))
    with pytest.raises((BadRequest, NotTheClusters)):
        request.read(path)


@pytest.mark.parametrize("number", [202712001, 10**9, 2**31 - 1, 2**70])
def test_a_number_of_months_to_come_is_refused_for_no_screen_goes_back(
    tmp_path: Path, number: int
) -> None:
    path = request.write(tmp_path, edition_request(playlist_of("lao-bao", number)), "2026-11")
    with pytest.raises(BadRequest, match=str(number)):
        request.read(path)


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        (datetime.max.replace(tzinfo=UTC), NotTheClusters),
        (datetime(9998, 12, 31, tzinfo=UTC), BadRequest),
    ],
)
def test_a_programme_at_the_end_of_time_is_refused(
    tmp_path: Path, ends: datetime, reason: type[FeedError]
) -> None:
    last = playlist_of("lao-bao", 7).model_copy(update={"show_until": ends})
    path = request.write(tmp_path, edition_request(last), "2026-11")
    with pytest.raises(reason):
        request.read(path)


# --- A notice ----------------------------------------------------------------------------------


def notice_request(**fields: object) -> NoticeRequest:
    entries = {cluster: playlist_of(cluster).entries for cluster in ("cha-lo", "lao-bao")}
    assets = tuple(entry.asset for entry in entries["lao-bao"])
    entries["cha-lo"] = tuple(
        each.model_copy(update={"asset": asset})
        for each, asset in zip(entries["cha-lo"], assets, strict=True)
    )
    given = {"name": "bao", "assets": assets, "prepared_by": "lan", "entries": entries, **fields}
    return NoticeRequest.of(Notice.model_validate(given), NOW)


def test_a_notice_comes_through_a_file_and_is_signed_as_on_the_hub(
    house: House, tmp_path: Path
) -> None:
    asked = notice_request()
    written = request.write(tmp_path, asked, asked.file_name)
    assert written.name == "notice-bao.request.json"
    again = request.read(written)
    assert again == asked
    assert isinstance(again, NoticeRequest)
    assert list(again.programmes()) == []
    answer = request.answer(again, "an", house.people["an"])
    signature = answer.by["notice"].model_dump()
    content = again.notice.to_bytes()
    assert house.feed.check_signature("lao-bao", content, signature) == "an"


def _another_text(asked: dict[str, Any]) -> None:
    # Other bytes for the same notice: a title twice, the last of which a reader takes.
    asked["roles"]["notice"] = asked["roles"]["notice"].replace(
        '"vi":"Quảng Trị"', '"vi":"Sai","vi":"Quảng Trị"'
    )


def _one_text_twice(asked: dict[str, Any]) -> None:
    asked["roles"]["notice"] = asked["roles"]["notice"].replace(
        '"vi":"Quảng Trị"', '"\u00e9":"x","e\u0301":"y"'
    )


def _changed_notice(asked: dict[str, Any], **changes: object) -> None:
    notice = json.loads(asked["roles"]["notice"]) | changes
    asked["roles"]["notice"] = canonical(notice).decode()


def _in_a_daypart(asked: dict[str, Any]) -> None:
    notice = json.loads(asked["roles"]["notice"])
    notice["entries"]["cha-lo"][0]["daypart"] = "dem"
    _changed_notice(asked, **notice)


def _an_edition_too(asked: dict[str, Any]) -> None:
    asked["roles"]["lao-bao"] = edition_request().roles["lao-bao"]


def _an_edition_instead(asked: dict[str, Any]) -> None:
    asked["roles"]["notice"] = edition_request().roles["lao-bao"]


@pytest.mark.parametrize(
    "spoil",
    [
        _another_text,
        _one_text_twice,
        _in_a_daypart,
        _an_edition_too,
        _an_edition_instead,
        lambda asked: _changed_notice(asked, name="lu"),
        lambda asked: _changed_notice(asked, assets=["a" * 64]),
        lambda asked: _changed_notice(asked, clusters=["cha-lo"]),
        lambda asked: _changed_notice(asked, also="this"),
        lambda asked: _changed_notice(asked, format="notice-2"),
        lambda asked: asked.update(name="lu"),
        lambda asked: asked.update(name="../bao"),
        lambda asked: asked.update(kind="edition"),
        lambda asked: asked.update(kind="trust"),
        lambda asked: asked.update(playlists={"lao-bao": "{}"}),
        lambda asked: asked.update(roles={"lao-bao": asked["roles"]["notice"]}),
        lambda asked: asked["roles"].update(notice="[" * 200_000),
        lambda asked: asked["roles"].update(notice="\ud800"),
        lambda asked: asked["roles"].update(notice=asked["roles"]["notice"] + " "),
    ],
)
def test_a_notice_that_shows_one_thing_and_has_another_signed_is_refused(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None]
) -> None:
    asked = json.loads(notice_request().to_bytes())
    spoil(asked)
    path = tmp_path / "notice-bao.request.json"
    path.write_text(json.dumps(asked))
    with pytest.raises((BadRequest, NotTheClusters)):
        request.read(path)


def test_no_edition_is_asked_for_with_the_bytes_of_a_notice(tmp_path: Path) -> None:
    asked = json.loads(edition_request().to_bytes())
    asked["roles"]["lao-bao"] = notice_request().roles["notice"]
    path = tmp_path / "2026-11.request.json"
    path.write_text(json.dumps(asked))
    with pytest.raises(NotTheClusters):
        request.read(path)


# --- A change of trust -------------------------------------------------------------------------


def test_a_renewal_comes_through_a_file_and_says_what_will_be(house: House, tmp_path: Path) -> None:
    asked = carried(trust_request(house), tmp_path)
    assert isinstance(asked, TrustRequest)
    assert asked.charter == house.feed.charter()
    leader, approver = house.root[0].public_key.keyid, house.people["an"].public_key.keyid
    assert asked.asks(leader) == ["root", "targets"]
    assert asked.asks(approver) == []
    with pytest.raises(NotAsked):
        request.answer(asked, "an", house.people["an"])


def test_approvers_are_asked_for_the_clusters_and_leaders_for_the_rest(
    house: House, tmp_path: Path
) -> None:
    playlist = playlist_of("lao-bao", 3)
    asked = carried(trust_request(house, playlist=playlist), tmp_path)
    assert asked.asks(house.people["an"].public_key.keyid) == ["lao-bao"]
    assert asked.asks(house.root[2].public_key.keyid) == ["root", "targets"]
    assert asked.asks(house.online.public_key.keyid) == []


MALLORY = CryptoSigner.generate_ed25519().public_key


def _a_target(root: Root, targets: Targets) -> None:
    targets.targets["lao-bao/playlist.json"] = TargetFile.from_data("x", b"evil")


def _threshold_of_root(root: Root, targets: Targets) -> None:
    root.roles["root"].threshold = 1


def _threshold_of_targets(root: Root, targets: Targets) -> None:
    root.roles["targets"].threshold = 1


def _another_key_for_targets(root: Root, targets: Targets) -> None:
    root.add_key(MALLORY, "targets")


def _two_online(root: Root, targets: Targets) -> None:
    root.add_key(MALLORY, "snapshot")


def _online_for_timestamp_only(root: Root, targets: Targets) -> None:
    root.add_key(MALLORY, "timestamp")


def _threshold_of_one_cluster(root: Root, targets: Targets) -> None:
    delegations(targets)["cha-lo"].threshold = 1


def _reach_of_one_cluster(root: Root, targets: Targets) -> None:
    delegations(targets)["cha-lo"].paths = ["*/*"]


def _not_terminating(root: Root, targets: Targets) -> None:
    delegations(targets)["cha-lo"].terminating = False


def _approver_of_one_cluster(root: Root, targets: Targets) -> None:
    targets.add_key(MALLORY, "cha-lo")


def _a_field(root: Root, targets: Targets) -> None:
    root.unrecognized_fields["also"] = "this"


def _no_snapshot(root: Root, targets: Targets) -> None:
    root.consistent_snapshot = False


def _expires_apart(root: Root, targets: Targets) -> None:
    targets.expires += timedelta(days=1)


def _skipped(root: Root, targets: Targets) -> None:
    root.version = 3


def _not_grown(root: Root, targets: Targets) -> None:
    targets.version = 1


def _no_delegation(root: Root, targets: Targets) -> None:
    targets.delegations = None


def delegations(targets: Targets) -> dict[str, Any]:
    assert targets.delegations
    assert targets.delegations.roles
    return targets.delegations.roles


def _a_cluster_that_is_a_top_role(root: Root, targets: Targets) -> None:
    rename(targets, "targets")


def _a_cluster_that_moves_the_cursor(root: Root, targets: Targets) -> None:
    rename(targets, "cha-lo\x1b[1A")


def rename(targets: Targets, name: str) -> None:
    role = delegations(targets).pop("cha-lo")
    role.name, role.paths = name, [f"{name}/*"]
    delegations(targets)[name] = role


def _one_key_under_two_names(root: Root, targets: Targets) -> None:
    """Of one person two keys would be two signatures."""
    roles = delegations(targets)
    first = roles["lao-bao"].keyids[0]
    assert targets.delegations
    key = targets.delegations.keys[first]
    again = Key.from_dict("f" * 64, {**key.to_dict(), "x-cluster-feed-person": "dung"})
    targets.delegations.keys["f" * 64] = again
    for each in roles.values():
        each.keyids.append("f" * 64)


@pytest.mark.parametrize(
    "change",
    [
        _a_target,
        _threshold_of_root,
        _threshold_of_targets,
        _another_key_for_targets,
        _two_online,
        _online_for_timestamp_only,
        _threshold_of_one_cluster,
        _reach_of_one_cluster,
        _not_terminating,
        _approver_of_one_cluster,
        _a_field,
        _no_snapshot,
        _expires_apart,
        _skipped,
        _not_grown,
        _no_delegation,
        _one_key_under_two_names,
        _a_cluster_that_is_a_top_role,
        _a_cluster_that_moves_the_cursor,
    ],
)
def test_a_change_that_does_more_than_it_can_show_is_refused(
    house: House, tmp_path: Path, change: Callable[[Root, Targets], None]
) -> None:
    asked = trust_request(house, change)
    with pytest.raises((BadRequest, NotACharter)):
        carried(asked, tmp_path)


def test_a_change_from_a_state_that_leaders_never_signed_is_refused(
    house: House, tmp_path: Path
) -> None:
    asked = trust_request(house)
    in_force = house.feed.in_force()
    one_root = dict(list(in_force.root.signatures.items())[:1])
    one_targets = dict(list(in_force.targets.signatures.items())[:1])
    for forged in (
        {"root": Metadata(in_force.root.signed, one_root).to_bytes().decode()},
        {"targets": Metadata(in_force.targets.signed, one_targets).to_bytes().decode()},
    ):
        before = asked.before.model_copy(update=forged)
        with pytest.raises(NotACharter):
            carried(asked.model_copy(update={"before": before}), tmp_path)
    swapped = InForce(root=asked.before.targets, targets=asked.before.root)
    with pytest.raises(NotACharter):
        carried(asked.model_copy(update={"before": swapped}), tmp_path)


def usurped(house: House) -> TrustRequest:
    """A hub's own state, in which the first leader still is one, and no change at all to it."""
    mine = (house.root[0], *(CryptoSigner.generate_ed25519() for _ in range(2)))
    charter = replace(house.feed.charter(), root_keys=tuple(key.public_key for key in mine))
    before = (Metadata(charter.root(1)), Metadata(charter.targets(1)))
    for metadata in before:
        for key in mine[1:]:
            metadata.sign(key, append=True)
    return TrustRequest(
        name="trust-2",
        made_at=NOW,
        before=InForce(root=before[0].to_bytes().decode(), targets=before[1].to_bytes().decode()),
        roles={"root": text(charter.root(2)), "targets": text(charter.targets(2))},
    )


def test_a_state_that_the_hub_made_up_is_told_by_a_leaders_own_copy(
    house: House, tmp_path: Path
) -> None:
    copy = tmp_path / "root.json"
    copy.write_bytes((house.feed.folder / "metadata" / "1.root.json").read_bytes())
    kept = request.read_root(copy)
    forged = carried(usurped(house), tmp_path)
    assert isinstance(forged, TrustRequest)
    assert list(forged.charter.changes_from(forged.charter_before)) == []
    assert forged.asks(house.root[0].public_key.keyid)
    with pytest.raises(OtherRoot):
        forged.make_sure_it_follows(kept)
    trust_request(house).make_sure_it_follows(kept)


def test_an_older_copy_will_do_while_enough_of_its_leaders_sign(house: House) -> None:
    kept = house.feed.in_force().root.signed
    for signers, follows in ((house.root[:2], True), (house.root[1:2], False)):
        later = Metadata(house.feed.charter().root(2))
        for key in signers:
            later.sign(key, append=True)
        before = trust_request(house).before.model_copy(update={"root": later.to_bytes().decode()})
        asked = trust_request(house).model_copy(update={"before": before})
        if follows:
            asked.make_sure_it_follows(kept)
        else:
            with pytest.raises(OtherRoot):
                asked.make_sure_it_follows(kept)
    older = trust_request(house)
    with pytest.raises(OtherRoot):
        older.make_sure_it_follows(house.feed.charter().root(2))


def test_an_old_list_of_approvers_under_the_present_root_is_refused(
    house: House, tmp_path: Path
) -> None:
    """Who was revoked meanwhile would be back without a word."""
    charter = house.feed.charter()
    root = Metadata(charter.root(2))
    for key in house.root:
        root.sign(key, append=True)
    asked = trust_request(house)
    before = asked.before.model_copy(update={"root": root.to_bytes().decode()})
    roles = {"root": text(charter.root(3)), "targets": text(charter.targets(2))}
    with pytest.raises(NotACharter):
        carried(asked.model_copy(update={"before": before, "roles": roles}), tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"signed": {"_type": "root"}}'])
def test_what_is_no_copy_of_root_is_refused(house: House, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "root.json"
    for wrong in (content, house.feed.in_force().targets.to_bytes()):
        path.write_bytes(wrong)
        with pytest.raises(NotACharter):
            request.read_root(path)


def test_a_programme_of_a_cluster_that_nobody_will_approve_is_refused(
    house: House, tmp_path: Path
) -> None:
    asked = trust_request(house, playlist=playlist_of("nam-can", 3))
    with pytest.raises(BadRequest):
        carried(asked, tmp_path)


# --- Files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"kind":"edition"}', b"[" * 100_000, b"\0" * 99],
)
def test_a_file_that_is_neither_request_nor_answer_is_refused(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(BadRequest):
        request.read(path)
    with pytest.raises(BadAnswer):
        request.read_answer(path)


def test_what_is_no_file_or_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    pipe, large = tmp_path / "pipe", tmp_path / "large"
    os.mkfifo(pipe)
    with large.open("wb") as file:
        file.truncate(1 << 40)
    for path in (pipe, large, tmp_path, tmp_path / "nowhere", Path("/dev/zero")):
        with pytest.raises(UnreadableDocument):
            request.read(path)
        with pytest.raises(UnreadableDocument):
            request.read_answer(path)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_byte_of_a_request_changes_what_is_signed_unseen(
    house: House, tmp_path: Path, data: st.DataObject
) -> None:
    """Whatever is still read asks for the very same bytes, or names or dates the file otherwise."""
    asked = edition_request(playlist_of("lao-bao", 7))
    content = asked.to_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    path = tmp_path / "2026-11.request.json"
    path.write_bytes(content[:at] + bytes([byte]) + content[at + 1 :])
    try:
        again = request.read(path)
    except FeedError:
        return
    assert isinstance(again, EditionRequest)
    (shown,) = again.programmes()
    signed = json.loads(again.roles["lao-bao"])
    listed = signed["targets"]["lao-bao/playlist.json"]
    assert listed["hashes"]["sha256"] == digest(again.playlists["lao-bao"].encode())
    assert signed["version"] == shown.playlist.number


@given(
    people=st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1, max_size=5),
    clusters=st.lists(st.sampled_from(CLUSTERS), unique=True, max_size=3),
    data=st.data(),
)
@settings(max_examples=30, deadline=None)
def test_a_charter_is_read_back_as_it_was_written(
    people: list[str], clusters: list[str], data: st.DataObject
) -> None:
    threshold = data.draw(st.integers(1, len(people))) if clusters else min(2, len(people))
    made = [CryptoSigner.generate_ed25519().public_key for _ in range(4 + len(people))]
    charter = Charter(
        root_keys=(made[0], made[1], made[2]),
        online=made[3],
        approvers=dict(zip(people, made[4:], strict=True)),
        threshold=threshold,
        clusters=tuple(clusters),
        expires=expiry(NOW),
    )
    root = Metadata[Root].from_bytes(Metadata(charter.root(3)).to_bytes()).signed
    targets = Metadata[Targets].from_bytes(Metadata(charter.targets(5)).to_bytes()).signed
    again = Charter.read(root, targets)
    assert (again, list(again.changes_from(charter))) == (charter, [])
