from pathlib import Path

import dj_database_url
import pytest

from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.errors import BadDocument, BadEnvironment, NoWorkspace, WorkspaceThere
from cluster_feed.settings import FILE_NAME
from cluster_feed.workspace import Workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Workspace.create(tmp_path / "workspace").root


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_new_workspace_is_whole_and_is_not_made_twice(root: Path) -> None:
    workspace = Workspace.load(root)
    assert set(workspace.clusters) == {"lao-bao", "la-lay", "cha-lo"}
    assert set(workspace.wanted_profiles) <= set(workspace.profiles)
    with pytest.raises(WorkspaceThere):
        Workspace.create(root)


def test_a_folder_without_settings_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(NoWorkspace):
        Workspace.load(tmp_path)


def test_a_document_has_the_name_of_its_file(root: Path) -> None:
    (root / "profiles" / "led-wall.toml").rename(root / "profiles" / "led.toml")
    with pytest.raises(BadDocument, match=r'line 2: .* Write: name = "led"'):
        Workspace.load(root)


def test_a_screen_names_a_profile_that_is_there(root: Path) -> None:
    _change(root / "playlists" / "lao-bao.toml", 'profile = "lcd-1080p"', 'profile = "lcd"')
    with pytest.raises(BadDocument, match=r"no display profile “lcd”\. Choose one of: .*lcd-1080p"):
        Workspace.load(root)


def test_what_a_mac_leaves_beside_a_document_is_none(root: Path) -> None:
    (root / "playlists" / "._lao-bao.toml").write_bytes(b"\x00\x05\x16\x07")
    assert len(Workspace.load(root).clusters) == 3


def test_the_environment_and_a_secret_file_win_over_the_settings(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "secrets").mkdir()
    (root / "secrets" / "cluster_feed_database_url").write_text("postgres://hub/ledger")
    monkeypatch.setenv("CLUSTER_FEED_CYCLE__PUSH_AT", "19:00")
    workspace = Workspace.load(root)
    assert workspace.database_url == "postgres://hub/ledger"
    assert workspace.settings.cycle.push_at.hour == 19
    assert workspace.settings.cycle.day == 25


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CLUSTER_FEED_TRUST__THRESHOLD", "99", "Cần: không quá 9"),
        ("CLUSTER_FEED_CYCLE__PUSH_AT", "tối", "Cần: giờ địa phương"),
        ("CLUSTER_FEED_TRUST__TRESHOLD", "2", "Hãy viết: threshold"),
        ("CLUSTER_FEED_CYCLE", "{", "Hãy đặt từng giá trị"),
    ],
)
def test_a_wrong_variable_is_told_by_its_name(
    root: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadEnvironment) as caught:
        Workspace.load(root)
    assert said in caught.value.message(Tongue.VI)
    if value != "{":
        assert variable in caught.value.message(Tongue.VI)


@pytest.mark.parametrize("odd", ["Cụm thông tin", "100%25", "a#b", "q?x=1", "a b+c", "at@x:9"])
def test_the_ledger_lies_in_the_workspace_whatever_the_folder_is_called(
    tmp_path: Path, odd: str
) -> None:
    workspace = Workspace.create(tmp_path / odd)
    assert dj_database_url.parse(workspace.database_url)["NAME"] == str(
        tmp_path / odd / "ledger.sqlite3"
    )
