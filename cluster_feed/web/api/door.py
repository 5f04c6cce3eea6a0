"""Let a call in: who it is by their token, what they want by the table, then the operation."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from http import HTTPMethod, HTTPStatus
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, TypeAdapter, ValidationError

from cluster_feed.core import errors
from cluster_feed.core.errors import FeedError
from cluster_feed.core.value import Value
from cluster_feed.web.api import problem
from cluster_feed.web.api.caller import caller
from cluster_feed.web.api.operation import MERGE_PATCH, Call, Operation, Tagged, tag_of
from cluster_feed.web.asked import moment

PREFIX: Final = "api/v1/"
_JSON: Final = "application/json"
_PATCH: Final = "application/merge-patch+json"
_MERGE_PATCH: Final = TypeAdapter(MERGE_PATCH)


def paths(operations: Iterable[Operation]) -> list[URLPattern]:
    """Make Django's table of the API's."""
    by_path: defaultdict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        by_path[operation.path].append(operation)
    return [
        path(PREFIX + _django(at), _door(known), name=name_of(at)) for at, known in by_path.items()
    ]


def name_of(at: str) -> str:
    """Name an address for the table: `api-assets-sha256-caption`."""
    return "api-" + at.replace("{", "").replace("}", "").replace("/", "-").replace(".", "-")


def is_called(request: HttpRequest) -> bool:
    """Whether a request is a program's, who reads no pages."""
    return request.path.startswith("/api/")


def _django(at: str) -> str:
    return at.replace("{", "<str:").replace("}", ">")


def _door(known: Collection[Operation]) -> Callable[..., HttpResponse]:
    by_method = {operation.method: operation for operation in known}
    if HTTPMethod.GET in by_method:
        by_method[HTTPMethod.HEAD] = by_method[HTTPMethod.GET]
    allowed = ", ".join(by_method)

    @csrf_exempt  # a browser sends no token of its own accord
    def door(request: HttpRequest, **parts: str) -> HttpResponse:
        try:
            operation = by_method.get(request.method)  # type: ignore[call-overload]
            if operation is None:
                return problem.answer(request, errors.WrongMethod(known=allowed), Allow=allowed)
            return _answer(request, operation, parts)
        except errors.TokenNeeded as error:
            return problem.answer(request, error, **{"WWW-Authenticate": "Bearer"})
        except FeedError as error:
            return problem.answer(request, error)

    return door


def _answer(request: HttpRequest, operation: Operation, parts: dict[str, str]) -> HttpResponse:
    given: dict[str, Any] = {}
    if operation.roles:
        person = caller(request, moment())
        request.user = person
        if person.part not in operation.roles:
            raise errors.NotYourPart(person=person.name)
        if operation.knows_who_calls:
            given["call"] = Call(person, moment())
    for name, adapter in operation.parts.items():
        try:
            given[name] = adapter.validate_python(parts[name])
        except ValidationError as error:
            raise errors.NoSuchAddress from error
    if operation.query:
        given["query"] = _query(operation.query, request.GET)
    if operation.must_match:
        given["if_match"] = _if_match(request)
    if operation.body:
        given["body"] = _read(request, operation.body)
    if operation.patches:
        given["body"] = _read_patch(request)
    return _said(request, operation.act(**given))


def _query(model: type[Value], asked: QueryDict) -> Value:
    try:
        return model.model_validate(asked.dict())
    except ValidationError as error:
        raise problem.not_understood(model, error) from error


def _read(request: HttpRequest, model: type[Value]) -> Value:
    try:
        return model.model_validate_json(_body(request, _JSON))
    except ValidationError as error:
        raise problem.not_understood(model, error) from error


def _read_patch(request: HttpRequest) -> dict[str, Any]:
    try:
        return _MERGE_PATCH.validate_json(_body(request, _PATCH))
    except ValidationError as error:
        raise problem.not_understood(BaseModel, error) from error


def _body(request: HttpRequest, wanted: str) -> bytes:
    if request.content_type not in {wanted, _JSON}:
        raise errors.WrongType(wanted=wanted)
    try:
        return request.body
    except RequestDataTooBig as error:
        raise errors.BodyTooLarge from error


def _if_match(request: HttpRequest) -> str:
    """Give the tag; "*" is no tag of what was read.

    A server on the way that compresses makes a tag weak, so that a weak one is as good.
    """
    given = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not given or given == "*":
        raise errors.IfMatchNeeded
    return given


def _said(request: HttpRequest, came: BaseModel | Tagged[Any] | None) -> HttpResponse:
    if came is None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    value, tag = came if isinstance(came, Tagged) else (came, tag_of(came))
    known = {each.strip().removeprefix("W/") for each in _if_none_match(request)}
    if request.method in {"GET", "HEAD"} and f'"{tag}"' in known:
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    else:
        response = HttpResponse(value.model_dump_json().encode(), content_type=_JSON)
    response["ETag"] = f'"{tag}"'
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Authorization, Accept-Language"
    return response


def _if_none_match(request: HttpRequest) -> list[str]:
    return request.headers.get("If-None-Match", "").split(",")
