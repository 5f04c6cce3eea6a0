"""Who is trusted with what: the keys that leaders name, and by name the people who approve.

A charter is written as two files of The Update Framework, root and targets, and is read back only
where they say this and nothing else: what a leader is shown is all that the signature says.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self, TypeVar, cast

from securesystemslib.signer import Key
from tuf.api.metadata import (
    TOP_LEVEL_ROLE_NAMES,
    DelegatedRole,
    Delegations,
    Root,
    Snapshot,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import CanonicalJSONSerializer

from cluster_feed.adapters import keys
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import NotACharter, SameKeyTwice, TooFewApprovers
from cluster_feed.core.person import check_person
from cluster_feed.core.value import is_slug

PERSON: Final = "x-cluster-feed-person"
"""The field of an approver's public key, in the signed delegation, that says whose it is."""

ROOT_KEYS: Final = 3
ROOT_THRESHOLD: Final = 2
LIFE: Final = timedelta(days=5 * 365)
"""How long a charter is believed; to sign it again is a ceremony of its own."""

_SignedT = TypeVar("_SignedT", Root, Targets)


@dataclass(frozen=True)
class Charter:
    """Three leaders' keys, the hub's online key, and whose signatures approve for which cluster.

    `root_keys` are in the order of their numbers; `approvers` maps a person to their key, and
    `threshold` of them must sign an edition.
    """

    root_keys: tuple[Key, ...]
    online: Key
    approvers: Mapping[str, Key]
    threshold: int
    clusters: tuple[str, ...]
    expires: datetime

    def check(self) -> None:
        """Raise BadPersonName, TooFewApprovers, SameKeyTwice or NotACharter where it is unfit."""
        for person in self.approvers:
            check_person(person)
        for cluster in self.clusters:
            if cluster in TOP_LEVEL_ROLE_NAMES or not is_slug(cluster):
                raise NotACharter(detail=f"cluster {cluster!r}")
        if not 1 <= self.threshold <= len(self.approvers):
            raise TooFewApprovers(people=len(self.approvers), threshold=self.threshold)
        if len(self.root_keys) != ROOT_KEYS:
            raise NotACharter(detail=f"{len(self.root_keys)} root keys")
        named = [(f"root-{nth}", key) for nth, key in enumerate(self.root_keys, start=1)]
        seen: dict[str, str] = {}
        for name, key in (*named, ("online", self.online), *self.approvers.items()):
            if key.keyid in seen:
                raise SameKeyTwice(one=seen[key.keyid], other=name)
            seen[key.keyid] = name

    def __iter__(self) -> Iterator[Key]:
        """Give every key that it names."""
        yield from self.root_keys
        yield self.online
        yield from self.approvers.values()

    def root(self, version: int) -> Root:
        """Write it as root: the leaders' keys and the online one."""
        root = Root(version, None, self.expires, consistent_snapshot=True)
        for offline in (Root.type, Targets.type):
            for key in self.root_keys:
                root.add_key(key, offline)
            root.roles[offline].threshold = ROOT_THRESHOLD
        for live in (Snapshot.type, Timestamp.type):
            root.add_key(self.online, live)
        return root

    def targets(self, version: int) -> Targets:
        """Write it as targets: nothing to show, only who approves for each cluster."""
        named = {
            key.keyid: Key.from_dict(key.keyid, {**key.to_dict(), PERSON: person})
            for person, key in self.approvers.items()
        }
        roles = {
            cluster: DelegatedRole(
                cluster, list(named), self.threshold, terminating=True, paths=[f"{cluster}/*"]
            )
            for cluster in self.clusters
        }
        return Targets(version, None, self.expires, delegations=Delegations(named, roles))

    @classmethod
    def read(cls, root: Root, targets: Targets) -> Self:
        """Read it back; NotACharter where the two files say anything else."""
        try:
            charter = cls._of(root, targets)
        except (ValueError, KeyError, IndexError, AttributeError) as error:
            raise NotACharter(detail=error) from error
        for written, found in (
            (charter.root(root.version), root),
            (charter.targets(targets.version), targets),
        ):
            if _said(written) != _said(found):
                raise NotACharter(detail=f"{found.type} says more than who is trusted")
        charter.check()
        return charter

    @classmethod
    def _of(cls, root: Root, targets: Targets) -> Self:
        delegations = cast("Delegations", targets.delegations)
        roles = delegations.roles or {}
        first = next(iter(roles.values()), None)
        named = [delegations.keys[keyid] for keyid in (first.keyids if first else delegations.keys)]
        return cls(
            root_keys=tuple(
                keys.genuine(root.keys[keyid]) for keyid in root.roles[Root.type].keyids
            ),
            online=keys.genuine(root.keys[root.roles[Timestamp.type].keyids[0]]),
            approvers={person_of(key): keys.genuine(key) for key in named},
            threshold=first.threshold if first else min(ROOT_THRESHOLD, len(named)),
            clusters=tuple(roles),
            expires=root.expires,
        )

    def lines(self) -> Iterator[Bilingual]:
        """Say all of it, a line each."""
        for nth, key in enumerate(self.root_keys, start=1):
            yield _ROOT.fill(nth=nth, code=keys.code(key.keyid))
        for person, key in self.approvers.items():
            yield _APPROVER.fill(person=person, code=keys.code(key.keyid))
        yield _THRESHOLD.fill(threshold=self.threshold, people=len(self.approvers))
        yield _ONLINE.fill(code=keys.code(self.online.keyid))
        yield _CLUSTERS.fill(clusters=", ".join(self.clusters) or "—")
        yield _EXPIRES.fill(day=f"{self.expires:%d/%m/%Y}")

    def changes_from(self, before: Self) -> Iterator[Bilingual]:
        """Say what is another than before, a line each."""
        pairs = zip(before.root_keys, self.root_keys, strict=True)
        for nth, (old, new) in enumerate(pairs, start=1):
            if old != new:
                yield _ROOT_REPLACED.fill(
                    nth=nth, old=keys.code(old.keyid), new=keys.code(new.keyid)
                )
        yield from self._people_changed(before)
        if self.online != before.online:
            codes = {"old": keys.code(before.online.keyid), "new": keys.code(self.online.keyid)}
            yield _ONLINE_REPLACED.fill(**codes)
        if self.threshold != before.threshold:
            yield _THRESHOLD_CHANGED.fill(old=before.threshold, new=self.threshold)
        for cluster in sorted({*self.clusters} - {*before.clusters}):
            yield _CLUSTER_ADDED.fill(cluster=cluster)
        for cluster in sorted({*before.clusters} - {*self.clusters}):
            yield _CLUSTER_REMOVED.fill(cluster=cluster)
        old_day, new_day = f"{before.expires:%d/%m/%Y}", f"{self.expires:%d/%m/%Y}"
        if old_day != new_day:
            yield _EXPIRY_CHANGED.fill(old=old_day, new=new_day)

    def _people_changed(self, before: Self) -> Iterator[Bilingual]:
        for person in sorted({*before.approvers, *self.approvers}):
            old, new = before.approvers.get(person), self.approvers.get(person)
            if new is None:
                yield _REVOKED.fill(person=person, code=keys.code(before.approvers[person].keyid))
            elif old is None:
                yield _ADDED.fill(person=person, code=keys.code(new.keyid))
            elif old != new:
                codes = {"old": keys.code(old.keyid), "new": keys.code(new.keyid)}
                yield _REPLACED.fill(person=person, **codes)


