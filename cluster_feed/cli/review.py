"""What the department does to an edition: look, submit, sign, return, withdraw, drop."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from django.db import transaction
from rich.markup import escape

from cluster_feed import tables
from cluster_feed.adapters import request
from cluster_feed.cli.arguments import (
    Again,
    AssetId,
    EditionName,
    Person,
    Reason,
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
from cluster_feed.console import TONGUE, out, t
from cluster_feed.core.asset import Kind
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import Edition, State
from cluster_feed.core.errors import Busy
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import (
    approve,
    assemble,
    caption,
    publish,
    replace,
    simulate,
    status,
    withdraw,
)
from cluster_feed.workspace import Workspace

app = typer.Typer()


def _cycle(name: str) -> Cycle:
    try:
        return Cycle.parse(name)
    except ValueError:
        raise typer.BadParameter(t("tháng viết như 2026-11", "a month such as 2026-11")) from None


@app.command(name="assemble", help=t("Lập phiên bản phát nháp.", "Draft the edition."))
def assemble_(
    context: typer.Context,
    cycle: Annotated[
        Cycle | None, typer.Argument(parser=_cycle, help=t("Kỳ, ví dụ 2026-11", "Cycle: 2026-11"))
    ] = None,
    *,
    urgent: Annotated[bool, typer.Option(help=t("Bản khẩn", "An urgent edition"))] = False,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help=t("Bỏ nội dung theo mã, cả các lần lập sau", "Leave an asset out, also later")
        ),
    ] = None,
    with_again: Annotated[
        list[str] | None,
        typer.Option("--with", help=t("Đưa lại nội dung đã bỏ", "Take one in again")),
    ] = None,
    again: Again = False,
) -> None:
    workspace = opened(context)
    edition = assemble.run(
        workspace,
        moment(),
        cycle or workspace.calendar.current(moment()),
        urgent=urgent,
        without=without or (),
        with_again=with_again or (),
        again=again,
    )
    show_edition(edition.name)


@app.command(help=t("Xem danh sách phát từng cụm.", "Show every cluster's playlist."))
def show(context: typer.Context, edition: EditionName) -> None:
    workspace = opened(context)
    show_edition(edition)
    for cluster, found in simulate.run(workspace, ledger.Edition.called(edition)).items():
        for line in tables.simulation(cluster, found):
            out.print(line, soft_wrap=True)


@app.command(
    name="asset",
    help=t(
        "Xem một nội dung: tệp gốc thế nào, đã làm gì cho từng màn hình, cần xem lại gì.",
        "Show an asset: its file, what was done for each kind of screen, and what to look at.",
    ),
)
def asset_(context: typer.Context, asset: AssetId) -> None:
    workspace = opened(context)
    row = ledger.Asset.called(asset)
    for line in tables.original(row.to_value().media):
        out.print(line, soft_wrap=True)
    out.print(tables.renditions(row, workspace.wanted_profiles, workspace.store))


def show_edition(name: str) -> str:
    """Print an edition's playlists and give the fingerprint of exactly what was printed."""
    with transaction.atomic():
        row = ledger.Edition.called(name)
        programmes = list(row.programmes.order_by("cluster"))
    for programme in programmes:
        out.print(tables.programme(programme, programme.to_value()))
    for line in tables.to_look_at(programme.to_value() for programme in programmes):
        out.print(line, soft_wrap=True)
    out.print(
        t(
            f"{name}: {row.to_value().label.vi}. Mã nội dung để duyệt: {row.fingerprint}",
            f"{name}: {row.to_value().label.en}. Fingerprint to approve: {row.fingerprint}",
        ),
        soft_wrap=True,
    )
    return row.fingerprint


@app.command(help=t("Trình phiên bản phát để duyệt.", "Submit an edition for approval."))
def submit(context: typer.Context, edition: EditionName, person: Person) -> None:
    approve.submit(opened(context), moment(), edition, person)
    show_edition(edition)


@app.command(name="request", help=t("Ghi yêu cầu ký ra tệp.", "Write what is to be signed."))
def request_(
    context: typer.Context,
    edition: EditionName,
    to: To = Path(),
    *,
    media: Media = False,
) -> None:
    workspace = opened(context)
    asked = approve.request(workspace, moment(), edition)
    out.print(escape(str(give(workspace, asked, to, media=media))), soft_wrap=True)


@app.command(name="approve", help=t("Duyệt bằng chữ ký.", "Approve by signature."))
def approve_(
    context: typer.Context,
    edition: EditionName,
    person: Person = "",
    seen: Seen = "",
    signature: SignatureFile = None,
) -> None:
    workspace = opened(context)
    if signature:
        answer = request.read_answer(signature)
        value = approve.import_signature(workspace, moment(), edition, answer)
        say(workspace, value)
        go_out(workspace, value)
        return
    check_who(person)
    approve.check(workspace, edition, person)
    if not seen:
        seen = show_edition(edition)
        agree(t("Duyệt nội dung trên?", "Approve what is shown above?"))
    value = approve.approve(workspace, moment(), edition, person, seen, passphrase(person))
    say(workspace, value)
    go_out(workspace, value)


def say(workspace: Workspace, edition: Edition) -> None:
    """Tell where an edition stands, and how many of the signatures it has that it needs."""
    signed = ""
    if edition.state is State.SUBMITTED:
        awaited = approve.awaited(workspace, ledger.Edition.called(edition.name))
        signed = t(", chữ ký", ", signatures") + f" {len(edition.approvals)}/{awaited.needed}"
    people = f" ({', '.join(edition.approvals)})" if edition.approvals else ""
    out.print(f"✓ {edition.name}: {edition.label.to(TONGUE)}{signed}{people}")
    if edition.state is State.SUBMITTED:
        still = tables.still_needed(edition.name, len(edition.approvals), *awaited)
        out.print(still, soft_wrap=True)


