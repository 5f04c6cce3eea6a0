"""Gates and screens on the desk."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from cluster_feed.core.health import Fault, Health, Picture
from cluster_feed.core.value import digest
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.deliver.progress import progress
from cluster_feed.web import house
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.device import Device
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW
from tests.web.conftest import SignedIn

HOSTILE = "<script>alert(1)</script>\u202e" + "ă" * 200


@pytest.fixture
def live(workspace: Workspace) -> Workspace:
    """Something on the screens."""
    supply(workspace, "Chợ phiên", HOSTILE)
    show_last_month(workspace)
    return workspace


def device() -> ledger.Device:
    key = Device()
    return ledger.Device.objects.create(
        cluster="lao-bao", screen="led", keyid=key.keyid, public=key.public, seen_at=NOW
    )


def test_what_a_stranger_wrote_is_shown_as_text(signed_in: SignedIn, live: Workspace) -> None:
    fault = Fault(at=NOW, code="<script>", facts={"<b>": HOSTILE})
    says = Health(cluster="lao-bao", screen="led", at=NOW, version="<script>", faults=(fault,))
    ledger.Health.objects.create(
        cluster="lao-bao", screen="led", at=NOW, says=says.model_dump(mode="json")
    )
    client = signed_in(Role.OPERATOR)
    for name in ("screen", "sheet"):
        page = client.get(reverse(name, args=["lao-bao", "led"])).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
    assert client.get(reverse("gate", args=["lao-bao"])).status_code == 200


def test_a_screen_s_page_shows_the_picture_that_its_device_vouches_for(
    signed_in: SignedIn, live: Workspace
) -> None:
    folder = live.returned / "lao-bao" / "led"
    folder.mkdir(parents=True)
    says = Health(
        cluster="lao-bao",
        screen="led",
        at=NOW,
        temperature_celsius=61.5,
        picture=Picture(at=NOW, asset="0" * 64, difference=3, sha256=digest(b"what was on it")),
    )
    ledger.Health.objects.create(
        cluster="lao-bao", screen="led", at=NOW, says=says.model_dump(mode="json")
    )
    client, address = signed_in(Role.AUDITOR), reverse("screen-picture", args=["lao-bao", "led"])
    page = client.get(reverse("screen", args=["lao-bao", "led"])).content.decode()
    assert address in page
    assert re.search(r"6[12] °C", page)
    (folder / f"picture-{'0' * 16}.jpg").write_bytes(b"what the node would like")
    assert client.get(address).status_code == 404
    (folder / f"picture-{'1' * 16}.jpg").write_bytes(b"what was on it")
    answer = client.get(address)
    assert (answer.content, answer["Content-Type"]) == (b"what was on it", "image/jpeg")


def test_what_is_not_there_is_not_found(signed_in: SignedIn) -> None:
    client = signed_in(Role.OPERATOR)
    for path in ("/cum/none/", "/cum/lao-bao/man-hinh/none/", "/cum/none/gui/"):
        assert client.get(path).status_code == 404
    for path in ("/cum/none/ngung/", "/cum/lao-bao/man-hinh/none/nhan/"):
        assert client.post(path).status_code == 404


def test_a_device_is_admitted_by_its_whole_code_only(signed_in: SignedIn, live: Workspace) -> None:
    waits, client = device(), signed_in(Role.OPERATOR)
    address = reverse("admit-device", args=["lao-bao", "led"])
    assert client.post(address, {"code": waits.code[:9]}).status_code == 409
    assert client.post(address, {"code": waits.code.replace("-", "")}).status_code == 302
    waits.refresh_from_db()
    assert waits.admitted_by == "operator"
    client.post(reverse("retire-device", args=["lao-bao", "led"]), {"code": waits.code})
    waits.refresh_from_db()
    assert waits.retired_at


def test_a_gate_is_stopped_from_its_page_and_every_page_knows(
    signed_in: SignedIn, live: Workspace
) -> None:
    client = signed_in(Role.OPERATOR)
    client.get("/")
    stopped = reverse("stop-gate", args=["la-lay"])
    assert client.post(stopped, {"reason": "  "}).status_code == 409
    assert client.post(stopped, {"reason": "chờ <b>thay</b>"}).status_code == 302
    page = client.get("/").content.decode()
    assert "chờ &lt;b&gt;thay" in page
    assert not house.workspace().clusters["la-lay"].in_service
    client.post(reverse("start-gate", args=["la-lay"]))
    assert house.workspace().clusters["la-lay"].in_service


def test_a_mistake_in_a_document_leaves_the_last_good_one(
    signed_in: SignedIn, live: Workspace
) -> None:
    client = signed_in(Role.AUDITOR)
    client.get("/cum/")
    path: Path = live.document_of("la-lay")
    path.write_text("name = ")
    assert client.get("/cum/la-lay/").status_code == 200


def test_progress_is_what_has_arrived_of_what_is_live(signed_in: SignedIn, live: Workspace) -> None:
    cluster = live.clusters["lao-bao"]
    before = progress(live, cluster, NOW)
    assert before
    assert (before.done, before.files_there, before.percent) == (False, 0, 0)
    client = signed_in(Role.EDITOR)
    address = reverse("delivery", args=["lao-bao"])
    assert "every 3s" in client.get(address).content.decode()
    ledger.Receipt.objects.create(
        cluster="lao-bao", timestamp_version=before.version, at=NOW, blobs=1, byte_count=1
    )
    page = client.get(address).content.decode()
    assert "every 3s" not in page
    assert 'value="100"' in page


def test_a_feed_that_is_damaged_is_said_on_the_page(signed_in: SignedIn, live: Workspace) -> None:
    (live.feed / "metadata" / "timestamp.json").write_bytes(b"{}")
    page = signed_in(Role.OPERATOR).get(reverse("gate", args=["lao-bao"]))
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()


@pytest.mark.parametrize("role", [Role.EDITOR, Role.AUDITOR])
def test_who_only_looks_sees_no_button_that_acts(
    signed_in: SignedIn, live: Workspace, role: Role
) -> None:
    device()
    client = signed_in(role)
    for path in ("/cum/lao-bao/", "/cum/lao-bao/man-hinh/led/"):
        page = client.get(path).content.decode()
        assert "/ngung/" not in page
        assert "/nhan/" not in page
        assert 'class="danger"' not in page


def test_home_is_as_red_as_the_gates_page_and_leads_the_operator_there(
    signed_in: SignedIn, live: Workspace
) -> None:
    device()
    number = ledger.Edition.objects.get().number
    says = Health(cluster="lao-bao", screen="led", at=NOW, edition=number)
    ledger.Health.objects.create(
        cluster="lao-bao", screen="led", at=NOW, says=says.model_dump(mode="json")
    )
    client = signed_in(Role.OPERATOR)
    for path in ("/", "/cum/"):
        page = client.get(path).content.decode()
        assert "cần xem" in page
        assert "đang phát bản mới" not in page
    waits = [each.address for each in client.get("/").context["waiting"]]
    assert reverse("gate", args=["lao-bao"]) in waits


def test_a_gate_that_cannot_be_reached_is_not_said_to_be_under_way(
    signed_in: SignedIn, live: Workspace
) -> None:
    client = signed_in(Role.OPERATOR)
    under_way = "đang gửi hoặc chờ lượt"
    assert under_way in client.get("/cum/lao-bao/gui/").content.decode()
    audit.record(NOW, "cluster-feed", "deliver-failed", "lao-bao", code="NodeAddressWrong")
    page = client.get("/cum/lao-bao/gui/").content.decode()
    assert under_way not in page
    assert "đã dừng từ" in page


def test_a_daemon_that_does_not_run_is_said_to_everybody(
    signed_in: SignedIn, live: Workspace
) -> None:
    operator, newsroom = signed_in(Role.OPERATOR), signed_in(Role.CONTRIBUTOR)
    assert "Khởi động dịch vụ" not in operator.get("/").content.decode()
    assert "Hệ thống đang ngừng" not in newsroom.get("/").content.decode()
    (live.root / ".run.beat").unlink()
    assert "Dịch vụ chưa chạy lần nào" in operator.get("/").content.decode()
    assert "Hệ thống đang ngừng" in newsroom.get("/").content.decode()
    assert "đã dừng từ" in operator.get("/cum/lao-bao/gui/").content.decode()


def test_what_the_installation_and_the_desk_lack_waits_for_the_operator(
    signed_in: SignedIn, live: Workspace
) -> None:
    document = live.document_of("la-lay")
    document.write_text(re.sub('host = ".*"', 'host = "la-lay.example"', document.read_text()))
    told = {each.title.vi: each for each in signed_in(Role.OPERATOR).get("/").context["waiting"]}
    assert any("la-lay.example" in each.detail.vi for each in told.values())
    assert told["Mời người duyệt"].address == reverse("people")
    assert "an, binh, chi" in told["Mời người duyệt"].detail.vi
    assert "Mời người biên tập" in told
