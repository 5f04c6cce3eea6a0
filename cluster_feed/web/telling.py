"""How the pages call people, newsrooms and gates, which the record knows by short names."""

from collections.abc import Iterable, Mapping
from typing import Final

from cluster_feed.core.bilingual import Bilingual, Tongue
from cluster_feed.core.edition import called
from cluster_feed.core.errors import FeedError, recall
from cluster_feed.web.house import workspace
from cluster_feed.web.models import Person

_MACHINE: Final = Bilingual("Hệ thống", "The system")
_MACHINES: Final = ("hub", "cluster-feed")
_PEOPLE: Final = ("person", "people", "one", "other", "whose")
"""The facts of a reason that name people."""


def names(people: Iterable[str]) -> dict[str, str]:
    """Tell how people are called, by the names under which the record knows them."""
    rows = Person.objects.filter(name__in=list(people))
    return dict(rows.values_list("name", "full_name"))


def actors(known: Iterable[str]) -> Mapping[str, Bilingual]:
    """Tell who acted: people, newsrooms, or the machine itself; a stranger is called as written."""
    known = list(known)
    newsrooms = {each.slug: each.title for each in workspace().settings.newsrooms}
    people = names(known)
    machines = dict.fromkeys(_MACHINES, _MACHINE)
    return {
        each: machines.get(each) or Bilingual(*[people.get(each) or newsrooms.get(each, each)] * 2)
        for each in known
    }


def told(error: FeedError) -> FeedError:
    """Say a reason with the names by which people know each other, the gates and the screens."""
    error = workspace().titled(error)
    if "cluster-feed" in error.says.vi:  # what is to be typed keeps its names
        return error
    editions = {
        f"edition_{tongue}": called(error.facts["edition"]).to(tongue)
        for tongue in Tongue
        if "edition" in error.facts
    }
    named = {name: fact for name, fact in error.facts.items() if name in _PEOPLE}
    if not named and not editions:
        return error
    known = names(each for fact in named.values() for each in fact.split(", "))
    facts = {
        name: ", ".join(known.get(each, each) for each in fact.split(", "))
        for name, fact in named.items()
    }
    return recall(error.code, error.facts | facts | editions)
