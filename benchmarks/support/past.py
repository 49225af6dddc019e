"""The past of vehicles that drive two hours of each four, as history keeps it, and as a table of Traccar has it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

EVERY = timedelta(seconds=10)
PER_DAY = timedelta(days=1) // EVERY
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
DRIVES_OF_A_DAY = 6

TRACCAR = """
    CREATE TABLE tc_positions (
        id serial PRIMARY KEY, protocol varchar(128), deviceid int NOT NULL,
        servertime timestamp NOT NULL DEFAULT now(), devicetime timestamp NOT NULL, fixtime timestamp NOT NULL,
        valid bool NOT NULL, latitude float NOT NULL, longitude float NOT NULL, altitude float NOT NULL,
        speed float NOT NULL, course float NOT NULL,
        address varchar(512), attributes varchar(4000), accuracy float NOT NULL DEFAULT 0, network varchar(4000),
        geofenceids varchar(128)
    );
    CREATE INDEX position_deviceid_fixtime ON tc_positions (deviceid, fixtime)
"""
TRACCAR_ATTRIBUTES = '{"batteryLevel":80.0,"distance":138.89,"totalDistance":1234567.89,"motion":true}'
COPY_TRACCAR = """
    COPY tc_positions (protocol, deviceid, devicetime, fixtime, valid, latitude, longitude, altitude, speed, course,
    attributes) FROM STDIN
"""


def course(days: int, *, seed: int = 1) -> Iterator[tuple[datetime, float, float, float, int]]:
    """Time, latitude, longitude, speed and heading of a vehicle that drives two hours of each four, day and night."""
    dice = Random(seed)
    latitude, longitude, heading = 52.5, 13.0, 0.0
    for number in range(days * PER_DAY):
        is_fast = number % (PER_DAY // DRIVES_OF_A_DAY) < 720
        speed = max(20.0, dice.gauss(50, 15)) if is_fast else 0.0
        heading = (heading + dice.gauss(0, 20)) % 360 if is_fast else heading
        degrees = speed / 3600 * EVERY.total_seconds() / 111.2
        latitude += degrees * math.cos(math.radians(heading))
        longitude += degrees * math.sin(math.radians(heading))
        wandering = dice.gauss(0, 1e-5), dice.gauss(0, 1e-5)
        yield BEGIN + number * EVERY, latitude + wandering[0], longitude + wandering[1], round(speed, 1), int(heading)


def past_reports(source_id: int, days: int, *, attributes: bool = False) -> Iterator[Any]:
    """The reports of that vehicle as history keeps them."""
    from trackers.engine.past import PastReport, Point

    dice = Random(source_id)
    for moment, latitude, longitude, speed, heading in course(days, seed=source_id):
        point = Point(moment, latitude, longitude, speed, heading, 40, dice.randint(7, 14), 5)
        said = b'{"battery_level":%d,"board_voltage":%.2f}' % (dice.randint(60, 99), dice.gauss(13.8, 0.2))
        yield PastReport(source_id, moment, dice.getrandbits(24), point, speed >= 3, said=said if attributes else b"")


def fill_traccar(days: int, sources: int, attributes: str) -> None:
    """The positions of so many devices, all in turn, by COPY."""
    from django.db import connection

    lines = [
        (moment, latitude, longitude, speed, heading) for moment, latitude, longitude, speed, heading in course(days)
    ]
    with connection.cursor() as cursor, cursor.copy(COPY_TRACCAR) as copy:
        for moment, *rest in lines:
            text = moment.strftime("%Y-%m-%d %H:%M:%S")
            latitude, longitude, speed, heading = rest
            tail = f"\t{text}\t{text}\tt\t{latitude}\t{longitude}\t40\t{speed}\t{heading}\t{attributes}\n"
            copy.write("".join(f"osmand\t{device}{tail}" for device in range(1, sources + 1)))
