"""What people come to the desk for, done as they do it: by mouse, by keyboard, on a phone."""

import pytest
from playwright.sync_api import Page, expect

from cluster_feed.core.edition import called
from cluster_feed.web.roles import Role
from tests.office import PEOPLE
from tests.web.browser.conftest import NARROW, WIDE, Desk, Visit

DROPPED = """([selector, name]) => {
  const carried = new DataTransfer();
  carried.items.add(new File(["not yet a clip"], name, { type: "video/mp4" }));
  for (const step of ["dragover", "drop"]) {
    const happens = new DragEvent(step, { dataTransfer: carried, bubbles: true, cancelable: true });
    document.querySelector(selector).dispatchEvent(happens);
  }
}"""


def order(page: Page) -> list[str]:
    """The titles of an arranged playlist, as they stand."""
    return page.locator(".arranging .what strong").all_inner_texts()


def drag(page: Page, row: int, onto: int) -> None:
    """Take a row by its handle, with the mouse, and let it go below another."""
    rows = page.locator(".arranging > li")
    rows.nth(row).locator(".handle").hover()
    page.mouse.down()
    there = rows.nth(onto).bounding_box()
    assert there
    page.mouse.move(there["x"] + 40, there["y"] + there["height"] / 2, steps=5)
    page.mouse.move(there["x"] + 40, there["y"] + there["height"] - 4, steps=5)
    page.mouse.up()


def test_five_captions_are_completed_without_the_mouse(visit: Visit) -> None:
    page = visit(Role.EDITOR)
    page.goto("/noi-dung/?standing=incomplete&q=phong+su")
    page.get_by_role("link", name="Phóng sự số").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Sửa chú thích").press("Enter")
    for number in range(5):
        expect(page.get_by_label("Tác giả")).to_be_focused()
        page.keyboard.type(f"Phòng Thông tin {number}")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#told")).to_contain_text("Đã đủ cho phiên bản phát")
    page.goto("/noi-dung/?standing=incomplete&q=phong+su")
    expect(page.get_by_text("Không tìm thấy nội dung nào")).to_be_visible()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_draft_is_put_right_looked_at_submitted_and_approved_by_two(
    visit: Visit, desk: Desk, width: int
) -> None:
    editor = visit(Role.EDITOR, width)
    editor.goto(f"/phien-ban/{desk.draft}/?cum=lao-bao")
    if width == NARROW and editor.get_by_text("Lấy lại để sửa").count():
        editor.get_by_text("Lấy lại để sửa").click()
        editor.get_by_label("Lý do").first.fill("xem lại trên điện thoại")
        editor.get_by_role("button", name="Lấy lại", exact=True).click()
    editor.get_by_role("link", name="Sửa danh sách phát").click()
    _put_right(editor, by_mouse=width == WIDE)
    _preview(editor, desk.draft)
    editor.goto(f"/phien-ban/{desk.draft}/?cum=lao-bao")
    editor.get_by_role("button", name="Trình để duyệt").click()
    expect(editor.locator("#told")).to_contain_text("Chờ người duyệt ký")
    for count, (name, said) in enumerate({"an": "Còn cần 1", "binh": "đã được duyệt"}.items()):
        approver = visit(name, width)
        approver.goto("/")
        approver.get_by_role("link", name=f"Duyệt {called(desk.draft).vi}").click()
        expect(approver.get_by_text(f"Chữ ký {count}/2")).to_be_visible()
        approver.get_by_label("Mật khẩu khóa ký").fill("không phải mật khẩu này")
        approver.get_by_role("button", name="Ký duyệt").click()
        expect(approver.get_by_role("alert")).to_contain_text("chưa ký gì cả")
        approver.get_by_label("Mật khẩu khóa ký").fill(PEOPLE[name])
        approver.get_by_role("button", name="Ký duyệt").click()
        expect(approver.locator("#told .success")).to_contain_text(said)


def begins_with(page: Page, titles: list[str]) -> None:
    """Wait until the playlist begins so; what became complete meanwhile comes after."""
    for place, title in enumerate(titles):
        expect(page.locator(".arranging .what strong").nth(place)).to_have_text(title)


