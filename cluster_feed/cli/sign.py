"""Signing where a key is kept: on one's own machine, without a workspace."""

from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from securesystemslib.signer import Signer

from cluster_feed import tables
from cluster_feed.adapters import keys, request
from cluster_feed.adapters.request import EditionRequest, Request, TrustRequest
from cluster_feed.cli.arguments import agree, passphrase
from cluster_feed.console import TONGUE, out, t
from cluster_feed.core.person import check_person

app = typer.Typer()

KeyName = Annotated[
    str, typer.Option("--key", help=t("Tệp khóa .pem, hoặc hsm:…", "A .pem key file, or hsm:…"))
]


@app.command(help=t("Xem một yêu cầu rồi ký.", "Look at a request, then sign it."))
def sign(
    file: Annotated[Path, typer.Argument(help="….request.json", exists=True, dir_okay=False)],
    key: KeyName,
    person: Annotated[str, typer.Option("--as", help=t("Tên người ký", "Who signs"))] = "",
) -> None:
    asked = request.read(file)
    show(asked)
    agree(t("Ký nội dung trên?", "Sign what is shown above?"))
    who = person or (t("thiet-bi-ky", "token") if key.startswith(keys.TOKEN) else Path(key).stem)
    check_person(who)
    answer = request.answer(asked, who, opened_key(key, who))
    written = request.write(file.parent, answer, asked.name)
    out.print(f"✓ {', '.join(answer.by)} → {escape(str(written))}", soft_wrap=True)


def opened_key(key: str, person: str) -> Signer:
    """Open a key file or a token; whose it is, is asked for the passphrase or the PIN once."""
    if key.startswith(keys.TOKEN):
        return keys.token(key, cache(lambda: passphrase(person)))
    if not Path(key).is_file():
        raise typer.BadParameter(t(f"không có tệp khóa {key}", f"there is no key file {key}"))
    return keys.signer(Path(key), passphrase(person))


def show(asked: Request) -> None:
    """Print all that a signature on a request would say."""
    match asked:
        case EditionRequest():
            number = next(asked.programmes()).playlist.number
            out.print(
                t(
                    f"Phiên bản phát {asked.name}, số {number}. Mã nội dung: {asked.fingerprint}",
                    f"Edition {asked.name}, number {number}. Fingerprint: {asked.fingerprint}",
                ),
                soft_wrap=True,
            )
        case TrustRequest():
            out.print(t(f"[bold]Thay đổi về khóa: {asked.name}[/]", f"[bold]{asked.name}[/]"))
            for line in asked.charter.changes_from(asked.charter_before):
                out.print(f"  → {escape(line.to(TONGUE))}", soft_wrap=True)
            out.print(t("Sau thay đổi:", "After it:"))
            for line in asked.charter.lines():
                out.print(f"  {escape(line.to(TONGUE))}", soft_wrap=True)
    for shown in asked.programmes():
        out.print(tables.playlist(shown.playlist))
        out.print(t(f"Màn hình nhận đến {shown.until}", f"Screens take it until {shown.until}"))
