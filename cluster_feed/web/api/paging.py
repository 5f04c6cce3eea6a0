"""Long lists, a page at a time: the next page is named by the last row of this one.

What is added meanwhile moves no row from one page to another.
"""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from django.core.exceptions import ValidationError as ValidationFailed
from django.db.models import Model, Q, QuerySet
from pydantic import Field, TypeAdapter, ValidationError

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import NotUnderstood
from cluster_feed.core.value import Moment, Value

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item", bound=Value)


class Paged(Value):
    """Which page: how many rows, and after which; `next` of the page before says that."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[str, Field(max_length=400)] = ""


_PLACE: TypeAdapter[tuple[Moment, str]] = TypeAdapter(tuple[Moment, str])


def page(
    rows: QuerySet[Row], asked: Paged, time: str, show: Callable[[Row], Item]
) -> tuple[tuple[Item, ...], str | None]:
    """Give a page of rows, the newest first by a field of time, and what names the next."""
    if asked.after:
        at, key = _place(asked.after)
        rows = rows.filter(Q(**{f"{time}__lt": at}) | Q(**{time: at, "pk__lt": _key(rows, key)}))
    found = list(rows.order_by(f"-{time}", "-pk")[: asked.limit + 1])
    shown, rest = found[: asked.limit], found[asked.limit :]
    following = _mark(getattr(shown[-1], time).isoformat(), str(shown[-1].pk)) if rest else None
    return tuple(show(row) for row in shown), following


def _key(rows: QuerySet[Row], key: str) -> Any:  # noqa: ANN401  the table's own
    try:
        return rows.model._meta.pk.to_python(key)  # noqa: SLF001  Django's documented name
    except ValidationFailed as error:
        raise _wrong() from error


def _mark(*place: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _place(mark: str) -> tuple[Any, str]:
    try:
        return _PLACE.validate_json(base64.b64decode(mark + "==", altchars=b"-_"))
    except (binascii.Error, ValueError, ValidationError) as error:
        raise _wrong() from error


def _wrong() -> NotUnderstood:
    return NotUnderstood(
        problem=Bilingual("“after” không phải của một trang trước", "“after” is no page's"),
        advice=Bilingual("Hãy chép “next” của trang trước", "Copy “next” of the page before"),
    )
