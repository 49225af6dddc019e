"""Kinds of events: what a file in `events/protocol/kinds/` says of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from accounts.wire.schema import named, open_object, said
from accounts.wire.terms import Schema, one_of
from events.protocol.area import Area
from events.protocol.description import MessageSchema
from events.protocol.options import FORMAT, Common, Options, Parameter
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
    selection: Parameter | None
    """The parameter that says which trackers are meant; None: no tracker is followed."""
    parameters: tuple[Parameter, ...]
    """The others, in the order in which they are checked."""
    event: MessageSchema
    needs: frozenset[Need] = frozenset()
    note: str = ""
    """A word on the request, for who reads its description."""

    def read_request(self, name: str, item: Mapping[str, Any], common: Common) -> EventRequest:
        """The request in a command's item, which `name` locates in errors. Raises ApiError INVALID_PARAMETERS."""
        # A format is checked of every type, and first: it is an error where it has no effect, too.
        values = _read_given([FORMAT], name, item)
        chosen = self._read_selection(name, item)
        values |= _read_given(self.parameters, name, item)
        options = self.options(**common, **values)
        if isinstance(chosen, Area):
            return EventRequest(self, (), options, chosen)
        return EventRequest(self, chosen, options)

    def _read_selection(self, name: str, item: Mapping[str, Any]) -> tuple[int, ...] | Area | None:
        if self.selection is None:
            return ()
        chosen: tuple[int, ...] | Area | None = self.selection.read(
            f"{name}.{self.selection.name}", item.get(self.selection.name)
        )
        return chosen

    @property
    def request_schema(self) -> Schema:
        """The description of a request of this type."""
        fields = {one.name: one.schema for one in (self.selection, *self.parameters) if one is not None}
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
    area: Area | None = None
    """In which trackers are meant whichever they are, and none is named."""

    @property
    def begins_bit_by_bit(self) -> bool:
        """Whether what is known of many sources may be taken in several goes, with news of them in between."""
        return self.kind.subscription.begins_bit_by_bit or self.area is not None


def _read_given(parameters: Iterable[Parameter], name: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """The options that an item sets; null is as good as nothing."""
    given = [one for one in parameters if item.get(one.name) is not None]
    return {one.option: one.read(f"{name}.{one.name}", item[one.name]) for one in given}
