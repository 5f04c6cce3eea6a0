"""A change of trust, by the rules of a screen: what makes it valid, and what it leaves approved."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from securesystemslib.signer import Signature
from tuf.api.metadata import Metadata, Root, Targets, VerificationResult

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import ChangeOutdated, TooFewLeaders

_OLD: Final = Bilingual("hiện nay", "present")
_NEW: Final = Bilingual("mới", "new")


class Amendment(NamedTuple):
    """Root and targets, with the leaders' signatures on them."""

    root: Metadata[Root]
    targets: Metadata[Targets]

    def after(self, before: "Amendment") -> "Amendment":
        """Check that it is the next step, and keep the signatures that count.

        Two of the leaders so far and two of those to come must have signed.  Raises ChangeOutdated,
        TooFewLeaders.
        """
        root, targets = before.root.signed.version, before.targets.signed.version
        if (self.root.signed.version, self.targets.signed.version) != (root + 1, targets + 1):
            raise ChangeOutdated(live=root)
        leaders, successors = before.root.signed, self.root.signed
        by_old = _signed_by(leaders, self.root, _OLD)
        by_new = _signed_by(successors, self.root, _NEW)
        return Amendment(
            Metadata(successors, by_old | by_new),
            Metadata(self.targets.signed, _signed_by(successors, self.targets, _NEW)),
        )


class Recount(NamedTuple):
    """Live roles under another delegation: those with new signatures, those with too few."""

    renewed: Mapping[str, Metadata[Targets]]
    lacking: Mapping[str, VerificationResult]


def recount(
    targets: Targets,
    roles: Mapping[str, Metadata[Targets]],
    again: Mapping[str, Mapping[str, Signature]],
) -> Recount:
    """Count the signatures on live roles, and where they are too few, those given again too."""
    renewed, lacking = {}, {}
    for cluster, role in roles.items():
        if targets.get_verification_result(cluster, role.signed_bytes, role.signatures):
            continue
        found = {**role.signatures, **again.get(cluster, {})}
        result = targets.get_verification_result(cluster, role.signed_bytes, found)
        if result:
            renewed[cluster] = Metadata(role.signed, {each: found[each] for each in result.signed})
        else:
            lacking[cluster] = result
    return Recount(renewed, lacking)


def _signed_by(
    leaders: Root, metadata: Metadata[Root] | Metadata[Targets], whose: Bilingual
) -> dict[str, Signature]:
    kind, content = metadata.signed.type, metadata.signed_bytes
    result = leaders.get_verification_result(kind, content, metadata.signatures)
    if not result:
        numbered = enumerate(leaders.roles[kind].keyids, start=1)
        missing = [f"root-{nth}" for nth, keyid in numbered if keyid in result.unsigned]
        raise TooFewLeaders(
            whose=whose,
            valid=len(result.signed),
            threshold=result.threshold,
            missing=", ".join(missing),
        )
    return {keyid: metadata.signatures[keyid] for keyid in result.signed}
