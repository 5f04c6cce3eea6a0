"""The main job, end to end, on real material: `make demo`.

Two newsrooms drop clips and photos; three real SFTP servers stand for the gates; every screen
pulls, verifies and plays its playlist to the end.  The exit status is 0 only if all of it was seen.
"""

import argparse
import shutil
import sys
from pathlib import Path

from demo.show import Show

WORKSPACE = Path(__file__).parents[1] / "demo-workspace"


def main() -> int:
    """Run the demonstration from an empty workspace."""
    words = argparse.ArgumentParser(prog="make demo", description=__doc__)
    words.add_argument(
        "--out-of-service",
        metavar="CLUSTER",
        choices=["lao-bao", "la-lay", "cha-lo"],
        help="put one gate out of service; the edition must finish all the same",
    )
    words.add_argument("--workspace", type=Path, default=WORKSPACE)
    arguments = words.parse_args()
    if arguments.workspace == WORKSPACE:
        shutil.rmtree(WORKSPACE, ignore_errors=True)
    elif arguments.workspace.exists():
        words.error(f"{arguments.workspace} is there; name a folder that is not")
    return 0 if Show(arguments.workspace, arguments.out_of_service).run() else 1


if __name__ == "__main__":
    sys.exit(main())
