"""What devices tell by themselves: alarms, power, crashes (alerts §3). From late reports, too. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from alerts.engine.events import Event
from alerts.engine.memory import Memory
from alerts.engine.rules import Rule
from alerts.engine.sight import Facet, Sight, Surroundings
from alerts.engine.signals import Kind, Pulse, Signal

LOW = "low"
LOW_CHARGE_PERCENT = 10
"""As `battery.low_charge` of the device models says."""


@dataclass(frozen=True, slots=True)
class Told:
    """By which codes of NGP and which alarms of Traccar devices tell of an event."""

    codes: frozenset[int] = frozenset()
    alarms: frozenset[str] = frozenset()

    @classmethod
    def by(cls, *marks: int | str) -> Told:
        """By codes, which are numbers, and alarms, which are names."""
        codes = frozenset(mark for mark in marks if isinstance(mark, int))
        return cls(codes, frozenset(mark for mark in marks if isinstance(mark, str)))


@dataclass(frozen=True, slots=True)
class Words:
    """How devices tell of the two events of a kind."""

    first: Told
    second: Told | None = None

    def look(self, rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Signal | Pulse]:
        """Codes are told once each; an alarm is repeated while it lasts, and only its appearance counts."""
        if sight.report is None:
            return
        for is_first, told in ((True, self.first), (False, self.second)):
            if told is not None:
                yield from _look(told, is_first, sight)


def _look(told: Told, is_first: bool, sight: Sight) -> Iterator[Signal | Pulse]:
    is_alarmed = bool(told.alarms & sight.alarms)
    is_coded = sight.report is not None and sight.report.event_code in told.codes
    if is_coded or (is_alarmed and not sight.is_news):
        yield Pulse(is_first, sight.time)
    if told.alarms and sight.is_news:
        yield Signal(f"alarm{1 if is_first else 2}", is_alarmed, sight.time, was=False)


def look_at_charge(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Signal | Pulse]:
    """The device's own word, or the charge."""
    yield from Words(Told.by("lowPower", "lowBattery")).look(rule, memory, sight, around)
    if sight.has_news and sight.report is not None and sight.report.battery_percent is not None:
        yield Signal(LOW, sight.report.battery_percent <= LOW_CHARGE_PERCENT, sight.time)


def _told(
    event: Event,
    *marks: int | str,
    name: str = "",
    reset_s: int = 10,
    second: Event | None = None,
    then: Told | None = None,
) -> Kind:
    words = Words(Told.by(*marks), then)
    return Kind(
        name or event.value,
        words.look,
        event,
        second,
        reset=timedelta(seconds=reset_s),
        is_made_up=False,
        facets=Facet.WORDS.value,
    )


SOS = _told(Event.SOS, 202, "sos", reset_s=30)
BATTERY_OFF = _told(
    Event.BATTERY_OFF, 2, "powerCut", reset_s=300, second=Event.BATTERY_ON, then=Told.by(4, "powerRestored")
)
LOWPOWER = Kind(
    "lowpower", look_at_charge, Event.LOWPOWER, reset=timedelta(minutes=30), is_made_up=False, facets=Facet.WORDS.value
)
BACKUP_BATTERY_LOW = _told(Event.BACKUP_BATTERY_LOW, "lowBattery", reset_s=60)
OVER_SPEED_REPORTED = _told(Event.OVER_SPEED_REPORTED, 224, 249, "overspeed", reset_s=60)
HARSH_DRIVING = _told(Event.HARSH_DRIVING, *range(236, 242), 243, "hardAcceleration", "hardBraking", "hardCornering")
CRASH_ALARM = _told(Event.CRASH_ALARM, 242, "accident")
CALL_BUTTON_PRESSED = _told(Event.CALL_BUTTON_PRESSED, 244)
GPS_LOST_RECOVER = _told(Event.GPS_LOST, 609, name="gps_lost_recover", second=Event.GPS_RECOVER, then=Told.by(608))
DETACH = _told(Event.DETACH, "removing")
CASE_INTRUSION = _told(Event.CASE_INTRUSION, "tampering")
DOOR_ALARM = _told(Event.DOOR_ALARM, "door")
