"""Records that come as lines of a file: what they name is found by its name, and each goes the way of its calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.wire.errors import invalid_parameter
from records.models import Department, Employee, Garage, Place, ServiceTask, Tag, Vehicle
from records.models.kept import Kept
from records.rendering.documents import columns_of, render
from records.rendering.lines import LineForm, Value
from records.rendering.people import DepartmentDocument, EmployeeDocument
from records.rendering.places import PlaceDocument
from records.rendering.service import ServiceDocument
from records.rendering.tags import TagDocument
from records.rendering.vehicles import GarageDocument, VehicleDocument, check_subtype
from records.services import keeping, maintenance, people, vehicles
from trackers.models import Tracker

Row = TypeVar("Row", bound=Kept)
Cells = Mapping[str, str]
OWN_COLUMNS = ("id", "account")
# By what people know a thing that is named.
_KNOWN_BY: dict[str, tuple[type[models.Model], str]] = {
    "tracker": (Tracker, "source__device_id"),
    "department": (Department, "label"),
    "garage": (Garage, "organization_name"),
    "vehicle": (Vehicle, "label"),
    "tags": (Tag, "name"),
}


@dataclass(frozen=True, slots=True)
class LineKind:
    """A kind of records that files bring."""

    model: type[Kept]
    form: LineForm
    save: Callable[[Any, Any, User], None]
    """Stores a document in a row of an account, as its call does."""

    @property
    def columns(self) -> list[str]:
        return [*OWN_COLUMNS, *self.form.names]


@dataclass(slots=True)
class Book:
    """What an account has of a kind, and what is named there."""

    account: User
    rows: dict[int, Kept]
    known: dict[tuple[Value, ...], Kept] = field(default_factory=dict)
    """By their cells."""
    _words: dict[str, dict[int, str]] = field(default_factory=dict)
    _ids: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def name_of(self, kind: str, row_id: int) -> str:
        self._read(kind)
        return self._words[kind].get(row_id, "")

    def id_of(self, kind: str, word: str) -> int:
        """Raises ValueError with what is wrong."""
        self._read(kind)
        found = self._ids[kind].get(word.casefold(), [])
        if len(found) != 1:
            several = f"{len(found)} of them are called {word}" if found else f"there is none called {word}"
            raise ValueError(several)
        return found[0]

    def _read(self, kind: str) -> None:
        if kind in self._words:
            return
        model, path = _KNOWN_BY[kind]
        rows = model._default_manager.filter(account=self.account).values_list("pk", path)
        self._words[kind] = dict(rows)
        ids: defaultdict[str, list[int]] = defaultdict(list)
        for row_id, word in self._words[kind].items():
            ids[word.casefold()].append(row_id)
        self._ids[kind] = dict(ids)


class Lines:
    """The lines of one file, one after the other, within a transaction."""

    def __init__(self, kind: LineKind) -> None:
        self._kind = kind
        self._books: dict[str, Book] = {}
        self._seen: set[int] = set()

    def hold(self, logins: Iterable[str]) -> None:
        """Nobody else changes records of these accounts until the transaction ends."""
        names = {login.casefold() for login in logins}
        list(User.objects.select_for_update(no_key=True).filter(login__in=names, master=None).order_by("pk"))

    def take(self, cells: Cells) -> tuple[Kept, dict[str, str] | None, dict[str, str]]:
        """Stores what a line says, unless it says what is there already: the row, its cells before, and now.

        A column that is not there leaves what it holds as it is. Raises ApiError with the columns at fault.
        """
        book = self._find_book(cells)
        row = self._find_row(book, cells.get("id", ""))
        before = None if row is None else self._shown(book, row)
        zone = ZoneInfo(book.account.time_zone)
        document = self._kind.form.read({**(before or {}), **cells}, book.id_of, zone)
        after = self._cells(book, document)
        if row is None and (row := book.known.get(tuple(after.values()))) is not None:
            before = self._shown(book, row)
        row = row or self._kind.model(account_id=book.account.pk)
        now = _as_texts(after)
        own = {"id": "" if row.pk is None else str(row.pk), "account": book.account.login}
        if before == {**own, **now}:
            return row, before, before
        self._kind.save(row, document, book.account)
        book.known[tuple(after.values())] = row
        return row, before, {**own, **now}

    def lines_of(self, rows: Iterable[Kept]) -> Iterable[list[Value]]:
        """Records as lines; of which accounts they are is selected with them."""
        for row in rows:
            book = self._books.setdefault(row.account.login, Book(row.account, {}))
            yield [row.pk, row.account.login, *self._cells(book, self._document(row)).values()]

    def _find_book(self, cells: Cells) -> Book:
        login = cells.get("account", "").casefold()
        if login not in self._books:
            self._books[login] = self._open(login)
        return self._books[login]

    def _open(self, login: str) -> Book:
        account = User.objects.filter(login=login, master=None).first()
        if account is None:
            raise invalid_parameter("account", "must be the login of an account" if login else "must be named")
        rows = selected(self._kind.model._default_manager.filter(account=account))
        book = Book(account, {row.pk: row for row in rows})
        book.known = {tuple(self._cells(book, self._document(row)).values()): row for row in book.rows.values()}
        return book

    def _find_row(self, book: Book, given: str) -> Kept | None:
        if not given:
            return None
        row = book.rows.get(int(given)) if given.isascii() and given.isdigit() else None
        if row is None:
            raise invalid_parameter("id", "the account has none with this id; empty: a new one")
        if row.pk in self._seen:
            raise invalid_parameter("id", "is there twice")
        self._seen.add(row.pk)
        return row

    def _shown(self, book: Book, row: Kept) -> dict[str, str]:
        own = {"id": str(row.pk), "account": book.account.login}
        return {**own, **_as_texts(self._cells(book, self._document(row)))}

    def _document(self, row: Kept) -> dict[str, Any]:
        return render(row, self._kind.form.made)

    def _cells(self, book: Book, document: Any) -> dict[str, Value]:
        return self._kind.form.cells(document, book.name_of)


def selected(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """With the tags of those that may have some, and the account."""
    has_tags = any(one.name == "tags" for one in rows.model._meta.many_to_many)
    rows = rows.select_related("account")
    return rows.prefetch_related("tags") if has_tags else rows


def _as_texts(cells: Mapping[str, Value]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in cells.items()}


def _keep(row: Kept, document: Any, account: User) -> None:
    tags = getattr(document, "tags", None)
    keep = keeping.change if row.pk else keeping.add
    keep(row, columns_of(document), tags)


def _save_employee(row: Employee, document: EmployeeDocument, account: User) -> None:
    people.save_employee(row, columns_of(document), document.tags)


def _save_vehicle(row: Vehicle, document: VehicleDocument, account: User) -> None:
    check_subtype(document, "subtype")
    vehicles.save_vehicle(row, columns_of(document), document.tags, takes_tracker=False)


def _save_work(row: ServiceTask, document: ServiceDocument, account: User) -> None:
    vehicle = Vehicle.objects.select_related("tracker").get(pk=document.vehicle_id)
    maintenance.write_down(row, document, vehicle, ZoneInfo(account.time_zone), timezone.now())


KINDS: dict[type[Kept], LineKind] = {
    kind.model: kind
    for kind in (
        LineKind(Department, LineForm(DepartmentDocument), _keep),
        LineKind(Employee, LineForm(EmployeeDocument), _save_employee),
        LineKind(Garage, LineForm(GarageDocument), _keep),
        LineKind(Place, LineForm(PlaceDocument), _keep),
        LineKind(ServiceTask, LineForm(ServiceDocument), _save_work),
        LineKind(Tag, LineForm(TagDocument), _keep),
        LineKind(Vehicle, LineForm(VehicleDocument), _save_vehicle),
    )
}
