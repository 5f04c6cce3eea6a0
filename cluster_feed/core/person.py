"""The people who act, by the short names under which the record knows them."""

from cluster_feed.core.errors import BadPersonName
from cluster_feed.core.value import Slug, Value, is_slug


class Official(Value):
    """Someone who submits or signs: the name they sign in by, and how papers name them."""

    name: Slug
    full_name: str = ""
    office: str = ""

    @property
    def called(self) -> str:
        """Their full name; the short one where nobody has given it."""
        return self.full_name or self.name

    @property
    def in_full(self) -> str:
        """Their name with their office: "Nguyễn Thị Lan, Phó Giám đốc"."""
        return ", ".join(filter(None, (self.called, self.office)))


def check_person(name: str) -> None:
    """Refuse what cannot be a person's name with BadPersonName.

    "Lan" and "lan" would be two people of whom one approves what the other submitted.
    """
    if not is_slug(name):
        raise BadPersonName(name=name)
