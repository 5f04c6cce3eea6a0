"""What an operator may configure: `cluster-feed.toml`, the environment, secret files.

Screens, programmes and newsrooms' content are not settings: profiles and clusters are documents
of their own, read by `workspace`.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from cluster_feed.core.cycle import CycleRules
from cluster_feed.core.value import Slug, Value
from cluster_feed.core.vocabulary import NewsroomClass

FILE_NAME = "cluster-feed.toml"


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
    """How much of the machine the renditions may take; 0 workers: one a core."""

    workers: Annotated[int, Field(ge=0, le=64)] = 0
    stall_seconds: Annotated[float, Field(ge=5)] = 120


class Trust(Value):
    """How many signatures make an approval, and how long signed metadata is believed.

    The months offline that a gate must survive set `expires_days`.
    """

    threshold: Annotated[int, Field(ge=1, le=9)] = 2
    expires_days: Annotated[int, Field(ge=35, le=400)] = 100


class Delivery(Value):
    """How a push treats a bad link.  Seconds without an answer that make a link dead: 4 × 5."""

    files_in_flight: Annotated[int, Field(ge=1, le=64)] = 8
    keepalive_seconds: Annotated[float, Field(gt=0)] = 5
    keepalive_count: Annotated[int, Field(ge=1)] = 3
    connect_seconds: Annotated[float, Field(gt=0)] = 20
    key_file: Path = Path("keys/hub_ed25519")


class Sender(Value):
    """Who sends the package for Vietnam.vn, as its covering papers name them."""

    organization: str = "Sở Văn hóa, Thể thao và Du lịch tỉnh Quảng Trị"
    address: str = "Quảng Trị, Việt Nam"
    contact: str = ""
    phone: str = ""
    email: str = ""


class Settings(BaseSettings):
    """All settings: the file's, each overridden by a secret file or the environment.

    `CLUSTER_FEED_CYCLE__PUSH_AT=19:00` in the environment wins over `push_at` under `[cycle]`.
    """

    model_config = SettingsConfigDict(
        env_prefix="CLUSTER_FEED_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    language: Literal["vi", "en", ""] = ""
    """Of messages; empty: by the locale."""
    database_url: str = ""
    """Empty: SQLite in the workspace; or postgres://…"""
    newsrooms: tuple[Newsroom, ...] = ()
    intake: Intake = Intake()
    cycle: CycleRules = CycleRules()
    normalizing: Normalizing = Normalizing()
    trust: Trust = Trust()
    delivery: Delivery = Delivery()
    sender: Sender = Sender()

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
