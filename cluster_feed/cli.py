"""Every command of the hub, thin: read the words, call a stage, say what came of it."""

import getpass
import json
import os
import shlex
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from django.db import transaction
from rich.markup import escape

from cluster_feed import daemon, tables
from cluster_feed.adapters.feed import Feed
from cluster_feed.console import TONGUE, Progressing, complain, out, t
from cluster_feed.core.asset import Kind
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.delivery import Failed
from cluster_feed.core.edition import Edition
from cluster_feed.core.errors import Busy, FeedError, KeysMissing, NoSuchEdition
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.ledger.connect import connect
from cluster_feed.pipeline import (
    approve,
    assemble,
    caption,
    check,
    commission,
    deliver,
    ingest,
    normalize,
    publish,
    report,
    status,
    syndicate,
)
from cluster_feed.screen.cli import screen_app, serve
from cluster_feed.workspace import Workspace

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys_app = typer.Typer(no_args_is_help=True, help=t("Khóa ký và khóa kết nối.", "Keys."))
audit_app = typer.Typer(no_args_is_help=True, help=t("Nhật ký hành động.", "The audit log."))
app.add_typer(keys_app, name="keys")
app.add_typer(audit_app, name="audit")
app.add_typer(screen_app, name="screen")

EditionName = Annotated[str, typer.Argument(help=t("Ví dụ: 2026-11", "For example: 2026-11"))]
Person = Annotated[str, typer.Option("--as", help=t("Người thực hiện", "Who acts"))]
AsJson = Annotated[bool, typer.Option("--json", help=t("In JSON", "Print JSON"))]


@app.callback(help=t("Cluster Feed: từ tòa soạn đến màn hình cửa khẩu.", "Cluster Feed."))
def _choose_workspace(
    context: typer.Context,
    workspace: Annotated[
        Path,
        typer.Option(
            "--workspace",
            "-w",
            envvar="CLUSTER_FEED_WORKSPACE",
            help=t("Thư mục làm việc", "The workspace's folder"),
        ),
    ] = Path(),
) -> None:
    context.obj = workspace


def _open(context: typer.Context) -> Workspace:
    workspace = Workspace.load(context.obj)
    connect(workspace.database_url)
    return workspace


def _now() -> datetime:
    return datetime.now(UTC)


def _passphrase(person: str) -> str:
    """Ask a person for the passphrase of their key; a script gives it in the environment."""
    return os.environ.get("CLUSTER_FEED_PASSPHRASE") or getpass.getpass(
        t(f"Mật khẩu khóa của {person}: ", f"Passphrase of {person}'s key: ")
    )


# --- The installation ---------------------------------------------------------------------------


@app.command(help=t("Tạo thư mục làm việc mới.", "Make a new workspace."))
def init(folder: Path) -> None:
    Workspace.create(folder)
    name, command = t("TÊN", "NAME"), f"cluster-feed -w {shlex.quote(str(folder))}"
    for line in (
        t(f"Đã tạo {folder}. Tiếp theo:", f"Made {folder}. Next:"),
        f"  1. {folder}/cluster-feed.toml  {t('(tòa soạn)', '(newsrooms)')}",
        f"  2. {folder}/playlists/*.toml   {t('(cụm, máy chủ)', '(clusters, nodes)')}",
        f"  3. {command} keys init --approver {name} --approver {name} --approver {name}",
        f"  4. {command} check",
        f"  5. {command} run",
    ):
        out.print(escape(line), soft_wrap=True)


@app.command(name="check", help=t("Kiểm tra cài đặt.", "Check the installation."))
def check_(context: typer.Context) -> None:
    findings = list(check.run(_open(context)))
    out.print(tables.findings(findings))
    raise typer.Exit(any(finding.problem for finding in findings))


@app.command(help=t("Chạy liên tục (dịch vụ).", "Run as the daemon."))
def run(context: typer.Context) -> None:
    daemon.run(_open(context))


@app.command(name="status", help=t("Mọi việc đang ở đâu.", "Where everything stands."))
def status_(context: typer.Context, *, as_json: AsJson = False) -> None:
    stands = status.of(_open(context), _now())
    if as_json:
        sys.stdout.write(stands.model_dump_json(indent=2) + "\n")
        return
    out.print(tables.intake(stands))
    if stands.editions:
        out.print(tables.editions(stands.editions))
    out.print(tables.clusters(stands.clusters))
    for line in tables.problems(stands):
        out.print(line, soft_wrap=True)


