"""Figures as bars: a picture in SVG that reads on light and dark pages, with its figures as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import median

ROW_PX = 30
BAR_PX = 16
NAMES_PX = 240
BARS_PX = 330
FIGURES_PX = 60
TOP_PX = 34
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #333 }
.bar { fill: #8a9bb0 } .ours { fill: #1769aa } .span { stroke: #333; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .span { stroke: #ddd } .ours { fill: #5aa9e6 } }
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """What a row shows: the median, and from the lowest to the highest."""

    name: str
    figures: Sequence[float]


def picture(title: str, bars: Sequence[Bar]) -> str:
    """The bars, the smallest first; the first that is given stands out."""
    ours, ordered = bars[0], sorted(bars, key=lambda bar: median(bar.figures))
    scale = BARS_PX / max(max(bar.figures) for bar in bars)
    width, height = NAMES_PX + BARS_PX + FIGURES_PX, TOP_PX + ROW_PX * len(bars) + 6
    told = "; ".join(f"{bar.name} {median(bar.figures):.1f}" for bar in ordered)
    rows = [_row(bar, TOP_PX + ROW_PX * at, scale, is_ours=bar is ours) for at, bar in enumerate(ordered)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img"'
            ' aria-labelledby="title told">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="told">{escape(told)}</desc>',
            f"<style>{STYLE}</style>",
            f'<text x="0" y="16">{escape(title)}</text>',
            *rows,
            "</svg>\n",
        ]
    )


def _row(bar: Bar, top: float, scale: float, *, is_ours: bool) -> str:
    middle, end = top + BAR_PX / 2, NAMES_PX + median(bar.figures) * scale
    low, high = (NAMES_PX + edge(bar.figures) * scale for edge in (min, max))
    return (
        f'<text x="{NAMES_PX - 8}" y="{middle + 4:g}" text-anchor="end">{escape(bar.name)}</text>'
        f'<rect class="{"ours" if is_ours else "bar"}" x="{NAMES_PX}" y="{top:g}"'
        f' width="{end - NAMES_PX:.1f}" height="{BAR_PX}"/>'
        f'<line class="span" x1="{low:.1f}" x2="{high:.1f}" y1="{middle:g}" y2="{middle:g}"/>'
        f'<text x="{max(end, high) + 8:.1f}" y="{middle + 4:g}">{median(bar.figures):.1f}</text>'
    )
