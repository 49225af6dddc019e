"""Recorded drives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import EPOCH
from trackers.engine.counters import Place
from trackers.simulation.gpx import GpxError, bearing_degrees, read_drive, report_fields

HEAD = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1" xmlns:x="http://x.example/1">'


def gpx(*points: str, head: str = HEAD) -> bytes:
    return f"{head}<trk><trkseg>{''.join(points)}</trkseg></trk></gpx>".encode()


def mark(second: int, lat: float, lon: float = 13.0, inside: str = "") -> str:
    time = (EPOCH + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")
    return f'<trkpt lat="{lat}" lon="{lon}">{inside}<time>{time}</time></trkpt>'


def test_speed_and_course_lead_to_the_next_point() -> None:
    # A thousandth of a degree of latitude is 111.2 m; in 10 s that is 40 km/h.
    first, second, last = read_drive(gpx(mark(0, 52.0), mark(10, 52.001), mark(20, 52.001, 13.001)))
    assert first.speed_kmh == pytest.approx(40.0, abs=0.1)
    assert first.course_degrees == pytest.approx(0, abs=0.1)
    assert second.course_degrees == pytest.approx(90, abs=0.1)
    assert last.course_degrees == second.course_degrees


def test_course_stays_while_nothing_moves() -> None:
    points = read_drive(gpx(mark(0, 52.0), mark(10, 52.0, 13.001), mark(20, 52.0, 13.001), mark(30, 52.0, 13.001)))
    assert [round(point.course_degrees) for point in points] == [90, 90, 90, 90]
    assert [round(point.speed_kmh) for point in points[1:]] == [0, 0, 0]


@pytest.mark.parametrize(
    "inside",
    [
        "<ele>35.5</ele><speed>10</speed><course>270</course>",
        "<ele>35.5</ele><extensions><x:Part><x:speed>10</x:speed><x:course>270</x:course></x:Part></extensions>",
    ],
)
def test_what_the_recording_says_counts(inside: str) -> None:
    point = read_drive(gpx(mark(0, 52.0, inside=inside), mark(10, 52.001)))[0]
    assert (point.altitude_m, point.speed_kmh, point.course_degrees) == (35.5, 36.0, 270.0)


def test_points_are_in_the_order_of_their_times_and_each_moment_counts_once() -> None:
    points = read_drive(gpx(mark(20, 52.2), mark(0, 52.0), mark(0, 52.9), mark(10, 52.1)))
    assert [point.latitude for point in points] == [52.0, 52.1, 52.2]


def test_older_versions_and_other_offsets_are_read() -> None:
    old = '<gpx version="1.0" xmlns="http://www.topografix.com/GPX/1/0">'
    points = read_drive(
        gpx(
            '<trkpt lat="52" lon="13"><time>2024-05-01T12:00:00+02:00</time></trkpt>',
            '<trkpt lat="52" lon="13"><time>2024-05-01T10:00:05Z</time></trkpt>',
            head=old,
        )
    )
    assert [point.time.second for point in points] == [0, 5]
    assert points[0].time == datetime(2024, 5, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not XML",
        gpx(),
        gpx(mark(0, 52.0)),
        gpx(mark(0, 52.0), '<trkpt lat="52" lon="13"/>'),
        gpx(mark(0, 52.0), '<trkpt lat="north" lon="13"><time>2024-05-01T10:00:05Z</time></trkpt>'),
        gpx(mark(0, 52.0), '<trkpt lat="52" lon="13"><time>yesterday</time></trkpt>'),
    ],
)
def test_what_is_no_drive_is_refused(document: bytes) -> None:
    assert len(read_drive(gpx(mark(0, 52.0), mark(1, 52.1)))) == 2
    with pytest.raises(GpxError):
        read_drive(document)


@pytest.mark.parametrize(
    ("end", "degrees"),
    [((53, 13), 0), ((52, 13.001), 90), ((51, 13), 180), ((52, 12.999), 270), ((52.001, 13.001624), 45)],
)
def test_bearing_of_the_points_of_the_compass(end: tuple[float, float], degrees: float) -> None:
    assert bearing_degrees(Place(EPOCH, 52, 13), Place(EPOCH, *end)) == pytest.approx(degrees, abs=0.2)


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=2, max_size=20))
def test_every_drive_can_be_reported(places: list[tuple[float, float]]) -> None:
    for point in read_drive(gpx(*(mark(second, *place) for second, place in enumerate(places)))):
        fields = report_fields(point, "device", EPOCH)
        assert 0 <= float(fields["bearing"]) <= 360
        assert float(fields["speed"]) >= 0
        assert fields["timestamp"] == str(int(EPOCH.timestamp() * 1000))
