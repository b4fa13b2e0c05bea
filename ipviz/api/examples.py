"""What was once sent to each operation and answered, for its description; a test asks the same again."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("examples.json")


@cache
def examples() -> dict[str, dict[str, Any]]:
    """`answer`, and `sent` where something is, by the name of the operation."""
    told: dict[str, dict[str, Any]] = json.loads(FILE.read_text())
    return told


def show_examples(operation: dict[str, Any]) -> None:
    """Put them where OpenAPI has them."""
    example = examples().get(operation["operationId"], {})
    done = [body for status, body in operation["responses"].items() if status < "300"]
    for part, bodies in (("sent", [operation.get("requestBody", {})]), ("answer", done)):
        for body in bodies:
            for content in body.get("content", {}).values() if part in example else ():
                content["examples"] = {"example": {"value": example[part]}}
