"""TOML documents that people write: read, checked, and refused with the line and a remedy."""

import difflib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cluster_feed.core.errors import BadDocument

DocumentT = TypeVar("DocumentT", bound=BaseModel)
_Place = Sequence[int | str]
_TOML_PLACE = re.compile(r"^(?P<problem>.*) \(at line (?P<line>\d+), column \d+\)$")


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file; BadDocument names the line of a mistake in its grammar."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise BadDocument(
            path=path,
            line=line,
            problem_vi="không phải UTF-8",
            problem_en="not UTF-8",
            advice_vi="Hãy lưu lại tệp với bảng mã UTF-8.",
            advice_en="Save the file as UTF-8.",
        ) from error
    except tomllib.TOMLDecodeError as error:
        found = _TOML_PLACE.match(str(error))
        problem = found["problem"] if found else str(error)
        raise BadDocument(
            path=path,
            line=found["line"] if found else len(path.read_text().splitlines()),
            problem_vi=f"sai cú pháp TOML: {problem}",
            problem_en=f"not valid TOML: {problem}",
            advice_vi='Hãy viết: khóa = "giá trị".',
            advice_en='Write: key = "value".',
        ) from error


def explain(path: Path, model: type[BaseModel], error: ValidationError) -> BadDocument:
    """Turn a model's first complaint about a document into its line and what to write instead."""
    complaint = error.errors(include_url=False)[0]
    place = complaint["loc"]
    problem_vi, problem_en, advice_vi, advice_en = _words(model, complaint, place)
    return BadDocument(
        path=path,
        line=line_of(path, place),
        problem_vi=problem_vi,
        problem_en=problem_en,
        advice_vi=advice_vi,
        advice_en=advice_en,
    )


def load(path: Path, model: type[DocumentT]) -> DocumentT:
    """Read a document as a value; BadDocument where it is not one."""
    content = read_toml(path)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise explain(path, model, error) from error


def _words(model: type[BaseModel], complaint: ErrorDetails, place: _Place) -> list[str]:
    """Say the problem and the advice, each in Vietnamese and English."""
    name = ".".join(str(part) for part in place) or "?"
    if complaint["type"] == "missing":
        return [
            f"thiếu “{name}”",
            f"“{name}” is missing",
            f"Hãy thêm: {place[-1]} = …",
            f"Add: {place[-1]} = …",
        ]
    if complaint["type"] == "extra_forbidden":
        known = _fields_at(model, place[:-1])
        near = difflib.get_close_matches(str(place[-1]), known, n=1)
        meant = near[0] if near else ", ".join(known)
        return [
            f"không có mục nào tên “{name}”",
            f"there is no “{name}”",
            f"Hãy viết: {meant}.",
            f"Write: {meant}.",
        ]
    problem = complaint["msg"].removeprefix("Value error, ")
    given = repr(complaint["input"])[:80]
    return [
        f"“{name}” không hợp lệ ({given})",
        f"“{name}” is not right ({given})",
        f"Yêu cầu: {problem}.",
        f"Needed: {problem}.",
    ]


def _fields_at(model: type[BaseModel], place: _Place) -> list[str]:
    """The fields that a document may have at a place, as far as models tell."""
    for part in place:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        nested = _models_in(field.annotation) if field else []
        if not nested:
            return []
        model = nested[0]
    return list(model.model_fields)


def _models_in(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401  types are data here
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]


def line_of(path: Path, place: _Place) -> int:
    """Find the line of `("dayparts", 1, "start")`: into the second [[dayparts]], to its `start`.

    Where a key is not in the text (it is missing, or inline), the line of the table it belongs to.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    at, table = 0, ""
    for index, part in enumerate(place):
        if isinstance(part, int):
            headers = [n for n, line in enumerate(lines) if line.strip() == f"[[{table}]]"]
            at = headers[part] if part < len(headers) else at
            continue
        key = re.compile(rf"""\s*["']?{re.escape(part)}["']?\s*=""")
        table = f"{table}.{part}" if table else part
        if f"[{table}]" in (stripped := [line.strip() for line in lines]):
            at = stripped.index(f"[{table}]")
        elif not (isinstance(_after(place, index), int) and f"[[{table}]]" in stripped):
            at = next((n for n in range(at, len(lines)) if key.match(lines[n])), at)
    return at + 1


def _after(place: _Place, index: int) -> int | str | None:
    return place[index + 1] if index + 1 < len(place) else None
