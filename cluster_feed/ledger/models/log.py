"""What was done, and by whom."""

from typing import ClassVar

from django.db import models

from cluster_feed.core.cycle import Task as TaskValue
from cluster_feed.ledger.models.lengths import SHA256_LENGTH, SLUG_LENGTH


class Official(models.Model):
    """How the papers name a person today; what they sign keeps what it was on that day."""

    name = models.CharField(max_length=SLUG_LENGTH, unique=True)
    full_name = models.CharField(max_length=200)
    office = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        """Show the name by which people know them."""
        return self.full_name

    @classmethod
    def learn(cls, name: str, full_name: str, office: str = "") -> None:
        """Remember how a person is named from now on."""
        cls.objects.update_or_create(name=name, defaults={"full_name": full_name, "office": office})

    @classmethod
    def naming(cls, name: str) -> dict[str, str]:
        """Give how a person is named, for what they submit or sign."""
        row = cls.objects.filter(name=name).first() or cls()
        return {"full_name": row.full_name, "office": row.office}


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
