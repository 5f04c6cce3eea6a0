import unicodedata
from typing import Any

import pytest
from pydantic import ValidationError

from cluster_feed.core.cluster import Cluster, Mix
from cluster_feed.core.value import Mistake
from cluster_feed.core.vocabulary import Theme

SCREEN = {"name": "led", "title": "Cổng", "profile": "led-wall"}
DAYPART = {"name": "toi", "start": "19:00", "end": "22:00"}
NODE = {"host": "lao-bao.example", "user": "cluster-feed", "host_key": "ssh-ed25519 AAAAC3Nz"}
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
