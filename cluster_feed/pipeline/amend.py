"""Change who is trusted: ask for leaders' signatures, and put the change into the feed.

Screens believe a change because the leaders they believe so far signed it; the hub only carries
it.  A key that was stolen is trusted no more from the moment a screen sees the change.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from securesystemslib.signer import Key
from tuf.api.metadata import Metadata, Root, Targets
from tuf.api.serialization.json import CanonicalJSONSerializer

from cluster_feed.adapters import keys
from cluster_feed.adapters.amendment import Amendment
from cluster_feed.adapters.charter import ROOT_KEYS, Charter, expiry, parse
from cluster_feed.adapters.feed import Feed
from cluster_feed.adapters.request import Answer, InForce, TrustRequest
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import (
    AlreadyAnApprover,
    ApproversGone,
    NotACharter,
    NotAnApprover,
)
from cluster_feed.core.person import check_person
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.commission import People
from cluster_feed.workspace import Workspace

logger = logging.getLogger(__name__)

_ACTOR, _CHANGED = "operator", "trust-change"


@dataclass(frozen=True)
class Change:
    """What shall be another than it is; nothing at all: the same for five more years.

    `clusters`: those that the workspace has now get a role, those that are gone lose theirs.
    """

    add: People = field(default_factory=dict)
    replace: People = field(default_factory=dict)
    revoke: Sequence[str] = ()
    threshold: int | None = None
    roots: Mapping[int, Key] = field(default_factory=dict)
    new_online: bool = False
    clusters: bool = False


def propose(workspace: Workspace, now: datetime, change: Change) -> TrustRequest:
    """Write down what leaders shall sign.

    Keys that are made here wait beside those that they will replace; of what is refused none is
    left.  Raises NotAnApprover, AlreadyAnApprover, BadPersonName, WeakPassphrase, TooFewApprovers,
    SameKeyTwice, NotACharter, FolderUnwritable.
    """
    feed = _feed(workspace)
    before, in_force = feed.charter(), feed.in_force()
    _check(change, before)
    online = keys.make_next(workspace.online_key, None) if change.new_online else None
    made_here = _made_here(workspace, change)
    after = replace(
        before,
        root_keys=tuple(
            change.roots.get(nth, key) for nth, key in enumerate(before.root_keys, start=1)
        ),
        online=online.key if online else before.online,
        approvers=_approvers(change, before, made_here),
        threshold=change.threshold or before.threshold,
        clusters=tuple(workspace.clusters) if change.clusters else before.clusters,
        expires=expiry(now),
    )
    after.check()
    root = after.root(in_force.root.signed.version + 1)
    targets = after.targets(in_force.targets.signed.version + 1)
    roles, playlists = _to_sign_again(workspace, feed, targets)
    request = TrustRequest(
        name=f"trust-{root.version}",
        made_at=now,
        before=InForce(
            root=in_force.root.to_bytes().decode(), targets=in_force.targets.to_bytes().decode()
        ),
        roles={Root.type: _text(root), Targets.type: _text(targets), **roles},
        playlists=playlists,
    )
    request.check()
    keys.keep_next([*made_here.values(), *([online] if online else [])])
    changes = "; ".join(line.en for line in after.changes_from(before))
    audit.record(
        *(now, _ACTOR, "trust-request", request.name), request=request.digest, changes=changes
    )
    return request


def apply(
    workspace: Workspace, now: datetime, request: TrustRequest, answers: Sequence[Answer]
) -> list[ApproversGone]:
    """Put a signed change into the feed, and say which clusters lack approvers after it.

    Doing it again, with more signatures or after a crash, finishes it.  Raises OtherRequest,
    NotAsked, WrongSignature, TooFewLeaders, ChangeOutdated, WrongKey.
    """
    for answer in answers:
        request.check_answer(answer)
    feed, charter = _feed(workspace), request.charter
    signatures = {
        name: {
            answer.by[name].keyid: answer.by[name].to_tuf()
            for answer in answers
            if name in answer.by
        }
        for name in request.roles
    }
    amendment = Amendment(
        Metadata(parse(Root, request.roles[Root.type].encode()), signatures[Root.type]),
        Metadata(parse(Targets, request.roles[Targets.type].encode()), signatures[Targets.type]),
    )
    online = keys.online_signer(workspace.online_key, charter.online)
    lacking = feed.amend(amendment, signatures, online, now)
    keys.install(workspace.online_key, charter.online)
    for person, key in charter.approvers.items():
        keys.install(workspace.approver_key(person), key)
    _record(now, request, answers, feed.timestamp_version, lacking)
    return [
        ApproversGone(
            cluster=cluster,
            valid=len(result.signed),
            threshold=result.threshold,
            request=request.name,
        )
        for cluster, result in lacking.items()
    ]


def _record(
    now: datetime,
    request: TrustRequest,
    answers: Sequence[Answer],
    timestamp: int,
    lacking: Iterable[str],
) -> None:
    """Put what came of a request on record, once, also where a crash came after the feed's change.

    It is told again only where signatures that followed gave a cluster its approval back.
    """
    came_of_it = {"request": request.digest, "without_approval": ", ".join(lacking)}
    told = ledger.Event.objects.filter(act=_CHANGED, subject=request.name)
    if any(came_of_it.items() <= event.facts.items() for event in told):
        return
    signed_by = ", ".join(answer.person for answer in answers)
    facts = {**came_of_it, "timestamp": str(timestamp), "signed_by": signed_by}
    audit.record(now, _ACTOR, _CHANGED, request.name, **facts)


def new_ssh(workspace: Workspace, now: datetime) -> str:
    """Make the hub's key for SFTP anew, and give the line that every node must admit."""
    line = keys.replace_ssh(workspace.sftp_key)
    audit.record(now, _ACTOR, "new-ssh", "hub", public=line)
    return line