def _put_right(page: Page, *, by_mouse: bool) -> None:
    """Move the first below the third, one up and down by keyboard, and leave the last out."""
    before = order(page)
    if by_mouse:
        drag(page, 0, 2)
        before = [*before[1:3], before[0], *before[3:]]
        begins_with(page, before)
    up = page.get_by_role("button", name=f"Lên: {before[1]}", exact=True)
    expect(page.locator("#programme[aria-busy]")).to_have_count(0)
    up.focus()
    page.keyboard.press("Enter")
    before[0], before[1] = before[1], before[0]
    begins_with(page, before)
    page.get_by_role("button", name=f"Xuống: {before[0]}", exact=True).focus()
    for _ in range(2):  # faster than the desk answers
        page.keyboard.press("Enter")
    before[:3] = [*before[1:3], before[0]]
    begins_with(page, before)
    page.reload()
    begins_with(page, before)
    count = page.locator(".arranging > li").count()
    last = page.locator(".arranging > li").last
    last.get_by_text("Bỏ ra", exact=True).first.click()
    last.get_by_label("Lý do bỏ ra khỏi mọi cụm").fill("trùng nội dung")
    last.get_by_role("button", name="Bỏ ra").click()
    expect(page.locator(".left-out").get_by_text("trùng nội dung").first).to_be_visible()
    expect(page.locator(".arranging > li")).to_have_count(count - 1)


def _preview(page: Page, name: str) -> None:
    """The loop, with sound where the screen has sound, and by keyboard."""
    page.goto(f"/phien-ban/{name}/xem/lao-bao/led-wall/")
    expect(page.locator("#player video")).to_be_attached()
    expect(page.locator("[data-do=sound]")).to_have_count(0)
    page.goto(f"/phien-ban/{name}/xem/lao-bao/lcd-1080p/")
    sound = page.get_by_role("button", name="Tiếng")
    expect(sound).to_have_attribute("aria-pressed", "false")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    assert page.locator("#player video").evaluate("video => !video.muted")
    page.get_by_role("button", name="Tạm dừng").click()
    now = page.locator(".turns > li[aria-current]")
    second = page.locator(".turns > li .title").nth(1).inner_text()
    page.get_by_role("button", name="Sau").click()
    expect(now.locator(".title")).to_have_text(second)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_newsroom_finds_why_its_file_was_refused(visit: Visit, width: int) -> None:
    page = visit(Role.CONTRIBUTOR, width)
    page.goto("/")
    page.get_by_role("link", name="Xem tệp bị trả lại").click()
    refused = page.locator(".refused li", has_text="bao-cao.mp4")
    expect(refused).to_contain_text("Ai xử lý: tòa soạn cần sửa và gửi lại")
    expect(refused).to_contain_text("Tệp rỗng")


def test_a_clip_is_withdrawn_and_waits_for_the_approvers(visit: Visit) -> None:
    page = visit(Role.EDITOR)
    page.goto("/thu-hoi/")
    page.get_by_role("link", name="Thu hồi nội dung đang phát").click()
    choice = page.get_by_role("checkbox").first
    title = page.locator(".choices label").first.locator("strong").inner_text()
    choice.check()
    page.get_by_label("Lý do").fill("sai tên địa danh")
    page.get_by_role("button", name="Thu hồi và trình bản gỡ").click()
    expect(page.locator("#told")).to_contain_text("chờ người duyệt ký để gỡ")
    page.goto("/thu-hoi/")
    gone = page.locator(".gone > li", has_text="sai tên địa danh")
    expect(gone.get_by_role("heading")).to_have_text(title)


def test_a_file_that_is_dropped_on_the_page_is_sent(visit: Visit) -> None:
    page = visit(Role.CONTRIBUTOR)
    page.goto("/gui/so-vhttdl/")
    page.evaluate(DROPPED, ["form[data-drop]", "tha-vao-trang.mp4"])
    expect(page.locator("[data-chosen]")).to_contain_text("tha-vao-trang.mp4")
    page.get_by_role("button", name="Gửi", exact=True).click()
    page.wait_for_url("**/hop-thu/")
    expect(page.locator("#moving")).to_contain_text("tha-vao-trang.mp4")
