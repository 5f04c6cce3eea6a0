import base64
import json
import os
import shutil
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from cluster_feed.adapters import keys
from cluster_feed.core.errors import (
    BadPublicKey,
    FeedError,
    KeyOfAnother,
    KeysExist,
    KeysMissing,
    TokenUnusable,
    UnreadableDocument,
    WeakPassphrase,
    WrongPassphrase,
)

PASSPHRASE = "cầu Hiền Lương 1954"  # noqa: S105  opens nothing


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KDF_ROUNDS", 1)


def test_a_key_opens_with_its_passphrase_and_signs_for_its_public_half(tmp_path: Path) -> None:
    public = keys.create(tmp_path / "approvers" / "an.pem", PASSPHRASE)
    signer = keys.signer(tmp_path / "approvers" / "an.pem", PASSPHRASE)
    assert signer.public_key == public
    public.verify_signature(signer.sign(b"edition"), b"edition")


def test_a_passphrase_typed_with_decomposed_letters_is_the_same(tmp_path: Path) -> None:
    keys.create(tmp_path / "an.pem", unicodedata.normalize("NFD", PASSPHRASE))
    keys.signer(tmp_path / "an.pem", PASSPHRASE)


def test_guessing_a_passphrase_costs_a_thief_far_more_than_a_person_notices(
    tmp_path: Path,
) -> None:
    environ = {**os.environ, "CLUSTER_FEED_PASSPHRASE": PASSPHRASE}
    command = [sys.executable, "-m", "cluster_feed", "keys", "make", str(tmp_path / "an.pem")]
    subprocess.run([*command, "--for", "an"], env=environ, check=True, capture_output=True)
    lines = (tmp_path / "an.pem").read_text().splitlines()[1:-1]
    written = base64.b64decode("".join(lines))
    at = written.index(b"bcrypt") + len(b"bcrypt") + 4  # the length of what bcrypt is told
    salt_bytes = int.from_bytes(written[at : at + 4], "big")
    rounds = written[at + 4 + salt_bytes :][:4]
    assert int.from_bytes(rounds, "big") >= 64


def test_a_key_file_is_encrypted_and_only_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "approvers" / "an.pem"
    keys.create(path, PASSPHRASE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    refused = subprocess.run(
        ["ssh-keygen", "-y", "-P", "", "-f", path], capture_output=True, text=True, check=False
    )
    assert "incorrect passphrase" in refused.stderr
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


class PowerCutError(Exception):
    """The machine stops between two files."""


def admitted(path: Path) -> list[str]:
    """The public halves of the private keys for SFTP that lie in a folder, theirs first."""
    lines = []
    for each in sorted(path.parent.glob(f"{path.name}*")):
        if each.suffix != ".pub":
            key = load_ssh_private_key(each.read_bytes(), None).public_key()
            lines.append(key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode())
    return lines


@pytest.mark.parametrize("cut_after", range(7))
def test_a_new_key_for_sftp_cut_short_anywhere_loses_none_and_names_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_after: int
) -> None:
    path = tmp_path / "hub_ed25519"
    public = path.with_name("hub_ed25519.pub")
    on_the_nodes = keys.create_ssh(path).removesuffix(" cluster-feed")
    steps = 0

    def cut(step: Callable[..., object]) -> Callable[..., object]:
        def stepping(*words: object, **more: object) -> object:
            nonlocal steps
            if steps == cut_after:
                raise PowerCutError
            steps += 1
            return step(*words, **more)

        return stepping

    with monkeypatch.context() as patched:
        for owner, name in ((Path, "replace"), (Path, "unlink"), (os, "link")):
            patched.setattr(owner, name, cut(getattr(owner, name)))
        try:
            keys.replace_ssh(path)
        except PowerCutError:
            assert steps == cut_after
    if public.exists():
        assert public.read_text().startswith(admitted(path)[0])
    assert on_the_nodes in admitted(path)
    for _ in range(2):
        line = keys.replace_ssh(path)
        assert public.read_text() == f"{line}\n"
        assert line.startswith(admitted(path)[0])
        assert on_the_nodes in admitted(path)
    assert not list(tmp_path.glob("*.new*"))


# --- What a person hands in --------------------------------------------------------------------


def test_a_public_key_comes_back_from_its_file_under_its_own_id(tmp_path: Path) -> None:
    made = keys.create(tmp_path / "an.pem", PASSPHRASE)
    keys.write_public(tmp_path / "an.pub", "an", made)
    assert keys.public_key(tmp_path / "an.pub", "an") == made
    with pytest.raises(KeyOfAnother):
        keys.public_key(tmp_path / "an.pub", "binh")
    with pytest.raises(KeysExist):
        keys.write_public(tmp_path / "an.pub", "an", made)


