"""The page's styles, read as text: they hold for languages of either direction."""

from __future__ import annotations

import re

from config.places import ROOT

STYLES = ROOT / "events" / "static" / "events"
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
SIDES = re.compile(r"\b(?:padding|margin): *[^\s;]+ +([^\s;]+) +[^\s;]+ +([^\s;]+);")
"""Right and left, where a box says all four."""


def test_boxes_have_room_by_the_direction_of_writing() -> None:
    """Those that stay on their side are the map's own corners; the reference is written in English alone."""
    uneven = [
        f"{path.name}: {selector.strip()}"
        for path in sorted(STYLES.rglob("*.css"))
        if path.parent.name != "docs"
        for selector, body in RULE.findall(path.read_text())
        for right, left in SIDES.findall(body)
        if right != left and "maplibregl-ctrl-" not in selector
    ]
    assert uneven == []
