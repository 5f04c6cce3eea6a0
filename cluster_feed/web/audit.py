"""The audit log: who did what to what, and whether nobody touched what is written there."""

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple, Self

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cluster_feed.core.acts import ACTS, fact_in_words, in_words
from cluster_feed.core.bilingual import Bilingual, Tongue, alike, joined
from cluster_feed.core.caption import Caption
from cluster_feed.core.collation import sort_key, sought
from cluster_feed.core.decision import Way
from cluster_feed.core.edition import State
from cluster_feed.core.edition import called as edition_called
from cluster_feed.core.errors import BrokenChain, gist
from cluster_feed.core.package import Way as SentBy
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.vocabulary import LANGUAGES
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.status import Problem
from cluster_feed.web.asked import Asked, tongue_of
from cluster_feed.web.caption_form import LABELS
from cluster_feed.web.house import workspace
from cluster_feed.web.roles import Role
from cluster_feed.web.telling import MACHINES, actors, names

_A_PAGE: Final = 100
_ID_SHOWN: Final = 10
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 9000
_LONGEST_SOUGHT: Final = 200
_WHO: Final = ("by", "prepared_by", "signed_by", "people")
"""Facts that name a person."""
_KEYED: Final = re.compile(r"'([^']+)': ")
"""Names in front of their keys, as the founding of the trust has them."""
_TERMS: Final[Mapping[str, type[Role | SentBy | State]]] = {
    "role": Role,
    "way": SentBy,
    "edition": State,
}
_SAID: Final = {
    ("edition", "none"): Bilingual("chưa có", "there is none"),
    ("elsewhere", "True"): Bilingual("có", "yes"),
}
_SUBTITLES: Final = Bilingual("Phụ đề", "Subtitles")
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Wanted(NamedTuple):
    """Which acts somebody asks for; what they did not say is no limit."""

    who: str = ""
    what: str = ""
    about: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, request: Asked) -> Self:
        """Read the form; NUL is what PostgreSQL cannot be asked for."""
        asked = (request.GET.get(field, "").replace("\0", "").strip() for field in cls._fields)
        return cls(*asked)

    def rows(self) -> QuerySet[ledger.Event]:
        """Find them, the newest first."""
        rows = ledger.Event.objects.order_by("-pk")
        if self.who:
            rows = rows.filter(actor__in=MACHINES if self.who in MACHINES else [self.who])
        if self.what:
            rows = rows.filter(act=self.what)
        if self.about:
            rows = rows.filter(Q(subject__startswith=self.about) | Q(subject__in=self._assets()))
        if since := _day(self.since):
            rows = rows.filter(at__gte=since)
        if until := _day(self.until):
            rows = rows.filter(at__lt=until + timedelta(days=1))
        return rows

    def _assets(self) -> QuerySet[ledger.Asset, str]:
        """Find the assets by how the page names them."""
        words = sought(self.about[:_LONGEST_SOUGHT])
        named = ledger.Asset.objects.all() if words else ledger.Asset.objects.none()
        for word in words:
            named = named.filter(searched__contains=word)
        return named.values_list("pk", flat=True)


class Row(NamedTuple):
    """An act as the page tells it."""

    row: int
    at: datetime
    called: Bilingual
    short: str
    """What tells namesakes among people apart; empty: not needed."""
    act: Bilingual
    subject: str
    leads_to: str
    problem: Bilingual | None
    facts: list[tuple[Bilingual, Bilingual]]


@require_safe
def index(request: Asked) -> HttpResponse:
    """Show the acts that were asked for."""
    return _page(request)


@require_POST
def verify(request: Asked) -> HttpResponse:
    """Walk the whole log, and compare it with what was noted before."""
    noted = request.POST.get("noted", "")
    anchor = None
    try:
        anchor = audit.Anchor.parse(noted) if noted.strip() else None
        rows = audit.verify(anchor)
    except BrokenChain as broken:
        differs = anchor is not None and _is_whole()
        more = {"broken": broken, "row": broken.facts["row"], "differs": differs, "noted": noted}
        return _page(request, status=409, **more)
    except (ValueError, OverflowError):
        return _page(request, unclear=noted, status=422)
    return _page(request, whole=rows, head=audit.head(), compared=anchor)


