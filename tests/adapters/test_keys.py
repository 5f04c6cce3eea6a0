import stat
import subprocess
import unicodedata
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from cluster_feed.adapters import keys
from cluster_feed.core.errors import KeysExist, KeysMissing, WeakPassphrase, WrongPassphrase

PASSPHRASE = "cầu Hiền Lương 1954"  # noqa: S105  opens nothing


def test_a_key_opens_with_its_passphrase_and_signs_for_its_public_half(tmp_path: Path) -> None:
    public = keys.create(tmp_path / "approvers" / "an.pem", PASSPHRASE)
    signer = keys.signer(tmp_path / "approvers" / "an.pem", PASSPHRASE)
    assert signer.public_key == public
    public.verify_signature(signer.sign(b"edition"), b"edition")


def test_a_passphrase_typed_with_decomposed_letters_is_the_same(tmp_path: Path) -> None:
    keys.create(tmp_path / "an.pem", unicodedata.normalize("NFD", PASSPHRASE))
    keys.signer(tmp_path / "an.pem", PASSPHRASE)


def test_a_key_file_is_encrypted_and_only_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "approvers" / "an.pem"
    keys.create(path, PASSPHRASE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert [each.name for each in path.parent.iterdir()] == ["an.pem"]


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "an.pem"
    keys.create(path, PASSPHRASE)
    before = path.read_bytes()
    with pytest.raises(KeysExist):
        keys.create(path, PASSPHRASE)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("phrase", ["", "ngắn", "a" * 11])
def test_a_short_passphrase_is_refused_before_anything_is_written(
    tmp_path: Path, phrase: str
) -> None:
    with pytest.raises(WeakPassphrase):
        keys.create(tmp_path / "an.pem", phrase)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", ["", "cầu Hiền Lương 1955", None])
def test_another_passphrase_does_not_open_a_key_and_says_whose_it_is(
    tmp_path: Path, wrong: str | None
) -> None:
    keys.create(tmp_path / "an.pem", PASSPHRASE)
    with pytest.raises(WrongPassphrase) as refusal:
        keys.signer(tmp_path / "an.pem", wrong)
    assert refusal.value.facts["person"] == "an"


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "an.pem").write_bytes(content)
    with pytest.raises(WrongPassphrase):
        keys.signer(tmp_path / "an.pem", PASSPHRASE)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    rsa = generate_private_key(65537, 2048)
    pem = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "online.pem").write_bytes(pem)
    with pytest.raises(WrongPassphrase):
        keys.signer(tmp_path / "online.pem", None)


def test_a_key_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing):
        keys.signer(tmp_path / "an.pem", PASSPHRASE)


def test_openssh_reads_the_hubs_key(tmp_path: Path) -> None:
    line = keys.create_ssh(tmp_path / "hub_ed25519")
    told = subprocess.run(
        ["ssh-keygen", "-y", "-f", tmp_path / "hub_ed25519"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.split()[:2] == line.split()[:2]
    assert (tmp_path / "hub_ed25519.pub").read_text() == line + "\n"
