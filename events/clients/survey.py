"""Survey: where the trackers of an account are, and who looks at which area of the map (decision 109).

A change costs two looks into each grid that is in use, and something for each area that holds the tracker.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from accounts.selectors import Principal
from alerts.geometry.cells import Cell, cell_at, cells_of, level_of
from events.protocol.area import MAX_TRACKERS_IN_AREA, Area, AreaCounts, place_of, status_of
from events.protocol.kinds.state_batch import StateBatchSubscription
from trackers.engine.notices import AccessWithdrawn, LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.engine.state import State
from trackers.services.surveys import SurveyedTracker

# Trackers lie in cells of this grid, some five kilometres wide.
TRACKERS_LEVEL = 13
# It costs seconds to make another, and memory alone to keep one.
KEPT_FOR = timedelta(minutes=2)


class SurveyView:
    """An area that a subscription looks at. How many trackers are in it is known at any time."""

    __slots__ = ("_survey", "area", "inside", "is_crowded", "subscription", "user_id")

    def __init__(self, survey: Survey, subscription: StateBatchSubscription, area: Area, whose: Principal) -> None:
        self.subscription, self.area = subscription, area
        self.user_id = _sub_user(whose)
        """Of a sub-user; None: of somebody who sees the whole account."""
        self.is_crowded = False
        self.inside: Counter[str] = Counter()
        """The trackers in it by status."""
        self._survey = survey

    def shows(self, tracker: SurveyedTracker) -> bool:
        """Whether a tracker is in the area, and visible to who looks."""
        return _is_shown(tracker, self.area, self.user_id)

    def count(self) -> AreaCounts:
        outside = self._survey.totals(self.user_id) - self.inside
        is_crowded = self.is_crowded or self.inside.total() > MAX_TRACKERS_IN_AREA
        return AreaCounts(dict(+self.inside), dict(outside), is_crowded)

    def close(self) -> None:
        self._survey.close(self)


class Survey:
    """An account's trackers by where they are, kept up to date by its notices, and those who look at areas."""

    def __init__(self, trackers: Iterable[SurveyedTracker] = ()) -> None:
        self._trackers: dict[int, SurveyedTracker] = {}
        """By source id."""
        self._cells: defaultdict[Cell, set[int]] = defaultdict(set)
        # By the level of their grid, then by cell.
        self._views: dict[int, dict[Cell, list[SurveyView]]] = {}
        self._open: dict[SurveyView, None] = {}
        # By sub-user, None for the whole account, as far as somebody asked.
        self._totals: dict[int | None, Counter[str]] = {}
        self._idle_since: datetime | None = None
        self.renew(trackers)

    def is_of_use(self, now: datetime) -> bool:
        """Whether somebody looks, or did until a moment ago."""
        if self._open:
            self.take_up()
            return True
        # A clock that was set back would keep it until it is there again.
        self._idle_since = min(self._idle_since or now, now)
        return now - self._idle_since < KEPT_FOR

    def take_up(self) -> None:
        """Somebody is about to look."""
        self._idle_since = None

    # Looking

    def look(
        self, subscription: StateBatchSubscription, area: Area, whose: Principal, *, goes_on: bool = False
    ) -> None:
        """Has a subscription follow whoever is in an area from now on, as far as the principal sees them.

        `goes_on`: it looked at the same area before, in another process.
        """
        view = SurveyView(self, subscription, area, whose)
        inside = self._inside(area, view.user_id)
        view.inside = Counter(map(_status, inside))
        view.is_crowded = len(inside) > MAX_TRACKERS_IN_AREA
        self._open[view] = None
        grid = self._views.setdefault(level_of(area.box), {})
        for cell in cells_of(area.box, level_of(area.box)):
            grid.setdefault(cell, []).append(view)
        followed = [] if view.is_crowded else inside
        there = [(one.source_id, one.tracker_id, one.is_blocked) for one in followed]
        subscription.look(view, there, goes_on=goes_on)

    def trackers_in(self, area: Area, whose: Principal) -> list[SurveyedTracker]:
        """Those that the principal would follow in an area now; none if there are too many."""
        inside = self._inside(area, _sub_user(whose))
        return inside if len(inside) <= MAX_TRACKERS_IN_AREA else []

    def close(self, view: SurveyView) -> None:
        """Tells it nothing any more."""
        del self._open[view]
        level = level_of(view.area.box)
        grid = self._views[level]
        for cell in cells_of(view.area.box, level):
            grid[cell].remove(view)
            if not grid[cell]:
                del grid[cell]
        if not grid:
            del self._views[level]
        self._totals = {key: self._totals[key] for key in self._totals if any(one.user_id == key for one in self._open)}

    def totals(self, user_id: int | None) -> Counter[str]:
        """How many trackers have each status, of those that this sub-user sees; None: of all."""
        found = self._totals.get(user_id)
        if found is None:
            found = Counter(_status(one) for one in self._trackers.values() if _is_seen(one, user_id))
            self._totals[user_id] = found
        return found

    def _inside(self, area: Area, user_id: int | None) -> list[SurveyedTracker]:
        cells, box = self._cells, area.box
        # Of a large area there may be more cells than trackers.
        size = box.north - box.south, box.east - box.west
        few = (size[0] / 360 * 2**TRACKERS_LEVEL + 2) * (size[1] / 360 * 2**TRACKERS_LEVEL + 2) < len(cells)
        looked_at: Iterable[Cell] = cells_of(box, TRACKERS_LEVEL) if few else tuple(cells)
        found = (self._trackers[source_id] for cell in looked_at for source_id in cells.get(cell, ()))
        return [one for one in found if _is_shown(one, area, user_id)]

    # What happens

    def hear(self, notice: object) -> None:
        """Takes a notice of the account: whoever enters an area is followed before the notice is delivered."""
        match notice:
            case StatesChanged():
                for state in notice.states:
                    self._note(state)
            case LifecycleChanged(source_id, LifecycleEvent.CORRUPT):
                self.forget(source_id)
            case LifecycleChanged(source_id, event, state):
                if state is not None:
                    self._note(state)
                self._block(source_id, is_blocked=event is LifecycleEvent.BLOCK)
            case AccessWithdrawn(user_id, source_ids):
                for source_id in source_ids:
                    self._withdraw(source_id, user_id)

    def renew(self, trackers: Iterable[SurveyedTracker]) -> None:
        """Takes what the database says of trackers. Of who thereby enters an area no state was heard."""
        for one in trackers:
            known = self._trackers.get(one.source_id)
            if known is not None and known.revision > one.revision:
                one = replace(
                    one,
                    revision=known.revision,
                    place=known.place,
                    connection=known.connection,
                    movement=known.movement,
                )
            self._put(one.source_id, known, one)

    def keep_only(self, source_ids: Collection[int]) -> None:
        """Forgets all others."""
        for source_id in [one for one in self._trackers if one not in source_ids]:
            self.forget(source_id)

    def forget(self, source_id: int) -> None:
        """There is no such tracker any more."""
        if (known := self._trackers.get(source_id)) is not None:
            self._put(source_id, known, None)

    def tracker_ids(self, source_ids: Iterable[int]) -> dict[int, int]:
        """The trackers of these sources by source id, as far as they are the account's."""
        return {one: self._trackers[one].tracker_id for one in source_ids if one in self._trackers}

    def _note(self, state: State) -> None:
        known = self._trackers.get(state.source_id)
        if known is None or state.revision <= known.revision:
            return
        place, connection, movement = place_of(state), state.connection_status, state.movement_status
        changed = replace(known, revision=state.revision, place=place, connection=connection, movement=movement)
        self._put(state.source_id, known, changed)

    def _block(self, source_id: int, *, is_blocked: bool) -> None:
        if (known := self._trackers.get(source_id)) is not None:
            self._put(source_id, known, replace(known, is_blocked=is_blocked))

    def _withdraw(self, source_id: int, user_id: int | None) -> None:
        for view in self._open:
            view.subscription.forget(source_id)
        if user_id is None:
            self.forget(source_id)
        elif (known := self._trackers.get(source_id)) is not None:
            self._put(source_id, known, replace(known, sub_user_ids=known.sub_user_ids - {user_id}))

    def _put(self, source_id: int, known: SurveyedTracker | None, now: SurveyedTracker | None) -> None:
        """A tracker is otherwise than it was; None: there was none, or is none any more."""
        self._place(source_id, known, now)
        if known is not None:
            self._count(known, -1)
        if now is None:
            del self._trackers[source_id]
            return
        self._trackers[source_id] = now
        for view in self._count(now, 1):
            view.subscription.enter(source_id, tracker_id=now.tracker_id, is_blocked=now.is_blocked)

    def _count(self, tracker: SurveyedTracker, change: int) -> list[SurveyView]:
        """Counts a tracker once more, or less, wherever it counts; the views that show it."""
        status, views = _status(tracker), list(self._views_of(tracker))
        for view in views:
            view.inside[status] += change
        for user_id, totals in self._totals.items():
            if _is_seen(tracker, user_id):
                totals[status] += change
        return views

    def _place(self, source_id: int, known: SurveyedTracker | None, now: SurveyedTracker | None) -> None:
        left, entered = _cell_of(known), _cell_of(now)
        if left == entered:
            return
        if left is not None:
            self._cells[left].remove(source_id)
            if not self._cells[left]:
                del self._cells[left]
        if entered is not None:
            self._cells[entered].add(source_id)

    def _views_of(self, tracker: SurveyedTracker) -> Iterator[SurveyView]:
        """Those that show it."""
        if tracker.place is None:
            return
        for level, grid in self._views.items():
            for view in grid.get(cell_at(tracker.place, level), ()):
                if view.shows(tracker):
                    yield view


def _status(tracker: SurveyedTracker) -> str:
    return status_of(tracker.connection, tracker.movement, is_blocked=tracker.is_blocked)


def _sub_user(whose: Principal) -> int | None:
    """None: it sees the whole account."""
    return None if whose.is_of_master else whose.user_id


def _is_shown(tracker: SurveyedTracker, area: Area, user_id: int | None) -> bool:
    return area.holds(tracker.place) and _is_seen(tracker, user_id)


def _is_seen(tracker: SurveyedTracker, user_id: int | None) -> bool:
    return user_id is None or user_id in tracker.sub_user_ids


def _cell_of(tracker: SurveyedTracker | None) -> Cell | None:
    return None if tracker is None or tracker.place is None else cell_at(tracker.place, TRACKERS_LEVEL)
