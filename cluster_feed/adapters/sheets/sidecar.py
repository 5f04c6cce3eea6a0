"""A sidecar: `clip.yaml` or `clip.mp4.yaml`, what a newsroom says of the one clip beside it."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

import yaml

from cluster_feed.adapters.sheets.sheet import (
    WHOLE,
    Complaints,
    Entry,
    Place,
    Row,
    UnreadableError,
    beside,
    decoded,
    first_marking,
    understand,
    unknown_label,
)
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.labels import FILE, field_called

_LARGEST: Final = 64 << 10
_DEEPEST: Final = 6


def rows(content: bytes, name: str, complaints: Complaints) -> tuple[Row, ...]:
    """Read a sidecar's one row; its text is searched for markings even if it is not YAML."""
    if len(content) > _LARGEST:
        raise UnreadableError(
            f"phiếu lớn hơn {_LARGEST >> 10} KB", f"it is larger than {_LARGEST >> 10} KB"
        )
    text = decoded(content)
    lines = [Entry("", line, Place(line=at)) for at, line in enumerate(text.splitlines(), 1)]
    about = str(PurePosixPath(name).with_suffix(""))
    entries = _entries(text, complaints)
    marked = first_marking(lines + entries, name)
    for label, _, place in entries:
        if field_called(label) is None:
            complaints.add(place, unknown_label(label))
    said = understand(entries, complaints)
    if named := said.pop((FILE, ""), ""):
        about = beside(name, named)
    return (Row(about, said, marked),)


def _entries(text: str, complaints: Complaints) -> list[Entry]:
    try:
        return list(_flat(yaml.compose(text, Loader=_PlainLoader)))
    except UnreadableError as error:
        complaints.add(WHOLE, error.says)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        complaints.add(Place(line=mark.line + 1) if mark else WHOLE, _NOT_YAML)
    return []


_NOT_YAML = Bilingual(
    "sai cách viết; mỗi dòng hãy viết “tên mục: nội dung”, nội dung có dấu : thì đặt trong "
    "ngoặc kép",
    "not well written; write “field: text” on each line, and put a text with a colon in quotes",
)


class _PlainLoader(yaml.BaseLoader):
    """YAML without what a caption does not need: no types, no aliases, no depth."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> yaml.Node | None:  # noqa: ANN401
        if self.check_event(yaml.AliasEvent):
            raise UnreadableError(
                "không dùng ký hiệu & và * của YAML", "YAML's & and * are not used"
            )
        if self._depth >= _DEEPEST:
            raise UnreadableError("quá nhiều tầng lồng nhau", "it is nested too deeply")
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _flat(node: yaml.Node | None, label: str = "") -> Iterator[Entry]:
    """Walk to the texts: `title: {en: …}` is written under "title en"."""
    if isinstance(node, yaml.MappingNode):
        for name, inner in node.value:
            written = name.value if isinstance(name, yaml.ScalarNode) else "?"
            yield from _flat(inner, f"{label} {written}".strip())
    elif node is not None:
        if not label:
            raise UnreadableError(*_NOT_YAML)
        yield Entry(label, _text_of(node), Place(line=node.start_mark.line + 1))


def _text_of(node: yaml.Node) -> str:
    """Give a text as it stands, a list as its texts with semicolons between."""
    if isinstance(node, yaml.SequenceNode):
        return "; ".join(
            str(each.value) for each in node.value if isinstance(each, yaml.ScalarNode)
        )
    return str(node.value)
