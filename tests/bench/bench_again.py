"""A look at a thousand assets that have all their renditions: nothing is due, nothing is started.

python -m tests.bench.bench_again [assets]
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from cluster_feed.adapters import process
from cluster_feed.core.asset import Kind
from cluster_feed.ledger import models as ledger
from cluster_feed.ledger.connect import connect
from cluster_feed.pipeline import normalize
from tests.material import NOW, admit
from tests.office import installed


def main(assets: int = 1000) -> None:
    """Print the seconds, and how many programs were started."""
    with TemporaryDirectory() as name:
        workspace = installed(Path(name) / "hub")
        connect(workspace.database_url)
        profiles = workspace.wanted_profiles.values()
        for number in range(assets):
            kind = Kind.VIDEO if number % 2 else Kind.PHOTO
            row = admit(workspace, f"{number}", kind=kind, rendered=False)
            ledger.Rendition.objects.bulk_create(
                ledger.Rendition(
                    asset=row,
                    profile=each.name,
                    recipe=normalize.recipe(each, kind),
                    made_at=NOW,
                    sha256=row.sha256,
                    suffix=".mp4",
                    media=row.media,
                )
                for each in profiles
            )
        with patch.object(process, "run", side_effect=process.run) as started:
            began = time.perf_counter()
            made = normalize.run(workspace, NOW)
            seconds = time.perf_counter() - began
    print(f"{made}, {started.call_count} programs, {seconds:.2f} s")  # noqa: T201  its answer


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
