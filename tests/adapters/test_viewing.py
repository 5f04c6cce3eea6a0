"""What a signer looks at is what the signature covers, or nothing is looked at."""

import os
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_feed.adapters import request, role, viewing
from cluster_feed.adapters.request import EditionRequest
from cluster_feed.adapters.store import Store
from cluster_feed.adapters.viewing import PAGE, page
from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import FolderUnwritable, NotTheClusters, OtherMedia, StoreDamaged
from cluster_feed.core.playlist import Blob, Daypart, Entry, Playlist, Takeover, Weekday
from cluster_feed.core.value import digest
from tests.trust import NOW, keep, playlist_of

EXPIRES = NOW + timedelta(days=60)


def quiet(_what: str, _part: float) -> None:
    """Tell nobody."""


def entry(title: str, *profiles: str, cluster: str = "lao-bao", **more: object) -> Entry:
    """An entry with a file a profile, whose bytes say what it is."""
    contents = {name: f"{title} for {name}".encode() for name in profiles or ("lcd-1080p",)}
    asset = digest(title.encode("utf-8", "surrogatepass"))
    said = {
        "asset": asset,
        "kind": Kind.VIDEO,
        "seconds": 4,
        "captions": {"vi": title},
        "blobs": {
            name: Blob(
                target=f"{cluster}/{asset[:16]}.{name}.mp4",
                sha256=digest(content),
                byte_count=len(content),
            )
            for name, content in contents.items()
        },
        **more,
    }
    return Entry.model_validate(said)


def edition(*playlists: Playlist) -> EditionRequest:
    return EditionRequest(
        name="2026-11",
        made_at=NOW,
        roles={each.cluster: role.to_sign(each, EXPIRES).decode() for each in playlists},
        playlists={each.cluster: each.to_bytes().decode() for each in playlists},
    )


def programme(*entries: Entry, cluster: str = "lao-bao", **more: object) -> Playlist:
    made = playlist_of(cluster, 7).model_dump() | {"entries": entries} | more
    return Playlist.model_validate(made)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", reserve_bytes=0)


@pytest.fixture
def asked(store: Store) -> EditionRequest:
    """Two entries at two clusters, one of them the same file at both."""
    fair, flood = entry("Phiên chợ vùng cao", "lcd-1080p", "led-wall"), entry("Phòng, chống lũ")
    for each in (fair, flood):
        for name in each.blobs:
            keep(store, f"{each.captions['vi']} for {name}".encode())
    again = entry("Phòng, chống lũ", cluster="la-lay")
    return edition(programme(again, cluster="la-lay"), programme(fair, flood))


def carried(asked: EditionRequest, folder: Path) -> EditionRequest:
    """The request as it is read on the signer's machine."""
    again = request.read(request.write(folder, asked, asked.name))
    assert isinstance(again, EditionRequest)
    return again


def compared(folder: Path, asked: EditionRequest) -> list[str]:
    return [file.name for file in viewing.compare(folder, viewing.views(asked), quiet)]


