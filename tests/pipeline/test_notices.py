import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from securesystemslib.signer import CryptoSigner, Signer

from cluster_feed.adapters import keys, request
from cluster_feed.core.caption import Caption, Words
from cluster_feed.core.edition import Edition, State
from cluster_feed.core.errors import (
    AnotherEnd,
    ApprovedTwice,
    BadNoticeName,
    ChangedSinceSeen,
    EndNeeded,
    KeyNotHere,
    KeysMissing,
    MadeFromWhatWasLive,
    NoSuchCluster,
    NoSuchNotice,
    NotAnApprover,
    NoticeApprovedTwice,
    NoticeChanged,
    NoticeNotApproved,
    NoticeSignedOtherwise,
    NotOnScreens,
    OtherKeyHere,
    OtherRequest,
    OwnNotice,
    OwnSubmission,
    UnfitForNotice,
    WouldVoid,
    WrongPassphrase,
    WrongSignature,
)
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, assemble, notice, publish, status, withdraw
from cluster_feed.pipeline import release as releasing
from cluster_feed.workspace import Workspace
from tests.material import admit, caption
from tests.office import PEOPLE, installed, opened
from tests.pipeline.urgency import SOON, live, show_last_month, sign, supply, titles
from tests.trust import CLUSTERS, NOW

pytestmark = pytest.mark.usefixtures("database")

UNTIL = SOON + timedelta(hours=8)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = opened(tmp_path / "hub")
    supply(workspace, "storm", "road closed", "tourism")
    return workspace


def ids(*names: str) -> list[str]:
    return [ledger.Asset.objects.get(name=name).pk for name in names]


def prepared(workspace: Workspace, *clusters: str) -> str:
    """A notice that three people's department prepared, and its fingerprint."""
    assets = ids("storm", "road closed")
    return notice.prepare(workspace, NOW, "bao", "lan", assets, clusters=clusters).fingerprint


def approved_by(workspace: Workspace, *people: str) -> notice.Readiness:
    seen = ledger.Notice.objects.get().fingerprint
    return [
        notice.approve(workspace, NOW, "bao", person, seen, PEOPLE[person]) for person in people
    ][-1]


def release(workspace: Workspace, person: str, **words: object) -> Edition:
    begun = releasing.waiting("bao", ends=False)
    seen = (begun or ledger.Notice.objects.get()).fingerprint
    given = {"until": UNTIL, "seen": seen, "passphrase": PEOPLE.get(person), **words}
    return releasing.run(workspace, SOON, "bao", person, **given)  # type: ignore[arg-type]


def end(workspace: Workspace, person: str, passphrase: str | None = None) -> Edition:
    begun = releasing.waiting("bao", ends=True)
    seen = (begun or ledger.Notice.objects.get()).fingerprint
    secret = PEOPLE[person] if passphrase is None else passphrase
    return releasing.end(workspace, SOON, "bao", person, seen=seen, passphrase=secret)


@pytest.fixture
def ready(workspace: Workspace) -> Workspace:
    """Last month on the screens, and a notice for everywhere that two people approved ahead."""
    show_last_month(workspace)
    prepared(workspace)
    assert approved_by(workspace, "an", "binh").problem is None
    return workspace


# --- Prepared and approved ahead ------------------------------------------------------------------


def test_a_notice_is_ready_when_two_people_other_than_its_preparer_have_signed(
    workspace: Workspace,
) -> None:
    prepared(workspace)
    first = approved_by(workspace, "an")
    assert isinstance(first.problem, NoticeNotApproved)
    second = approved_by(workspace, "binh")
    assert (second.people, second.problem) == (("an", "binh"), None)
    audit.verify()


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (Caption(words={"vi": Words(title="bare")}), "description in Vietnamese"),
        (caption("secret?", no_state_secrets=False), "no state secret"),
        (None, "no rendition yet"),
    ],
)
def test_what_assembly_would_leave_out_cannot_be_in_a_notice(
    workspace: Workspace, says: Caption | None, why: str
) -> None:
    unfit = admit(workspace, "unfit", says=says, rendered=says is not None)
    with pytest.raises(UnfitForNotice, match=why):
        notice.prepare(workspace, NOW, "bao", "lan", [unfit.pk])
    assert not ledger.Notice.objects.exists()


