"""The tables of the record.

Code elsewhere imports this module as `ledger`: `ledger.Asset` is the record of a `core` Asset.
Only an edition has a state; everything else is a fact that is there or not.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models

from cluster_feed.core import asset as asset_values
from cluster_feed.core import edition as edition_values
from cluster_feed.core.arrangement import Place
from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual, Tongue
from cluster_feed.core.caption import Caption, Missing
from cluster_feed.core.cycle import Task as TaskValue
from cluster_feed.core.device import code_of, mark_of
from cluster_feed.core.errors import (
    AssetWithdrawn,
    FeedError,
    MadeFromWhatWasLive,
    NoSuchAsset,
    NoSuchEdition,
    NoSuchNotice,
    NoSuchPackage,
    NotDeclared,
    UnknownReason,
    recall,
)
from cluster_feed.core.facets import Facets, facets
from cluster_feed.core.finding import Finding
from cluster_feed.core.notice import Notice as NoticeValue
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.proof import Life

SHA256_LENGTH = 64
SLUG_LENGTH = 64


def missing(lacks: str, *, proven: bool) -> tuple[Missing, ...]:
    """Read what an asset's column `lacks` names; `proven`: that it was on air, where it must be."""
    return (*map(Missing, lacks.split()), *(() if proven else (Missing.BROADCAST,)))


class Asset(models.Model):
    """A clip or a photo that the store holds."""

    sha256 = models.CharField(primary_key=True, max_length=SHA256_LENGTH)
    kind = models.CharField(max_length=8)
    newsroom = models.CharField(max_length=SLUG_LENGTH, db_index=True)
    name = models.TextField()
    submission = models.TextField(blank=True)
    byte_count = models.BigIntegerField()
    received_at = models.DateTimeField()
    media = models.JSONField()
    caption = models.JSONField()
    captioned_by = models.CharField(max_length=SLUG_LENGTH)
    """Who wrote the caption last: the newsroom's slug, or a person of the department."""
    hurried_at = models.DateTimeField(null=True)
    """Since when its renditions are to be made before all others'."""

    # Drawn from the caption by `draw_facets`; see `core.facets`.
    searched = models.TextField(default="")
    sort_key = models.CharField(max_length=512, default="", db_index=True)
    themes = models.CharField(max_length=128, default="")
    lacks = models.TextField(default="")
    aired = models.BooleanField(default=False)

    class Meta:
        """Lists are ordered, sifted and counted without reading a row, which is wide."""

        indexes: ClassVar = [
            models.Index(
                fields=[
                    "received_at",
                    "sha256",
                    "newsroom",
                    "kind",
                    "captioned_by",
                    "aired",
                    "lacks",
                    "themes",
                ],
                name="asset_listed",
            )
        ]

    def __str__(self) -> str:
        """Show the short id and the name."""
        return f"{self.sha256[:10]} {self.newsroom}/{self.name}"

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **more: Any) -> None:  # noqa: ANN401  Django's
        """Save, and what is drawn from the caption with it."""
        if update_fields is None or "caption" in update_fields:
            self.draw_facets()
            if update_fields is not None:
                update_fields = {*update_fields, *Facets._fields}
        super().save(*args, update_fields=update_fields, **more)

    def draw_facets(self) -> None:
        """Bring up to date by what it is found; whoever writes many at once calls this first."""
        for field, value in facets(self.name, Kind(self.kind), self.to_caption())._asdict().items():
            setattr(self, field, value)

    @staticmethod
    def lacking(broadcasters: Collection[str]) -> models.Q:
        """Find what lacks something that a caption must say; `broadcasters` must prove it aired."""
        return ~models.Q(lacks="") | models.Q(aired=False, newsroom__in=broadcasters)

    def missing(self, broadcasters: Collection[str]) -> tuple[Missing, ...]:
        """Name it, without reading the caption."""
        return missing(self.lacks, proven=self.aired or self.newsroom not in broadcasters)

    @property
    def title(self) -> str:
        """What people call it: its Vietnamese title, or the name of its file."""
        said = self.caption.get("words", {}).get("vi", {}).get("title", "")
        return said or self.name.rpartition("/")[2]

    @classmethod
    def titles(cls, assets: Iterable[str]) -> dict[str, str]:
        """Give what people call some assets; of one that is not here, nothing."""
        rows = cls.objects.filter(pk__in=list(assets))
        named = rows.values_list("pk", "caption__words__vi__title", "name")
        return {pk: title or name.rpartition("/")[2] for pk, title, name in named}

    @classmethod
    def called(cls, beginning: str) -> Self:
        """Find an asset by the beginning of its id; NoSuchAsset where that names none or two."""
        try:
            return cls.objects.get(sha256__startswith=beginning)
        except (cls.DoesNotExist, cls.MultipleObjectsReturned) as error:
            raise NoSuchAsset(asset=beginning) from error

    @classmethod
    def hurry(cls, assets: Collection[str], now: datetime) -> None:
        """Let their renditions be made before all others'."""
        cls.objects.filter(pk__in=assets, hurried_at=None).update(hurried_at=now)

    @classmethod
    def undeclared(cls) -> models.QuerySet[Self]:
        """Find what nobody declares free of state secrets, or no longer."""
        return cls.objects.exclude(caption__no_state_secrets=True)

    @classmethod
    def barred(cls) -> frozenset[str]:
        """Give what no edition to come may show: withdrawn, or not declared."""
        rows = cls.undeclared() | cls.objects.filter(withdrawal__isnull=False)
        return frozenset(rows.values_list("pk", flat=True))

    def to_value(self) -> asset_values.Asset:
        """Read the domain's value."""
        return asset_values.Asset.model_validate(
            {field: getattr(self, field) for field in asset_values.Asset.model_fields}
        )

    def to_caption(self) -> Caption:
        """Read the caption."""
        return Caption.model_validate(self.caption)