@keys_app.command(name="init", help=t("Lễ tạo khóa.", "The key ceremony."))
def keys_init(
    context: typer.Context,
    approvers: Annotated[
        list[str],
        typer.Option("--approver", help=t("Người duyệt, nhắc lại", "An approver; repeat")),
    ],
) -> None:
    workspace = _open(context)
    roots = [_new_passphrase(t(f"khóa gốc {number}", f"root key {number}")) for number in (1, 2, 3)]
    people = {person: _new_passphrase(person) for person in approvers}
    commission.ceremony(workspace, _now(), people, (roots[0], roots[1], roots[2]))
    folder = escape(str(workspace.keys))
    out.print(
        t(
            f"Đã tạo khóa trong {folder}. Chép root-1..3.pem ra ba USB, cất riêng, rồi xóa khỏi "
            "máy này.",
            f"Made the keys in {folder}. Copy root-1..3.pem to three USB sticks kept "
            "apart, then delete them from this machine.",
        )
    )


def _new_passphrase(whose: str) -> str:
    return os.environ.get("CLUSTER_FEED_PASSPHRASE") or typer.prompt(
        t(f"Mật khẩu mới cho {whose}", f"New passphrase for {whose}"),
        hide_input=True,
        confirmation_prompt=True,
    )


@audit_app.command(name="verify", help=t("Kiểm tra chuỗi nhật ký.", "Verify the log's chain."))
def audit_verify(context: typer.Context) -> None:
    _open(context)
    rows = audit.verify()
    out.print(t(f"✓ {rows} dòng, chuỗi nguyên vẹn", f"✓ {rows} rows, the chain is whole"))


# --- The stages ---------------------------------------------------------------------------------


@app.command(name="ingest", help=t("Nhận tệp từ thư mục chung.", "Take files in."))
def ingest_(context: typer.Context) -> None:
    workspace = _open(context)
    out.print(tables.taken_in(ingest.run(workspace, _now())))


@app.command(name="normalize", help=t("Tạo bản phát cho màn hình.", "Make the renditions."))
def normalize_(context: typer.Context) -> None:
    workspace = _open(context)
    with Progressing() as tick:
        made = normalize.run(workspace, _now(), tick)
    out.print(
        t(
            f"{made.renditions} bản phát mới, {made.refused} không đạt, {made.postponed} để sau",
            f"{made.renditions} renditions, {made.refused} refused, {made.postponed} postponed",
        )
    )


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
        list[str] | None, typer.Option(help=t("Bỏ nội dung theo mã", "Leave an asset out"))
    ] = None,
) -> None:
    workspace = _open(context)
    chosen = cycle or workspace.calendar.current(_now())
    edition = assemble.run(workspace, _now(), chosen, urgent=urgent, without=without or ())
    _show(edition.name)


@app.command(help=t("Xem danh sách phát từng cụm.", "Show every cluster's playlist."))
def show(context: typer.Context, edition: EditionName) -> None:
    _open(context)
    _show(edition)


def _show(name: str) -> str:
    """Print an edition's playlists and give the fingerprint of exactly what was printed."""
    with transaction.atomic():
        row = _edition(name)
        programmes = list(row.programmes.order_by("cluster"))
    for programme in programmes:
        out.print(tables.programme(programme, programme.to_value()))
    out.print(
        t(
            f"{name}: {row.to_value().state.label.vi}. Mã nội dung để duyệt: {row.fingerprint}",
            f"{name}: {row.state}. Fingerprint to approve: {row.fingerprint}",
        ),
        soft_wrap=True,
    )
    return row.fingerprint


def _edition(name: str) -> ledger.Edition:
    try:
        return ledger.Edition.objects.get(name=name)
    except ledger.Edition.DoesNotExist as error:
        raise NoSuchEdition(edition=name) from error


@app.command(help=t("Trình phiên bản phát để duyệt.", "Submit an edition for approval."))
def submit(context: typer.Context, edition: EditionName, person: Person) -> None:
    approve.submit(_open(context), _now(), edition, person)
    _show(edition)


def _whole(seen: str) -> str:
    """Take a fingerprint as it was shown: its beginning could be that of other content."""
    if seen and len(seen) != ledger.SHA256_LENGTH:
        raise typer.BadParameter(
            t(
                f"hãy chép đủ {ledger.SHA256_LENGTH} ký tự của mã nội dung",
                f"copy all {ledger.SHA256_LENGTH} characters of the fingerprint",
            )
        )
    return seen


