"""Reload: what the database says of an account, compared with what its clients were told, and made good."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from channels.db import database_sync_to_async

from accounts.selectors import Principal
from alerts.engine.notices import RaisedAlert
from alerts.storage.raised import alerts_after
from events.clients.account import Account
from events.clients.delivery import deliver, deliver_alerts
from events.clients.recording import Recording
from events.clients.subscriber import Subscriber
from events.clients.survey import Survey
from events.hub.snapshot import MAX_ALERTS_READ, Loaded
from events.hub.surveys import read_trackers
from events.protocol.kinds.history import HISTORY
from trackers.engine.notices import TrackersChanged
from trackers.services.selectors import sources_by_tracker
from trackers.services.surveys import SurveyedTracker, surveyed

# Notices of what a reload read in the database may still be on their way; they come first, so that a client gets every
# change and not only the last one.
SETTLE_S = 0.5
# So many trackers or credentials are read at once; commands and calls take their turn in between.
CHUNK = 200
# So long a reload holds the loop at a time.
SLICE_S = 0.005


@dataclass(slots=True)
class Wanted:
    """What is to be read of an account."""

    sources: set[int] = field(default_factory=set)
    everything: bool = False
    """All sources that are followed, and logins."""
    new_trackers: bool = False
    """Trackers that those who follow all may lack."""

    def add(self, other: Wanted) -> None:
        self.sources |= other.sources
        self.everything = self.everything or other.everything
        self.new_trackers = self.new_trackers or other.new_trackers


async def reload(account: Account, wanted: Wanted) -> None:
    """Reads what is wanted, and gives clients what they missed. Notices that are under way come first."""
    # A command that began to read before this might otherwise follow what it knows when this has looked already.
    await asyncio.gather(*(earlier.is_over.wait() for earlier in account.recordings))
    with account.recording() as recording:
        reload = Reload(account, recording)
        await reload.read(wanted)
        await asyncio.sleep(SETTLE_S)
        await reload.compare(wanted)


class Reload:
    """One reading of the database, kept up to date with what is heard, and compared with what clients know."""

    def __init__(self, account: Account, recording: Recording) -> None:
        self._account = account
        self._recording = recording
        self._loaded = Loaded()
        self._digests: Sequence[str] = ()
        self._followed: Mapping[int, int] = MappingProxyType({})
        self._surveyed: Mapping[int, int] = MappingProxyType({})
        self._alerts: Sequence[RaisedAlert] = ()
        self._slice_ends_s = 0.0

    async def read(self, wanted: Wanted) -> None:
        """Reads in chunks. What is asked about is noted first: of what comes later the database may know nothing."""
        if self._account.survey is not None and (wanted.everything or wanted.new_trackers):
            await self._renew(self._account.survey, wanted)
        followed = self._account.tracker_ids
        if wanted.everything:
            self._digests, self._followed = tuple(self._account.digests), followed
        else:
            self._followed = {source_id: followed[source_id] for source_id in wanted.sources & followed.keys()}
        if self._account.survey is not None:
            self._surveyed = self._account.survey.tracker_ids(wanted.sources)
        trackers = {tracker_id: source_id for source_id, tracker_id in {**self._surveyed, **self._followed}.items()}
        if wanted.everything or wanted.new_trackers:
            trackers |= await self._lacking()
        for digests in _chunks(self._digests):
            await self._read_chunk(digests, {})
        for chunk in _chunks(sorted(trackers)):
            await self._read_chunk((), {trackers[one]: one for one in chunk})
        floor = self._account.heard_alerts.floor
        if wanted.everything and floor is not None and HISTORY in self._account.kinds_in_use:
            read = database_sync_to_async(alerts_after)
            self._alerts = await read(self._account.account_id, floor, most=MAX_ALERTS_READ)

    async def _renew(self, survey: Survey, wanted: Wanted) -> None:
        """Brings a survey in line with the database. Of whom that brings into an area the state is wanted, too."""
        trackers = [one async for some in read_trackers(self._account.account_id) for one in some]
        wanted.sources |= self._following_anew(partial(self._bring_in_line, survey, trackers))

    def _bring_in_line(self, survey: Survey, trackers: Sequence[SurveyedTracker]) -> None:
        survey.renew(trackers)
        survey.keep_only({one.source_id for one in trackers})
        for notice in self._recording.notices:
            survey.hear(notice)

    def _following_anew(self, change: Callable[[], None]) -> set[int]:
        """The sources that somebody follows since this change; those know nothing, and are told as others are."""
        before = set(self._recording.newcomers)
        change()
        entered = {source_id for _, source_id in self._recording.newcomers - before}
        self._recording.newcomers = before
        return entered

    async def _lacking(self) -> dict[int, int]:
        """The trackers that those who follow all may see and do not follow, with their sources."""
        lacking: dict[int, int] = {}
        for principal, subscribers in self._followers_of_all().items():
            visible = await database_sync_to_async(sources_by_tracker)(principal)
            lacked = frozenset().union(*(one.lacks(frozenset(visible.values())) for one in subscribers))
            lacking |= {tracker_id: source_id for tracker_id, source_id in visible.items() if source_id in lacked}
        return lacking

    def _followers_of_all(self) -> dict[Principal, list[Subscriber]]:
        """Those who follow all, by who may see the same."""
        by_user: dict[int, list[Subscriber]] = {}
        for subscriber in self._account.subscribers:
            if subscriber.covers_all:
                by_user.setdefault(subscriber.principal.user_id, []).append(subscriber)
        return {subscribers[0].principal: subscribers for subscribers in by_user.values()}

    async def _read_chunk(self, digests: Sequence[str], trackers: Mapping[int, int]) -> None:
        account_id, kinds = self._account.account_id, self._account.kinds_in_use
        ids = tuple(trackers.values())
        self._loaded.add(await database_sync_to_async(Loaded.read)(account_id, digests, ids, kinds, trackers))

    async def compare(self, wanted: Wanted) -> None:
        """Makes good what was missed, a slice of the loop's time after the other."""
        await self._give_way()
        if wanted.everything:
            deliver(self._account, TrackersChanged(sees_more=False), datetime.now(UTC))
        entered = self._following_anew(self._correct_survey)
        for digest in self._digests:
            for subscriber in self._account.with_login(digest):
                await self._give_way()
                self._reconcile_login(subscriber)
        for source_id in {**self._followed, **dict.fromkeys(entered)}:
            for subscriber in self._known_followers(source_id):
                await self._give_way()
                subscriber.reconcile(source_id, self._loaded)
        for subscribers in self._followers_of_all().values():
            for subscriber in subscribers:
                await self._give_way()
                subscriber.follow_new(self._loaded)
        self._tell_missed_alerts()

    def _correct_survey(self) -> None:
        if (survey := self._account.survey) is None:
            return
        for source_id in self._surveyed:
            if (tracked := self._loaded.by_source.get(source_id)) is None:
                survey.forget(source_id)
            else:
                survey.renew([surveyed(tracked)])

    def _tell_missed_alerts(self) -> None:
        """At one go: a notice that is heard in between would tell of the same."""
        heard = self._account.heard_alerts
        missed = [alert for alert in self._alerts if alert.id not in heard]
        heard.note(alert.id for alert in missed)
        deliver_alerts(self._account, missed, datetime.now(UTC), were_missed=True)

    def _reconcile_login(self, subscriber: Subscriber) -> None:
        principal = self._loaded.principals.get(subscriber.principal.digest)
        if principal is None:
            subscriber.log_out("its end was not heard, but found in the database")
        elif principal != subscriber.principal:
            subscriber.become(principal)

    def _known_followers(self, source_id: int) -> Iterable[Subscriber]:
        """Each once; not those who follow it only since the reading began: what they know is newer."""
        newcomers = self._recording.newcomers
        followers = self._account.followers(source_id)
        return dict.fromkeys(whose for one, whose in followers.items() if (one, source_id) not in newcomers)

    async def _give_way(self) -> None:
        """Lets others have the loop when the slice is over, and takes in what was heard meanwhile."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._slice_ends_s:
            return
        await asyncio.sleep(0)
        self._slice_ends_s = loop.time() + SLICE_S
        for notice in self._recording.take():
            self._loaded.apply(notice)


def _chunks(ids: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
