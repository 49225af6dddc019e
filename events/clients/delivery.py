"""Delivery: what a notice about an account means, and to whom of those that are here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from accounts.notices import LoginsEnded, SessionRenewed, SettingsChanged
from alerts.engine.notices import AlertsRaised, RaisedAlert
from events.clients.account import Account
from events.clients.subscriber import Subscriber
from events.protocol.kinds.history import HistorySubscription
from events.protocol.kinds.iot_monitor import IOT_MONITOR
from events.protocol.news import News, reports_in
from events.protocol.subscription import Subscription
from trackers.engine.notices import (
    AccessWithdrawn,
    InstrumentsChanged,
    LifecycleChanged,
    StatesChanged,
    TrackersChanged,
)


def deliver(account: Account, notice: object, now: datetime) -> None:
    """Does what a notice means for everybody whom it concerns."""
    for recording in account.recordings:
        recording.hear(notice)
    if account.survey is not None:
        account.survey.hear(notice)
    if isinstance(notice, TrackersChanged | LifecycleChanged | AccessWithdrawn):
        for subscriber in account.subscribers:
            subscriber.note_list(now)
    match notice:
        case StatesChanged():
            _deliver_changes(account, notice, now)
        case AlertsRaised(alerts):
            account.heard_alerts.note(alert.id for alert in alerts)
            deliver_alerts(account, alerts, now)
        case InstrumentsChanged(shown):
            for subscription, subscriber in tuple(account.followers(shown.source_id).items()):
                if subscription.show(shown):
                    subscriber.client.outbox.wake(now)
        case LifecycleChanged(source_id):
            for subscriber in _following(account, source_id):
                subscriber.apply_lifecycle(notice)
        case AccessWithdrawn(user_id, source_ids):
            _withdraw(account, user_id, source_ids)
        case LoginsEnded(digests, cause):
            for subscriber in (one for digest in digests for one in account.with_login(digest)):
                subscriber.log_out(cause.sentence, cause)
        case SettingsChanged(user_id, time_zone):
            for subscriber in account.subscribers:
                if subscriber.principal.user_id == user_id:
                    subscriber.become(replace(subscriber.principal, time_zone=time_zone))
        case SessionRenewed(digest, expires_at):
            for subscriber in account.with_login(digest):
                moment = datetime.fromtimestamp(expires_at, UTC)
                subscriber.become(replace(subscriber.principal, expires_at=moment))


def _deliver_changes(account: Account, notice: StatesChanged, now: datetime) -> None:
    # All is sorted before anything is sent: one that cannot be written to is given up, and follows nothing any more.
    has_monitors = IOT_MONITOR in account.kinds_in_use
    if len(notice.states) == 1 and not (notice.readings or has_monitors):
        # Of all notices these come the most, by far.
        news = News(list(notice.states))
        for subscription, subscriber in tuple(account.followers(notice.states[0].source_id).items()):
            subscriber.hear(subscription, news, now)
        return
    for subscription, its_news in _sort(account, notice, has_monitors=has_monitors).items():
        subscription.owner.hear(subscription, its_news, now)


def deliver_alerts(
    account: Account, alerts: Iterable[RaisedAlert], now: datetime, *, were_missed: bool = False
) -> None:
    """Tells of alerts those who follow their sources by them.

    `were_missed`: nobody here has heard of them, so that they may be older than who follows.
    """
    found: defaultdict[HistorySubscription, News] = defaultdict(News)
    for alert in alerts:
        for subscription in account.followers(alert.source_id):
            if not isinstance(subscription, HistorySubscription):
                continue
            if not were_missed or subscription.may_have_missed(alert):
                found[subscription].alerts.append(alert)
    for subscription, news in found.items():
        subscription.owner.hear(subscription, news, now)


def _sort(account: Account, notice: StatesChanged, *, has_monitors: bool) -> Mapping[Subscription[Any], News]:
    """The news of everybody who follows any of the sources."""
    found: defaultdict[Subscription[Any], News] = defaultdict(News)
    for state in notice.states:
        for subscription in account.followers(state.source_id):
            found[subscription].states.append(state)
    for shown in notice.readings:
        for subscription in account.followers(shown.source_id):
            found[subscription].readings.append(shown)
    for report in reports_in(notice) if has_monitors else ():
        for subscription in account.followers(report.source_id):
            found[subscription].reports.append(report)
    return found


def _withdraw(account: Account, user_id: int | None, source_ids: Iterable[int]) -> None:
    for source_id in source_ids:
        for subscriber in _following(account, source_id):
            if user_id in (None, subscriber.principal.user_id):
                subscriber.remove([source_id])


def _following(account: Account, source_id: int) -> dict[Subscriber, None]:
    """Each once, by whatever kinds of events it follows the source."""
    return dict.fromkeys(account.followers(source_id).values())
