"""Lists of the panel: which rows are wanted, and what is shown of them (api §2.9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from accounts.api.call import Fields
from accounts.selectors import Row
from accounts.wire.schema import list_of, said
from accounts.wire.terms import Schema, Term, between, line, one_of

MAX_ROWS = 1000
COUNT = between(0, 2**63 - 1)


def rows_of(item: Schema) -> Fields:
    """The result of a call that lists."""
    return {"list": list_of(item, most=MAX_ROWS), "count": said(COUNT, "of all that fit the filter")}


def order_of(columns: Iterable[str]) -> Term[str]:
    """By which of its fields a list is ordered."""
    return said(one_of(*columns), "a field of the rows")


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list are wanted, and in what order. Each list has columns of its own."""

    orders: ClassVar[Mapping[str, str]]
    """By the names of fields."""
    searched: ClassVar[Iterable[str]]
    searched_ids: ClassVar[Iterable[str]] = ("pk",)
    order_by: str | None = None
    """None: by the ids."""
    filter: Annotated[str, line(100), "only rows that have this text in one of their fields"] | None = None
    ascending: Annotated[bool, "false: the other way round"] | None = None
    limit: Annotated[int, between(1, MAX_ROWS), "at most so many rows"] | None = None
    offset: Annotated[int, between(0, 10**9), "so many rows are passed over"] | None = None

    def fitting(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Those of the rows that fit the filter."""
        if not self.filter:
            return rows
        wanted = Q()
        for name in self.searched:
            wanted |= Q(**{f"{name}__icontains": self.filter})
        for name in self.searched_ids:
            rows = rows.annotate(**{f"text_of_{name}": Cast(name, CharField())})
            wanted |= Q(**{f"text_of_{name}__contains": self.filter})
        return rows.filter(wanted)

    def cut(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """The part of the rows that is wanted, in order."""
        sign = "-" if self.ascending is False else ""
        first = self.offset or 0
        ordered = rows.order_by(f"{sign}{self.orders[self.order_by or 'id']}", f"{sign}pk")
        return ordered[first : first + (self.limit or MAX_ROWS)]