class Rejection(models.Model):
    """A file that was refused, with its reason; it stays until someone has seen it.

    `sha256` remembers the content, so that a corrected file of the same name is looked at again;
    it is empty where nothing of the file may be kept.
    """

    newsroom = models.CharField(max_length=SLUG_LENGTH, db_index=True)
    name = models.TextField()
    submission = models.TextField(blank=True)
    sha256 = models.CharField(max_length=SHA256_LENGTH, blank=True, db_index=True)
    code = models.CharField(max_length=SLUG_LENGTH)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(db_index=True)
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Show what was refused and why."""
        return f"{self.newsroom}/{self.name}: {self.code}"

    def to_error(self) -> FeedError:
        """Read the reason."""
        return _recalled(self.code, self.facts)


class Rendition(models.Model):
    """An asset made to fit a profile by a version of the recipe, or why it could not be."""

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="renditions")
    profile = models.CharField(max_length=SLUG_LENGTH)
    recipe = models.CharField(max_length=SHA256_LENGTH)
    made_at = models.DateTimeField()
    sha256 = models.CharField(max_length=SHA256_LENGTH, blank=True)
    byte_count = models.BigIntegerField(default=0)
    suffix = models.CharField(max_length=9, blank=True)
    media = models.JSONField(null=True)
    decision = models.TextField(blank=True)
    decision_vi = models.TextField(blank=True)
    findings = models.JSONField(default=list)
    code = models.CharField(max_length=SLUG_LENGTH, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        """The same work is never done twice."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["asset", "profile", "recipe"], name="rendition_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["asset", "profile"], condition=models.Q(code=""), name="rendition_there"
            ),
            models.Index(
                fields=["asset"], condition=models.Q(code__gt=""), name="rendition_failed"
            ),
            models.Index(
                fields=["asset", "profile"],
                condition=~models.Q(findings=[]),
                name="rendition_found",
            ),
        ]

    def __str__(self) -> str:
        """Show what it is made from and for."""
        return f"{self.asset_id[:10]} for {self.profile}"

    @property
    def failed(self) -> bool:
        """Whether this records a failure."""
        return bool(self.code)

    @classmethod
    def found(
        cls, profiles: Iterable[str], assets: Iterable[str] | None = None
    ) -> dict[str, list[Finding]]:
        """Give, by asset, what a person should look at in its renditions of today.

        What was found for several profiles is told once.
        """
        rows = cls.objects.filter(profile__in=profiles).order_by("made_at", "pk")
        if assets is not None:
            rows = rows.filter(asset__in=assets)
        kept = rows.values_list("asset", "profile", "findings")
        latest = {(asset, profile): findings for asset, profile, findings in kept}
        found: dict[str, dict[Finding, None]] = {}
        for (asset, _), findings in latest.items():
            for each in map(Finding.model_validate, findings):
                found.setdefault(asset, {})[each] = None
        return {asset: list(each) for asset, each in found.items()}

    @classmethod
    def assets_with_findings(cls, profiles: Iterable[str]) -> int:
        """Count the assets of which `found` would tell something."""
        later = cls.objects.filter(
            asset=models.OuterRef("asset"), profile=models.OuterRef("profile")
        )
        later = later.filter(
            models.Q(made_at__gt=models.OuterRef("made_at"))
            | models.Q(made_at=models.OuterRef("made_at"), pk__gt=models.OuterRef("pk"))
        )
        rows = cls.objects.filter(profile__in=profiles).exclude(findings=[])
        return rows.filter(~models.Exists(later)).values("asset").distinct().count()

    @property
    def because(self) -> Bilingual:
        """Why it was made so, and what was done; what was made before 0012 has no Vietnamese."""
        said = (self.decision_vi, self.decision)
        return Bilingual(*(each.partition(": ")[2] for each in said))

    def to_findings(self) -> tuple[Finding, ...]:
        """Read what a person should look at."""
        return tuple(map(Finding.model_validate, self.findings))

    def to_value(self) -> asset_values.Rendition:
        """Read the domain's value."""
        return asset_values.Rendition(
            asset=self.asset_id,
            profile=self.profile,
            recipe=self.recipe,
            sha256=self.sha256,
            byte_count=self.byte_count,
            suffix=self.suffix,
            media=asset_values.MediaInfo.model_validate(self.media),
            decision=self.decision,
            decision_vi=self.decision_vi,
            findings=self.to_findings(),
        )

    def to_error(self) -> FeedError:
        """Read why it could not be made."""
        return _recalled(self.code, self.facts)


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

    def take(self, value: edition_values.Edition) -> None:
        """Write the value's state; its approvals are rows of their own."""
        self.state = value.state
        self.number = value.number
        self.fingerprint = value.fingerprint
        self.submitted_by = value.submitted_by or ""
        self.prepared_by = value.prepared_by or ""
        self.save()


