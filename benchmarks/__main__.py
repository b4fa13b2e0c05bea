"""`make bench`: what the program costs, as ratios to something that everybody knows, each from one run."""

import sys

from benchmarks import apart, judging, parsing, reading
from benchmarks.fleet import Fleet
from benchmarks.server import serving

DAYS = 365


def main() -> bool:
    """Print all measures; say whether all of those that have a goal meet it."""
    fleet = Fleet(addresses=100_000, services=10_000)
    with serving(fleet) as url:
        parsing.measure(url)
        met = [reading.measure(fleet, url), apart.run("storing", url)]
    met.append(apart.run("year", str(DAYS)))
    met += [
        judging.measure(),
        judging.measure_squatters(),
        judging.measure_changes(),
        apart.run("watching"),
        apart.run("announcing"),
    ]
    met += [apart.run("showing", on_postgres=True), apart.run("answering", on_postgres=True)]
    met.append(apart.run("dividing", on_postgres=True))
    return all(met)


if __name__ == "__main__":
    sys.exit(not main())
