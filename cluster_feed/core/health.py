"""What a screen says of itself."""

from cluster_feed.core.value import Moment, Number, Slug, Value


class Fault(Value):
    """Something that a screen refused or could not do, as a reason's code and facts."""

    at: Moment
    code: str
    facts: dict[str, str]


class Health(Value):
    """A screen's own account at a moment.

    `edition` is the number of the edition it shows, 0 for none; `faults` the latest, oldest first.
    """

    cluster: Slug
    screen: Slug
    at: Moment
    edition: Number = 0
    switched_at: Moment | None = None
    free_bytes: int = 0
    faults: tuple[Fault, ...] = ()
