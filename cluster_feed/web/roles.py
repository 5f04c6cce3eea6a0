"""What people are here to do, and what each may see."""

from enum import StrEnum
from typing import Final

from cluster_feed.core.bilingual import Bilingual


class Role(StrEnum):
    """A person's part; one each, because who submits does not approve."""

    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    APPROVER = "approver"
    OPERATOR = "operator"
    AUDITOR = "auditor"

    @property
    def label(self) -> Bilingual:
        """The part as people call it."""
        return _LABELS[self]

    @property
    def sees_all(self) -> bool:
        """Whether every newsroom's assets are theirs to see."""
        return self is not Role.CONTRIBUTOR

    @property
    def needs_second_factor(self) -> bool:
        """Whether a password alone does not let them in: all but who sees one newsroom only."""
        return self is not Role.CONTRIBUTOR


_LABELS: Final = {
    Role.CONTRIBUTOR: Bilingual("Tòa soạn", "Newsroom"),
    Role.EDITOR: Bilingual("Biên tập", "Editor"),
    Role.APPROVER: Bilingual("Người duyệt", "Approver"),
    Role.OPERATOR: Bilingual("Vận hành", "Operator"),
    Role.AUDITOR: Bilingual("Kiểm tra", "Auditor"),
}

EVERYONE: Final = frozenset(Role)
DEPARTMENT: Final = EVERYONE - {Role.CONTRIBUTOR}
EDITORS: Final = frozenset({Role.EDITOR})
APPROVERS: Final = frozenset({Role.APPROVER})
REVIEWERS: Final = EDITORS | APPROVERS
OPERATORS: Final = frozenset({Role.OPERATOR})
AUDITORS: Final = frozenset({Role.AUDITOR})
WRITERS: Final = frozenset({Role.CONTRIBUTOR, Role.EDITOR})
CARRIERS: Final = EDITORS | OPERATORS
"""Who may take a package to the Ministry."""
SETTLERS: Final = WRITERS | OPERATORS
"""Who may note that a refusal was looked at."""
OVERSEERS: Final = frozenset({Role.APPROVER, Role.OPERATOR, Role.AUDITOR})
"""Who may look at what everybody did."""
