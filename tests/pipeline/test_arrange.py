from datetime import date
from pathlib import Path

import pytest

from cluster_feed import tables
from cluster_feed.core.arrangement import Place
from cluster_feed.core.edition import Edition, State
from cluster_feed.core.errors import (
    ChangedSinceSeen,
    NoSuchAsset,
    NoSuchCluster,
    NoSuchDaypart,
    NothingLeft,
    NotOnTheRoad,
    ReasonNeeded,
    WouldVoid,
)
from cluster_feed.core.simulate import Matter
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, arrange, assemble, simulate
from cluster_feed.workspace import Workspace
from tests.material import NOW, admit, caption
from tests.office import opened

NAME = "2026-11"


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    made = opened(tmp_path / "hub")
    path = made.root / "playlists" / "lao-bao.toml"
    evening = '[[dayparts]]\nname = "toi"\nstart = 19:00:00\nend = 22:00:00\nthemes = ["DAU_TU"]\n'
    path.write_text(path.read_text().replace("[[screens]]", evening + "[[screens]]", 1))
    return Workspace.load(made.root)


@pytest.fixture
def assets(workspace: Workspace) -> dict[str, ledger.Asset]:
    made = {name: admit(workspace, name, hours=n) for n, name in enumerate("abcd")}
    drafted(workspace)
    return made


def drafted(workspace: Workspace) -> Edition:
    from cluster_feed.core.cycle import Cycle  # noqa: PLC0415

    return assemble.run(workspace, NOW, Cycle.parse(NAME))


def seen() -> Sha256:
    return ledger.Edition.objects.get().fingerprint


def shown(cluster: str = "lao-bao") -> str:
    playlist = ledger.Programme.objects.get(cluster=cluster).to_value()
    return " ".join(
        entry.captions["vi"] + (f"@{entry.daypart}" if entry.daypart else "")
        for entry in playlist.entries
    )


def put(workspace: Workspace, *places: Place, cluster: str = "lao-bao") -> Edition:
    return arrange.place(workspace, NOW, NAME, "duong", cluster, places, seen=seen())


def at(assets: dict[str, ledger.Asset], names: str, **more: object) -> list[Place]:
    return [Place.model_validate({"asset": assets[name].pk, **more}) for name in names]


