"""Signing where a key is kept: on one's own machine, without a workspace."""

from functools import cache
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from securesystemslib.signer import Signer

from cluster_feed import tables
from cluster_feed.adapters import keys, request, viewing
from cluster_feed.adapters.request import EditionRequest, NoticeRequest, Request, TrustRequest
from cluster_feed.adapters.viewing import page
from cluster_feed.cli.arguments import agree, passphrase
from cluster_feed.console import TONGUE, Progressing, out, t
from cluster_feed.core.notice import Notice
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
    media: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help=t(
                "Thư mục video, ảnh sẽ ký; không nêu: ….media cạnh tệp yêu cầu",
                "The folder of what would be signed; else ….media beside the request",
            ),
        ),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help=t(
                "Bản root.json mà lãnh đạo giữ từ lễ tạo khóa",
                "The root.json that the leader keeps since the ceremony",
            ),
        ),
    ] = None,
    *,
    unseen: Annotated[
        bool,
        typer.Option(
            "--unseen",
            help=t(
                "KÝ MÀ KHÔNG XEM video, ảnh; chỉ để thử",
                "SIGN WITHOUT LOOKING at clips and photos; for trying out",
            ),
        ),
    ] = False,
) -> None:
    asked = request.read(file)
    if root:
        _compare_with(root, asked)
    show(asked)
    if isinstance(asked, TrustRequest) and not root:
        out.print(_COMPARE_PAPER)
    folder = media or viewing.folder_of(file, asked)
    looked = folder.is_dir()
    if looked:
        _lay_open(folder, asked)
    who = person or (t("thiet-bi-ky", "token") if key.startswith(keys.TOKEN) else Path(key).stem)
    check_person(who)
    signer = opened_key(key, who)
    blind = not looked and request.shows(asked, signer.public_key.keyid)
    if blind:
        out.print(_UNSEEN.format(folder=escape(folder.name)), soft_wrap=True)
    if blind and not unseen:
        agree(t("Ký mà CHƯA XEM?", "Sign WITHOUT HAVING LOOKED?"))
    else:
        agree(t("Ký nội dung trên?", "Sign what is shown above?"))
    answer = request.answer(asked, who, signer)
    written = request.write(file.parent, answer, asked.file_name)
    out.print(f"✓ {', '.join(answer.by)} → {escape(str(written))}", soft_wrap=True)


_COMPARE_PAPER: Final = t(
    "Hãy so từng dòng “Sau thay đổi” với tờ giấy của lễ tạo khóa: máy trung tâm có thể giấu thay "
    "đổi. Có root.json giữ từ lễ tạo khóa thì thêm --root, máy này sẽ so.",
    "Compare every line “After it” with the paper of the ceremony: a hub could hide a change. "
    "With --root and the root.json kept since the ceremony this machine compares.",
)
_UNSEEN: Final = (
    "[bold red]⚠ CHƯA XEM[/]: không có thư mục {folder}. Máy này chưa thấy byte nào của video, ảnh "
    "sẽ ký; tiêu đề ở trên là do máy trung tâm viết. Hãy xin thư mục đó: cluster-feed request … "
    "--media\n"
    "[bold red]⚠ NOT LOOKED AT[/]: there is no folder {folder}. This machine has seen no byte of "
    "the clips and photos that would be signed; the titles above are the hub's. Ask for that "
    "folder: cluster-feed request … --media"
)
"""In both languages, whatever the terminal's: nobody shall sign blind for not having read it."""


def _compare_with(root: Path, asked: Request) -> None:
    """Make sure that a change of keys starts from what a leader's own copy leads to."""
    if not isinstance(asked, TrustRequest):
        raise typer.BadParameter(
            t("--root chỉ dùng khi thay đổi khóa", "--root is for changes of keys")
        )
    kept = request.read_root(root)
    asked.make_sure_it_follows(kept)
    out.print(
        t(
            f"✓ Yêu cầu đổi từ trạng thái mà lãnh đạo đã ký, theo bản {kept.version} của bạn.",
            f"✓ It starts from what leaders have signed, by your copy, version {kept.version}.",
        )
    )


def _lay_open(folder: Path, asked: Request) -> None:
    """Make sure that a folder holds what would be signed, and show it to the signer."""
    views = viewing.views(asked)
    with Progressing() as tick:
        compared = viewing.compare(folder, views, tick)
    path = page.write(folder, asked, views)
    size = f"{sum(each.byte_count for each in compared) / 1e6:.1f} MB"
    out.print(
        t(
            f"✓ {len(compared)} tệp, {size}, đúng là những gì sẽ ký. Hãy mở trang này, xem hết rồi "
            f"mới gõ mật khẩu:\n  {escape(str(path.resolve()))}",
            f"✓ {len(compared)} files, {size}, are what would be signed. Open this page and look "
            f"at all of it before the passphrase:\n  {escape(str(path.resolve()))}",
        ),
        soft_wrap=True,
    )


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
        case NoticeRequest():
            show_notice(asked.notice)
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


def show_notice(notice: Notice) -> None:
    """Print all that an approval of a notice would say."""
    out.print(tables.notice(notice))
    fingerprint = notice.fingerprint
    out.print(t(f"Mã nội dung: {fingerprint}", f"Fingerprint: {fingerprint}"), soft_wrap=True)
