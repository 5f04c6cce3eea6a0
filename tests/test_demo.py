import subprocess
import sys
from pathlib import Path


def test_the_demonstration_clears_no_folder_that_it_did_not_make(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("a year's work")
    for given in (tmp_path, precious):
        done = subprocess.run(
            [sys.executable, "-m", "demo", "--workspace", str(given)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "name a folder that is not" in done.stderr
    assert precious.read_text() == "a year's work"
