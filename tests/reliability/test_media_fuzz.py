from tests.reliability import media_fuzz


def test_files_changed_at_random_end_as_a_rendition_or_as_a_refusal() -> None:
    assert not media_fuzz.run(rounds=12, seed=1)["FAILED"]


def test_damage_is_refused_or_told_or_cannot_be_seen() -> None:
    assert not media_fuzz.damage(rounds=8, seed=1)["FAILED"]
