"""Addresses in the cells of reports, by the places that these tell (records §9.4). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Place = tuple[float, float]
"""Latitude and longitude in degrees."""


def place_text(place: Place) -> str:
    """A place of which no address is known."""
    return f"{place[0]:.6f}, {place[1]:.6f}"


def places_in(sheets: Sequence[Mapping[str, Any]]) -> set[Place]:
    """All places that are told."""
    return {_place_of(cell) for cell in _cells(sheets)}


def tell_addresses(sheets: Sequence[Mapping[str, Any]], known: Mapping[Place, str], *, has_coordinates: bool) -> None:
    """Writes addresses into the texts of cells: behind a time, and in place of mere coordinates."""
    for cell in _cells(sheets):
        place = _place_of(cell)
        coordinates, address = place_text(place), known.get(place)
        told = address or coordinates
        if address and has_coordinates:
            told = f"{address} ({coordinates})"
        if cell["v"] == coordinates:
            cell["v"] = told
        elif address or has_coordinates:
            cell["v"] = f"{cell['v']} - {told}"


def _cells(sheets: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for sheet in sheets:
        for section in sheet["sections"]:
            for block in section.get("data", ()):
                for row in block["rows"]:
                    yield from (cell for cell in row.values() if "location" in cell)


def _place_of(cell: Mapping[str, Any]) -> Place:
    return cell["location"]["lat"], cell["location"]["lng"]
