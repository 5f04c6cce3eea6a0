"""What commands are given, and what they open with it."""

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from cluster_feed.adapters import keys
from cluster_feed.console import complain, out, t
from cluster_feed.core.errors import WeakPassphrase
from cluster_feed.core.value import nfc
from cluster_feed.ledger import models as ledger
from cluster_feed.ledger.connect import connect
from cluster_feed.workspace import Workspace

EditionName = Annotated[str, typer.Argument(help=t("Ví dụ: 2026-11", "For example: 2026-11"))]
Person = Annotated[str, typer.Option("--as", help=t("Người thực hiện", "Who acts"))]
AsJson = Annotated[bool, typer.Option("--json", help=t("In JSON", "Print JSON"))]
Reason = Annotated[str, typer.Option(help=t("Lý do", "The reason"))]


def whole(seen: str) -> str:
    """Take a fingerprint as it was shown: its beginning could be that of other content."""
    if seen and len(seen) != ledger.SHA256_LENGTH:
        raise typer.BadParameter(
            t(
                f"hãy chép đủ {ledger.SHA256_LENGTH} ký tự của mã nội dung",
                f"copy all {ledger.SHA256_LENGTH} characters of the fingerprint",
            )
        )
    return seen


To = Annotated[Path, typer.Option("--to", help=t("Thư mục ghi yêu cầu ký", "Folder of requests"))]
SignatureFile = Annotated[
    Path | None,
    typer.Option("--signature", help=t("Chữ ký làm ở máy khác", "A signature made elsewhere")),
]
Seen = Annotated[
    str,
    typer.Option(
        help=t("Mã nội dung đã xem", "The fingerprint that was looked at"), callback=whole
    ),
]
Again = Annotated[
    bool,
    typer.Option("--again", help=t("Bỏ chữ ký đã có", "Void the signatures that there are")),
]


def opened(context: typer.Context) -> Workspace:
    """Load the workspace that the command line named, with its ledger."""
    workspace = Workspace.load(context.obj)
    connect(workspace.database_url)
    return workspace


def moment() -> datetime:
    """Tell when the command acts."""
    return datetime.now(UTC)


def check_who(person: str) -> None:
    """Ask who approves, where no signature says it."""
    if not person:
        raise typer.BadParameter(t("cần --as hoặc --signature", "--as or --signature is needed"))


def passphrase(person: str) -> str:
    """Ask a person for the passphrase of their key; a script gives it in the environment."""
    return os.environ.get("CLUSTER_FEED_PASSPHRASE") or getpass.getpass(
        t(f"Mật khẩu khóa của {person}: ", f"Passphrase of {person}'s key: ")
    )


def new_passphrase(whose: str) -> str:
    """Ask for a passphrase twice; a script gives it in the environment."""
    if given := os.environ.get("CLUSTER_FEED_PASSPHRASE"):
        return given
    while True:
        first: str = typer.prompt(
            t(f"Mật khẩu mới cho {whose}", f"New passphrase for {whose}"), hide_input=True
        )
        try:
            keys.check_passphrase(whose, first)
        except WeakPassphrase as weak:  # told before the others have typed theirs
            complain(weak)
            continue
        if typer.prompt(t("Gõ lại lần nữa", "The same once more"), hide_input=True) == first:
            return first
        out.print(t("Hai lần gõ khác nhau; hãy gõ lại.", "The two differ; type it again."))


def agree(question: str) -> None:
    """Ask before what a person answers for; whatever is not a yes ends the command."""
    words = t("có/không", "yes/no")
    answer: str = typer.prompt(f"{question} [{words}]", default="", show_default=False)
    if nfc(answer.strip().casefold()) not in _YES:
        out.print(t("Đã dừng; chưa ký, chưa làm gì.", "Stopped; nothing was signed or done."))
        raise typer.Exit(1)


_YES: Final = frozenset({"có", "co", "c", "yes", "y"})
