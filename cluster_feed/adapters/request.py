"""A request: what is to be signed; and an answer: a person's signatures on it.

Both are small files that travel on USB sticks between the hub and the machines where keys are
kept.  Nothing in them is believed: a request shows only what its bytes to sign say, or is refused,
and an answer counts for the signatures in it alone.
"""

import os
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import (
    Discriminator,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from securesystemslib import signer
from securesystemslib.exceptions import UnverifiedSignatureError
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Targets
from tuf.api.serialization import DeserializationError

from cluster_feed.adapters import keys, role
from cluster_feed.adapters.charter import Charter, parse
from cluster_feed.adapters.documents import read_small
from cluster_feed.adapters.store import fsync_folder
from cluster_feed.core import edition
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.errors import (
    BadAnswer,
    BadRequest,
    FolderUnwritable,
    NotACharter,
    NotAsked,
    OtherRequest,
    OtherRoot,
    WrongSignature,
)
from cluster_feed.core.notice import LONGEST, Notice
from cluster_feed.core.playlist import ZONE, Playlist
from cluster_feed.core.value import Moment, Sha256, Slug, Value, canonical, digest

_LARGEST_REQUEST: Final = 64 << 20
"""Bytes: every cluster's programme of a year, three times over."""
_LARGEST_ANSWER: Final = 1 << 20
_LONGEST_BELIEVED: Final = timedelta(days=400)
"""After a programme's end; what an installation may configure at most."""

_Text = Annotated[str, StringConstraints(max_length=_LARGEST_REQUEST)]


class Signature(Value):
    """A key's signature, both in hexadecimal."""

    keyid: Sha256
    sig: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,1024}$")]

    def to_tuf(self) -> signer.Signature:
        """Give it to whoever counts it."""
        return signer.Signature(self.keyid, self.sig)


class Answer(Value):
    """What a person signed of a request; `request` is the digest of its bytes."""

    format: Literal[1] = 1
    request: Sha256
    person: Slug
    by: dict[Slug, Signature] = Field(min_length=1)
    """By role: `root`, `targets`, a cluster, or `notice`."""


class Shown(NamedTuple):
    """One cluster's programme as a signer must see it; `until`: screens take it till then."""

    playlist: Playlist
    until: str


class _Request(Value):
    """What is to be signed.

    `roles` maps a role to the exact bytes that are signed, as text; `playlists` a cluster to its
    playlist, as the screens will read it.
    """

    format: Literal[1] = 1
    name: Slug
    made_at: Moment
    roles: dict[Slug, _Text] = Field(min_length=1)
    playlists: dict[Slug, _Text] = Field(default_factory=dict)

    @property
    def digest(self) -> Sha256:
        """What an answer names it by."""
        return digest(self.to_bytes())

    @property
    def file_name(self) -> str:
        """How its file and the answers' begin."""
        return self.name

    def to_bytes(self) -> bytes:
        """Write it."""
        return canonical(self.model_dump(mode="json"))

    def programmes(self) -> Iterator[Shown]:
        """Give the programmes that it asks approvers to sign; NotTheClusters where they are not."""
        for cluster in self._clusters():
            signed = role.parse(cluster, self.roles[cluster].encode())
            playlist = role.shown(cluster, signed, self.playlists.get(cluster, "").encode())
            if signed.expires > playlist.show_until + _LONGEST_BELIEVED:
                raise BadRequest(path=self.name, detail=f"{cluster}: {signed.expires}")
            yield Shown(playlist, f"{signed.expires.astimezone(ZONE):%d/%m/%Y}")

    def _clusters(self) -> list[str]:
        return [name for name in self.roles if name not in _TOP]


_TOP: Final = (Root.type, Targets.type)


class EditionRequest(_Request):
    """An edition that approvers sign where their keys are."""

    kind: Literal["edition"] = "edition"

    def check(self) -> None:
        """Refuse one whose bytes say anything else than its playlists."""
        if self.playlists.keys() != self.roles.keys() or set(_TOP) & self.roles.keys():
            raise BadRequest(path=self.name, detail="roles")
        playlists = [shown.playlist for shown in self.programmes()]
        numbers = {playlist.number for playlist in playlists}
        if len(numbers) != 1:
            raise BadRequest(path=self.name, detail=f"numbers {sorted(numbers)}")
        for playlist in playlists:
            # Screens take no lower one afterwards: a number of years to come would shut them.
            last_day = playlist.show_until.astimezone(ZONE)
            if playlist.number > Cycle(year=last_day.year, month=last_day.month).next.numbers[-1]:
                raise BadRequest(path=self.name, detail=f"{playlist.cluster}: {playlist.number}")

    def asks(self, keyid: str) -> list[str]:
        """The roles that a key should sign; whose key counts, the hub and the screens know."""
        del keyid
        return list(self.roles)

    @property
    def fingerprint(self) -> Sha256:
        """Of the content, as every page about the edition shows it."""
        return edition.fingerprint(
            {shown.playlist.cluster: shown.playlist for shown in self.programmes()}
        )


