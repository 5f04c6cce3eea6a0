"""A cluster: a gate's site, its screens, and the rules of its programme; one file in playlists/."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import product
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, Field, field_validator, model_validator

from cluster_feed.core.caption import Language
from cluster_feed.core.playlist import ZONE, Daypart, Hours, WallClock
from cluster_feed.core.value import Mistake, Slug, Value, nfc, written_as
from cluster_feed.core.vocabulary import Theme

Share = Annotated[float, Field(gt=0, le=1)]
"""A part of a loop's time: 0.25 is a quarter."""


EvergreenName = Annotated[
    str,
    AfterValidator(nfc),
    written_as(
        r"[a-z0-9-]+/[^\n]+",
        "<thư mục tòa soạn>/<tên tệp>",
        "<newsroom's folder>/<file name>",
    ),
]


class Status(StrEnum):
    """Whether a cluster can be reached and shown on."""

    ACTIVE = "active"
    OUT_OF_SERVICE = "out_of_service"
    COMMISSIONING = "commissioning"


class Screen(Value):
    """One display and the profile it needs."""

    name: Slug
    title: str
    profile: Slug


_DAYS_TO_A_TURN: Final = 9
"""Windows repeat by the week; their edges of today and of a whole week after it show every turn."""

HostKey = Annotated[
    str,
    written_as(
        r"(ssh-ed25519|ecdsa-sha2-\S+|ssh-rsa) \S+( [^\n]*)?",
        "dòng khóa công khai của máy chủ, ví dụ ssh-ed25519 AAAA…",
        "the server's public key line, such as ssh-ed25519 AAAA…",
    ),
]


class Node(Value):
    """The cluster's server, which the hub reaches by SFTP.

    `host_key` is the server's public key line as in `known_hosts` without the host
    ("ssh-ed25519 AAAA…"); it is pinned and never learnt from the network.  `max_kbps` is what a
    push may take of the gate's line, in 1000 bits a second; None: all of it.  `windows` are the
    hours for what is large; none named: any hour.
    """

    host: str
    port: Annotated[int, Field(gt=0, lt=65536)] = 22
    user: str
    host_key: HostKey
    folder: str = "feed"
    max_kbps: Annotated[int, Field(ge=16)] | None = None
    windows: tuple[Hours, ...] = ()

    @property
    def bytes_a_second(self) -> float | None:
        """The cap as a link wants it; None: there is none."""
        return self.max_kbps * 1000 / 8 if self.max_kbps else None

    def takes_bulk(self, moment: datetime) -> bool:
        """Whether something large may be sent at a moment of any zone."""
        return not self.windows or any(window.contains(moment) for window in self.windows)

    def next_turn(self, moment: datetime) -> datetime | None:
        """The soonest later moment at which `takes_bulk` changes; None: it never does."""
        today = moment.astimezone(ZONE).date()
        edges = sorted(
            edge
            for window, ahead in product(self.windows, range(_DAYS_TO_A_TURN))
            for edge in window.boundaries(today + timedelta(days=ahead))
            if edge > moment
        )
        before = self.takes_bulk(moment)
        return next((edge for edge in edges if self.takes_bulk(edge) != before), None)


class Mix(Value):
    """The shares of a loop's time that themes and languages should have."""

    themes: dict[Theme, Share] = Field(default_factory=dict)
    languages: dict[Language, Share] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_in_one_loop(self) -> "Mix":
        for name, shares in (("themes", self.themes), ("languages", self.languages)):
            if sum(shares.values()) > 1.0001:  # noqa: PLR2004
                raise Mistake(
                    f"tổng các tỷ lệ trong {name} không quá 1",
                    f"shares of {name} that add up to at most 1",
                    at=name,
                )
        return self


class DaypartRule(Daypart):
    """A daypart of the programme and the themes it is made of; none named: all of them."""

    title: str = ""
    """What people call it; empty: by its name."""
    themes: tuple[Theme, ...] = ()

    def daypart(self) -> Daypart:
        """Only its hours, as the playlist carries them."""
        return Daypart(name=self.name, start=self.start, end=self.end, days=self.days)


NamedT = TypeVar("NamedT", Screen, DaypartRule)


class Cluster(Value):
    """A gate's site."""

    name: Slug
    title: str
    gate: str
    status: Status = Status.ACTIVE
    status_reason: str = ""
    opens: WallClock = time(6)
    closes: WallClock = time(22)
    loop_seconds: Annotated[int, Field(ge=30, le=86_400)] = 1_800
    photo_seconds: Annotated[int, Field(ge=3, le=60)] = 8
    evergreen: tuple[EvergreenName, ...] = ()
    """`<newsroom>/<name>` of the assets that show when nothing else may."""
    mix: Mix = Mix()
    dayparts: tuple[DaypartRule, ...] = ()
    screens: tuple[Screen, ...] = Field(min_length=1)
    node: Node

    @model_validator(mode="after")
    def _explained(self) -> "Cluster":
        if self.status is Status.OUT_OF_SERVICE and not self.status_reason.strip():
            raise Mistake(
                "status_reason nêu vì sao cụm ngừng hoạt động",
                "a status_reason: why the cluster is out of service",
                at="status",
            )
        return self

    @field_validator("screens", "dayparts")
    @classmethod
    def _told_apart(cls, each: tuple[NamedT, ...]) -> tuple[NamedT, ...]:
        names = [one.name for one in each]
        if len(set(names)) != len(names):
            raise Mistake(
                "mỗi màn hình, mỗi khung giờ một tên riêng",
                "screens, and dayparts, each with a name of its own",
            )
        return each

    def daypart_called(self, name: str) -> str:
        """Give a daypart's title; of one that has none, or is gone, its name."""
        return next((each.title for each in self.dayparts if each.name == name), "") or name

    @property
    def in_service(self) -> bool:
        """Whether an edition should be sent there."""
        return self.status is not Status.OUT_OF_SERVICE

    @cached_property
    def profiles(self) -> frozenset[str]:
        """The display profiles its screens need."""
        return frozenset(screen.profile for screen in self.screens)
