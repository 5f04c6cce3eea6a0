"""An edition as the pages show it: its programmes, where it stands, what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Final, NamedTuple

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Cluster, Mix
from cluster_feed.core.difference import Pair, between
from cluster_feed.core.edition import Act, Edition, State
from cluster_feed.core.errors import FeedError, recall
from cluster_feed.core.finding import Finding
from cluster_feed.core.mix import Balance, Weight, balance
from cluster_feed.core.playlist import ZONE, Daypart, Entry, Playlist, Weekday
from cluster_feed.core.simulate import Matter, Mode, Simulation, Span, Trouble
from cluster_feed.core.vocabulary import LANGUAGES, Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve, publish, simulate
from cluster_feed.web.house import workspace
from cluster_feed.web.telling import names

_MINUTES: Final = 24 * 60

HOURS: Final = tuple(
    (str(hour), hour * 60, "start" if hour == 0 else "end" if hour == 24 else "middle")  # noqa: PLR2004
    for hour in range(0, 25, 3)
)
"""The timeline's marks: what is written, where, and which end of it stands there."""


class Line(NamedTuple):
    """An entry with what its asset's caption says and what is the matter with it."""

    number: int
    place: int
    """Among all of the programme's entries, from 0."""
    entry: Entry
    title: str
    themes: tuple[Theme, ...]
    language: str
    troubles: tuple[Trouble, ...]
    findings: tuple[Finding, ...] = ()
    """What a person should look at in its picture, and listen to."""

    @property
    def shows(self) -> bool:
        """Whether its dates leave it a moment of the edition's life."""
        return not any(each.matter is Matter.NEVER for each in self.troubles)


class Part(NamedTuple):
    """Entries that play together; `daypart` None: all day."""

    daypart: Daypart | None
    title: str
    hours: str
    lines: tuple[Line, ...]

    @property
    def seconds(self) -> float:
        """How long one round of it lasts; what never shows takes no time."""
        return sum(line.entry.seconds for line in self.lines if line.shows)

    @property
    def days(self) -> tuple[Bilingual, ...]:
        """The days of the week on which it is on; empty: every day."""
        days = self.daypart.days if self.daypart else tuple(Weekday)
        every = set(days) == set(Weekday)
        return () if every else tuple(_WEEKDAYS[day] for day in sorted(set(days)))


_WEEKDAYS = {
    Weekday.MON: Bilingual("thứ Hai", "Mon"),
    Weekday.TUE: Bilingual("thứ Ba", "Tue"),
    Weekday.WED: Bilingual("thứ Tư", "Wed"),
    Weekday.THU: Bilingual("thứ Năm", "Thu"),
    Weekday.FRI: Bilingual("thứ Sáu", "Fri"),
    Weekday.SAT: Bilingual("thứ Bảy", "Sat"),
    Weekday.SUN: Bilingual("Chủ nhật", "Sun"),
}


class LeftOut(NamedTuple):
    """An asset that is not in a playlist; `by_hand`: by a person's decision."""

    asset: str
    title: str
    why: Bilingual
    by_hand: bool
    may_be_taken_in: bool


_FAR: Final = 10


class Share(NamedTuple):
    """A theme's or a language's part of the loop's time and its target, in hundredths."""

    name: Bilingual
    percent: int
    target: int

    @property
    def far(self) -> bool:
        """Whether it is off by more than a tenth of the loop's time."""
        return abs(self.percent - self.target) > _FAR


def _share(each: Balance) -> Share:
    name = each.name.label if isinstance(each.name, Theme) else LANGUAGES.get(each.name)
    name = name or Bilingual(each.name, each.name)
    return Share(name, round(each.share * 100), round(each.target * 100))


class Programme(NamedTuple):
    """One cluster's playlist."""

    name: str
    title: str
    cluster: Cluster | None
    playlist: Playlist
    parts: tuple[Part, ...]
    takeover: tuple[Line, ...]
    evergreen: tuple[Line, ...]
    left_out: tuple[LeftOut, ...]
    """Of all, those that a person can do something about first."""
    left_out_count: int
    shares: tuple[Share, ...]
    simulation: Simulation
    by_hand: bool
    """Whether its order is a person's."""

    @property
    def seconds(self) -> float:
        """How long one round of the whole day's loop lasts."""
        return self.parts[0].seconds

    @property
    def length(self) -> int:
        """How many entries it has, evergreen ones not counted."""
        return len(self.playlist.entries)

    @property
    def profiles(self) -> list[str]:
        """The kinds of screen of the cluster; of one that is gone, those it was made for."""
        if self.cluster:
            return sorted(self.cluster.profiles)
        return sorted({name for each in self.playlist.all_entries() for name in each.blobs})

    @property
    def lines(self) -> tuple[Line, ...]:
        """All that it may show, the most urgent first."""
        of_parts = (line for part in self.parts for line in part.lines)
        return (*self.takeover, *of_parts, *self.evergreen)


