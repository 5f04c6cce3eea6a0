"""The OpenAPI 3.1 document, drawn from the table of operations and their values."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from pydantic import TypeAdapter

from cluster_feed import __version__
from cluster_feed.core import errors
from cluster_feed.core.value import digest
from cluster_feed.web.api import problem
from cluster_feed.web.api.operation import Operation

Json = dict[str, Any]
_Mode = Literal["validation", "serialization"]
_REF: Final = "#/components/schemas/{model}"
_SECURITY: Final = "token"
_PROBLEM: Final = "problem"


class Document:
    """Serves the document of a table of operations."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._operations = tuple(operations)
        self._content = cache(self._made)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Give the document to anybody: it holds nothing of the installation."""
        if request.method not in {"GET", "HEAD"}:
            return problem.answer(request, errors.WrongMethod(known="GET, HEAD"), Allow="GET, HEAD")
        response = HttpResponse(self._content(), content_type="application/json")
        response["ETag"] = f'"{digest(self._content())}"'
        return response

    def _made(self) -> bytes:
        return json.dumps(document(self._operations), ensure_ascii=False).encode()


def document(operations: Iterable[Operation]) -> Json:
    """Describe the operations."""
    known = tuple(operations)
    schemas, components = TypeAdapter.json_schemas(list(_values(known)), ref_template=_REF)
    paths: Json = {}
    for each in known:
        paths.setdefault(f"/api/v1/{each.path}", {})[each.method.lower()] = _operation(
            each, schemas
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cluster Feed",
            "version": __version__,
            "summary": "The department's desk for other programs",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": components.get("$defs", {}),
            "securitySchemes": {_SECURITY: {"type": "http", "scheme": "bearer"}},
            "responses": {
                _PROBLEM: {
                    "description": "Why not (RFC 9457)",
                    "content": {
                        problem.CONTENT_TYPE: {"schema": schemas[problem.Problem, "serialization"]}
                    },
                }
            },
        },
    }


def _values(operations: Iterable[Operation]) -> Iterator[tuple[Any, _Mode, TypeAdapter[Any]]]:
    """Give what must be described, as it is taken or as it is given."""
    yield problem.Problem, "serialization", TypeAdapter(problem.Problem)
    for each in operations:
        if each.gives:
            yield each.gives, "serialization", TypeAdapter(each.gives)
        if each.body:
            yield each.body, "validation", TypeAdapter(each.body)


def _operation(operation: Operation, schemas: Mapping[tuple[Any, _Mode], Json]) -> Json:
    summary, _, more = operation.says.partition("\n\n")
    parameters = [*_parts(operation), *_query(operation), *_headers(operation)]
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.group],
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": summary,
                "content": {
                    "application/json": {"schema": schemas[operation.gives, "serialization"]}
                },
            },
            "default": {"$ref": f"#/components/responses/{_PROBLEM}"},
        },
    }
    if more:
        described["description"] = more
    if operation.roles:
        described["security"] = [{_SECURITY: []}]
        described["x-roles"] = sorted(role.value for role in operation.roles)
    if operation.body:
        content = {"application/json": {"schema": schemas[operation.body, "validation"]}}
        described["requestBody"] = {"required": True, "content": content}
    if operation.patches:
        content = {"application/merge-patch+json": {"schema": {"type": "object"}}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parts(operation: Operation) -> Iterator[Json]:
    for name, adapter in operation.parts.items():
        yield {"name": name, "in": "path", "required": True, "schema": adapter.json_schema()}


def _query(operation: Operation) -> Iterator[Json]:
    if not operation.query:
        return
    schema = operation.query.model_json_schema(ref_template=_REF)
    definitions = schema.get("$defs", {})
    for name, described in schema["properties"].items():
        yield {"name": name, "in": "query", "schema": _inlined(described, definitions)}


def _inlined(schema: Any, definitions: Mapping[str, Json]) -> Any:  # noqa: ANN401  JSON
    """Put the few enumerations of a query where they are named; nobody asks for null."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema if each != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        return definitions[reference.rpartition("/")[2]]
    kept = {name: each for name, each in schema.items() if (name, each) != ("default", None)}
    return {name: _inlined(each, definitions) for name, each in kept.items()}


def _headers(operation: Operation) -> Iterator[Json]:
    if operation.must_match:
        described = {"type": "string", "description": "The ETag of what was read"}
        yield {"name": "If-Match", "in": "header", "required": True, "schema": described}