@pytest.mark.parametrize("name", ["Bão", "bao 5", "", "../x", "x" * 65])
def test_a_notice_has_a_name_that_the_record_can_keep(workspace: Workspace, name: str) -> None:
    with pytest.raises(BadNoticeName):
        notice.prepare(workspace, NOW, name, "lan", ids("storm"))


def test_two_people_who_release_it_at_once_make_one_edition(ready: Workspace) -> None:
    seen = ledger.Notice.objects.get().fingerprint

    def first(person: str) -> str:
        try:
            release(ready, person, seen=seen)
        except ChangedSinceSeen as refusal:
            return refusal.code
        finally:
            connection.close()
        return "released"

    with ThreadPoolExecutor(2) as threads:
        said = sorted(threads.map(first, ("an", "chi")))
    assert said == ["ChangedSinceSeen", "released"]  # who came second looks at the edition
    assert ledger.Edition.objects.filter(derived=True).count() == 1


def test_a_cluster_that_is_not_there_is_named(workspace: Workspace) -> None:
    with pytest.raises(NoSuchCluster, match="nam-can"):
        prepared(workspace, "nam-can")


def test_who_prepared_it_signed_it_or_saw_another_does_not_count(workspace: Workspace) -> None:
    seen = notice.prepare(workspace, NOW, "bao", "an", ids("storm")).fingerprint
    with pytest.raises(OwnNotice):
        approved_by(workspace, "an")
    approved_by(workspace, "binh")
    with pytest.raises(NoticeApprovedTwice):
        approved_by(workspace, "binh")
    with pytest.raises(NoticeChanged):
        notice.approve(workspace, NOW, "bao", "chi", "0" * 64, PEOPLE["chi"])
    with pytest.raises(WrongPassphrase):
        notice.approve(workspace, NOW, "bao", "chi", seen, PEOPLE["an"])
    with pytest.raises(NoSuchNotice):
        notice.approve(workspace, NOW, "lu", "chi", seen, PEOPLE["chi"])


def test_preparing_it_again_voids_its_approvals_only_if_it_is_another_and_that_is_meant(
    ready: Workspace,
) -> None:
    prepared(ready)
    assert ledger.NoticeApproval.objects.count() == 2
    with pytest.raises(WouldVoid, match="an, binh"):
        notice.prepare(ready, NOW, "bao", "lan", ids("storm"))
    notice.prepare(ready, NOW, "bao", "lan", ids("storm"), again=True)
    assert ledger.NoticeApproval.objects.count() == 0


def test_a_rendition_made_anew_or_a_caption_rewritten_voids_what_was_approved(
    ready: Workspace,
) -> None:
    rendition = ledger.Rendition.objects.filter(asset__name="storm", profile="led-wall")
    before = rendition.get().sha256
    rendition.update(sha256="f" * 64)
    with pytest.raises(NoticeChanged):
        release(ready, "an")
    rendition.update(sha256=before)
    ledger.Asset.objects.filter(name="storm").update(
        caption=caption("storm no. 6").model_dump(mode="json")
    )
    (told,) = status.of(ready, SOON).notices
    assert told.problem
    assert told.problem.code == "NoticeChanged"


def test_what_is_no_longer_declared_or_was_withdrawn_is_not_released(ready: Workspace) -> None:
    withdraw.run(ready, SOON, ledger.Edition.objects.get().name, "lan", "sai", ids("storm"))
    with pytest.raises(UnfitForNotice, match="withdrawn: sai"):
        release(ready, "an")


def test_approvals_written_into_the_record_by_hand_do_not_count(ready: Workspace) -> None:
    forged = ledger.NoticeApproval.objects.get(approver="an")
    ledger.NoticeApproval.objects.filter(approver="binh").update(keyid=forged.keyid, sig=forged.sig)
    (told,) = status.of(ready, SOON).notices
    assert told.approvals == ("an",)
    with pytest.raises(NoticeNotApproved):
        release(ready, "chi")
    content = ledger.Notice.objects.get().content
    ledger.Notice.objects.update(content=content | {"prepared_by": "ma"})
    with pytest.raises((NoticeNotApproved, NoticeChanged)):
        release(ready, "chi")


