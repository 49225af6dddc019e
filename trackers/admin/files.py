"""Trackers as lines of files in the Django admin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Model, QuerySet

from accounts.admin.lines import Cells, LineResource, Taken
from accounts.wire.spreadsheets.reading import MAX_ROWS
from accounts.wire.spreadsheets.writing import Value
from trackers.services import lines


class TrackerResource(LineResource):
    """Trackers by the ids of their devices."""

    columns = lines.COLUMNS
    page = "trackers"
    most_rows = MAX_ROWS

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._lines = lines.Lines()
        self._taken = 0

    def hold(self, logins: set[str]) -> None:
        self._lines.hold(logins)

    def take(self, cells: Cells) -> Taken:
        number, self._taken = self._taken, self._taken + 1
        return Taken(*self._lines.take(number, cells))

    def finish(self) -> Mapping[int, Model]:
        return self._lines.finish()

    def lines_of(self, queryset: QuerySet[Any]) -> Iterable[Sequence[Value]]:
        return lines.lines_of(queryset)
