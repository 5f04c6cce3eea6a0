"""TOML documents that people write: read, checked, and refused with the line and a remedy."""

import json
import re
import stat
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from cluster_feed.adapters.store import write_visible
from cluster_feed.core import complaint
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.complaint import Complaint, Place
from cluster_feed.core.errors import BadDocument, FolderUnwritable, UnreadableDocument

DocumentT = TypeVar("DocumentT", bound=BaseModel)


def load(path: Path, model: type[DocumentT]) -> DocumentT:
    """Read a document as a value; BadDocument or UnreadableDocument where it is not one."""
    content = read_toml(path)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise explain(path, model, error) from error


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file; BadDocument names the line of a mistake in its grammar."""
    text = _text(path)
    try:
        return tomllib.loads(text + "\n")
    except tomllib.TOMLDecodeError as error:
        raise _bad_grammar(path, text, str(error)) from error
    except (ValueError, RecursionError) as error:
        raise _bad(path, 1, _NOT_TOML, _ONE_A_LINE) from error


def read_small(path: Path, most: int) -> bytes:
    """Read a file that a stranger's USB stick brought, of `most` bytes; UnreadableDocument."""
    try:
        if not path.is_file():  # a pipe would never end
            raise FileNotFoundError
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise UnreadableDocument(path=path, detail=_unreadable(error)) from error
    if len(content) > most:
        raise UnreadableDocument(path=path, detail=_TOO_LARGE)
    return content


def explain(path: Path, model: type[BaseModel], error: ValidationError) -> BadDocument:
    """Turn a model's first complaint about a document into its line and what to write instead."""
    return refuse(path, complaint.first_of(model, error))


def rewrite(path: Path, model: type[DocumentT], **texts: str) -> DocumentT:
    """Set some of a document's own texts, and leave all that people wrote around them.

    Raises BadDocument, and writes nothing, where it would not be one any more.
    """
    lines = _text(path).rstrip("\n").split("\n")
    for key, text in texts.items():
        statement = f"{key} = {json.dumps(text, ensure_ascii=False)}"
        begun, ended, comment = _place_of(lines, key)
        lines[begun:ended] = [f"{statement}  {comment}".rstrip()]
    content = "\n".join(lines) + "\n"
    try:
        document = model.model_validate(tomllib.loads(content))
    except ValidationError as error:
        raise explain(path, model, error) from error
    mode = stat.S_IMODE(path.stat().st_mode)
    try:
        write_visible(path, content.encode(), mode)
    except OSError as error:
        raise FolderUnwritable(path=path.parent, detail=error.strerror) from error
    return document


def _place_of(lines: list[str], key: str) -> tuple[int, int, str]:
    """Where a document's own entry stands or would, and the comment behind it."""
    free = 0
    for begun, line, table, holds in _statements(lines):
        if table:
            break
        if key in holds:
            return begun - 1, line, _comment(lines[line - 1], holds)
        free = line if holds else free
    return free, free, ""


def _comment(line: str, holds: dict[str, Any]) -> str:
    """What follows an entry in its line; a # within its text is none."""
    for at, letter in enumerate(line):
        if letter == "#" and _so_far(line[:at]) == ("", holds):
            return line[at:]
    return ""


def refuse(path: Path, wrong: Complaint) -> BadDocument:
    """Turn a complaint about a document into its line and what to write instead."""
    return _bad(path, line_of(path, wrong.place), wrong.problem, wrong.advice)


def line_of(path: Path, place: Place) -> int:
    """Find the line of a place, or where it is not there, of the table it would belong to."""
    best, deepest = 1, 0
    for _, line, table, holds in _statements(_text(path).split("\n")):
        depth = _depth(place, table, holds)
        if depth > deepest:
            best, deepest = line, depth
    return best


