"""The packages that the department gives, and those that others give it."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cluster_feed import tables
from cluster_feed.adapters.packages import bag_check, profile
from cluster_feed.adapters.packages.tree import Limits
from cluster_feed.cli.arguments import Person, moment, opened
from cluster_feed.console import TONGUE, err, out, t
from cluster_feed.core.package import Way
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import receipts, syndicate

app = typer.Typer(no_args_is_help=True, help=t("Gói dữ liệu (BagIt).", "Packages (BagIt)."))


@app.callback()
def _packages() -> None: ...


@app.command(
    help=t(
        "Kiểm tra gói BagIt bất kỳ, thư mục hoặc tệp zip; 0: hợp lệ, 1: không.",
        "Check any BagIt bag, a folder or a zip; 0: valid, 1: not.",
    )
)
def verify(
    paths: Annotated[list[Path], typer.Argument(help=t("Thư mục hoặc tệp zip", "Folder or zip"))],
    largest: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="GB",
            help=t(
                "Cho phép đến chừng này GB khi giải nén, dù tệp zip nhỏ",
                "Allow so many GB when unpacked, however small the zip",
            ),
        ),
    ] = None,
) -> None:
    valid = True
    limits = Limits.up_to(largest * 10**9) if largest else Limits()
    for path in paths:
        found = bag_check.findings(path, limits)
        wrong = sum(each.grave for each in found)
        for each in found:
            mark = t("[red]✗ lỗi[/]", "[red]✗ error[/]")
            if not each.grave:
                mark = t("[yellow]! lưu ý[/]", "[yellow]! warning[/]")
            says = escape(each.says.to(TONGUE))
            err.print(f"{mark} {each.flaw.name} {escape(str(path))}: {says}", soft_wrap=True)
        if not wrong:
            out.print(t(f"✓ {escape(str(path))}: hợp lệ", f"✓ {escape(str(path))}: valid"))
        valid = valid and not wrong
    raise typer.Exit(not valid)


@app.command(
    name="profile",
    help=t(
        "Ghi ra hồ sơ BagIt của các gói, để đăng tại địa chỉ [sender] profile.",
        "Write the packages' BagIt profile, to be published at the address of [sender] profile.",
    ),
)
def profile_(context: typer.Context) -> None:
    address = opened(context).settings.sender.profile
    typer.echo(profile.document(address or profile.IDENTIFIER), nl=False)


PackageName = Annotated[str, typer.Argument(help=t("Tên gói", "The package's name"))]
On = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help=t("Ngày; để trống: hôm nay", "The day; none: today")),
]


def _day(on: datetime | None) -> date:
    return on.date() if on else moment().astimezone(ZONE).date()


@app.command(name="list", help=t("Các gói và biên nhận.", "The packages and their receipts."))
def list_(context: typer.Context) -> None:
    opened(context)
    out.print(tables.packages(ledger.Package.objects.order_by("-at", "-pk")))


@app.command(
    help=t("Chép gói theo cách đặt ở [ministry].", "Hand a package over, as [ministry] says.")
)
def send(context: typer.Context, package: PackageName, person: Person) -> None:
    out.print(
        f"✓ {receipts.hand_over(opened(context), moment(), package, person)}",
        soft_wrap=True,
        markup=False,
    )


@app.command(
    help=t(
        "Lập lại gói từ sổ, so mã băm; thiếu tệp gói thì đặt lại.",
        "Make a package again from the record and compare its hash; put it back if it is gone.",
    )
)
def rebuild(context: typer.Context, package: PackageName) -> None:
    made = syndicate.rebuild(opened(context), package)
    said = t("đúng từng byte như đã ghi sổ", "byte for byte as on record")
    out.print(f"✓ {made}: {said}", soft_wrap=True, markup=False)


@app.command(help=t("Ghi công văn đã gửi gói.", "Note by which letter a package was sent."))
def sent(
    context: typer.Context,
    package: PackageName,
    letter: Annotated[str, typer.Option(help=t("Số công văn", "The letter's number"))],
    person: Person,
    on: On = None,
    way: Annotated[Way | None, typer.Option(help=t("Cách gửi", "Which way"))] = None,
) -> None:
    usual = opened(context).settings.ministry.way
    row = receipts.sent(moment(), package, letter, _day(on), way or usual, person)
    out.print(f"✓ {row.package.title}: {row.letter}", soft_wrap=True, markup=False)


@app.command(help=t("Ghi địa chỉ đã đăng trên Vietnam.vn.", "Note where an item was published."))
def published(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help=t("Mã mục hoặc mã nội dung", "Its code or its id"))],
    url: Annotated[str, typer.Argument(help=t("Địa chỉ trang", "The page's address"))],
    person: Person,
    on: On = None,
) -> None:
    opened(context)
    row = receipts.note_posting(moment(), code, url, _day(on), person)
    out.print(f"✓ {code}: {row.url}", soft_wrap=True, markup=False)


@app.command(
    help=t(
        "Ghi một danh sách mã và địa chỉ: mỗi dòng một mục, có thể kèm ngày.",
        "Note a list of codes and addresses: an item a line, perhaps with its day.",
    )
)
def addresses(
    context: typer.Context,
    listed: Annotated[
        Path, typer.Argument(help=t("Tệp văn bản hoặc CSV", "A text or CSV file"), dir_okay=False)
    ],
    person: Person,
    on: On = None,
) -> None:
    opened(context)
    written = listed.read_text(encoding="utf-8-sig", errors="replace")
    count = receipts.note_postings(moment(), written, _day(on), person)
    out.print(f"✓ {count}")