def test_before_the_ceremony_a_notice_is_not_ready_and_status_says_so(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "new")
    supply(workspace, "storm", "road closed")
    prepared(workspace)
    (told,) = status.of(workspace, NOW).notices
    assert told.problem
    assert told.problem.code == KeysMissing.__name__


# --- The storm night ------------------------------------------------------------------------------


def test_two_people_release_it_and_it_is_on_every_gate_until_its_end(ready: Workspace) -> None:
    first = release(ready, "an")
    assert (first.state, first.submitted_by, first.approvals) == (State.SUBMITTED, "an", ("an",))
    month = titles(live("lao-bao"))
    assert sorted(month) == ["road closed", "storm", "tourism"]
    second = release(ready, "chi", until=None)
    assert (second.name, second.state) == (first.name, State.APPROVED)
    assert publish.run(ready, SOON) == [second.name]
    for cluster in CLUSTERS:
        playlist = live(cluster)
        assert titles(playlist) == ["storm", "road closed"]
        assert [entry.captions["vi"] for entry in playlist.at(UNTIL)] == month
    (told,) = status.of(ready, SOON).notices
    assert told.until == UNTIL
    audit.verify()


def test_the_log_says_who_released_it_and_who_prepared_it(ready: Workspace) -> None:
    before = ledger.Event.objects.order_by("pk").last()
    release(ready, "an")
    release(ready, "binh")
    acts = ledger.Event.objects.filter(pk__gt=before.pk if before else 0).order_by("pk")
    assert list(acts.values_list("actor", "act", "facts__prepared_by")) == [
        ("an", "release-notice", "lan"),
        ("an", "derive", None),
        ("an", "submit", "lan"),
        ("an", "sign", None),
        ("binh", "approve", None),
    ]
    edition = ledger.Edition.objects.get(notice__name="bao")
    assert edition.submissions.get().by == "an"


def test_who_prepared_it_signs_neither_its_release_nor_its_end(ready: Workspace) -> None:
    begun = release(ready, "an")
    with pytest.raises(OwnSubmission):
        approve.check_person_may_sign(ready, begun.name, "lan")


def test_the_second_person_signs_the_end_that_the_first_gave(ready: Workspace) -> None:
    with pytest.raises(EndNeeded):
        release(ready, "an", until=None)
    with pytest.raises(EndNeeded):
        release(ready, "an", until=SOON - timedelta(minutes=1))
    release(ready, "an")
    with pytest.raises(AnotherEnd):
        release(ready, "binh", until=UNTIL + timedelta(hours=1))
    with pytest.raises(ChangedSinceSeen):
        release(ready, "binh", seen="0" * 64)
    assert release(ready, "binh", until=UNTIL).state is State.APPROVED
    assert release(ready, "binh").state is State.APPROVED  # once more changes nothing
    assert ledger.Edition.objects.count() == 2


def test_a_first_signature_that_fails_leaves_nothing_behind(ready: Workspace) -> None:
    events = ledger.Event.objects.count()
    with pytest.raises(WrongPassphrase):
        release(ready, "an", passphrase=PEOPLE["binh"])
    with pytest.raises(NoticeChanged):
        release(ready, "an", seen="0" * 64)
    assert (ledger.Edition.objects.count(), ledger.Event.objects.count()) == (1, events)


def test_who_prepared_it_cannot_release_it(workspace: Workspace) -> None:
    seen = notice.prepare(workspace, NOW, "bao", "an", ids("storm")).fingerprint
    for person in ("binh", "chi"):
        notice.approve(workspace, NOW, "bao", person, seen, PEOPLE[person])
    with pytest.raises(OwnSubmission):
        release(workspace, "an")
    assert not ledger.Edition.objects.exists()


def test_a_notice_whose_dates_forbid_it_tonight_is_not_released(workspace: Workspace) -> None:
    over = supply(workspace, "last year")[0]
    over.caption = caption("last year", valid_until=date(2025, 12, 31)).model_dump(mode="json")
    over.save()
    seen = notice.prepare(workspace, NOW, "bao", "lan", [over.pk]).fingerprint
    for person in ("binh", "chi"):
        notice.approve(workspace, NOW, "bao", person, seen, PEOPLE[person])
    with pytest.raises(UnfitForNotice, match="outside the dates"):
        release(workspace, "binh")


