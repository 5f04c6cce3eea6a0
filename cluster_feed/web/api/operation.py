"""An operation of the API: a function, who may call it, and what its signature says it takes.

The function's parameters are what a call carries, by their names and types:

- `call: Call`: who calls, when, in which language; without it, a stranger may call too;
- `query`: a Value, whose fields are the query's;
- `body`: a Value, or a dict for a merge patch (RFC 7396), in JSON;
- `if_match`: the tag of what the caller has read;
- any other: the part of the path of that name.

What it returns, a Value or a `Tagged` one, is the answer; None: done, there is nothing to say.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import cached_property
from http import HTTPMethod
from typing import Any, Final, Generic, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, JsonValue, TypeAdapter

from cluster_feed.core.value import Sha256, Value, digest
from cluster_feed.web.models import Person
from cluster_feed.web.roles import Role

MERGE_PATCH: Final = dict[str, JsonValue]
_OWN: Final = ("call", "query", "body", "if_match", "return")

Answer = TypeVar("Answer", bound=BaseModel)


class Call(NamedTuple):
    """Who calls, and when."""

    person: Person
    now: datetime


class Tagged(NamedTuple, Generic[Answer]):
    """An answer that can be written again: `tag` names exactly what it was."""

    value: Answer
    tag: Sha256

    @classmethod
    def of(cls, value: Answer) -> "Tagged[Answer]":
        """Tag a value by all that it says."""
        return cls(value, tag_of(value))


def tag_of(value: BaseModel) -> Sha256:
    """Name what a value says."""
    return digest(value.model_dump_json().encode())


class Operation:
    """What may be done at an address, and by whom; nobody's: also a stranger's."""

    def __init__(
        self,
        method: HTTPMethod,
        path: str,
        act: Callable[..., BaseModel | Tagged[Any] | None],
        roles: Collection[Role] = (),
    ) -> None:
        self.method, self.path, self.act, self.roles = method, path, act, roles

    @property
    def name(self) -> str:
        """What the document calls it: the module's noun and the function's verb."""
        return f"{self.group}-{self.act.__name__.strip('_')}".replace("_", "-")

    @property
    def group(self) -> str:
        """What it is about."""
        return self.act.__module__.rpartition(".")[2]

    @property
    def says(self) -> str:
        """What it is for, in a paragraph."""
        return inspect.getdoc(self.act) or ""

    @cached_property
    def _hints(self) -> Mapping[str, Any]:
        return get_type_hints(self.act, include_extras=True)

    @property
    def knows_who_calls(self) -> bool:
        """Whether it wants to know."""
        return "call" in self._hints

    @cached_property
    def parts(self) -> Mapping[str, TypeAdapter[Any]]:
        """The parts of the path."""
        return {name: TypeAdapter(hint) for name, hint in self._hints.items() if name not in _OWN}

    @property
    def query(self) -> type[Value] | None:
        """What may stand after the question mark."""
        return self._hints.get("query")

    @property
    def body(self) -> type[Value] | None:
        """What must be sent; see `patches`."""
        return None if self.patches else self._hints.get("body")

    @property
    def patches(self) -> bool:
        """Whether a merge patch must be sent."""
        return bool(self._hints.get("body") == MERGE_PATCH)

    @property
    def must_match(self) -> bool:
        """Whether the caller must say what they have read."""
        return "if_match" in self._hints

    @cached_property
    def gives(self) -> type[Value] | None:
        """What an answer is."""
        hint = self._hints.get("return")
        if get_origin(hint) is Tagged:
            (hint,) = get_args(hint)
        return hint if isinstance(hint, type) and issubclass(hint, BaseModel) else None  # type: ignore[return-value]
