"""Keys: people's, in encrypted files or on a token, and the hub's own."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, count
from pathlib import Path
from typing import Final, Literal, NamedTuple
from urllib import parse

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
    load_ssh_private_key,
)
from pydantic import Field, ValidationError
from securesystemslib.exceptions import UnsupportedLibraryError
from securesystemslib.signer import CryptoSigner, HSMSigner, Key, Signature, Signer, SSlibKey

from cluster_feed.adapters.documents import read_small
from cluster_feed.adapters.store import fsync_folder, write_visible
from cluster_feed.core.errors import (
    BadPublicKey,
    FolderUnwritable,
    KeyOfAnother,
    KeysExist,
    KeysMissing,
    TokenUnusable,
    WeakPassphrase,
    WrongKey,
    WrongPassphrase,
)
from cluster_feed.core.value import Slug, Value, nfc

LEAST_PASSPHRASE = 12
"""Characters: a stolen key file can be guessed at without end, far from any lock-out."""

KDF_ROUNDS = 64
"""Of bcrypt, in the format of OpenSSH: half a second a guess.  PKCS#8 is written with 2048 rounds
of PBKDF2, of which a graphics card does a million guesses a second."""

TOKEN: Final = "hsm:"  # noqa: S105  how a name begins
"""How the name of a key on a token begins: `hsm:2?label=…`, PKCS#11, ECDSA P-256 or P-384."""

_LARGEST_PUBLIC: Final = 4096
_ED25519: Final = "ed25519"


class PublicKeyFile(Value):
    """What a person hands in of a key that stays with them."""

    format: Literal[1] = 1
    person: Slug = Field(alias="for")
    scheme: Literal["ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384"]
    public: str


def create(path: Path, passphrase: str | None) -> Key:
    """Make a key in a new file, as OpenSSH writes it, and give its public half.

    No passphrase: unencrypted, for the hub's online key alone.  Raises KeysExist, WeakPassphrase.
    """
    private, content = _generate(path, passphrase)
    _write_new(path, content)
    return private.public_key


class NextKey(NamedTuple):
    """A key that is made and lies nowhere yet: it will take the place at `path`; see `install`."""

    path: Path
    key: Key
    content: bytes


def make_next(path: Path, passphrase: str | None) -> NextKey:
    """Make a key as `create` does, in memory; WeakPassphrase."""
    private, content = _generate(path, passphrase)
    return NextKey(path, private.public_key, content)


def keep_next(made: Sequence[NextKey]) -> None:
    """Write keys down beside those that they will replace, all or none; FolderUnwritable."""
    with ExitStack() as written:
        for path, key, content in made:
            waiting = _waiting(path, key)
            _write_new(waiting, content)
            written.callback(waiting.unlink, missing_ok=True)
        written.pop_all()


def install(path: Path, key: Key) -> None:
    """Put a key of `keep_next` in its place, if it is here and not there yet."""
    waiting = _waiting(path, key)
    if waiting.exists():
        waiting.replace(path)
        fsync_folder(path.parent)


def online_signer(path: Path, key: Key) -> CryptoSigner:
    """Open the hub's online key, in its place or still waiting for it; WrongKey, KeysMissing."""
    waiting = _waiting(path, key)
    found = signer(waiting if waiting.exists() else path, None)
    if found.public_key.keyid != key.keyid:
        raise WrongKey(role="timestamp")
    return found


def _waiting(path: Path, key: Key) -> Path:
    return path.with_name(f"{path.stem}.{key.keyid[:16]}{path.suffix}")


def _generate(path: Path, passphrase: str | None) -> tuple[CryptoSigner, bytes]:
    private = Ed25519PrivateKey.generate()
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase is not None:
        check_passphrase(path.stem, passphrase)
        builder = PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(KDF_ROUNDS)
        encryption = builder.build(_secret(passphrase))
    content = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption)
    return CryptoSigner(private), content


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
    return opened(content, path.stem, passphrase)


