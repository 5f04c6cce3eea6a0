"""Where everything stands: what came in, what waits for whom, what each gate shows."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Self

from django.db.models import QuerySet
from pydantic import AwareDatetime

from cluster_feed.core.bilingual import Bilingual, Tongue
from cluster_feed.core.cluster import Cluster, Screen
from cluster_feed.core.edition import State
from cluster_feed.core.errors import ApproversGone, FeedError, ScreenSilent, recall
from cluster_feed.core.health import Health
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.value import Value
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import (
    approve,
    check,
    deliver,
    devices,
    notice,
    publish,
    release,
    remind,
    standing,
)
from cluster_feed.pipeline.standing import Standing
from cluster_feed.workspace import Workspace

_EDITIONS_LISTED = 6
_DEADLINES_LISTED = 3


class Problem(Value):
    """What keeps something from going on, since when, and who must act."""

    at: AwareDatetime
    code: str
    vi: str
    en: str
    machine_said: str = ""
    """A program's own words, for the operator."""

    @property
    def sentence(self) -> Bilingual:
        """What is the matter, in both languages."""
        return Bilingual(self.vi, self.en)

    @classmethod
    def of(cls, workspace: Workspace, code: str, facts: Mapping[str, str], at: datetime) -> Self:
        """Read a reason again; one that a gate made up, or a newer screen knows, is its code."""
        try:
            error = workspace.titled(recall(code, dict(facts)))
            said = {str(tongue): printable(error.message(tongue)) for tongue in Tongue}
        except (LookupError, TypeError, ValueError, AttributeError):
            said = dict.fromkeys(map(str, Tongue), printable(f"{code} {dict(facts)}"))
        raw = printable(facts.get("machine_said", ""))
        return cls(at=at, code=printable(code), machine_said=raw, **said)


def printable(text: str) -> str:
    """Take from a stranger's text what would steer the reader's terminal."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


class Withdrawn(Value):
    """An asset that was withdrawn, since when, and that a screen may still be showing."""

    asset: str
    name: str
    since: AwareDatetime


class ScreenStatus(Value):
    """What a screen last said.  `confirmed`: it shows what was last published for it.

    `may_show` is what was withdrawn and it has not confirmed to have gone: the edition that it
    reported last, or one that it may have taken since, shows that.  `faults` are the latest that
    it reported, oldest first; one stays until others push it out.  `concerns` are about its
    reports: a device to admit, proof that is missing, a wrong clock.
    """

    name: str
    title: str
    edition: int
    confirmed: bool
    heard_at: AwareDatetime | None
    may_show: tuple[Withdrawn, ...]
    faults: tuple[Problem, ...]
    concerns: tuple[Problem, ...]


class ClusterStatus(Value):
    """A gate.  `edition` is what is live for it; `delivered`: its node got that at `delivered_at`.

    `problem` is why the latest visit to its node failed; `unapproved`, that its screens take
    nothing new, as an approver of what is live is trusted no more.
    """

    name: str
    title: str
    in_service: bool
    reason: str
    edition: str | None
    delivered: bool
    delivered_at: AwareDatetime | None
    problem: Problem | None
    unapproved: Problem | None = None
    screens: tuple[ScreenStatus, ...]


class EditionStatus(Value):
    """An edition, how many signatures it has, and why it is approved and yet does not go out."""

    name: str
    state: State
    number: int
    approvals: tuple[str, ...]
    needed: int
    awaited: tuple[str, ...] = ()
    """Who may still sign it, while it waits for signatures."""
    goes_out_at: AwareDatetime | None
    """When it may be published, for one that is not yet: an urgent one at once."""
    problem: Problem | None


class NoticeStatus(Value):
    """An urgent notice that is kept ready, and why it could not be released now.

    `until` is when it ends, where it has the screens of some cluster.
    """

    name: str
    approvals: tuple[str, ...]
    needed: int
    awaited: tuple[str, ...] = ()
    """Who may still approve it ahead, while it lacks approvals."""
    problem: Problem | None
    until: AwareDatetime | None


class DeadlineStatus(Value):
    """A report that is due: `by` when at the latest, and so many days from now."""

    title: str
    basis: str
    by: date
    named: str
    """The plan's own words for the day."""
    left: int


