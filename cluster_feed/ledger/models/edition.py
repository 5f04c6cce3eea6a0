"""What a month shows, and who signed it."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from django.db import models

from cluster_feed.core import edition as edition_values
from cluster_feed.core.arrangement import Place
from cluster_feed.core.caption import Caption
from cluster_feed.core.errors import (
    AssetWithdrawn,
    MadeFromWhatWasLive,
    NoSuchEdition,
    NoSuchNotice,
    NotDeclared,
)
from cluster_feed.core.notice import Notice as NoticeValue
from cluster_feed.core.package import legible
from cluster_feed.core.person import Official
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import canonical, digest
from cluster_feed.ledger.models.asset import Asset
from cluster_feed.ledger.models.lengths import SHA256_LENGTH, SLUG_LENGTH


class Edition(models.Model):
    """What a cycle shows."""

    name = models.CharField(max_length=SLUG_LENGTH, unique=True)
    cycle = models.CharField(max_length=7, db_index=True)
    urgent = models.BooleanField(default=False)
    derived = models.BooleanField(default=False)
    """Made from what is live (a notice, a withdrawal), not assembled; returned, it is over."""
    without = models.JSONField(default=dict)
    """Assets that people left out by hand, each with the reason; they stay out when it is
    assembled again."""
    arranged = models.JSONField(default=dict)
    """Cluster to the places that people gave its assets; kept when it is assembled again."""
    state = models.CharField(max_length=12)
    number = models.PositiveIntegerField(default=0, db_index=True)
    fingerprint = models.CharField(max_length=SHA256_LENGTH)
    submitted_by = models.CharField(max_length=SLUG_LENGTH, blank=True)
    prepared_by = models.CharField(max_length=SLUG_LENGTH, blank=True, default="")
    """Who prepared the notice, where it puts one on or takes one off."""
    notice = models.ForeignKey(
        "Notice", models.SET_NULL, null=True, blank=True, related_name="editions"
    )
    """The notice that it released, for an urgent one."""
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    """Since when Vietnam.vn has been given what there was to give of it, if anything."""

    def __str__(self) -> str:
        """Show the name and where it stands."""
        return f"{self.name} ({self.state})"

    @classmethod
    def called(cls, name: str) -> Self:
        """Find an edition by its name; NoSuchEdition where there is none."""
        try:
            return cls.objects.get(name=name)
        except cls.DoesNotExist as error:
            raise NoSuchEdition(edition=name) from error

    @classmethod
    def locked(cls, name: str) -> Self:
        """The same, letting one person at a time act on it."""
        try:
            return cls.objects.select_for_update().get(name=name)
        except cls.DoesNotExist as error:
            raise NoSuchEdition(edition=name) from error

    def to_value(self) -> edition_values.Edition:
        """Read the domain's value, with the approvals in the order in which they came."""
        return edition_values.Edition(
            name=self.name,
            cycle=self.cycle,
            urgent=self.urgent,
            state=edition_values.State(self.state),
            number=self.number,
            fingerprint=self.fingerprint,
            submitted_by=self.submitted_by or None,
            prepared_by=self.prepared_by or None,
            approvals=tuple(self.signatures.order_by("pk").values_list("approver", flat=True)),
        )

    def places(self, cluster: str) -> tuple[Place, ...]:
        """Read the places that people gave a cluster's assets, in their order."""
        return tuple(Place.model_validate(each) for each in self.arranged.get(cluster, ()))

    def make_sure_it_may_be_shown(self) -> None:
        """Refuse it where it may not be shown as it is.

        Raises NotDeclared where nobody declares something in it free of state secrets any more,
        MadeFromWhatWasLive where it would undo what came after, and AssetWithdrawn where it would
        bring to the screens what the department has withdrawn.
        """
        if rows := Asset.undeclared().filter(pk__in=self.shown()):
            raise NotDeclared(edition=self.name, assets=_named(rows))
        programmes = self.programmes.all()
        if self.derived and any(programme.is_stale() for programme in programmes):
            raise MadeFromWhatWasLive(edition=self.name)
        brought = set().union(*(programme.brings() for programme in programmes))
        if rows := Asset.objects.filter(pk__in=brought, withdrawal__isnull=False):
            raise AssetWithdrawn(edition=self.name, assets=_named(rows))

    def shown(self) -> set[str]:
        """Give the assets that any of its playlists may show."""
        assets = (programme.to_value().assets() for programme in self.programmes.all())
        return set().union(*assets)

    def submission(self) -> "Submission | None":
        """Find what of it is before the approvers, or was approved; None: of a draft."""
        if not self.number:
            return None
        return self.submissions.filter(number=self.number).order_by("-pk").first()

    def words(self) -> Mapping[str, "Wording"]:
        """Read what is said of all in it that is proposed for Vietnam.vn.

        That is what was submitted, and thereby approved; of a draft, what is said now.
        """
        submission = self.submission()
        if submission is None or submission.captions is None:
            return Wording.read(self.words_to_submit())
        return Wording.read(submission.captions)

    def words_to_submit(self) -> dict[str, Any]:
        """Take down what a submission is to keep of it.

        One that is made from what is live changes one thing: of all else it keeps the words that
        were approved, as it does what the screens show.
        """
        shown = self.shown()
        said = {
            row.pk: {"caption": legible(row.caption), "by": row.captioned_by}
            for row in Asset.objects.filter(pk__in=shown, proposed=True).order_by("pk")
        }
        if self.derived:
            live = filter(None, (Programme.live(each.cluster) for each in self.programmes.all()))
            for programme in sorted(live, key=lambda each: each.edition.number):
                approved = programme.edition.words()
                for asset in programme.to_value().assets() & shown:
                    said.pop(asset, None)
                    if asset in approved:
                        said[asset] = approved[asset].kept
        return said

    def take(self, value: edition_values.Edition) -> None:
        """Write the value's state; its approvals are rows of their own."""
        self.state = value.state
        self.number = value.number
        self.fingerprint = value.fingerprint
        self.submitted_by = value.submitted_by or ""
        self.prepared_by = value.prepared_by or ""
        self.save()


