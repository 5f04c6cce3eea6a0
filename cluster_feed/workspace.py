"""One installation's folder: where everything lies, and the documents that say what it serves."""

import fcntl
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from itertools import takewhile
from pathlib import Path
from threading import Lock
from typing import Self
from urllib.parse import quote

import holidays

from cluster_feed.adapters import documents
from cluster_feed.adapters.store import Store
from cluster_feed.core import portal
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.cycle import Calendar, IsWorkingDay, OwnDays
from cluster_feed.core.errors import (
    BadDocument,
    Busy,
    FeedError,
    FolderUnwritable,
    NoWorkspace,
    WorkspaceThere,
    recall,
)
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.core.vocabulary import NewsroomClass
from cluster_feed.settings import FILE_NAME, Newsroom, Settings


@dataclass(frozen=True)
class Workspace:
    """Everything a stage may need to know; loaded whole, or refused with the line to mend."""

    root: Path
    settings: Settings
    profiles: Mapping[str, DisplayProfile]
    clusters: Mapping[str, Cluster]
    days: OwnDays = field(default_factory=OwnDays)

    @classmethod
    def load(cls, root: Path) -> Self:
        """Read settings, profiles and clusters; BadDocument or NoWorkspace where they are wrong."""
        root = root.resolve()
        if not (root / FILE_NAME).is_file():
            raise NoWorkspace(path=root)
        profiles = _by_name(root / "profiles", DisplayProfile)
        clusters = _by_name(root / "playlists", Cluster)
        for cluster in clusters.values():
            _check_profiles(root / "playlists" / f"{cluster.name}.toml", cluster, profiles)
        days = root / "holidays.toml"
        own = documents.load(days, OwnDays) if days.is_file() else OwnDays()
        return cls(root, Settings.load(root), profiles, clusters, own)

    @classmethod
    def create(cls, root: Path) -> Self:
        """Lay out a new workspace with commented examples; WorkspaceThere where one is."""
        if (root / FILE_NAME).exists():
            raise WorkspaceThere(path=root)
        examples = _examples()
        try:
            for folder in ("profiles", "playlists"):
                shutil.copytree(examples / folder, root / folder, dirs_exist_ok=True)
            shutil.copy(examples / "deploy" / FILE_NAME, root / FILE_NAME)
        except OSError as error:
            raise FolderUnwritable(path=root, detail=error.strerror) from error
        workspace = cls.load(root)
        for newsroom in workspace.settings.newsrooms:
            (workspace.inbox / newsroom.slug).mkdir(parents=True)
        return workspace

    @cached_property
    def store(self) -> Store:
        """Originals and renditions by content."""
        return Store(self.root / "store")

    @cached_property
    def calendar(self) -> Calendar:
        """The cycle's moments by the department's rules and Vietnam's holidays."""
        return Calendar(self.settings.cycle, self.is_working_day)

    @cached_property
    def is_working_day(self) -> IsWorkingDay:
        """Vietnam's working days, as holidays.toml of this workspace has them otherwise."""
        return working_days(self.days)

    def document_of(self, cluster: str) -> Path:
        """Where a cluster is described."""
        return self.root / "playlists" / f"{cluster}.toml"

    @property
    def inbox(self) -> Path:
        """The shared folder, one sub-folder a newsroom."""
        return self.root / "inbox"

    @property
    def keys(self) -> Path:
        """Keys that may live on the hub."""
        return self.root / "keys"

    @property
    def online_key(self) -> Path:
        """The hub's own, for what is live now."""
        return self.keys / "online.pem"

    @property
    def sftp_key(self) -> Path:
        """The hub's, by which nodes know it."""
        return self.root / self.settings.delivery.key_file

    def approver_key(self, person: str) -> Path:
        """Where an approver's key lies that is kept on the hub."""
        return self.keys / "approvers" / f"{person}.pem"

    @property
    def feed(self) -> Path:
        """The signed repository."""
        return self.root / "feed"

    @property
    def packages(self) -> Path:
        """What goes to Vietnam.vn."""
        return self.root / "packages"

    @property
    def thumbnails(self) -> Path:
        """Small pictures for the desk; they can be made again."""
        return self.root / "thumbnails"

    @property
    def previews(self) -> Path:
        """Small copies of clips whose renditions are not there yet; they can be made again."""
        return self.root / "previews"

    @property
    def returned(self) -> Path:
        """What the gates sent back, `<cluster>/<screen>/`."""
        return self.root / "returned"

    @property
    def database_url(self) -> str:
        """The ledger's."""
        beside = quote(str(self.root / "ledger.sqlite3"))  # lest a # in the path end it early
        return self.settings.database_url or f"sqlite:///{beside}"

    @contextmanager
    def alone(self, stage: str) -> Iterator[None]:
        """Run a stage in one process at a time; Busy where another has it.

        The kernel lets go of the lock however the process ends.
        """
        with (self.root / f".{stage}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(stage=stage) from None
            yield

    def beat(self) -> None:
        """Say that the daemon is at work here; it does so at every tick."""
        (self.root / ".run.beat").touch()

    def last_beat(self) -> datetime | None:
        """Tell when the daemon last said so; None: never."""
        try:
            return datetime.fromtimestamp((self.root / ".run.beat").stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def newsroom(self, slug: str) -> Newsroom | None:
        """Find who supplies through a folder; None: nobody who is known."""
        return next((each for each in self.settings.newsrooms if each.slug == slug), None)

    def newsroom_class(self, slug: str) -> NewsroomClass:
        """Tell what a newsroom's captions must say; one that is gone was an agency."""
        newsroom = self.newsroom(slug)
        return newsroom.kind if newsroom else NewsroomClass.AGENCY

    @property
    def broadcasters(self) -> frozenset[str]:
        """The newsrooms that supply what has been on air."""
        newsrooms = self.settings.newsrooms
        return frozenset(each.slug for each in newsrooms if each.kind is NewsroomClass.BROADCASTER)

    @property
    def wanted_profiles(self) -> Mapping[str, DisplayProfile]:
        """The profiles that some cluster's screen needs, dead clusters' included."""
        wanted = {name for cluster in self.clusters.values() for name in cluster.profiles}
        return {name: self.profiles[name] for name in sorted(wanted)}

    @property
    def places(self) -> Mapping[str, str]:
        """The clusters' titles without the words with which all of them begin: "Lao Bảo"."""
        titles = {name: each.title.split() for name, each in self.clusters.items()}
        beginnings = zip(*(words[:-1] for words in titles.values()), strict=False)
        alike = takewhile(lambda words: len(set(words)) == 1, beginnings)
        shared = len(list(alike)) if len(titles) > 1 else 0
        return {name: " ".join(words[shared:]) for name, words in titles.items()}

    def screens_called(self, profiles: Iterable[str]) -> str:
        """Name kinds of screen as people do; one that is gone is its slug."""
        return "; ".join(self._screen_titles.get(each, each) for each in sorted(profiles))

    @property
    def _screen_titles(self) -> Mapping[str, str]:
        """What people call kinds of screen, and the portal's copies."""
        return portal.TITLES | {name: each.title for name, each in self.profiles.items()}

    def titled(self, error: FeedError) -> FeedError:
        """Say a reason with the titles of the newsroom, the cluster and the screens it names.

        One that says what to type or which file to open keeps the names for that.
        """
        if any(each in error.says.vi for each in ("cluster-feed", ".toml")):
            return error
        titles = {
            "cluster": self.places,
            "newsroom": {each.slug: each.title for each in self.settings.newsrooms},
            "profile": self._screen_titles,
        }
        facts = {
            name: "; ".join(titles[name].get(each, each) for each in fact.split(", "))
            for name, fact in error.facts.items()
            if name in titles and not titles[name].keys().isdisjoint(fact.split(", "))
        }
        return recall(error.code, error.facts | facts) if facts else error


def working_days(own: OwnDays | None = None) -> IsWorkingDay:
    """Tell Vietnam's working days: weekends, public holidays and their substitutes are off.

    What is decided from year to year, `own`, goes before what is known here.
    """
    own = own or OwnDays()
    return lambda day: day in own.working or (day not in own.off and _usual(day))


_VIETNAM = holidays.country_holidays("VN")
_ONE_AT_A_TIME = Lock()
"""It works a year out when first asked about it, and several lanes ask."""


@lru_cache(10_000)
def _usual(day: date) -> bool:
    with _ONE_AT_A_TIME:
        return bool(_VIETNAM.is_working_day(day))


def known_profiles(root: Path) -> Mapping[str, DisplayProfile]:
    """Read the profiles of a workspace, or, where there is none, those that are shipped."""
    folder = root if (root / FILE_NAME).is_file() else _examples()
    return _by_name(folder / "profiles", DisplayProfile)


def _examples() -> Path:
    """The shipped documents: inside an installed package, or at the top of a checkout."""
    package = Path(__file__).parent
    installed = package / "examples"
    return installed if installed.is_dir() else package.parent


def _by_name(folder: Path, model: type[documents.DocumentT]) -> dict[str, documents.DocumentT]:
    found = {}
    for path in sorted(folder.glob("[!.]*.toml")):
        document = documents.load(path, model)
        name = str(getattr(document, "name", ""))
        if name != path.stem:
            raise BadDocument(
                path=path,
                line=documents.line_of(path, ("name",)),
                problem=Bilingual(
                    f"tên “{name}” khác tên tệp", f"the name “{name}” is not the file's"
                ),
                advice=Bilingual(f'Hãy viết: name = "{path.stem}"', f'Write: name = "{path.stem}"'),
            )
        found[name] = document
    return found


def _check_profiles(path: Path, cluster: Cluster, profiles: Mapping[str, DisplayProfile]) -> None:
    for index, screen in enumerate(cluster.screens):
        if screen.profile not in profiles:
            known = ", ".join(sorted(profiles))
            raise BadDocument(
                path=path,
                line=documents.line_of(path, ("screens", index, "profile")),
                problem=Bilingual(
                    f"không có hồ sơ hiển thị “{screen.profile}”",
                    f"there is no display profile “{screen.profile}”",
                ),
                advice=Bilingual(f"Hãy chọn: {known}", f"Choose one of: {known}"),
            )
        seconds = profiles[screen.profile].photo_clip_seconds
        if seconds not in {None, cluster.photo_seconds}:
            raise BadDocument(
                path=path,
                line=documents.line_of(path, ("photo_seconds",)),
                problem=Bilingual(
                    f"hồ sơ “{screen.profile}” làm ảnh thành video {seconds} giây, cụm này chiếu "
                    f"ảnh {cluster.photo_seconds} giây",
                    f"profile “{screen.profile}” makes clips of {seconds} s of photos, which this "
                    f"cluster shows for {cluster.photo_seconds} s",
                ),
                advice=Bilingual(
                    f"Hãy viết: photo_seconds = {seconds}", f"Write: photo_seconds = {seconds}"
                ),
            )
