import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import (
    BadVersionNumberError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization.json import CanonicalJSONSerializer

from cluster_feed.adapters.feed import Feed
from cluster_feed.adapters.store import Store
from cluster_feed.core.errors import (
    AlreadyFounded,
    FeedDamaged,
    FeedError,
    KeysMissing,
    NotAnApprover,
    NotDelegated,
    NotTheClusters,
    Superseded,
    TooFewSignatures,
    WrongKey,
    WrongSignature,
)
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import digest
from tests.trust import (
    CLUSTERS,
    NOW,
    House,
    PowerCutError,
    found,
    keep,
    playlist_of,
    power_cut,
    push,
    screen,
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return found(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def fill(store: Store, playlist: Playlist) -> Playlist:
    keep(store, playlist.to_bytes())
    keep(store, f"clip of {playlist.cluster}".encode())
    return playlist


def files_under(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


# --- What a screen gets ------------------------------------------------------------------------


def test_a_screen_of_each_cluster_verifies_its_playlist_and_files(
    house: House, store: Store, tmp_path: Path
) -> None:
    for cluster in CLUSTERS:
        playlist = fill(store, playlist_of(cluster))
        house.put(playlist, "an", "binh")
        push(house.feed, store, cluster, tmp_path / cluster)
        client = screen(house.feed, tmp_path / cluster, tmp_path / "screens" / cluster)
        for target in (f"{cluster}/playlist.json", *playlist.blobs()):
            info = client.get_targetinfo(target)
            assert info is not None
            got = Path(client.download_target(info))
            assert digest(got.read_bytes()) == info.hashes["sha256"]


def test_a_screen_follows_from_edition_to_edition_and_over_a_refreshed_timestamp(
    house: House, store: Store, tmp_path: Path
) -> None:
    node, state = tmp_path / "node", tmp_path / "screen"
    for number in (1, 4, 9):
        playlist = fill(store, playlist_of("cha-lo", number))
        house.put(playlist, "chi", "an")
        push(house.feed, store, "cha-lo", node)
        info = screen(house.feed, node, state).get_targetinfo("cha-lo/playlist.json")
        assert info is not None
        assert info.hashes["sha256"] == digest(playlist.to_bytes())
        house.feed.refresh(house.online, NOW + timedelta(days=60))
        push(house.feed, store, "cha-lo", node)
        assert screen(house.feed, node, state).get_targetinfo("cha-lo/playlist.json") == info


def test_a_node_of_a_new_feed_gets_metadata_and_its_screens_find_nothing_yet(
    house: House, store: Store, tmp_path: Path
) -> None:
    push(house.feed, store, "la-lay", tmp_path / "node")
    client = screen(house.feed, tmp_path / "node", tmp_path / "screen")
    client.refresh()
    assert house.feed.live_number("la-lay") == 0


def test_a_tree_is_in_the_order_of_a_push_and_holds_nothing_of_another_cluster(
    house: House,
) -> None:
    for cluster in CLUSTERS:
        house.put(playlist_of(cluster, 3), "an", "binh")
    paths = [file.path for file in house.feed.tree("lao-bao")]
    playlist = playlist_of("lao-bao", 3)
    blob = next(iter(playlist.blobs().values()))
    name = blob.target.partition("/")[2]
    assert paths == [
        f"targets/lao-bao/{blob.sha256}.{name}",
        f"targets/lao-bao/{digest(playlist.to_bytes())}.playlist.json",
        "metadata/1.root.json",
        "metadata/1.targets.json",
        "metadata/3.lao-bao.json",
        "metadata/4.snapshot.json",
        "metadata/root.json",
        "metadata/timestamp.json",
    ]


def test_every_file_of_a_tree_has_the_hash_and_size_it_is_named_with(house: House) -> None:
    house.put(playlist_of(), "an", "binh")
    for file in house.feed.tree("lao-bao"):
        if file.content is None:
            assert f"/{file.sha256}." in file.path
        else:
            assert (digest(file.content), len(file.content)) == (file.sha256, file.byte_count)


def test_a_tampered_file_on_a_node_is_refused(house: House, store: Store, tmp_path: Path) -> None:
    playlist = fill(store, playlist_of())
    house.put(playlist, "an", "binh")
    push(house.feed, store, "lao-bao", tmp_path / "node")
    victim = next((tmp_path / "node/targets/lao-bao").glob("*.mp4"))
    victim.write_bytes(victim.read_bytes()[::-1])
    client = screen(house.feed, tmp_path / "node", tmp_path / "screen")
    info = client.get_targetinfo(next(iter(playlist.blobs())))
    assert info is not None
    with pytest.raises(LengthOrHashMismatchError):
        client.download_target(info)


def test_a_screen_refuses_a_node_that_goes_back_to_an_older_edition(
    house: House, store: Store, tmp_path: Path
) -> None:
    house.put(fill(store, playlist_of(number=1)), "an", "binh")
    push(house.feed, store, "lao-bao", tmp_path / "old")
    house.put(fill(store, playlist_of(number=2)), "an", "binh")
    push(house.feed, store, "lao-bao", tmp_path / "new")
    screen(house.feed, tmp_path / "new", tmp_path / "screen").refresh()
    with pytest.raises(BadVersionNumberError):
        screen(house.feed, tmp_path / "old", tmp_path / "screen").refresh()


def test_a_screen_refuses_a_feed_that_nobody_refreshed(
    house: House, store: Store, tmp_path: Path
) -> None:
    house.feed.refresh(house.online, NOW - timedelta(days=101))  # nothing to do: still fresh
    stale = Feed(house.feed.folder, expires_days=35)
    stale.put(
        house.signed(fill(store, playlist_of()), "an", "binh"),
        house.online,
        NOW - timedelta(days=36),
    )
    push(house.feed, store, "lao-bao", tmp_path / "node")
    with pytest.raises(ExpiredMetadataError):
        screen(house.feed, tmp_path / "node", tmp_path / "screen").refresh()


# --- A stolen hub: the online key and every file, but no approver ------------------------------


class Thief:
    """Writes what it likes into a node's metadata and signs it with the hub's online key."""

    def __init__(self, house: House, node: Path) -> None:
        self.metadata = node / "metadata"
        self.online = house.online

    def put_role(self, cluster: str, role: "Metadata[Targets]") -> None:
        content = role.to_bytes()
        version = role.signed.version
        (self.metadata / f"{version}.{cluster}.json").write_bytes(content)
        timestamp = Metadata[Timestamp].from_file(str(self.metadata / "timestamp.json"))
        number = timestamp.signed.snapshot_meta.version
        snapshot = Metadata[Snapshot].from_file(str(self.metadata / f"{number}.snapshot.json"))
        snapshot.signed.version += 1
        snapshot.signed.meta[f"{cluster}.json"] = MetaFile.from_data(version, content, ["sha256"])
        snapshot.sign(self.online)
        written = snapshot.to_bytes()
        (self.metadata / f"{number + 1}.snapshot.json").write_bytes(written)
        timestamp.signed.version += 1
        timestamp.signed.snapshot_meta = MetaFile.from_data(number + 1, written, ["sha256"])
        timestamp.sign(self.online)
        (self.metadata / "timestamp.json").write_bytes(timestamp.to_bytes())


@pytest.fixture
def node(house: House, store: Store, tmp_path: Path) -> Path:
    """La Lay's node, with an approved edition."""
    house.put(fill(store, playlist_of("la-lay", 5)), "an", "binh")
    push(house.feed, store, "la-lay", tmp_path / "node")
    return tmp_path / "node"


def test_the_online_key_cannot_add_a_target(house: House, node: Path, tmp_path: Path) -> None:
    role = Metadata[Targets].from_file(str(node / "metadata" / "5.la-lay.json"))
    role.signed.version = 6
    role.signed.targets["la-lay/evil.mp4"] = TargetFile.from_data("la-lay/evil.mp4", b"evil")
    role.sign(house.online, append=True)
    Thief(house, node).put_role("la-lay", role)
    with pytest.raises(UnsignedMetadataError):
        screen(house.feed, node, tmp_path / "screen").get_targetinfo("la-lay/evil.mp4")


def test_the_online_key_cannot_change_what_is_approved_under_the_same_number(
    house: House, node: Path, tmp_path: Path
) -> None:
    role = Metadata[Targets].from_file(str(node / "metadata" / "5.la-lay.json"))
    role.signed.targets["la-lay/playlist.json"].hashes["sha256"] = digest(b"evil")
    Thief(house, node).put_role("la-lay", role)
    with pytest.raises(UnsignedMetadataError):
        screen(house.feed, node, tmp_path / "screen").get_targetinfo("la-lay/playlist.json")


def test_another_clusters_approved_edition_shows_a_screen_nothing(
    house: House, node: Path, tmp_path: Path
) -> None:
    house.put(playlist_of("lao-bao", 6), "an", "binh")
    role = Metadata[Targets].from_file(str(house.feed.folder / "metadata" / "6.lao-bao.json"))
    Thief(house, node).put_role("la-lay", role)
    for target in ("la-lay/playlist.json", *playlist_of("lao-bao", 6).blobs()):
        assert not found_by_a_screen(house, node, tmp_path, target)


def found_by_a_screen(house: House, node: Path, tmp_path: Path, target: str) -> bool:
    try:
        client = screen(house.feed, node, tmp_path / "screens" / digest(target.encode()))
        return client.get_targetinfo(target) is not None
    except RepositoryError:
        return False


# --- What the hub itself refuses ---------------------------------------------------------------


@pytest.mark.parametrize("people", [(), ("an",), ("an", "an"), ("chi", "chi", "chi")])
def test_too_few_people_put_nothing_into_the_feed(house: House, people: tuple[str, ...]) -> None:
    before = files_under(house.feed.folder)
    with pytest.raises(TooFewSignatures) as refusal:
        house.put(playlist_of(), *people)
    assert refusal.value.facts["valid"] == str(len(set(people)))
    assert files_under(house.feed.folder) == before


def test_a_strangers_signature_does_not_count_and_is_not_kept(house: House) -> None:
    (to_sign, signatures), *_ = house.signed(playlist_of(), "an").values()
    signatures.append(Feed.sign(to_sign, CryptoSigner.generate_ed25519()))
    with pytest.raises(TooFewSignatures):
        house.feed.put({"lao-bao": (to_sign, signatures)}, house.online, NOW)
    signatures.append(Feed.sign(to_sign, house.people["chi"]))
    house.feed.put({"lao-bao": (to_sign, signatures)}, house.online, NOW)
    kept = json.loads((house.feed.folder / "metadata" / "1.lao-bao.json").read_bytes())
    assert len(kept["signatures"]) == 2


@pytest.mark.parametrize("by", ["online", "root"])
def test_neither_the_online_key_nor_a_leaders_key_counts_as_an_approver(
    house: House, by: str
) -> None:
    signer = house.online if by == "online" else house.root[0]
    (to_sign, signatures), *_ = house.signed(playlist_of(), "an").values()
    signatures.append(Feed.sign(to_sign, signer))
    with pytest.raises(TooFewSignatures):
        house.feed.put({"lao-bao": (to_sign, signatures)}, house.online, NOW)


def test_a_signature_under_another_persons_name_does_not_count(house: House) -> None:
    (to_sign, signatures), *_ = house.signed(playlist_of(), "an").values()
    forged = {**signatures[0], "keyid": house.people["binh"].public_key.keyid}
    with pytest.raises(TooFewSignatures):
        house.feed.put({"lao-bao": (to_sign, [*signatures, forged])}, house.online, NOW)


@pytest.mark.parametrize("sig", ["", "zz", "00", "0" * 128, "é"])
def test_a_signature_that_is_no_signature_does_not_count(house: House, sig: str) -> None:
    (to_sign, signatures), *_ = house.signed(playlist_of(), "an").values()
    keyid = house.people["binh"].public_key.keyid
    with pytest.raises(TooFewSignatures):
        house.feed.put(
            {"lao-bao": (to_sign, [*signatures, {"keyid": keyid, "sig": sig}])}, house.online, NOW
        )
    with pytest.raises(WrongSignature):
        house.feed.check_signature("lao-bao", to_sign, {"keyid": keyid, "sig": sig})


def test_what_was_signed_for_one_cluster_is_refused_for_another(house: House) -> None:
    signed = house.signed(playlist_of("lao-bao"), "an", "binh")["lao-bao"]
    with pytest.raises(NotTheClusters):
        house.feed.put({"la-lay": signed}, house.online, NOW)


def test_one_bad_role_keeps_the_others_out_too(house: House) -> None:
    before = files_under(house.feed.folder)
    roles = house.signed(playlist_of("lao-bao"), "an", "binh")
    roles |= house.signed(playlist_of("la-lay"), "an")
    with pytest.raises(TooFewSignatures):
        house.feed.put(roles, house.online, NOW)
    assert files_under(house.feed.folder) == before


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_byte_of_what_was_signed_can_be_changed(
    shared_house: House, data: st.DataObject
) -> None:
    to_sign, signatures = shared_house.signed(playlist_of(number=2), "an", "binh")["lao-bao"]
    at = data.draw(st.integers(0, len(to_sign) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != to_sign[at]))
    tampered = to_sign[:at] + bytes([byte]) + to_sign[at + 1 :]
    with pytest.raises((TooFewSignatures, NotTheClusters)):
        shared_house.feed.put({"lao-bao": (tampered, signatures)}, shared_house.online, NOW)
    assert shared_house.feed.live_number("lao-bao") == 0


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return found(tmp_path_factory.mktemp("shared"))


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff", b'"x"', b'{"_type":"root"}', b'{"_type":"targets"}'],
)
def test_bytes_that_are_no_role_are_refused(house: House, content: bytes) -> None:
    with pytest.raises(NotTheClusters):
        house.feed.put({"lao-bao": (content, [])}, house.online, NOW)


@pytest.mark.parametrize(
    "target",
    [
        "cha-lo/x.mp4",
        "x.mp4",
        "lao-bao/a/x.mp4",
        "/lao-bao/x.mp4",
        "lao-bao/../x",
        "lao-bao/..",
        "lao-bao/",
        "lao-bao/a b",
        "lao-bao/a\\b",
        "lao-bao/a\n",
        "lao-bao/é.mp4",
        "lao-bao/*",
    ],
)
def test_a_playlist_cannot_name_a_file_outside_its_cluster(target: str) -> None:
    playlist = playlist_of()
    (entry,) = playlist.entries
    blob = entry.blobs["lcd-1080p"].model_copy(update={"target": target})
    reaching = playlist.model_copy(
        update={"entries": (entry.model_copy(update={"blobs": {"lcd-1080p": blob}}),)}
    )
    with pytest.raises(NotTheClusters):
        Feed.to_sign(reaching, NOW)


def test_an_approved_role_that_delegates_further_is_refused(house: House) -> None:
    document = json.loads(Feed.to_sign(playlist_of(), NOW + timedelta(days=9)))
    key = house.people["an"].public_key
    document["delegations"] = {
        "keys": {key.keyid: key.to_dict()},
        "roles": [
            {
                "name": "other",
                "keyids": [key.keyid],
                "threshold": 1,
                "terminating": True,
                "paths": ["lao-bao/*"],
            }
        ],
    }
    to_sign = CanonicalJSONSerializer().serialize(Targets.from_dict(document))
    signatures = [Feed.sign(to_sign, house.people[each]) for each in ("an", "binh")]
    with pytest.raises(NotTheClusters):
        house.feed.put({"lao-bao": (to_sign, signatures)}, house.online, NOW)


def test_an_older_number_is_refused_and_the_same_edition_again_changes_nothing(
    house: House,
) -> None:
    version = house.put(playlist_of(number=7), "an", "binh")
    before = files_under(house.feed.folder)
    assert house.put(playlist_of(number=7), "chi", "binh") == version
    assert files_under(house.feed.folder) == before
    with pytest.raises(Superseded):
        house.put(playlist_of("lao-bao", 6), "an", "binh")
    with pytest.raises(Superseded):
        house.put(playlist_of("lao-bao", 7, b"other"), "an", "binh")
    assert files_under(house.feed.folder) == before


def test_an_edition_that_screens_would_find_expired_is_refused(house: House) -> None:
    roles = house.signed(playlist_of(), "an", "binh")
    with pytest.raises(NotTheClusters):
        house.feed.put(roles, house.online, NOW + timedelta(days=60))


def test_a_wrong_online_key_puts_nothing_live(house: House) -> None:
    roles = house.signed(playlist_of(), "an", "binh")
    with pytest.raises(WrongKey):
        house.feed.put(roles, CryptoSigner.generate_ed25519(), NOW)
    assert house.feed.live_numbers() == {}
    house.feed.put(roles, house.online, NOW)


def test_a_delegation_changed_on_the_hub_is_noticed(house: House) -> None:
    path = house.feed.folder / "metadata" / "1.targets.json"
    document = json.loads(path.read_bytes())
    document["signed"]["delegations"]["roles"][0]["threshold"] = 1
    path.write_text(json.dumps(document))
    with pytest.raises(FeedDamaged):
        house.put(playlist_of(), "an")


def test_one_leader_alone_cannot_name_approvers(house: House) -> None:
    path = house.feed.folder / "metadata" / "1.targets.json"
    delegation = Metadata[Targets].from_file(str(path))
    delegation.sign(house.root[0])
    path.write_bytes(delegation.to_bytes())
    with pytest.raises(FeedDamaged):
        house.feed.approvers("lao-bao")
    delegation.sign(house.root[2], append=True)
    path.write_bytes(delegation.to_bytes())
    assert house.feed.approvers("lao-bao")


def test_one_leader_alone_cannot_change_whom_screens_trust(
    house: House, node: Path, tmp_path: Path
) -> None:
    root = Metadata[Root].from_file(str(node / "metadata" / "1.root.json"))
    root.signed.version = 2
    root.sign(house.root[1])
    (node / "metadata" / "2.root.json").write_bytes(root.to_bytes())
    with pytest.raises(UnsignedMetadataError):
        screen(house.feed, node, tmp_path / "screen").refresh()
    root.sign(house.root[0], append=True)
    (node / "metadata" / "2.root.json").write_bytes(root.to_bytes())
    screen(house.feed, node, tmp_path / "screen").refresh()


def test_signed_bytes_are_refused_when_a_screen_would_read_other_bytes(house: House) -> None:
    to_sign = json.dumps(json.loads(Feed.to_sign(playlist_of(), NOW + timedelta(days=9)))).encode()
    signatures = [Feed.sign(to_sign, house.people[each]) for each in ("an", "binh")]
    with pytest.raises(NotTheClusters):
        house.feed.put({"lao-bao": (to_sign, signatures)}, house.online, NOW)


@pytest.mark.parametrize("hashes", [{"sha512": "0" * 128}, {"sha256": "0", "sha512": "0"}])
def test_a_target_is_listed_by_its_sha256_and_nothing_else(
    house: House, hashes: dict[str, str]
) -> None:
    document = json.loads(Feed.to_sign(playlist_of(), NOW + timedelta(days=9)))
    document["targets"]["lao-bao/playlist.json"]["hashes"] = hashes
    to_sign = CanonicalJSONSerializer().serialize(Targets.from_dict(document))
    signatures = [Feed.sign(to_sign, house.people[each]) for each in ("an", "binh")]
    with pytest.raises(NotTheClusters):
        house.feed.put({"lao-bao": (to_sign, signatures)}, house.online, NOW)


@pytest.mark.parametrize("name", ["1.root.json", "1.snapshot.json", "1.targets.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"[1]"])
def test_a_missing_or_damaged_file_of_the_feed_is_named(
    house: House, name: str, content: bytes | None
) -> None:
    path = house.feed.folder / "metadata" / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FeedDamaged) as refusal:
        house.feed.tree("lao-bao")
    assert refusal.value.facts["path"] == str(path)


def test_before_the_ceremony_the_keys_are_missing(house: House, tmp_path: Path) -> None:
    feed = Feed(tmp_path / "nowhere")
    for act in (
        lambda: feed.approvers("lao-bao"),
        lambda: feed.timestamp_version,
        lambda: feed.live_number("lao-bao"),
        lambda: feed.tree("lao-bao"),
        lambda: feed.refresh(house.online, NOW),
        lambda: feed.put({}, house.online, NOW),
    ):
        with pytest.raises(KeysMissing):
            act()


def test_a_feed_is_founded_once(tmp_path: Path) -> None:
    found(tmp_path)
    before = files_under(tmp_path)
    with pytest.raises(AlreadyFounded):
        found(tmp_path)
    assert files_under(tmp_path) == before


def test_a_cluster_that_the_root_keys_do_not_know_is_refused(house: House) -> None:
    with pytest.raises(NotDelegated):
        house.put(playlist_of("nam-can"), "an", "binh")
    with pytest.raises(NotDelegated):
        house.feed.tree("nam-can")


def test_approvers_are_known_by_name_and_their_signatures_tell_them(house: House) -> None:
    assert set(house.feed.approvers("cha-lo")) == {"an", "binh", "chi"}
    (to_sign, (signature,)), *_ = house.signed(playlist_of("cha-lo"), "binh").values()
    assert house.feed.check_signature("cha-lo", to_sign, signature) == "binh"
    with pytest.raises(WrongSignature):
        house.feed.check_signature("cha-lo", to_sign + b" ", signature)
    stranger = Feed.sign(to_sign, CryptoSigner.generate_ed25519())
    with pytest.raises(NotAnApprover):
        house.feed.check_signature("cha-lo", to_sign, stranger)


# --- Laws --------------------------------------------------------------------------------------


def test_what_is_to_sign_depends_on_the_playlist_alone() -> None:
    expires = NOW + timedelta(days=3)
    again = Playlist.from_bytes(playlist_of().to_bytes())
    assert Feed.to_sign(playlist_of(), expires) == Feed.to_sign(again, expires)
    assert Feed.to_sign(playlist_of(number=2), expires) != Feed.to_sign(playlist_of(), expires)


def test_a_feed_is_refreshed_only_in_the_second_half_of_its_life(house: House) -> None:
    first = house.feed.timestamp_version
    assert house.feed.refresh(house.online, NOW + timedelta(days=49)) == first
    assert house.feed.refresh(house.online, NOW + timedelta(days=50)) == first + 1
    assert house.feed.refresh(house.online, NOW + timedelta(days=51)) == first + 1


def test_clusters_put_at_the_same_time_all_become_live(house: House) -> None:
    def put(cluster: str, number: int) -> None:
        feed = Feed(house.feed.folder)
        feed.put(house.signed(playlist_of(cluster, number), "an", "binh"), house.online, NOW)

    for number in range(1, 4):
        with ThreadPoolExecutor(len(CLUSTERS)) as threads:
            list(threads.map(put, CLUSTERS, [number] * len(CLUSTERS)))
        assert house.feed.live_numbers() == dict.fromkeys(CLUSTERS, number)
    assert house.feed.timestamp_version == 1 + 3 * len(CLUSTERS)


@pytest.mark.parametrize("cut_after", range(6))
def test_a_power_cut_at_any_file_leaves_the_old_edition_live_and_the_next_run_the_new_one(
    house: House,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cut_after: int,
) -> None:
    for cluster in CLUSTERS:
        house.put(fill(store, playlist_of(cluster, 1)), "an", "binh")
    roles: dict[str, tuple[bytes, list[dict[str, str]]]] = {}
    for cluster in CLUSTERS:
        roles |= house.signed(fill(store, playlist_of(cluster, 2)), "an", "chi")
    with power_cut(monkeypatch, cut_after):
        try:
            house.feed.put(roles, house.online, NOW)
        except PowerCutError:
            live = 1
        else:
            live = 2
    assert live == (2 if cut_after > 4 else 1)
    for cluster in CLUSTERS:
        assert house.feed.live_number(cluster) == live
        push(house.feed, store, cluster, tmp_path / cluster)
        screen(house.feed, tmp_path / cluster, tmp_path / f"screen-{cluster}").get_targetinfo(
            f"{cluster}/playlist.json"
        )
    house.feed.put(roles, house.online, NOW)
    for cluster in CLUSTERS:
        push(house.feed, store, cluster, tmp_path / cluster)
        client = screen(house.feed, tmp_path / cluster, tmp_path / f"screen-{cluster}")
        info = client.get_targetinfo(f"{cluster}/playlist.json")
        assert info is not None
        assert info.hashes["sha256"] == digest(playlist_of(cluster, 2).to_bytes())


@settings(max_examples=25, deadline=None)
@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(CLUSTERS),
            st.integers(1, 6),
            st.sets(st.sampled_from(["an", "binh", "chi"])),
        ),
        max_size=8,
    )
)
def test_numbers_only_grow_and_only_by_enough_people(
    acts: list[tuple[str, int, set[str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("walk")
    house = found(folder)
    live = dict.fromkeys(CLUSTERS, 0)
    timestamp = house.feed.timestamp_version
    for cluster, number, people in acts:
        try:
            house.put(playlist_of(cluster, number), *sorted(people))
        except FeedError:
            assert len(people) < 2 or number < live[cluster]
        else:
            assert len(people) >= 2
            assert number >= live[cluster]
            timestamp += number > live[cluster]
            live[cluster] = number
        assert {each: house.feed.live_number(each) for each in CLUSTERS} == live
        assert house.feed.timestamp_version == timestamp
    shutil.rmtree(folder)


@pytest.mark.parametrize("cut_after", range(6))
def test_a_feed_is_founded_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_after: int
) -> None:
    with power_cut(monkeypatch, cut_after):
        try:
            found(tmp_path)
        except PowerCutError:
            assert cut_after < 5
    if cut_after < 5:
        assert not Feed(tmp_path / "feed").founded
        found(tmp_path)
    assert Feed(tmp_path / "feed").live_numbers() == {}
    assert sorted(each.name for each in (tmp_path / "feed").iterdir()) == [".lock", "metadata"]
    with pytest.raises(AlreadyFounded):
        found(tmp_path)


def test_a_lost_timestamp_is_damage_and_no_feed_to_be_founded(house: House) -> None:
    (house.feed.folder / "metadata" / "timestamp.json").unlink()
    assert house.feed.founded
    with pytest.raises(FeedDamaged):
        house.feed.live_numbers()
