from pathlib import Path

from tests.reliability.offline import Gate, judge


def test_days_without_a_link_show_what_is_due_and_every_play_is_reported_once(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path)
    gate.live(days=0.4, cuts=0.2)
    judge(gate, days=0.4)
