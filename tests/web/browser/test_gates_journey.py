"""What an operator and an auditor do on the desk, in a real browser."""

from datetime import timedelta

from playwright.sync_api import expect

from cluster_feed.web.roles import Role
from tests.web.browser.conftest import Visit


def test_an_operator_takes_a_gate_out_of_service_and_puts_it_back(visit: Visit) -> None:
    page = visit(Role.OPERATOR)
    page.goto("/cum/")
    page.get_by_role("main").get_by_role("link", name="Cụm thông tin đối ngoại La Lay").click()
    page.get_by_label("Lý do").fill("chờ thay màn hình")
    page.get_by_role("button", name="Ngừng phục vụ").click()
    expect(page.get_by_text("Ngừng vì: chờ thay màn hình")).to_be_visible()
    page.get_by_role("button", name="Phục vụ lại").click()
    expect(page.get_by_role("button", name="Ngừng phục vụ")).to_be_visible()
    page.goto("/nhat-ky/?what=stop-cluster")
    expect(page.get_by_role("cell", name="lý do: chờ thay màn hình")).to_be_visible()


def test_an_operator_admits_a_device_by_the_code_that_was_read_out(visit: Visit) -> None:
    page = visit(Role.OPERATOR)
    page.goto("/cum/lao-bao/man-hinh/led/")
    waits = page.locator(".device", has_text="chờ xác nhận")
    code = waits.locator("code").inner_text()
    page.get_by_label("Mã nghe qua điện thoại").fill("AAAA-BBBB-CCCC-DDDD")
    page.get_by_role("button", name="Xác nhận thiết bị").click()
    expect(page.locator("#told .error")).to_contain_text("chưa có thiết bị nào")
    page.get_by_label("Mã nghe qua điện thoại").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Xác nhận thiết bị").click()
    expect(page.locator(".told.success")).to_contain_text("đã được xác nhận")


def test_an_auditor_verifies_the_log_with_the_code_noted_before(visit: Visit) -> None:
    page = visit(Role.AUDITOR)
    page.goto("/nhat-ky/")
    page.get_by_role("button", name="Kiểm tra toàn bộ").click()
    noted = page.locator(".told.success code").inner_text()
    page.get_by_label("Dòng và mã đã ghi lại").fill(noted)
    page.get_by_role("button", name="Kiểm tra toàn bộ").click()
    expect(page.locator(".told.success")).to_contain_text("Đúng với mã đã ghi lại")
    page.get_by_label("Dòng và mã đã ghi lại").fill(f"{noted.split()[0]} AAAA-BBBB-CCCC-DDDD")
    page.get_by_role("button", name="Kiểm tra toàn bộ").click()
    expect(page.locator(".told.error")).to_contain_text("không khớp với mã đã nhập")


def test_a_person_comes_in_with_name_and_password(visit: Visit) -> None:
    page = visit(None)
    page.goto("/cum/")
    page.get_by_label("Tên đăng nhập").fill("operator")
    page.get_by_label("Mật khẩu").fill("một câu đủ dài")
    page.get_by_role("button", name="Vào").click()
    page.wait_for_url("**/vao/ma/**", timeout=timedelta(seconds=30).total_seconds() * 1000)
    expect(page.get_by_label("Sáu chữ số")).to_be_visible()