class NotRight(NamedTuple):
    """What an editor would want to know of a programme before submitting it."""

    cluster: str
    title: str
    what: Bilingual


_TO_MEND: Final = Bilingual(
    "mô phỏng thấy việc phải sửa", "the simulation found what must be mended"
)
_NEVER: Final = Bilingual("{count} nội dung không phát ngày nào", "{count} entries never show")
_OFF: Final = Bilingual(
    "{name} chiếm {percent}%, mục tiêu {target}%", "{name}: {percent}%, target {target}%"
)


def not_right(programmes: Iterable[Programme]) -> Iterator[NotRight]:
    """Name it, the gravest first."""
    for each in programmes:
        if not each.simulation.sound:
            yield NotRight(each.name, each.title, _TO_MEND)
        if never := sum(not line.shows for part in each.parts for line in part.lines):
            yield NotRight(each.name, each.title, _NEVER.fill(count=never))
        for share in each.shares if each.length else ():
            if share.far:
                said = {"percent": share.percent, "target": share.target}
                yield NotRight(each.name, each.title, _OFF.fill(name=share.name, **said))


class Step(NamedTuple):
    """A stretch of the road, and who walked it when."""

    title: Bilingual
    done: bool
    here: bool
    says: str


def programmes(row: ledger.Edition) -> tuple[Programme, ...]:
    """Gather every cluster's, in the order in which the clusters are listed."""
    rows = list(row.programmes.order_by("cluster"))
    found = simulate.run(workspace(), row)
    playlists = {each.cluster: each.to_value() for each in rows}
    named = {left["asset"] for each in rows for left in each.left_out}
    named = named.union(*(playlist.assets() for playlist in playlists.values()))
    assets = ledger.Asset.objects.in_bulk(list(named))
    flaws = ledger.Rendition.found(
        {
            name
            for each in playlists.values()
            for entry in each.all_entries()
            for name in entry.blobs
        },
        named,
    )
    return tuple(
        _programme(row, each, playlists[each.cluster], found[each.cluster], assets, flaws)
        for each in rows
    )


def _programme(
    edition: ledger.Edition,
    row: ledger.Programme,
    playlist: Playlist,
    simulation: Simulation,
    assets: Mapping[str, ledger.Asset],
    flaws: Mapping[str, Sequence[Finding]],
) -> Programme:
    cluster = workspace().clusters.get(row.cluster)

    parts = [
        Part(None, "", "", ()),
        *(_part(each, cluster) for each in playlist.dayparts),
    ]
    index = count()

    def lines(entries: Iterable[Entry]) -> tuple[Line, ...]:
        return tuple(
            _line((number, next(index)), entry, assets.get(entry.asset), simulation)._replace(
                findings=tuple(flaws.get(entry.asset, ()))
            )
            for number, entry in enumerate(entries, start=1)
        )

    filled = tuple(
        part._replace(
            lines=lines(
                each
                for each in playlist.entries
                if each.daypart == (part.daypart and part.daypart.name)
            )
        )
        for part in parts
    )
    weights = (
        Weight(line.entry.seconds, line.themes, line.language)
        for line in filled[0].lines
        if line.shows
    )
    return Programme(
        name=row.cluster,
        title=workspace().places.get(row.cluster, row.cluster),
        cluster=cluster,
        playlist=playlist,
        parts=filled,
        takeover=lines(playlist.takeover.entries if playlist.takeover else ()),
        evergreen=lines(playlist.evergreen),
        left_out=tuple(
            LeftOut(
                each["asset"],
                title_of(assets.get(each["asset"])),
                Bilingual(each["vi"], each["en"]),
                each["asset"] in edition.without,
                each["asset"] in edition.without or bool(each.get("fit")),
            )
            for each in row.left_out
        ),
        left_out_count=row.left_out_count,
        shares=tuple(_share(each) for each in balance(weights, cluster.mix if cluster else Mix())),
        simulation=simulation,
        by_hand=bool(edition.places(row.cluster)),
    )