def _recalled(code: str, facts: dict[str, str]) -> FeedError:
    """Read a reason again, also one that another version of the software kept."""
    try:
        error = recall(code, facts)
        for tongue in Tongue:
            error.message(tongue)
    except (LookupError, TypeError, ValueError, AttributeError):
        return UnknownReason(reason=code)
    return error


def _named(rows: Iterable[Asset]) -> str:
    return ", ".join(sorted(f"“{row.title}”" for row in rows))


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

    def __str__(self) -> str:
        """Show the number and by whom."""
        return f"{self.number} by {self.by}"

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

    class Meta:
        """A person counts once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "approver"], name="signature_once")
        ]

    def __str__(self) -> str:
        """Show who signed."""
        return f"{self.approver} on {self.edition_id}"


class Withdrawal(models.Model):
    """An asset that the department took back: no later edition shows it.

    `edition` is the one that takes it off the screens, where it was on them; giving that back
    lifts the withdrawal.
    """

    asset = models.OneToOneField(Asset, models.PROTECT, related_name="withdrawal")
    at = models.DateTimeField()
    by = models.CharField(max_length=SLUG_LENGTH)
    reason = models.TextField()
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, related_name="withdrawals")

    def __str__(self) -> str:
        """Show what was taken back, and when."""
        return f"{self.asset_id[:10]} at {self.at}"


class Replacement(models.Model):
    """A correct asset that somebody put in the place of a wrong one: drafts to come show it."""

    old = models.OneToOneField(Asset, models.PROTECT, related_name="replacement")
    new = models.OneToOneField(Asset, models.PROTECT, related_name="replaces")
    at = models.DateTimeField()
    by = models.CharField(max_length=SLUG_LENGTH)

    def __str__(self) -> str:
        """Show which took the place of which."""
        return f"{self.new_id[:10]} for {self.old_id[:10]}"

    @classmethod
    def before(cls, asset: str) -> list[str]:
        """Name what an asset stands in place of, the last first."""
        by_new = dict(cls.objects.values_list("new", "old"))
        found: list[str] = []
        while asset in by_new:
            asset = by_new[asset]
            found.append(asset)
        return found


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


class Receipt(models.Model):
    """A node holds the feed as of a version of its timestamp.

    `edition` is the one that its playlist then was; `blobs` and `byte_count` what had to be sent.
    """

    cluster = models.CharField(max_length=SLUG_LENGTH)
    timestamp_version = models.PositiveIntegerField()
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, related_name="receipts")
    at = models.DateTimeField()
    blobs = models.PositiveIntegerField()
    byte_count = models.BigIntegerField()

    class Meta:
        """A version arrives once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cluster", "timestamp_version"], name="receipt_once")
        ]

    def __str__(self) -> str:
        """Show where and which version."""
        return f"{self.cluster} v{self.timestamp_version}"