def _check(change: Change, before: Charter) -> None:
    """Refuse what cannot be meant, before a key is made for it."""
    for person in change.add:
        check_person(person)
        if person in before.approvers:
            raise AlreadyAnApprover(person=person)
    for person in (*change.replace, *change.revoke):
        if person not in before.approvers:
            raise NotAnApprover(person=person)
    named = [*change.add, *change.replace, *change.revoke]
    if len(set(named)) < len(named):
        raise NotACharter(detail=_TWICE)
    for nth in change.roots:
        if not 1 <= nth <= ROOT_KEYS:
            raise NotACharter(detail=f"root-{nth}")
    for person, given in (*change.add.items(), *change.replace.items()):
        if isinstance(given, str):
            keys.check_passphrase(person, given)


_TWICE = Bilingual("một người được nêu hai lần", "a person is named twice")


def _made_here(workspace: Workspace, change: Change) -> dict[str, keys.NextKey]:
    """Make the keys of those who gave a passphrase for one."""
    return {
        person: keys.make_next(workspace.approver_key(person), given)
        for person, given in (*change.add.items(), *change.replace.items())
        if isinstance(given, str)
    }


def _approvers(
    change: Change, before: Charter, made_here: Mapping[str, keys.NextKey]
) -> dict[str, Key]:
    """Who will approve, in the order in which they came."""
    given = {**before.approvers, **change.replace, **change.add}
    return {
        person: made_here[person].key if isinstance(key, str) else key
        for person, key in given.items()
        if person not in change.revoke
    }


def _to_sign_again(
    workspace: Workspace, feed: Feed, targets: Targets
) -> tuple[dict[str, str], dict[str, str]]:
    """The live roles that would lose their approval, and their playlists."""
    roles, playlists = {}, {}
    for cluster, signed in feed.left_without(targets).items():
        listed = signed.signed.targets[f"{cluster}/playlist.json"]
        try:
            content = workspace.store.path(listed.hashes["sha256"]).read_bytes()
        except OSError as error:
            # A key that was stolen must not stay trusted because of this.
            logger.warning("%s cannot be signed again: %s", cluster, error)
            continue
        roles[cluster] = signed.signed_bytes.decode()
        playlists[cluster] = content.decode()
    return roles, playlists


def _feed(workspace: Workspace) -> Feed:
    return Feed(workspace.feed, workspace.settings.trust.expires_days)


def _text(signed: Root | Targets) -> str:
    return CanonicalJSONSerializer().serialize(signed).decode()
