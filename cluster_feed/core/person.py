"""The people who act, by the short names under which the record knows them."""

from typing import Final

from pydantic import TypeAdapter, ValidationError

from cluster_feed.core.errors import BadPersonName
from cluster_feed.core.value import Slug

_SLUG: Final[TypeAdapter[str]] = TypeAdapter(Slug)


def check_person(name: str) -> None:
    """Refuse what cannot be a person's name with BadPersonName.

    "Lan" and "lan" would be two people of whom one approves what the other submitted.
    """
    try:
        _SLUG.validate_python(name)
    except ValidationError as error:
        raise BadPersonName(name=name) from error