class FileReceipt(models.Model):
    """A node holds a file under its final name: a blob, or metadata of one version."""

    cluster = models.CharField(max_length=SLUG_LENGTH)
    path = models.CharField(max_length=255)
    byte_count = models.BigIntegerField()
    at = models.DateTimeField()
    """When it arrived last; a blob that a screen found damaged is sent again."""

    class Meta:
        """A file is there once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cluster", "path"], name="file_receipt_once")
        ]

    def __str__(self) -> str:
        """Show where and what."""
        return f"{self.cluster}: {self.path}"


class Device(models.Model):
    """The key with which a screen signs what it reports; `admitted_at`: a person confirmed it.

    A screen that was replaced has a new key: the old one is retired, what it said stays.
    """

    cluster = models.CharField(max_length=SLUG_LENGTH)
    screen = models.CharField(max_length=SLUG_LENGTH)
    keyid = models.CharField(max_length=SHA256_LENGTH)
    public = models.CharField(max_length=SHA256_LENGTH)
    """Ed25519, the raw key in hexadecimal."""
    seen_at = models.DateTimeField()
    admitted_at = models.DateTimeField(null=True)
    admitted_by = models.CharField(max_length=SLUG_LENGTH, blank=True)
    retired_at = models.DateTimeField(null=True)
    serial = models.PositiveBigIntegerField(default=0)
    """Of the last health that was taken from it."""
    told = models.JSONField(default=dict)
    """How much of its proof has arrived: a `core` Life."""

    class Meta:
        """A key is of one screen, once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cluster", "screen", "keyid"], name="device_once")
        ]

    def __str__(self) -> str:
        """Show whose it is."""
        return f"{self.cluster}/{self.screen} {self.keyid[:10]}"

    @property
    def code(self) -> str:
        """What people compare it by."""
        return code_of(self.public)

    @property
    def mark(self) -> str:
        """What the names of its files carry."""
        return mark_of(self.public)

    def to_life(self) -> Life:
        """Read how much of its proof has arrived."""
        return Life.model_validate(self.told)


class Play(models.Model):
    """One row of a screen's proof of play; rows count within the life of a device."""

    cluster = models.CharField(max_length=SLUG_LENGTH)
    screen = models.CharField(max_length=SLUG_LENGTH)
    device = models.CharField(max_length=SHA256_LENGTH)
    row = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=SHA256_LENGTH)
    edition = models.PositiveIntegerField()
    asset = models.CharField(max_length=SHA256_LENGTH, db_index=True)
    rendition = models.CharField(max_length=SHA256_LENGTH)
    began_at = models.DateTimeField(db_index=True)
    seconds = models.FloatField()
    outcome = models.CharField(max_length=12)
    reason = models.TextField(blank=True)

    class Meta:
        """A play is counted once, and a screen's day is read without its rows."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cluster", "screen", "device", "row"], name="play_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["cluster", "screen", "began_at", "asset", "outcome"], name="play_by_day"
            )
        ]

    def __str__(self) -> str:
        """Show which screen and row."""
        return f"{self.cluster}/{self.screen} #{self.row}"


class Health(models.Model):
    """The last that a screen said of itself."""

    cluster = models.CharField(max_length=SLUG_LENGTH)
    screen = models.CharField(max_length=SLUG_LENGTH)
    at = models.DateTimeField()
    says = models.JSONField()

    class Meta:
        """The last one stands."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cluster", "screen"], name="health_once")
        ]

    def __str__(self) -> str:
        """Show which screen and when."""
        return f"{self.cluster}/{self.screen} at {self.at}"


