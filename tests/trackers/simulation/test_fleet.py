"""The simulated fleet: believable drives, readable reports."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from trackers.reports.osmand import parse_query
from trackers.services.demo import KINDS
from trackers.simulation import city
from trackers.simulation.device import Device, Reception, render_report
from trackers.simulation.fleet import Fleet, create_fleet
from trackers.simulation.profiles import PROFILES
from trackers.simulation.roads import Point, find_route
from trackers.simulation.vehicle import Phase

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def devices_of(count: int, *, seed: int = 1) -> list[Device]:
    """As many devices, of each kind in turn."""
    kinds = list(KINDS)
    return create_fleet([(f"demo-{number:04}", kinds[number % 4]) for number in range(1, count + 1)], seed)


def drive(devices: Sequence[Device], *, seconds: float, step_s: float = 1.0) -> Iterator[Device]:
    """Each device after each step."""
    for _ in range(round(seconds / step_s)):
        for device in devices:
            device.advance(step_s)
            yield device


def is_on_street(point: Point) -> bool:
    """True within ten metres of the middle of some street: corners are cut by no more than that."""
    return any(_distance_to(point, start, end) < 10 for start, end in _LINES)


def _distance_to(point: Point, start: Point, end: Point) -> float:
    along_east, along_north = end.east_m - start.east_m, end.north_m - start.north_m
    east, north = point.east_m - start.east_m, point.north_m - start.north_m
    share = (east * along_east + north * along_north) / (along_east**2 + along_north**2)
    share = min(1.0, max(0.0, share))
    return math.hypot(east - share * along_east, north - share * along_north)


NETWORK = city.build_city()
_LINES = [
    (NETWORK.junctions[street.start], NETWORK.junctions[street.end])
    for exits in NETWORK.exits
    for street in exits
    if street.start < street.end
]


def test_every_demo_kind_has_a_profile():
    assert set(PROFILES) == set(KINDS)


def test_every_junction_is_reached_without_turning_back():
    for first in (street for exits in NETWORK.exits[::40] for street in exits):
        for goal in range(0, len(NETWORK.junctions), 200):
            route = find_route(NETWORK, first, goal)
            assert route[0] is first and route[-1].end == goal
            assert all(before.end == after.start for before, after in zip(route, route[1:], strict=False))
            assert len(route) == 1 or route[1].end != first.start


def test_an_unreachable_goal_is_an_error():
    street = NETWORK.exits[0][0]
    island = len(NETWORK.junctions)
    network = type(NETWORK)((*NETWORK.junctions, Point(0.0, 0.0)), (*NETWORK.exits, ()), NETWORK.lights)
    with pytest.raises(ValueError, match="no way"):
        find_route(network, street, island)


def test_the_fleet_looks_alive_from_the_first_second():
    devices = devices_of(200)
    phases = [device.vehicle.phase for device in devices]
    assert phases.count(Phase.DRIVING) > 100
    assert phases.count(Phase.VISITING) > 20
    assert phases.count(Phase.RESTING) > 5
    assert sum(device.vehicle.speed_mps > 5 for device in devices) > 80
    for sign_east in (-1, 1):
        for sign_north in (-1, 1):
            points = [device.vehicle.point for device in devices]
            assert sum(p.east_m * sign_east > 0 and p.north_m * sign_north > 0 for p in points) > 20


def test_speed_never_changes_faster_than_calm_driving_does():
    devices = devices_of(20)
    before = {device.device_id: device.vehicle.speed_mps for device in devices}
    for device in drive(devices, seconds=1800, step_s=0.5):
        profile = device.vehicle.profile
        change = (device.vehicle.speed_mps - before[device.device_id]) / 0.5
        assert -1.15 * profile.braking <= change <= profile.acceleration + 1e-6
        assert 0 <= device.vehicle.speed_mps <= min(profile.top_speed_mps, 75 / 3.6)
        before[device.device_id] = device.vehicle.speed_mps


def test_reported_places_agree_with_reported_speed_and_heading():
    devices = devices_of(20)
    before = {device.device_id: parse_query(render_report(device, NOW), now=NOW).fix for device in devices}
    turned = 0
    for device in drive(devices, seconds=900):
        if device.reception is Reception.NO_FIX:
            before[device.device_id] = None
            continue
        last, fix = before[device.device_id], parse_query(render_report(device, NOW), now=NOW).fix
        assert fix is not None
        before[device.device_id] = fix
        if last is None:
            continue
        north_m = (fix.latitude - last.latitude) * 111_320
        east_m = (fix.longitude - last.longitude) * 111_320 * math.cos(math.radians(47.5))
        # Rounded to a millionth of a degree; the speed changes by at most 2.5 m/s within the second.
        assert math.hypot(east_m, north_m) == pytest.approx((fix.speed_kmh + last.speed_kmh) / 7.2, abs=1.5)
        if math.hypot(east_m, north_m) > 3:
            headings = math.radians(fix.heading_degrees), math.radians(last.heading_degrees)
            course = math.atan2(east_m, north_m)
            assert min(math.cos(course - heading) for heading in headings) > math.cos(math.radians(65))
            turned += abs(math.sin(headings[1] - headings[0])) > 0.1
    assert turned > 50


# Nothing of the city is farther from its centre.
CITY_RADIUS_M = 5300


def test_vehicles_stay_on_the_streets_of_the_city():
    devices = devices_of(8)
    for device in drive(devices, seconds=3600, step_s=30):
        point = device.vehicle.point
        assert math.hypot(*point) < CITY_RADIUS_M
        assert is_on_street(point)


def test_bends_are_taken_slower_than_straights():
    fastest_straight = fastest_bend = 0.0
    devices = devices_of(20)
    headings = {device.device_id: device.vehicle.heading_degrees for device in devices}
    for device in drive(devices, seconds=900):
        turn = abs(device.vehicle.heading_degrees - headings[device.device_id])
        headings[device.device_id] = device.vehicle.heading_degrees
        if 20 < turn < 340:
            fastest_bend = max(fastest_bend, device.vehicle.speed_mps)
        elif turn < 1:
            fastest_straight = max(fastest_straight, device.vehicle.speed_mps)
    assert 3 < fastest_bend < 8
    assert fastest_straight > 15


@pytest.mark.parametrize("number", range(4))
def test_a_vehicles_day_has_every_phase(number):
    device = devices_of(4)[number]
    phases = [device.vehicle.phase]
    driven_m = -device.vehicle.odometer_m
    for _ in drive([device], seconds=86_400, step_s=5):
        if device.vehicle.phase is not phases[-1]:
            phases.append(device.vehicle.phase)
        assert 0 <= device.battery_percent <= 100
        if device.vehicle.phase is not Phase.DRIVING:
            assert device.vehicle.speed_mps == 0
    assert set(phases) == set(Phase)
    assert phases.count(Phase.VISITING) > 20
    assert phases.count(Phase.RESTING) >= 3
    assert 80_000 < driven_m + device.vehicle.odometer_m < 700_000


def test_driving_has_ignition_and_rest_has_none():
    devices = devices_of(40)
    for device in drive(devices, seconds=3600, step_s=30):
        if device.vehicle.phase in (Phase.DRIVING, Phase.WAITING):
            assert device.vehicle.has_ignition
        if device.vehicle.phase is Phase.RESTING:
            assert not device.vehicle.has_ignition


def test_the_battery_follows_the_ignition():
    devices = devices_of(40)
    charged = drained = 0
    before = {device.device_id: device.battery_percent for device in devices}
    for device in drive(devices, seconds=1800, step_s=30):
        change = device.battery_percent - before[device.device_id]
        before[device.device_id] = device.battery_percent
        charged += change > 0
        drained += change < 0
    assert charged > 100 and drained > 100


def test_reception_losses_are_mostly_short():
    devices = devices_of(40)
    durations_s: list[int] = []
    lost: dict[str, int] = {}
    for device in drive(devices, seconds=2 * 3600, step_s=10):
        if device.reception is not Reception.GOOD:
            lost[device.device_id] = lost.get(device.device_id, 0) + 10
        elif device.device_id in lost:
            durations_s.append(lost.pop(device.device_id))
    assert len(durations_s) > 80
    assert 0.8 < sum(duration_s < 300 for duration_s in durations_s) / len(durations_s) < 1
    assert max(durations_s) < 900


def test_without_a_fix_a_report_has_no_place():
    device = devices_of(1)[0]
    device.reception = Reception.NO_FIX
    report = parse_query(render_report(device, NOW), now=NOW)
    assert report.fix is None
    assert report.battery_percent is not None
    assert report.ignition is not None


def test_every_report_can_be_read():
    devices = devices_of(40)
    for device in drive(devices, seconds=3600, step_s=30):
        report = parse_query(render_report(device, NOW), now=NOW)
        assert report.device_id == device.device_id
        assert report.time == NOW
        if report.fix is not None:
            assert report.fix.speed_kmh == pytest.approx(device.vehicle.speed_mps * 3.6, abs=0.02)
            assert report.fix.is_valid
            assert 2 <= report.fix.precision_m <= 10
            assert 90 <= report.fix.altitude_m <= 140


def test_the_same_seed_gives_the_same_drive():
    def reports(seed: int) -> list[dict[str, str]]:
        devices = devices_of(8, seed=seed)
        return [render_report(device, NOW) for device in drive(devices, seconds=600, step_s=20)]

    assert reports(1) == reports(1)
    assert reports(1) != reports(2)


def take_all(fleet: Fleet) -> list[Device]:
    """Every device whose report is due, each reported at once."""
    taken = []
    while device := fleet.take_turn():
        taken.append(device)
        fleet.end_turn(device)
    return taken


def test_everyone_reports_at_the_start():
    fleet = Fleet(devices_of(50))
    fleet.advance(0.2)
    assert len({device.device_id for device in take_all(fleet)}) == 50


def test_drivers_report_more_often_than_parked_vehicles():
    devices = devices_of(60)
    fleet = Fleet(devices)
    driving_s = parked_s = 0.0
    reports = {Phase.DRIVING: 0, Phase.RESTING: 0}
    fleet.advance(0.2)
    take_all(fleet)
    for _ in range(5 * 600):
        fleet.advance(0.2)
        phases = [d.vehicle.phase for d in devices if d.reception is not Reception.NO_NETWORK]
        driving_s += 0.2 * phases.count(Phase.DRIVING)
        parked_s += 0.2 * phases.count(Phase.RESTING)
        for device in take_all(fleet):
            if device.vehicle.phase in reports:
                reports[device.vehicle.phase] += 1
    assert driving_s / reports[Phase.DRIVING] == pytest.approx(5, rel=0.2)
    assert parked_s / reports[Phase.RESTING] == pytest.approx(60, rel=0.25)


@pytest.mark.parametrize("rate", [2, 40])
def test_a_rate_is_kept_by_the_whole_fleet(rate):
    fleet = Fleet(devices_of(50), rate)
    fleet.advance(0.2)
    take_all(fleet)
    count = 0
    for _ in range(5 * 60):
        fleet.advance(0.2)
        count += len(take_all(fleet))
    assert count == pytest.approx(60 * rate, rel=0.05)


def test_a_large_fleet_reports_less_often_by_default():
    fleet = Fleet(devices_of(800))
    fleet.advance(0.2)
    take_all(fleet)
    count = 0
    for _ in range(20):
        fleet.advance(0.5)
        count += len(take_all(fleet))
    assert count == pytest.approx(600, abs=5)


def test_a_device_without_network_says_nothing():
    devices = devices_of(2)
    devices[0].reception = Reception.NO_NETWORK
    fleet = Fleet(devices)
    fleet.advance(0.2)
    assert take_all(fleet) == [devices[1]]


def test_a_device_has_one_pending_report_only():
    fleet = Fleet(devices_of(1), 100)
    fleet.advance(0.2)
    device = fleet.take_turn()
    assert device is not None
    fleet.advance(0.2)
    assert fleet.take_turn() is None
    fleet.end_turn(device)
    fleet.advance(0.2)
    assert fleet.take_turn() is device
