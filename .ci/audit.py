"""What we rest on: known faults, what is newer, and under which licences it may be used.

    python .ci/audit.py            # ends with 1 where a pin has a known fault, or a licence is none of ours
    python .ci/audit.py licences   # prints docs/licences.md

pip-audit asks the index for known faults. Where its data can't be reached, what is left to go by is the
list of pins that have a newer version: told and never a failure, or the check would fail by itself.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "requirements.txt"
PATIENCE_SECONDS = 120
ALLOWED = re.compile(
    r"(MIT|MIT-CMU|0BSD|BSD|BSD-[23]-Clause|BSD 3-Clause|Apache(-2\.0| Software)|PSF-2\.0"
    r"|Python Software Foundation|MPL-2\.0|Mozilla Public|LGPL-3\.0|ISC|Zlib|CC0-1\.0)"
)
"""What a program under Apache-2.0 may be shipped with, as whole packages that are not changed."""

HEAD = """# Licences

ipviz itself is under Apache-2.0. What it needs to run, and the licence that each package tells; written by
`python .ci/audit.py licences`, and compared by the suite. Nothing of it is in the repository.

| package | licence |
| --- | --- |
"""


def pinned() -> dict[str, str]:
    """The version of each package that the program needs, here on this Python."""
    found = {}
    for line in PINS.read_text().splitlines():
        if match := re.match(r"([a-z0-9-]+)==([^;\s]+)", line):
            found[match[1]] = match[2]
    return found


def told(*command: str) -> Any:
    """What a program of this environment answers, as JSON; None where it gives no answer."""
    try:
        answer = subprocess.run(
            [sys.executable, "-m", *command], capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        return json.loads(answer.stdout)
    except (ValueError, subprocess.TimeoutExpired):
        return None


def licences() -> dict[str, str]:
    """What each package tells, of those that are needed here: some are pinned for another Python."""
    answer = told("piplicenses", "--from", "mixed", "--format", "json", "--packages", *pinned())
    return {normal(each["Name"]): each["License"] for each in answer}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licences_page() -> str:
    return HEAD + "".join(f"| {name} | {licence} |\n" for name, licence in sorted(licences().items()))


def known_faults() -> list[str] | None:
    """Each in one line; None where nobody could tell."""
    options = ("--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")
    answer = told("pip_audit", "--requirement", str(PINS), *options)
    looked_at = [each for each in (answer or {}).get("dependencies", ()) if "skip_reason" not in each]
    if not looked_at:
        return None
    return [
        f"{each['name']} {each['version']}: {fault['id']}, mended in {fault['fix_versions'] or 'none'}"
        for each in looked_at
        for fault in each["vulns"]
    ]


def newer() -> list[str] | None:
    """The pins of which there is a newer version; None where nobody could tell."""
    answer = told("pip", "list", "--outdated", "--format", "json")
    if answer is None:
        return None
    pins = pinned()
    named = {normal(each["name"]): each["latest_version"] for each in answer}
    return [f"{name} {pins[name]}: {latest} is out" for name, latest in sorted(named.items()) if name in pins]


def main() -> int:
    strange = [f"{name}: {licence}" for name, licence in licences().items() if not ALLOWED.match(licence)]
    faults = known_faults()
    tell("Licences that need a look", strange)
    if faults is None:
        sys.stdout.write(
            "Known faults: the data can't be reached from here; what is newer than our pins, then:\n"
        )
        tell("Newer versions", newer())
    else:
        tell("Known faults", faults)
    return 1 if strange or faults else 0


def tell(what: str, lines: list[str] | None) -> None:
    if lines is None:
        lines = ["the index can't be reached"]
    sys.stdout.write(f"{what}: {'; '.join(lines) or 'none'}\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["licences"]:
        sys.stdout.write(licences_page())
    else:
        sys.exit(main())
