"""Recorded drives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import EPOCH
from trackers.engine.counters import Place
from trackers.simulation.gpx import (
    BROKEN_OFF,
    JUMPED,
    NO_PLACE,
    NO_TIME,
    SAME_TIME,
    GpxError,
    Point,
    bearing_degrees,
    describe,
    read_drive,
    report_fields,
)

HEAD = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1" xmlns:x="http://x.example/1">'


def gpx(*points: str, head: str = HEAD) -> bytes:
    return f"{head}<trk><trkseg>{''.join(points)}</trkseg></trk></gpx>".encode()


def mark(second: int, lat: float, lon: float = 13.0, inside: str = "") -> str:
    time = (EPOCH + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")
    return f'<trkpt lat="{lat}" lon="{lon}">{inside}<time>{time}</time></trkpt>'


def read(document: bytes) -> Sequence[Point]:
    return read_drive(document).points


def test_speed_and_course_lead_to_the_next_point() -> None:
    # A thousandth of a degree of latitude is 111.2 m; in 10 s that is 40 km/h.
    first, second, last = read(gpx(mark(0, 52.0), mark(10, 52.001), mark(20, 52.001, 13.001)))
    assert first.speed_kmh == pytest.approx(40.0, abs=0.1)
    assert first.course_degrees == pytest.approx(0, abs=0.1)
    assert second.course_degrees == pytest.approx(90, abs=0.1)
    assert last.course_degrees == second.course_degrees


def test_course_stays_while_nothing_moves() -> None:
    points = read(gpx(mark(0, 52.0), mark(10, 52.0, 13.001), mark(20, 52.0, 13.001), mark(30, 52.0, 13.001)))
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
    point = read(gpx(mark(0, 52.0, inside=inside), mark(10, 52.001)))[0]
    assert (point.altitude_m, point.speed_kmh, point.course_degrees) == (35.5, 36.0, 270.0)


def test_points_are_ordered_by_unique_times() -> None:
    drive = read_drive(gpx(mark(20, 52.02), mark(0, 52.0), mark(0, 52.9), mark(10, 52.01)))
    assert [point.latitude for point in drive.points] == [52.0, 52.01, 52.02]
    assert drive.left_out == {SAME_TIME: 1}


def test_older_versions_and_other_offsets_are_read() -> None:
    old = '<gpx version="1.0" xmlns="http://www.topografix.com/GPX/1/0">'
    points = read(
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
    assert len(read(gpx(mark(0, 52.0), mark(10, 52.001)))) == 2
    with pytest.raises(GpxError):
        read_drive(document)


@pytest.mark.parametrize(
    ("end", "degrees"),
    [((53, 13), 0), ((52, 13.001), 90), ((51, 13), 180), ((52, 12.999), 270), ((52.001, 13.001624), 45)],
)
def test_bearing_of_the_points_of_the_compass(end: tuple[float, float], degrees: float) -> None:
    assert bearing_degrees(Place(EPOCH, 52, 13), Place(EPOCH, *end)) == pytest.approx(degrees, abs=0.2)


THREE = [mark(0, 52.0), mark(10, 52.001), mark(20, 52.002)]


def unplaced(lat: str, lon: str = "13.0") -> str:
    return mark(5, 52.0).replace('lat="52.0" lon="13.0"', f'lat="{lat}" lon="{lon}"')


def untimed(text: str) -> str:
    return f'<trkpt lat="52.0005" lon="13.0"><time>{text}</time></trkpt>'


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (unplaced("100"), NO_PLACE),
        (unplaced("200", "0"), NO_PLACE),
        (unplaced("north"), NO_PLACE),
        (unplaced("nan"), NO_PLACE),
        (unplaced(""), NO_PLACE),
        (unplaced("0", "0"), NO_PLACE),
        (unplaced("0.0", "0.000"), NO_PLACE),
        (untimed("not a time"), NO_TIME),
        (untimed("1970-01-01"), NO_TIME),
        (untimed("2024-05-02"), NO_TIME),
        (untimed("1970-01-01T00:00:00Z"), NO_TIME),
        (untimed("0000-00-00T00:00:00Z"), NO_TIME),
        (untimed(""), NO_TIME),
        ('<trkpt lat="52.0005" lon="13.0"/>', NO_TIME),
        (mark(0, 52.0005), SAME_TIME),
        (mark(11, -33.9, 151.2), JUMPED),
        (mark(1, -33.9, 151.2), JUMPED),
        (mark(21, -33.9, 151.2), JUMPED),
    ],
)
def test_one_odd_point_is_left_out_and_counted(odd: str, why: str) -> None:
    for at in range(1, 4):
        drive = read_drive(gpx(*THREE[:at], odd, *THREE[at:]))
        assert [point.latitude for point in drive.points] == [52.0, 52.001, 52.002]
        assert drive.left_out == {why: 1}


def test_the_first_point_may_be_the_one_that_jumped() -> None:
    drive = read_drive(gpx(mark(-1, -33.9, 151.2), *THREE))
    assert ([point.latitude for point in drive.points], drive.left_out) == ([52.0, 52.001, 52.002], {JUMPED: 1})


def test_a_leap_after_which_the_drive_goes_on_is_none() -> None:
    there = [mark(60, 10.0), mark(70, 10.001), mark(80, 10.002)]
    drive = read_drive(gpx(*THREE, *there))
    assert (len(drive.points), drive.left_out) == (6, {})


@pytest.mark.parametrize(
    ("inside", "altitude", "left_out"),
    [
        ("<ele>100,5</ele>", 100.5, {}),
        ("<ele> 100.5 </ele>", 100.5, {}),
        ("<ele>high</ele>", None, {"altitudes that cannot be right": 1}),
        ("<ele>NaN</ele>", None, {"altitudes that cannot be right": 1}),
        ("<ele>1e9</ele>", None, {"altitudes that cannot be right": 1}),
        ("<speed>-1.0</speed>", None, {"speeds that cannot be right": 1}),
        ("<speed>-0.277</speed>", None, {"speeds that cannot be right": 1}),
        ("<speed>fast</speed>", None, {"speeds that cannot be right": 1}),
        ("<course>361.0</course>", None, {"courses that cannot be right": 1}),
        ("<course>-1</course>", None, {"courses that cannot be right": 1}),
    ],
)
def test_one_odd_value_is_left_out_and_follows_from_the_next_point(
    inside: str, altitude: float | None, left_out: dict[str, int]
) -> None:
    drive = read_drive(gpx(mark(0, 52.0, inside=inside), mark(10, 52.001)))
    first = drive.points[0]
    assert (first.altitude_m, round(first.speed_kmh), round(first.course_degrees)) == (altitude, 40, 0)
    assert drive.left_out == left_out


NAMED = gpx(*THREE).replace(b"<trkseg>", "<name>Größe</name><trkseg>".encode())


@pytest.mark.parametrize(
    "document",
    [
        b'\n \t<?xml version="1.0" encoding="UTF-8"?>\n' + NAMED,
        b"\xef\xbb\xbf" + b'<?xml version="1.0" encoding="UTF-8"?>' + NAMED,
        b'<?xml version="1.0" encoding="UTF-8"?>' + NAMED.decode().encode("latin-1"),
        b'<?xml version="1.0" encoding="ISO-8859-1"?>' + NAMED.decode().encode("latin-1"),
        b'<?xml version="1.0" encoding="windows-1252"?>' + NAMED.decode().encode("cp1252"),
        b'<?xml version="1.0" encoding="no-such-thing"?>' + NAMED,
        NAMED.decode().encode("utf-16"),
        b"Content-Type: text/xml\r\n\r\n" + NAMED,
        NAMED + b"\x00" * 100,
        gpx(mark(0, 52.0, inside="<extensions><x:a><unknown:hr>90</unknown:hr></x:a></extensions>"), *THREE[1:]),
        gpx(*THREE, head="<gpx>"),
        gpx(*THREE, head='<gpx xmlns="http://www.topografix.com/GPX/1/0" version="0.31">'),
        gpx(*THREE).replace(b"trkpt", b"rtept").replace(b"trkseg", b"rte"),
    ],
)
def test_a_file_is_read_whatever_its_writer_thought_of_xml(document: bytes) -> None:
    drive = read_drive(document)
    assert ([point.latitude for point in drive.points], drive.left_out) == ([52.0, 52.001, 52.002], {})


def test_a_file_that_breaks_off_is_driven_as_far_as_it_goes() -> None:
    whole = gpx(*THREE, mark(30, 52.003))
    drive = read_drive(whole[: whole.index(b'<trkpt lat="52.003"') + 12])
    assert ([point.latitude for point in drive.points], drive.left_out) == ([52.0, 52.001, 52.002], {BROKEN_OFF: 1})


def test_times_follow_from_a_pace_only_where_one_is_given_and_none_are_there() -> None:
    untimed_ones = gpx(*(f'<trkpt lat="{lat}" lon="13.0"/>' for lat in (52.0, 52.001, 52.002)))
    with pytest.raises(GpxError, match=NO_TIME):
        read_drive(untimed_ones)
    drive = read_drive(untimed_ones, pace_kmh=40)
    assert drive.has_derived_times
    assert [round(point.speed_kmh) for point in drive.points] == [40, 40, 40]
    assert not read_drive(gpx(*THREE), pace_kmh=40).has_derived_times


def test_what_was_left_out_is_said_in_words() -> None:
    drive = read_drive(gpx(unplaced("100"), unplaced("200"), untimed("soon"), *THREE))
    assert describe(drive.left_out) == f"2 {NO_PLACE}, 1 {NO_TIME}"


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: gpx(*THREE, text)))
def test_any_file_is_a_drive_or_an_error(document: bytes) -> None:
    try:
        drive = read_drive(document)
    except GpxError:
        return
    assert len(drive.points) >= 2


@given(st.lists(st.tuples(st.floats(-0.001, 0.001), st.floats(-0.001, 0.001)), min_size=2, max_size=20))
def test_every_drive_can_be_reported(steps: list[tuple[float, float]]) -> None:
    places = [(52 + north, 13 + east) for north, east in steps]
    for point in read(gpx(*(mark(second, *place) for second, place in enumerate(places)))):
        assert point.time >= EPOCH
        fields = report_fields(point, "device", EPOCH)
        assert 0 <= float(fields["bearing"]) <= 360
        assert float(fields["speed"]) >= 0
        assert fields["timestamp"] == str(int(EPOCH.timestamp() * 1000))
