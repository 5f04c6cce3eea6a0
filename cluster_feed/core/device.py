"""The key by which a screen's reports are known, and how people and files name it."""

import base64
from typing import Annotated, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import StringConstraints

from cluster_feed.core.errors import ReportForged
from cluster_feed.core.value import Sha256, digest

PublicKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""An Ed25519 public key, raw, in lower-case hexadecimal."""

Signed = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]
"""An Ed25519 signature, in lower-case hexadecimal."""

_CODE_BYTES: Final = 10
_MARK_LETTERS: Final = 16
_MISREAD: Final = str.maketrans("018", "OIB")
"""Base32 has no such digits: who types one has misread a letter."""


def keyid_of(public: PublicKey) -> Sha256:
    """Give the name of a key: the SHA-256 of its 32 bytes."""
    return digest(bytes.fromhex(public))


def mark_of(public: PublicKey) -> str:
    """Give the beginning of a key's name: what the names of its files carry."""
    return keyid_of(public)[:_MARK_LETTERS]


def code_of(public: PublicKey) -> str:
    """Give the code by which people compare a key, on the spot or by phone: 80 bits of its name.

    `ABCD-EFGH-IJKL-MNOP`.  To find another key with the same code takes 2⁸⁰ tries.
    """
    return spoken(keyid_of(public))


def spoken(sha256: Sha256) -> str:
    """Give a hash as people read it out or write it down: its first 80 bits."""
    letters = base64.b32encode(bytes.fromhex(sha256)[:_CODE_BYTES]).decode()
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def same_code(typed: str, code: str) -> bool:
    """Whether a person typed this code; case, spaces and hyphens are theirs to choose."""
    letters = "".join(typed.split()).replace("-", "").upper().translate(_MISREAD)
    return letters == code.replace("-", "")


def check_signature(public: PublicKey, signed: Signed, message: bytes) -> None:
    """Raise ReportForged where a device did not sign this."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signed), message)
    except (InvalidSignature, ValueError) as error:
        raise ReportForged(device=code_of(public)) from error
