"""How lists of records are sorted, searched and shown in parts (records §1.5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from django.db.models import Model, QuerySet

from accounts.wire.errors import invalid_parameter
from accounts.wire.schema import list_of
from accounts.wire.terms import Term, between, line, shaped

MAX_LISTED = 10_000
MAX_SORT_OPTIONS = 2
Document = dict[str, Any]
Row = TypeVar("Row", bound=Model)
Words = Mapping[str, Any]
"""What a record is sorted and searched by, where the document has not got it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list is wanted."""

    limit: Annotated[int | None, between(1, MAX_LISTED)] = None
    offset: Annotated[int, between(0, 10**9)] = 0
    filter: Annotated[str, line(100), "only what has this text, in any case"] = ""

    @property
    def end(self) -> int | None:
        return None if self.limit is None else self.offset + self.limit


@dataclass(frozen=True, slots=True)
class Order:
    """By what a list is sorted, and which way."""

    name: str
    is_descending: bool


def _order(name: str, option: str) -> Order:
    prop, _, direction = option.partition("=")
    return Order(prop, direction == "desc")


def sort_by(*names: str) -> Term[tuple[Order, ...]]:
    """Up to two options as `label=desc`."""
    option = shaped(f"^({'|'.join(names)})=(asc|desc)$", "a property, = and asc or desc", most=64)
    return list_of(option.then(_order), most=MAX_SORT_OPTIONS)


def by_name(*names: str) -> Term[Order]:
    """One property to sort by."""
    return shaped(f"^({'|'.join(names)})$", f"one of: {', '.join(names)}", most=64).then(
        lambda _, name: Order(name, False)
    )


def listed(
    documents: Iterable[Document],
    part: Part,
    order: Collection[Order],
    searched: Collection[str],
    words: Callable[[Document], Words] = lambda document: {},
) -> tuple[list[Document], int]:
    """The part of the records that is wanted, and how many there are in all that have the text."""
    known = [(document, {**document, **words(document)}) for document in documents]
    text = part.filter.casefold()
    found = [one for one in known if not text or any(text in _text(one[1].get(name)) for name in searched)]
    for option in reversed(list(order)):
        found.sort(key=lambda one: _rank(one[1].get(option.name)), reverse=option.is_descending)
    return [document for document, _ in found[part.offset : part.end]], len(found)


def cut(rows: QuerySet[Row], part: Part, order: Collection[Order]) -> tuple[QuerySet[Row], Part, int | None]:
    """The rows to be shown, what is still to be cut from them, and how many there are if that is known.

    Without a filter and an order of its own the database cuts, so that a page of a long list costs a page.
    """
    if part.filter or order:
        return rows, part, None
    return rows[part.offset : part.end], Part(), rows.count()


def _text(value: Any) -> str:
    return "" if value is None else str(value).casefold()


def _rank(value: Any) -> tuple[int, Any]:
    """What is not known comes before all; numbers before texts."""
    if value is None or value == "":
        return 0, 0
    return (2, value.casefold()) if isinstance(value, str) else (1, value)


def refuse_conditions(name: str, conditions: tuple[Any, ...]) -> tuple[Any, ...]:
    """Raises ApiError INVALID_PARAMETERS: a condition that was passed over would show too much."""
    if conditions:
        raise invalid_parameter(name, "search conditions are not supported; use filter")
    return conditions


NO_CONDITIONS = list_of({}).then(refuse_conditions)
Conditions = Annotated[tuple[Any, ...], NO_CONDITIONS, "must be empty; `filter` searches"]