def _named(rows: Iterable[Asset]) -> str:
    return ", ".join(sorted(f"“{row.title}”" for row in rows))


class Wording(NamedTuple):
    """What is said of an asset, and who said it last: its newsroom, or a person by name."""

    caption: Caption
    by: str

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "dict[str, Wording]":
        """Read what a submission keeps, by asset."""
        return {
            asset: cls(Caption.model_validate(each["caption"]), each["by"])
            for asset, each in said.items()
        }

    @property
    def kept(self) -> dict[str, Any]:
        """As a submission keeps it."""
        return {"caption": self.caption.model_dump(mode="json"), "by": self.by}


class Programme(models.Model):
    """One cluster's playlist in an edition.

    `left_out` lists assets that are not in it, each with the reason in both languages, and
    whether it would be `fit` and only finds no room: what people left out, then of all
    `left_out_count` those that they can most likely do something about.
    `to_sign` holds, once the edition is submitted, the exact bytes that approvers sign.  `base`
    is the number of the live edition that a derived one was made from; 0: none was live.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="programmes")
    cluster = models.CharField(max_length=SLUG_LENGTH)
    playlist = models.BinaryField()
    left_out = models.JSONField(default=list)
    left_out_count = models.PositiveIntegerField(default=0)
    to_sign = models.BinaryField(null=True)
    base = models.PositiveIntegerField(default=0)

    class Meta:
        """One playlist a cluster."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "cluster"], name="programme_once")
        ]

    def __str__(self) -> str:
        """Show whose it is."""
        return f"{self.edition_id}/{self.cluster}"

    @classmethod
    def live(cls, cluster: str) -> Self | None:
        """Find what was last published for a cluster; an edition may name only some clusters."""
        published = cls.objects.filter(
            cluster=cluster, edition__state=edition_values.State.PUBLISHED
        )
        return published.select_related("edition").order_by("-edition__number").first()

    @classmethod
    def live_number(cls, cluster: str) -> int:
        """The number of the edition that was last published for a cluster; 0: none."""
        live = cls.live(cluster)
        return live.edition.number if live else 0

    def brings(self) -> frozenset[str]:
        """Give the assets that it shows and, made from what is live, that is not what shows them.

        So a withdrawal does not wait for another that was asked for while it is being signed.
        """
        playlist, live = self.to_value(), Programme.live(self.cluster)
        if not self.edition.derived or live is None:
            return playlist.assets()
        before = live.to_value()
        brought = playlist.assets() - before.assets()
        if playlist.takeover and playlist.takeover != before.takeover:
            brought |= {entry.asset for entry in playlist.takeover.entries}
        return brought

    def is_stale(self) -> bool:
        """Whether another has been published since it was made from what was live.

        Not where it is what is live but for what may not be shown: that undoes nothing.
        """
        live = Programme.live(self.cluster)
        if live is None or live.edition.number == self.base:
            return live is None and self.base > 0
        playlist = self.to_value()
        same = {"number": playlist.number}
        return live.to_value().without(Asset.barred()).model_copy(update=same) != playlist

    def to_value(self) -> Playlist:
        """Read the playlist."""
        return Playlist.from_bytes(bytes(self.playlist))


