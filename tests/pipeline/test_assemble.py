from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Caption, Words
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import State
from cluster_feed.core.errors import NoSuchAsset, NothingToShow, NotOnTheRoad, WouldVoid
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import assemble
from cluster_feed.workspace import Workspace
from tests.material import NOW, admit, caption

CYCLE = Cycle(year=2026, month=11)


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    return Workspace.create(tmp_path / "workspace")


def titles(edition: str, cluster: str) -> list[str]:
    programme = ledger.Programme.objects.get(edition__name=edition, cluster=cluster)
    return [entry.captions["vi"] for entry in programme.to_value().entries]


def why(edition: str, asset: ledger.Asset) -> str:
    programme = ledger.Programme.objects.get(edition__name=edition, cluster="lao-bao")
    return next(str(each["en"]) for each in programme.left_out if each["asset"] == asset.sha256)


def test_every_cluster_gets_a_playlist_with_only_the_renditions_its_screens_need(
    workspace: Workspace,
) -> None:
    admit(workspace, "clip")
    edition = assemble.run(workspace, NOW, CYCLE)
    assert edition.state is State.DRAFT
    programmes = {p.cluster: p.to_value() for p in ledger.Programme.objects.all()}
    assert set(programmes) == set(workspace.clusters)
    for name, playlist in programmes.items():
        (entry,) = playlist.entries
        assert set(entry.blobs) == workspace.clusters[name].profiles
        assert all(blob.target.startswith(f"{name}/") for blob in entry.blobs.values())


def test_the_newest_come_first_among_assets_that_were_never_shown(workspace: Workspace) -> None:
    for hours, name in enumerate(["old", "middle", "new"]):
        admit(workspace, name, hours=hours)
    assemble.run(workspace, NOW, CYCLE)
    assert titles("2026-11", "lao-bao") == ["new", "middle", "old"]


def test_what_was_shown_last_month_comes_after_what_was_not(workspace: Workspace) -> None:
    admit(workspace, "shown before", hours=5)
    assemble.run(workspace, NOW, CYCLE)
    ledger.Edition.objects.update(state=State.PUBLISHED, published_at=NOW, number=1)
    admit(workspace, "never shown", hours=1)
    assemble.run(workspace, NOW, CYCLE.next)
    assert titles("2026-12", "lao-bao") == ["never shown", "shown before"]


def test_an_incomplete_asset_is_left_out_and_what_is_missing_is_said(workspace: Workspace) -> None:
    admit(workspace, "complete")
    bare = admit(workspace, "bare", says=Caption(words={"vi": Words(title="bare")}))
    assemble.run(workspace, NOW, CYCLE)
    assert titles("2026-11", "lao-bao") == ["complete"]
    assert "description in Vietnamese" in why("2026-11", bare)


def test_an_asset_without_its_renditions_waits(workspace: Workspace) -> None:
    admit(workspace, "complete")
    waiting = admit(workspace, "waiting", rendered=False)
    assemble.run(workspace, NOW, CYCLE)
    assert "no rendition yet for Màn hình LCD 1920×1080; Màn hình LED ngoài trời" in why(
        "2026-11", waiting
    )


def test_a_clip_of_which_none_can_be_made_says_so_and_not_what_its_caption_lacks(
    workspace: Workspace,
) -> None:
    admit(workspace, "complete")
    broken = admit(workspace, "broken", says=Caption(), rendered=False)
    for code in ("BreaksOff", "Stalled"):
        broken.renditions.create(profile="lcd-1080p", recipe=code, made_at=NOW, code=code)
    assemble.run(workspace, NOW, CYCLE)
    assert why("2026-11", broken) == "no rendition can be made for Màn hình LCD 1920×1080"
    admit(workspace, "made by another recipe").renditions.create(
        profile="lcd-1080p", recipe="0", made_at=NOW, code="Stalled"
    )
    assemble.run(workspace, NOW, CYCLE)
    assert len(ledger.Programme.objects.get(cluster="lao-bao").to_value().entries) == 2


def test_an_asset_whose_days_are_over_is_left_out(workspace: Workspace) -> None:
    admit(workspace, "complete")
    over = admit(workspace, "over", says=caption("over", valid_until=date(2026, 11, 24)))
    assemble.run(workspace, NOW, CYCLE)
    assert "outside the dates" in why("2026-11", over)


def test_an_asset_whose_days_begin_after_the_edition_takes_no_room_in_it(
    workspace: Workspace,
) -> None:
    admit(workspace, "complete")
    early = admit(workspace, "early", says=caption("early", valid_from=date(2027, 2, 1)))
    in_time = caption("in time", valid_from=date(2026, 12, 20), valid_until=date(2026, 12, 22))
    admit(workspace, "in time", says=in_time, hours=1)
    assemble.run(workspace, NOW, CYCLE)
    assert titles("2026-11", "lao-bao") == ["in time", "complete"]
    assert "outside the dates" in why("2026-11", early)


def test_a_full_loop_leaves_the_rest_out_with_the_reason(workspace: Workspace) -> None:
    for number in range(4):
        admit(workspace, f"clip {number}", seconds=600, hours=number)
    assemble.run(workspace, NOW, CYCLE)
    assert titles("2026-11", "lao-bao") == ["clip 3", "clip 2", "clip 1"]


