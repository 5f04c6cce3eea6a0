from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_feed.core.proof import Outcome, PlayRecord, verify_chain
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.spool import Spool
from tests.screen.hub import NOW


def play(spool: Spool, at: datetime = NOW) -> PlayRecord:
    return spool.append(
        edition=5,
        asset="a" * 64,
        rendition="b" * 64,
        began_at=at,
        seconds=8,
        outcome=Outcome.PLAYED,
    )


def chain(*folders: Path) -> list[PlayRecord]:
    """Every closed row, verified from the first."""
    files = sorted((f for folder in folders for f in folder.glob("proof-*")), key=lambda f: f.name)
    lines = [line for file in files for line in file.read_bytes().splitlines(keepends=True)]
    return list(verify_chain(lines))


def test_a_file_is_closed_after_its_rows_or_its_minutes(config: ScreenConfig) -> None:
    spool = Spool(config.model_copy(update={"proof_rows": 3, "proof_minutes": 10}))
    for _ in range(4):
        play(spool)
    play(spool, NOW + timedelta(minutes=11))
    play(spool)
    names = [path.name for path in sorted(config.outbox.glob("proof-*"))]
    assert names == ["proof-0000000001.jsonl", "proof-0000000004.jsonl"]
    assert len(chain(config.outbox)) == 5


@pytest.mark.parametrize("torn", [b"", b"{", b'{"row":3,"prev', b"\0" * 40, b"\0" * 40 + b"\n"])
def test_what_a_power_cut_tore_is_cut_off_and_the_chain_goes_on(
    config: ScreenConfig, torn: bytes
) -> None:
    spool = Spool(config)
    play(spool)
    play(spool)
    with (config.outbox / ".open.jsonl").open("ab") as file:
        file.write(torn)
    again = Spool(config)
    assert play(again).row == 3
    again.close()
    assert len(chain(config.outbox)) == 3


def test_a_cut_between_closing_and_remembering_forks_nothing(config: ScreenConfig) -> None:
    spool = Spool(config)
    play(spool)
    spool.close()
    (config.outbox / ".chain.json").unlink()
    assert play(Spool(config)).row == 2


def test_the_chain_goes_on_after_its_files_have_left(config: ScreenConfig) -> None:
    hand_over_each_row = config.model_copy(update={"proof_rows": 1})
    for row in range(1, 4):
        assert play(Spool(hand_over_each_row)).row == row
        hand_over(config, NOW)
    assert not list(config.outbox.glob("proof-*"))
    assert len(chain(config.outbox / ".handed")) == 3


def test_a_disk_that_fills_up_in_the_middle_of_a_row_tears_nothing(
    config: ScreenConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    spool = Spool(config)
    play(spool)
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            play(spool)
    assert play(spool).row == 2
    spool.close()
    assert len(chain(config.outbox)) == 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["play", "close", "kill", "tear", "hand"]), max_size=25))
def test_whatever_happens_the_chain_is_whole(steps: list[str]) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "node" / "metadata").mkdir(parents=True)
        config = ScreenConfig(
            cluster="lao-bao",
            screen="led",
            profile="led-wall",
            gate="",
            source=f"{folder}/node",
            state=Path(folder) / "state",
            proof_rows=4,
        )
        spool = Spool(config)
        for step in steps:
            if step == "play":
                play(spool)
            elif step == "close":
                spool.close()
            elif step == "kill":
                spool = Spool(config)
            elif step == "tear":
                with (config.outbox / ".open.jsonl").open("ab") as file:
                    file.write(b'{"row"')
                spool = Spool(config)
            elif step == "hand":
                hand_over(config, NOW)
        spool.close()
        hand_over(config, NOW)
        arrived = chain(Path(folder) / "node" / "outbox" / "led")
        assert len(arrived) == steps.count("play")
