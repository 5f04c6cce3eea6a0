"""The ceremony that founds the feed: everybody's keys, and who is trusted with what."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from securesystemslib.signer import Key

from cluster_feed.adapters import keys
from cluster_feed.adapters.feed import Feed
from cluster_feed.core.errors import (
    AlreadyFounded,
    FeedError,
    FolderUnwritable,
    KeysExist,
    TooFewApprovers,
)
from cluster_feed.core.person import check_person
from cluster_feed.ledger import audit
from cluster_feed.workspace import Workspace

People = Mapping[str, str | Key]
"""By slug, the passphrase for a key that is made here, or the public half of one made elsewhere."""


def ceremony(
    workspace: Workspace,
    now: datetime,
    people: People,
    root_passphrases: tuple[str, str, str],
    root_folders: tuple[Path, Path, Path] | None = None,
) -> Feed:
    """Make every key and sign the first metadata.

    The three leaders' keys are written to `root_folders`, each on its own stick; without them to
    the hub's folder of keys, from where `root-1.pem` to `root-3.pem` must go to three leaders.
    Everything is checked before the first file is written, and a refusal after that, such as of a
    full stick, leaves no key behind, so that the same command can be given again.  Raises
    BadPersonName, TooFewApprovers, WeakPassphrase, AlreadyFounded, KeysExist, FolderUnwritable,
    SameKeyTwice.
    """
    trust = workspace.settings.trust
    online, ssh = workspace.online_key, workspace.sftp_key
    folders = root_folders or (workspace.keys,) * 3
    roots = [folder / f"root-{nth}.pem" for nth, folder in enumerate(folders, start=1)]
    passphrases = {person: given for person, given in people.items() if isinstance(given, str)}
    made_here = {person: workspace.approver_key(person) for person in passphrases}

    _check_people(people, trust.threshold)
    for path, phrase in zip(roots, root_passphrases, strict=True):
        keys.check_passphrase(path.stem, phrase)
    for person, phrase in passphrases.items():
        keys.check_passphrase(person, phrase)
    if Feed(workspace.feed).founded:
        raise AlreadyFounded(path=workspace.feed)
    for stick in root_folders or ():
        if not stick.is_dir():  # it would be made, on the hub's own disk
            raise FolderUnwritable(path=stick, detail="no such folder")
    files = (online, ssh, ssh.with_name(f"{ssh.name}.pub"), *roots, *made_here.values())
    for path in files:
        if path.exists():
            raise KeysExist(path=path)

    with _none_left_if_refused(workspace, files):
        for path, phrase in zip(roots, root_passphrases, strict=True):
            keys.create(path, phrase)
        keys.create(online, None)
        keys.create_ssh(ssh)
        made = {
            person: keys.create(path, passphrases[person]) for person, path in made_here.items()
        }
        approvers = {
            person: made[person] if isinstance(given, str) else given
            for person, given in people.items()
        }
        feed = Feed.create(
            workspace.feed,
            workspace.clusters,
            root_signers=[
                keys.signer(path, phrase)
                for path, phrase in zip(roots, root_passphrases, strict=True)
            ],
            approvers=approvers,
            threshold=trust.threshold,
            online=keys.signer(online, None),
            now=now,
            expires_days=trust.expires_days,
        )
    key_ids = {person: key.keyid for person, key in approvers.items()}
    audit.record(now, "operator", "commission", "feed", threshold=trust.threshold, people=key_ids)
    return feed


@contextmanager
def _none_left_if_refused(workspace: Workspace, files: Sequence[Path]) -> Iterator[None]:
    """Take back the keys of a ceremony that was refused halfway, as long as nothing trusts them."""
    try:
        yield
    except KeysExist:  # somebody else's ceremony, at the same moment
        raise
    except FeedError:
        if not Feed(workspace.feed).founded:
            for path in files:
                path.unlink(missing_ok=True)
        raise


def _check_people(people: People, threshold: int) -> None:
    for person in people:
        check_person(person)
    if len(people) < threshold:
        raise TooFewApprovers(people=len(people), threshold=threshold)
