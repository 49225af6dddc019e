"""Kinds of events: what a file in `events/protocol/kinds/` says of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from accounts.wire.schema import named, open_object, said
from accounts.wire.terms import Schema, one_of
from events.protocol.description import MessageSchema
from events.protocol.options import FORMAT, Options, Parameter
from events.protocol.subscription import Subscription


class Need(StrEnum):
    """What a subscription is told from the database beside states."""

    READINGS = "readings"
    LAST_REPORTS = "last reports"
    ALERTS = "alerts"


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A type of events that can be subscribed to. There is one object of each, so that it is its own key."""

    name: str
    """The type on the wire."""
    subscription: type[Subscription[Any]]
    """What follows trackers, keeps what is news and writes it."""
    options: type[Options]
    selection: Parameter
    """The parameter that says which trackers are meant."""
    parameters: tuple[Parameter, ...]
    """The others, in the order in which they are checked."""
    event: MessageSchema
    needs: frozenset[Need] = frozenset()
    note: str = ""
    """A word on the request, for who reads its description."""

    def read_request(self, name: str, item: Mapping[str, Any], *, iso: bool, is_numbered: bool) -> EventRequest:
        """The request in a command's item, which `name` locates in errors. Raises ApiError INVALID_PARAMETERS."""
        # A format is checked of every type, and first: it is an error where it has no effect, too.
        values = _read_given([FORMAT], name, item)
        tracker_ids = self.selection.read(f"{name}.{self.selection.name}", item.get(self.selection.name))
        values |= _read_given(self.parameters, name, item)
        return EventRequest(self, tracker_ids, self.options(iso=iso, is_numbered=is_numbered, **values))

    @property
    def request_schema(self) -> Schema:
        """The description of a request of this type."""
        fields = {one.name: one.schema for one in (self.selection, *self.parameters)}
        schema = open_object({"type": one_of(self.name), **fields})
        title = f"{self.name.title().replace('_', '')}Request"
        return named(title, said(schema, self.note) if self.note else schema)


@dataclass(frozen=True, slots=True)
class EventRequest:
    """One subscription that a command asks for, or gives up."""

    kind: Kind
    tracker_ids: tuple[int, ...] | None
    """Without repetitions, in the order given; None: all that the credential may see."""
    options: Options


def _read_given(parameters: Iterable[Parameter], name: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """The options that an item sets; null is as good as nothing."""
    given = [one for one in parameters if item.get(one.name) is not None]
    return {one.option: one.read(f"{name}.{one.name}", item[one.name]) for one in given}
