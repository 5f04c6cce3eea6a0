import subprocess
import sys

import pytest

from cluster_feed.cli import main
from cluster_feed.console import complain, tongue_of
from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.errors import FeedError, NoWorkspace, UnknownFolder


@pytest.mark.parametrize(
    ("environ", "tongue"),
    [
        ({}, Tongue.VI),
        ({"LANG": "C"}, Tongue.VI),
        ({"LANG": "vi_VN.UTF-8"}, Tongue.VI),
        ({"LANG": "en_GB.UTF-8"}, Tongue.EN),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "vi_VN.UTF-8"}, Tongue.VI),
        ({"LANG": "en_GB.UTF-8", "CLUSTER_FEED_LANGUAGE": "vi"}, Tongue.VI),
        ({"LANG": "vi_VN.UTF-8", "CLUSTER_FEED_LANGUAGE": "en"}, Tongue.EN),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": ""}, Tongue.EN),
    ],
)
def test_a_terminal_is_spoken_to_in_its_language(environ: dict[str, str], tongue: Tongue) -> None:
    assert tongue_of(environ) is tongue


@pytest.mark.parametrize(
    "error",
    [UnknownFolder(path="x"), NoWorkspace(path="/srv/[a]/b"), NoWorkspace(path="/srv/[/a]/b")],
)
def test_a_complaint_is_printed_as_it_is_whatever_brackets_it_has(
    error: FeedError, capsys: pytest.CaptureFixture[str]
) -> None:
    complain(error)
    assert capsys.readouterr().err.strip() == f"✗ {error.message(Tongue.VI)}"


def test_a_complaint_about_a_strangers_file_does_not_command_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    complain(UnknownFolder(path="x\x1b[2J\u202eexe.pm4"))
    said = capsys.readouterr().err
    assert "x·[2J·exe.pm4" in said


@pytest.mark.parametrize(
    ("words", "says", "detail"),
    [
        ("normalize /no/clip.mp4", "Giá trị “file” không dùng được.", "path '/no/clip.mp4'"),
        ("normalise x", "Câu lệnh viết chưa đúng.", "No such command 'normalise'"),
        (
            "hurry 3f9a",
            "Câu lệnh thiếu “--as”. Cách viết: ",
            "Missing option '--as'",
        ),
        ("hurry", "Câu lệnh thiếu “asset”.", "Missing"),
        (
            "check --nope[/b]",
            "Câu lệnh không có tùy chọn “--nope[/b]”.",
            "No such option: --nope[/b]",
        ),
        ("hurry 3f9a --as", "Tùy chọn “--as” viết chưa đúng.", "Option '--as' requires"),
        ("assemble 2026-99", "Giá trị “cycle” không dùng được.", "tháng viết như 2026-11"),
    ],
)
def test_a_command_that_is_wrong_is_told_in_vietnamese_first(
    words: str,
    says: str,
    detail: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["cluster-feed", *words.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    first, second = capsys.readouterr().err.strip().splitlines()
    assert (first.startswith(f"✗ {says}"), second.strip().startswith(detail)) == (True, True)
    assert ended.value.code == 2


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cluster_feed", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "syndicate" in done.stdout
