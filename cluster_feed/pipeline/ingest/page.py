"""The newsroom's status page: what came of everything it dropped, in its own folder."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from django.db.models import Count, Max
from django.template import Context, Engine

from cluster_feed.adapters.store import write_visible
from cluster_feed.core import portal
from cluster_feed.core.bilingual import Bilingual, alike, joined
from cluster_feed.core.caption import Caption
from cluster_feed.core.edition import State
from cluster_feed.core.errors import BadSheet, FeedError, MarkedAfterIntake
from cluster_feed.core.finding import Finding
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import Outcome
from cluster_feed.core.value import digest
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.ingest.captions import HELD
from cluster_feed.pipeline.ingest.record import Record
from cluster_feed.settings import Newsroom
from cluster_feed.workspace import Workspace

_MOST_ASSETS: Final = 1000
_MOST_REFUSALS: Final = 200
_MOST_NAMES: Final = 20
_EDITIONS: Final = 12
_REMEMBERED: Final = timedelta(days=60)
"""How long a refusal that someone of the department has seen is still shown."""

_TEMPLATES = Engine(dirs=[str(Path(__file__).parent)])
_UPDATED = "<!--updated-->"


class Tone(StrEnum):
    """How a line looks: who is to act, or nobody."""

    ACT = "act"
    REFUSED = "refused"
    BARRED = "barred"
    SETTLED = "settled"
    BUSY = "busy"
    READY = "ready"
    SHOWN = "shown"


_ON_TOP: Final = {Tone.REFUSED: 0, Tone.ACT: 1, Tone.BARRED: 1}


class Line(NamedTuple):
    """One file and what became of it."""

    name: str
    title: str
    at: datetime
    tone: Tone
    chip: Bilingual
    says: Bilingual


class _Facts(NamedTuple):
    """What the ledger knows of the newsroom's assets, by asset.

    `failed` says for which screens one could not be made, and why.
    """

    profiles: frozenset[str]
    rendered: Mapping[str, set[str]]
    failed: Mapping[str, Bilingual]
    editions: Mapping[str, tuple[str, State]]
    plays: Mapping[str, tuple[int, datetime]]
    withdrawn: Mapping[str, str]
    found: Mapping[str, list[Finding]]


class Page:
    """One newsroom's page."""

    def __init__(self, path: Path, workspace: Workspace, newsroom: Newsroom) -> None:
        """Write it at a path, from what the ledger says of a newsroom."""
        self.path = path
        self._workspace = workspace
        self._newsroom = newsroom
        self._record = Record(newsroom)

    def write(self, now: datetime, waiting: Sequence[str], subtitles: Sequence[str]) -> None:
        """Write it whole, unless it already says the same.

        `waiting` are the files that are not complete; `subtitles` speak of the clips of their name.
        """
        html = self._render(now, waiting, subtitles)
        mark = f"<!--{digest(html.encode())}-->"
        if self.path.is_file() and mark in self.path.read_text(encoding="utf-8", errors="replace"):
            return
        updated = f"{now.astimezone(ZONE):%H:%M %d/%m/%Y}{mark}"
        write_visible(self.path, html.replace(_UPDATED, updated).encode())

    def _render(self, now: datetime, waiting: Sequence[str], subtitles: Sequence[str]) -> str:
        facts = _facts(self._workspace, self._record)
        sent_back, failed = _unsettled(self._record, now)
        lines = (
            _asset_line(self._record, row, facts, failed) for row in self._record.assets.reverse()
        )
        assets = sorted(lines, key=lambda line: _ON_TOP.get(line.tone, 2))
        count = Counter(line.tone.value for line in assets)
        refusals = [_refusal_line(row) for row in sent_back]
        context = {
            "newsroom": self._newsroom,
            "department": self._workspace.settings.sender.organization,
            "refusals": refusals[:_MOST_REFUSALS],
            "returned": any(line.chip == _SENT_BACK for line in refusals),
            "refused": len(refusals) + count[Tone.REFUSED],
            "refusals_more": len(refusals[_MOST_REFUSALS:]),
            "assets": assets[:_MOST_ASSETS],
            "assets_more": len(assets[_MOST_ASSETS:]),
            "count": count,
            "waiting": waiting[:_MOST_NAMES],
            "waiting_more": len(waiting[_MOST_NAMES:]),
            "subtitles": subtitles,
        }
        return _TEMPLATES.get_template("page.html").render(Context(context))


