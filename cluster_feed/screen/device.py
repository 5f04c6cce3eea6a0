"""The screen's own key, with which it signs what it reports.

It is made on the screen as it is commissioned, and never leaves it: a screen that was reflashed, or
whose trust was wiped, has another key and is another device, which a person must admit on the hub.
Where nobody commissioned anything (a wrong folder, a partition that is not mounted) none is made.
"""

import logging
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from securesystemslib.signer import CryptoSigner

from cluster_feed.adapters import keys
from cluster_feed.core.device import PublicKey, Signed, code_of, mark_of
from cluster_feed.core.errors import (
    CopiesLost,
    NeverCommissioned,
    NotCommissioned,
    ScreenDiskFailed,
    WrongPassphrase,
)
from cluster_feed.screen.trust import Trust, was_commissioned
from cluster_feed.screen.twice import Tell, Twice, log

_FRESH_SECONDS: Final = 3600.0

logger = logging.getLogger(__name__)


class Device:
    """The key in a trust folder, made where there is none yet; ScreenDiskFailed where it cannot.

    NeverCommissioned where nobody set anything up.
    """

    def __init__(self, folder: Path, tell: Tell = log) -> None:
        """Open it.  Where both copies are damaged another takes its place: no screen stops."""
        path = folder / "device.pem"
        kept = Twice(path, _read, mode=0o600, tell=tell)
        try:
            try:
                key = kept.read()
            except CopiesLost as error:
                if not was_commissioned(folder):
                    raise NeverCommissioned(path=folder) from error
                logger.warning("a new device key, to be admitted: %s", error.facts["detail"])
                kept.update(
                    lambda there: there.content if there else keys.make_next(path, None).content
                )
                key = kept.read()
        except (OSError, CopiesLost) as error:
            raise ScreenDiskFailed(path=path, detail=error) from error
        self._signer = key.signer
        self.public: PublicKey = key.public

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


class _Key(NamedTuple):
    """A key, and the file that it came from."""

    signer: CryptoSigner
    content: bytes

    @property
    def public(self) -> PublicKey:
        public: PublicKey = self.signer.public_key.keyval["public"]
        return public


def _read(content: bytes) -> _Key:
    """Read a key; ValueError where its halves do not belong together, which no library looks at."""
    try:
        key = _Key(keys.opened(content, "device", None), content)
    except WrongPassphrase as error:
        raise ValueError("not a whole key") from error
    letters = b"".join(line for line in content.splitlines() if not line.startswith(b"-"))
    if bytes.fromhex(key.public) not in b64decode(letters):
        raise ValueError("its halves do not belong together")
    return key
