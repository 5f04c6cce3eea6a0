from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import EndNeeded, NoticeApprovedTwice, NoticeChanged, OwnNotice
from cluster_feed.core.notice import LONGEST, Notice
from cluster_feed.core.playlist import Blob, Entry

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)


def notice(rendition: str = "a", **fields: object) -> Notice:
    blob = Blob(target="lao-bao/a.led.mp4", sha256=rendition * 64, byte_count=1)
    entry = Entry(asset="b" * 64, kind=Kind.VIDEO, seconds=10, captions={}, blobs={"led": blob})
    return Notice.model_validate(
        {
            "name": "bao",
            "assets": ("b" * 64,),
            "prepared_by": "lan",
            "entries": {"lao-bao": (entry,)},
            **fields,
        }
    )


def test_a_rendition_made_anew_or_another_preparer_is_another_notice() -> None:
    others = [notice("c"), notice(prepared_by="minh"), notice(clusters=("lao-bao",))]
    assert len({each.fingerprint for each in (notice(), *others)}) == 4
    assert notice().fingerprint == notice().fingerprint


def test_a_notice_is_read_back_as_it_was_signed() -> None:
    assert Notice.model_validate_json(notice().to_bytes()).to_bytes() == notice().to_bytes()


def test_its_bytes_are_nobody_elses() -> None:
    assert b'"format":"notice-1"' in notice().to_bytes()
    assert b"_type" not in notice().to_bytes()


@pytest.mark.parametrize(
    ("person", "seen", "refused"),
    [
        ("lan", notice().fingerprint, OwnNotice),
        ("hoa", notice().fingerprint, NoticeApprovedTwice),
        ("minh", "0" * 64, NoticeChanged),
    ],
)
def test_an_approval_that_does_not_count_is_refused(
    person: str, seen: str, refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        notice().check_approval(person, ["hoa"], seen)


@given(st.timedeltas(min_value=-LONGEST, max_value=3 * LONGEST))
def test_a_release_ends_in_the_future_and_soon(lasts: timedelta) -> None:
    if timedelta() < lasts <= LONGEST:
        takeover = notice().takeovers(NOW, NOW + lasts)["lao-bao"]
        assert (takeover.show_from, takeover.show_until) == (NOW, NOW + lasts)
        assert takeover.entries == notice().entries["lao-bao"]
    else:
        with pytest.raises(EndNeeded):
            notice().takeovers(NOW, NOW + lasts)
