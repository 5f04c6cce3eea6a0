"""What a person may see: what is not in these, is not there for them."""

from django.db.models import QuerySet

from cluster_feed.ledger import models as ledger
from cluster_feed.web.models import Person


def assets(person: Person) -> QuerySet[ledger.Asset]:
    """Every asset for the department's people, their own newsroom's for a contributor."""
    every = ledger.Asset.objects.all()
    return every if person.part.sees_all else every.filter(newsroom=person.newsroom)


def rejections(person: Person) -> QuerySet[ledger.Rejection]:
    """Every refused file, or their own newsroom's."""
    every = ledger.Rejection.objects.all()
    return every if person.part.sees_all else every.filter(newsroom=person.newsroom)
