"""Parts of the API's description: JSON Schemas and operations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exporters.api import DEFAULT_LIMIT, MAX_LIMIT, Filter
from probes.vocabulary import Blame, Stage

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}
RATIO: Json = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
TIME: Json = {"type": "string", "format": "date-time"}
TIME_OR_NONE: Json = {"type": ["string", "null"], "format": "date-time"}
TEXT_OR_NONE: Json = {"type": ["string", "null"]}
COUNT_OR_NONE: Json = {"type": ["integer", "null"], "minimum": 0}
NUMBER_OR_NONE: Json = {"type": ["number", "null"]}


def get(text: str, schema: str, filters: Iterable[Filter] = ()) -> Json:
    """Reading a document or, with filters, a page of a list."""
    parameters = [_parameter(one) for one in filters]
    if parameters:
        parameters += [
            query_parameter("limit", "Items on a page", _number(DEFAULT_LIMIT, 1, MAX_LIMIT)),
            query_parameter(
                "offset", "Items to pass over", {"type": "integer", "minimum": 0, "default": 0}
            ),
        ]
    answers = {
        "200": answer("The answer", schema),
        "503": answer("No figures yet: the service is starting", "Error"),
    }
    if parameters:
        answers["400"] = answer("A parameter is not understood", "Error")
    return {"get": {"summary": text, "parameters": parameters, "responses": answers}}


def get_one(text: str, schema: str, parameter: Json) -> Json:
    """Reading one thing, named in the path."""
    return {
        "get": {
            "summary": text,
            "parameters": [parameter],
            "responses": {
                "200": answer("The answer", schema),
                "404": answer("There is none of this id", "Error"),
                "503": answer("No figures yet: the service is starting", "Error"),
            },
        }
    }


def post(
    text: str,
    body: Json,
    done: tuple[int, str],
    *,
    parameters: Sequence[Json] = (),
    refused: Mapping[int, str],
) -> Json:
    """Sending a JSON document; `done` is the status and schema of what comes back."""
    status, schema = done
    common = {
        400: "A field is not understood",
        403: "Sent by another site's page, or past the proxy that names users",
        415: "No application/json",
    }
    answers = {str(status): answer("It is done", schema)}
    for number, why in sorted((common | dict(refused)).items()):
        answers[str(number)] = answer(why, "Error")
    return {
        "post": {
            "summary": text,
            "parameters": list(parameters),
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": answers,
        }
    }


def path_parameter(name: str, text: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def _parameter(one: Filter) -> Json:
    return query_parameter(one.name, one.text, enum(one.values) if one.values else TEXT)


def query_parameter(name: str, text: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": text, "schema": schema}


def _number(default: int, low: int, high: int) -> Json:
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


def answer(text: str, schema: str) -> Json:
    content = {"application/json": {"schema": ref(schema)}}
    return {"description": text, "content": content}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def enum(members: Iterable[Any]) -> Json:
    return {"type": "string", "enum": [member.value for member in members]}


def object_of(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def list_of(items: Json) -> Json:
    return {"type": "array", "items": items}


def or_none(schema: Json) -> Json:
    return {"oneOf": [schema, {"type": "null"}]}


FAILURE = object_of(stage=enum(Stage), reason=TEXT, blame=enum(Blame), evidence=TEXT)
