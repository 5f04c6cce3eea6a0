"""What went to Vietnam.vn, and where it is there."""

from typing import ClassVar, Self

from django.db import models

from cluster_feed.core.errors import FeedError, NoSuchPackage, PackageNotOnRecord
from cluster_feed.core.package import Package as PackageValue
from cluster_feed.ledger.models.asset import Asset, recalled
from cluster_feed.ledger.models.edition import Edition
from cluster_feed.ledger.models.lengths import SHA256_LENGTH, SLUG_LENGTH


class Package(models.Model):
    """A package written for Vietnam.vn from a published edition.

    `says` is all that the package says, a `core.package.Package`; of what was made before that was
    kept, nothing.
    """

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="packages")
    name = models.CharField(max_length=128)
    sha256 = models.CharField(max_length=SHA256_LENGTH)
    assets = models.PositiveIntegerField()
    at = models.DateTimeField()
    says = models.JSONField(default=dict)

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

    def to_value(self) -> PackageValue:
        """Read all that it says; PackageNotOnRecord where only its hash was kept."""
        if not self.says:
            raise PackageNotOnRecord(package=self.title)
        return PackageValue.model_validate(self.says)

    def titles(self) -> dict[str, str]:
        """Give, by code, what it calls its items; nothing where only its hash was kept."""
        items = self.says.get("items", ())
        said = {each["id"]: each["caption"]["words"].get("vi", {}) for each in items}
        titles = {code: words.get("title", "") for code, words in said.items()}
        back = {each["id"]: each["title"] for each in self.says.get("withdrawn", ())}
        return {code: title for code, title in (titles | back).items() if title}


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


class Handover(models.Model):
    """A package was copied to where the Ministry takes it from: when, which way, by whom."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="handovers")
    way = models.CharField(max_length=12)
    where = models.TextField()
    by = models.CharField(max_length=SLUG_LENGTH)
    at = models.DateTimeField()

    def __str__(self) -> str:
        """Show what went where."""
        return f"{self.package_id} to {self.where}"


class Errand(models.Model):
    """Something long that a person asked for at the desk, and that the daemon does.

    Until `ended_at` it is to be done, also where it was begun: whoever is killed begins it again.
    `code` and `facts` are why it came to nothing; `found` is what it came to.
    """

    act = models.CharField(max_length=12)
    of = models.CharField(max_length=128, blank=True)
    """The package's title; empty: of none that is there yet."""
    by = models.CharField(max_length=SLUG_LENGTH)
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, db_index=True)
    code = models.CharField(max_length=SLUG_LENGTH, blank=True)
    facts = models.JSONField(default=dict)
    found = models.JSONField(default=list)

    class Meta:
        """Of the same thing, one is to be done at a time, however often people press."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["act", "of"], condition=models.Q(ended_at=None), name="errand_once"
            )
        ]

    def __str__(self) -> str:
        """Show what is asked for, and of what."""
        return f"{self.act} {self.of}"

    @property
    def going(self) -> bool:
        """Whether it is still to be done, or being done."""
        return self.ended_at is None

    @property
    def failed(self) -> FeedError | None:
        """Why it came to nothing; None: it did not."""
        return recalled(self.code, self.facts) if self.code else None


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