def _is_whole() -> bool:
    """Whether the chain itself holds, so that only what was noted disagrees."""
    try:
        audit.verify(None)
    except BrokenChain:
        return False
    return True


@require_safe
def export(request: Asked, form: str) -> HttpResponseBase:
    """Give the acts that were asked for as a sheet, or as lines that a program reads."""
    rows = Wanted.of(request).rows().iterator(chunk_size=500)
    if form == "csv":
        lines, kind = _sheet(rows, tongue_of(request)), "text/csv; charset=utf-8"
    elif form == "jsonl":
        lines, kind = map(_line, rows), "application/x-ndjson"
    else:
        raise Http404
    response = StreamingHttpResponse(lines, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="nhat-ky.{form}"'
    return response


def _page(request: Asked, status: int = 200, **more: object) -> HttpResponse:
    wanted = Wanted.of(request)
    before = request.GET.get("before", "")
    found = wanted.rows()
    if before.isascii() and before.isdigit():
        found = found.filter(pk__lt=min(int(before), 2**63 - 1))
    rows = list(found[: _A_PAGE + 1])
    subjects = _subjects(each.subject for each in rows)
    people = _people()
    desk = names(people)
    query = request.GET.copy()
    query.pop("before", None)
    shown = {
        "wanted": wanted,
        "acts": sorted(ACTS.items(), key=lambda each: each[1].to(tongue_of(request))),
        "unknown": wanted.who if wanted.who not in {*people, *MACHINES} else "",
        "people": list(_to_choose(people, desk, tongue_of(request))),
        "rows": [_told(each, subjects, people, desk) for each in rows[:_A_PAGE]],
        "older": rows[_A_PAGE - 1].pk if len(rows) > _A_PAGE else None,
        "is_first": not before,
        "query": query.urlencode(),
    }
    return render(request, "desk/audit/index.html", {**shown, **more}, status=status)


def _day(text: str) -> datetime | None:
    """The beginning of a day as the browser's field gives it; None: it is none that can be."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        return None
    return datetime.combine(day, datetime.min.time(), ZONE)


def _people() -> Mapping[str, Bilingual]:
    """Tell how everybody is called who ever did something."""
    return actors(ledger.Event.objects.order_by("actor").values_list("actor", flat=True).distinct())


def _to_choose(
    people: Mapping[str, Bilingual], desk: Collection[str], tongue: Tongue
) -> Iterator[tuple[str, str]]:
    """Offer everybody by name, people also by their short one, and the machine once."""
    once = {MACHINES[0] if name in MACHINES else name: said for name, said in people.items()}
    said = {name: called.to(tongue) for name, called in once.items()}
    for name, called in sorted(said.items(), key=lambda each: sort_key(each[1])):
        yield name, f"{called} ({name})" if name in desk and called != name else called


def _told(
    event: ledger.Event,
    subjects: Mapping[str, str],
    people: Mapping[str, Bilingual],
    desk: Collection[str],
) -> Row:
    facts = {name: str(fact) for name, fact in event.facts.items()}
    code = facts.pop("code", "")
    called = people.get(event.actor) or alike(event.actor)
    return Row(
        row=event.pk,
        at=event.at,
        called=called,
        short=event.actor if event.actor in desk and event.actor != called.vi else "",
        act=in_words(event.act),
        subject=subjects.get(event.subject) or _short(event.subject),
        leads_to=_leads_to(event.subject),
        problem=_reason(event, code, facts) if code else None,
        facts=[] if code else list(_facts(facts, people)),
    )


def _facts(
    facts: Mapping[str, str], people: Mapping[str, Bilingual]
) -> Iterator[tuple[Bilingual, Bilingual]]:
    for name, fact in facts.items():
        if name == "decision_vi" or not fact:
            continue
        if name == "decision":
            way, vi = Way.said_in(fact), facts.get("decision_vi", "")
            said = Bilingual(vi or (way.label.vi if way else fact), fact)
        elif name in _WHO:
            said = joined(
                people.get(each) or alike(each) for each in _KEYED.findall(fact) or fact.split(", ")
            )
        elif name == "changed":
            said = joined(_field(each) for each in fact.split(", "))
        else:
            said = _worded(name, fact)
        yield fact_in_words(name), said


def _worded(name: str, fact: str) -> Bilingual:
    """Say a fact as people do: a part by its name, a hash by its beginning."""
    terms = _TERMS.get(name)
    if terms and fact in list(terms):
        return terms(fact).label
    if name == "cluster" and fact in workspace().clusters:
        return alike(workspace().clusters[fact].title)
    if name == "profile" and fact in workspace().profiles:
        return alike(workspace().profiles[fact].title)
    if said := _SAID.get((name, fact)):
        return said
    return edition_called(fact) if name == "edition" else alike(_short(fact))


def _field(changed: str) -> Bilingual:
    """Say a caption's field by its label: "Tiêu đề (Tiếng Lào)"."""
    field, _, language = changed.removesuffix(")").partition(" (")
    label = _SUBTITLES if field == Caption.SUBTITLES else LABELS.get(field) or alike(field)
    if not language:
        return label
    tongue = LANGUAGES.get(language) or alike(language)
    return Bilingual(f"{label.vi} ({tongue.vi})", f"{label.en} ({tongue.en})")


def _reason(event: ledger.Event, code: str, facts: Mapping[str, str]) -> Bilingual:
    """Say why; of a file that was refused the log keeps no facts, only the reason."""
    if not facts:
        with suppress(LookupError):
            return gist(code)
    return Problem.of(workspace(), code, facts, event.at).sentence


def _short(text: str) -> str:
    """Show the beginning of a hash: nobody reads all of it, and a file has it whole."""
    return f"{text[:_ID_SHOWN]}…" if _HASH.fullmatch(text) else text


def _subjects(subjects: Iterable[str]) -> Mapping[str, str]:
    """How people call the assets among what was acted on."""
    rows = ledger.Asset.objects.filter(pk__in={each for each in subjects if _HASH.fullmatch(each)})
    named = rows.values_list("sha256", "caption__words__vi__title", "newsroom", "name")
    return {sha256: title or f"{room}/{name}" for sha256, title, room, name in named}


def _leads_to(subject: str) -> str:
    """Where a page tells more of what was acted on; empty: nowhere."""
    name, _, screen = subject.partition("/")
    cluster = workspace().clusters.get(name)
    if cluster is None:
        return ""
    if screen in {each.name for each in cluster.screens}:
        return reverse("screen", args=[name, screen])
    return "" if screen else reverse("gate", args=[name])


# --- Files -------------------------------------------------------------------------------------

_HEADS: Final = (
    Bilingual("Dòng", "Row"),
    Bilingual("Lúc", "At"),
    Bilingual("Người", "Person"),
    Bilingual("Việc", "Act"),
    Bilingual("Mã việc", "Code"),
    Bilingual("Đối tượng", "Subject"),
    Bilingual("Chi tiết", "Details"),
    Bilingual("Mã băm", "Hash"),
)
_FORMULAS: Final = tuple("=+-@|%＝＋－＠")
"""What makes a spreadsheet run a cell instead of showing it."""


def _sheet(rows: Iterable[ledger.Event], tongue: Tongue) -> Iterator[str]:
    """Write CSV as Excel reads it: a byte order mark, and no cell that it would run."""
    yield "\ufeff" + _csv([head.to(tongue) for head in _HEADS])
    for event in rows:
        facts = "; ".join(
            f"{fact_in_words(name).to(tongue)}: {fact}" for name, fact in event.facts.items()
        )
        at = f"{event.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
        act = in_words(event.act).to(tongue)
        yield _csv([event.pk, at, event.actor, act, event.act, event.subject, facts, event.sha256])


def _csv(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([harmless(str(cell)) for cell in cells])
    return line.getvalue()


def harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    letters = "".join(
        c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in cell
    )
    return f"'{letters}" if letters.lstrip().startswith(_FORMULAS) else letters


def _line(event: ledger.Event) -> str:
    """Write a row as it was hashed, so that anybody can walk the chain."""
    says: dict[str, Any] = {
        "row": event.pk,
        "at": event.at.astimezone(ZONE).isoformat(),
        "actor": event.actor,
        "act": event.act,
        "subject": event.subject,
        "facts": event.facts,
        "previous": event.previous,
        "sha256": event.sha256,
    }
    return json.dumps(says, ensure_ascii=False) + "\n"
