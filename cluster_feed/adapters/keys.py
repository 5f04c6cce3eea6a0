"""Ed25519 keys in files: people's, encrypted with a passphrase, and the hub's own."""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, Key

from cluster_feed.adapters.store import fsync_folder, write_visible
from cluster_feed.core.errors import KeysExist, KeysMissing, WeakPassphrase, WrongPassphrase
from cluster_feed.core.value import nfc

LEAST_PASSPHRASE = 12
"""Characters: a stolen key file can be guessed at without end, far from any lock-out."""


def create(path: Path, passphrase: str | None) -> Key:
    """Make a key in a new file, PKCS#8 PEM, and give its public half.

    No passphrase: unencrypted, for the hub's online key alone.  Raises KeysExist, WeakPassphrase.
    """
    private = Ed25519PrivateKey.generate()
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase is not None:
        check_passphrase(path.stem, passphrase)
        encryption = BestAvailableEncryption(_secret(passphrase))
    _write_new(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    return CryptoSigner(private).public_key


def check_passphrase(person: str, passphrase: str) -> None:
    """Raise WeakPassphrase where a key would be too easy to open."""
    if len(nfc(passphrase)) < LEAST_PASSPHRASE:
        raise WeakPassphrase(person=person, least=LEAST_PASSPHRASE)


def signer(path: Path, passphrase: str | None) -> CryptoSigner:
    """Open a key file for signing; KeysMissing, or WrongPassphrase where it does not open."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise KeysMissing(path=path) from error
    secret = None if passphrase is None else _secret(passphrase)
    try:
        private = load_pem_private_key(content, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise WrongPassphrase(person=path.stem) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise WrongPassphrase(person=path.stem)
    return CryptoSigner(private)


def create_ssh(path: Path, comment: str = "cluster-feed") -> str:
    """Make the hub's key for SFTP, OpenSSH's format, and give the public line that nodes admit.

    The line is also written beside it, with `.pub`.  Raises KeysExist.
    """
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    line = f"{public} {comment}"
    _write_new(path, private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    write_visible(path.with_name(f"{path.name}.pub"), f"{line}\n".encode())
    return line


def _secret(passphrase: str) -> bytes:
    # The same Vietnamese letter is one code point on one keyboard and two on another.
    return nfc(passphrase).encode()


def _write_new(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.link(made, path)  # unlike a rename, refuses to replace what is there
    except FileExistsError as error:
        raise KeysExist(path=path) from error
    finally:
        made.unlink()
    fsync_folder(path.parent)
