import unicodedata
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cluster_feed.core.cluster import Cluster, Mix, Node
from cluster_feed.core.playlist import ZONE, Hours, Weekday
from cluster_feed.core.value import Mistake
from cluster_feed.core.vocabulary import Theme

SCREEN = {"name": "led", "title": "Cổng", "profile": "led-wall"}
DAYPART = {"name": "toi", "start": "19:00", "end": "22:00"}
NODE: dict[str, Any] = {
    "host": "lao-bao.example",
    "user": "cluster-feed",
    "host_key": "ssh-ed25519 AAAAC3Nz",
}
CLUSTER: dict[str, Any] = {
    "name": "lao-bao",
    "title": "Lao Bảo",
    "gate": "Lao Bảo",
    "screens": [SCREEN],
    "node": NODE,
}


def cluster(**changes: Any) -> Cluster:  # noqa: ANN401
    return Cluster.model_validate(CLUSTER | changes)


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"status": "out_of_service"}, "a status_reason"),
        ({"status": "out_of_service", "status_reason": " "}, "a status_reason"),
        ({"screens": [SCREEN, SCREEN]}, "a name of its own"),
        ({"dayparts": [DAYPART, DAYPART]}, "a name of its own"),
        ({"mix": {"themes": {"BIEN_GIOI": 0.6, "DU_LICH": 0.5}}}, "at most 1"),
        ({"mix": {"languages": {"vi": 0.6, "lo": 0.5}}}, "at most 1"),
    ],
)
def test_a_broken_rule_is_told_in_both_languages(changes: dict[str, Any], needed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        cluster(**changes)
    (complaint,) = caught.value.errors()
    mistake = complaint["ctx"]["error"]
    assert isinstance(mistake, Mistake)
    assert needed in mistake.says.en
    assert mistake.says.vi != mistake.says.en


@pytest.mark.parametrize(
    "changes",
    [
        {"screens": []},
        {"name": "Lao Bảo"},
        {"name": "lao-bao\n"},
        {"name": "../lao-bao"},
        {"mix": {"themes": {"BIEN_GIOI": 0}}},
        {"mix": {"themes": {"BIEN_GIOI": 1.5}}},
        {"mix": {"themes": {"BIENGIOI": 0.5}}},
        {"loop_seconds": 29},
        {"photo_seconds": 61},
        {"opens": 6},
        {"evergreen": ["logo.mp4"]},
        {"node": NODE | {"port": 0}},
        {"node": NODE | {"port": 65536}},
        {"node": NODE | {"host_key": "AAAAC3Nz"}},
        {"node": NODE | {"host_key": "* ssh-ed25519 AAAAC3Nz"}},
        {"dayparts": [DAYPART | {"days": []}]},
        {"dayparts": [DAYPART | {"days": [7]}]},
    ],
)
def test_a_cluster_out_of_range_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        cluster(**changes)


def test_shares_may_fill_the_loop_exactly() -> None:
    thirds = dict.fromkeys([Theme.BORDER, Theme.LAOS, Theme.TOURISM], 1 / 3)
    assert Mix(themes=thirds, languages={"vi": 0.1, "lo": 0.2, "en": 0.7}).themes == thirds


def test_an_evergreen_name_is_the_ledgers_form_of_it() -> None:
    name = "bao-quang-tri/Biển Cửa Tùng.mp4"
    assert cluster(evergreen=[unicodedata.normalize("NFD", name)]).evergreen == (name,)


def test_only_a_cluster_out_of_service_is_passed_over() -> None:
    assert cluster().in_service
    assert cluster(status="commissioning").in_service
    assert not cluster(status="out_of_service", status_reason="chờ thay").in_service


def test_a_rules_daypart_is_only_its_hours() -> None:
    (rule,) = cluster(dayparts=[DAYPART | {"themes": ["DU_LICH"]}]).dayparts
    assert set(rule.daypart().model_dump()) == {"name", "start", "end", "days"}
    assert rule.daypart().start == rule.start


# --- When a node takes what is large --------------------------------------------------------------

QUARTERS = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
HOURS = st.builds(
    Hours,
    start=QUARTERS,
    end=QUARTERS,
    days=st.lists(st.sampled_from(Weekday), min_size=1, unique=True).map(tuple),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(ZONE))  # noqa: DTZ001


def node(*windows: Hours) -> Node:
    return Node(**NODE, windows=windows)


def test_a_window_past_midnight_is_open_on_both_sides_of_it() -> None:
    at_night = node(Hours(start=time(22), end=time(5)))
    evening, morning, noon = (datetime(2026, 11, 21, hour, tzinfo=ZONE) for hour in (23, 4, 12))
    assert at_night.takes_bulk(evening)
    assert at_night.takes_bulk(morning)
    assert not at_night.takes_bulk(noon)
    assert at_night.next_turn(noon) == datetime(2026, 11, 21, 22, tzinfo=ZONE)
    assert at_night.next_turn(evening) == datetime(2026, 11, 22, 5, tzinfo=ZONE)


def test_without_a_window_every_hour_is_good_and_stays_so() -> None:
    moment = datetime(2026, 11, 21, tzinfo=ZONE)
    assert node().takes_bulk(moment)
    assert node().next_turn(moment) is None
    assert node(Hours(start=time(0), end=time(0))).next_turn(moment) is None


@given(st.lists(HOURS, min_size=1, max_size=3), MOMENTS, st.floats(0, 1))
def test_between_a_moment_and_its_next_turn_nothing_changes(
    windows: list[Hours], moment: datetime, part: float
) -> None:
    cluster_node = node(*windows)
    turn = cluster_node.next_turn(moment)
    until = turn or moment + timedelta(days=15)
    between = moment + (until - moment) * part * 0.999999
    assert cluster_node.takes_bulk(between) == cluster_node.takes_bulk(moment)
    if turn:
        assert cluster_node.takes_bulk(turn) != cluster_node.takes_bulk(moment)


def test_a_cap_is_told_to_the_link_in_bytes() -> None:
    assert node().bytes_a_second is None
    assert Node(**NODE, max_kbps=8000).bytes_a_second == 1_000_000
    with pytest.raises(ValidationError):
        Node(**NODE, max_kbps=0)
