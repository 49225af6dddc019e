"""Dates as the API writes and reads them (contract 1.4). Pure."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def format_date(moment: datetime, zone: tzinfo, *, iso: bool) -> str:
    """An aware moment in `zone`: `2024-05-02 08:15:00`, or ISO 8601 with offset, `Z` for a zone at UTC."""
    local = moment.astimezone(zone)
    if not iso:
        return f"{local.year:04}-{local.month:02}-{local.day:02} {local:%H:%M:%S}"
    text = local.isoformat(timespec="seconds")
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def parse_date(text: str, zone: tzinfo = UTC) -> datetime:
    """The moment, in UTC, that `text` names in either format; plain text is meant in `zone`.

    Raises ValueError for anything else.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)