def _facts(workspace: Workspace, record: Record) -> _Facts:
    ids = record.assets.values_list("sha256", flat=True)
    profiles = frozenset(workspace.wanted_profiles)
    rendered: defaultdict[str, set[str]] = defaultdict(set)
    failed: defaultdict[str, dict[str, ledger.Rendition]] = defaultdict(dict)
    renditions = ledger.Rendition.objects.filter(
        asset__in=ids, profile__in=profiles | portal.TITLES.keys()
    )
    kept = renditions.order_by("made_at").values_list("asset_id", "profile", "code", "facts")
    for asset, profile, code, said in kept:
        if code:
            failed[asset][profile] = ledger.Rendition(code=code, facts=said)
            rendered[asset].discard(profile)
            continue
        failed[asset].pop(profile, None)
        if profile in profiles:
            rendered[asset].add(profile)
    plays = ledger.Play.objects.filter(asset__in=ids, outcome=Outcome.PLAYED)
    counted = plays.values_list("asset").annotate(times=Count("pk"), last=Max("began_at"))
    return _Facts(
        profiles,
        rendered,
        {
            asset: _why_not(workspace, {name: row.to_error() for name, row in rows.items()})
            for asset, rows in failed.items()
            if rows
        },
        _editions(),
        {asset: (times, last) for asset, times, last in counted},
        dict(ledger.Withdrawal.objects.filter(asset__in=ids).values_list("asset_id", "reason")),
        ledger.Rendition.found(profiles, ids),
    )


def _why_not(workspace: Workspace, failed: Mapping[str, FeedError]) -> Bilingual:
    """Say every reason once, and for which screens, where it does not name them itself."""
    alike: defaultdict[Bilingual, list[str]] = defaultdict(list)
    for profile, why in failed.items():
        alike[workspace.titled(why).sentence] += [] if "profile" in why.facts else [profile]
    said = []
    for sentence, profiles in alike.items():
        called = workspace.screens_called(profiles)
        said += [_FAILED_FOR.fill(screens=called), sentence] if called else [sentence]
    return joined(said, " ")


def _editions() -> dict[str, tuple[str, State]]:
    """Map each asset to the last edition that shows it, drafts aside."""
    found: dict[str, tuple[str, State]] = {}
    recent = ledger.Edition.objects.filter(number__gt=0).order_by("-number")[:_EDITIONS]
    for edition in recent.prefetch_related("programmes"):
        for programme in edition.programmes.all():
            for entry in programme.to_value().all_entries():
                found.setdefault(entry.asset, (edition.name, State(edition.state)))
    return found


def _asset_line(record: Record, row: ledger.Asset, facts: _Facts, failed: set[str]) -> Line:
    caption = row.to_caption()
    obstacle = _obstacle(record, row, caption, facts, waits=row.sha256 in failed)
    tone, chip, says = obstacle or _progress(row, facts)
    if findings := facts.found.get(row.sha256):
        vi = ", ".join(each.says.vi for each in findings)
        en = ", ".join(each.says.en for each in findings)
        says = Bilingual(*map(" ".join, zip(says, _LOOK.fill(vi=vi, en=en), strict=True)))
    title = caption.title or row.name
    return Line(row.name, title, row.received_at.astimezone(ZONE), tone, chip, says)


_Standing = tuple[Tone, Bilingual, Bilingual]


def _obstacle(
    record: Record, row: ledger.Asset, caption: Caption, facts: _Facts, *, waits: bool
) -> _Standing | None:
    """Say why an asset cannot go on until somebody acts; None: it can.

    `waits`: that it could not be made is neither corrected nor settled yet.
    """
    if row.captioned_by == HELD:
        return Tone.BARRED, _HELD, _SEE_ABOVE
    if reason := facts.withdrawn.get(row.sha256):
        return Tone.BARRED, _WITHDRAWN, alike(reason)
    why_not = facts.failed.get(row.sha256)
    if why_not and waits:
        return Tone.REFUSED, _FAILED, why_not
    if missing := record.missing(caption, row.kind):
        vi = ", ".join(each.label.vi for each in missing)
        en = ", ".join(each.label.en for each in missing)
        return Tone.ACT, _INCOMPLETE, _MISSING.fill(vi=vi, en=en)
    return (Tone.SETTLED, _FAILED, why_not) if why_not else None


