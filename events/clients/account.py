"""Account: who of its clients is in this process, by what a notice may concern: login and followed source."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from types import MappingProxyType
from typing import Any

from django.conf import settings

from events.clients.heard_alerts import HeardAlerts
from events.clients.recording import Recording
from events.clients.subscriber import Hearer, Subscriber
from events.clients.survey import Survey
from events.protocol.kind import Kind
from events.protocol.kinds import KINDS
from events.protocol.subscription import Subscription
from trackers.engine.shards import ALL_SHARDS, shard_of

Followers = Mapping[Subscription[Any], Subscriber]
NO_FOLLOWERS: Followers = MappingProxyType({})


class Account:
    """Account as far as this process knows it. Its lists follow what subscribers do, so that a notice is not offered
    to clients whom it does not concern."""

    __slots__ = (
        *("account_id", "clients", "joined", "recordings", "heard_alerts", "survey", "surveying"),
        *("_listed", "_followers", "_shards", "_logins"),
    )

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        self.clients: dict[Hearer, None] = {}
        """Those that are attached, with or without a login yet."""
        self.joined: dict[int | None, str] = {}
        """By shard, None for the account's own, the channel that is in its group; an earlier one hears nothing."""
        self.recordings: list[Recording] = []
        """One for each reading of the database that is under way."""
        self.heard_alerts = HeardAlerts()
        self.survey: Survey | None = None
        """Of where its trackers are, while somebody looks at an area."""
        self.surveying = asyncio.Lock()
        """Held by whoever makes it."""
        self._followers: dict[int, dict[Subscription[Any], Subscriber]] = {}
        # How many sources of each shard are followed.
        self._shards: Counter[int] = Counter()
        self._logins: dict[str, dict[Subscriber, None]] = {}
        # How many sources are followed by each type of subscription, summed over clients.
        self._listed: Counter[type[Subscription[Any]]] = Counter()

    # By login

    def enter(self, subscriber: Subscriber) -> None:
        self._logins.setdefault(subscriber.principal.digest, {})[subscriber] = None

    def leave(self, subscriber: Subscriber) -> None:
        digest = subscriber.principal.digest
        subscribers = self._logins.get(digest, {})
        subscribers.pop(subscriber, None)
        if not subscribers:
            self._logins.pop(digest, None)

    @property
    def digests(self) -> Collection[str]:
        """The credentials that are logged in here."""
        return self._logins.keys()

    def with_login(self, digest: str) -> Collection[Subscriber]:
        return tuple(self._logins.get(digest, ()))

    @property
    def subscribers(self) -> Iterator[Subscriber]:
        return chain.from_iterable(map(tuple, tuple(self._logins.values())))

    def has_room_for(self, digest: str) -> bool:
        """Whether one more client may log in by this credential; those that are away count too."""
        return len(self._logins.get(digest, ())) < settings.MAX_CONNECTIONS_PER_LOGIN

    def has_expired_login(self, now: datetime) -> bool:
        """Whether anybody's login has come to its end without being told."""
        firsts = (next(iter(subscribers)).principal.expires_at for subscribers in self._logins.values())
        return any(expires_at is not None and expires_at <= now for expires_at in firsts)

    # By source

    def follow(self, source_id: int, subscription: Subscription[Any], subscriber: Subscriber) -> None:
        """Lists a subscription under a source; one that is listed already is a newcomer again."""
        followers = self._followers.get(source_id)
        if followers is None:
            followers = self._followers[source_id] = {}
            self._shards[shard_of(source_id)] += 1
        if subscription not in followers:
            followers[subscription] = subscriber
            self._listed[type(subscription)] += 1
        for recording in self.recordings:
            recording.newcomers.add((subscription, source_id))

    def unfollow(self, source_id: int, subscription: Subscription[Any]) -> None:
        followers = self._followers[source_id]
        del followers[subscription]
        self._listed[type(subscription)] -= 1
        if not followers:
            del self._followers[source_id]
            self._shards[shard_of(source_id)] -= 1

    def followers(self, source_id: int) -> Followers:
        """Who follows a source, as it is: with each that is sent something it may change."""
        return self._followers.get(source_id, NO_FOLLOWERS)

    @property
    def tracker_ids(self) -> dict[int, int]:
        """The trackers that are followed here, by source id."""
        return {
            source_id: subscription.tracker_id(source_id)
            for source_id, followers in self._followers.items()
            for subscription in (next(iter(followers)),)
        }

    @property
    def kinds_in_use(self) -> frozenset[Kind]:
        """Kinds of events by which any source is followed here."""
        return frozenset(kind for kind in KINDS.values() if self._listed[kind.subscription])

    # By shard, if the account is split

    @property
    def followed_shards(self) -> frozenset[int]:
        """Those of the sources that are followed here."""
        return frozenset(+self._shards)

    @property
    def wanted_shards(self) -> frozenset[int]:
        """Those in which sources are followed, or may be as soon as there are any: who follows all wants all, and so
        does who looks at an area."""
        if self.survey is not None or any(subscriber.covers_all for subscriber in self.subscribers):
            return ALL_SHARDS
        return self.followed_shards

    @property
    def is_in_idle_shards(self) -> bool:
        """Whether groups were joined of shards of which nothing is followed, nor is about to be."""
        return not self.recordings and not self.joined.keys() <= {None, *self.followed_shards}

    def misses(self, shard: int | None) -> bool:
        """Whether what was lost of a shard, or of the account's own notices, concerns anybody here."""
        return shard is None or shard in self.joined or self._shards[shard] > 0 or self.survey is not None

    # While the database is read

    @contextmanager
    def recording(self) -> Iterator[Recording]:
        """Keeps what is heard until the end of the block."""
        recording = Recording()
        self.recordings.append(recording)
        try:
            yield recording
        finally:
            self.recordings.remove(recording)
            recording.is_over.set()