class Task(models.Model):
    """Something the clock asked for that was done."""

    cycle = models.CharField(max_length=7)
    act = models.CharField(max_length=12)
    days_before = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        """Caught up once, never twice."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cycle", "act", "days_before"], name="task_once")
        ]

    def __str__(self) -> str:
        """Show what was done for which cycle."""
        return f"{self.cycle} {self.act} {self.days_before}"

    def to_value(self) -> TaskValue:
        """Read the domain's value."""
        return TaskValue.model_validate(
            {"cycle": self.cycle, "act": self.act, "days_before": self.days_before}
        )


class Package(models.Model):
    """A package written for Vietnam.vn from a published edition."""

    edition = models.OneToOneField(Edition, models.PROTECT, related_name="package")
    name = models.CharField(max_length=128)
    sha256 = models.CharField(max_length=SHA256_LENGTH)
    assets = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        """Show the file's name."""
        return self.name

    @classmethod
    def called(cls, name: str) -> Self:
        """Find a package by its name, with or without .zip; NoSuchPackage where there is none."""
        try:
            return cls.objects.get(name=f"{name.removesuffix('.zip')}.zip")
        except (cls.DoesNotExist, cls.MultipleObjectsReturned) as error:
            raise NoSuchPackage(package=name) from error

    @property
    def title(self) -> str:
        """Its name without what kind of file it is."""
        return self.name.removesuffix(".zip")


class PackagedItem(models.Model):
    """What a package told the portal of an asset; the last one stands.

    `content` is the hash of all that was given, to tell whether another package must give it.
    """

    package = models.ForeignKey(Package, models.CASCADE, related_name="items")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="packaged")
    code = models.CharField(max_length=SLUG_LENGTH, db_index=True)
    version = models.PositiveIntegerField()
    change = models.CharField(max_length=12)
    content = models.CharField(max_length=SHA256_LENGTH, blank=True)

    class Meta:
        """A package tells of an asset once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["package", "asset"], name="packaged_once")
        ]

    def __str__(self) -> str:
        """Show the code and what was told."""
        return f"{self.code} v{self.version}: {self.change}"


class Sending(models.Model):
    """A package went to the Ministry: on which day, by which letter, which way."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="sendings")
    letter = models.CharField(max_length=128)
    """The number that the covering letter got: 123/SVHTTDL-TTBC."""
    on = models.DateField()
    way = models.CharField(max_length=12)
    by = models.CharField(max_length=SLUG_LENGTH)
    at = models.DateTimeField()

    def __str__(self) -> str:
        """Show what went and by which letter."""
        return f"{self.package_id} by {self.letter}"


class Posting(models.Model):
    """Where and since when a person found an asset on Vietnam.vn."""

    asset = models.ForeignKey(Asset, models.PROTECT, related_name="postings")
    url = models.CharField(max_length=1000)
    on = models.DateField(db_index=True)
    by = models.CharField(max_length=SLUG_LENGTH)
    at = models.DateTimeField()

    class Meta:
        """An address is noted once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["asset", "url"], name="posting_once")
        ]

    def __str__(self) -> str:
        """Show what is where."""
        return f"{self.asset_id[:10]} at {self.url}"


class Reminder(models.Model):
    """A reminder of a deadline went out by mail, or is going out just now: `sent_at` is None.

    It is written down before the mail is handed over: whoever is killed in between reminds once
    too little rather than twice.
    """

    deadline = models.CharField(max_length=SLUG_LENGTH)
    by = models.DateField()
    days_before = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        """A stage of a deadline is told once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deadline", "by", "days_before"], name="reminder_once")
        ]

    def __str__(self) -> str:
        """Show of what, and which stage."""
        return f"{self.deadline} {self.by} -{self.days_before}"


class Event(models.Model):
    """One row of the audit log, which only grows; see `audit`."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=SLUG_LENGTH)
    act = models.CharField(max_length=SLUG_LENGTH)
    subject = models.CharField(max_length=255)
    facts = models.JSONField(default=dict)
    previous = models.CharField(max_length=SHA256_LENGTH)
    sha256 = models.CharField(max_length=SHA256_LENGTH)

    class Meta:
        """What was done to something, and who did what, is found however long it has grown."""

        indexes: ClassVar = [
            models.Index(fields=["act", "subject"], name="event_by_act"),
            models.Index(fields=["actor"], name="event_by_actor"),
            models.Index(fields=["at"], name="event_by_time"),
        ]

    def __str__(self) -> str:
        """Show who did what to what."""
        return f"{self.actor} {self.act} {self.subject}"