def test_an_order_made_by_hand_is_that_clusters_alone_and_survives_drafting_again(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    before = seen()
    assert shown() == "d c b a"
    after = put(workspace, *at(assets, "badc"))
    assert shown() == "b a d c"
    assert shown("la-lay") == "d c b a"
    assert after.fingerprint != before
    admit(workspace, "e", hours=9)
    drafted(workspace)
    assert shown() == "b a d c e"
    assert shown("la-lay") == "e d c b a"


def test_who_arranged_it_is_on_record(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    put(workspace, *at(assets, "badc"))
    event = ledger.Event.objects.get(act="arrange")
    assert (event.actor, event.subject, event.facts["cluster"]) == ("duong", NAME, "lao-bao")
    assert event.facts["fingerprint"] == seen()


def test_what_is_in_a_daypart_by_hand_is_there_and_nowhere_else(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    put(workspace, *at(assets, "b", daypart="toi"), *at(assets, "acd"))
    assert shown() == "a c d b@toi"


def test_days_are_narrowed_and_never_widened(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    until = caption("f", valid_until=date(2026, 12, 5))
    assets["f"] = admit(workspace, "f", says=until)
    drafted(workspace)
    put(workspace, *at(assets, "f", valid_from=date(2026, 12, 1), valid_until=date(2027, 3, 1)))
    playlist = ledger.Programme.objects.get(cluster="lao-bao").to_value()
    (entry,) = (each for each in playlist.entries if each.captions["vi"] == "f")
    assert (entry.valid_from, entry.valid_until) == (date(2026, 12, 1), date(2026, 12, 5))
    put(workspace, *at(assets, "f", valid_from=date(2026, 12, 20)), *at(assets, "a"))
    assert "f" not in shown()
    left_out = ledger.Programme.objects.get(cluster="lao-bao").left_out
    assert "no day is left" in next(e["en"] for e in left_out if e["asset"] == assets["f"].pk)


def test_a_day_that_is_the_captions_own_follows_it(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    day = date(2026, 12, 5)
    row = assets["a"]
    row.caption = caption("a", valid_until=day).model_dump(mode="json")
    row.save()
    drafted(workspace)
    put(workspace, *at(assets, "a", valid_until=day))
    row.caption = caption("a", valid_until=date(2026, 12, 31)).model_dump(mode="json")
    row.save()
    drafted(workspace)
    entry = ledger.Programme.objects.get(cluster="lao-bao").to_value().entries[0]
    assert entry.valid_until == date(2026, 12, 31)


def test_what_was_left_out_comes_back_to_its_place(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    put(workspace, *at(assets, "badc"))
    gone = assets["a"].pk
    arrange.leave_out(workspace, NOW, NAME, "duong", gone, reason=" sai số liệu ", seen=seen())
    assert (shown(), shown("la-lay")) == ("b d c", "d c b")
    why = ledger.Programme.objects.get(cluster="la-lay").left_out
    assert [(each["asset"], each["vi"], each["en"], each["fit"]) for each in why] == [
        (gone, "đã chọn bỏ ra: sai số liệu", "left out by hand: sai số liệu", False)
    ]
    assert ledger.Event.objects.get(act="leave-out").facts["reason"] == "sai số liệu"
    arrange.take_in(workspace, NOW, NAME, "duong", gone, cluster="lao-bao", seen=seen())
    assert (shown(), shown("la-lay")) == ("b a d c", "d c b a")


def test_what_the_rules_left_out_is_taken_in_at_the_end(workspace: Workspace) -> None:
    for number in range(4):
        admit(workspace, f"clip{number}", seconds=600, hours=number)
    drafted(workspace)
    assert shown() == "clip3 clip2 clip1"
    first = ledger.Asset.objects.get(name="clip0").pk
    arrange.take_in(workspace, NOW, NAME, "duong", first, cluster="lao-bao", seen=seen())
    assert shown() == "clip3 clip2 clip1 clip0"


def test_the_rules_order_comes_back_when_it_is_asked_for(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    put(workspace, *at(assets, "badc"))
    arrange.follow_rules(workspace, NOW, NAME, "duong", "lao-bao", seen=seen())
    assert shown() == "d c b a"


def test_what_is_unfit_is_not_shown_wherever_it_was_placed(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    put(workspace, *at(assets, "badc"))
    ledger.Withdrawal.objects.create(asset=assets["d"], at=NOW, by="duong", reason="sai")
    drafted(workspace)
    assert shown() == "b a c"


def test_nobody_changes_what_another_has_changed_meanwhile(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    old = seen()
    put(workspace, *at(assets, "badc"))
    with pytest.raises(ChangedSinceSeen):
        arrange.place(workspace, NOW, NAME, "duong", "lao-bao", at(assets, "abcd"), seen=old)
    assert shown() == "b a d c"


def test_signatures_are_never_voided_by_an_editors_hand(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    approve.submit(workspace, NOW, NAME, "duong")
    with pytest.raises(WouldVoid):
        put(workspace, *at(assets, "badc"))
    approve.return_(workspace, NOW, NAME, "an", "đổi thứ tự")
    assert put(workspace, *at(assets, "badc")).state is State.DRAFT
    ledger.Edition.objects.update(state=State.PUBLISHED)
    with pytest.raises(NotOnTheRoad):
        put(workspace, *at(assets, "abcd"))


def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    before = seen()
    with pytest.raises(NothingLeft):
        put(workspace)
    with pytest.raises(NoSuchDaypart):
        put(workspace, *at(assets, "a", daypart="khuya"))
    with pytest.raises(NoSuchCluster):
        put(workspace, *at(assets, "a"), cluster="khong-co")
    with pytest.raises(NoSuchAsset):
        put(workspace, Place(asset="0" * 64))
    with pytest.raises(ReasonNeeded):
        arrange.leave_out(workspace, NOW, NAME, "duong", assets["a"].pk, reason=" ", seen=before)
    assert seen() == before
    assert not ledger.Event.objects.filter(actor="duong").exists()


def test_what_was_submitted_is_remembered_when_it_has_changed(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    approve.submit(workspace, NOW, NAME, "duong")
    approve.return_(workspace, NOW, NAME, "an", "đổi thứ tự")
    put(workspace, *at(assets, "badc"))
    submission = ledger.Submission.objects.get()
    playlist = submission.playlist("lao-bao")
    assert playlist
    assert [each.captions["vi"] for each in playlist.entries] == ["d", "c", "b", "a"]
    assert submission.playlist("khong-co") is None


def test_the_simulation_asks_the_record_anew(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    row = ledger.Edition.objects.get()
    assert all(each.sound for each in simulate.run(workspace, row).values())
    assets["a"].caption = caption("a", valid_until=date(2026, 12, 1)).model_dump(mode="json")
    assets["a"].save()
    ledger.Withdrawal.objects.create(asset=assets["b"], at=NOW, by="duong", reason="sai")
    ledger.Rendition.objects.filter(asset=assets["c"]).update(sha256="f" * 64)
    found = simulate.run(workspace, row)["lao-bao"].troubles
    assert {(each.entry.captions["vi"], each.matter) for each in found if each.entry} == {
        ("a", Matter.EXPIRED),
        ("b", Matter.WITHDRAWN),
        ("c", Matter.OTHER_BYTES),
    }


def test_the_command_line_tells_a_simulations_troubles(
    workspace: Workspace, assets: dict[str, ledger.Asset]
) -> None:
    row = ledger.Edition.objects.get()
    sound = list(tables.simulation("lao-bao", simulate.run(workspace, row)["lao-bao"]))
    assert "✓" in sound[0]
    ledger.Withdrawal.objects.create(asset=assets["b"], at=NOW, by="duong", reason="sai")
    wrong = list(tables.simulation("lao-bao", simulate.run(workspace, row)["lao-bao"]))
    assert "✗" in wrong[0]
    assert "(b)" in wrong[0]