def expiry(now: datetime) -> datetime:
    """Until when a charter of now is believed."""
    return (now.astimezone(UTC) + LIFE).replace(microsecond=0)


def person_of(key: Key) -> str:
    """Tell whose key it is that a delegation names."""
    return str(key.unrecognized_fields[PERSON])


def parse(kind: type[_SignedT], to_sign: bytes) -> _SignedT:
    """Read the bytes that leaders sign; NotACharter where a screen would read other bytes."""
    try:
        signed = kind.from_dict(cast("dict[str, Any]", json.loads(to_sign)))
        canonical = CanonicalJSONSerializer().serialize(signed)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotACharter(detail=error) from error
    if canonical != to_sign:
        raise NotACharter(detail="not written canonically")
    return signed


def _said(signed: Root | Targets) -> dict[str, Any]:
    """Everything but the version of the format, which another release may write otherwise."""
    return {**signed.to_dict(), "spec_version": ""}


_ROOT: Final = Bilingual("Khóa gốc {nth}: mã {code}", "Root key {nth}: code {code}")
_APPROVER: Final = Bilingual("Người duyệt {person}: mã {code}", "Approver {person}: code {code}")
_THRESHOLD: Final = Bilingual(
    "Mỗi phiên bản phát cần {threshold} trong {people} người duyệt ký",
    "An edition needs the signatures of {threshold} of {people} approvers",
)
_ONLINE: Final = Bilingual(
    "Khóa trực tuyến của máy trung tâm: mã {code}", "The hub's online key: code {code}"
)
_CLUSTERS: Final = Bilingual("Các cụm: {clusters}", "Clusters: {clusters}")
_EXPIRES: Final = Bilingual("Có giá trị đến {day}", "Good until {day}")
_ROOT_REPLACED: Final = Bilingual(
    "Thay khóa gốc {nth}: bỏ mã {old}, nhận mã {new}",
    "Root key {nth} is replaced: code {old} goes, {new} comes",
)
_ADDED: Final = Bilingual(
    "Thêm người duyệt {person}, mã {code}", "Approver {person} is added, code {code}"
)
_REPLACED: Final = Bilingual(
    "Thay khóa của người duyệt {person}: bỏ mã {old}, nhận mã {new}",
    "The key of approver {person} is replaced: code {old} goes, {new} comes",
)
_REVOKED: Final = Bilingual(
    "Bỏ người duyệt {person}, mã {code}", "Approver {person} is revoked, code {code}"
)
_THRESHOLD_CHANGED: Final = Bilingual(
    "Số chữ ký cần để duyệt: từ {old} thành {new}", "Signatures needed: {old} becomes {new}"
)
_ONLINE_REPLACED: Final = Bilingual(
    "Thay khóa trực tuyến của máy trung tâm: bỏ mã {old}, nhận mã {new}",
    "The hub's online key is replaced: code {old} goes, {new} comes",
)
_CLUSTER_ADDED: Final = Bilingual("Thêm cụm {cluster}", "Cluster {cluster} is added")
_CLUSTER_REMOVED: Final = Bilingual("Bỏ cụm {cluster}", "Cluster {cluster} is removed")
_EXPIRY_CHANGED: Final = Bilingual(
    "Có giá trị đến: từ {old} thành {new}", "Good until: {old} becomes {new}"
)
