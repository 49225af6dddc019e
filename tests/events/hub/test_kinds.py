"""A type of events that the table did not have, from the command to the frame: a file is all that it takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from accounts.wire.errors import invalid_parameter
from accounts.wire.terms import INTEGER
from events.protocol.commands import CommandError
from events.protocol.description import MessageSchema, event_schema
from events.protocol.kind import Kind
from events.protocol.kinds import KINDS
from events.protocol.options import TARGET, Options, Parameter
from events.protocol.subscription import Renderer, Subscription
from tests.events.conftest import Visit, Visitor
from trackers.engine.state import State
from trackers.models import Tracker


@dataclass(frozen=True, slots=True)
class SpeedingOptions(Options):
    above_kmh: int = 90


class SpeedingSubscription(Subscription[SpeedingOptions]):
    """Who drives faster than allowed, as it comes."""

    most_trackers = 1

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[State] = []
        self._above_kmh = 0

    def configure(self, options: SpeedingOptions, time_zone: str) -> None:
        super().configure(options, time_zone)
        self._above_kmh = options.above_kmh

    def offer(self, states: Sequence[State], *, newest_only: bool = False) -> bool:
        fast = [one for one in self._news(states) if one.gps and (one.gps.speed_kmh or 0) > self._above_kmh]
        self._waiting += fast
        return bool(fast)

    def next_event(self, now: datetime, renderer: Renderer) -> str | None:
        if not self._waiting:
            return None
        state = self._waiting.pop(0)
        assert state.gps is not None
        return json.dumps({"type": "event", "event": "speeding", "data": state.gps.speed_kmh})

    def _waiting_states(self) -> Iterable[State]:
        return self._waiting

    def _drop_waiting(self, source_ids: set[int]) -> None:
        self._waiting = [state for state in self._waiting if state.source_id not in source_ids]


def read_limit(name: str, value: Any) -> int:
    if not isinstance(value, int):
        raise invalid_parameter(name, "must be a number")
    return value


SPEEDING = Kind(
    name="speeding",
    subscription=SpeedingSubscription,
    options=SpeedingOptions,
    selection=TARGET,
    parameters=(Parameter("above", "above_kmh", read_limit, INTEGER),),
    event=MessageSchema("speeding", "Somebody is too fast.", event_schema("speeding", INTEGER, has_time=False), {}),
)


@pytest.fixture
def speeding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, SPEEDING.name, SPEEDING)


def request(*vans: Tracker, **fields: Any) -> dict[str, Any]:
    target = {"type": "selected", "tracker_ids": [van.pk for van in vans]}
    return {"type": "speeding", "target": target, **fields}


async def message(visitor: Visitor) -> dict[str, Any]:
    """The next message; unlike `Visitor.message` without a look into the descriptions, which are made once."""
    return json.loads(await visitor.frame())


async def test_another_type_is_followed_and_sent_by_its_own_rules(
    speeding: None, visit: Visit, alice: User, vans: list[Tracker], report: Any
) -> None:
    visitor = await visit(alice)
    await visitor.command(requests=[request(vans[0], above=50)])
    assert (await message(visitor))["data"]["speeding"]["value"] == {str(vans[0].pk): "normal"}
    await report(vans[0], 40)
    await report(vans[1], 55)
    await report(vans[0], 58)
    assert (await message(visitor))["data"] == 58


async def test_parameters_and_limits_of_another_type_are_checked(
    speeding: None, visit: Visit, alice: User, vans: list[Tracker]
) -> None:
    visitor = await visit(alice)
    with pytest.raises(CommandError) as refused:
        await visitor.command(requests=[request(vans[0], above="fast")])
    assert [one.parameter for one in refused.value.error.errors] == ["requests[0].above"]
    await visitor.command(requests=[request(*vans)])
    assert (await message(visitor))["data"]["speeding"]["success"] is False


def test_table_names_each_kind_once_and_describes_it() -> None:
    assert list(KINDS) == [kind.event.name for kind in KINDS.values()]
    for kind in KINDS.values():
        assert kind.request_schema["properties"]["type"] == {"const": kind.name}
        assert {one.name for one in kind.parameters} < kind.request_schema["properties"].keys()
