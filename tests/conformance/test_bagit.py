"""The Library of Congress's own cases, and all of its suite where `BAGIT_SUITE` says it lies."""

import os
import shutil
from pathlib import Path

import pytest

from tests.conformance.bagit_suite import Case, cases, main

HERE = Path(__file__).parent / "bagit"
SUITE = Path(os.environ.get("BAGIT_SUITE") or HERE)


@pytest.mark.parametrize(
    "case", list(cases(SUITE)), ids=lambda case: str(case.path.relative_to(SUITE))
)
def test_a_bag_is_found_to_be_what_it_is(case: Case) -> None:
    assert case.as_expected, case.judged()


def test_the_report_fails_for_a_case_that_is_not_as_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = "v0.97/valid/basic-bag-sha256"
    shutil.copytree(HERE / case, tmp_path / case)
    assert main(tmp_path)
    (tmp_path / case / "data" / "text-file.txt").write_bytes(b"?")
    assert not main(tmp_path)
    assert "0 of 1 as expected" in capsys.readouterr().out
    assert not main(tmp_path / "nothing")
