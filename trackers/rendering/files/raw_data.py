"""Reports as they came, a line of CSV each (history §6). Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from trackers.engine.last_reports import NO_FIX
from trackers.engine.past import POSITION, PastReport
from trackers.engine.replay import INPUTS, said_by
from trackers.rendering.files.cells import row

OUTPUTS = "output_status"
TIME = "msg_time"
UNKNOWN_SATELLITES, UNKNOWN_SIGNAL = -1, 99
BOXES = ("flags", "discrete_inputs", "discrete_outputs", "inputs", "states")
MAX_COLUMNS = 1000
"""Of a box that is spread out; of more the last ones by name are left out."""
# What has a column of its own, or is not what a device measured.
_ELSEWHERE = POSITION | {INPUTS, OUTPUTS, "fix_type", "event_id", "network_name", "roaming", "gsm_level"}
# What the older calls name otherwise than the generic protocol does.
_INPUT_NAMES = {"hardware_mileage": "hw_mileage"}
_INDEXED = re.compile(r"(.*_)([0-9]+)")

Said = Mapping[str, Any]


def _fix_type(report: PastReport, said: Said) -> str:
    if report.point is not None:
        return "HAS_FIX"
    if said.get("fix_type") == NO_FIX:
        return "NO_FIX"
    return "LAST_KNOWN_POSITION" if "latitude" in said else "UNKNOWN"


def _of_point(attribute: str, name: str, unknown: Any = None) -> Callable[[PastReport, Said], Any]:
    def read(report: PastReport, said: Said) -> Any:
        value = said.get(name) if report.point is None else getattr(report.point, attribute)
        return unknown if value is None else value

    return read


def _said(name: str, unknown: Any = None) -> Callable[[PastReport, Said], Any]:
    return lambda report, said: said.get(name, unknown)


SIMPLE: Mapping[str, Callable[[PastReport, Said], Any]] = {
    # When it came is not kept.
    "server_time": lambda report, said: None,
    "gps_fix_type": _fix_type,
    "lat": _of_point("latitude", "latitude"),
    "lng": _of_point("longitude", "longitude"),
    "speed": _of_point("speed_kmh", "speed"),
    "alt": _of_point("altitude_m", "altitude"),
    "satellites": _of_point("satellites", "satellites", UNKNOWN_SATELLITES),
    "heading": _of_point("heading_degrees", "heading"),
    "precision": _of_point("precision_m", "precision"),
    "hdop": _said("hdop"),
    "pdop": _said("pdop"),
    "event_id": _said("event_id"),
    "mn_name": _said("network_name"),
    "mn_roaming": _said("roaming"),
    "mn_code": lambda report, said: None,
    "mn_csq": lambda report, said: UNKNOWN_SIGNAL,
    "mn_type": lambda report, said: None,
}


def boxes_of(report: PastReport, said: Said) -> dict[str, dict[str, Any]]:
    """What a report said, by the box and the name in it."""
    point = report.point
    flags = {"location_valid": point is not None, "lbs": point is not None and point.is_cell_based, "soft_lbs": False}
    boxes: dict[str, dict[str, Any]] = {"flags": flags, "inputs": {}, "states": {}}
    boxes["discrete_inputs"] = _bits(said.get(INPUTS))
    boxes["discrete_outputs"] = _bits(said.get(OUTPUTS))
    for name, value in said.items():
        if name not in _ELSEWHERE:
            box = "inputs" if isinstance(value, int | float) and not isinstance(value, bool) else "states"
            boxes[box][_INPUT_NAMES.get(name, name)] = value
    return boxes


def _bits(bits: Any) -> dict[str, int]:
    """Each that was told of, as 0 or 1; how many there are beyond the last one that is on is not kept."""
    if not isinstance(bits, int):
        return {}
    return {str(number + 1): bits >> number & 1 for number in range(max(1, bits.bit_length()))}


def spread(columns: Iterable[str], reports: Iterable[PastReport]) -> list[str]:
    """The columns with the names of all that occurs in the reports in the place of `box.*`."""
    wanted = list(columns)
    boxes = {name.removesuffix(".*") for name in wanted if name.endswith(".*")}
    names: dict[str, set[str]] = {box: set() for box in boxes}
    for report in reports if boxes else ():
        found = boxes_of(report, said_by(report))
        for box in boxes & found.keys():
            names[box].update(found[box])
    return [one for name in wanted for one in _spread(name, names)]


def _spread(name: str, names: Mapping[str, set[str]]) -> list[str]:
    box = name.removesuffix(".*")
    if box == name:
        return [name]
    return [f"{box}.{one}" for one in sorted(names[box], key=_natural)[:MAX_COLUMNS]]


def _natural(name: str) -> tuple[int, str]:
    """By the alphabet, but numbers by their size."""
    return (int(name), "") if name.isascii() and name.isdigit() else (0, name)


def write_raw_data(reports: Iterable[PastReport], columns: list[str], zone: tzinfo) -> Iterator[bytes]:
    """The file, its first line the names of the columns."""
    shown = [name for name in columns if name != TIME]
    yield row([TIME, *shown]).encode()
    has_boxes = any(name.partition(".")[0] in BOXES for name in shown)
    for report in reports:
        said = said_by(report)
        boxes = boxes_of(report, said) if has_boxes else {}
        yield row([_date(report.time, zone), *(_value(name, report, said, boxes) for name in shown)]).encode()


def _value(name: str, report: PastReport, said: Said, boxes: Mapping[str, Mapping[str, Any]]) -> Any:
    if name in SIMPLE:
        return SIMPLE[name](report, said)
    box, dot, inner = name.partition(".")
    value: Any = boxes.get(box, {})
    value = value.get(inner) if dot else value or None
    return json.dumps(value) if isinstance(value, dict | list) else value


def _date(moment: datetime, zone: tzinfo) -> str:
    """As the vendor writes it here: the offset without a colon."""
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z")


def highest_of_families(names: Iterable[str]) -> list[str]:
    """The names by the alphabet; of those that differ in the number at their end only the one with the highest."""
    highest: dict[str, tuple[int, str]] = {}
    for name in names:
        match = _INDEXED.fullmatch(name)
        family, index = (match[1], int(match[2])) if match else (name, 0)
        highest[family] = max(highest.get(family, (-1, "")), (index, name))
    return sorted(name for _, name in highest.values())
