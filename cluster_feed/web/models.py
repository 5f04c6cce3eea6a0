"""The desk's own tables: its people, and the tokens of their programs."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django_otp.plugins.otp_totp.models import TOTPDevice

from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.person import check_person
from cluster_feed.ledger.models import SHA256_LENGTH, SLUG_LENGTH, Official
from cluster_feed.web.roles import Role

_INVITED_FOR: Final = timedelta(days=3)
LONGEST_TOKEN_NAME: Final = 100
_TOKEN_BEGINS: Final = "cf_"  # noqa: S105  the rest is secret
"""By which people and secret scanners know one."""
_USE_TOLD_AGAIN: Final = timedelta(minutes=1)
"""A call in between writes nothing: reading stays reading."""
_MOST_WRONG_TOKENS: Final = 20
WRONG_TOKENS_FORGOTTEN: Final = timedelta(minutes=15)


class People(BaseUserManager["Person"]):
    """Finds people by the short name under which the record knows them."""


class Person(AbstractBaseUser):
    """Someone who works at the desk.  `name` is what the record says of who acted."""

    name = models.SlugField(max_length=SLUG_LENGTH, unique=True)
    full_name = models.CharField(max_length=200)
    office = models.CharField(max_length=200, blank=True, default="")
    """What the papers put behind the name: Phó Giám đốc Sở."""
    role = models.CharField(max_length=16)
    newsroom = models.SlugField(max_length=SLUG_LENGTH, blank=True)
    """Whose assets a contributor sees; empty for the department's people."""
    tongue = models.CharField(max_length=2, default=str(Tongue.VI))
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    invitation = models.CharField(max_length=SHA256_LENGTH, blank=True, db_index=True)
    """SHA-256 of the one-time link by which the password is set."""
    invited_until = models.DateTimeField(null=True)

    USERNAME_FIELD = "name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[People] = People()

    def __str__(self) -> str:
        """Show the name by which people know them."""
        return self.full_name

    @classmethod
    def invite(
        cls,
        now: datetime,
        name: str,
        full_name: str,
        role: Role,
        newsroom: str = "",
        office: str = "",
    ) -> tuple["Person", str]:
        """Make a person, or let one who is there set password and second factor anew.

        Gives the person and the secret of the one-time link.  Raises BadPersonName.
        """
        check_person(name)
        person = cls.objects.filter(name=name).first() or cls(name=name, created_at=now)
        person.full_name, person.role, person.newsroom = full_name, role, newsroom
        person.office = office or person.office
        person.is_active = True
        secret = secrets.token_urlsafe(32)
        person.invitation, person.invited_until = _kept(secret), now + _INVITED_FOR
        person.set_unusable_password()
        person.save()
        Official.learn(name, full_name, person.office)
        TOTPDevice.objects.filter(user=person).delete()
        person.tokens.all().delete()
        return person, secret

    @classmethod
    def invited(cls, secret: str, now: datetime) -> "Person | None":
        """Find who may still come in by a one-time link."""
        known = cls.objects.filter(invitation=_kept(secret), is_active=True)
        return known.filter(invited_until__gt=now).first()

    def come_in(self, password: str) -> None:
        """Take the password; the link is used up."""
        self.set_password(password)
        self.invitation, self.invited_until = "", None
        self.save()

    def show_out(self) -> None:
        """Let them and their programs come in no more."""
        self.is_active = False
        self.invitation = ""
        self.save()
        self.tokens.all().delete()

    @property
    def part(self) -> Role:
        """What they are here to do."""
        return Role(self.role)


class Token(models.Model):
    """What a program shows to act as its person; only its hash is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=LONGEST_TOKEN_NAME)
    secret = models.CharField(max_length=SHA256_LENGTH, unique=True)
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Show what it is for."""
        return f"{self.person_id}: {self.name}"

    @classmethod
    def make(
        cls, person: Person, name: str, now: datetime, lasts: timedelta
    ) -> tuple["Token", str]:
        """Make one; give it and what its program must show, which nobody can read again."""
        shown = _TOKEN_BEGINS + secrets.token_urlsafe(32)
        made = cls.objects.create(
            person=person, name=name, secret=_kept(shown), made_at=now, until=now + lasts
        )
        return made, shown

    @classmethod
    def shown(cls, secret: str, now: datetime) -> "Token | None":
        """Find the one that is in force, and remember, to the minute, that it was used."""
        if not secret.startswith(_TOKEN_BEGINS):
            return None
        in_force = cls.objects.filter(secret=_kept(secret), until__gt=now, person__is_active=True)
        token = in_force.select_related("person").first()
        if token and (token.used_at is None or now - token.used_at > _USE_TOLD_AGAIN):
            cls.objects.filter(pk=token.pk).update(used_at=now)
        return token


class WrongTokens(models.Model):
    """How often an address has shown what is no token, since when."""

    address = models.GenericIPAddressField(primary_key=True)
    since = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        """Show who and how often."""
        return f"{self.address}: {self.times}"

    @classmethod
    def once_more(cls, address: str, now: datetime) -> bool:
        """Count one; whether it is one too many within the quarter of an hour."""
        cls.objects.filter(since__lt=now - WRONG_TOKENS_FORGOTTEN).delete()
        row, is_first = cls.objects.get_or_create(address=address, defaults={"since": now})
        if row.times >= _MOST_WRONG_TOKENS:
            return True
        if not is_first:
            cls.objects.filter(pk=row.pk).update(times=models.F("times") + 1)
        return False


def _kept(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
