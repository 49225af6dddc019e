"""What is kept of a report is read by sensors as the report was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trackers.engine.past import PastReport
from trackers.engine.replay import decode_said, is_said_alone, report_of
from trackers.engine.sensors import MeteringSensor, number_of, read_number

MOMENT = datetime(2026, 5, 1, tzinfo=UTC)
SAID = (
    b'{"lls_level_1":"41.5","battery_level":80,"gsm_level":"x","hardware_mileage":12.5,"is_moving":true,'
    b'"on":true,"odd":"-"}'
)


@pytest.mark.parametrize("name", ["lls_level_1", "on", "odd", "nothing", "gsm_percent"])
def test_an_input_that_is_said_alone_reads_as_in_the_report(name: str) -> None:
    sensor = MeteringSensor(1, "fuel", "Tank", name, divider=2.0, max_value=100)
    past = PastReport(1, MOMENT, 1, None, said=SAID)
    assert is_said_alone(name)
    assert number_of(sensor, decode_said(SAID).get(name)) == read_number(sensor, report_of(past))


@pytest.mark.parametrize(
    ("name", "number"), [("battery_level", 80), ("hw_mileage", 12.5), ("moving", 1), ("engine_hours", None)]
)
def test_inputs_that_are_fields_are_not_said_alone(name: str, number: float | None) -> None:
    past = PastReport(1, MOMENT, 1, None, said=SAID)
    assert not is_said_alone(name)
    assert read_number(MeteringSensor(1, "any", "Any", name), report_of(past)) == number