def hand_out(workspace: Workspace, edition: Edition, to: Path, *, media: bool) -> None:
    """Write at once what is to be signed elsewhere, where there is no time to ask for it."""
    if edition.state is not State.SUBMITTED:
        return
    people = approve.keys_elsewhere(workspace, edition)
    if not people:
        return
    asked = approve.request(workspace, moment(), edition.name)
    written = give(workspace, asked, to, media=media)
    who = people[0] if len(people) == 1 else t("<tên>", "<name>")
    steps = (
        t(
            f"Khóa của {', '.join(people)} không ở máy này. Tệp cần ký:",
            f"The keys of {', '.join(people)} are not on this machine. To be signed:",
        ),
        f"  {written}",
        t("Trên máy giữ khóa:", "Where the key is:"),
        f"  cluster-feed sign {written.name} --key {who}.pem",
        t("Rồi ở máy này:", "Then on this machine:"),
        f"  cluster-feed approve {edition.name} --signature {asked.file_name}.{who}.sig.json",
    )
    out.print("\n".join(steps), markup=False, soft_wrap=True)


def go_out(workspace: Workspace, edition: Edition) -> None:
    """Publish an urgent edition that is approved; the daemon, if it is at it, does the same."""
    if not edition.urgent or edition.state is not State.APPROVED:
        return
    with suppress(Busy):
        publish.run(workspace, moment())
    row = ledger.Edition.called(edition.name)
    if row.state == State.PUBLISHED:
        say(workspace, row.to_value())
        return
    refused = [each for each in status.waiting(workspace) if each.name == row.name]
    for each in refused:
        out.print(tables.waits(each), soft_wrap=True)
    raise typer.Exit(any(each.problem for each in refused))


@app.command(name="return", help=t("Trả lại để sửa.", "Give it back to be changed."))
def return_(
    context: typer.Context,
    edition: EditionName,
    person: Person,
    reason: Reason,
) -> None:
    workspace = opened(context)
    say(workspace, approve.return_(workspace, moment(), edition, person, reason))


@app.command(name="drop", help=t("Bỏ bản nháp khẩn.", "Drop an urgent draft."))
def drop(context: typer.Context, edition: EditionName, person: Person, reason: Reason) -> None:
    workspace = opened(context)
    say(workspace, approve.drop(moment(), edition, person, reason))


@app.command(
    name="withdraw",
    help=t(
        "Thu hồi: bản đã duyệt không phát hành nữa; nội dung đang phát thì lập bản gỡ chờ duyệt.",
        "Withdraw: an approved edition does not go out; what is live comes off by an edition "
        "without it, which waits for approval.",
    ),
)
def withdraw_(  # noqa: PLR0913  an option each
    context: typer.Context,
    person: Person,
    reason: Reason,
    edition: Annotated[str, typer.Argument(help=t("Ví dụ: 2026-11", "For example: 2026-11"))] = "",
    assets: Annotated[
        list[str] | None,
        typer.Option("--asset", help=t("Đầu mã nội dung, nhắc lại", "Beginning of an id; repeat")),
    ] = None,
    lift: Annotated[
        str, typer.Option(help=t("Cho phát lại nội dung này", "Let this asset be shown again"))
    ] = "",
    to: To = Path(),
    *,
    media: Media = False,
) -> None:
    workspace = opened(context)
    if bool(edition) is bool(lift):
        raise typer.BadParameter(
            t("cần tên phiên bản, hoặc --lift", "the name of an edition is needed, or --lift")
        )
    if lift:
        row = withdraw.lift(moment(), lift, person, reason)
        out.print(t(f"✓ {row}: được phát lại", f"✓ {row}: may be shown again"), markup=False)
        return
    value = withdraw.run(workspace, moment(), edition, person, reason, assets or ())
    if value is None:
        out.print(t("✓ Không ở bản nào đang phát; đã ghi.", "✓ Live nowhere; it is on record."))
        return
    say(workspace, value)
    if value.state is State.SUBMITTED:
        show_edition(value.name)
        hand_out(workspace, value, to, media=media)


@app.command(
    name="replace",
    help=t(
        "Thay một nội dung sai bằng bản đúng, trong bản nháp và các bản sau.",
        "Put a correct asset in the place of a wrong one, in drafts and what comes after.",
    ),
)
def replace_(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help=t("Đầu mã bản sai", "Beginning of the wrong one's"))],
    new: Annotated[str, typer.Argument(help=t("Đầu mã bản đúng", "Beginning of the right one's"))],
    person: Person,
) -> None:
    workspace = opened(context)
    done = replace.run(workspace, moment(), old, new, caption.Writer(person))
    newsroom = workspace.newsroom_class(done.row.newsroom)
    missing = done.row.to_caption().missing(newsroom, Kind(done.row.kind))
    out.print(tables.captioned(str(done.row), missing))
    for name in done.drafts:
        out.print(t(f"✓ {name}: có bản đúng", f"✓ {name}: shows the correct one"))
    for name in done.waiting:
        out.print(t(f"… {name}: chờ bản đúng sẵn sàng", f"… {name}: the correct one is not ready"))


@app.command(name="caption", help=t("Ghi chú thích từ tệp YAML.", "Set a caption from YAML."))
def caption_(
    context: typer.Context,
    asset: AssetId,
    sheet: Annotated[Path, typer.Argument(help="YAML")],
    person: Person,
    *,
    again: Again = False,
) -> None:
    workspace = opened(context)
    row = caption.run(workspace, moment(), asset, sheet, person, again=again)
    newsroom = workspace.newsroom_class(row.newsroom)
    out.print(tables.captioned(str(row), row.to_caption().missing(newsroom, Kind(row.kind))))
