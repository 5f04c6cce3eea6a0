"""What a person may see of the record; what is not theirs is not there."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from cluster_feed.ledger import models as ledger
from cluster_feed.settings import Newsroom
from cluster_feed.web.house import workspace
from cluster_feed.web.models import Person


def assets(person: Person) -> QuerySet[ledger.Asset]:
    """What came in, of their own newsroom or of all."""
    rows = ledger.Asset.objects.all()
    return rows if person.part.sees_all else rows.filter(newsroom=person.newsroom)


def asset(person: Person, sha256: str) -> ledger.Asset:
    """One of them; Http404 where there is none for this person."""
    return get_object_or_404(assets(person), pk=sha256)


def rejections(person: Person) -> QuerySet[ledger.Rejection]:
    """What was refused, of their own newsroom or of all."""
    rows = ledger.Rejection.objects.all()
    return rows if person.part.sees_all else rows.filter(newsroom=person.newsroom)


def newsrooms(person: Person) -> list[Newsroom]:
    """Whose material they may see."""
    known = workspace().settings.newsrooms
    return [each for each in known if person.part.sees_all or each.slug == person.newsroom]
