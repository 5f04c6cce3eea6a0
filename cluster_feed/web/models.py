"""The desk's own tables: its people."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django_otp.plugins.otp_totp.models import TOTPDevice

from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.person import check_person
from cluster_feed.ledger.models import SHA256_LENGTH, SLUG_LENGTH
from cluster_feed.web.roles import Role

_INVITED_FOR: Final = timedelta(days=3)


class People(BaseUserManager["Person"]):
    """Finds people by the short name under which the record knows them."""


class Person(AbstractBaseUser):
    """Someone who works at the desk.  `name` is what the record says of who acted."""

    name = models.SlugField(max_length=SLUG_LENGTH, unique=True)
    full_name = models.CharField(max_length=200)
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
        cls, now: datetime, name: str, full_name: str, role: Role, newsroom: str = ""
    ) -> tuple["Person", str]:
        """Make a person, or let one who is there set password and second factor anew.

        Gives the person and the secret of the one-time link.  Raises BadPersonName.
        """
        check_person(name)
        person = cls.objects.filter(name=name).first() or cls(name=name, created_at=now)
        person.full_name, person.role, person.newsroom = full_name, role, newsroom
        person.is_active = True
        secret = secrets.token_urlsafe(32)
        person.invitation, person.invited_until = _kept(secret), now + _INVITED_FOR
        person.set_unusable_password()
        person.save()
        TOTPDevice.objects.filter(user=person).delete()
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

    @property
    def part(self) -> Role:
        """What they are here to do."""
        return Role(self.role)


def _kept(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
