"""What an operator may configure: `cluster-feed.toml`, the environment, secret files.

Screens, programmes and newsrooms' content are not settings: profiles and clusters are documents
of their own, read by `workspace`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from cluster_feed.adapters import documents
from cluster_feed.adapters.encoders import Hardware
from cluster_feed.adapters.sftp.ssh import Patience
from cluster_feed.core import complaint
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Node
from cluster_feed.core.cycle import CycleRules
from cluster_feed.core.deadline import DaysBefore, Deadline
from cluster_feed.core.errors import BadEnvironment
from cluster_feed.core.package import Way
from cluster_feed.core.plan import PLANS, Plan
from cluster_feed.core.value import Mistake, Slug, Value, written_as
from cluster_feed.core.vocabulary import NewsroomClass

FILE_NAME = "cluster-feed.toml"
_PREFIX = "CLUSTER_FEED_"
_INTO = "__"


class Newsroom(Value):
    """Who supplies: a folder `inbox/<slug>/` and what its captions must say."""

    slug: Slug
    title: str
    kind: NewsroomClass


class Intake(Value):
    """When a file in an inbox counts as finished, and what is too large.

    `polling` lists newsrooms whose folder lies on a network share, where the kernel tells of no
    change and only looking helps.
    """

    stable_seconds: Annotated[float, Field(ge=0.2, le=3600)] = 10
    scan_seconds: Annotated[float, Field(ge=0.2, le=3600)] = 30
    polling: tuple[Slug, ...] = ()
    largest_clip_gib: Annotated[float, Field(gt=0)] = 20
    largest_photo_mib: Annotated[float, Field(gt=0)] = 200
    shortest_clip_seconds: Annotated[float, Field(ge=0)] = 1


class Normalizing(Value):
    """How much of the machine the renditions may take; 0 workers: one a core and 2 GiB of memory.

    Hardware codes clips only where it was measured to do as well as x264.
    """

    workers: Annotated[int, Field(ge=0, le=64)] = 0
    stall_seconds: Annotated[float, Field(ge=5)] = 120
    hardware: Hardware = Hardware.OFF


class Trust(Value):
    """How many signatures make an approval, and how long signed metadata is believed.

    The months offline that a gate must survive set `expires_days`.
    """

    threshold: Annotated[int, Field(ge=1, le=9)] = 2
    expires_days: Annotated[int, Field(ge=35, le=400)] = 100


class Delivery(Value):
    """How a push treats a bad link.  Seconds without an answer that make a link dead: 4 × 5.

    What no edition needs any more leaves a node once every screen of its cluster has switched, or
    `garbage_after_days` after the node got the edition that is live.
    """

    files_in_flight: Annotated[int, Field(ge=1, le=64)] = 8
    keepalive_seconds: Annotated[float, Field(gt=0)] = 5
    keepalive_count: Annotated[int, Field(ge=1)] = 3
    connect_seconds: Annotated[float, Field(gt=0)] = 20
    garbage_after_days: Annotated[int, Field(ge=1, le=400)] = 14
    key_file: Path = Path("keys/hub_ed25519")

    @property
    def patience(self) -> Patience:
        """The same, as a link wants it."""
        return Patience(
            self.connect_seconds,
            self.keepalive_seconds,
            self.keepalive_count,
            self.files_in_flight,
        )


class Sender(Value):
    """Who sends the package for Vietnam.vn, and whose papers they are, as papers name them.

    `parent` is whom the organization answers to, `symbol` what stands for it in a paper's number,
    `signatory` the office of who signs, `place` what stands before the date.  No package is made
    before it says whom to call; `profile` is the address at which the packages' BagIt profile is
    published (`cluster-feed package profile` writes it), where it is.
    """

    organization: str = "Sở Văn hóa, Thể thao và Du lịch tỉnh Quảng Trị"
    parent: str = "Ủy ban nhân dân tỉnh Quảng Trị"
    symbol: str = "SVHTTDL"
    signatory: str = "Giám đốc"
    place: str = "Quảng Trị"
    address: str = "Quảng Trị, Việt Nam"
    contact: str = ""
    phone: str = ""
    email: str = ""
    profile: Annotated[
        str,
        written_as(
            r"(https?://[^\s\"\\]+)?",
            "https://tên-máy/…/bagit-profile.json",
            "https://…/bagit-profile.json",
        ),
    ] = ""

    @property
    def unsaid(self) -> list[str]:
        """Name what a package's recipient must be told and is not yet."""
        needed = ("organization", "address", "contact", "phone", "email")
        return [name for name in needed if not getattr(self, name).strip()]


class Ministry(Value):
    """How packages for Vietnam.vn go to the Ministry: copied to a folder or a stick, or by SFTP.

    `folder` is that folder, or where the stick is mounted; `node` is the SFTP server.
    """

    way: Way = Way.USB
    folder: str = ""
    node: Node | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.way is Way.SFTP and self.node is None:
            raise Mistake("mục [ministry.node]", "a section [ministry.node]", at="way")
        return self


PlanName = Annotated[
    str,
    written_as("|".join(PLANS), f"một trong: {', '.join(PLANS)}", f"one of: {', '.join(PLANS)}"),
]