def _part(daypart: Daypart, cluster: Cluster | None) -> Part:
    title = cluster.daypart_called(daypart.name) if cluster else daypart.name
    return Part(daypart, title, f"{daypart.start:%H:%M}–{daypart.end:%H:%M}", ())


def _line(
    numbers: tuple[int, int], entry: Entry, asset: ledger.Asset | None, simulation: Simulation
) -> Line:
    themes, language = _said(asset)
    return Line(
        number=numbers[0],
        place=numbers[1],
        entry=entry,
        title=entry.captions.get("vi") or title_of(asset),
        themes=themes,
        language=language,
        troubles=tuple(each for each in simulation.troubles if _same(each.entry, entry)),
    )


def _same(one: Entry | None, other: Entry) -> bool:
    """Whether they are the same, read twice: asked of hundreds, so the cheap question first."""
    return one is not None and one.asset == other.asset and one == other


_THEMES: Final[Mapping[str, Theme]] = {theme.value: theme for theme in Theme}


def _said(asset: ledger.Asset | None) -> tuple[tuple[Theme, ...], str]:
    """Read of a caption only what a line shows: a page has hundreds of them."""
    caption = asset.caption if asset else {}
    themes = tuple(_THEMES[code] for code in caption.get("themes", ()))
    return themes, caption.get("language") or "vi"


def title_of(asset: ledger.Asset | None) -> str:
    """Name an asset for a person, also one of which there is no record."""
    return asset.title if asset else "?"


class Bar(NamedTuple):
    """A span of a day as the timeline draws it, in minutes from midnight."""

    start: int
    length: int
    span: Span
    begins: str
    ends: str

    @property
    def mode(self) -> Mode:
        """Why it shows what it shows."""
        return self.span.mode


def timeline(simulation: Simulation, day: date) -> tuple[Bar, ...]:
    """Cut a simulation's spans to one day of the edition's life."""
    midnight = datetime.combine(day, time(), ZONE)
    bars = []
    for span in simulation.spans:
        start = max(0, int((span.begins - midnight) / timedelta(minutes=1)))
        end = min(_MINUTES, int((span.ends - midnight) / timedelta(minutes=1)))
        if start < end:
            bars.append(Bar(start, end - start, span, _clock(start), _clock(end)))
    return tuple(bars)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def day_asked(asked: str, simulation: Simulation, now: datetime) -> date:
    """Read the day that is asked for; else today, or its first whole day."""
    first, last = (
        moment.astimezone(ZONE).date()
        for moment in (simulation.spans[0].begins, simulation.spans[-1].ends)
    )
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        day = max(now.astimezone(ZONE).date(), first + timedelta(days=1))
    return min(max(day, first), last)


class Signed(NamedTuple):
    """An approver, when they signed, and the code of the key."""

    name: str
    full_name: str
    at: datetime
    code: str


_GAVE_BACK: Final = Bilingual("{who} đã trả lại: {reason}", "{who} gave it back: {reason}")


class Review(NamedTuple):
    """Where an edition stands with the people who approve it."""

    edition: Edition
    needed: int
    awaited: tuple[str, ...]
    """Who may still sign, by the names of their keys."""
    signed: tuple[Signed, ...]
    submission: ledger.Submission | None
    submitted_by: str
    prepared_by: str
    """Who prepared the notice that it is for; empty: it is for none."""
    returned: Bilingual | None
    """Who gave it back and why, while it waits to be changed."""
    problem: FeedError | None
    """Why it does not go out, or why nobody can sign it as it is."""
    goes_out_at: datetime | None

    @property
    def missing(self) -> int:
        """How many signatures are still needed."""
        return max(0, self.needed - len(self.signed))


def review(row: ledger.Edition) -> Review:
    """Look at who submitted, who signed, and what keeps it."""
    value = row.to_value()
    people = names([value.submitted_by or "", value.prepared_by or "", *value.approvals])
    waits = value.state not in (State.PUBLISHED, State.WITHDRAWN)
    awaited = approve.awaited(workspace(), row)
    return Review(
        edition=value,
        needed=awaited.needed,
        awaited=awaited.people,
        signed=tuple(
            Signed(
                each.approver,
                people.get(each.approver, each.approver),
                each.at,
                next((str(one["keyid"])[:16] for one in each.by_cluster.values()), ""),
            )
            for each in row.signatures.order_by("pk")
        ),
        submission=row.submissions.order_by("-pk").first() if value.number else None,
        submitted_by=people.get(value.submitted_by or "", value.submitted_by or ""),
        prepared_by=people.get(value.prepared_by or "", value.prepared_by or ""),
        returned=given_back(row),
        problem=kept_back(row),
        goes_out_at=publish.goes_out_at(workspace(), row) if waits else None,
    )