def test_an_evergreen_asset_stays_out_of_the_loop(workspace: Workspace) -> None:
    path = workspace.root / "playlists" / "lao-bao.toml"
    path.write_text(
        path.read_text().replace("evergreen = []", 'evergreen = ["so-vhttdl/welcome.jpg"]')
    )
    workspace = Workspace.load(workspace.root)
    admit(workspace, "welcome.jpg", kind=Kind.PHOTO)
    admit(workspace, "clip")
    assemble.run(workspace, NOW, CYCLE)
    playlist = ledger.Programme.objects.get(cluster="lao-bao").to_value()
    assert titles("2026-11", "lao-bao") == ["clip"]
    assert [entry.captions["vi"] for entry in playlist.evergreen] == ["welcome.jpg"]
    assert playlist.at(playlist.show_until) == playlist.evergreen


def test_assembling_again_changes_nothing_and_new_content_voids_the_submission_only_if_meant(
    workspace: Workspace,
) -> None:
    admit(workspace, "clip")
    first = assemble.run(workspace, NOW, CYCLE)
    row = ledger.Edition.objects.get()
    row.take(first.submitted("lan", 1))
    assert assemble.run(workspace, NOW, CYCLE).state is State.SUBMITTED
    admit(workspace, "another")
    with pytest.raises(WouldVoid):
        assemble.run(workspace, NOW, CYCLE)
    assert ledger.Edition.objects.get().to_value() == first.submitted("lan", 1)
    again = assemble.run(workspace, NOW, CYCLE, again=True)
    assert (again.state, again.submitted_by) == (State.DRAFT, None)
    assert again.fingerprint != first.fingerprint


def test_a_published_edition_is_never_drafted_again(workspace: Workspace) -> None:
    admit(workspace, "clip")
    assemble.run(workspace, NOW, CYCLE)
    ledger.Edition.objects.update(state=State.PUBLISHED, published_at=NOW, number=1)
    admit(workspace, "another")
    with pytest.raises(NotOnTheRoad):
        assemble.run(workspace, NOW, CYCLE)


def test_an_urgent_edition_shows_at_once_and_can_leave_an_asset_out(workspace: Workspace) -> None:
    wrong = admit(workspace, "wrong")
    admit(workspace, "right")
    edition = assemble.run(workspace, NOW, CYCLE, urgent=True, without=[wrong.sha256[:10]])
    assert edition.name == "2026-11-khan-1"
    assert titles(edition.name, "cha-lo") == ["right"]
    assert ledger.Programme.objects.filter(cluster="cha-lo").get().to_value().show_from == NOW


def test_what_was_left_out_by_hand_stays_out_until_it_is_taken_in_again(
    workspace: Workspace,
) -> None:
    wrong = admit(workspace, "wrong")
    admit(workspace, "right")
    assemble.run(workspace, NOW, CYCLE, without=[wrong.sha256[:10]])
    admit(workspace, "late", hours=1)
    assemble.run(workspace, NOW, CYCLE)  # as the cut-off does
    assert titles("2026-11", "lao-bao") == ["late", "right"]
    assert why("2026-11", wrong) == "left out by hand"
    assemble.run(workspace, NOW, CYCLE, with_again=[wrong.sha256[:10]])
    assert "wrong" in titles("2026-11", "lao-bao")


def test_what_is_left_out_is_remembered_also_where_it_changes_nothing(
    workspace: Workspace,
) -> None:
    admit(workspace, "right")
    wrong = admit(workspace, "wrong", rendered=False)
    first = assemble.run(workspace, NOW, CYCLE)
    assert assemble.run(workspace, NOW, CYCLE, without=[wrong.sha256]) == first
    assert ledger.Edition.objects.get().without == {wrong.sha256: ""}


def test_what_is_to_be_left_out_must_be_there(workspace: Workspace) -> None:
    admit(workspace, "right")
    for unclear in ("no such id", ""):
        admit(workspace, f"another than {unclear}")
        with pytest.raises(NoSuchAsset):
            assemble.run(workspace, NOW, CYCLE, urgent=True, without=[unclear])
    assert not ledger.Edition.objects.exists()


def test_a_cluster_with_nothing_to_show_is_named(workspace: Workspace) -> None:
    with pytest.raises(NothingToShow, match="there is no asset yet"):
        assemble.run(workspace, NOW, CYCLE)


def test_a_daypart_has_a_loop_of_its_themes(workspace: Workspace) -> None:
    path = workspace.root / "playlists" / "lao-bao.toml"
    evening = '[[dayparts]]\nname = "toi"\nstart = 19:00:00\nend = 22:00:00\nthemes = ["DU_LICH"]\n'
    path.write_text(path.read_text() + evening)
    workspace = Workspace.load(workspace.root)
    admit(workspace, "tourism")
    admit(workspace, "border", says=caption("border", themes=[Theme.BORDER]), hours=1)
    assemble.run(workspace, NOW, CYCLE)
    playlist = ledger.Programme.objects.get(cluster="lao-bao").to_value()
    at_noon = playlist.at(datetime(2026, 11, 26, 5, tzinfo=UTC))
    at_eight = playlist.at(datetime(2026, 11, 26, 13, tzinfo=UTC))
    assert {entry.captions["vi"] for entry in at_noon} == {"border", "tourism"}
    assert [entry.captions["vi"] for entry in at_eight] == ["tourism"]


def test_a_cluster_out_of_service_with_nothing_to_show_holds_nobody_up(
    workspace: Workspace,
) -> None:
    path = workspace.root / "playlists" / "la-lay.toml"
    broken = path.read_text().replace('status = "active"', 'status = "out_of_service"')
    path.write_text(broken.replace('status_reason = ""', 'status_reason = "hư hỏng"'))
    workspace = Workspace.load(workspace.root)
    asset = admit(workspace, "clip")
    asset.renditions.filter(profile="low-720p").delete()
    assemble.run(workspace, NOW, CYCLE)
    assert set(ledger.Programme.objects.values_list("cluster", flat=True)) == {"lao-bao", "cha-lo"}
