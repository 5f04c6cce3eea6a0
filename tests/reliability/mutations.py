"""Change files of a feed at random, let a screen pull: nothing that was not signed may ever play.

python -m tests.reliability.mutations [rounds] [seed]

A thief's changes are announced under the online key, so that they reach the checks behind the
hashes; a disk's are made in the screen's own cache.
"""

import json
import logging
import sys
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from cluster_feed.core.errors import ScreenError
from cluster_feed.core.value import digest
from cluster_feed.screen.agent import Agent
from tests.reliability.scene import Scene, in_memory
from tests.screen.hub import NOW

Mutate = Callable[[bytes, Random, list[bytes]], bytes]

_ODD: list[Any] = [
    None, True, -1, 0, 7, 10**9, 1e308, "", "x", "lao-bao", "la-lay", "\u0000", "é", "é", "\ud800",
    [], {}, [[]], "2999-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "ed25519", "0" * 64,
]  # fmt: skip


def flip(content: bytes, random: Random, _: list[bytes]) -> bytes:
    """One bit."""
    changed = bytearray(content or b"\0")
    changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def truncate(content: bytes, random: Random, _: list[bytes]) -> bytes:
    """The beginning alone."""
    return content[: random.randrange(len(content) + 1)]


def splice(content: bytes, random: Random, others: list[bytes]) -> bytes:
    """The beginning of this and the end of another."""
    other = random.choice(others)
    return content[: random.randrange(len(content) + 1)] + other[random.randrange(len(other) + 1) :]


def replace(_: bytes, random: Random, others: list[bytes]) -> bytes:
    """Another file under this one's name: a version, a role, a cluster."""
    return random.choice(others)


def write_otherwise(content: bytes, random: Random, _: list[bytes]) -> bytes:
    """The same document in other bytes."""
    indent, ascii_ = random.choice([None, 0, 3]), random.random() < 0.5
    document = json.loads(content)
    if random.random() < 0.5:
        document["signatures"] = random.sample(
            document.get("signatures", []), len(document.get("signatures", []))
        )
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_)
    return random.choice([text, text + "\n", " " + text, "\ufeff" + text]).encode()


def edit(content: bytes, random: Random, others: list[bytes]) -> bytes:
    """Some value of the document is another, is gone, is there twice or under another key."""
    document = json.loads(content)
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        _edit_once(document, random, others)
    return json.dumps(document).encode("utf-8", "replace")


def _edit_once(document: Any, random: Random, others: list[bytes]) -> None:  # noqa: ANN401
    places = list(_places(document))
    if not places:
        return
    holder, key = random.choice(places)
    kind = random.randrange(5)
    if kind == 0:
        holder[key] = deepcopy(random.choice(_ODD))
    elif kind == 1:
        del holder[key]
    elif kind == 2:
        elsewhere, at = random.choice(places)
        holder[key] = deepcopy(elsewhere[at])
    elif isinstance(holder, list):
        holder.append(deepcopy(holder[key]))
    elif kind == 3:
        holder[str(random.choice(_ODD))] = holder.pop(key)
    else:
        foreign = _document(random.choice(others))
        holder[key] = foreign.get(key, foreign) if isinstance(foreign, dict) else foreign


def _places(part: Any) -> Any:  # noqa: ANN401  a document of any shape
    keys = part if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
    for key in keys:
        yield part, key
        yield from _places(part[key])


def _document(content: bytes) -> Any:  # noqa: ANN401
    try:
        return json.loads(content)
    except ValueError:
        return {}


MUTATIONS: tuple[Mutate, ...] = (flip, truncate, splice, replace, write_otherwise, edit, edit, edit)


class Mutations:
    """`told` counts what became of them."""

    def __init__(self, folder: Path, seed: int) -> None:
        logging.disable(logging.WARNING)
        self._scene = Scene(folder)
        self._random = Random(seed)  # noqa: S311  the same every time
        hub = self._scene.hub.folder
        self._honest = {path: path.read_bytes() for path in hub.rglob("*") if path.is_file()}
        self._cache = self._scene.config.trust / "metadata"
        self._read = [
            *(
                hub / "metadata" / f"{name}.json"
                for name in ("timestamp", "3.snapshot", "6.lao-bao")
            ),
            *(path for path in self._honest if path.name[:64] in self._scene.awaited),
            hub / "metadata" / "2.root.json",
        ]
        self.told: Counter[str] = Counter()

    def run(self, rounds: int) -> Counter[str]:
        """Mutate, pull, look at what plays, and put things right again."""
        for _ in range(rounds):
            by_whom = self._random.choice([self._node, self._node, self._thief, self._disk])
            what = by_whom()
            self._pull(what)
            self._read[-1].unlink(missing_ok=True)
            for path, content in self._honest.items():
                path.write_bytes(content)
            if by_whom == self._thief or self._scene.plays() != 5:
                self._scene.begin_again()  # a thief's versions are remembered, as they must be
            elif self._random.random() < 0.02:
                self._heal()
        return self.told

    def _pull(self, what: str) -> None:
        try:
            number = Agent(self._scene.config).pull(NOW).number
        except ScreenError as error:
            self.told[f"refused: {error.code}"] += 1
        except Exception as error:
            raise AssertionError(f"crash after {what}") from error
        else:
            self.told["took exactly what was signed"] += 1
            assert number == self._scene.plays(), what
        assert self._scene.plays() in self._scene.signed, what

    def _heal(self) -> None:
        """After any number of refusals, the honest feed is taken."""
        assert Agent(self._scene.config).pull(NOW).number == 6, "does not heal"
        self.told["healed"] += 1
        self._scene.begin_again()

    def _node(self) -> str:
        """Somebody with root on the node."""
        return self._spoil(self._random.choice(self._read))

    def _thief(self) -> str:
        """Somebody with the hub's online key: what was spoiled is announced as if it were new."""
        hub = self._scene.hub
        name = self._random.choice(["6.lao-bao", "1.targets"])
        path = hub.folder / "metadata" / f"{name}.json"
        what = self._spoil(path)
        content = path.read_bytes()
        role = f"{name.partition('.')[2]}.json"
        meta, version = dict(hub.meta), hub.version
        hub.meta[role] = type(meta[role])(
            meta[role].version, len(content), {"sha256": digest(content)}
        )
        hub.announce()
        hub.meta, hub.version = meta, version
        return f"{what}, announced"

    def _disk(self) -> str:
        """The screen's own disk, under what it remembers."""
        path = self._random.choice(
            [path for path in self._cache.rglob("*.json") if not path.is_symlink()]
        )
        return self._spoil(path)

    def _spoil(self, path: Path) -> str:
        before = path.read_bytes() if path.exists() else self._scene.hub.root
        others = [each for each in self._honest.values() if each != before]
        mutate = self._random.choice(MUTATIONS)
        try:
            path.write_bytes(mutate(before, self._random, others))
        except (ValueError, AttributeError, TypeError):  # no document to edit
            mutate = flip
            path.write_bytes(flip(before, self._random, others))
        return f"{mutate.__name__} of {path.name}"


def main(rounds: int = 10_000, seed: int = 1) -> None:
    """Print what became of so many mutations."""
    with in_memory() as folder:
        told = Mutations(folder, seed).run(rounds)
    for what, times in told.most_common():
        print(f"{times:7} {what}")  # noqa: T201  its answer
    print(f"{rounds} mutations: 0 accepted that were not signed, 0 crashes")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
