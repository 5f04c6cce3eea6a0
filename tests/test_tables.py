"""What an approver reads must be what the screens will show."""

import io
from datetime import UTC, date, datetime, time, timedelta

import pytest
from rich.console import Console
from rich.table import Table

from cluster_feed import tables
from cluster_feed.core.asset import Kind
from cluster_feed.core.notice import Notice
from cluster_feed.core.playlist import Blob, Daypart, Entry, Playlist, Takeover, Weekday

FROM = datetime(2026, 11, 25, tzinfo=UTC)
LED = Blob(target="lao-bao/a.led.mp4", sha256="a" * 64, byte_count=1)
CLIP = Entry(
    asset="a" * 64, kind=Kind.VIDEO, seconds=5, captions={"vi": "Lễ hội"}, blobs={"led": LED}
)
PLAIN = Playlist(
    cluster="lao-bao",
    cycle="2026-11",
    number=202611001,
    show_from=FROM,
    show_until=FROM + timedelta(days=30),
    entries=(CLIP, CLIP.model_copy(update={"seconds": 7})),
)


def printed(table: Table) -> str:
    paper = Console(file=io.StringIO(), width=160, force_terminal=False)
    paper.print(table)
    return paper.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def with_first(**changes: object) -> Playlist:
    first, *others = PLAIN.entries
    return PLAIN.model_copy(update={"entries": (first.model_copy(update=changes), *others)})


def _in(daypart: Daypart) -> Playlist:
    return with_first(daypart=daypart.name).model_copy(update={"dayparts": (daypart,)})


MORNING = Daypart(name="sang", start=time(6), end=time(11))
URGENT = Takeover(notice="bao", entries=(CLIP,), show_from=FROM, show_until=FROM + timedelta(1))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PLAIN, with_first(valid_until=date(2000, 1, 1))),
        (PLAIN, with_first(valid_from=date(2030, 1, 1))),
        (PLAIN, with_first(blobs={"lcd": LED})),
        (PLAIN, with_first(seconds=6)),
        (_in(MORNING), _in(MORNING.model_copy(update={"start": time(), "end": time()}))),
        (_in(MORNING), _in(MORNING.model_copy(update={"days": (Weekday.SUN,)}))),
        (
            PLAIN.model_copy(update={"takeover": URGENT}),
            PLAIN.model_copy(
                update={
                    "takeover": URGENT.model_copy(update={"show_from": FROM + timedelta(hours=5)})
                }
            ),
        ),
    ],
)
def test_two_programmes_that_show_otherwise_read_otherwise(one: Playlist, other: Playlist) -> None:
    assert printed(tables.playlist(one)) != printed(tables.playlist(other))


@pytest.mark.parametrize("where", ["entries", "evergreen", "takeover"])
def test_a_title_commands_no_terminal_wherever_it_stands(where: str) -> None:
    evil = CLIP.model_copy(update={"captions": {"vi": "\x1b[2J\x1b[1A\u202eLễ hội"}})
    held = {
        "entries": (evil,),
        "evergreen": (evil,),
        "takeover": URGENT.model_copy(update={"entries": (evil,)}),
    }
    said = printed(tables.playlist(PLAIN.model_copy(update={where: held[where]})))
    assert "Lễ hội" in said
    assert not {"\x1b", "\u202e"} & set(said)


def test_the_mark_of_a_sensitive_theme_is_explained_under_the_table() -> None:
    assert "⚠" not in printed(tables.playlist(PLAIN))
    for where in ("entries", "evergreen", "takeover"):
        marked = CLIP.model_copy(update={"sensitive": True})
        held = {
            "entries": (marked,),
            "evergreen": (marked,),
            "takeover": URGENT.model_copy(update={"entries": (marked,)}),
        }
        said = printed(tables.playlist(PLAIN.model_copy(update={where: held[where]})))
        assert said.count("⚠") == 2
        assert "⚠" in said.rpartition("└")[2]


STORM = Notice(name="bao", assets=("a" * 64,), prepared_by="lan", entries={"lao-bao": (CLIP,)})


@pytest.mark.parametrize(
    "changes",
    [
        {"captions": {"vi": "Lễ hội", "lo": "ບຸນ"}},
        {"captions": {"vi": "Lễ", "lo": "ບຸນ"}},
        {"seconds": 6},
        {"valid_until": date(2000, 1, 1)},
        {"blobs": {"lcd": LED}},
        {"sensitive": True},
    ],
)
def test_two_notices_that_show_otherwise_read_otherwise(changes: dict[str, object]) -> None:
    other = STORM.model_copy(update={"entries": {"lao-bao": (CLIP.model_copy(update=changes),)}})
    said = printed(tables.notice(other))
    assert said != printed(tables.notice(STORM))
    assert "31" in said
