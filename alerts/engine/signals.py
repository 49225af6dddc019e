"""What the kinds of rules find in what there is to see, before schedules, limits and timers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from alerts.engine.events import Event
from alerts.engine.memory import Memory
from alerts.engine.rules import Rule
from alerts.engine.sight import ALL_FACETS, Sight, Surroundings

DEFAULT_RESET = timedelta(seconds=10)


class Signal(NamedTuple):
    """That something is so, or no longer."""

    key: str
    is_on: bool
    time: datetime
    was: bool | None = None
    """What it was where nothing is remembered; None: that is not known, and this one is only remembered."""
    is_silent: bool = False
    """Whether it is only to be remembered."""
    zone_id: int | None = None
    extra: Mapping[str, Any] = {}
    """What it adds to an alert, by the names of the API."""


class Pulse(NamedTuple):
    """That something happened at a moment."""

    is_first: bool
    """Whether it is of the kind's first event, or the second."""
    time: datetime
    extra: Mapping[str, Any] = {}


Look = Callable[[Rule, Memory, Sight, Surroundings], Iterable[Signal | Pulse]]
Due = Callable[[Rule, Sight], datetime | None]
Reset = Callable[[Rule], timedelta]


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of rules (alerts §3)."""

    name: str
    look: Look
    first: Event
    """Of what is so."""
    second: Event | None = None
    """Of what is so no longer; None: nobody is told of that."""
    facets: int = ALL_FACETS
    """What of a sight, by Facet, may concern a rule that remembers nothing."""
    reset: timedelta = DEFAULT_RESET
    own_reset: Reset | None = None
    """How long the timer runs where a rule says so itself."""
    due: Due | None = None
    """When time alone may change what is to be seen; None: never."""
    limits_itself: bool = False
    """Whether zones are part of what is seen, and not a limit on top."""
    repeats: bool = False
    """Whether what stays so is told again when the timer has run out, where a rule asks for it."""
    is_made_up: bool = True
    """Whether what the timer swallowed is told later if it is still so."""

    @property
    def events(self) -> tuple[Event, ...]:
        """All that it can tell."""
        return (self.first,) if self.second is None else (self.first, self.second)

    def reset_of(self, rule: Rule) -> timedelta:
        """How long the timer of a rule runs."""
        return self.reset if self.own_reset is None else self.own_reset(rule)
