"""Objects compared to the letter with what an API server says that it knows: no field beyond is let pass.

Newer servers do so themselves (`fieldValidation=Strict`), older ones drop such a field and say nothing.
"""

from typing import Any

from jsonschema_rs import Draft4Validator

from tests.envtest import ApiServer, Object


class Letter:
    """The OpenAPI description of one server."""

    def __init__(self, server: ApiServer) -> None:
        definitions: dict[str, Object] = server.request("GET", "/openapi/v2")["definitions"]
        self.definitions = {name: _closed(each) for name, each in definitions.items()}
        self.names = {
            (kind["group"], kind["version"], kind["kind"]): name
            for name, each in definitions.items()
            for kind in each.get("x-kubernetes-group-version-kind", ())
        }

    def knows(self, of: Object) -> bool:
        return _kind(of) in self.names

    def complaints(self, of: Object) -> list[str]:
        schema = {"$ref": f"#/definitions/{self.names[_kind(of)]}", "definitions": self.definitions}
        return [error.message for error in Draft4Validator(schema).iter_errors(of)]


def _kind(of: Object) -> tuple[str, str, str]:
    group, _, version = of["apiVersion"].rpartition("/")
    return group, version, of["kind"]


def _closed(schema: Any) -> Any:
    """The same, and nothing beside what it names."""
    closed = dict(schema)
    if closed.get("format") == "int-or-string":
        del closed["type"]
    if "properties" in closed:
        closed["properties"] = {name: _closed(each) for name, each in closed["properties"].items()}
        closed.setdefault("additionalProperties", False)
    if "items" in closed:
        closed["items"] = _closed(closed["items"])
    return closed
