"""The department's desk: serve it, and let people in."""

from typing import Annotated

import typer
from django.urls import reverse

from cluster_feed.cli.arguments import moment, opened
from cluster_feed.console import out, t
from cluster_feed.core.errors import NoSuchNewsroom
from cluster_feed.ledger import audit
from cluster_feed.web.house import open_house
from cluster_feed.web.models import Person
from cluster_feed.web.roles import Role
from cluster_feed.web.server import Server
from cluster_feed.workspace import Workspace

app = typer.Typer(no_args_is_help=True, help=t("Bàn làm việc trên web.", "The web desk."))


@app.command(help=t("Chạy bàn làm việc (dịch vụ).", "Serve the desk."))
def run(context: typer.Context) -> None:
    workspace = opened(context)
    open_house(workspace)
    if not Person.objects.exists():
        out.print(
            t("Chưa có ai. Mời người vận hành đầu tiên:", "Nobody is here yet. Invite the first:")
        )
        out.print("  cluster-feed desk invite <tên> --role operator", markup=False)
    desk = workspace.settings.desk
    out.print(f"{desk.address}  ({desk.host}:{desk.port})", soft_wrap=True)
    Server(workspace, desk.host, desk.port, desk.threads).run()


@app.command(help=t("Tạo đường dẫn mời, dùng một lần.", "Make a one-time link for a person."))
def invite(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=t("Tên đăng nhập", "The name to sign in by"))],
    role: Annotated[Role, typer.Option(help=t("Phần việc", "The person's part"))],
    full_name: Annotated[str, typer.Option("--name", help=t("Họ tên", "Full name"))] = "",
    office: Annotated[str, typer.Option(help=t("Chức vụ", "Office"))] = "",
    newsroom: Annotated[
        str, typer.Option(help=t("Tòa soạn, cho contributor", "Newsroom of a contributor"))
    ] = "",
) -> None:
    workspace = opened(context)
    open_house(workspace)
    newsroom = _checked(workspace, role, newsroom)
    person, secret = Person.invite(moment(), name, full_name or name, role, newsroom, office)
    audit.record(moment(), "operator", "invite", name, role=role.value)
    address = workspace.settings.desk.address.rstrip("/")
    out.print(t(f"Gửi cho {person}:", f"Send to {person}:"), markup=False)
    out.print(f"{address}{reverse('invitation', args=[secret])}", soft_wrap=True, markup=False)


def _checked(workspace: Workspace, role: Role, newsroom: str) -> str:
    """Give a contributor's newsroom, and nobody else one; NoSuchNewsroom."""
    if role is not Role.CONTRIBUTOR:
        return ""
    if not workspace.newsroom(newsroom):
        raise NoSuchNewsroom(newsroom=newsroom or "—")
    return newsroom
