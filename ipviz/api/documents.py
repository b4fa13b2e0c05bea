"""The OpenAPI document as values that a page can tell: operations, what they take, and shapes."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

JSON = "application/json"
CHOICES = re.compile(r"(?:^|\n\n)\* `")
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Kind:
    """Of a value, in words; `shape` is the name of one where those do not say it all."""

    words: str
    shape: str = ""
    null: bool = False


@dataclass(frozen=True)
class Field:
    name: str
    kind: Kind
    about: str
    required: bool
    place: str = "body"
    """Of a parameter: path or query."""


@dataclass(frozen=True)
class Shape:
    name: str
    about: str
    fields: Sequence[Field]


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    about: str
    parameters: Sequence[Field]
    sent: Kind | None
    answer: Kind | None
    answers: Sequence[tuple[str, str]]
    """Each status with what it means."""
    sent_example: str
    answer_example: str


@dataclass(frozen=True)
class Document:
    operations: Mapping[str, Sequence[Operation]]
    """By the first word of their paths."""
    shapes: Sequence[Shape]


@cache
def document() -> Document:
    """It is the same for as long as the process runs."""
    # drf-spectacular has no types for it.
    told = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # drf-spectacular has no types
    components = told["components"]["schemas"]
    grouped: dict[str, list[Operation]] = {}
    for path, methods in told["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                grouped.setdefault(operation["tags"][0], []).append(
                    _operation(method, path, operation, components)
                )
    return Document(grouped, tuple(_shapes(components)))


def _operation(method: str, path: str, told: Mapping[str, Any], components: Mapping[str, Any]) -> Operation:
    done = [body for status, body in told["responses"].items() if status < "300"]
    sent, answer = _content(told.get("requestBody", {})), _content(done[0])
    return Operation(
        name=told["operationId"],
        method=method.upper(),
        path=path,
        about=_about(told),
        parameters=[
            Field(
                each["name"],
                _kind(each["schema"], components),
                _about(each),
                each.get("required", False),
                each["in"],
            )
            for each in sorted(told.get("parameters", ()), key=lambda each: str(each["in"]))
        ],
        sent=_kind(sent["schema"], components) if sent else None,
        answer=_kind(answer["schema"], components) if answer else None,
        answers=[(status, body["description"]) for status, body in sorted(told["responses"].items())],
        sent_example=_example(sent),
        answer_example=_example(answer),
    )


def _about(told: Mapping[str, Any]) -> str:
    """Without the list of choices, which the kind has."""
    text: str = told.get("description", "")
    return CHOICES.split(text)[0]


def _content(body: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = body.get("content", {}).get(JSON, {})
    return found


def _example(content: Mapping[str, Any]) -> str:
    values = [each["value"] for each in content.get("examples", {}).values()]
    return json.dumps(values[0], indent=2, ensure_ascii=False) if values else ""


def _shapes(components: Mapping[str, Any]) -> Iterator[Shape]:
    for name, told in sorted(components.items()):
        if "properties" in told and _page_of(told) is None:
            needed = told.get("required", ())
            fields = [
                Field(each, _kind(schema, components), _about(schema), each in needed)
                for each, schema in told["properties"].items()
            ]
            yield Shape(name, _about(told), fields)


def _page_of(told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a page of a list holds; None for what is none."""
    found: Mapping[str, Any] | None = told.get("properties", {}).get("results", {}).get("items")
    return found


def _kind(told: Mapping[str, Any], components: Mapping[str, Any]) -> Kind:
    if "$ref" in told:
        return _named(told["$ref"].rpartition("/")[2], components)
    if several := told.get("oneOf") or told.get("allOf"):
        return _either([_kind(each, components) for each in several])
    if "enum" in told:
        return Kind(
            ", ".join(str(each) for each in told["enum"] if each is not None), null=None in told["enum"]
        )
    types = told.get("type", "anything")
    return _either(
        [_worded(each, told, components) for each in ([types] if isinstance(types, str) else types)]
    )


def _either(kinds: Sequence[Kind]) -> Kind:
    return Kind(
        " or ".join(each.words for each in kinds if each.words),
        next((each.shape for each in kinds if each.shape), ""),
        any(each.null for each in kinds),
    )


def _named(name: str, components: Mapping[str, Any]) -> Kind:
    shape = components[name]
    if (of := _page_of(shape)) is not None:
        return Kind("a page of", _kind(of, components).shape)
    return Kind("", name) if "properties" in shape else _kind(shape, components)


def _worded(kind: str, told: Mapping[str, Any], components: Mapping[str, Any]) -> Kind:
    if kind == "null":
        return Kind("", null=True)
    if kind == "array":
        of = _kind(told["items"], components)
        return Kind(f"list of {of.words}".strip(), of.shape)
    if kind == "object" and isinstance(told.get("additionalProperties"), dict):
        of = _kind(told["additionalProperties"], components)
        return Kind(f"by name, {of.words}", of.shape)
    words = {"date-time": "moment", "date": "day", "string": "text", "boolean": "true or false"}
    return Kind(words.get(told.get("format", ""), words.get(kind, kind)))