NOTICE: Final = "notice"
"""The role of a notice, of which no screen knows: a signature for it opens the way to none."""


class NoticeRequest(_Request):
    """An urgent notice that approvers sign ahead, where their keys are."""

    kind: Literal["notice"] = "notice"

    @classmethod
    def of(cls, notice: Notice, now: datetime) -> Self:
        """Ask for a notice."""
        roles = {NOTICE: notice.to_bytes().decode()}
        return cls(name=notice.name, made_at=now, roles=roles)

    @property
    def file_name(self) -> str:
        """Another than that of an edition, whatever the notice is called."""
        return f"{NOTICE}-{self.name}"

    @property
    def notice(self) -> Notice:
        """What is signed."""
        return Notice.model_validate_json(self.roles[NOTICE])

    def check(self) -> None:
        """Refuse one whose bytes are no notice, or not the one that they show."""
        if self.roles.keys() != {NOTICE} or self.playlists:
            raise BadRequest(path=self.name, detail="roles")
        notice = self.notice
        if notice.name != self.name or notice.to_bytes() != self.roles[NOTICE].encode():
            raise BadRequest(path=self.name, detail=f"notice {notice.name}")
        if notice.clusters and set(notice.clusters) != notice.entries.keys():
            raise BadRequest(path=self.name, detail=", ".join(notice.clusters))
        for cluster, takeover in notice.takeovers(self.made_at, self.made_at + LONGEST).items():
            if tuple(entry.asset for entry in takeover.entries) != notice.assets:
                raise BadRequest(path=self.name, detail=cluster)

    def asks(self, keyid: str) -> list[str]:
        """The roles that a key should sign; whose key counts, the hub knows."""
        del keyid
        return [NOTICE]

    def _clusters(self) -> list[str]:
        return []


class InForce(Value):
    """The signed root and targets that a change replaces, as the feed has them."""

    root: _Text
    targets: _Text


class TrustRequest(_Request):
    """A change of who is trusted, which leaders sign.

    Where it takes a key from an approver whose signature a live edition needs, the edition's roles
    are in it too, for those who remain to sign.
    """

    kind: Literal["trust"] = "trust"
    before: InForce

    def check(self) -> None:
        """Refuse one that is not one step from a signed state, or changes more than it shows."""
        before, after = self._roots
        if self.playlists.keys() != set(self._clusters()) or not set(_TOP) <= self.roles.keys():
            raise BadRequest(path=self.name, detail="roles")
        for old, new in zip(before, after, strict=True):
            if new.version != old.version + 1:
                raise BadRequest(path=self.name, detail=f"{new.type} {new.version}")
        if unknown := set(self._clusters()) - set(self.charter.clusters):
            raise BadRequest(path=self.name, detail=", ".join(sorted(unknown)))
        list(self.programmes())

    @property
    def charter(self) -> Charter:
        """Who will be trusted."""
        return Charter.read(*self._roots[1])

    @property
    def charter_before(self) -> Charter:
        """Who is trusted until then."""
        return Charter.read(*self._roots[0])

    def asks(self, keyid: str) -> list[str]:
        """The roles that a key should sign: the old leaders and the new, and who approves."""
        after = {key.keyid for key in self.charter.root_keys}
        either = after | {key.keyid for key in self.charter_before.root_keys}
        asked = [Root.type] if keyid in either else []
        asked += [Targets.type] if keyid in after else []
        if keyid in {key.keyid for key in self.charter.approvers.values()}:
            asked += self._clusters()
        return asked

    def check_answer(self, answer: Answer) -> None:
        """Refuse one to another request, of a key that is not asked, or that does not verify."""
        if answer.request != self.digest:
            raise OtherRequest(person=answer.person, request=self.name)
        known = {key.keyid: key for each in (self.charter_before, self.charter) for key in each}
        for name, signature in answer.by.items():
            if name not in self.asks(signature.keyid):
                code = keys.code(signature.keyid)
                raise NotAsked(request=self.name, person=answer.person, code=code)
            try:
                content = self.roles[name].encode()
                known[signature.keyid].verify_signature(signature.to_tuf(), content)
            except UnverifiedSignatureError as error:
                raise WrongSignature(person=answer.person, cluster=name) from error

    def make_sure_it_follows(self, kept: Root) -> None:
        """Refuse a change of what leaders never signed, by a leader's own copy of root; OtherRoot.

        A hub could make up what it says is in force, so that its change shows as none.  What came
        after the copy will do too, where enough of the leaders that the copy names signed it.
        """
        before = Metadata[Root].from_bytes(self.before.root.encode())
        if before.signed == kept:
            return
        later = before.signed.version > kept.version
        if not (
            later
            and kept.get_verification_result(Root.type, before.signed_bytes, before.signatures)
        ):
            raise OtherRoot(request=self.name, version=kept.version)

    @property
    def _roots(self) -> tuple[tuple[Root, Targets], tuple[Root, Targets]]:
        try:
            root = Metadata[Root].from_bytes(self.before.root.encode())
            targets = Metadata[Targets].from_bytes(self.before.targets.encode())
            if (root.signed.type, targets.signed.type) != _TOP:
                raise NotACharter(detail="what it replaces is not root and targets")
            if root.signed.version != targets.signed.version:  # one of them is an old one
                raise NotACharter(detail="what it replaces is not of one time")
            root.verify_delegate(Root.type, root)
            root.verify_delegate(Targets.type, targets)
        except (RepositoryError, DeserializationError) as error:
            raise NotACharter(detail=error) from error
        after = (
            parse(Root, self.roles.get(Root.type, "").encode()),
            parse(Targets, self.roles.get(Targets.type, "").encode()),
        )
        return (root.signed, targets.signed), after


