"""What does a place cost among many zones, in CPU?

Usage: python benchmarks/zones.py [--places N]
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from alerts.geometry.index import ZoneIndex  # noqa: E402
from alerts.geometry.places import Place  # noqa: E402
from alerts.geometry.shapes import Circle, Polygon, Sausage, Shape  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

ROUNDS = 5
MARGIN_M = 20.0
COUNTS = (10, 100, 1000, 10_000)
POINTS = (4, 20, 100, 500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=500, help="that are judged in each round")
    places = list(_places(parser.parse_args().places, Random(1)))
    print(machine())
    print_table(["", "µs CPU"], [*_many(places), *_large()])


def _places(count: int, dice: Random) -> Iterator[Place]:
    return (Place(dice.uniform(46, 48.5), dice.uniform(16, 22)) for _ in range(count))


def _many(places: list[Place]) -> Iterator[list[str]]:
    """A place among circles of 50 m to 2 km all over a country."""
    for count in COUNTS:
        dice = Random(count)
        shapes: dict[int, Shape] = {
            number: Circle(place, 10 ** dice.uniform(1.7, 3.3)) for number, place in enumerate(_places(count, dice))
        }
        index = ZoneIndex.of(shapes)

        def judge(index: ZoneIndex = index, shapes: dict[int, Shape] = shapes) -> None:
            for place in places:
                for zone_id in index.near(place, MARGIN_M):
                    shapes[zone_id].contains(place)

        yield [f"a place among {count} zones", f"{_cost_us(judge) / len(places):.1f}"]


def _large() -> Iterator[list[str]]:
    """A place in the box of one zone with many points."""
    place = Place(47.003, 19.002)
    circle = Circle(Place(47, 19), 500)
    yield ["a circle", f"{_several(lambda: circle.contains(place)):.1f}"]
    for count in POINTS:
        angles = [2 * math.pi * number / count for number in range(count)]
        ring = Polygon([Place(47 + math.sin(one) / 100, 19 + math.cos(one) / 100) for one in angles])
        road = Sausage([Place(47 + number / count / 100, 19 + math.sin(number) / 100) for number in range(count)], 50)
        yield [f"a polygon of {count} points", f"{_several(lambda ring=ring: ring.contains(place)):.1f}"]  # type: ignore[misc]
        yield [f"a sausage of {count} points", f"{_several(lambda road=road: road.contains(place)):.1f}"]  # type: ignore[misc]


def _several(function: Callable[[], object], times: int = 300) -> float:
    return _cost_us(lambda: [function() for _ in range(times)]) / times


def _cost_us(function: Callable[[], object]) -> float:
    """Microseconds of CPU, the least of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        function()
        rounds.append(time.process_time() - start)
    return min(rounds) * 1e6


if __name__ == "__main__":
    main()