class Submission(models.Model):
    """What was put before the approvers, so that what has changed since can be shown."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="submissions")
    number = models.PositiveIntegerField()
    by = models.CharField(max_length=SLUG_LENGTH)
    at = models.DateTimeField()
    fingerprint = models.CharField(max_length=SHA256_LENGTH)
    playlists = models.JSONField()
    """Cluster to its playlist's bytes, as text."""
    captions = models.JSONField(null=True)
    """Asset to what was said of it and by whom, of all that is proposed for Vietnam.vn; None:
    submitted before that was kept."""
    full_name = models.CharField(max_length=200, blank=True, default="")
    office = models.CharField(max_length=200, blank=True, default="")
    """What `by` was called, and their office, on that day."""

    def __str__(self) -> str:
        """Show the number and by whom."""
        return f"{self.number} by {self.by}"

    @property
    def words(self) -> str:
        """Name what it says of all that is proposed for Vietnam.vn: its SHA-256."""
        return digest(canonical(self.captions or {}))

    @property
    def official(self) -> Official:
        """Who put it before the approvers."""
        return Official(name=self.by, full_name=self.full_name, office=self.office)

    def playlist(self, cluster: str) -> Playlist | None:
        """Read a cluster's playlist; None where it had none."""
        text = self.playlists.get(cluster)
        return Playlist.from_bytes(text.encode()) if text else None


class Signature(models.Model):
    """One approver's signatures on an edition: a cluster's role each."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="signatures")
    approver = models.CharField(max_length=SLUG_LENGTH)
    at = models.DateTimeField()
    by_cluster = models.JSONField()
    """Cluster to `{"keyid": …, "sig": …}`."""
    full_name = models.CharField(max_length=200, blank=True, default="")
    office = models.CharField(max_length=200, blank=True, default="")
    """What the approver was called, and their office, on that day."""

    class Meta:
        """A person counts once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "approver"], name="signature_once")
        ]

    def __str__(self) -> str:
        """Show who signed."""
        return f"{self.approver} on {self.edition_id}"


class Notice(models.Model):
    """An urgent programme that is kept ready (storm, flood, border closed); see `core.notice`."""

    name = models.CharField(max_length=SLUG_LENGTH, unique=True)
    content = models.JSONField()
    fingerprint = models.CharField(max_length=SHA256_LENGTH)
    prepared_by = models.CharField(max_length=SLUG_LENGTH)
    prepared_at = models.DateTimeField()

    def __str__(self) -> str:
        """Show its name."""
        return self.name

    @classmethod
    def called(cls, name: str) -> Self:
        """Find a notice by its name; NoSuchNotice where there is none."""
        return cls._only(cls.objects.filter(name=name), name)

    @classmethod
    def locked(cls, name: str) -> Self:
        """The same, letting one person at a time act on it."""
        return cls._only(cls.objects.select_for_update().filter(name=name), name)

    @classmethod
    def _only(cls, found: models.QuerySet[Self], name: str) -> Self:
        try:
            return found.get()
        except cls.DoesNotExist as error:
            raise NoSuchNotice(notice=name) from error

    def to_value(self) -> NoticeValue:
        """Read the domain's value."""
        return NoticeValue.model_validate(self.content)


class NoticeApproval(models.Model):
    """One approver's signature on a notice's content, given ahead."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="approvals")
    approver = models.CharField(max_length=SLUG_LENGTH)
    at = models.DateTimeField()
    keyid = models.CharField(max_length=SHA256_LENGTH)
    sig = models.TextField()

    class Meta:
        """A person counts once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "approver"], name="notice_approval_once")
        ]

    def __str__(self) -> str:
        """Show who signed."""
        return f"{self.approver} on {self.notice_id}"
