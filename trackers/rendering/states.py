"""A state as clients read it: every wire key of the source state is written here (api §5.1). Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from accounts.wire.dates import format_date
from trackers.engine.state import ConnectionStatus, Gps, Gsm, Scalar, State
from trackers.engine.trips import MovementStatus

WriteDate = Callable[[datetime | None], str | None]

MAX_KEPT_DATES = 8192
MAX_KEPT_ZONES = 1000


class Dates(dict[datetime, str]):
    """Moments as they are written in one zone: many states are of one moment. Of too many it starts anew."""

    def __init__(self, zone: tzinfo, iso: bool) -> None:
        super().__init__()
        self._zone = zone
        self._iso = iso

    def __missing__(self, moment: datetime) -> str:
        if len(self) >= MAX_KEPT_DATES:
            self.clear()
        text = self[moment] = format_date(moment, self._zone, iso=self._iso)
        return text


dates_of = lru_cache(maxsize=MAX_KEPT_ZONES)(Dates)


class StateFormat(StrEnum):
    """How much of a state a client wants."""

    FULL = "full"
    COMPACT = "compact"


class Location(msgspec.Struct, frozen=True, gc=False):
    lat: float
    lng: float


class GpsDocument(msgspec.Struct, frozen=True, gc=False):
    """Before the first fix the keys are there with nulls: clients index them (api §7.6)."""

    updated: str | None = None
    signal_level: int | None = None
    location: Location | None = None
    heading: int | None = None
    speed: int | None = None
    alt: int | None = None
    precision: int | UnsetType = UNSET
    gsm_lbs: bool | UnsetType = UNSET


class GsmDocument(msgspec.Struct, frozen=True, gc=False):
    """With nulls until it is told: devices of every model may tell, and clients index the keys (api §7.6)."""

    updated: str | None = None
    signal_level: int | None = None
    network_name: str | None = None
    roaming: bool | None = None


class AttributeDocument(msgspec.Struct, frozen=True, gc=False):
    value: str | None
    updated: str | None


class StateDocument(msgspec.Struct, frozen=True, gc=False):
    """The wire form of a state; what is not set is left out."""

    source_id: int
    gps: GpsDocument
    connection_status: ConnectionStatus
    movement_status: MovementStatus
    movement_status_update: str | None
    last_update: str | None
    inputs: tuple[bool, ...]
    inputs_update: str | None
    outputs: tuple[bool, ...]
    outputs_update: str | None
    ignition: bool | UnsetType = UNSET
    ignition_update: str | None | UnsetType = UNSET
    gsm: GsmDocument | UnsetType = UNSET
    battery_level: int | None | UnsetType = UNSET
    battery_update: str | None | UnsetType = UNSET
    additional: dict[str, AttributeDocument] | UnsetType = UNSET
    actual_track_update: str | None | UnsetType = UNSET


def render_state(state: State, form: StateFormat, zone: tzinfo, *, iso: bool) -> dict[str, Any]:
    """The state's wire form as a dictionary, dates in `zone`."""
    document: dict[str, Any] = msgspec.to_builtins(state_document(state, form, zone, iso=iso))
    return document


def state_document(state: State, form: StateFormat, zone: tzinfo, *, iso: bool) -> StateDocument:
    """The state's wire form, dates in `zone`.

    A full state has every key that is not optional, null where unknown (api §7.6); a compact one has the
    twelve keys of the newest version (7.7).
    """
    newest = state.last_update
    dates = dates_of(zone, iso)
    newest_text = None if newest is None else dates[newest]

    def date(moment: datetime | None) -> str | None:
        # Most parts are of the last report. To compare moments costs a fraction of what it costs to look one up.
        if moment is None or moment == newest:
            return None if moment is None else newest_text
        return dates[moment]

    gps, is_full = state.gps, form is StateFormat.FULL
    return StateDocument(
        state.source_id,
        NO_GPS if gps is None else _gps_document(gps, date(gps.updated)),
        state.connection_status,
        state.movement_status,
        date(state.movement_status_update),
        newest_text,
        state.inputs,
        date(state.inputs_update),
        state.outputs,
        date(state.outputs_update),
        UNSET if state.ignition is None else state.ignition,
        UNSET if state.ignition is None else date(state.ignition_update),
        _gsm_document(state.gsm, date) if is_full else UNSET,
        state.battery_percent if is_full else UNSET,
        date(state.battery_update) if is_full else UNSET,
        _attribute_documents(state, date) if is_full else UNSET,
        date(state.actual_track_update) if is_full else UNSET,
    )


NO_GPS = GpsDocument()
NO_GSM = GsmDocument()


def _gps_document(gps: Gps, updated: str | None) -> GpsDocument:
    return GpsDocument(
        updated,
        gps.signal_percent,
        Location(gps.latitude, gps.longitude),
        gps.heading_degrees,
        gps.speed_kmh,
        gps.altitude_m,
        UNSET if gps.precision_m is None else gps.precision_m,
        True if gps.is_cell_based else UNSET,
    )


def _gsm_document(gsm: Gsm | None, date: WriteDate) -> GsmDocument:
    if gsm is None:
        return NO_GSM
    return GsmDocument(date(gsm.updated), gsm.signal_percent, gsm.network_name, gsm.roaming)


def _attribute_documents(state: State, date: WriteDate) -> dict[str, AttributeDocument]:
    return {
        name: AttributeDocument(value_text(attribute.value), date(attribute.updated))
        for name, attribute in state.additional.items()
    }


def value_text(value: Scalar) -> str | None:
    """A value of an attribute as clients compare it: text (api §7.20)."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