@app.command(name="approve", help=t("Duyệt bằng chữ ký.", "Approve by signature."))
def approve_(
    context: typer.Context,
    edition: EditionName,
    person: Person,
    seen: Annotated[
        str,
        typer.Option(
            help=t("Mã nội dung đã xem", "The fingerprint that was looked at"), callback=_whole
        ),
    ] = "",
) -> None:
    workspace = _open(context)
    if not seen:
        seen = _show(edition)
        typer.confirm(t("Duyệt nội dung trên?", "Approve what is shown above?"), abort=True)
    value = approve.approve(workspace, _now(), edition, person, seen, _passphrase(person))
    _say(value)


def _say(edition: Edition) -> None:
    people = f" ({', '.join(edition.approvals)})" if edition.approvals else ""
    out.print(f"✓ {edition.name}: {edition.state.label.to(TONGUE)}{people}")


@app.command(name="return", help=t("Trả lại để sửa.", "Give it back to be changed."))
def return_(
    context: typer.Context,
    edition: EditionName,
    person: Person,
    reason: Annotated[str, typer.Option(help=t("Lý do", "The reason"))],
) -> None:
    _say(approve.return_(_open(context), _now(), edition, person, reason))


@app.command(help=t("Thu hồi bản đã duyệt.", "Withdraw an approved edition."))
def withdraw(
    context: typer.Context,
    edition: EditionName,
    person: Person,
    reason: Annotated[str, typer.Option(help=t("Lý do", "The reason"))],
) -> None:
    _say(approve.withdraw(_open(context), _now(), edition, person, reason))


@app.command(name="publish", help=t("Phát hành bản đã duyệt.", "Publish what was approved."))
def publish_(context: typer.Context) -> None:
    workspace = _open(context)
    if not Feed(workspace.feed).founded:
        raise KeysMissing(path=workspace.keys)
    for name in publish.run(workspace, _now()):
        out.print(f"✓ {name}")
    waiting = status.of(workspace, _now()).waiting
    for edition in waiting:
        out.print(tables.waits(edition), soft_wrap=True)
    if any(edition.problem for edition in waiting):
        raise typer.Exit(1)


@app.command(name="deliver", help=t("Gửi tới các cụm qua SFTP.", "Push to the clusters."))
def deliver_(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option(help=t("Chỉ tính", "Only say how much"))] = False,
) -> None:
    workspace = _open(context)
    with Progressing() as tick:
        outcomes = deliver.run(workspace, _now(), tick, dry_run=dry_run)
    out.print(tables.deliveries(outcomes))
    if any(isinstance(each, Failed) for each in outcomes):
        raise typer.Exit(1)


@app.command(name="report", help=t("Kế hoạch và thực phát.", "Planned against played."))
def report_(context: typer.Context, edition: EditionName, *, as_json: AsJson = False) -> None:
    workspace = _open(context)
    with suppress(Busy):  # the daemon is reading what came back just now
        report.run(workspace, _now())
    rows = list(report.summary(workspace, _now(), _edition(edition)))
    if as_json:
        sys.stdout.write(json.dumps([each._asdict() for each in rows], ensure_ascii=False) + "\n")
        return
    out.print(tables.plays(rows))


@app.command(name="syndicate", help=t("Đóng gói cho Vietnam.vn.", "Package for Vietnam.vn."))
def syndicate_(context: typer.Context) -> None:
    workspace = _open(context)
    made = syndicate.run(workspace, _now())
    for package in made.packages:
        out.print(f"✓ {package}")
    for edition in made.nothing_proposed:
        nothing = t("không có nội dung nào được đề xuất", "nothing is proposed for Vietnam.vn")
        out.print(f"— {edition}: {nothing}")
    for error in made.refused.values():
        complain(error)


# --- The department's words ---------------------------------------------------------------------


@app.command(name="caption", help=t("Ghi chú thích từ tệp YAML.", "Set a caption from YAML."))
def caption_(
    context: typer.Context,
    asset: Annotated[str, typer.Argument(help=t("Đầu mã nội dung", "Beginning of the id"))],
    sheet: Annotated[Path, typer.Argument(help="YAML")],
    person: Person,
) -> None:
    workspace = _open(context)
    row = caption.run(_now(), asset, sheet, person)
    newsroom = workspace.newsroom_class(row.newsroom)
    out.print(tables.captioned(str(row), row.to_caption().missing(newsroom, Kind(row.kind))))


app.command(name="node", help=t("Máy chủ của cụm.", "The cluster's node."))(serve)


def main() -> None:
    """Run a command; a refusal is told to the person and is the exit status."""
    try:
        app()
    except FeedError as error:
        complain(error)
        sys.exit(1)
