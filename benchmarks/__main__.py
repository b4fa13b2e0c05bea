"""`make bench`: what the program costs, as ratios to something that everybody knows, each from one run."""

import sys

from benchmarks import parsing, reading
from benchmarks.fleet import Fleet
from benchmarks.server import serving


def main() -> bool:
    """Print all measures; say whether all of those that have a goal meet it."""
    fleet = Fleet(addresses=100_000, services=10_000)
    with serving(fleet) as url:
        parsing.measure(url)
        return reading.measure(fleet, url)


if __name__ == "__main__":
    sys.exit(not main())