@pytest.mark.parametrize(
    "change",
    [
        {"public": "00"},
        {"public": "zz" * 32},
        {"public": ""},
        {"scheme": "ecdsa-sha2-nistp256"},
        {"scheme": "rsassa-pss-sha256"},
        {"keyid": "f" * 64},
        {"for": "../an"},
        {"format": 2},
    ],
)
def test_what_is_no_public_key_of_ours_is_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    path = tmp_path / "an.pub"
    keys.write_public(path, "an", keys.create(tmp_path / "an.pem", PASSPHRASE))
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(BadPublicKey):
        keys.public_key(path, "an")


def test_a_private_key_handed_in_by_mistake_is_refused(tmp_path: Path) -> None:
    keys.create(tmp_path / "an.pem", PASSPHRASE)
    with pytest.raises(BadPublicKey):
        keys.public_key(tmp_path / "an.pem", "an")
    with pytest.raises(UnreadableDocument):
        keys.public_key(tmp_path / "nowhere.pub", "an")


def test_a_key_made_ahead_waits_until_it_is_put_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "an.pem"
    old = keys.create(path, PASSPHRASE)
    made = keys.make_next(path, PASSPHRASE)
    assert [each.name for each in tmp_path.iterdir()] == ["an.pem"]
    keys.keep_next([made])
    new = made.key
    assert keys.signer(path, PASSPHRASE).public_key == old
    for _ in range(2):
        keys.install(path, new)
        assert keys.signer(path, PASSPHRASE).public_key == new
    assert [each.name for each in tmp_path.iterdir()] == ["an.pem"]


def test_of_keys_made_ahead_all_are_kept_or_none(tmp_path: Path) -> None:
    (tmp_path / "no folder").write_text("")
    made = [
        keys.make_next(tmp_path / "an.pem", PASSPHRASE),
        keys.make_next(tmp_path / "no folder" / "binh.pem", PASSPHRASE),
    ]
    with pytest.raises(FeedError):
        keys.keep_next(made)
    assert [each.name for each in tmp_path.iterdir()] == ["no folder"]


# --- A token -----------------------------------------------------------------------------------

PIN = "123456"
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A token with a P-256 key, in software; its name."""
    if not (MODULE.exists() and shutil.which("softhsm2-util")):
        pytest.skip("softhsm2 is not installed")
    pkcs11 = pytest.importorskip("pkcs11")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    monkeypatch.setenv("PYKCS11LIB", str(MODULE))
    command = ["softhsm2-util", "--init-token", "--free", "--label", "Minh"]
    subprocess.run([*command, "--pin", PIN, "--so-pin", PIN], check=True, capture_output=True)
    library = pkcs11.lib(str(MODULE))
    library.reinitialize()
    curve = pkcs11.util.ec.encode_named_curve_parameters("secp256r1")
    with library.get_token(token_label="Minh").open(rw=True, user_pin=PIN) as session:  # noqa: S106
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: curve}, local=True
        )
        parameters.generate_keypair(store=True, id=b"\x02", label="Minh")
    yield "hsm:2?label=Minh"
    library.finalize()


def test_a_key_on_a_token_signs_and_is_handed_in_like_any_other(token: str, tmp_path: Path) -> None:
    signer = keys.token(token, lambda: PIN)
    keys.write_public(tmp_path / "minh.pub", "minh", signer.public_key)
    public = keys.public_key(tmp_path / "minh.pub", "minh")
    assert public.scheme == "ecdsa-sha2-nistp256"
    public.verify_signature(signer.sign(b"edition"), b"edition")


def test_a_token_that_cannot_be_used_is_told_and_no_crash(
    token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TokenUnusable):
        keys.token(token, lambda: "654321").sign(b"edition")
    for name in ("hsm:9?label=Minh", "hsm:2?label=An", "hsm:x"):
        with pytest.raises(TokenUnusable):
            keys.token(name, lambda: PIN)
    monkeypatch.setenv("PYKCS11LIB", str(tmp_path / "nowhere.so"))
    with pytest.raises(TokenUnusable):
        keys.token(token, lambda: PIN)
    monkeypatch.delenv("PYKCS11LIB")
    with pytest.raises(TokenUnusable):
        keys.token(token, lambda: PIN)
