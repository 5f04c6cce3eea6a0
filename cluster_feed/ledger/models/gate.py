"""What a node holds, and what its screens say of themselves."""

from typing import ClassVar

from django.db import models

from cluster_feed.core.device import code_of, mark_of
from cluster_feed.core.proof import Life
from cluster_feed.ledger.models.edition import Edition
from cluster_feed.ledger.models.lengths import SHA256_LENGTH, SLUG_LENGTH


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
    frames = models.PositiveBigIntegerField(null=True)
    """Pictures that were really presented; none where the player does not count them."""
    outcome = models.CharField(max_length=12)
    reason = models.TextField(blank=True)

    class Meta:
        """A play is counted once, and a screen's day is read without its rows."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cluster", "screen", "device", "row"], name="play_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=[
                    *("cluster", "screen", "began_at"),
                    *("asset", "outcome", "reason", "seconds", "frames"),
                ],
                name="play_by_day",
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
