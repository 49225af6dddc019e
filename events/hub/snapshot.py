"""What the database says of an account, brought up to date with what was heard while it was read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from msgspec import structs

from accounts.notices import LoginsEnded, SettingsChanged
from accounts.selectors import Principal, live_principals
from alerts.engine.notices import AlertsRaised, RaisedAlert
from alerts.storage.raised import alerts_after, last_alert_id
from events.protocol.kind import Kind, Need
from events.protocol.kinds.iot_monitor import newest_first, put_into_slot
from events.protocol.news import reports_in
from trackers.engine.labelled_readings import merge_changes
from trackers.engine.last_reports import RecentReport
from trackers.engine.notices import AccessWithdrawn, InstrumentsChanged, LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.services.selectors import SourceReadings, TrackedSource, readings_of, sources_of, tracked_sources
from trackers.storage.last_reports import recent_reports

# Beyond that a client that was away is told how many it has missed, anyway.
MAX_ALERTS_READ = 5_000


@dataclass(slots=True)
class Loaded:
    """Trackers and credentials of an account as the database has them, and after notices heard since."""

    principals: dict[str, Principal] = field(default_factory=dict)
    by_source: dict[int, TrackedSource] = field(default_factory=dict)
    """In the order of the trackers."""
    readings: dict[int, SourceReadings] = field(default_factory=dict)
    """By source id; empty unless somebody wants them."""
    recent: dict[int, list[RecentReport]] = field(default_factory=dict)
    """The last reports by source id, newest first; empty unless somebody wants them."""
    last_alert_id: int = 0
    """Of all alerts; 0 unless somebody wants alerts."""
    alerts: list[RaisedAlert] = field(default_factory=list)
    """Those that were asked for, and those that were heard of since, in the order of their ids."""
    moved: frozenset[int] = frozenset()
    """Of the sources that are followed, those whose trackers are another account's now."""

    @classmethod
    def read(
        cls,
        account_id: int,
        digests: Collection[str],
        tracker_ids: Collection[int] | None = None,
        wanted: Collection[Kind] = (),
        followed: Mapping[int, int] = MappingProxyType({}),
        after_alert: int | None = None,
    ) -> Loaded:
        """What these credentials and the `wanted` kinds of events need of these trackers, or of all the account's.

        `followed` are trackers by source id: of those that the account has no longer it is found out who moved away.
        With `after_alert`, alerts with higher ids are read.
        """
        tracked = tracked_sources(account_id, tracker_ids)
        source_ids = [source.source_id for source in tracked]
        needs = frozenset().union(*(kind.needs for kind in wanted))
        recent: dict[int, list[RecentReport]] = {}
        if Need.LAST_REPORTS in needs:
            # A source without reports is there, too: whoever compares must find that its queue is empty.
            recent = {**{source_id: [] for source_id in source_ids}, **recent_reports(source_ids)}
        last_alert = last_alert_id() if Need.ALERTS in needs else 0
        missing = [followed[source_id] for source_id in followed.keys() - source_ids]
        return cls(
            live_principals(digests) if digests else {},
            {source.source_id: source for source in tracked},
            readings_of(source_ids) if Need.READINGS in needs else {},
            recent,
            last_alert,
            [] if after_alert is None else alerts_after(account_id, after_alert, most=MAX_ALERTS_READ),
            sources_of(missing) if missing else frozenset(),
        )

    def add(self, other: Loaded) -> None:
        """Takes in what another reading found of other trackers."""
        self.principals |= other.principals
        self.by_source |= other.by_source
        self.readings |= other.readings
        self.recent |= other.recent
        self.last_alert_id = max(self.last_alert_id, other.last_alert_id)
        self.moved |= other.moved

    def apply(self, notice: object) -> None:
        """Brings it up to date with a notice that was heard since the reading began: it is as new, or newer."""
        match notice:
            case LoginsEnded(digests=digests):
                for digest in digests:
                    self.principals.pop(digest, None)
            case SettingsChanged(user_id, time_zone):
                for digest, principal in self.principals.items():
                    if principal.user_id == user_id:
                        self.principals[digest] = replace(principal, time_zone=time_zone)
            case AccessWithdrawn(None, source_ids):
                for source_id in source_ids:
                    self.by_source.pop(source_id, None)
            case AccessWithdrawn(int(user_id), source_ids):
                for source_id in source_ids:
                    if (tracked := self.by_source.get(source_id)) is not None:
                        self.by_source[source_id] = structs.replace(
                            tracked, sub_user_ids=tracked.sub_user_ids - {user_id}
                        )
            case StatesChanged():
                self._apply_states(notice)
            case AlertsRaised(alerts):
                known = {alert.id for alert in self.alerts}
                self.alerts += [alert for alert in alerts if alert.id not in known]
            case InstrumentsChanged(shown) if shown.source_id in self.readings:
                self.readings[shown.source_id] = replace(self.readings[shown.source_id], shown=shown)
            case LifecycleChanged(source_id, event) if source_id in self.by_source:
                if event is LifecycleEvent.CORRUPT:
                    del self.by_source[source_id]
                else:
                    is_blocked = event is LifecycleEvent.BLOCK
                    self.by_source[source_id] = structs.replace(self.by_source[source_id], is_blocked=is_blocked)

    def _apply_states(self, notice: StatesChanged) -> None:
        for state in notice.states:
            tracked = self.by_source.get(state.source_id)
            if tracked is not None and state.revision > tracked.state.revision:
                self.by_source[state.source_id] = structs.replace(tracked, stored=state)
            found = self.readings.get(state.source_id)
            if found is not None and state.revision > found.state.revision:
                self.readings[state.source_id] = replace(found, state=state)
        for change in notice.readings:
            found = self.readings.get(change.source_id)
            if found is not None and change.revision > found.shown.revision:
                self.readings[change.source_id] = replace(found, shown=merge_changes(found.shown, change))
        for report in reports_in(notice) if self.recent else ():
            if (reports := self.recent.get(report.source_id)) is not None:
                slots = {one.slot: one for one in reports}
                put_into_slot(slots, report)
                self.recent[report.source_id] = newest_first(slots.values())
