"""A state as clients read it: every wire key of the source state is written here (contract 5.1). Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Any

from accounts.dates import format_date
from trackers.state import Gps, Gsm, Scalar, State

# Most parts of a state are of one report, and many states of one second.
kept_date = lru_cache(maxsize=8192)(format_date)


class StateFormat(StrEnum):
    """How much of a state a client wants."""

    FULL = "full"
    COMPACT = "compact"


def render_state(state: State, form: StateFormat, zone: tzinfo, *, iso: bool) -> dict[str, Any]:
    """The state's wire form, dates in `zone`.

    A full state has every key that is not optional, null where unknown (contract 7.6); a compact one has the
    twelve keys of the newest version (7.7).
    """

    def date(moment: datetime | None) -> str | None:
        return None if moment is None else kept_date(moment, zone, iso=iso)

    fields = {
        "source_id": state.source_id,
        "gps": _render_gps(state.gps, date(state.gps.updated) if state.gps else None),
        "connection_status": state.connection_status,
        "movement_status": state.movement_status,
        "movement_status_update": date(state.movement_status_update),
        "last_update": date(state.last_update),
        "inputs": state.inputs,
        "inputs_update": date(state.inputs_update),
        "outputs": state.outputs,
        "outputs_update": date(state.outputs_update),
    }
    if state.ignition is not None:
        fields |= {"ignition": state.ignition, "ignition_update": date(state.ignition_update)}
    if form is StateFormat.COMPACT:
        return fields
    return fields | {
        "gsm": _render_gsm(state.gsm, date(state.gsm.updated)) if state.gsm else None,
        "battery_level": state.battery_percent,
        "battery_update": date(state.battery_update),
        "additional": {
            name: {"value": value_text(attribute.value), "updated": date(attribute.updated)}
            for name, attribute in state.additional.items()
        },
        "actual_track_update": date(state.actual_track_update),
    }


def _render_gps(gps: Gps | None, updated: str | None) -> dict[str, Any]:
    """Before the first fix the keys are there with nulls: clients index them (contract 7.6)."""
    if gps is None:
        empty = ("updated", "signal_level", "location", "heading", "speed", "alt")
        return dict.fromkeys(empty)
    fields: dict[str, Any] = {
        "updated": updated,
        "signal_level": gps.signal_percent,
        "location": {"lat": gps.latitude, "lng": gps.longitude},
        "heading": gps.heading_degrees,
        "speed": gps.speed_kmh,
        "alt": gps.altitude_m,
    }
    if gps.precision_m is not None:
        fields["precision"] = gps.precision_m
    if gps.is_cell_based:
        fields["gsm_lbs"] = True
    return fields


def _render_gsm(gsm: Gsm, updated: str | None) -> dict[str, Any]:
    return {
        "updated": updated,
        "signal_level": gsm.signal_percent,
        "network_name": gsm.network_name,
        "roaming": gsm.roaming,
    }


def value_text(value: Scalar) -> str | None:
    """A value of an attribute as clients compare it: text (contract 7.20)."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
