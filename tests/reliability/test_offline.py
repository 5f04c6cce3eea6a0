from datetime import timedelta
from pathlib import Path

from tests.reliability.offline import Gate
from tests.screen.hub import NOW


def test_weeks_without_a_link_are_never_black_and_every_play_is_reported_once(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path)
    played, shown = gate.live(days=2)
    assert shown["entries"] == 2 * 86_400
    assert gate.comes_back(NOW + timedelta(days=2)) == played