class Status(Value):
    """The house at a moment.

    `mail`: why the latest reminder could not be mailed; `daemon`: why nothing goes on by itself.
    """

    now: AwareDatetime
    cycle: str
    cut_off_at: AwareDatetime
    push_at: AwareDatetime
    assets: int
    incomplete: int
    lacking_for_portal: int
    """Assets that are proposed for Vietnam.vn and could not be given as they are."""
    refusals_unseen: int
    failed: int
    """Assets of which no rendition could be made for a screen."""
    with_findings: int
    """Assets in whose picture or sound something looks or sounds wrong."""
    editions: tuple[EditionStatus, ...]
    notices: tuple[NoticeStatus, ...]
    clusters: tuple[ClusterStatus, ...]
    deadlines: tuple[DeadlineStatus, ...] = ()
    plan: Problem | None = None
    """Why no report of this year is reminded of."""
    mail: Problem | None = None
    daemon: Problem | None = None


def of(workspace: Workspace, now: datetime) -> Status:
    """Look at the record."""
    cycle = workspace.calendar.current(now)
    return Status(
        now=now,
        cycle=str(cycle),
        cut_off_at=workspace.calendar.cut_off_at(cycle),
        push_at=workspace.calendar.push_at(cycle),
        assets=ledger.Asset.objects.count(),
        incomplete=standing.incomplete(workspace, ledger.Asset.objects.all()).count(),
        lacking_for_portal=standing.lacking_for_portal(
            workspace, ledger.Asset.objects.all()
        ).count(),
        refusals_unseen=standing.unseen(ledger.Rejection.objects.all()).count(),
        failed=standing.only(workspace, ledger.Asset.objects.all(), Standing.FAILED).count(),
        with_findings=ledger.Rendition.assets_with_findings(workspace.wanted_profiles),
        editions=tuple(_edition(workspace, row) for row in _editions()),
        notices=tuple(notices(workspace, now)),
        clusters=tuple(clusters(workspace, now)),
        deadlines=tuple(deadlines(workspace, now)),
        plan=_plan(workspace, now),
        mail=_problem(workspace, remind.failure()),
        daemon=_daemon(workspace, now),
    )


def _plan(workspace: Workspace, now: datetime) -> Problem | None:
    why = remind.without_plan(workspace, now)
    return Problem.of(workspace, why.code, why.facts, now) if why else None


def deadlines(workspace: Workspace, now: datetime) -> Iterator[DeadlineStatus]:
    """Look at the next reports that are due."""
    today = now.astimezone(ZONE).date()
    for due in islice(remind.coming(workspace, now), _DEADLINES_LISTED):
        yield DeadlineStatus(
            title=due.deadline.title,
            basis=due.deadline.basis,
            by=due.by,
            named=due.day_called,
            left=due.left(today),
        )


def clusters(
    workspace: Workspace, now: datetime, only: Collection[str] | None = None
) -> Iterator[ClusterStatus]:
    """Look at every gate, or at some."""
    unapproved = _unapproved(workspace)
    for cluster in workspace.clusters.values():
        if only is None or cluster.name in only:
            yield _cluster(workspace, cluster, now, unapproved.get(cluster.name))


def stopped(workspace: Workspace, cluster: Cluster, now: datetime) -> Problem | None:
    """Why nothing is being sent to a gate that is served: its latest visit, or no daemon."""
    if not cluster.in_service:
        return None
    return _problem(workspace, deliver.failure(cluster.name)) or _daemon(workspace, now)


def _daemon(workspace: Workspace, now: datetime) -> Problem | None:
    off = check.stopped(workspace, now)
    return Problem.of(workspace, off.code, off.facts, workspace.last_beat() or now) if off else None


def waiting(workspace: Workspace) -> list[EditionStatus]:
    """Look at the editions that are approved and not published."""
    rows = ledger.Edition.objects.filter(state=State.APPROVED)
    return [_edition(workspace, row) for row in _latest_first(rows)]


def _unapproved(workspace: Workspace) -> Mapping[str, ApproversGone]:
    try:
        return check.without_approval(workspace)
    except FeedError:  # before the ceremony there is nothing; what is damaged, `check` names
        return {}


def _editions() -> Iterator[ledger.Edition]:
    """List the latest, and whatever waits for people or for its day, however old."""
    rows = ledger.Edition.objects.all()
    latest = _latest_first(rows)[:_EDITIONS_LISTED]
    waits = rows.filter(state__in=(State.SUBMITTED, State.APPROVED))
    yield from _latest_first(rows.filter(pk__in=[each.pk for each in latest]) | waits)


def _latest_first(rows: QuerySet[ledger.Edition]) -> QuerySet[ledger.Edition]:
    return rows.order_by("-created_at", "-pk")


