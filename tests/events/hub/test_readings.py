"""`readings_batch` and `iot_monitor` from the command to the frame, on the hub (api §4.6, §4.7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_database

from accounts.models import User
from accounts.services.passwords import restore_password
from events.hub.hub import Hub
from tests.events.conftest import Visit, Visitor
from trackers.engine.counters import CounterType
from trackers.models import Counter, Sensor, Tracker
from trackers.reports.report import Report
from trackers.services.ingestion import ingest
from trackers.services.settings import save_counter, save_sensor, set_counter_value
from trackers.services.trackers import bind_sub_users, set_blocked

ALL = {"type": "all"}
START = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)

Tell = Callable[..., Any]


@pytest.fixture
def tell(transactional_db: None) -> Tell:
    """Lets a van report something, so many seconds after the start."""

    def report(van: Tracker, second: int, **parts: Any) -> None:
        time = START + timedelta(seconds=second)
        ingest([Report(van.source.device_id, time, **parts)], received_at=time)

    return in_database(report)


@pytest.fixture
def tanks(vans: list[Tracker]) -> list[Sensor]:
    """Two tanks of the first van, one a part of the other, and an odometer that shows 100 km."""
    source = vans[0].source
    kinds = {"source": source, "kind": "metering"}
    main = Sensor(**kinds, sensor_type="fuel", name="Main", input_name="lls_level_1")
    save_sensor(main)
    heat = Sensor(**kinds, sensor_type="temperature", name="Heat", input_name="temperature_1")
    save_sensor(heat)
    total = Sensor(**kinds, sensor_type="fuel", name="Total", input_name="", parameters={"parent_ids": [main.pk]})
    save_sensor(total)
    save_counter(Counter(source=source, counter_type="odometer"))
    set_counter_value(source, CounterType.ODOMETER, 100.0)
    return [main, heat, total]


async def subscribe(visitor: Visitor, event_type: str, target: Any = ALL, **fields: Any) -> dict[str, Any]:
    """Subscribes; the result. The first batch waits to be read."""
    request = {"type": event_type, "target": target, "rate_limit": "100ms", **fields}
    await visitor.command(requests=[request])
    return (await visitor.message())["data"][event_type]


def numbers(item: dict[str, Any]) -> dict[str, float]:
    """The values of an item's metering sensors, by label."""
    return {one["label"]: one["value"] for one in item["inputs"]}


@pytest.mark.api(66)
async def test_readings_come_complete_then_as_changes(
    visit: Visit, alice: User, vans: list[Tracker], tanks: list[Sensor], tell: Tell
) -> None:
    await tell(vans[0], 1, measurements={"lls_level_1": 40.0, "temperature_1": 7.0}, attributes={"door": "open"})
    visitor = await visit(alice)
    await subscribe(visitor, "readings_batch")
    first = await visitor.message()
    assert (first["event"], bool(first["user_time"])) == ("readings_batch", True)
    whole, empty = first["data"]
    assert (whole["type"], whole["tracker_id"], empty["tracker_id"]) == ("readings_event", vans[0].pk, vans[1].pk)
    assert numbers(whole) == {"Main": 40.0, "Heat": 7.0, "Total": 40.0}
    assert [one["field"] for one in whole["states"]] == ["door"]
    assert [one["value"] for one in whole["counters"]] == [100.0]
    await tell(vans[0], 2, measurements={"lls_level_1": 40.0, "temperature_1": 8.5})
    [changed] = (await visitor.message())["data"]
    assert numbers(changed)["Heat"] == 8.5
    assert changed["states"] == []


@pytest.mark.api(67)
async def test_sensor_type_leaves_only_its_sensors(
    visit: Visit, alice: User, vans: list[Tracker], tanks: list[Sensor], tell: Tell
) -> None:
    await tell(vans[0], 1, measurements={"lls_level_1": 40.0, "temperature_1": 7.0}, attributes={"door": "open"})
    visitor = await visit(alice)
    await subscribe(visitor, "readings_batch", sensor_type="fuel", include_components=False)
    item = (await visitor.message())["data"][0]
    assert numbers(item) == {"Total": 40.0}
    assert not {"states", "counters"} & set(item)
    await tell(vans[0], 2, measurements={"temperature_1": 9.0}, attributes={"door": "closed"})
    await tell(vans[0], 3, measurements={"lls_level_1": 39.0})
    assert numbers((await visitor.message())["data"][0]) == {"Total": 39.0}, "the temperature made no batch"