def test_only_the_clusters_that_it_names_are_taken_over(workspace: Workspace) -> None:
    show_last_month(workspace)
    prepared(workspace, "cha-lo")
    approved_by(workspace, "an", "binh")
    release(workspace, "an")
    edition = release(workspace, "chi")
    publish.run(workspace, SOON)
    assert titles(live("cha-lo")) == ["storm", "road closed"]
    assert len(titles(live("lao-bao"))) == 3
    gates = {gate.name: gate.edition for gate in status.of(workspace, SOON).clusters}
    assert gates["cha-lo"] == edition.name
    assert gates["lao-bao"] != edition.name


def test_before_anything_is_live_the_notice_stands_alone(workspace: Workspace) -> None:
    prepared(workspace)
    approved_by(workspace, "an", "binh")
    release(workspace, "an")
    release(workspace, "binh")
    publish.run(workspace, SOON)
    assert titles(live("lao-bao")) == ["storm", "road closed"]
    assert live("lao-bao").at(UNTIL) == ()
    month = assemble.run(workspace, NOW, workspace.calendar.current(NOW))
    number = approve.submit(workspace, NOW, month.name, "duong").number
    assert number > live("lao-bao").number


def test_an_asset_that_is_also_in_the_programme_in_another_rendition_is_told_apart(
    ready: Workspace,
) -> None:
    made = ledger.Rendition.objects.filter(asset__name="storm", profile="led-wall")
    made.update(sha256="f" * 64)
    prepared_again = notice.prepare(ready, SOON, "bao", "lan", ids("storm"), again=True)
    entry = prepared_again.entries["lao-bao"][0]
    programme = live("lao-bao").blobs()
    assert entry.blobs["led-wall"].target not in programme
    assert all(blob.target.startswith("lao-bao/") for blob in entry.blobs.values())


def test_two_people_take_it_off_early(ready: Workspace) -> None:
    with pytest.raises(NotOnScreens):
        end(ready, "an")
    for person in ("an", "chi"):
        release(ready, person)
    publish.run(ready, SOON)
    assert end(ready, "binh").state is State.SUBMITTED
    assert len(titles(live("lao-bao"))) == 2
    assert end(ready, "an").state is State.APPROVED
    publish.run(ready, SOON)
    assert len(titles(live("lao-bao"))) == 3
    assert live("lao-bao").takeover is None
    with pytest.raises(NotOnScreens):
        end(ready, "an")


def test_a_release_that_is_returned_is_over_and_can_be_given_again(ready: Workspace) -> None:
    first = release(ready, "an")
    returned = approve.return_(ready, SOON, first.name, "chi", "bão đã đổi hướng")
    assert returned.state is State.WITHDRAWN
    assert release(ready, "chi").name != first.name


def test_it_can_be_released_for_longer_while_it_is_on(ready: Workspace) -> None:
    later = UNTIL + timedelta(hours=5)
    for until in (UNTIL, later):
        for person in ("an", "chi"):
            release(ready, person, until=until)
        publish.run(ready, SOON)
    takeover = live("lao-bao").takeover
    assert takeover
    assert takeover.show_until == later


# --- Keys on machines of their own ----------------------------------------------------------------


@pytest.fixture
def away(workspace: Workspace) -> dict[str, Signer]:
    """An and Binh have taken their keys from the hub to machines of their own."""
    signers: dict[str, Signer] = {}
    for person in ("an", "binh"):
        path = workspace.approver_key(person)
        signers[person] = keys.signer(path, PEOPLE[person])
        path.unlink()
    return signers


def signed_away(workspace: Workspace, signer: Signer, person: str = "ai-do") -> notice.Readiness:
    answer = request.answer(notice.request(workspace, NOW, "bao"), person, signer)
    return notice.import_signature(workspace, NOW, "bao", answer)


def approved_away(workspace: Workspace, name: str, signer: Signer) -> Edition:
    answer = request.answer(approve.request(workspace, SOON, name), "ai-do", signer)
    return approve.import_signature(workspace, SOON, name, answer)


