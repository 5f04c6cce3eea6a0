"""Urgent notices: kept ready, approved ahead, released and taken off by two people."""

import json
import sys
from datetime import datetime
from typing import Annotated

import typer

from cluster_feed import tables
from cluster_feed.cli.arguments import (
    Again,
    AsJson,
    Person,
    Seen,
    agree,
    moment,
    opened,
    passphrase,
)
from cluster_feed.cli.review import go_out, say, show_edition
from cluster_feed.console import out, t
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import notice, status

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
    out.print(tables.notice(value))
    out.print(
        t(f"Mã nội dung: {value.fingerprint}", f"Fingerprint: {value.fingerprint}"),
        soft_wrap=True,
    )
    return value.fingerprint


@app.command(help=t("Duyệt trước bằng chữ ký.", "Approve it ahead, by signature."))
def approve(context: typer.Context, name: Name, person: Person, seen: Seen = "") -> None:
    workspace = opened(context)
    if not seen:
        seen = _show(name)
        agree(t("Duyệt nội dung trên?", "Approve what is shown above?"))
    ready = notice.approve(workspace, moment(), name, person, seen, passphrase(person))
    signed = f"{len(ready.people)}/{ready.needed} ({', '.join(ready.people)})"
    out.print(f"✓ {name}: {signed}")


@app.command(help=t("Phát ngay; hai người ra cùng một lệnh.", "Release it; two people say so."))
def release(
    context: typer.Context, name: Name, person: Person, until: Until = None, seen: Seen = ""
) -> None:
    workspace = opened(context)
    if not seen:
        seen = _seen(name, ends=False)
        last = f" → {tables.when(until)}" if until else ""
        agree(t(f"Phát ngay{last}?", f"Release it{last}?"))
    value = notice.release(
        *(workspace, moment(), name, person),
        until=until,
        seen=seen,
        passphrase=passphrase(person),
    )
    say(value)
    go_out(workspace, value)


@app.command(help=t("Gỡ sớm; hai người ra cùng một lệnh.", "Take it off early; two say so."))
def end(context: typer.Context, name: Name, person: Person, seen: Seen = "") -> None:
    workspace = opened(context)
    if not seen:
        seen = _seen(name, ends=True)
        agree(t(f"Gỡ thông báo {name}?", f"Take the notice {name} off?"))
    value = notice.end(workspace, moment(), name, person, seen=seen, passphrase=passphrase(person))
    say(value)
    go_out(workspace, value)


def _seen(name: str, *, ends: bool) -> str:
    """Show what a person is about to sign: the edition that another began, else the notice."""
    begun = notice.waiting(name, ends=ends)
    return show_edition(begun.name) if begun else _show(name)