class TakenOver(Value):
    """The days of a plan that hold in another year too; `basis` is what obliges one then.

    That is the document's kind, number, day and section: it stands in the reminders and papers.
    """

    plan: PlanName
    year: Annotated[int, Field(ge=2000, le=9998)]
    basis: Annotated[str, Field(min_length=1, max_length=500)]


class Deadlines(Value):
    """By which provincial plan the department reports, and what else it must report by when.

    A plan is for its own year; `again` takes the days of one over for another, or for the same on
    another document.  Days are counted back from the last working day on which a report is not
    late.
    """

    plan: PlanName = "quang-tri-2026"
    again: tuple[TakenOver, ...] = ()
    own: tuple[Deadline, ...] = ()
    remind_days_before: tuple[DaysBefore, ...] = (14, 7, 3, 1, 0)

    @property
    def all(self) -> tuple[Deadline, ...]:
        """Those of every year's plan, and the department's own."""
        plans = self.plans.values()
        return (*(each for plan in plans for each in plan.deadlines), *self.own)

    @property
    def plans(self) -> Mapping[int, Plan]:
        """The plan of each year that has one; the last that is written for a year holds."""
        chosen = PLANS[self.plan]
        over = {
            each.year: PLANS[each.plan].taken_over(each.year, each.basis) for each in self.again
        }
        return {chosen.year: chosen} | over

    def holds(self, year: int) -> bool:
        """Whether anything says by when to report in a year, or that it is on demand."""
        own = any(each.first_year <= year <= each.last_year for each in self.own)
        return own or year in self.plans


_Address = Annotated[
    str, written_as(r"[^@\s,;<>]+@[^@\s,;<>]+", "địa chỉ thư, ví dụ a@b.vn", "an address: a@b.vn")
]


class Mail(Value):
    """By which server reminders are mailed, and to whom; without a host none are.

    The password comes best from the environment: CLUSTER_FEED_MAIL__PASSWORD.
    """

    host: str = ""
    port: Annotated[int, Field(gt=0, lt=65536)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = Field(default="", repr=False)
    sender: _Address = "cluster-feed@localhost"
    to: tuple[_Address, ...] = ()


class Desk(Value):
    """Where the department's desk is reached.

    `address` is what people type: https where a web server before it speaks TLS.  The desk itself
    listens on `host` and `port`, on the machine alone unless that is changed.  `public_feeds` lets
    anybody read, as RSS and JSON Feed, what Vietnam.vn was given; `public_screens` tells
    anybody who scans a screen's code whether what it shows is signed.
    """

    address: Annotated[
        str, written_as(r"https?://[^\s/]+/?", "https://tên-máy", "https://the-server")
    ] = "http://localhost:8080"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(gt=0, lt=65536)] = 8080
    threads: Annotated[int, Field(ge=1, le=64)] = 8
    public_feeds: bool = False
    public_screens: bool = False


class Written(Value):
    """All settings, as the file has them."""

    database_url: str = ""
    """Empty: SQLite in the workspace; or postgres://…"""
    newsrooms: tuple[Newsroom, ...] = ()
    intake: Intake = Intake()
    cycle: CycleRules = CycleRules()
    normalizing: Normalizing = Normalizing()
    trust: Trust = Trust()
    delivery: Delivery = Delivery()
    sender: Sender = Sender()
    ministry: Ministry = Ministry()
    deadlines: Deadlines = Deadlines()
    mail: Mail = Mail()
    desk: Desk = Desk()

    @model_validator(mode="after")
    def _newsrooms_told_apart(self) -> Self:
        slugs = [newsroom.slug for newsroom in self.newsrooms]
        if len(set(slugs)) != len(slugs):
            raise Mistake(
                "mỗi tòa soạn một slug riêng",
                "newsrooms, each with a slug of its own",
                at="newsrooms",
            )
        return self


class Settings(Written, BaseSettings):
    """The file's settings, each overridden by a secret file or the environment.

    `CLUSTER_FEED_CYCLE__PUSH_AT=19:00` in the environment wins over `push_at` under `[cycle]`.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter=_INTO, extra="forbid", frozen=True
    )

    @classmethod
    def load(cls, root: Path) -> Self:
        """Read a workspace's; BadDocument or BadEnvironment says which value to mend."""
        written = documents.load(root / FILE_NAME, Written).model_dump(exclude_unset=True)
        secrets = root / "secrets"
        try:
            return cls(**written, _secrets_dir=secrets if secrets.is_dir() else None)
        except ValidationError as error:
            wrong = complaint.first_of(cls, error)
            variable = _INTO.join(str(part) for part in wrong.place).upper()
            raise BadEnvironment(
                variable=f"{_PREFIX}{variable}", problem=wrong.problem, advice=wrong.advice
            ) from error
        except SettingsError as error:
            raise BadEnvironment(
                variable=f"{_PREFIX}…", problem=_NOT_JSON, advice=_ONE_BY_ONE
            ) from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources; what the file says comes in as arguments, last."""
        del settings_cls, dotenv_settings
        return env_settings, file_secret_settings, init_settings


_NOT_JSON = Bilingual("giá trị không phải JSON", "a value is not JSON")
_ONE_BY_ONE = Bilingual(
    f"Hãy đặt từng giá trị, ví dụ {_PREFIX}CYCLE{_INTO}PUSH_AT=19:00",
    f"Set values one by one, as in {_PREFIX}CYCLE{_INTO}PUSH_AT=19:00",
)
