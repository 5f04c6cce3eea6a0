from pathlib import Path

from tests.reliability.node_kills import Kills


def test_a_node_that_is_killed_at_work_loses_nothing_that_it_has_taken(tmp_path: Path) -> None:
    told = Kills(tmp_path, seed=1).run(3)
    assert told["rows"] > 0
