"""What came of a look at the inbox."""

from typing import NamedTuple

from cluster_feed.core.asset import Asset
from cluster_feed.core.caption import Missing
from cluster_feed.core.errors import OperatorError, Refusal


class Admitted(NamedTuple):
    """A file that is now an asset; `missing` is what its caption still lacks."""

    asset: Asset
    missing: tuple[Missing, ...]


class Captioned(NamedTuple):
    """An asset of which its newsroom said more after it had been taken in."""

    newsroom: str
    name: str
    missing: tuple[Missing, ...]


class Refused(NamedTuple):
    """A file, a sheet or a caption that its newsroom must mend."""

    newsroom: str
    name: str
    why: Refusal


class Trouble(NamedTuple):
    """What the operator must see to; told at every look for as long as it lasts."""

    why: OperatorError


Outcome = Admitted | Captioned | Refused | Trouble
