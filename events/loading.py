"""What the database says of an account, brought up to date with what was heard while it was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from accounts.feed import LoginsEnded, SettingsChanged
from accounts.selectors import Principal, live_principals
from trackers.feed import AccessWithdrawn, LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.selectors import TrackedSource, tracked_sources


@dataclass(frozen=True, slots=True)
class Loaded:
    """Trackers and credentials of an account as the database has them."""

    principals: dict[str, Principal]
    tracked: list[TrackedSource]

    @classmethod
    def read(cls, account_id: int, digests: Iterable[str], tracker_ids: Sequence[int] | None = None) -> Loaded:
        return cls(live_principals(list(digests)), tracked_sources(account_id, tracker_ids))

    def after(self, notices: Iterable[object]) -> Loaded:
        """The same with notices applied that were heard while it was read: they are as new, or newer."""
        principals = self.principals.copy()
        by_source = {tracked.source_id: tracked for tracked in self.tracked}
        for notice in notices:
            match notice:
                case LoginsEnded(digests):
                    for digest in digests:
                        principals.pop(digest, None)
                case SettingsChanged(user_id, time_zone):
                    for digest, principal in principals.items():
                        if principal.user_id == user_id:
                            principals[digest] = replace(principal, time_zone=time_zone)
                case AccessWithdrawn(user_id, source_ids):
                    for source_id in source_ids:
                        if (tracked := by_source.get(source_id)) is not None:
                            by_source[source_id] = replace(tracked, sub_user_ids=tracked.sub_user_ids - {user_id})
                case StatesChanged(states):
                    for state in states:
                        tracked = by_source.get(state.source_id)
                        if tracked is not None and state.revision > tracked.state.revision:
                            by_source[state.source_id] = replace(tracked, state=state)
                case LifecycleChanged(source_id, event) if source_id in by_source:
                    if event is LifecycleEvent.CORRUPT:
                        del by_source[source_id]
                    else:
                        is_blocked = event is LifecycleEvent.BLOCK
                        by_source[source_id] = replace(by_source[source_id], is_blocked=is_blocked)
        return Loaded(principals, list(by_source.values()))
