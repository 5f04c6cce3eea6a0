"""Every stage as a command of its own."""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from cluster_feed import tables
from cluster_feed.adapters.live_feed import LiveFeed
from cluster_feed.cli import files
from cluster_feed.cli.arguments import AsJson, AssetId, EditionName, Person, moment, opened
from cluster_feed.console import TONGUE, Progressing, complain, out, t
from cluster_feed.core.delivery import Failed
from cluster_feed.core.errors import Busy, KeysMissing
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import (
    deliver,
    ingest,
    normalize,
    played,
    publish,
    report,
    status,
    syndicate,
    thumbnail,
)

app = typer.Typer()


@app.command(name="ingest", help=t("Nhận tệp từ thư mục chung.", "Take files in."))
def ingest_(context: typer.Context) -> None:
    workspace = opened(context)
    out.print(tables.taken_in(ingest.run(workspace, moment())))


@app.command(
    name="normalize",
    help=t(
        "Tạo bản phát cho màn hình; nêu tên tệp thì chỉ cho tệp đó, không cần thư mục làm việc.",
        "Make the renditions; of the file alone that is named, without a workspace.",
    ),
)
def normalize_(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, help=t("Video hoặc ảnh riêng lẻ", "A clip or photo by itself")),
    ] = None,
    *,
    profile: files.Profiles = None,
    to: Annotated[Path, typer.Option(help=t("Thư mục ghi bản phát", "Where to write"))] = Path(),
    as_json: AsJson = False,
) -> None:
    if file:
        files.normalize(context.obj, file, profile, to, as_json=as_json)
        return
    workspace = opened(context)
    with Progressing() as tick:
        made = normalize.run(workspace, moment(), tick)
    thumbnail.run(workspace)
    out.print(
        t(
            f"{made.renditions} bản phát mới, {made.refused} không đạt, {made.postponed} để sau",
            f"{made.renditions} renditions, {made.refused} refused, {made.postponed} postponed",
        )
    )


@app.command(
    help=t(
        "Làm bản phát của nội dung này trước mọi nội dung khác.",
        "Make an asset's renditions before all others'.",
    )
)
def hurry(context: typer.Context, asset: AssetId, person: Person) -> None:
    opened(context)
    row = normalize.hurry(moment(), asset, person)
    out.print(t(f"✓ {row}: làm trước", f"✓ {row}: goes first"), markup=False)


@app.command(name="publish", help=t("Phát hành bản đã duyệt.", "Publish what was approved."))
def publish_(context: typer.Context) -> None:
    workspace = opened(context)
    if not LiveFeed(workspace.feed).founded:
        raise KeysMissing(path=workspace.keys)
    for name in publish.run(workspace, moment()):
        out.print(f"✓ {name}")
    waiting = status.waiting(workspace)
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
    workspace = opened(context)
    with Progressing() as tick:
        outcomes = deliver.run(workspace, moment(), tick, dry_run=dry_run)
    out.print(tables.deliveries(outcomes))
    if any(isinstance(each, Failed) for each in outcomes):
        raise typer.Exit(1)


@app.command(name="report", help=t("Kế hoạch và thực phát.", "Planned against played."))
def report_(context: typer.Context, edition: EditionName, *, as_json: AsJson = False) -> None:
    workspace = opened(context)
    with suppress(Busy):  # the daemon is reading what came back just now
        report.run(workspace, moment())
    rows = list(played.summary(workspace, moment(), ledger.Edition.called(edition)))
    if as_json:
        sys.stdout.write(json.dumps([each._asdict() for each in rows], ensure_ascii=False) + "\n")
        return
    out.print(tables.plays(rows))
    for line in tables.missing(ledger.Device.objects.filter(admitted_at__isnull=False)):
        out.print(line, soft_wrap=True)


@app.command(name="syndicate", help=t("Đóng gói cho Vietnam.vn.", "Package for Vietnam.vn."))
def syndicate_(context: typer.Context) -> None:
    workspace = opened(context)
    made = syndicate.run(workspace, moment())
    for package in made.packages:
        out.print(f"✓ {package}")
    for edition in made.nothing_new:
        nothing = t("không có gì mới cho Vietnam.vn", "nothing new for Vietnam.vn")
        out.print(f"— {edition}: {nothing}")
    for edition, held in made.held.items():
        for each in held:
            lacks = ", ".join(field.label.to(TONGUE) for field in each.lacks)
            out_of_it = t("không vào gói, còn thiếu", "stays out of the package, it lacks")
            out.print(
                f"! {edition}: {each.title}: {out_of_it} {lacks}", soft_wrap=True, markup=False
            )
    for error in made.refused.values():
        complain(error)
    if made == syndicate.Syndicated():
        out.print(t("Không có gói nào phải lập cho Vietnam.vn.", "No package is due."))
