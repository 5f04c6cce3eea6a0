"""What is wrong with what a person wrote, and what to write instead, in both languages."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Final, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.value import Mistake

_KEYED: Final = (dict, Mapping)
"""What holds values under names that people choose, which are no field's."""
Place = Sequence[int | str]
"""Where something stands: `("dayparts", 1, "start")` is the `start` of the second daypart."""


class Complaint(NamedTuple):
    """One thing that is wrong, and the remedy; sentences without their full stop."""

    place: Place
    problem: Bilingual
    advice: Bilingual


def first_of(model: type[BaseModel], error: ValidationError) -> Complaint:
    """Choose what to tell first of all that a model found wrong, and put it in words.

    A name that does not exist comes first: it explains why the right one is missing.
    """
    complaints = error.errors(include_url=False)
    chosen = min(complaints, key=lambda each: each["type"] != "extra_forbidden")
    place = tuple(part for part in chosen["loc"] if part != "[key]")
    if chosen["type"] == "missing":
        return _missing(model, place)
    if chosen["type"] == "extra_forbidden":
        return unknown(model, place)
    mistake = chosen.get("ctx", {}).get("error")
    if isinstance(mistake, Mistake) and mistake.at:
        place = (*place, mistake.at)
    given = _as_written(chosen["input"])
    return Complaint(
        place,
        Bilingual("“{name}” không hợp lệ{given}", "“{name}” is not right{given}").fill(
            name=_dotted(place), given=f" ({given})" if given else ""
        ),
        Bilingual("Cần: {needed}", "Needed: {needed}").fill(needed=_needed(chosen)),
    )


def unknown(model: type[BaseModel], place: Place) -> Complaint:
    """Complain of a name that no field has."""
    key, known = str(place[-1]), _fields_at(model, place[:-1])
    problem = Bilingual("không có mục nào tên “{name}”", "there is no “{name}”")
    if len(place) > 1 and key in model.model_fields and key not in known:
        advice = Bilingual(
            "Hãy chuyển {key} lên đầu tệp, trước dòng [ ] đầu tiên",
            "Move {key} to the top of the file, before the first [ ] line",
        ).fill(key=key)
    else:
        near = difflib.get_close_matches(key, known, n=1)
        advice = _WRITE.fill(what=near[0] if near else ", ".join(known))
    return Complaint(place, problem.fill(name=_dotted(place)), advice)


def _missing(model: type[BaseModel], place: Place) -> Complaint:
    key = place[-1]
    field = _model_at(model, place[:-1]).model_fields[str(key)]
    line = f"{key} = …"
    if _models_in(field.annotation):
        line = f"[[{key}]]" if get_origin(field.annotation) is tuple else f"[{key}]"
    return Complaint(
        place,
        Bilingual("thiếu “{name}”", "“{name}” is missing").fill(name=_dotted(place)),
        Bilingual("Hãy thêm: {line}", "Add: {line}").fill(line=line),
    )


_WRITE: Final = Bilingual("Hãy viết: {what}", "Write: {what}")

_WHOLE_NUMBER = Bilingual("một số nguyên", "a whole number")
_NUMBER = Bilingual("một số, ví dụ 0.5", "a number such as 0.5")
_TRUTH = Bilingual("true hoặc false", "true or false")
_LIST = Bilingual("một danh sách trong [ ]", "a list in [ ]")
_TABLE = Bilingual("một bảng có các mục riêng", "a table with entries of its own")
_TEXT = Bilingual('chữ trong ngoặc kép "…"', 'text in quotes "…"')
_DAY = Bilingual("một ngày, ví dụ 2026-11-25", "a date such as 2026-11-25")
_CLOCK = Bilingual("một giờ, ví dụ 06:30:00", "a time such as 06:30:00")
_MOMENT = Bilingual(
    "ngày giờ có múi giờ, ví dụ 2026-11-25T18:00:00+07:00",
    "a moment with its offset, such as 2026-11-25T18:00:00+07:00",
)
_FRACTION = Bilingual('một phân số, ví dụ "30000/1001"', 'a fraction such as "30000/1001"')

_NEEDED: Final = {
    "greater_than": Bilingual("lớn hơn {gt}", "more than {gt}"),
    "greater_than_equal": Bilingual("từ {ge} trở lên", "at least {ge}"),
    "less_than": Bilingual("nhỏ hơn {lt}", "less than {lt}"),
    "less_than_equal": Bilingual("không quá {le}", "at most {le}"),
    "multiple_of": Bilingual("bội số của {multiple_of}", "a multiple of {multiple_of}"),
    "too_short": Bilingual("ít nhất {min_length} mục", "at least {min_length} of them"),
    "too_long": Bilingual("nhiều nhất {max_length} mục", "at most {max_length} of them"),
    "string_too_short": Bilingual("ít nhất {min_length} ký tự", "at least {min_length} characters"),
    "string_too_long": Bilingual(
        "nhiều nhất {max_length} ký tự", "at most {max_length} characters"
    ),
    "string_pattern_mismatch": Bilingual("đúng mẫu {pattern}", "the form {pattern}"),
    "finite_number": Bilingual("một số hữu hạn", "a finite number"),
}
_NEEDED_BY_KIND: Final = {
    "int": _WHOLE_NUMBER,
    "float": _NUMBER,
    "bool": _TRUTH,
    "list": _LIST,
    "tuple": _LIST,
    "set": _LIST,
    "dict": _TABLE,
    "model": _TABLE,
    "string": _TEXT,
    "path": _TEXT,
    "date": _DAY,
    "time": _CLOCK,
    "datetime": _MOMENT,
    "timezone": _MOMENT,
    "fraction": _FRACTION,
}
"""By the first word of what pydantic calls a complaint: `int_parsing`, `int_from_float`…"""


def _needed(complaint: ErrorDetails) -> Bilingual:
    """Say what would be right."""
    kind, context = complaint["type"], complaint.get("ctx", {})
    if isinstance(mistake := context.get("error"), Mistake):
        return mistake.says
    if kind in {"enum", "literal_error"}:
        return _one_of(context["expected"], complaint["input"])
    if kind in _NEEDED:
        return _NEEDED[kind].fill(**context)
    return _NEEDED_BY_KIND.get(
        kind.partition("_")[0], Bilingual("một giá trị khác", complaint["msg"])
    )


def _one_of(expected: str, given: object) -> Bilingual:
    words = re.findall(r"'([^']+)'", expected) or re.findall(r"\d+", expected)
    near = difflib.get_close_matches(str(given), words, n=1)
    return Bilingual("{words}", "{words}").fill(words=near[0] if near else " | ".join(words))


def _as_written(given: object) -> str:
    """Show what was given about as the person wrote it; nothing where that is long."""
    if isinstance(given, BaseModel | dict):
        return ""
    if isinstance(given, date | time):
        return given.isoformat()
    text = json.dumps(given, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004  a line of a terminal


def _dotted(place: Place) -> str:
    """Name a place as a person counts: `dayparts[2].start` is of the second."""
    name = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place)
    return name.removeprefix(".") or "…"


def _model_at(model: type[BaseModel], place: Place) -> type[BaseModel]:
    is_key = False
    for part in place:
        if is_key:
            is_key = False
        elif isinstance(part, str):
            annotation = model.model_fields[part].annotation
            is_key = get_origin(annotation) in _KEYED
            (model,) = _models_in(annotation)
    return model


def _fields_at(model: type[BaseModel], place: Place) -> list[str]:
    return list(_model_at(model, place).model_fields)


def _models_in(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401  types are data here
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]
