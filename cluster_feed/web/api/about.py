"""What a program may ask of the API itself: whose it is, and what a reason means."""

from cluster_feed.core.errors import NoSuchAddress
from cluster_feed.core.value import Value
from cluster_feed.web.api.operation import Call
from cluster_feed.web.api.problem import Reason, reasons
from cluster_feed.web.roles import Role


class Me(Value):
    """Whose token it is, and what that person is here to do."""

    name: str
    full_name: str
    role: Role
    newsroom: str


class Reasons(Value):
    """Every reason for which something may be refused."""

    items: tuple[Reason, ...]


def me(call: Call) -> Me:
    """Tell who calls."""
    person = call.person
    return Me(
        name=person.name,
        full_name=person.full_name,
        role=person.part,
        newsroom=person.newsroom,
    )


def problems() -> Reasons:
    """List the reasons by their codes."""
    return Reasons(items=tuple(Reason.of(each) for each in reasons()))


def problem(code: str) -> Reason:
    """Describe the reason that a refusal's `type` leads to."""
    for each in reasons():
        if each.__name__ == code:
            return Reason.of(each)
    raise NoSuchAddress