def _progress(row: ledger.Asset, facts: _Facts) -> _Standing:
    """Say how far an asset has come."""
    if played := facts.plays.get(row.sha256):
        times, last = played
        return Tone.SHOWN, _SHOWN, _PLAYS.fill(times=times, last=last.astimezone(ZONE))
    if edition := facts.editions.get(row.sha256):
        name, state = edition
        says = _IN_EDITION.fill(name=name, vi=state.label.vi, en=state.label.en)
        return Tone.READY, _SCHEDULED, says
    done, wanted = len(facts.rendered.get(row.sha256, ())), len(facts.profiles)
    if done < wanted:
        return Tone.BUSY, _BUSY, _RENDERED.fill(done=done, wanted=wanted)
    return Tone.READY, _READY, _WAITS


_INCOMPLETE = Bilingual("Cần bổ sung", "To be completed")
_MISSING = Bilingual("Còn thiếu: {vi}.", "Still missing: {en}.")
_HELD = Bilingual("Bị giữ lại", "Held back")
_WITHDRAWN = Bilingual("Sở đã thu hồi", "Withdrawn by the department")
_SEE_ABOVE = Bilingual("Xem lý do ở mục bị trả lại.", "The reason is among what was sent back.")
_FAILED = Bilingual("Không tạo được bản phát", "Cannot be rendered")
_FAILED_FOR = Bilingual("Cho màn hình: {screens}.", "For screens: {screens}.")
_SHOWN = Bilingual("Đã phát", "Shown")
_PLAYS = Bilingual(
    "{times} lượt, gần nhất {last:%H:%M %d/%m/%Y}.", "{times} times, last {last:%H:%M %d/%m/%Y}."
)
_SCHEDULED = Bilingual("Trong phiên bản phát", "In an edition")
_IN_EDITION = Bilingual("Phiên bản {name}: {vi}.", "Edition {name}: {en}.")
_BUSY = Bilingual("Đang xử lý", "In the works")
_RENDERED = Bilingual(
    "Đã tạo bản phát cho {done}/{wanted} loại màn hình.",
    "Rendered for {done} of {wanted} kinds of screens.",
)
_READY = Bilingual("Sẵn sàng", "Ready")
_WAITS = Bilingual("Chờ Sở đưa vào phiên bản phát.", "Waits to be put into an edition.")
_LOOK = Bilingual("Nên xem lại: {vi}.", "To be looked at: {en}.")
_SENT_BACK = Bilingual("Bị trả lại", "Sent back")
_SHEET = Bilingual("Phiếu cần sửa", "Sheet to mend")


def _unsettled(record: Record, now: datetime) -> tuple[list[ledger.Rejection], set[str]]:
    """Find what was refused and neither corrected since nor long settled, newest first.

    Apart from the files that were sent back: the assets that were taken in and could not be made.
    """
    received = dict(record.assets.values_list("name", "received_at"))
    failures = ledger.Rendition.objects.filter(asset__in=record.assets, code__gt="")
    of_assets = set(failures.values_list("asset_id", "code"))
    sent_back, failed = list[ledger.Rejection](), set[str]()
    for row in record.rejections.order_by("-at"):
        is_sheet = row.code == BadSheet.__name__
        corrected = (
            row.seen_at if is_sheet else row.name in received and received[row.name] > row.at
        )
        if corrected or (row.seen_at and row.at < now - _REMEMBERED):
            continue
        if (row.sha256, row.code) in of_assets:
            failed.add(row.sha256)
        else:
            sent_back.append(row)
    return sent_back, failed


def _refusal_line(row: ledger.Rejection) -> Line:
    chip = {BadSheet.__name__: _SHEET, MarkedAfterIntake.__name__: _HELD}.get(row.code, _SENT_BACK)
    says = row.to_error().sentence
    return Line(row.name, "", row.at.astimezone(ZONE), Tone.REFUSED, chip, says)
