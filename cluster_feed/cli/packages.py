"""The packages that the department gives, and those that others give it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cluster_feed.adapters.packages import bag_check
from cluster_feed.console import TONGUE, err, out, t

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
) -> None:
    valid = True
    for path in paths:
        found = bag_check.findings(path)
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