@pytest.mark.api(68)
async def test_monitor_sends_the_last_twelve_reports_by_attribute(
    visit: Visit, alice: User, vans: list[Tracker], tell: Tell
) -> None:
    for second in range(1, 14):
        extra = {"pressure": second} if second != 12 else {}
        await tell(vans[0], second, attributes={"load": second, **extra})
    visitor = await visit(alice)
    await subscribe(visitor, "iot_monitor", {"type": "selected", "tracker_ids": [vans[0].pk]})
    message = await visitor.message()
    assert (message["event"], "user_time" in message) == ("iot_monitor", False)
    [item] = message["data"]["iot_last_values"]
    assert item["tracker_id"] == vans[0].pk
    assert [one["value"] for one in item["all_fields"]["load"]] == list(range(13, 1, -1))
    assert [one["value"] for one in item["all_fields"]["pressure"]][:3] == [13, None, 11]
    assert len(item["nonnull_fields"]["pressure"]) == 11
    assert item["all_fields"]["load"][0]["msg_time"].endswith("Z")
    await tell(vans[0], 14, attributes={"load": 14})
    [item] = (await visitor.message())["data"]["iot_last_values"]
    assert [one["value"] for one in item["all_fields"]["load"]] == list(range(14, 2, -1))


@pytest.mark.api(65)
async def test_monitor_alone_brings_no_lifecycle_but_a_logout(
    visit: Visit, alice: User, vans: list[Tracker], hub: Hub, tell: Tell
) -> None:
    visitor = await visit(alice)
    await subscribe(visitor, "iot_monitor")
    await visitor.message()
    block = in_database(set_blocked)
    await block(vans[0].source_id, is_blocked=True)
    await block(vans[0].source_id, is_blocked=False)
    await tell(vans[0], 1, attributes={"load": 1})
    assert (await visitor.message())["event"] == "iot_monitor"
    await in_database(restore_password)(alice, "another long password")
    assert (await visitor.message())["event"] == "logout"


@pytest.mark.api(60)
async def test_readings_come_again_after_an_unblock(
    visit: Visit, alice: User, vans: list[Tracker], tanks: list[Sensor], tell: Tell
) -> None:
    await tell(vans[0], 1, measurements={"lls_level_1": 40.0})
    visitor = await visit(alice)
    await subscribe(visitor, "readings_batch", {"type": "selected", "tracker_ids": [vans[0].pk]})
    await visitor.message()
    block = in_database(set_blocked)
    await block(vans[0].source_id, is_blocked=True)
    await block(vans[0].source_id, is_blocked=False)
    blocked, unblocked, readings = await visitor.messages(3)
    assert [one["data"]["lifecycle_event"] for one in (blocked, unblocked)] == ["block", "unblock"]
    assert numbers(readings["data"][0]) == {"Main": 40.0, "Total": 40.0}


@pytest.mark.parametrize("event_type", ["state_batch", "readings_batch", "iot_monitor"])
async def test_accounts_later_tracker_belongs_to_all(
    visit: Visit, alice: User, vans: list[Tracker], register: Callable[..., Tracker], event_type: str
) -> None:
    visitor = await visit(alice)
    await subscribe(visitor, event_type)
    await visitor.message()
    late = await in_database(register)(alice)
    data = (await visitor.message())["data"]
    items = data["iot_last_values"] if event_type == "iot_monitor" else data
    assert [item["tracker_id"] for item in items] == [late.pk]


async def test_tracker_bound_later_belongs_to_all(visit: Visit, alice: User, bob: User, vans: list[Tracker]) -> None:
    await in_database(bind_sub_users)(vans[0], [bob])
    visitor = await visit(bob)
    await subscribe(visitor, "state_batch")
    assert [item["tracker_id"] for item in (await visitor.message())["data"]] == [vans[0].pk]
    await in_database(bind_sub_users)(vans[1], [bob])
    assert [item["tracker_id"] for item in (await visitor.message())["data"]] == [vans[1].pk]


async def test_unsubscribed_tracker_stays_out_of_all(
    visit: Visit, alice: User, vans: list[Tracker], register: Callable[..., Tracker]
) -> None:
    visitor = await visit(alice)
    await subscribe(visitor, "state_batch")
    await visitor.message()
    request = {"type": "state_batch", "target": {"type": "selected", "tracker_ids": [vans[0].pk]}}
    await visitor.command(action="unsubscribe", requests=[request])
    await visitor.message()
    late = await in_database(register)(alice)
    assert [item["tracker_id"] for item in (await visitor.message())["data"]] == [late.pk]
