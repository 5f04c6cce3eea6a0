"""The gates: their nodes and screens."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cluster_feed import tables
from cluster_feed.cli.arguments import Person, Reason, moment, opened
from cluster_feed.console import complain, out, t
from cluster_feed.core.device import code_of, same_code
from cluster_feed.core.errors import AnotherDevice, Busy, FeedError, ProofMissing, SeveralDevices
from cluster_feed.core.proof import Known, Proof
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import devices, node_check, report, service
from cluster_feed.screen.cli import serve
from cluster_feed.workspace import Workspace

app = typer.Typer()
clusters_app = typer.Typer(
    no_args_is_help=True,
    help=t("Cụm: ngừng và phục vụ lại.", "Gates: out of service and back."),
)
node_app = typer.Typer(no_args_is_help=True, help=t("Máy chủ của cụm.", "A cluster's node."))
screens_app = typer.Typer(
    no_args_is_help=True,
    help=t("Thiết bị của màn hình: tin ai báo về.", "The screens' devices: whose word counts."),
)
proof_app = typer.Typer(no_args_is_help=True, help=t("Nhật ký phát.", "Proof of play."))
app.add_typer(clusters_app, name="clusters")
app.add_typer(node_app, name="node")
app.add_typer(screens_app, name="screens")
app.add_typer(proof_app, name="proof")

node_app.command(name="serve", help=t("Phục vụ mạng nội bộ của cụm.", "Serve the LAN."))(serve)


@node_app.command(name="check", help=t("Kiểm tra máy chủ của một cụm.", "Check a cluster's node."))
def check_(
    context: typer.Context,
    cluster: Annotated[str, typer.Argument(help=t("Ví dụ: lao-bao", "For example: lao-bao"))],
) -> None:
    findings = list(node_check.run(opened(context), cluster))
    out.print(tables.findings(findings))
    raise typer.Exit(any(finding.problem for finding in findings))


ClusterName = Annotated[str, typer.Argument(help=t("Ví dụ: la-lay", "Such as la-lay"))]


@clusters_app.command(help=t("Ngừng phục vụ một cụm.", "Take a gate out of service."))
def stop(context: typer.Context, cluster: ClusterName, person: Person, reason: Reason) -> None:
    service.stop(opened(context), moment(), cluster, reason, person)
    out.print(t(f"✓ {cluster}: ngừng phục vụ", f"✓ {cluster}: out of service"))


@clusters_app.command(help=t("Phục vụ lại một cụm.", "Serve a gate again."))
def start(context: typer.Context, cluster: ClusterName, person: Person) -> None:
    service.start(opened(context), moment(), cluster, person)
    out.print(t(f"✓ {cluster}: phục vụ lại", f"✓ {cluster}: served again"))


ScreenName = Annotated[str, typer.Argument(help=t("Ví dụ: lao-bao/led", "Such as lao-bao/led"))]
Code = Annotated[
    str, typer.Argument(help=t("Cả mã mà màn hình in ra", "The whole code that the screen printed"))
]


@screens_app.command(name="list", help=t("Các thiết bị và mã.", "The devices and their codes."))
def screens_list(context: typer.Context) -> None:
    _read_reports(opened(context))
    rows = ledger.Device.objects.order_by("cluster", "screen", "seen_at")
    out.print(tables.devices(rows))


@screens_app.command(help=t("Xác nhận một thiết bị theo mã.", "Admit a device by its code."))
def admit(context: typer.Context, screen: ScreenName, code: Code, person: Person) -> None:
    workspace = opened(context)
    _read_reports(workspace)
    device = devices.admit(workspace, moment(), screen, code, person)
    _read_reports(workspace)
    out.print(f"✓ {screen} {device.code}")


@screens_app.command(help=t("Ngừng dùng một thiết bị.", "Retire a device, or dismiss one."))
def retire(context: typer.Context, screen: ScreenName, code: Code, person: Person) -> None:
    device = devices.retire(opened(context), moment(), screen, code, person)
    out.print(f"✓ {screen} {device.code}")


def _read_reports(workspace: Workspace) -> None:
    """Read what has come back and waits; where the daemon is at that, it does."""
    with suppress(Busy):
        report.run(workspace, moment())


DeviceCode = Annotated[
    str,
    typer.Option("--device", help=t("Mã của thiết bị phải ký", "Whose device must have signed")),
]
FromRow = Annotated[
    int,
    typer.Option("--from", min=1, help=t("Dòng đầu phải có", "The first row that must be there")),
]


@proof_app.command(
    help=t(
        "Kiểm tra nhật ký phát: từng tệp, và cả chuỗi qua các tệp.",
        "Check proof of play, anywhere: each file, and the chain over them.",
    )
)
def verify(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    code: DeviceCode = "",
    first: FromRow = 1,
) -> None:
    chains: dict[tuple[str, str, str], Known] = {}
    bad = False
    for path in files:
        try:
            told = Proof.from_bytes(path.read_bytes())
            if code and not same_code(code, code_of(told.device)):
                raise AnotherDevice(device=code_of(told.device), code=code)
            row = told.records[0]
            chains.setdefault((row.cluster, row.screen, told.device), Known()).take(told.records)
        except FeedError as error:
            bad = True
            out.print(f"{tables.NO} {escape(path.name)}", soft_wrap=True)
            complain(error)
        else:
            out.print(f"{tables.YES} {escape(path.name)}: {_says(told)}", soft_wrap=True)
    for (cluster, screen, device), known in chains.items():
        missing = [each for each in known.life.gaps if each.last >= first]
        if missing:
            out.print(f"{tables.NO} {cluster}/{screen} {code_of(device)}", soft_wrap=True)
            rows = sum(each.last - max(each.first, first) + 1 for each in missing)
            complain(ProofMissing(rows=rows, ranges=devices.ranges(missing)))
            bad = True
    if len(chains) > 1:
        complain(SeveralDevices())
        bad = True
    raise typer.Exit(bad)


def _says(told: Proof) -> str:
    first, last = told.records[0], told.records[-1]
    return (
        f"{first.cluster}/{first.screen} {code_of(told.device)}, {first.row}-{last.row}, "
        f"{tables.when(first.began_at)} → {tables.when(last.began_at)}"
    )
