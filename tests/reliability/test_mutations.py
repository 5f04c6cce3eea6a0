from pathlib import Path

from tests.reliability.mutations import Mutations


def test_nothing_that_was_changed_at_random_is_taken_for_signed(tmp_path: Path) -> None:
    told = Mutations(tmp_path, seed=3).run(150)
    assert told.pop("took exactly what was signed") > 0
    assert {"refused: FeedGarbled", "refused: FeedTampered", "refused: BlobRefused"} <= told.keys()