def kept_back(row: ledger.Edition) -> FeedError | None:
    """Why an edition will not go out, or takes no signature: also before anybody has tried."""
    if row.state not in (State.SUBMITTED, State.APPROVED):
        return None
    if refused := publish.refusal(row):
        facts = dict(refused.facts)
        return recall(facts.pop("code"), facts)
    try:
        row.make_sure_it_may_be_shown()
    except FeedError as why:
        return why
    return None


def given_back(row: ledger.Edition) -> Bilingual | None:
    """Who gave a draft back and why, until it is submitted again."""
    if row.state != State.DRAFT:
        return None
    words = ledger.Event.objects.filter(
        subject=row.name, act__in=(Act.SUBMIT.value, Act.RETURN.value)
    )
    last = words.order_by("-pk").first()
    if last is None or last.act != Act.RETURN:
        return None
    who = names([last.actor]).get(last.actor, last.actor)
    return _GAVE_BACK.fill(who=who, reason=last.facts.get("reason", ""))


def road(seen: Review, row: ledger.Edition) -> Iterator[Step]:
    """Give the road of an edition as far as it has come."""
    edition = seen.edition
    states = [State.DRAFT, State.SUBMITTED, State.APPROVED, State.PUBLISHED]
    at = states.index(edition.state) if edition.state in states else len(states)
    says = [
        f"{row.created_at.astimezone(ZONE):%H:%M %d/%m}",
        seen.submitted_by,
        f"{len(seen.signed)}/{seen.needed}",
        f"{row.published_at.astimezone(ZONE):%H:%M %d/%m}" if row.published_at else "",
    ]
    for index, state in enumerate(states):
        yield Step(state.label, index <= at < len(states), index == at, says[index])
    if edition.state is State.WITHDRAWN:
        yield Step(State.WITHDRAWN.label, done=True, here=True, says="")


class Compared(NamedTuple):
    """A cluster's playlist beside another."""

    title: str
    name: str
    pairs: tuple[Pair, ...]

    @property
    def changed(self) -> tuple[Pair, ...]:
        """Only what is not as it was."""
        return tuple(pair for pair in self.pairs if pair.changes)

    @property
    def same(self) -> int:
        """How many entries are as they were."""
        return len(self.pairs) - len(self.changed)


class Comparison(NamedTuple):
    """What an edition changes of what was there; None where nothing was."""

    live: tuple[Compared, ...]
    """Of what the clusters show now."""
    before: ledger.Submission | None
    since: tuple[Compared, ...]
    """Of what was put before the approvers the time before."""

    @property
    def changes(self) -> int:
        """How many entries differ from what the clusters show now."""
        return sum(len(each.changed) for each in self.live)


def comparison(row: ledger.Edition) -> Comparison:
    """Put an edition beside what is live, and beside its submission before this one."""
    earlier = row.submissions.order_by("-pk")
    if row.number:
        earlier = earlier.exclude(number=row.number)
    before = earlier.first()
    live, since = [], []
    for each in row.programmes.order_by("cluster"):
        playlist = each.to_value()
        title = workspace().places.get(each.cluster, each.cluster)
        shown = ledger.Programme.live(each.cluster)
        others = shown.to_value() if shown and shown.edition_id != row.pk else _before(each, row)
        live.append(Compared(title, each.cluster, between(others, playlist)))
        if before:
            was = before.playlist(each.cluster)
            since.append(Compared(title, each.cluster, between(was, playlist)))
    return Comparison(tuple(live), before, tuple(since))


def _before(programme: ledger.Programme, row: ledger.Edition) -> Playlist | None:
    """What a published edition took the place of."""
    earlier = ledger.Programme.objects.filter(
        cluster=programme.cluster, edition__state=State.PUBLISHED, edition__number__lt=row.number
    )
    found = earlier.select_related("edition").order_by("-edition__number").first()
    return found.to_value() if found else None