def test_two_people_approve_and_release_it_with_keys_that_never_come_to_the_hub(
    workspace: Workspace, away: dict[str, Signer]
) -> None:
    prepared(workspace)
    assert signed_away(workspace, away["an"]).people == ("an",)  # whose key it is
    assert signed_away(workspace, away["binh"]).problem is None
    begun = release(workspace, "an", passphrase="")
    assert (begun.state, begun.submitted_by, begun.approvals) == (State.SUBMITTED, "an", ())
    assert release(workspace, "binh", passphrase="").name == begun.name
    assert approved_away(workspace, begun.name, away["binh"]).approvals == ("binh",)
    assert publish.run(workspace, SOON) == []
    assert approved_away(workspace, begun.name, away["an"]).state is State.APPROVED
    assert publish.run(workspace, SOON) == [begun.name]
    ended = end(workspace, "an", passphrase="")
    assert (ended.state, ended.approvals) == (State.SUBMITTED, ())
    approved_away(workspace, ended.name, away["an"])
    assert end(workspace, "chi").state is State.APPROVED  # whose key is on the hub
    audit.verify()


def test_who_prepared_it_or_is_no_approver_begins_no_release(
    workspace: Workspace, away: dict[str, Signer]
) -> None:
    notice.prepare(workspace, NOW, "bao", "an", ids("storm"))
    with pytest.raises(OwnNotice):
        signed_away(workspace, away["an"], "binh")
    signed_away(workspace, away["binh"])
    with pytest.raises(NoticeApprovedTwice):
        signed_away(workspace, away["binh"])
    approved_by(workspace, "chi")
    for person, refused in (("an", OwnSubmission), ("duong", NotAnApprover)):
        with pytest.raises(refused):
            release(workspace, person, passphrase="")
    assert not ledger.Edition.objects.exists()
    begun = release(workspace, "binh", passphrase="")
    with pytest.raises(OwnSubmission):
        approved_away(workspace, begun.name, away["an"])
    approved_away(workspace, begun.name, away["binh"])
    with pytest.raises(ApprovedTwice):
        release(workspace, "binh", passphrase="")


def test_a_notice_prepared_anew_voids_what_was_signed_elsewhere(
    workspace: Workspace, away: dict[str, Signer]
) -> None:
    prepared(workspace)
    answer = request.answer(notice.request(workspace, NOW, "bao"), "an", away["an"])
    notice.prepare(workspace, NOW, "bao", "lan", ids("storm"))
    with pytest.raises(NoticeSignedOtherwise):
        notice.import_signature(workspace, NOW, "bao", answer)
    answer = request.answer(notice.request(workspace, NOW, "bao"), "an", away["an"])
    ledger.Rendition.objects.filter(asset__name="storm").update(sha256="f" * 64)
    for act in (
        lambda: notice.request(workspace, NOW, "bao"),
        lambda: notice.import_signature(workspace, NOW, "bao", answer),
    ):
        with pytest.raises(NoticeChanged):
            act()
    assert not ledger.NoticeApproval.objects.exists()


def test_a_stranger_and_an_answer_to_an_edition_approve_no_notice_and_the_other_way_round(
    workspace: Workspace, away: dict[str, Signer]
) -> None:
    month = show_last_month_by(workspace, "chi")
    prepared(workspace)
    of_notice = request.answer(notice.request(workspace, NOW, "bao"), "an", away["an"])
    of_edition = request.answer(approve.request(workspace, NOW, month), "an", away["an"])
    with pytest.raises(OtherRequest):
        notice.import_signature(workspace, NOW, "bao", of_edition)
    with pytest.raises(OtherRequest):
        approve.import_signature(workspace, NOW, month, of_notice)
    both = of_notice.model_copy(update={"by": {**of_notice.by, **of_edition.by}})
    with pytest.raises(OtherRequest):
        notice.import_signature(workspace, NOW, "bao", both)
    relabelled = {"by": {"notice": of_edition.by["lao-bao"]}}
    with pytest.raises(NoticeSignedOtherwise):
        notice.import_signature(workspace, NOW, "bao", of_edition.model_copy(update=relabelled))
    relabelled = {"by": dict.fromkeys(CLUSTERS, of_notice.by["notice"])}
    with pytest.raises(WrongSignature):
        approve.import_signature(workspace, NOW, month, of_notice.model_copy(update=relabelled))
    with pytest.raises(NotAnApprover):
        signed_away(workspace, CryptoSigner.generate_ed25519())
    assert not ledger.NoticeApproval.objects.exists()


