"""Dates as the API writes them (api §1.4). Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo


def format_date(moment: datetime, zone: tzinfo, *, iso: bool) -> str:
    """An aware moment in `zone`: `2024-05-02 08:15:00`, or ISO 8601 with offset, `Z` for a zone at UTC."""
    local = moment.astimezone(zone)
    if not iso:
        return local.isoformat(" ", "seconds")[:19]
    text = local.isoformat(timespec="seconds")
    return text[:-6] + "Z" if text.endswith("+00:00") else text
