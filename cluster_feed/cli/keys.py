"""Keys: who may sign what."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from securesystemslib.signer import Key

from cluster_feed.adapters import keys, request
from cluster_feed.adapters.charter import ROOT_KEYS, Charter
from cluster_feed.adapters.live_feed import LiveFeed
from cluster_feed.adapters.request import TrustRequest
from cluster_feed.cli.arguments import moment, new_passphrase, opened, passphrase
from cluster_feed.cli.requests import Media, give
from cluster_feed.cli.sign import show as show_request
from cluster_feed.console import TONGUE, complain, out, t
from cluster_feed.core.errors import BadRequest, KeysExist
from cluster_feed.core.person import check_person
from cluster_feed.pipeline import amend, check, commission

app = typer.Typer(no_args_is_help=True, help=t("Khóa ký và khóa kết nối.", "Keys."))

_NAMED = t("TÊN, hoặc TÊN=TỆP.pub; nhắc lại", "NAME, or NAME=FILE.pub; repeat")


@app.command(name="init", help=t("Lễ tạo khóa.", "The key ceremony."))
def keys_init(
    context: typer.Context,
    approvers: Annotated[list[str], typer.Option("--approver", help=_NAMED)],
    roots: Annotated[
        list[Path] | None,
        typer.Option("--root", help=t("USB của một lãnh đạo; ba lần", "A leader's stick; thrice")),
    ] = None,
) -> None:
    workspace = opened(context)
    sticks = _three(roots) if roots else None
    if sticks and len({path.stat().st_dev for path in (workspace.root, *sticks)}) < len(sticks) + 1:
        out.print(
            t(
                "[yellow]⚠[/] Có thư mục --root không phải là một USB riêng.",
                "[yellow]⚠[/] Not every --root folder is a stick of its own.",
            )
        )
    people = _people(approvers)
    phrases = [new_passphrase(t(f"khóa gốc {nth}", f"root key {nth}")) for nth in (1, 2, 3)]
    feed = commission.ceremony(
        workspace, moment(), people, (phrases[0], phrases[1], phrases[2]), sticks
    )
    _print(feed.charter())
    out.print(t("Hãy ghi các mã trên ra giấy và cất.", "Write these codes down and keep them."))
    if not sticks:
        folder = escape(str(workspace.keys))
        out.print(
            t(
                f"Đã tạo khóa trong {folder}. Chép root-1..3.pem ra ba USB, cất riêng, rồi xóa "
                "khỏi máy này.",
                f"Made the keys in {folder}. Copy root-1..3.pem to three USB sticks kept "
                "apart, then delete them from this machine.",
            )
        )


def _three(roots: list[Path]) -> tuple[Path, Path, Path]:
    folders = list(dict.fromkeys(path.resolve() for path in roots))
    if len(folders) != len(roots) or len(folders) != ROOT_KEYS:
        raise typer.BadParameter(t("cần đúng ba thư mục khác nhau", "three different folders"))
    if missing := [path for path in folders if not path.is_dir()]:
        raise typer.BadParameter(t(f"không có {missing[0]}", f"there is no {missing[0]}"))
    return folders[0], folders[1], folders[2]


@app.command(name="make", help=t("Tạo khóa trên máy của mình.", "Make a key on one's machine."))
def keys_make(
    file: Annotated[Path, typer.Argument(help=t("Ví dụ minh.pem", "Such as minh.pem"))],
    person: Annotated[str, typer.Option("--for", help=t("Tên người giữ", "Whose it is"))],
    token: Annotated[str, typer.Option(help=t("Khóa trên thiết bị: hsm:…", "On a token"))] = "",
) -> None:
    check_person(person)
    if file.suffix == ".pub" and not token:
        raise typer.BadParameter(t("tên tệp như minh.pem", "a name such as minh.pem"))
    public = file.with_suffix(".pub")
    if token:
        key = keys.token(token, lambda: passphrase(person)).public_key
    else:
        if public.exists():
            raise KeysExist(path=public)
        key = keys.create(file, new_passphrase(person))
    keys.write_public(public, person, key)
    code = keys.code(key.keyid)
    out.print(
        t(
            f"✓ Gửi {escape(str(public))} cho máy trung tâm. Mã khóa: {code}",
            f"✓ Hand in {escape(str(public))}. The key's code: {code}",
        ),
        soft_wrap=True,
    )


@app.command(name="show", help=t("Ai được tin cậy việc gì.", "Who is trusted with what."))
def keys_show(context: typer.Context) -> None:
    workspace = opened(context)
    _print(LiveFeed(workspace.feed).charter())
    for finding in check.trust(workspace, moment()):
        if finding.problem:
            complain(finding.problem)


@app.command(name="change", help=t("Lập yêu cầu đổi khóa.", "Ask for a change of keys."))
def keys_change(  # noqa: PLR0913  an option each
    context: typer.Context,
    *,
    add: Annotated[list[str] | None, typer.Option(help=_NAMED)] = None,
    replace: Annotated[list[str] | None, typer.Option(help=_NAMED)] = None,
    revoke: Annotated[list[str] | None, typer.Option(help=t("TÊN; nhắc lại", "NAME"))] = None,
    threshold: Annotated[
        int | None, typer.Option(min=1, help=t("Số chữ ký cần", "Signatures needed"))
    ] = None,
    replace_root: Annotated[
        list[str] | None, typer.Option(help=t("SỐ=TỆP.pub", "NUMBER=FILE.pub"))
    ] = None,
    new_online: Annotated[
        bool, typer.Option("--new-online", help=t("Khóa trực tuyến mới", "A new online key"))
    ] = False,
    clusters: Annotated[
        bool, typer.Option("--clusters", help=t("Theo playlists/", "As in playlists/"))
    ] = False,
    to: Annotated[
        Path | None, typer.Option(help=t("Thư mục ghi yêu cầu", "Where the request goes"))
    ] = None,
    media: Media = False,
) -> None:
    workspace = opened(context)
    change = amend.Change(
        add=_people(add or ()),
        replace=_people(replace or ()),
        revoke=revoke or (),
        threshold=threshold,
        roots=_roots(replace_root or ()),
        new_online=new_online,
        clusters=clusters,
    )
    asked = amend.propose(workspace, moment(), change)
    show_request(asked)
    written = give(workspace, asked, to or workspace.root, media=media)
    out.print(escape(str(written)), soft_wrap=True)


@app.command(name="apply", help=t("Áp dụng thay đổi đã ký.", "Put a signed change into effect."))
def keys_apply(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="trust-….request.json")],
    signatures: Annotated[list[Path], typer.Argument(help="….sig.json")],
) -> None:
    workspace = opened(context)
    asked = request.read(file)
    if not isinstance(asked, TrustRequest):
        detail = t("yêu cầu này không thay đổi khóa", "it asks for no change of keys")
        raise BadRequest(path=file.name, detail=detail)
    answers = [request.read_answer(path) for path in signatures]
    lacking = amend.apply(workspace, moment(), asked, answers)
    out.print(t("✓ Đã áp dụng; lần gửi tới sẽ mang đi.", "✓ Done; the next push sends it."))
    for each in lacking:
        complain(each)


@app.command(name="new-ssh", help=t("Khóa SFTP mới.", "A new key for SFTP."))
def keys_new_ssh(context: typer.Context) -> None:
    out.print(
        t(
            "Mang keys/hub_ed25519.pub tới mọi máy chủ cụm và chạy lại deploy/node/install.sh; máy "
            "chủ lập cách khác thì thêm dòng này vào authorized_keys và xóa dòng cũ:",
            "Carry keys/hub_ed25519.pub to every node and run deploy/node/install.sh again; on one "
            "made otherwise, add this line to authorized_keys and delete the old one:",
        )
    )
    out.print(amend.new_ssh(opened(context), moment()), soft_wrap=True)


def _print(charter: Charter) -> None:
    for line in charter.lines():
        out.print(escape(line.to(TONGUE)), soft_wrap=True)


def _people(named: Sequence[str]) -> dict[str, str | Key]:
    """Read `NAME=FILE.pub`; for a bare name ask for the passphrase of a key that is made here."""
    people: dict[str, str | Key] = {}
    for each in named:
        person, _, file = each.partition("=")
        check_person(person)
        if person in people:
            raise typer.BadParameter(t(f"{person} được nêu hai lần", f"{person} is named twice"))
        people[person] = keys.public_key(Path(file), person) if file else new_passphrase(person)
    return people


def _roots(named: Sequence[str]) -> dict[int, Key]:
    roots = {}
    for each in named:
        number, _, file = each.partition("=")
        if not (number.isdecimal() and file):
            raise typer.BadParameter(t("viết SỐ=TỆP.pub", "write NUMBER=FILE.pub"))
        roots[int(number)] = keys.public_key(Path(file), f"root-{int(number)}")
    return roots
