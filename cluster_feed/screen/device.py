"""The screen's own key, with which it signs what it reports.

It is made on the screen, on its first day, and never leaves it: a screen that was reflashed, or
whose trust was wiped, has another key and is another device, which a person must admit on the hub.
"""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from securesystemslib.signer import CryptoSigner

from cluster_feed.adapters import keys
from cluster_feed.core.device import PublicKey, Signed, code_of, mark_of
from cluster_feed.core.errors import (
    FolderUnwritable,
    KeysExist,
    KeysMissing,
    NotCommissioned,
    ScreenDiskFailed,
    WrongPassphrase,
)
from cluster_feed.screen.lock import locked
from cluster_feed.screen.trust import Trust

_FRESH_SECONDS: Final = 3600.0

logger = logging.getLogger(__name__)


class Device:
    """The key in a trust folder, made where there is none yet; ScreenDiskFailed where it cannot."""

    def __init__(self, folder: Path) -> None:
        with locked(folder / ".device.lock"):
            self._signer = _opened(folder / "device.pem")
        self.public: PublicKey = self._signer.public_key.keyval["public"]

    @property
    def code(self) -> str:
        """What a person reads out and types on the hub."""
        return code_of(self.public)

    @property
    def mark(self) -> str:
        """What the names of its files carry."""
        return mark_of(self.public)

    def sign(self, message: bytes) -> Signed:
        """Sign a message."""
        signature: Signed = self._signer.sign(message).signature
        return signature


def fresh_code(trust: Path) -> tuple[str, float]:
    """The code, and for how many seconds more it stands on the screen: an hour from commissioning.

    Somebody is there then who reads it out; nothing, and 0, later on, also by a clock that was
    set back since, or was ahead then.
    """
    try:
        begun = (trust / "root.json").stat().st_mtime
        left = begun + _FRESH_SECONDS - Trust(trust).at(datetime.now(UTC)).timestamp()
    except (OSError, NotCommissioned):
        return "", 0
    return (Device(trust).code, left) if 0 < left <= _FRESH_SECONDS else ("", 0)


def _opened(path: Path) -> CryptoSigner:
    """Open the key.  One that is damaged must stop no screen: another takes its place."""
    try:
        return keys.signer(path, None)
    except KeysMissing:
        logger.info("a new device key is made at %s", path)
    except WrongPassphrase:
        logger.exception("the device key is damaged; the new one must be admitted")
        path.replace(path.with_suffix(".damaged"))
    try:
        keys.create(path, None)
    except (FolderUnwritable, KeysExist) as error:
        raise ScreenDiskFailed(path=path, detail=error.facts.get("detail", error.code)) from error
    return keys.signer(path, None)
