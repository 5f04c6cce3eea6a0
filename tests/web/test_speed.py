"""What keeps the desk fast however much it holds, and needs no clock to be seen."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cluster_feed.core.caption import Words
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import assemble
from cluster_feed.pipeline.standing import Standing
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.material import NOW, admit, caption, play
from tests.pipeline.urgency import show_last_month, supply
from tests.web.conftest import Program, SignedIn

FEW, MANY = 60, 180
"""Both more than a page shows, so that only what lies beyond it differs."""
LARGEST = 100_000
EDITION = "2026-11"


def _fill(workspace: Workspace, start: int, stop: int) -> None:
    """Take assets in, every third to be completed; what people did to them, and what was played."""
    for number in range(start, stop):
        title = f"Chợ phiên vùng biên, phần {number}"
        says = caption(title, themes=[Theme.BORDER, Theme.TOURISM])
        if number % 3 == 0:
            says = says.model_copy(update={"words": {"vi": Words(title=title)}})
        row = admit(workspace, f"{title}.mp4", says=says, hours=-number)
        audit.record(NOW, "lan", "caption", row.pk, changed="title (vi)")
        ledger.Rejection.objects.create(
            newsroom="bao-quang-tri", name=f"{number}.mp4", code="EmptyFile", facts={}, at=NOW
        )
        play(row.pk, number)
    assemble.run(workspace, NOW, workspace.calendar.current(NOW))


def _pages() -> dict[Role, list[str]]:
    """Every list, and what shows an edition."""
    library = reverse("library")
    filters = [f"standing={each}" for each in Standing]
    filters += ["q=cho+phien", "q=chợ", "kind=video", "theme=DU_LICH", "order=title", "page=2"]
    asset = ledger.Asset.objects.filter(lacks="").order_by("-received_at")[10].pk
    bare = ledger.Asset.objects.exclude(lacks="").order_by("-received_at")[5].pk
    names = ["home", "library", "inbox", "editions", "notices", "prepare-notice", "withdrawals"]
    names += ["withdraw", "gates", "account"]
    return {
        Role.EDITOR: [
            *(reverse(name) for name in names),
            *(f"{library}?{each}" for each in filters),
            reverse("asset", args=[asset]),
            reverse("caption", args=[bare]),
            reverse("newsroom", args=["bao-quang-tri"]),
            reverse("edition", args=[EDITION]),
            reverse("changes", args=[EDITION]),
            reverse("arrange", args=[EDITION, "lao-bao"]),
            reverse("preview", args=[EDITION, "lao-bao", "led-wall"]),
            reverse("gate", args=["lao-bao"]),
            reverse("screen", args=["lao-bao", "led"]),
        ],
        Role.AUDITOR: [reverse("audit"), f"{reverse('audit')}?what=caption"],
    }


_CALLS = ["assets", "assets?standing=incomplete", "rejections", "editions", "status", "clusters"]


def _counted(clients: dict[Role, Client], pages: dict[Role, list[str]]) -> dict[str, int]:
    """Open each page; see that it is small, and count what it asked the record."""
    asked = {}
    for role, addresses in pages.items():
        for address in addresses:
            clients[role].get(address)  # what is remembered by the minute is written now
            with CaptureQueriesContext(connection) as queries:
                answer = clients[role].get(address)
            assert answer.status_code == 200, address
            assert len(answer.content) < LARGEST, address
            asked[address] = len(queries)
    return asked


def _called(program: Program) -> dict[str, int]:
    asked = {}
    for path in _CALLS:
        program.call("GET", path)
        with CaptureQueriesContext(connection) as queries:
            assert program.call("GET", path).status_code == 200, path
        asked[path] = len(queries)
    return asked


def test_no_page_asks_more_of_the_record_nor_grows_when_there_are_more_assets(
    workspace: Workspace, signed_in: SignedIn
) -> None:
    supply(workspace, "một", "hai", "ba")
    show_last_month(workspace)
    _fill(workspace, 0, FEW)
    clients = {role: signed_in(role) for role in (Role.EDITOR, Role.AUDITOR)}
    program, pages = Program(Role.EDITOR), _pages()
    few, few_called = _counted(clients, pages), _called(program)
    _fill(workspace, FEW, MANY)
    many, many_called = _counted(clients, pages), _called(program)
    assert {page: count for page, count in many.items() if count > few[page]} == {}
    assert {call: count for call, count in many_called.items() if count > few_called[call]} == {}


def test_a_draft_asks_no_more_of_the_record_when_there_are_more_assets(
    workspace: Workspace, database: None
) -> None:
    counts = []
    for start, stop in ((0, FEW), (FEW, MANY)):
        _fill(workspace, start, stop)
        with CaptureQueriesContext(connection) as queries:
            assemble.run(workspace, NOW, workspace.calendar.current(NOW))
        counts.append(len(queries))
    assert counts[1] <= counts[0]


def test_of_what_is_left_out_a_draft_keeps_what_people_can_use_and_counts_the_rest(
    workspace: Workspace, signed_in: SignedIn
) -> None:
    incomplete = caption("thiếu", creator="")
    for number in range(120):
        admit(workspace, f"thiếu {number}", says=incomplete, hours=number)
    fit = [admit(workspace, f"dài {number}", seconds=1700, hours=number) for number in range(3)]
    gone = admit(workspace, "bỏ", hours=1)
    cycle = workspace.calendar.current(NOW)
    assemble.run(workspace, NOW, cycle, without=[gone.pk])
    row = ledger.Programme.objects.get(cluster="lao-bao")
    kept = [each["asset"] for each in row.left_out]
    assert kept[:3] == [gone.pk, fit[1].pk, fit[0].pk]
    newest = ledger.Asset.objects.get(name="thiếu 119").pk
    assert (kept[3], len(kept), row.left_out_count) == (newest, 100, 123)
    answer = Program(Role.EDITOR).call("GET", f"editions/{cycle}")
    (shown,) = (each for each in answer.json()["programmes"] if each["cluster"] == "lao-bao")
    assert (len(shown["left_out"]), shown["left_out_count"]) == (100, 123)


def test_a_long_playlist_is_arranged_page_by_page(
    workspace: Workspace, signed_in: SignedIn
) -> None:
    for number in range(60):
        admit(workspace, f"clip {number}", seconds=20, hours=number)
    assemble.run(workspace, NOW, workspace.calendar.current(NOW))
    before = _order()
    editor, address = signed_in(Role.EDITOR), reverse("arrange", args=[EDITION, "lao-bao"])
    page = editor.get(f"{address}?trang=2")
    first, after = page.context["first"], page.context["after"]
    assert (first, after) == (20, 40)
    rows = before[first:after]
    form = {
        "seen": ledger.Edition.objects.get(name=EDITION).fingerprint,
        "first": first,
        "asset": rows,
        **{name: [""] * len(rows) for name in ("daypart", "valid_from", "valid_until")},
        "up": str(first),
    }
    answer = editor.post(address, form)
    assert f"?trang=1&moved={rows[0]}" in answer["Location"]
    swapped = [*before[:19], before[20], before[19], *before[21:]]
    assert _order() == swapped


def _order() -> list[str]:
    playlist = ledger.Programme.objects.get(edition__name=EDITION, cluster="lao-bao").to_value()
    return [entry.asset for entry in playlist.entries]