Request = EditionRequest | NoticeRequest | TrustRequest
_REQUEST: Final[TypeAdapter[Request]] = TypeAdapter(Annotated[Request, Discriminator("kind")])


def read(path: Path) -> Request:
    """Read a request and make sure that it is what it shows; UnreadableDocument or BadRequest."""
    try:
        request = _REQUEST.validate_json(read_small(path, _LARGEST_REQUEST))
        request.check()
    except ValidationError as error:
        raise BadRequest(path=path.name, detail=error.errors()[0]["msg"]) from error
    except UnicodeEncodeError as error:
        raise BadRequest(path=path.name, detail=_NO_TEXT) from error
    except (OverflowError, ValueError) as error:  # the end of time; two keys that are one text
        raise BadRequest(path=path.name, detail=error) from error
    return request


def read_root(path: Path) -> Root:
    """Read a leader's own copy of root; UnreadableDocument or NotACharter."""
    try:
        kept = Metadata[Root].from_bytes(read_small(path, _LARGEST_ANSWER)).signed
    except DeserializationError as error:
        raise NotACharter(detail=path.name) from error
    if kept.type != Root.type:
        raise NotACharter(detail=path.name)
    return kept


_NO_TEXT: Final = Bilingual("không phải văn bản", "not text")


def read_answer(path: Path) -> Answer:
    """Read an answer; UnreadableDocument or BadAnswer."""
    try:
        return Answer.model_validate_json(read_small(path, _LARGEST_ANSWER))
    except ValidationError as error:
        raise BadAnswer(path=path.name) from error


def answer(request: Request, person: str, key: signer.Signer) -> Answer:
    """Sign what a request asks of a key; NotAsked where that is nothing."""
    asked = request.asks(key.public_key.keyid)
    if not asked:
        raise NotAsked(request=request.name, person=person, code=keys.code(key.public_key.keyid))
    signed = {name: role.sign(request.roles[name].encode(), key) for name in asked}
    return Answer.model_validate({"request": request.digest, "person": person, "by": signed})


def shows(request: Request, keyid: str) -> bool:
    """Whether a key would sign what screens show, and not only who is trusted."""
    return not set(request.asks(keyid)) <= set(_TOP)


def write(folder: Path, value: Request | Answer, request_name: str) -> Path:
    """Put a request or an answer into a folder under the name that it is known by."""
    if isinstance(value, Answer):
        path = folder / f"{request_name}.{value.person}.sig.json"
        content = value.model_dump_json(indent=2).encode() + b"\n"
    else:
        path = folder / f"{request_name}.request.json"
        content = value.to_bytes()
    lay(path, content)
    return path


def lay(path: Path, content: bytes) -> None:
    """Write a small file that travels, whole or not at all; FolderUnwritable.

    A USB stick's FAT knows no modes, which is why this is not a `write_visible`.
    """
    made = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        made.write_bytes(content)
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(path)
        fsync_folder(path.parent)
    except OSError as error:
        raise FolderUnwritable(path=path.parent, detail=error.strerror) from error
    finally:
        made.unlink(missing_ok=True)
