"""A change of trust needs two of those who were trusted and two of those who will be."""

from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root

from cluster_feed.adapters.amendment import Amendment
from cluster_feed.core.errors import ChangeOutdated, TooFewLeaders
from tests.trust import House, found

NEW = tuple(CryptoSigner.generate_ed25519() for _ in range(2))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return found(tmp_path_factory.mktemp("house"))


def change(house: House, root_version: int = 2, targets_version: int = 2) -> Amendment:
    """Leaders 2 and 3 are replaced by two others, unsigned yet."""
    after = replace(
        house.feed.charter(),
        root_keys=(house.root[0].public_key, *(key.public_key for key in NEW)),
    )
    return Amendment(Metadata(after.root(root_version)), Metadata(after.targets(targets_version)))


EVERYBODY = ("one", "two", "three", "new two", "new three")
SOME = list(chain.from_iterable(combinations(EVERYBODY, size) for size in range(6)))


@pytest.mark.parametrize("on_root", SOME)
def test_root_is_taken_from_two_old_leaders_and_two_new(
    house: House, on_root: tuple[str, ...]
) -> None:
    keys = dict(zip(EVERYBODY, (*house.root, *NEW), strict=True))
    amendment = change(house)
    for name in on_root:
        amendment.root.sign(keys[name], append=True)
    for key in NEW:
        amendment.targets.sign(key, append=True)
    old = {"one", "two", "three"} & {*on_root}
    new = {"one", "new two", "new three"} & {*on_root}
    if len(old) >= 2 and len(new) >= 2:
        taken = amendment.after(house.feed.in_force())
        assert len(taken.root.signatures) == len(on_root)
    else:
        with pytest.raises(TooFewLeaders):
            amendment.after(house.feed.in_force())


def test_targets_is_taken_from_the_new_leaders_alone(house: House) -> None:
    amendment = change(house)
    for key in (*house.root, *NEW):
        amendment.root.sign(key, append=True)
    for key in house.root:
        amendment.targets.sign(key, append=True)
    with pytest.raises(TooFewLeaders):
        amendment.after(house.feed.in_force())
    amendment.targets.sign(NEW[0], append=True)
    taken = amendment.after(house.feed.in_force())
    assert len(taken.targets.signatures) == 2


@pytest.mark.parametrize("versions", [(1, 1), (1, 2), (2, 1), (3, 2), (2, 3), (3, 3)])
def test_no_version_is_skipped_or_given_twice(house: House, versions: tuple[int, int]) -> None:
    amendment = change(house, *versions)
    for metadata in amendment:
        for key in (*house.root, *NEW):
            metadata.sign(key, append=True)
    with pytest.raises(ChangeOutdated):
        amendment.after(house.feed.in_force())


def test_a_signature_that_does_not_verify_is_not_carried_to_the_screens(
    house: House, tmp_path: Path
) -> None:
    amendment = change(house)
    for metadata in amendment:
        for key in (*house.root, *NEW):
            metadata.sign(key, append=True)
    amendment.root.signatures[NEW[1].public_key.keyid].signature = "00" * 64
    taken = amendment.after(house.feed.in_force())
    assert len(taken.root.signatures) == 4
    again = Metadata[Root].from_bytes(taken.root.to_bytes()).signed
    again.verify_delegate(Root.type, taken.root.signed_bytes, taken.root.signatures)
