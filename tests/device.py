"""A screen's device as the hub meets it: what it would sign, also what it should not."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from securesystemslib.signer import CryptoSigner

from cluster_feed.core.device import code_of, keyid_of
from cluster_feed.core.health import Health, SignedHealth
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import GENESIS, Outcome, PlayRecord, Proof

BEGAN = datetime(2026, 11, 25, 18, tzinfo=ZONE)


class Device:
    """A key and what it tells of one screen."""

    def __init__(self, cluster: str = "lao-bao", screen: str = "led") -> None:
        self.cluster, self.screen = cluster, screen
        self._signer = CryptoSigner.generate_ed25519()
        self.public: str = self._signer.public_key.keyval["public"]
        self.keyid, self.code = keyid_of(self.public), code_of(self.public)

    def sign(self, message: bytes) -> str:
        signature: str = self._signer.sign(message).signature
        return signature

    def chain(self, count: int, **facts: object) -> list[PlayRecord]:
        """The first rows of its life, a play every 20 s."""
        records: list[PlayRecord] = []
        for row in range(1, count + 1):
            says = {
                "row": row,
                "previous": records[-1].sha256 if records else GENESIS,
                "cluster": self.cluster,
                "screen": self.screen,
                "edition": 1,
                "asset": "a" * 64,
                "rendition": "b" * 64,
                "began_at": BEGAN + timedelta(seconds=20 * row),
                "seconds": 20,
                "outcome": Outcome.PLAYED,
            }
            records.append(PlayRecord.model_validate(says | facts))
        return records

    def proof(self, records: Sequence[PlayRecord]) -> tuple[str, bytes]:
        """A file of proof, by its name, whatever the rows are."""
        told = Proof(self.public, records)
        return told.name, told.to_bytes(self.sign)

    def health(self, **facts: object) -> tuple[str, bytes]:
        """A file of health, by its name."""
        says = Health.model_validate(
            {"cluster": self.cluster, "screen": self.screen, "serial": 1, "at": BEGAN} | facts
        )
        signed = SignedHealth(device=self.public, sig=self.sign(says.to_sign()), says=says)
        return signed.name, signed.to_bytes()

    def brings(self, returned: Path, file: tuple[str, bytes]) -> Path:
        """Lay a file where a delivery brings it."""
        name, content = file
        path = returned / self.cluster / self.screen / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path
