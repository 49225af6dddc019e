"""What is stored survives an upgrade."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from tests.strategies import EPOCH, RULES
from trackers.engine.apply import pass_time
from trackers.engine.record import decode_record
from trackers.engine.state import Attribute, ConnectionStatus
from trackers.engine.trips import MovementStatus

migration = import_module("trackers.migrations.0003_records")

# A document as it was stored before.
STATE: dict[str, Any] = {
    "source_id": 7,
    "registered_at": "2024-05-01T00:00:00Z",
    "revision": 3,
    "gps": {
        "updated": "2024-05-02T08:00:00Z",
        "latitude": 52.5,
        "longitude": 13.4,
        "heading_degrees": 90,
        "speed_kmh": 0,
        "altitude_m": None,
        "signal_percent": 90,
        "precision_m": None,
        "is_cell_based": False,
    },
    "gsm": None,
    "connection_status": "active",
    "movement_status": "stopped",
    "movement_status_update": "2024-05-02T07:59:00Z",
    "ignition": True,
    "ignition_update": "2024-05-02T07:00:00Z",
    "last_update": "2024-05-02T08:00:00Z",
    "battery_percent": 50,
    "battery_update": "2024-05-02T08:00:00Z",
    "inputs": [True],
    "inputs_update": "2024-05-02T08:00:00Z",
    "outputs": [],
    "outputs_update": None,
    "additional": {"fuel": {"value": "40", "updated": "2024-05-02T08:00:00Z"}},
    "actual_track_update": "2024-05-02T07:58:00Z",
    "contact_at": "2024-05-02T08:00:01Z",
    "standing_since": "2024-05-02T07:59:00Z",
}


def test_an_older_versions_state_goes_on() -> None:
    record = decode_record(json.dumps(migration.make_record(json.loads(json.dumps(STATE)))))
    state = record.state
    assert (state.revision, state.battery_percent, state.ignition) == (3, 50, True)
    assert state.additional == {"fuel": Attribute("40", EPOCH)}
    assert pass_time(record, now=EPOCH + timedelta(seconds=2), rules=RULES) is record
    later = pass_time(record, now=EPOCH + timedelta(minutes=5), rules=RULES).state
    assert (later.connection_status, later.movement_status) == (ConnectionStatus.IDLE, MovementStatus.PARKED)
    assert later.movement_status_update == EPOCH + timedelta(minutes=4)


def test_a_source_that_never_reported_keeps_waiting() -> None:
    fresh = dict.fromkeys(STATE) | {
        "source_id": 7,
        "registered_at": "2024-05-02T08:00:00Z",
        "revision": 0,
        "connection_status": "just_registered",
        "movement_status": "parked",
        "inputs": [],
        "outputs": [],
        "additional": {},
    }
    record = decode_record(json.dumps(migration.make_record(fresh)))
    assert pass_time(record, now=EPOCH, rules=RULES) is record
    lost = pass_time(record, now=EPOCH + timedelta(minutes=5), rules=RULES)
    assert lost.state.connection_status is ConnectionStatus.SIGNAL_LOST


@pytest.mark.django_db
def test_stored_documents_are_uncompressed_with_spare_room() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'trackers_sourcestate'")
            assert cursor.fetchone() == (["toast_tuple_target=8160", "fillfactor=50"],)
