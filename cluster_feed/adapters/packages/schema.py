"""Whether a document is ninjs 3.1, by IPTC's own schema."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry, Resource

_SCHEMAS: Final = files(__package__).joinpath("schemas")
_URI: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
)
"""What RFC 3986 lets an address be made of."""
_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
"""RFC 3339; whether there is such a day, Python tells."""
_FORMATS: Final = FormatChecker(formats=())
_LONGEST_COMPLAINT: Final = 200


@_FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(_URI.fullmatch(value))


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    if not isinstance(value, str):
        return True
    datetime.fromisoformat(re.sub(r"\.\d+", "", value.upper()))
    return bool(_MOMENT.fullmatch(value))


def _read(name: str) -> Any:  # noqa: ANN401  a schema is whatever JSON it is
    return json.loads(_SCHEMAS.joinpath(name).read_bytes())


def _validator() -> Draft202012Validator:
    geojson = Resource.from_contents(_read("GeoJSON.json"))
    known: Registry[Any] = Registry().with_resource(
        "https://geojson.org/schema/GeoJSON.json", geojson
    )
    return Draft202012Validator(
        _read("ninjs-schema_3.1.json"), registry=known, format_checker=_FORMATS
    )


_NINJS: Final = _validator()


def flaws(document: object) -> Iterator[str]:
    """Name each field that is not as the schema has it, and why."""
    for error in sorted(_NINJS.iter_errors(document), key=lambda error: error.json_path):
        yield _said(best_match([error]) or error)


def _said(error: ValidationError) -> str:
    """Say it shortly: the message may quote all of what it complains of."""
    message = error.message
    if len(message) > _LONGEST_COMPLAINT:
        message = f"{message[:_LONGEST_COMPLAINT]}…"
    return f"{error.json_path}: {message}"
