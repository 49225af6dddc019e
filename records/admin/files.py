"""Records as lines of files in the Django admin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet

from accounts.admin.lines import Cells, LineResource, Taken
from accounts.wire.spreadsheets.writing import Value
from records.models import Task
from records.models.kept import Kept
from records.services.lines import KINDS, Lines, selected


class RecordResource(LineResource):
    """A kind of records, by the fields of its calls."""

    model: ClassVar[type[Kept]]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._lines = Lines(KINDS[self.model])

    def hold(self, logins: set[str]) -> None:
        self._lines.hold(logins)

    def take(self, cells: Cells) -> Taken:
        return Taken(*self._lines.take(cells))

    def lines_of(self, queryset: QuerySet[Any]) -> Iterable[Sequence[Value]]:
        return self._lines.lines_of(selected(queryset).iterator(chunk_size=1000))


def resource_of(kind: type[Kept]) -> type[RecordResource]:
    """The lines of a kind of records."""
    name = str(kind._meta.verbose_name_plural)
    return type(
        f"{kind.__name__}Resource", (RecordResource,), {"model": kind, "columns": KINDS[kind].columns, "page": name}
    )


class TaskResource(LineResource):
    """Tasks, to be looked at: they are made by programs, with the rules of their calls."""

    columns = (
        *("id", "account", "kind", "status", "tracker", "label", "description", "external_id"),
        *("location.lat", "location.lng", "location.address", "location.radius", "from", "to"),
    )
    page = "tasks"

    def lines_of(self, queryset: QuerySet[Task]) -> Iterable[Sequence[Value]]:
        for row in queryset.select_related("account", "tracker__source").iterator(chunk_size=1000):
            device_id = "" if row.tracker is None else row.tracker.source.device_id
            place = (row.latitude, row.longitude, row.address, row.radius_m)
            times = (_moment(row.begins_at), _moment(row.ends_at))
            told = (row.label, row.description, row.external_id)
            yield [row.pk, row.account.login, row.kind, row.status, device_id, *told, *place, *times]


def _moment(moment: Any) -> str:
    return "" if moment is None else moment.isoformat()
