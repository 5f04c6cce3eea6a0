"""The people who act, by the short names under which the record knows them."""

from cluster_feed.core.errors import BadPersonName
from cluster_feed.core.value import is_slug


def check_person(name: str) -> None:
    """Refuse what cannot be a person's name with BadPersonName.

    "Lan" and "lan" would be two people of whom one approves what the other submitted.
    """
    if not is_slug(name):
        raise BadPersonName(name=name)
