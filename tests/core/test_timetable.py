from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.delivery import Delivered, Failed, Outcome, Unfinished, UpToDate
from cluster_feed.core.errors import NodeUnreachable
from cluster_feed.core.timetable import Timetable

CLUSTERS = ("cha-lo", "la-lay", "lao-bao")
MINUTE = 60.0


def failed(cluster: str = "lao-bao") -> Failed:
    return Failed(cluster, NodeUnreachable(cluster=cluster, host="", detail=""))


def fine(cluster: str = "lao-bao") -> UpToDate:
    return UpToDate(cluster, 1, 0)


def test_whoever_was_never_visited_is_due() -> None:
    assert Timetable().due(CLUSTERS, 0) == list(CLUSTERS)


def test_after_failures_the_waits_double_up_to_an_hour_for_as_long_as_it_takes() -> None:
    timetable, now, waits = Timetable(), 0.0, []
    for _ in range(2000):
        timetable.visited(failed(), now)
        waits.append(timetable.turn("lao-bao") - now)
        now += waits[-1]
    assert waits[:8] == [minutes * MINUTE for minutes in (1, 2, 4, 8, 16, 32, 60, 60)]
    assert set(waits[6:]) == {60 * MINUTE}


def test_a_visit_that_went_well_ends_the_waiting() -> None:
    timetable = Timetable()
    for outcome in (failed(), failed(), failed(), Delivered("lao-bao", 2, 1, 1, 0)):
        timetable.visited(outcome, 0)
    assert timetable.turn("lao-bao") == 15 * MINUTE
    timetable.visited(failed(), 0)
    assert timetable.turn("lao-bao") == MINUTE


def test_a_push_that_was_broken_off_goes_on_at_once_unless_it_carried_nothing() -> None:
    timetable = Timetable()
    timetable.visited(Unfinished("lao-bao", 2, 5, 10), 7)
    timetable.visited(Unfinished("la-lay", 2, 0, 10), 7)
    assert timetable.due(CLUSTERS, 7) == ["cha-lo", "lao-bao"]


def test_news_makes_everybody_due() -> None:
    timetable = Timetable()
    for cluster in CLUSTERS:
        timetable.visited(failed(cluster), 0)
    assert timetable.due(CLUSTERS, 1) == []
    timetable.everybody()
    assert timetable.due(CLUSTERS, 1) == list(CLUSTERS)


OUTCOMES = st.one_of(
    st.sampled_from(CLUSTERS).map(failed),
    st.sampled_from(CLUSTERS).map(fine),
    st.builds(Unfinished, st.sampled_from(CLUSTERS), st.just(1), st.integers(0, 9), st.just(9)),
)


@given(st.lists(st.tuples(OUTCOMES, st.floats(0, 1e6)), max_size=30))
def test_what_becomes_of_one_gate_is_nothing_to_another(
    visits: list[tuple[Outcome, float]],
) -> None:
    together = Timetable()
    alone = {cluster: Timetable() for cluster in CLUSTERS}
    now = 0.0
    for outcome, seconds in visits:
        now += seconds
        together.visited(outcome, now)
        alone[outcome.cluster].visited(outcome, now)
    for cluster in CLUSTERS:
        assert together.turn(cluster) == alone[cluster].turn(cluster)
        assert together.turn(cluster) <= now + 60 * MINUTE
    assert set(together.due(CLUSTERS, now + 60 * MINUTE)) == set(CLUSTERS)