def opened(content: bytes, person: str, passphrase: str | None) -> CryptoSigner:
    """Open what a key file has in it; WrongPassphrase where it does not open."""
    secret = None if passphrase is None else _secret(passphrase)
    try:
        private = load_ssh_private_key(content, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise WrongPassphrase(person=person) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise WrongPassphrase(person=person)
    return CryptoSigner(private)


def token(uri: str, ask_pin: Callable[[], str]) -> Signer:
    """Use a key on a token through the PKCS#11 module that `PYKCS11LIB` names; TokenUnusable."""
    with _token_troubles(uri):
        name = parse.urlparse(uri)
        number = int(name.path) if name.path else HSMSigner.SCHEME_KEYID
        label = dict(parse.parse_qsl(name.query)).get("label")
        _, public = HSMSigner.import_(number, label, lambda _: ask_pin())
        return _TokenSigner(number, public, lambda _: ask_pin(), label)


class _TokenSigner(HSMSigner):
    """A token's key whose refusals are told to a person."""

    def sign(self, payload: bytes) -> Signature:
        with _token_troubles(f"{TOKEN}{self.hsm_keyid}"):
            return super().sign(payload)


@contextmanager
def _token_troubles(uri: str) -> Iterator[None]:
    try:
        yield
    except UnsupportedLibraryError as error:
        raise TokenUnusable(token=uri, detail="pip install cluster-feed[token]") from error
    except (ValueError, RuntimeError) as error:  # all of PKCS#11's own are RuntimeErrors
        raise TokenUnusable(token=uri, detail=str(error) or type(error).__name__) from error


def public_key(path: Path, person: str) -> Key:
    """Read the public key that a person handed in; BadPublicKey, or KeyOfAnother."""
    try:
        file = PublicKeyFile.model_validate_json(read_small(path, _LARGEST_PUBLIC))
        keytype = _ED25519 if file.scheme == _ED25519 else "ecdsa"
        named = {"keytype": keytype, "scheme": file.scheme, "keyval": {"public": file.public}}
        key = genuine(Key.from_dict("", named))
    except (ValidationError, ValueError) as error:
        raise BadPublicKey(path=path) from error
    if file.person != person:
        raise KeyOfAnother(path=path, whose=file.person, person=person)
    return key


def write_public(path: Path, person: str, key: Key) -> None:
    """Write what a person hands in; KeysExist where the file is there."""
    public = PublicKeyFile.model_validate(
        {"for": person, "scheme": key.scheme, "public": key.keyval["public"]}
    )
    _write_new(path, public.model_dump_json(by_alias=True, indent=2).encode() + b"\n", 0o644)


def genuine(key: Key) -> Key:
    """Give a key under the id that its own bytes have; ValueError where it is none of ours.

    The same key under two ids would count as two people.
    """
    public = key.keyval["public"]
    try:
        made = SSlibKey.from_crypto(
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
            if key.scheme == _ED25519
            else load_pem_public_key(public.encode())
        )
    except UnsupportedAlgorithm as error:
        raise ValueError(error) from error
    if (made.keytype, made.scheme, made.keyval) != (key.keytype, key.scheme, key.keyval):
        raise ValueError(f"not a {key.scheme} key")
    return made


def code(keyid: str) -> str:
    """Give the code that people read to each other to compare a key: `1f2e 3d4c 5b6a 7988`."""
    return " ".join(keyid[at : at + 4] for at in range(0, 16, 4))


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


def replace_ssh(path: Path) -> str:
    """Make the hub's key for SFTP anew, and give its public line.

    Every key before it stays as `.old`, `.old-2` …: which one nodes still admit, only they know.
    The public half is away while the key changes, lest a crash leave one of another key.
    """
    made, public = (path.with_name(f"{path.name}{suffix}") for suffix in (".new", ".pub"))
    made.unlink(missing_ok=True)  # of an attempt that was cut short
    line = create_ssh(made)
    _keep_old(path)
    public.unlink(missing_ok=True)
    fsync_folder(path.parent)
    made.replace(path)
    made.with_name(f"{made.name}.pub").replace(public)
    fsync_folder(path.parent)
    return line


def _keep_old(path: Path) -> None:
    if not path.exists():
        return
    for suffix in chain([".old"], (f".old-{nth}" for nth in count(2))):
        old = path.with_name(f"{path.name}{suffix}")
        if not old.exists():
            os.link(path, old)
            return
        if old.samefile(path):  # an attempt was cut short after this
            return


def _secret(passphrase: str) -> bytes:
    # The same Vietnamese letter is one code point on one keyboard and two on another.
    return nfc(passphrase).encode()


def _write_new(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file that was not there; also on a USB stick, whose FAT has neither links nor modes.

    A crash may leave a part of it, which the next attempt refuses to overwrite.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise KeysExist(path=path) from error
    except OSError as error:
        raise FolderUnwritable(path=path.parent, detail=error.strerror) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        path.unlink()
        raise FolderUnwritable(path=path.parent, detail=error.strerror) from error
    fsync_folder(path.parent)
