"""Keys: who may sign what."""

from typing import Annotated

import typer
from rich.markup import escape

from cluster_feed.cli.arguments import moment, new_passphrase, opened
from cluster_feed.console import out, t
from cluster_feed.pipeline import commission

app = typer.Typer(no_args_is_help=True, help=t("Khóa ký và khóa kết nối.", "Keys."))


@app.command(name="init", help=t("Lễ tạo khóa.", "The key ceremony."))
def keys_init(
    context: typer.Context,
    approvers: Annotated[
        list[str],
        typer.Option("--approver", help=t("Người duyệt, nhắc lại", "An approver; repeat")),
    ],
) -> None:
    workspace = opened(context)
    roots = [new_passphrase(t(f"khóa gốc {number}", f"root key {number}")) for number in (1, 2, 3)]
    people = {person: new_passphrase(person) for person in approvers}
    commission.ceremony(workspace, moment(), people, (roots[0], roots[1], roots[2]))
    folder = escape(str(workspace.keys))
    out.print(
        t(
            f"Đã tạo khóa trong {folder}. Chép root-1..3.pem ra ba USB, cất riêng, rồi xóa khỏi "
            "máy này.",
            f"Made the keys in {folder}. Copy root-1..3.pem to three USB sticks kept "
            "apart, then delete them from this machine.",
        )
    )
