"""A correct asset takes a wrong one's place: its caption and its turn, never behind backs."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.arrangement import Place
from cluster_feed.core.caption import Caption, Words
from cluster_feed.core.edition import State
from cluster_feed.core.errors import CannotReplace, NoSuchAsset
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, arrange, assemble, replace, standing
from cluster_feed.pipeline.caption import Writer
from cluster_feed.pipeline.standing import Standing
from cluster_feed.workspace import Workspace
from tests.material import admit, caption
from tests.office import opened
from tests.pipeline.urgency import supply
from tests.trust import NOW

EDITOR = Writer("lan")
NEWSROOM = Writer("hoa", "so-vhttdl")
DECLARED = Caption(no_state_secrets=True)


@pytest.fixture
def workspace(tmp_path_factory: pytest.TempPathFactory, database: None) -> Workspace:
    return opened(tmp_path_factory.mktemp("office") / "hub")


def draft(workspace: Workspace) -> str:
    return assemble.run(workspace, NOW, workspace.calendar.current(NOW)).name


def shown(name: str) -> list[str]:
    playlist = ledger.Programme.objects.get(edition__name=name, cluster="lao-bao").to_value()
    return [entry.asset for entry in playlist.entries]


def stands(workspace: Workspace, row: ledger.Asset) -> Standing:
    rows = standing.with_standing(workspace, ledger.Asset.objects.filter(pk=row.pk))
    return Standing(rows.get().standing)


def test_the_draft_shows_the_correct_one_where_the_wrong_one_was(workspace: Workspace) -> None:
    one, wrong, _ = rows = supply(workspace, "một", "sai", "ba")
    for hours, row in enumerate(rows):
        row.received_at += timedelta(hours=hours)
        row.save()
    name = draft(workspace)
    before = shown(name)
    right = admit(workspace, "đúng", says=DECLARED, hours=9)
    done = replace.run(workspace, NOW, wrong.pk[:12], right.pk[:12], EDITOR)
    assert (done.drafts, done.waiting) == ((name,), ())
    assert shown(name) == [right.pk if each == wrong.pk else each for each in before]
    assert done.row.to_caption() == wrong.to_caption()
    assert (stands(workspace, wrong), stands(workspace, one)) == (Standing.REPLACED, Standing.READY)
    left = ledger.Programme.objects.get(edition__name=name, cluster="lao-bao").left_out
    assert [each["vi"] for each in left if each["asset"] == wrong.pk] == ["đã thay bằng “sai”"]
    assert {"act": "replace", "actor": "lan", "subject": wrong.pk} in ledger.Event.objects.values(
        "act", "actor", "subject"
    )
    assert audit.verify()
    draft(workspace)
    assert wrong.pk not in shown(name)


def test_the_same_said_twice_changes_nothing(workspace: Workspace) -> None:
    wrong, right = supply(workspace, "sai", "đúng")
    replace.run(workspace, NOW, wrong.pk, right.pk, EDITOR)
    count = ledger.Event.objects.count()
    assert replace.run(workspace, NOW, wrong.pk, right.pk, EDITOR).row == right
    assert ledger.Event.objects.count() == count


def test_a_place_that_a_person_gave_is_the_correct_ones(workspace: Workspace) -> None:
    one, wrong, three = supply(workspace, "một", "sai", "ba")
    name = draft(workspace)
    order = [Place(asset=each.pk) for each in (three, wrong, one)]
    seen = ledger.Edition.called(name).fingerprint
    arrange.place(workspace, NOW, name, "lan", "lao-bao", order, seen=seen)
    right = admit(workspace, "đúng", says=DECLARED)
    replace.run(workspace, NOW, wrong.pk, right.pk, EDITOR)
    assert shown(name) == [three.pk, right.pk, one.pk]


def test_what_is_not_fit_yet_comes_in_when_it_is_drafted_again(workspace: Workspace) -> None:
    _, wrong = supply(workspace, "một", "sai")
    name = draft(workspace)
    right = admit(workspace, "đúng", says=Caption())
    done = replace.run(workspace, NOW, wrong.pk, right.pk, EDITOR)
    assert (done.drafts, done.waiting) == ((), (name,))
    assert wrong.pk not in shown(name)
    assert not done.row.to_caption().no_state_secrets  # nobody has declared it of the new one
    said = done.row.to_caption().model_copy(update={"no_state_secrets": True})
    done.row.caption = said.model_dump(mode="json")
    done.row.save()
    draft(workspace)
    assert right.pk in shown(name)


def test_where_nothing_else_is_there_the_draft_stays_until_the_correct_one_is_ready(
    workspace: Workspace,
) -> None:
    (wrong,) = supply(workspace, "sai")
    name = draft(workspace)
    right = admit(workspace, "đúng", rendered=False)
    assert replace.run(workspace, NOW, wrong.pk, right.pk, EDITOR).waiting == (name,)
    assert shown(name) == [wrong.pk]


def test_what_is_before_the_approvers_stays_as_it_is(workspace: Workspace) -> None:
    wrong, right = supply(workspace, "sai", "đúng")
    name = draft(workspace)
    approve.submit(workspace, NOW, name, "duong")
    before = ledger.Edition.called(name).fingerprint
    with pytest.raises(CannotReplace, match=name):
        replace.run(workspace, NOW, wrong.pk, right.pk, NEWSROOM)
    replace.run(workspace, NOW, wrong.pk, right.pk, EDITOR)
    row = ledger.Edition.called(name)
    assert (row.state, row.fingerprint) == (State.SUBMITTED, before)


def test_a_newsroom_replaces_its_own_only(workspace: Workspace) -> None:
    wrong, right = supply(workspace, "sai", "đúng")
    with pytest.raises(NoSuchAsset):
        replace.run(workspace, NOW, wrong.pk, right.pk, Writer("hoa", "bao-quang-tri"))
    assert not ledger.Replacement.objects.exists()
    replace.run(workspace, NOW, wrong.pk, right.pk, NEWSROOM)
    assert ledger.Replacement.objects.get().by == "hoa"


def test_a_line_of_versions_has_one_end(workspace: Workspace) -> None:
    one, two, three = supply(workspace, "một", "hai", "ba")
    replace.run(workspace, NOW, one.pk, two.pk, EDITOR)
    for old, new in ((one, one), (one, three), (two, one), (three, two)):
        with pytest.raises(CannotReplace):
            replace.run(workspace, NOW, old.pk, new.pk, EDITOR)
    replace.run(workspace, NOW, two.pk, three.pk, EDITOR)
    assert ledger.Replacement.before([three.pk]) == {three.pk: [two.pk, one.pk]}
    with pytest.raises(CannotReplace):
        replace.run(workspace, NOW, three.pk, one.pk, EDITOR)
    assert shown(draft(workspace)) == [three.pk]


def test_what_comes_again_under_its_name_is_offered_and_never_taken(workspace: Workspace) -> None:
    (wrong,) = supply(workspace, "clip.mp4")
    right, stranger = supply(workspace, "đúng", "lạ")
    later = wrong.received_at + timedelta(hours=1)
    ledger.Asset.objects.exclude(pk=wrong.pk).update(name="clip.mp4", received_at=later)
    ledger.Asset.objects.filter(pk=stranger.pk).update(newsroom="bao-quang-tri")
    right.refresh_from_db()
    stranger.refresh_from_db()
    every = ledger.Asset.objects.all()
    assert replace.offered(every, right) == wrong
    assert replace.offered(every, stranger) is None
    assert replace.offered(every, wrong) is None
    assert list(replace.corrections(every, 100)) == [(right, wrong)]
    assert not ledger.Replacement.objects.exists()
    replace.run(workspace, NOW, wrong.pk, right.pk, EDITOR)
    assert replace.offered(every, right) is None
    assert not list(replace.corrections(every, 100))


@given(
    st.builds(Words, title=st.sampled_from(["", "mới"]), description=st.sampled_from(["", "m"])),
    st.sampled_from(["", "an"]),
    st.booleans(),
)
def test_a_caption_keeps_what_it_says_and_is_filled_where_it_says_nothing(
    words: Words,
    creator: str,
    declared: bool,  # noqa: FBT001  hypothesis gives it
) -> None:
    own = Caption(words={"vi": words}, creator=creator, no_state_secrets=declared)
    old = caption("cũ", usage_terms="theo thỏa thuận", vietnam_vn=True)
    filled = own.filled_from(old)
    assert filled.title == (words.title or "cũ")
    assert filled.creator == (creator or old.creator)
    assert filled.usage_terms == old.usage_terms
    assert filled.no_state_secrets is declared
    assert filled.filled_from(old) == filled
    assert old.filled_from(own) == old
    assert Caption.model_validate(filled.model_dump()) == filled
