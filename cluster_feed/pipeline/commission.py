"""The ceremony that founds the feed: everybody's keys, and who is trusted with what."""

from collections.abc import Mapping
from datetime import datetime

from cluster_feed.adapters import keys
from cluster_feed.adapters.feed import Feed
from cluster_feed.core.errors import AlreadyFounded, KeysExist, TooFewApprovers
from cluster_feed.core.person import check_person
from cluster_feed.ledger import audit
from cluster_feed.workspace import Workspace


def ceremony(
    workspace: Workspace,
    now: datetime,
    people: Mapping[str, str],
    root_passphrases: tuple[str, str, str],
) -> Feed:
    """Make every key and sign the first metadata.

    `people` maps an approver's slug to the passphrase that only this person knows.  Afterwards
    `root-1.pem` to `root-3.pem` go to three leaders, off the machine.  Everything is checked
    before the first file is written.  Raises BadPersonName, TooFewApprovers, WeakPassphrase,
    AlreadyFounded, KeysExist.
    """
    trust = workspace.settings.trust
    online = workspace.keys / "online.pem"
    ssh = workspace.root / workspace.settings.delivery.key_file
    roots = {f"root-{nth}": phrase for nth, phrase in enumerate(root_passphrases, start=1)}
    root_paths = {name: workspace.keys / f"{name}.pem" for name in roots}
    approver_paths = {person: workspace.keys / "approvers" / f"{person}.pem" for person in people}

    _check_people(people, trust.threshold)
    for name, phrase in (*roots.items(), *people.items()):
        keys.check_passphrase(name, phrase)
    if Feed(workspace.feed).founded:
        raise AlreadyFounded(path=workspace.feed)
    for path in (online, ssh, *root_paths.values(), *approver_paths.values()):
        if path.exists():
            raise KeysExist(path=path)

    keys.create(online, None)
    keys.create_ssh(ssh)
    for name, path in root_paths.items():
        keys.create(path, roots[name])
    approvers = {
        person: keys.create(path, people[person]) for person, path in approver_paths.items()
    }
    feed = Feed.create(
        workspace.feed,
        workspace.clusters,
        root_signers=[keys.signer(path, roots[name]) for name, path in root_paths.items()],
        approvers=approvers,
        threshold=trust.threshold,
        online=keys.signer(online, None),
        now=now,
        expires_days=trust.expires_days,
    )
    key_ids = {person: key.keyid for person, key in approvers.items()}
    audit.record(now, "operator", "commission", "feed", threshold=trust.threshold, people=key_ids)
    return feed


def _check_people(people: Mapping[str, str], threshold: int) -> None:
    for person in people:
        check_person(person)
    if len(people) < threshold:
        raise TooFewApprovers(people=len(people), threshold=threshold)
