"""Judge a suite of bags case by case: `python -m tests.conformance.bagit_suite FOLDER`.

FOLDER is a copy of github.com/LibraryOfCongress/bagit-conformance-suite: `v1.0/invalid/NAME/…`.  It
is asked what a recipient would ask: `cluster-feed package verify`'s own judgement of each bag.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cluster_feed.adapters.packages import bag_check
from cluster_feed.core.bagit import Finding

EXPECTED = {"valid": "valid", "warning": "warned of", "invalid": "invalid", "linux-only": "invalid"}
"""By folder; a bag that only another system can hold is passed over."""


class Case(NamedTuple):
    """A bag of the suite, and what it should be found to be."""

    path: Path
    expected: str

    def judged(self) -> tuple[str, list[Finding]]:
        """Tell what it is found to be, and why."""
        found = bag_check.findings(self.path)
        if any(each.grave for each in found):
            return "invalid", found
        return ("warned of" if found else "valid"), found

    @property
    def as_expected(self) -> bool:
        """Whether it is; a valid bag may be warned of."""
        verdict, _ = self.judged()
        return verdict == self.expected or (self.expected, verdict) == ("valid", "warned of")


def cases(suite: Path) -> Iterator[Case]:
    """Find them, by version and folder."""
    for path in sorted(suite.glob("v*/*/*/")):
        if path.parent.name in EXPECTED and path.is_dir():
            yield Case(path, EXPECTED[path.parent.name])


def main(suite: Path) -> bool:
    """Print a line a case; whether each is as expected, and there is any."""
    counted = right = 0
    for case in cases(suite):
        verdict, found = case.judged()
        counted, right = counted + 1, right + case.as_expected
        mark = "✓" if case.as_expected else "✗"
        why = "; ".join(each.says.en for each in found[:3])
        print(f"{mark} {case.path.relative_to(suite)}: {verdict}{' – ' + why if why else ''}")  # noqa: T201  it is a report
    print(f"{right} of {counted} as expected")  # noqa: T201
    return 0 < counted == right


if __name__ == "__main__":
    raise SystemExit(not main(Path(sys.argv[1]).resolve()))
