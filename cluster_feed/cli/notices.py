"""Urgent notices: kept ready, approved ahead, released and taken off by two people."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cluster_feed import tables
from cluster_feed.adapters import request
from cluster_feed.cli.arguments import (
    Again,
    AsJson,
    Person,
    Seen,
    SignatureFile,
    To,
    agree,
    check_who,
    moment,
    opened,
    passphrase,
)
from cluster_feed.cli.requests import Media, give
from cluster_feed.cli.review import go_out, hand_out, say, show_edition
from cluster_feed.cli.sign import show_notice
from cluster_feed.console import out, t
from cluster_feed.core.edition import Edition
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import notice, release, status
from cluster_feed.workspace import Workspace

app = typer.Typer(no_args_is_help=True, help=t("Thông báo khẩn chuẩn bị sẵn.", "Urgent notices."))

Name = Annotated[str, typer.Argument(help=t("Ví dụ: bao-so-5", "For example: bao-so-5"))]


def _moment(text: str) -> datetime:
    for written in ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M"):
        try:
            return datetime.strptime(text, written).replace(tzinfo=ZONE)
        except ValueError:
            continue
    raise typer.BadParameter(t("giờ viết như 2026-11-22 18:00", "a time such as 2026-11-22 18:00"))


Until = Annotated[
    datetime | None,
    typer.Option(parser=_moment, help=t("Đến giờ, giờ Việt Nam", "Until, Vietnam's time")),
]


@app.command(help=t("Chuẩn bị một thông báo.", "Prepare a notice."))
def prepare(
    context: typer.Context,
    name: Name,
    person: Person,
    assets: Annotated[
        list[str],
        typer.Option("--asset", help=t("Đầu mã nội dung, nhắc lại", "Beginning of an id; repeat")),
    ],
    clusters: Annotated[
        list[str] | None,
        typer.Option("--cluster", help=t("Cụm; không nêu: tất cả", "A cluster; none: all")),
    ] = None,
    *,
    again: Again = False,
) -> None:
    workspace = opened(context)
    notice.prepare(workspace, moment(), name, person, assets, clusters=clusters or (), again=again)
    _show(name)


@app.command(name="list", help=t("Các thông báo và chữ ký.", "The notices and their signatures."))
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    rows = list(status.notices(opened(context), moment()))
    if as_json:
        sys.stdout.write(json.dumps([each.model_dump(mode="json") for each in rows]) + "\n")
        return
    out.print(tables.notices(rows))


@app.command(help=t("Xem một thông báo.", "Show a notice."))
def show(context: typer.Context, name: Name) -> None:
    opened(context)
    _show(name)


def _show(name: str) -> str:
    """Print a notice and give the fingerprint of exactly what was printed."""
    value = ledger.Notice.called(name).to_value()
    show_notice(value)
    return value.fingerprint


@app.command(name="request", help=t("Ghi yêu cầu ký ra tệp.", "Write what is to be signed."))
def request_(context: typer.Context, name: Name, to: To = Path(), *, media: Media = False) -> None:
    workspace = opened(context)
    asked = notice.request(workspace, moment(), name)
    out.print(escape(str(give(workspace, asked, to, media=media))), soft_wrap=True)


@app.command(help=t("Duyệt trước bằng chữ ký.", "Approve it ahead, by signature."))
def approve(
    context: typer.Context,
    name: Name,
    person: Person = "",
    seen: Seen = "",
    signature: SignatureFile = None,
) -> None:
    workspace = opened(context)
    if signature:
        answer = request.read_answer(signature)
        _say(notice.import_signature(workspace, moment(), name, answer))
        return
    check_who(person)
    notice.check(workspace, name, person)
    if not seen:
        seen = _show(name)
        agree(t("Duyệt nội dung trên?", "Approve what is shown above?"))
    _say(notice.approve(workspace, moment(), name, person, seen, passphrase(person)))


def _say(ready: notice.Readiness) -> None:
    signed = f"{len(ready.people)}/{ready.needed} ({', '.join(ready.people)})"
    out.print(f"✓ {ready.notice.name}: {signed}")


@app.command(
    name="release",
    help=t("Phát ngay; hai người ra cùng một lệnh.", "Release it; two people say so."),
)
def release_(
    context: typer.Context,
    name: Name,
    person: Person,
    until: Until = None,
    seen: Seen = "",
    to: To = Path(),
    *,
    media: Media = False,
) -> None:
    workspace = opened(context)
    release.check(workspace, name, person, ends=False)
    if not seen:
        seen = _seen(name, ends=False)
        last = f" → {tables.when(until)}" if until else ""
        agree(t(f"Phát ngay{last}?", f"Release it{last}?"))
    value = release.run(
        *(workspace, moment(), name, person),
        until=until,
        seen=seen,
        passphrase=_passphrase(workspace, person),
    )
    _go_on(workspace, value, to, media=media)


@app.command(help=t("Gỡ sớm; hai người ra cùng một lệnh.", "Take it off early; two say so."))
def end(
    context: typer.Context,
    name: Name,
    person: Person,
    seen: Seen = "",
    to: To = Path(),
    *,
    media: Media = False,
) -> None:
    workspace = opened(context)
    release.check(workspace, name, person, ends=True)
    if not seen:
        seen = _seen(name, ends=True)
        agree(t(f"Gỡ thông báo {name}?", f"Take the notice {name} off?"))
    secret = _passphrase(workspace, person)
    value = release.end(workspace, moment(), name, person, seen=seen, passphrase=secret)
    _go_on(workspace, value, to, media=media)


def _passphrase(workspace: Workspace, person: str) -> str:
    """Ask for the passphrase of a key that is here; of one that is elsewhere, none."""
    return passphrase(person) if workspace.approver_key(person).exists() else ""


def _go_on(workspace: Workspace, edition: Edition, to: Path, *, media: bool) -> None:
    say(workspace, edition)
    hand_out(workspace, edition, to, media=media)
    go_out(workspace, edition)


def _seen(name: str, *, ends: bool) -> str:
    """Show what a person is about to sign: the edition that another began, else the notice."""
    begun = release.waiting(name, ends=ends)
    return show_edition(begun.name) if begun else _show(name)
