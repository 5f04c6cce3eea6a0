"""What may be asked of one file, without a workspace: its renditions, and what they would be."""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer

from cluster_feed import tables
from cluster_feed.adapters import documents
from cluster_feed.cli.arguments import AsJson
from cluster_feed.console import TONGUE, Progressing, complain, out, t
from cluster_feed.core.errors import Refusal
from cluster_feed.core.finding import Finding
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.pipeline import Tick, quiet
from cluster_feed.pipeline.normalize import single
from cluster_feed.pipeline.normalize.clip import Outlook, Product
from cluster_feed.workspace import known_profiles

Stills = Mapping[Finding, Path]
NO_STILLS: Stills = MappingProxyType({})

app = typer.Typer(no_args_is_help=True, help=t("Hồ sơ màn hình.", "Display profiles."))

Profiles = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        "-p",
        help=t(
            "Tên hồ sơ hoặc tệp .toml; không nêu: mọi hồ sơ",
            "A profile's name or its .toml; none: all of them",
        ),
    ),
]
File = Annotated[Path, typer.Argument(exists=True, help=t("Video hoặc ảnh", "A clip or a photo"))]


@app.callback()
def _profiles() -> None: ...


@app.command(
    help=t(
        "Xem một tệp sẽ thành gì trên mỗi loại màn hình; không tạo bản phát.",
        "Say what each kind of screen would get of a file; nothing is coded.",
    )
)
def check(
    context: typer.Context, file: File, *, profile: Profiles = None, as_json: AsJson = False
) -> None:
    profiles = chosen(context.obj, profile)
    with _progress(as_json=as_json) as tick:
        found = single.look_at(file, profiles, tick)
        outlooks = single.foresee(found, profiles)
    if as_json:
        said = [{**_named(each.profile), **_told(each)} for each in outlooks]
        _print({"found": found.media.model_dump(mode="json"), "outlook": said})
    else:
        out.print(tables.measured(file.name, found.media), soft_wrap=True)
        for each in outlooks:
            _tell(found, each.profile, each)
    if any(flawed.flaw in each.profile.blocks for each in outlooks for flawed in each.findings):
        raise typer.Exit(1)


def normalize(
    root: Path, file: Path, names: Sequence[str] | None, to: Path, *, as_json: bool
) -> None:
    """Make a file's renditions; what is refused is told, and is the exit status."""
    profiles = chosen(root, names)
    refused = False
    made: list[dict[str, Any]] = []
    with _progress(as_json=as_json) as tick:
        found = single.look_at(file, profiles, tick)
        if not as_json:
            out.print(tables.measured(file.name, found.media), soft_wrap=True)
        for profile, each in single.make(found, profiles, to):
            refused |= isinstance(each, Refusal)
            made.append({**_named(profile), **_written(each)})
            if as_json:
                continue
            if isinstance(each, Refusal):
                complain(each)
                continue
            _tell(found, profile, each.made, each.stills)
            out.print(f"  {tables.measured(str(each.path), each.made.media)}", soft_wrap=True)
    if as_json:
        _print({"found": found.media.model_dump(mode="json"), "made": made})
    if refused:
        raise typer.Exit(1)


def _tell(
    found: single.Found,
    profile: DisplayProfile,
    each: Outlook | Product,
    stills: Stills = NO_STILLS,
) -> None:
    for line in tables.outlook(profile, each.decision, each.findings, stills):
        out.print(line, soft_wrap=True)
    for line in tables.unlettered(profile, found.path.name, found.kind, found.caption):
        out.print(line, soft_wrap=True)


def chosen(root: Path, names: Sequence[str] | None) -> list[DisplayProfile]:
    """Find the profiles that are meant, by name or by file."""
    known = known_profiles(root)
    profiles = []
    for name in names or known:
        if name in known:
            profiles.append(known[name])
        elif name.endswith(".toml"):
            profiles.append(documents.load(Path(name), DisplayProfile))
        else:
            raise typer.BadParameter(
                t(
                    f"không có hồ sơ “{name}”; hãy chọn: {', '.join(known)}",
                    f"there is no profile “{name}”; choose one of: {', '.join(known)}",
                ),
                param_hint="--profile",
            )
    return profiles


def _progress(*, as_json: bool) -> AbstractContextManager[Tick]:
    return nullcontext(quiet) if as_json else Progressing()


def _written(made: single.Written | Refusal) -> dict[str, Any]:
    if isinstance(made, Refusal):
        return {"refused": made.code, "why": made.message(TONGUE)}
    return {
        "path": str(made.path),
        "measured": made.made.media.model_dump(mode="json"),
        **_told(made.made, made.stills),
    }


def _named(profile: DisplayProfile) -> dict[str, Any]:
    return {"profile": profile.name}


def _told(each: Outlook | Product, stills: Stills = NO_STILLS) -> dict[str, Any]:
    """Say what was found; a `still` is here the path of the picture that shows it."""
    findings = [finding.model_dump(mode="json") for finding in each.findings]
    for said, finding in zip(findings, each.findings, strict=True):
        said["still"] = str(stills[finding]) if finding in stills else None
    return {"decision": each.decision.en, "findings": findings}


def _print(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
