"""Looking at an area: who is there that a client does not know yet, and what of them is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from accounts.selectors import Principal
from events.clients.account import Account
from events.clients.subscriber import Subscriber
from events.clients.survey import Survey
from events.hub.hub import Hub
from events.hub.snapshot import Loaded
from events.protocol.area import Area
from events.protocol.commands import Action, Command
from events.protocol.kinds.state_batch import STATE_BATCH, StateBatchSubscription
from events.protocol.messages import TrackerStatus
from trackers.services.surveys import SurveyedTracker


@dataclass(frozen=True, slots=True)
class Look:
    """The area that a command asks for, and where the account's trackers are."""

    area: Area
    survey: Survey
    principal: Principal
    """Who looks."""
    read_states: Callable[[Iterable[int]], None]
    """Has the states of sources that are followed read, and sent to those who lack them."""

    def lacked(self, subscriber: Subscriber | None) -> list[int]:
        """The trackers in the area whose states somebody has not been sent; None: a stranger, who was sent none."""
        batches = StateBatchSubscription() if subscriber is None else _batches(subscriber)
        return [one.tracker_id for one in self._newcomers(batches) if not batches.has_sent(one.source_id, one.revision)]

    def statuses(self, subscriber: Subscriber) -> dict[int, TrackerStatus]:
        """What following means for each in the area that is not followed yet, by tracker id."""
        newcomers = self._newcomers(_batches(subscriber))
        return {one.tracker_id: TrackerStatus.BLOCKED if one.is_blocked else TrackerStatus.NORMAL for one in newcomers}

    def begin(self, subscriber: Subscriber, loaded: Loaded) -> None:
        """Follows whoever is in the area from now on."""
        batches = _batches(subscriber)
        lacked = [one for one in self._newcomers(batches) if not batches.has_sent(one.source_id, one.revision)]
        self.survey.look(batches, self.area, self.principal)
        # Some came into it after it was known whose states were to be read.
        self.read_states(one.source_id for one in lacked if one.source_id not in loaded.by_source)

    def _newcomers(self, batches: StateBatchSubscription) -> list[SurveyedTracker]:
        followed = batches.source_ids
        inside = self.survey.trackers_in(self.area, self.principal)
        return [one for one in inside if one.source_id not in followed]


def _batches(subscriber: Subscriber) -> StateBatchSubscription:
    batches = subscriber.subscription(STATE_BATCH)
    assert isinstance(batches, StateBatchSubscription)
    return batches


async def look_of(command: Command, principal: Principal, account: Account, hub: Hub) -> Look | None:
    """The look that a command asks for. Raises ApiError DATABASE_UNAVAILABLE when nobody can say who is where."""
    area = next((request.area for request in command.requests if request.area is not None), None)
    if area is None or command.action is not Action.SUBSCRIBE:
        return None
    return Look(area, await hub.survey(account), principal, partial(hub.read_states, account))