def _edition(workspace: Workspace, row: ledger.Edition) -> EditionStatus:
    value = row.to_value()
    awaited = approve.awaited(workspace, row)
    return EditionStatus(
        name=value.name,
        state=value.state,
        number=value.number,
        approvals=value.approvals,
        needed=awaited.needed,
        awaited=awaited.people,
        goes_out_at=_goes_out_at(workspace, row),
        problem=_problem(workspace, publish.refusal(row)),
    )


def _goes_out_at(workspace: Workspace, row: ledger.Edition) -> datetime | None:
    if row.state in (State.PUBLISHED, State.WITHDRAWN):
        return None
    return publish.goes_out_at(workspace, row)


def notices(workspace: Workspace, now: datetime) -> Iterator[NoticeStatus]:
    """Look at every notice."""
    for row in ledger.Notice.objects.order_by("name"):
        ready = notice.readiness(workspace, row)
        why = ready.problem
        on = release.on_screens(workspace, now, row.name).values()
        yield NoticeStatus(
            name=row.name,
            approvals=ready.people,
            needed=ready.needed,
            awaited=ready.awaited if len(ready.people) < ready.needed else (),
            problem=Problem.of(workspace, why.code, why.facts, row.prepared_at) if why else None,
            until=max((takeover.show_until for takeover in on), default=None),
        )


def _cluster(
    workspace: Workspace, cluster: Cluster, now: datetime, gone: ApproversGone | None
) -> ClusterStatus:
    programme = ledger.Programme.live(cluster.name)
    live = programme.edition if programme else None
    receipt = (
        ledger.Receipt.objects.filter(cluster=cluster.name).order_by("-timestamp_version").first()
    )
    delivered = receipt is not None and live is not None and receipt.edition_id == live.pk
    heard = {row.screen: row for row in ledger.Health.objects.filter(cluster=cluster.name)}
    withdrawals = _Withdrawals(cluster.name)
    return ClusterStatus(
        name=cluster.name,
        title=cluster.title,
        in_service=cluster.in_service,
        reason=cluster.status_reason,
        edition=live.name if live else None,
        delivered=delivered,
        delivered_at=receipt.at if receipt else None,
        problem=_problem(workspace, deliver.failure(cluster.name)),
        unapproved=Problem.of(workspace, gone.code, gone.facts, now) if gone else None,
        screens=tuple(
            _screen(workspace, cluster, screen, heard.get(screen.name), live, withdrawals, now)
            for screen in cluster.screens
        ),
    )


def _screen(
    workspace: Workspace,
    cluster: Cluster,
    screen: Screen,
    heard: ledger.Health | None,
    live: ledger.Edition | None,
    withdrawals: "_Withdrawals",
    now: datetime,
) -> ScreenStatus:
    health = Health.model_validate(heard.says) if heard else None
    return ScreenStatus(
        name=screen.name,
        title=screen.title,
        edition=health.edition if health else 0,
        confirmed=bool(health and live and health.edition == live.number),
        heard_at=health.at if health else None,
        may_show=withdrawals.since(health.edition if health else 0),
        faults=tuple(
            Problem.of(workspace, fault.code, fault.facts, fault.at)
            for fault in (health.faults if health else ())
        ),
        concerns=tuple(
            Problem.of(workspace, error.code, error.facts, at)
            for error, at in devices.concerns(cluster.name, screen.name, health, now)
            if cluster.in_service or not isinstance(error, ScreenSilent)
        ),
    )


class _Withdrawals:
    """Which published editions of a cluster show what was withdrawn."""

    def __init__(self, cluster: str) -> None:
        rows = ledger.Withdrawal.objects.select_related("asset").order_by("at", "pk")
        self._rows = {row.asset_id: row for row in rows}
        self._shown_by = {
            programme.edition.number: programme.to_value().assets() & self._rows.keys()
            for programme in ledger.Programme.objects.filter(
                cluster=cluster, edition__state=State.PUBLISHED
            ).select_related("edition")
            if self._rows
        }

    def since(self, number: int) -> tuple[Withdrawn, ...]:
        """What a screen that reported an edition may show: in that one, or in a later one.

        A screen takes no lower number than it has, so that its report stays true of the past
        however old it is; one that was never heard may have any.
        """
        shown = set[str]().union(
            *(assets for each, assets in self._shown_by.items() if each >= number)
        )
        return tuple(
            Withdrawn(asset=asset, name=row.asset.title, since=row.at)
            for asset, row in self._rows.items()
            if asset in shown
        )


def _problem(workspace: Workspace, event: ledger.Event | None) -> Problem | None:
    if event is None:
        return None
    facts = dict(event.facts)
    return Problem.of(workspace, facts.pop("code"), facts, event.at)