def test_on_the_hub_it_says_how_to_sign_where_the_key_is(
    workspace: Workspace, away: dict[str, Signer]
) -> None:
    prepared(workspace)
    says = "notice request bao.*notice approve bao --signature"
    with pytest.raises(KeyNotHere, match=says):
        approved_by(workspace, "an")
    with pytest.raises(KeyNotHere, match=says):
        notice.check(workspace, "bao", "an")
    shutil.copy(workspace.approver_key("chi"), workspace.approver_key("an"))
    with pytest.raises(OtherKeyHere, match=r"an\.pem"):
        notice.approve(
            *(workspace, NOW, "bao", "an"), ledger.Notice.objects.get().fingerprint, PEOPLE["chi"]
        )


def test_who_got_a_new_key_approves_a_notice_again(
    workspace: Workspace, away: dict[str, Signer]
) -> None:
    prepared(workspace)
    signed_away(workspace, away["an"])
    ledger.NoticeApproval.objects.update(sig="00" * 64)  # by a key that is trusted no more
    assert signed_away(workspace, away["an"]).people == ("an",)
    assert ledger.NoticeApproval.objects.count() == 1


def show_last_month_by(workspace: Workspace, person: str) -> str:
    """Last month's edition with one signature."""
    month = assemble.run(workspace, NOW, workspace.calendar.current(NOW).previous)
    approve.submit(workspace, NOW, month.name, "duong")
    sign(workspace, month.name, person)
    return month.name


# --- Beside other editions ------------------------------------------------------------------------


def test_a_month_waits_for_the_end_of_a_notice_and_then_goes_out(ready: Workspace) -> None:
    coming = ready.calendar.current(NOW)
    push_at = ready.calendar.push_at(coming)
    assemble.run(ready, NOW, coming)
    approve.submit(ready, NOW, str(coming), "duong")
    sign(ready, str(coming))
    until = push_at + timedelta(hours=8)
    for person in ("an", "chi"):
        release(ready, person, until=until)
    publish.run(ready, SOON)
    assert publish.run(ready, push_at) == []
    (waiting,) = status.waiting(ready)
    assert (waiting.goes_out_at, waiting.problem) == (until, None)
    assert publish.run(ready, until) == [str(coming)]


def test_an_urgent_edition_assembled_during_a_notice_goes_out_under_it(ready: Workspace) -> None:
    before = assemble.run(ready, SOON, ready.calendar.current(NOW), urgent=True)
    for person in ("an", "chi"):
        release(ready, person)
    publish.run(ready, SOON)
    during = assemble.run(ready, SOON, ready.calendar.current(NOW), urgent=True)
    for edition in (before, during):
        approve.submit(ready, SOON, edition.name, "duong")
        sign(ready, edition.name)
    assert publish.run(ready, SOON) == [during.name]
    assert titles(live("lao-bao")) == ["storm", "road closed"]


def test_a_release_made_from_what_is_no_longer_live_is_signed_and_published_by_nobody(
    ready: Workspace,
) -> None:
    first = release(ready, "an")
    urgent = assemble.run(ready, SOON, ready.calendar.current(NOW), urgent=True)
    number = ledger.Edition.objects.get(name=first.name).number
    ledger.Edition.objects.filter(name=urgent.name).update(
        state=State.PUBLISHED, published_at=SOON, number=number - 1
    )
    ledger.Edition.objects.filter(name=first.name).update(number=number + 1)
    ledger.Edition.objects.filter(name=urgent.name).update(number=number)
    with pytest.raises(MadeFromWhatWasLive):
        release(ready, "chi")
    ledger.Edition.objects.filter(name=first.name).update(state=State.APPROVED)
    assert publish.run(ready, SOON) == []
    problem = publish.refusal(ledger.Edition.objects.get(name=first.name))
    assert problem
    assert problem.facts["code"] == "MadeFromWhatWasLive"
