"""What a file is, and what is made of it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from rich.markup import escape
from rich.table import Column, Table

from cluster_feed.adapters.store import Store
from cluster_feed.console import TONGUE, plain, t
from cluster_feed.core.asset import Kind, MediaInfo
from cluster_feed.core.bilingual import Bilingual, joined
from cluster_feed.core.caption import Caption, Missing
from cluster_feed.core.datasheet import facts, facts_of_original
from cluster_feed.core.finding import Finding as Flawed
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.ledger import models as ledger
from cluster_feed.tables.words import NO, WAITS, YES, lacking


def captioned(asset: str, missing: Iterable[Missing]) -> str:
    """An asset after its caption was written, and what the caption still lacks."""
    says = lacking(missing)
    return f"{WAITS if says else YES} {escape(asset)}  {says}".rstrip()


def measured(name: str, media: MediaInfo) -> str:
    """What a file is, in a line."""
    said = joined(fact.says for fact in facts(media))
    return f"[bold]{plain(name)}[/]: {plain(said.to(TONGUE))}"


def original(media: MediaInfo) -> Iterator[str]:
    """What a newsroom's file is, a fact a line."""
    for fact in facts_of_original(media):
        yield f"[bold]{fact.label.to(TONGUE)}[/]: {plain(fact.says.to(TONGUE))}"


def outlook(
    profile: DisplayProfile,
    decision: Bilingual,
    findings: Iterable[Flawed],
    stills: Mapping[Flawed, Path] = MappingProxyType({}),
) -> Iterator[str]:
    """What is done to a file for a kind of screen, and what a person should look at: lines."""
    blocked = t("hồ sơ này không nhận", "this profile refuses it")
    told = list(findings)
    mark = NO if any(each.flaw in profile.blocks for each in told) else YES
    yield f"{mark} {profile.name}: {plain(decision.to(TONGUE))}"
    for each in told:
        refused = f" ({blocked})" if each.flaw in profile.blocks else ""
        yield f"  [yellow]⚠[/] {plain(each.says.to(TONGUE))}{refused}"
        if each in stills:
            yield f"    {plain(str(stills[each]))}"


def unlettered(profile: DisplayProfile, name: str, kind: Kind, caption: Caption) -> Iterator[str]:
    """The languages in which a profile wants titles or subtitles and a file has none: lines."""
    stem = name.rpartition(".")[0] or name
    for each in profile.titles:
        if not caption.in_language(each).title:
            says = t(
                f"không có tiêu đề “{each}”: hãy ghi vào {stem}.yaml cạnh tệp",
                f"no title “{each}”: write it in {stem}.yaml beside the file",
            )
            yield f"  [yellow]⚠[/] {plain(says)}"
    for each in profile.subtitles if kind is Kind.VIDEO else ():
        if each not in caption.subtitles:
            says = t(
                f"không có phụ đề “{each}”: hãy đặt {stem}.{each}.srt cạnh tệp",
                f"no subtitles “{each}”: put {stem}.{each}.srt beside the file",
            )
            yield f"  [yellow]⚠[/] {plain(says)}"


def renditions(row: ledger.Asset, profiles: Iterable[str], store: Store) -> Table:
    """What was made of an asset for each kind of screen, why, and what was found on the way."""
    table = Table(
        t("Màn hình", "Screen"),
        Column(t("Đã làm", "Done"), overflow="fold"),
        Column(t("Cần xem lại", "To be looked at"), overflow="fold"),
        title=escape(str(row)),
    )
    made = row.renditions.filter(profile__in=profiles).order_by("made_at", "pk")
    for each in {each.profile: each for each in made}.values():
        decision = t(each.decision_vi or each.decision, each.decision)
        done = each.to_error().message(TONGUE) if each.failed else decision
        lines = []
        for finding in each.to_findings():
            lines.append(finding.says.to(TONGUE))
            lines += [str(store.path(finding.still))] if finding.still else []
        mark = NO if each.failed else YES
        table.add_row(each.profile, f"{mark} {escape(done)}", escape("\n".join(lines)))
    return table