class _Page(HTMLParser):
    """What a browser would fetch, and every element it would make."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.sources += [value or "" for name, value in attrs if name in {"src", "href"}]
        assert not any(name.startswith("on") for name, _ in attrs)


def written(folder: Path, asked: EditionRequest) -> tuple[str, _Page]:
    path = page.write(folder, asked, viewing.views(asked))
    html = path.read_text(encoding="utf-8")
    return html, _Page(html)


# --- From the hub to the signer ----------------------------------------------------------------


def test_every_file_is_laid_out_once_and_found_again_on_the_signers_machine(
    asked: EditionRequest, store: Store, tmp_path: Path
) -> None:
    folder = viewing.lay_out(tmp_path, asked, store, quiet)
    assert folder == viewing.folder_of(tmp_path / "2026-11.request.json", asked)
    expected = [
        "001-la-lay-lcd-1080p-phong-chong-lu.mp4",
        "002-lao-bao-lcd-1080p-phien-cho-vung-cao.mp4",
        "003-lao-bao-led-wall-phien-cho-vung-cao.mp4",
    ]
    assert sorted(path.name for path in folder.iterdir()) == expected
    assert compared(folder, carried(asked, tmp_path)) == expected
    (folder / expected[0]).write_bytes(b"cut by whoever has the folder")
    assert all(store.verify(file.sha256) for file in viewing.files(viewing.views(asked)).values())


def test_another_edition_under_the_same_name_leaves_none_of_the_first(
    asked: EditionRequest, store: Store, tmp_path: Path
) -> None:
    folder = viewing.lay_out(tmp_path, asked, store, quiet)
    (folder / PAGE).write_text("old")
    (folder / "ghi chú của tôi.txt").write_text("mine")
    smaller = edition(programme(entry("Phòng, chống lũ")))
    viewing.lay_out(tmp_path, smaller, store, quiet)
    assert sorted(path.name for path in folder.iterdir()) == [
        "001-lao-bao-lcd-1080p-phong-chong-lu.mp4",
        "ghi chú của tôi.txt",
    ]


def test_what_the_store_lost_is_told_on_the_hub(
    asked: EditionRequest, store: Store, tmp_path: Path
) -> None:
    path = store.path(next(iter(viewing.files(viewing.views(asked)))))
    path.chmod(0o644)
    path.write_bytes(b"x")
    with pytest.raises(StoreDamaged):
        viewing.lay_out(tmp_path, asked, store, quiet)
    with pytest.raises(FolderUnwritable):
        viewing.lay_out(tmp_path / "no stick", asked, store, quiet)


# --- A hub that lies ---------------------------------------------------------------------------


def _one_byte(first: Path) -> Path:
    content = bytearray(first.read_bytes())
    content[0] ^= 1
    first.write_bytes(content)
    return first


def _longer(first: Path) -> Path:
    first.write_bytes(first.read_bytes() + b"\0")
    return first


def _gone(first: Path) -> Path:
    first.unlink()
    return first


def _pipe(first: Path) -> Path:
    first.unlink()
    os.mkfifo(first)
    return first


def _link(first: Path) -> Path:
    first.rename(first.parent.parent / "elsewhere")
    first.symlink_to(first.parent.parent / "elsewhere")
    return first


def _folder(first: Path) -> Path:
    first.unlink()
    first.mkdir()
    return first


def _one_more(first: Path) -> Path:
    (first.parent / "000-xem-tat-ca.mp4").write_bytes(b"something nice")
    return first.parent / "000-xem-tat-ca.mp4"


def _a_page_of_its_own(first: Path) -> Path:
    (first.parent / "xem.html").write_text("<h1>all is well</h1>")
    return first.parent / "xem.html"


def _a_page_that_is_a_folder(first: Path) -> Path:
    (first.parent / "trang").mkdir()
    return first.parent / "trang"


@pytest.mark.parametrize(
    "spoil",
    [
        *(_one_byte, _longer, _gone, _pipe, _link, _folder),
        *(_one_more, _a_page_of_its_own, _a_page_that_is_a_folder),
    ],
)
def test_a_file_that_is_not_what_would_be_signed_is_named(
    asked: EditionRequest, store: Store, tmp_path: Path, spoil: Callable[[Path], Path]
) -> None:
    folder = viewing.lay_out(tmp_path, asked, store, quiet)
    named = spoil(folder / "001-la-lay-lcd-1080p-phong-chong-lu.mp4")
    with pytest.raises(OtherMedia) as refusal:
        compared(folder, asked)
    assert refusal.value.facts["file"] == str(named)


def test_what_windows_leaves_behind_is_no_lie(
    asked: EditionRequest, store: Store, tmp_path: Path
) -> None:
    folder = viewing.lay_out(tmp_path, asked, store, quiet)
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store", PAGE):
        (folder / name).write_text("x")
    assert len(compared(folder, asked)) == 3


def test_a_folder_that_is_not_there_is_told(asked: EditionRequest, tmp_path: Path) -> None:
    with pytest.raises(OtherMedia):
        compared(tmp_path / "nowhere", asked)


def test_the_page_is_the_signers_own_whatever_the_hub_wrote(
    asked: EditionRequest, store: Store, tmp_path: Path
) -> None:
    folder = viewing.lay_out(tmp_path, asked, store, quiet)
    (folder / PAGE).symlink_to(tmp_path / "not mine")
    html, _ = written(folder, asked)
    assert "Phiên chợ vùng cao" in html
    assert not (tmp_path / "not mine").exists()


# --- The page ----------------------------------------------------------------------------------


def test_the_page_shows_every_file_in_the_order_of_the_playlists_with_what_limits_it(
    tmp_path: Path,
) -> None:
    morning = Daypart(name="sang", start=time(6), end=time(8), days=(Weekday.MON, Weekday.SUN))
    evening = morning.model_copy(update={"start": time(18), "end": time(19, 30)})
    first = entry(
        "Một", "led-wall", "lcd-1080p", daypart="sang", captions={"vi": "Một", "lo": "ໜຶ່ງ"}
    )
    photo = entry("Hai", kind=Kind.PHOTO, valid_until=date(2026, 12, 1), sensitive=True)
    # A daypart of an evergreen entry means nothing to a screen, and need not exist.
    last = entry("Ba", daypart="khong-co")
    urgent = Takeover(
        notice="bao-so-5",
        entries=(entry("Bão"),),
        show_from=NOW,
        show_until=NOW + timedelta(hours=3),
    )
    playlist = programme(
        *(first, photo, first), evergreen=(last,), dayparts=(morning, evening), takeover=urgent
    )
    html, shown = written(tmp_path, edition(playlist))
    assert shown.sources == [
        "001-lao-bao-lcd-1080p-bao.mp4",
        "002-lao-bao-lcd-1080p-mot.mp4",
        "003-lao-bao-led-wall-mot.mp4",
        "004-lao-bao-lcd-1080p-hai.jpg",
        "002-lao-bao-lcd-1080p-mot.mp4",
        "003-lao-bao-led-wall-mot.mp4",
        "005-lao-bao-lcd-1080p-ba.mp4",
    ]
    assert {"video", "img"} <= shown.tags
    assert "sang 06:00–08:00 T2, CN; 18:00–19:30 T2, CN" in html
    assert "… → 01/12/2026" in html
    assert "ໜຶ່ງ" in html
    assert "không phát ở led-wall" in html
    assert f"Thông báo khẩn bao-so-5, {urgent.span}" in html
    assert playlist.span in html


def test_words_of_a_hostile_hub_stay_words(tmp_path: Path) -> None:
    title = '<script src="https://evil.example/x.js">\u202e"><img onerror=alert(1) src=x>'
    captions = {"vi": title, '"><b>': "</bdi><video src=//evil.example>"}
    html, shown = written(tmp_path, edition(programme(entry("x", captions=captions))))
    assert shown.sources == ["001-lao-bao-lcd-1080p-script-src-https-evil-example-x-js-img-o.mp4"]
    assert not shown.tags & {"script", "a", "link", "iframe", "form", "object"}
    assert "\u202e" not in html
    assert "default-src 'none'" in html


@settings(max_examples=60, deadline=None)
@given(
    titles=st.lists(st.text(st.characters(codec="utf-8"), max_size=60), min_size=1, max_size=6),
    kind=st.sampled_from(Kind),
)
def test_whatever_titles_say_names_are_plain_and_apart(titles: list[str], kind: Kind) -> None:
    made = [entry(f"{nth} {title}", kind=kind) for nth, title in enumerate(titles)]
    asked = edition(programme(*made))
    names = [file.name for file in viewing.files(viewing.views(asked)).values()]
    assert len({name.lower() for name in names}) == len(titles)
    for name in names:
        assert re.fullmatch(r"\d{3}-[a-z0-9-]{1,200}\.(mp4|jpg)", name)
        assert len(name) < 120


def test_a_suffix_that_a_machine_would_run_is_not_the_hubs_to_choose() -> None:
    evil = entry("x").model_copy(
        update={"blobs": {"led": Blob(target="lao-bao/x.exe", sha256="0" * 64, byte_count=1)}}
    )
    (file,) = viewing.files(viewing.views(edition(programme(evil)))).values()
    assert file.name == "001-lao-bao-led-x.mp4"


def test_two_files_under_one_name_of_the_feed_are_both_shown() -> None:
    """The role lists one of them; the playlist, which is signed too, names both."""
    one, other = entry("một"), entry("hai")
    same = other.blobs["lcd-1080p"].model_copy(update={"target": one.blobs["lcd-1080p"].target})
    twins = other.model_copy(update={"blobs": {"lcd-1080p": same}})
    assert len(viewing.files(viewing.views(edition(programme(one, twins))))) == 2


def test_a_beginning_that_no_calendar_here_has_is_refused_before_it_is_shown(
    tmp_path: Path,
) -> None:
    early = programme(entry("x")).model_copy(
        update={"show_from": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))}
    )
    with pytest.raises(NotTheClusters):
        carried(edition(early), tmp_path)