def _text(path: Path) -> str:
    """Read a file as TOML means it; Windows may begin it with a byte order mark."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(path=path, detail=_unreadable(error)) from error
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _bad(path, line, _NOT_UTF8, _SAVE_AS_UTF8) from error


_TOO_LARGE = Bilingual("tệp quá lớn", "the file is too large")


def _unreadable(error: OSError) -> Bilingual:
    if isinstance(error, FileNotFoundError):
        return Bilingual("không có tệp này", "there is no such file")
    if isinstance(error, IsADirectoryError):
        return Bilingual("đây là thư mục", "it is a folder")
    if isinstance(error, PermissionError):
        return Bilingual("không có quyền đọc", "it may not be read")
    return Bilingual(f"lỗi hệ thống {error.errno}", error.strerror or str(error))


def _bad(path: Path, line: int, problem: Bilingual, advice: Bilingual) -> BadDocument:
    return BadDocument(path=path, line=line, problem=problem, advice=advice)


# --- Grammar -----------------------------------------------------------------------------------

_NOT_TOML = Bilingual("sai cú pháp TOML", "not valid TOML")
_NOT_UTF8 = Bilingual("không phải UTF-8", "not UTF-8")
_SAVE_AS_UTF8 = Bilingual("Hãy lưu lại tệp với bảng mã UTF-8", "Save the file as UTF-8")
_ONE_A_LINE = Bilingual(
    'Hãy viết mỗi dòng một mục: khóa = "giá trị"', 'Write one entry a line: key = "value"'
)
_TWICE = (
    Bilingual("mục này đã có ở trên", "this entry is already there above"),
    Bilingual("Hãy xóa một trong hai", "Remove one of the two"),
)
_NO_END = (
    Bilingual("thiếu dấu đóng ngoặc", "a quote or bracket is not closed"),
    Bilingual('Hãy đóng bằng ", ] hoặc }', 'Close it with ", ] or }'),
)
_GRAMMAR: Final = {
    r"Cannot (overwrite|declare|redefine|mutate)|Duplicate": _TWICE,
    r"Unterminated|Unclosed|Illegal character '.n'|Expected [\"']['\]]": _NO_END,
    r"Unescaped|Invalid hex|Escaped": (
        Bilingual("dấu \\ trong ngoặc kép có nghĩa riêng", "a \\ in double quotes is special"),
        Bilingual("Hãy dùng nháy đơn: 'D:\\Phim'", "Use single quotes: 'D:\\Clips'"),
    ),
    "Invalid value": (
        Bilingual("giá trị viết sai", "the value is not written right"),
        Bilingual(
            'Hãy đặt chữ trong ngoặc kép thẳng "…"; số viết 0.5; đúng, sai viết true, false',
            'Put text in straight quotes "…"; write 0.5, true, false without',
        ),
    ),
    "Expected newline": (
        Bilingual("có chữ thừa sau giá trị", "something follows the value"),
        Bilingual(
            "Hãy viết mỗi dòng một mục; số thập phân dùng dấu chấm: 0.5; giờ viết 06:00:00",
            "Write one entry a line, decimals with a point, 0.5, and times as 06:00:00",
        ),
    ),
}
"""What tomllib says, by how it begins, with what it means to a person."""

_AT = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)\Z")


def _bad_grammar(path: Path, text: str, message: str) -> BadDocument:
    problem, advice = next(
        (words for begins, words in _GRAMMAR.items() if re.match(begins, message)),
        (_NOT_TOML, _ONE_A_LINE),
    )
    at = _AT.search(message)
    if at and at["line"]:
        return _bad(path, int(at["line"]), problem, advice)
    *_, (begun, *_) = _statements(text.rstrip().split("\n"))
    return _bad(path, begun, *_NO_END)


# --- Lines -------------------------------------------------------------------------------------

_CLOSINGS: Final = ("", "\n]", "\n]]", "\n]]]", '\n"""', "\n'''")
"""What may be lacking of a statement that goes on in the next line."""


def _statements(lines: list[str]) -> Iterator[tuple[int, int, Place, dict[str, Any]]]:
    """Walk the lines of a document.

    For each: the line on which its statement began, its own, the table it stands in, and what the
    statement holds up to here.
    """
    table: tuple[int | str, ...] = ()
    tables: Counter[Place] = Counter()
    begun = 0
    for at, line in enumerate(lines):
        closing, holds = _so_far("\n".join(lines[begun : at + 1]))
        if begun == at and not closing and line.lstrip().startswith("["):
            table, holds = _header(holds, tables), {}
        yield begun + 1, at + 1, table, holds
        if not closing:
            begun = at + 1


def _so_far(statement: str) -> tuple[str, dict[str, Any]]:
    """What a statement lacks to be whole, and what it then holds."""
    for closing in _CLOSINGS:
        try:
            return closing, tomllib.loads(statement + closing)
        except ValueError:
            continue
    return "?", {}


def _header(holds: dict[str, Any], tables: Counter[Place]) -> tuple[int | str, ...]:
    """The place that a header opens: `[[dayparts]]` for the second time is `("dayparts", 1)`."""
    table: tuple[int | str, ...] = ()
    inner: Any = holds
    while inner:
        (key, inner), *_ = inner.items()
        table = (*table, key)
        if isinstance(inner, list):
            (inner,) = inner
            tables[table] += 1
        if table in tables:
            table = (*table, tables[table] - 1)
    return table


def _depth(place: Place, table: Place, holds: dict[str, Any]) -> int:
    """How much of a place a statement reaches."""
    shared = 0
    for part, opened in zip(place, table, strict=False):
        if part != opened:
            return shared
        shared += 1
    inner: Any = holds
    for part in place[len(table) :]:
        try:
            inner = inner[part]
        except (KeyError, IndexError, TypeError):
            return shared
        shared += 1
    return shared
