"""What came in, and what was made of it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models

from cluster_feed.core import asset as asset_values
from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual, Tongue
from cluster_feed.core.caption import Caption, Missing
from cluster_feed.core.edition import State
from cluster_feed.core.errors import (
    FeedError,
    NoSuchAsset,
    UnknownReason,
    recall,
)
from cluster_feed.core.facets import BETWEEN, Facets, facets
from cluster_feed.core.finding import Finding
from cluster_feed.ledger.models.lengths import SHA256_LENGTH, SLUG_LENGTH


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
    proposed = models.BooleanField(default=False)
    portal_lacks = models.TextField(default="")

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
            ),
            models.Index(
                fields=["received_at", "sha256", "newsroom", "aired", "lacks", "portal_lacks"],
                condition=models.Q(proposed=True),
                name="asset_proposed",
            ),
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

    @classmethod
    def lacking_for_portal(cls, broadcasters: Collection[str]) -> models.Q:
        """Find what is proposed for Vietnam.vn and could not be given as it is."""
        return models.Q(proposed=True) & (cls.lacking(broadcasters) | ~models.Q(portal_lacks=""))

    def missing_for_portal(self) -> tuple[Missing, ...]:
        """Name what it lacks for Vietnam.vn beyond `missing`; of what is not proposed, nothing."""
        return tuple(map(Missing, self.portal_lacks.split(BETWEEN))) if self.portal_lacks else ()

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
        return recalled(self.code, self.facts)


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
        return recalled(self.code, self.facts)


class Withdrawal(models.Model):
    """An asset that the department took back: no later edition shows it.

    `edition` is the one that takes it off the screens, where it was on them; giving that back
    lifts the withdrawal.
    """

    asset = models.OneToOneField(Asset, models.PROTECT, related_name="withdrawal")
    at = models.DateTimeField()
    by = models.CharField(max_length=SLUG_LENGTH)
    reason = models.TextField()
    edition = models.ForeignKey("Edition", models.PROTECT, null=True, related_name="withdrawals")

    def __str__(self) -> str:
        """Show what was taken back, and when."""
        return f"{self.asset_id[:10]} at {self.at}"

    @classmethod
    def in_force(cls) -> "models.QuerySet[Self]":
        """Those that nobody has to sign any more: the others wait for their edition."""
        return cls.objects.filter(models.Q(edition=None) | models.Q(edition__state=State.PUBLISHED))

    @classmethod
    def awaited(cls) -> "models.QuerySet[Self]":
        """Those that wait for the signatures of the edition that takes them off."""
        return cls.objects.exclude(pk__in=cls.in_force())


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
    def before(cls, assets: Iterable[str]) -> dict[str, list[str]]:
        """Name, by asset, what each stands in place of, the last first."""
        by_new = dict(cls.objects.values_list("new", "old"))
        found: dict[str, list[str]] = {asset: [] for asset in assets}
        for first, chain in found.items():
            asset = first
            while asset in by_new:
                asset = by_new[asset]
                chain.append(asset)
        return found


def recalled(code: str, facts: dict[str, str]) -> FeedError:
    """Read a reason again, also one that another version of the software kept."""
    try:
        error = recall(code, facts)
        for tongue in Tongue:
            error.message(tongue)
    except (LookupError, TypeError, ValueError, AttributeError):
        return UnknownReason(reason=code)
    return error
