"""The updates that travel: every contender sends the same document, marked with its number and its time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.wire.dates import format_date
from trackers.engine.apply import apply_report
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.state import State
from trackers.rendering.states import StateFormat, render_state
from trackers.reports.report import Fix, Report

MARK_FIELD = "mark"
# Wide enough for any number and any clock, so that all documents are of one length.
NUMBER_DIGITS = 6
CLOCK_DIGITS = 19
_BEFORE_MARK = b'"mark":{"value":"'
_RULES = Rules(idle_timeout=timedelta(minutes=5), offline_timeout=timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Mark:
    """Which update a received message carries, and when it was made."""

    number: int
    made_ns: int
    """By the monotonic clock, which all processes of a machine share."""


def make_report(device_id: str, number: int) -> Report:
    """Update `number` as a vehicle says it, made now."""
    mark = f"{number:0{NUMBER_DIGITS}} {time.monotonic_ns():0{CLOCK_DIGITS}}"
    return Report(
        device_id=device_id,
        time=datetime.now(UTC),
        fix=Fix(
            latitude=52.1 + number % 89 / 1_000_000 + 0.000_001,
            longitude=13.1 + number % 89 / 1_000_000 + 0.000_001,
            speed_kmh=40 + number % 50,
            heading_degrees=100 + number % 200,
            altitude_m=35,
            satellites=9,
        ),
        battery_percent=87,
        ignition=True,
        gsm_percent=70,
        network_name="Example Mobile",
        roaming=False,
        inputs=(True, False, False, False),
        outputs=(False, False),
        attributes={MARK_FIELD: mark, "fuel": "64.5", "hours": "1520"},
    )


def make_document(number: int) -> dict[str, Any]:
    """Update `number` as the hub's clients read it: for the contenders that render nothing themselves."""
    now = datetime.now(UTC)
    blank = Record(State(source_id=1, registered_at=now))
    state = apply_report(blank, make_report("any", number), received_at=now, rules=_RULES).record.state
    return {
        "type": "event",
        "event": "state",
        "user_time": format_date(now, UTC, iso=False),
        "data": render_state(state, StateFormat.FULL, UTC, iso=False),
    }


def read_mark(payload: bytes) -> Mark | None:
    """The mark of the update in a message; None for any other message."""
    at = payload.find(_BEFORE_MARK)
    if at < 0:
        return None
    at += len(_BEFORE_MARK)
    clock_at = at + NUMBER_DIGITS + 1
    return Mark(int(payload[at : at + NUMBER_DIGITS]), int(payload[clock_at : clock_at + CLOCK_DIGITS]))
