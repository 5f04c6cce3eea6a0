"""What an editor and a newsroom do on the desk that needs the page's own script."""

from playwright.sync_api import Page, expect

from cluster_feed.web.roles import Role
from tests.web.browser.conftest import Desk, Visit

KEPT = "() => Object.keys(sessionStorage).filter(key => key.startsWith('being-written'))"
DROP = """names => {
  const dropped = new DataTransfer();
  for (const name of names) dropped.items.add(new File(["x"], name));
  document.querySelector("form[data-drop]").dispatchEvent(
    new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
}"""


def chosen(page: Page) -> list[str]:
    """The names of the files that would be sent."""
    names: list[str] = page.evaluate(
        "() => [...document.querySelector('input[type=file]').files].map(file => file.name)"
    )
    return names


def test_files_that_are_dropped_later_come_beside_those_before_and_can_be_taken_away(
    visit: Visit,
) -> None:
    page = visit(Role.EDITOR)
    page.goto("/gui/")
    page.evaluate(DROP, ["chợ.mp4", "hội.jpg"])
    page.evaluate(DROP, ["hội.jpg", "đèo.jpg"])
    assert chosen(page) == ["chợ.mp4", "hội.jpg", "đèo.jpg"]
    page.get_by_role("button", name="Bỏ: hội.jpg").click()
    assert chosen(page) == ["chợ.mp4", "đèo.jpg"]


def test_days_in_the_wrong_order_stay_on_the_page_and_say_so(visit: Visit) -> None:
    page = visit(Role.EDITOR)
    page.goto("/phien-ban/")
    page.locator("summary", has_text="Lập bản khẩn").click()
    page.get_by_role("button", name="Lập bản khẩn").click()
    edition = page.url
    page.get_by_role("link", name="Sửa danh sách phát").click()
    row = page.locator(".arranging > li").first
    row.get_by_label("Từ ngày").fill("2026-12-31")
    row.get_by_label("Đến ngày").fill("2026-12-27")
    page.get_by_role("button", name="Ghi thứ tự").click()
    last = row.get_by_label("Đến ngày")
    expect(last).to_be_focused()
    expect(last).to_have_value("2026-12-27")
    assert last.evaluate("field => field.validationMessage").startswith("Ngày cuối")
    page.on("dialog", lambda asked: asked.accept())  # that it is not saved
    page.goto(edition)
    page.locator("summary", has_text="Bỏ bản nháp khẩn").click()
    page.get_by_label("Lý do").fill("chỉ thử")
    page.get_by_role("button", name="Bỏ", exact=True).click()
    expect(page.locator("#told")).not_to_be_empty()


def _come_in(page: Page, desk: Desk) -> None:
    """Be an editor who has just signed in."""
    session = desk.sessions["editor"]
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": desk.address}])


def test_a_session_that_ends_while_a_caption_is_written_loses_no_word(
    visit: Visit, desk: Desk
) -> None:
    page = visit(Role.EDITOR)
    caption = f"/noi-dung/{desk.parts['asset']}/chu-thich/"
    page.goto(caption)
    page.get_by_label("Tác giả").fill("Phòng Thời sự <b>")
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("Control+s")
    expect(page.get_by_label("Tên đăng nhập")).to_be_visible()
    _come_in(page, desk)
    page.goto(caption)
    page.get_by_role("button", name="Lấy lại lời đã viết").click()
    expect(page.get_by_label("Tác giả")).to_have_value("Phòng Thời sự <b>")
    page.keyboard.press("Control+s")
    expect(page.locator(".told.success").first).to_contain_text("Đã lưu")
    expect(page.get_by_label("Tác giả")).to_have_value("Phòng Thời sự <b>")
    expect(page.locator("[data-kept]")).to_be_hidden()
    assert page.evaluate(KEPT) == []


def test_what_is_being_written_is_gone_after_signing_out_and_never_another_persons(
    visit: Visit, desk: Desk
) -> None:
    page = visit("an")
    caption = f"/noi-dung/{desk.parts['asset']}/chu-thich/"
    page.goto("/")
    page.evaluate("sessionStorage.setItem('being-written editor /noi-dung/x/', '[]')")
    page.reload()
    assert page.evaluate(KEPT) == []
    _come_in(page, desk)
    page.goto(caption)
    page.on("dialog", lambda asked: asked.accept())
    page.get_by_label("Tác giả").fill("Phòng Thời sự")
    assert len(page.evaluate(KEPT)) == 1
    page.evaluate(
        "document.querySelector('[data-forget]').addEventListener('submit', "
        "event => event.preventDefault())"
    )
    page.get_by_role("button", name="Đăng xuất").click()  # the others here keep their session
    assert page.evaluate(KEPT) == []
