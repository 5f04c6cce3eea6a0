"""What the portal has been given and still stands: for the feeds that agencies' pages read.

It is read from the packages themselves: what was approved and given is told, not what a caption
has become since.
"""

import json
import logging
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.db.models import Max, QuerySet

from cluster_feed.core.package import Change
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)

_PICTURES: Final = ("poster", "1920", "3000", "full", "original")
"""What stands for an item, the one that a page wants first."""
_REMEMBERED: Final = 2000
_THEMES: Final = {theme.value: theme for theme in Theme}


class Picture(NamedTuple):
    """A still that a package has: where in it, and what it is."""

    path: str
    sha256: str
    byte_count: int


class Given(NamedTuple):
    """An item as the last package that had it says it, in schema.org's words."""

    code: str
    version: int
    at: datetime
    package: str
    says: Mapping[str, Any]

    def title(self, language: str) -> str:
        """Give its title in a language, nothing where it has none."""
        return self._said("name", language)

    def description(self, language: str) -> str:
        """Give its description in a language."""
        return self._said("description", language)

    def alt_text(self, language: str) -> str:
        """Say what its picture shows."""
        return self._said("accessibilitySummary", language)

    @property
    def languages(self) -> list[str]:
        """The languages in which it has a title."""
        return [each["@language"] for each in self.says.get("name", ())]

    def themes(self, language: str) -> list[str]:
        """What it is about, in Vietnamese or, for whoever reads another language, in English."""
        codes = [each["termCode"] for each in self.says.get("about", ())]
        labels = [_THEMES[code].label for code in codes if code in _THEMES]
        return [label.vi if language == "vi" else label.en for label in labels]

    @property
    def is_clip(self) -> bool:
        """Whether it moves."""
        return self.says.get("@type") == "VideoObject"

    @property
    def publisher(self) -> str:
        """Whose it is."""
        return str(self.says.get("publisher", {}).get("name", ""))

    @property
    def picture(self) -> Picture | None:
        """Find the still that stands for it."""
        listed = (*self.says.get("thumbnail", ()), *self.says.get("encoding", ()))
        files = {each["name"]: each for each in listed}
        for role in _PICTURES:
            if (file := files.get(role)) and file["encodingFormat"] == "image/jpeg":
                return Picture(file["contentUrl"], file["sha256"], int(file["contentSize"]))
        return None

    def over(self, today: date) -> bool:
        """Whether its own validity has ended."""
        expires = self.says.get("expires")
        return bool(expires) and date.fromisoformat(str(expires)) < today

    def _said(self, field: str, language: str) -> str:
        said = self.says.get(field, ())
        return next((each["@value"] for each in said if each["@language"] == language), "")


def standing(workspace: Workspace, now: datetime, most: int) -> Iterator[Given]:
    """Give what stands, the latest first: given, not taken back since, and not over."""
    today = now.astimezone(ZONE).date()
    for row in _rows().order_by("-package__at", "code")[:most]:
        given = read(workspace, row)
        if given and not given.over(today):
            yield given


def one(workspace: Workspace, now: datetime, code: str) -> Given | None:
    """Find an item by its code; None: there is none that stands."""
    row = _rows().filter(code=code).first()
    given = read(workspace, row) if row else None
    return given if given and not given.over(now.astimezone(ZONE).date()) else None


def picture(workspace: Workspace, given: Given) -> bytes | None:
    """Read the still that stands for an item."""
    found = given.picture
    if not found:
        return None
    return _read(workspace.packages / given.package, f"items/{given.code}/{found.path}")


def _rows() -> QuerySet[ledger.PackagedItem]:
    """The last that was told of each asset, where that still holds.

    What the department wants back is left out at once, before anybody has signed that.
    """
    last = ledger.PackagedItem.objects.values("asset").annotate(last=Max("pk")).values("last")
    told = ledger.PackagedItem.objects.filter(pk__in=last).exclude(change=Change.WITHDRAWN)
    may_be_given = {"asset__caption__vietnam_vn": True, "asset__caption__no_state_secrets": True}
    withdrawn = ledger.Withdrawal.objects.values("asset")
    return told.filter(**may_be_given).exclude(asset__in=withdrawn).select_related("package")


def read(workspace: Workspace, row: ledger.PackagedItem) -> Given | None:
    """Read what a package says of an item; None where the hub has the package no more."""
    says = _document(workspace.packages / row.package.name, row.package.sha256, row.code)
    if says is None:
        return None
    return Given(row.code, row.version, row.package.at, row.package.name, says)


@lru_cache(_REMEMBERED)
def _document(package: Path, sha256: str, code: str) -> Mapping[str, Any] | None:
    """Read what a package says of an item; `sha256` is whose answer is remembered."""
    del sha256
    content = _read(package, f"items/{code}/schema.jsonld")
    return json.loads(content) if content else None


def _read(package: Path, path: str) -> bytes | None:
    """Read a file of a package; None where the operator keeps the package elsewhere."""
    try:
        with zipfile.ZipFile(package) as bag:
            return bag.read(f"{package.stem}/data/{path}")
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        _log.warning("%s of %s cannot be read: %s", path, package, error)
        return None
