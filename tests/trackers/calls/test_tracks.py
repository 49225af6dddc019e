"""`track/…` and the kilometres of days: what programs are told of the past (history §3, §5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.api import Api
from tests.people import PASSWORD
from tests.trackers.drives import DAY, DEGREE_KM, SPEEDS, at, drive, take_in, text
from trackers.calls import tracks as tracks_module
from trackers.models import FormerTripRules, Source, Tracker
from trackers.reports.report import Fix, Report
from trackers.services.access import move_tracker
from trackers.services.settings import TripDetection, set_rules
from trackers.services.trackers import bind_sub_users, clone_tracker, set_blocked

ONE_TRACKER = ["track/list", "track/read"]
STATS = "tracker/stats/mileage/read"


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


@pytest.fixture
def driven(van: Tracker) -> Tracker:
    take_in(drive(van))
    return van


@pytest.mark.history(10, 12, 13, 14, 15, 16, 17, 32, 33)
def test_a_day_with_two_trips(api: Api, driven: Tracker) -> None:
    answer = api("track/list", tracker_id=driven.pk, **DAY)
    first, second = answer["list"]
    assert (first["type"], first["start_date"], first["end_date"]) == ("regular", text(at(1)), text(at(6)))
    assert (second["start_date"], second["end_date"]) == (text(at(15)), text(at(20)))
    assert (first["length"], first["points"], first["max_speed"]) == (pytest.approx(4, abs=0.02), 6, 60)
    assert first["avg_speed"] == 48
    assert first["bounds"]["nw"]["lng"] == pytest.approx(1 / DEGREE_KM, abs=1e-7)
    assert first["bounds"]["se"]["lng"] == pytest.approx(5 / DEGREE_KM, abs=1e-7)
    assert (first["start_address"], first["end_address"], first["id"] != second["id"]) == ("", "", True)
    assert answer["limit_exceeded"] is False
    total = answer["total"]
    assert (total["count"], total["length"]) == (2, pytest.approx(first["length"] + second["length"]))
    assert (total["trip_duration"], total["parking_duration"]) == ("PT10M", "PT23H50M")


@pytest.mark.history(20)
def test_a_trip_keeps_its_id(api: Api, driven: Tracker) -> None:
    ids = [track["id"] for track in api("track/list", tracker_id=driven.pk, **DAY)["list"]]
    within = {"from": text(at(3)), "to": text(at(17))}
    assert [track["id"] for track in api("track/list", tracker_id=driven.pk, **within)["list"]] == ids[:1]
    tracks = api("track/list", tracker_id=driven.pk, filter=False, **within)["list"]
    assert [track["id"] for track in tracks] == ids
    assert [track["start_date"] for track in tracks] == [text(at(3)), text(at(15))]
    assert all(0 < one < 2**53 for one in ids)


@pytest.mark.history(23, 24)
def test_the_order_of_arrival_does_not_show(api: Api, alice: User, van: Tracker, register: Any) -> None:
    other = register(alice)
    take_in(drive(van))
    reports = drive(other)
    take_in([*reports[::3], *reversed(reports[1::3]), *reports[2::3]])
    lists = [api("track/list", tracker_id=one.pk, **DAY)["list"] for one in (van, other)]
    for track in (*lists[0], *lists[1]):
        del track["id"]
    assert lists[0] == lists[1]


@pytest.mark.history(19)
def test_without_splitting_all_is_one_track(api: Api, driven: Tracker) -> None:
    (track,) = api("track/list", tracker_id=driven.pk, split=False, **DAY)["list"]
    assert (track["type"], "id" in track, track["points"]) == ("merged", False, len(SPEEDS))
    assert (track["start_date"], track["end_date"]) == (text(at(0)), text(at(len(SPEEDS) - 1)))


@pytest.mark.history(31)
def test_tracks_come_with_their_points(api: Api, driven: Tracker) -> None:
    first, _ = api("track/list", tracker_id=driven.pk, with_points=True, **DAY)["list"]
    assert [point["get_time"] for point in first["points_list"]] == [text(at(minute)) for minute in range(1, 7)]


def test_single_reports_stay_alone_or_become_a_cluster(api: Api, van: Tracker) -> None:
    for hour in range(3):
        take_in(drive(van, [60], begin=hour * 60)[:1])
    fix = Fix(0.5, 1, 50)
    take_in([Report(van.source.device_id, at(300 + hour * 60), fix=fix) for hour in range(3)])
    singles = api("track/list", tracker_id=van.pk, **DAY)["list"]
    assert [track["type"] for track in singles] == ["single_report"] * 6
    tracks = api("track/list", tracker_id=van.pk, cluster_single_reports=True, with_points=True, **DAY)["list"]
    assert [track["type"] for track in tracks] == [*["single_report"] * 3, "cluster"]
    assert tracks[-1]["points"] == [{"lat": 0.5, "lng": 1}] * 3


@pytest.mark.history(36, 37, 38, 44)
def test_every_point_is_read(api: Api, driven: Tracker) -> None:
    asked = {"simplify": False, "filter": False, "include_gsm_lbs": False}
    points = api("track/read", tracker_id=driven.pk, **asked, **DAY)["list"]
    assert [point["get_time"] for point in points] == [text(at(minute)) for minute in range(len(SPEEDS))]
    assert [point["parking"] for point in points[:8]] == [True, *[False] * 6, True]
    assert (points[0]["mileage"], points[-1]["mileage"]) == (0, pytest.approx(10, abs=0.01))
    point = points[3]
    assert (point["lat"], point["lng"]) == (0.5, pytest.approx(3 / DEGREE_KM, abs=1e-7))
    assert (point["alt"], point["satellites"], point["heading"], point["speed"]) == (0, -1, 90, 60)


@pytest.mark.history(38, 41)
def test_points_of_trips_alone_are_read_by_default(api: Api, driven: Tracker) -> None:
    points = api("track/read", tracker_id=driven.pk, **DAY)["list"]
    assert [point["get_time"] for point in points] == [text(at(minute)) for minute in (1, 6, 15, 20)]
    assert [api.code("track/read", tracker_id=driven.pk, point_limit=few, **DAY) for few in (1, 3001)] == [7, 7]


@pytest.mark.history(39)
def test_points_of_one_trip_are_read(api: Api, driven: Tracker) -> None:
    _, second = api("track/list", tracker_id=driven.pk, **DAY)["list"]
    asked = {"track_id": second["id"], "simplify": False, "filter": False}
    points = api("track/read", tracker_id=driven.pk, **asked, **DAY)["list"]
    assert [point["get_time"] for point in points] == [text(at(minute)) for minute in range(15, 21)]
    assert api.code("track/read", tracker_id=driven.pk, track_id=second["id"] + 1, **DAY) == 201


@pytest.mark.history(28, 40)
def test_positions_from_cell_towers_can_be_left_out(api: Api, driven: Tracker) -> None:
    take_in(drive(driven, [0, 0], begin=3.5, is_cell_based=True))
    before = api("track/list", tracker_id=driven.pk, include_gsm_lbs=False, **DAY)["list"]
    with_cells = api("track/list", tracker_id=driven.pk, **DAY)["list"]
    assert [track["length"] for track in with_cells] == [track["length"] for track in before]
    asked = {"simplify": False, "filter": False}
    points = api("track/read", tracker_id=driven.pk, **asked, **DAY)["list"]
    assert sum("gsm_lbs" in point for point in points) == 2
    points = api("track/read", tracker_id=driven.pk, include_gsm_lbs=False, **asked, **DAY)["list"]
    assert sum("gsm_lbs" in point for point in points) == 0


@pytest.mark.history(45)
def test_both_ends_belong_to_the_period(api: Api, driven: Tracker) -> None:
    asked = {"simplify": False, "filter": False, "from": text(at(2)), "to": text(at(3))}
    assert len(api("track/read", tracker_id=driven.pk, **asked)["list"]) == 2


@pytest.mark.history(22)
def test_dates_are_of_the_callers_zone(api: Api, driven: Tracker) -> None:
    api("user/settings/update", time_zone="Asia/Kolkata")
    shift = timedelta(hours=5, minutes=30)
    local = {"from": text(at(0) + shift), "to": text(at(60) + shift)}
    first, _ = api("track/list", tracker_id=driven.pk, **local)["list"]
    assert first["start_date"] == text(at(1) + shift)
    iso = {"from": at(0).isoformat(), "to": at(60).isoformat().replace("+00:00", "Z")}
    first, _ = api("track/list", tracker_id=driven.pk, iso_datetime=True, **iso)["list"]
    assert first["start_date"] == (at(1) + shift).strftime("%Y-%m-%dT%H:%M:%S+05:30")


@pytest.mark.history(58)
def test_kilometres_of_each_day(api: Api, driven: Tracker) -> None:
    begin = at(0) - timedelta(days=1, hours=12)
    asked = {"from": text(begin), "to": text(begin + timedelta(days=3, seconds=-1))}
    days = [(begin + timedelta(days=number)).strftime("%Y-%m-%d") for number in range(3)]
    answer = api(STATS, trackers=[driven.pk], **asked)
    listed = api("track/list", tracker_id=driven.pk, **DAY)["total"]["length"]
    assert answer["result"] == {
        str(driven.pk): {
            days[0]: {"mileage": 0.0},
            days[1]: {"mileage": pytest.approx(listed, abs=0.01)},
            days[2]: {"mileage": 0.0},
        }
    }


@pytest.mark.history(59)
def test_a_trip_over_midnight_counts_to_both_days(api: Api, van: Tracker) -> None:
    take_in(drive(van, [60] * 21, begin=710))
    asked = {"from": text(at(0)), "to": text(at(1440))}
    (result,) = api(STATS, trackers=[van.pk], **asked)["result"].values()
    assert [day["mileage"] for day in result.values()] == [pytest.approx(9, abs=0.1), pytest.approx(11, abs=0.1)]


@pytest.mark.history(59)
@pytest.mark.parametrize(("day", "hours"), [("2025-03-30", 23), ("2025-10-26", 25)])
def test_kilometres_of_a_day_on_which_the_clock_changes(
    api: Api, van: Tracker, settings: Any, day: str, hours: int
) -> None:
    settings.HISTORY_DAYS = 0
    api("user/settings/update", time_zone="Europe/Berlin")
    begin = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    # From a quarter of an hour before each of its midnights to five minutes after it, a kilometre a minute.
    for number, midnight in enumerate((begin, begin + timedelta(hours=hours))):
        for minute in range(-15, 6):
            fix = Fix(0.5, number + minute / DEGREE_KM, 60)
            take_in([Report(van.source.device_id, midnight + timedelta(minutes=minute), fix=fix)])
    before, after = (datetime.fromisoformat(day) + timedelta(days=number) for number in (-1, 1))
    asked = {"from": text(before), "to": text(after + timedelta(hours=23))}
    (result,) = api(STATS, trackers=[van.pk], **asked)["result"].values()
    kilometres = {of_day: one["mileage"] for of_day, one in result.items()}
    # A day begins and ends with its own reports; the way over midnight is in neither.
    assert kilometres == {
        f"{before:%Y-%m-%d}": pytest.approx(14, abs=1),
        day: pytest.approx(5 + 14, abs=1),
        f"{after:%Y-%m-%d}": pytest.approx(5, abs=1),
    }
    whole = {"from": f"{day} 00:00:00", "to": f"{day} 23:59:59"}
    first, second = api("track/list", tracker_id=van.pk, **whole)["list"]
    assert (first["start_date"], first["end_date"]) == (f"{day} 00:00:00", f"{day} 00:05:00")
    assert (second["start_date"], second["end_date"]) == (f"{day} 23:45:00", f"{day} 23:59:00")


def test_kilometres_of_a_large_fleet_are_bounded(
    api: Api, alice: User, driven: Tracker, register: Callable[..., Tracker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracks_module, "MAX_REPORTS_OF_STATS", 1)
    answer = api(STATS, trackers=[driven.pk, register(alice).pk], **DAY)
    assert (answer["limit_exceeded"], list(answer["result"])) == (True, [str(driven.pk)])


@pytest.mark.history(3)
@pytest.mark.parametrize("route", [*ONE_TRACKER, STATS])
@pytest.mark.parametrize(
    "period",
    [
        {"to": text(at(0))},
        {"from": text(at(0))},
        {"from": text(at(0)), "to": text(at(0))},
        {"from": text(at(1)), "to": text(at(0))},
        {"from": "2024-13-45 00:00:00", "to": text(at(0))},
        {"from": "yesterday", "to": text(at(0))},
        {"from": "0001-01-01T00:00:00+14:00", "to": text(at(0))},
    ],
)
def test_a_period_that_is_none_is_refused(api: Api, van: Tracker, route: str, period: dict[str, str]) -> None:
    assert api.code(route, **whose(route, van), **period) == 7


def whose(route: str, tracker: Tracker) -> dict[str, Any]:
    return {"trackers": [tracker.pk]} if route == STATS else {"tracker_id": tracker.pk}


@pytest.mark.history(6)
@pytest.mark.parametrize("route", [*ONE_TRACKER, STATS])
def test_a_period_may_have_a_month_and_no_year(api: Api, van: Tracker, route: str) -> None:
    def asked(days: int) -> dict[str, str]:
        return {"from": text(at(0) - timedelta(days=days)), "to": text(at(0))}

    assert api(route, **whose(route, van), **asked(31))["success"]
    assert (api.code(route, **whose(route, van), **asked(400)), api.status) == (211, 400)


@pytest.mark.history(4, 5, 7, 8)
@pytest.mark.parametrize("route", ONE_TRACKER)
def test_only_who_sees_a_tracker_sees_its_past(
    api: Api, alice: User, bob: User, charlie: User, van: Tracker, route: str
) -> None:
    answer = api(route, tracker_id=van.pk, **DAY)
    assert (answer["list"], answer["limit_exceeded"]) == ([], False)
    others = Api()
    for login in (bob.login, charlie.login):
        others.log_in(login)
        assert others.code(route, tracker_id=van.pk, **DAY) == 201
    bind_sub_users(van, [bob])
    others.log_in(bob.login)
    assert others(route, tracker_id=van.pk, **DAY)["success"]
    set_blocked(van.source_id, is_blocked=True)
    assert (api.code(route, tracker_id=van.pk, **DAY), api.status) == (208, 403)
    set_blocked(van.source_id, is_blocked=False)
    assert api(route, tracker_id=van.pk, **DAY)["success"]


@pytest.mark.history(9)
def test_a_clone_has_the_past_of_its_original(charlie: User, driven: Tracker) -> None:
    clone = clone_tracker(driven, account=charlie, label="Borrowed")
    api = Api()
    api.log_in(charlie.login)
    assert len(api("track/list", tracker_id=clone.pk, **DAY)["list"]) == 2


def test_a_moved_tracker_takes_its_past_along(api: Api, alice: User, charlie: User, driven: Tracker) -> None:
    before = api("track/list", tracker_id=driven.pk, **DAY)["list"]
    move_tracker(driven, charlie)
    others = Api()
    others.log_in(charlie.login)
    assert others("track/list", tracker_id=driven.pk, **DAY)["list"] == before
    assert others(STATS, trackers=[driven.pk], **DAY)["success"]
    assert (api.code("track/list", tracker_id=driven.pk, **DAY), api.code(STATS, trackers=[driven.pk], **DAY)) == (
        201,
        217,
    )


@pytest.mark.history(26)
def test_changed_trip_detection_leaves_the_past_alone(api: Api, driven: Tracker) -> None:
    set_rules(
        driven.source_id,
        TripDetection(
            min_idle_duration_minutes=60, idle_speed_threshold=100, ignition_aware=False, motion_sensor_aware=False
        ),
    )
    assert len(api("track/list", tracker_id=driven.pk, **DAY)["list"]) == 2
    FormerTripRules.objects.all().delete()
    driven.source = Source.objects.get(pk=driven.source_id)
    assert len(api("track/list", tracker_id=driven.pk, **DAY)["list"]) == 1


@pytest.mark.history(30)
def test_a_trip_that_goes_on_is_listed(api: Api, van: Tracker) -> None:
    now = timezone.now().replace(microsecond=0)
    place = [Fix(0.5, number / DEGREE_KM, 60) for number in range(6)]
    times = [now - timedelta(minutes=6 - number) for number in range(6)]
    period = {"from": text(now - timedelta(hours=1)), "to": text(now + timedelta(hours=1))}
    take_in([Report(van.source.device_id, *pair) for pair in zip(times[:4], place[:4], strict=True)])
    (track,) = api("track/list", tracker_id=van.pk, **period)["list"]
    assert track["end_date"] == text(times[3])
    take_in([Report(van.source.device_id, *pair) for pair in zip(times[4:], place[4:], strict=True)])
    (track,) = api("track/list", tracker_id=van.pk, **period)["list"]
    assert track["end_date"] == text(times[5])


@pytest.mark.history(64)
def test_what_is_kept_no_longer_is_not_shown(api: Api, driven: Tracker, settings: Any) -> None:
    settings.HISTORY_DAYS = 1
    answer = api("track/list", tracker_id=driven.pk, **DAY)
    assert (answer["list"], answer["limit_exceeded"]) == ([], True)


@pytest.mark.history(2)
@pytest.mark.parametrize("base", ["/", "/v2/", "/api-v2/"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_addresses_and_forms_of_the_calls(alice: User, driven: Tracker, base: str, slash: str) -> None:
    api = Api()
    fields = {"hash": api.log_in(alice.login, PASSWORD), "tracker_id": driven.pk, **DAY}
    address = f"{base}track/list{slash}"
    answers = [
        Client().get(address, fields),
        Client().post(address, fields),
        Client().post(address, fields, content_type="application/json"),
    ]
    assert [len(answer.json()["list"]) for answer in answers] == [2, 2, 2]
